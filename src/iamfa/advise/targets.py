"""The resources on which an action is tried: the subject's own, other people's, those that the file names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iamfa.advise.actions import UNHEARD_OF
from iamfa.lifecycle.subject import Subject
from iamfa.policy import catalogue
from iamfa.policy.document import Document, Statement
from iamfa.policy.glob import Wild, matcher, tokens_of
from iamfa.policy.variables import Template

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_FREE_DEVICE = "googleAuthentication"


@dataclass(frozen=True, slots=True)
class Target:
    """One resource and what it is to the subject."""

    arn: str
    what: str
    """`own-user`, `other-user`, `longer-name` (a user whose name begins with the own), `own-device`, `free-device`,
    `named` (by an entry of the file), `any`, or `*` for actions without resource."""


@dataclass(frozen=True, slots=True)
class Exempt:
    """One action of E with the targets on which it passes without MFA in the worst case."""

    action: str
    targets: tuple[Target, ...]
    granted: tuple[Target, ...]
    """Those of them on which the policies that were read grant it already."""

    def on(self, what: str) -> bool:
        """Whether it passes on a target of this sort, everything else allowed."""
        return any(t.what == what for t in self.targets)

    @property
    def shown(self) -> Target:
        """The target by which it is shown: one that the file names, where the action stands for every action."""
        return next((t for t in self.targets if self.action == UNHEARD_OF and t.what == "named"), self.targets[0])

    def granted_on(self, what: str) -> bool:
        """Whether it passes on a target of this sort with the policies that were read."""
        return any(t.what == what for t in self.granted)


def targets_of(action: str, subject: Subject, documents: Iterable[Document], *, unheard: bool) -> tuple[Target, ...]:
    """The targets of one action; for the unheard one a resource that nothing names, and `*`."""
    if unheard:
        service = action.partition(":")[0]
        return (Target(f"arn:{subject.partition}:{service}:us-east-1:{subject.account}:thing/one", "any"),)
    found = catalogue.find_action(action)
    if found is None:
        service = action.partition(":")[0].lower()
        return (
            Target(f"arn:{subject.partition}:{service}:us-east-1:{subject.account}:thing/one", "any"),
            *_named(documents, subject, [tokens_of(f"arn:*:{service}:*")]),
        )
    if not found.resources:
        return (Target("*", "*"),)
    formats = catalogue.resource_formats(found.service)
    targets: dict[str, Target] = {}
    shapes = []
    for need in found.resources:
        shape = formats.get(need.name)
        if shape is None:
            continue
        for target in _of_format(found.service, need.name, shape.arn, subject):
            targets.setdefault(target.arn, target)
        shapes.append(tokens_of(_PLACEHOLDER.sub("*", shape.arn)))
    if not any(need.required for need in found.resources):
        targets.setdefault("*", Target("*", "*"))
    for target in _named(documents, subject, shapes):
        targets.setdefault(target.arn, target)
    return tuple(targets.values())


def _of_format(service: str, name: str, arn: str, subject: Subject) -> Iterator[Target]:
    root = f"arn:{subject.partition}:iam::{subject.account}:"
    if service == "iam" and name == "user":
        yield Target(subject.user_arn, "own-user")
        yield Target(subject.neighbour_arn, "other-user")
        yield Target(subject.neighbour_with_prefix, "longer-name")
    elif service == "iam" and name == "mfa":
        yield Target(f"{root}mfa/{subject.name}", "own-device")
        yield Target(f"{root}mfa/{_FREE_DEVICE}", "free-device")
    else:
        filled = arn.replace("${Partition}", subject.partition).replace("${Account}", subject.account)
        yield Target(_PLACEHOLDER.sub("one", filled.replace("${Region}", "us-east-1")), "any")


def _named(documents: Iterable[Document], subject: Subject, shapes: list[tuple[str | Wild, ...]]) -> Iterator[Target]:
    """An example of each Resource entry of the documents that has the form of one of the shapes."""
    fits = [matcher(shape) for shape in shapes]
    for document in documents:
        for target in named_by(document.statements, subject, variables=document.variables):
            if any(fit(target.arn) for fit in fits):
                yield target


def named_by(statements: Iterable[Statement], subject: Subject, *, variables: bool) -> tuple[Target, ...]:
    """An example of each Resource or NotResource entry of the statements, `*` apart."""
    values = {"aws:username": subject.name, "aws:principalaccount": subject.account}
    found: dict[str, Target] = {}
    for statement in statements:
        for value in statement.resource.values if statement.resource else ():
            tokens = Template.of_resource(value.text, variables=variables).resolve(values.get)
            if tokens is not None and tokens != (Wild.STAR,):
                example = "".join(t if isinstance(t, str) else "x" for t in _with_known_parts(tokens, subject))
                found.setdefault(example, Target(example, "named"))
    return tuple(found.values())


def _with_known_parts(tokens: tuple[str | Wild, ...], subject: Subject) -> Iterator[str | Wild]:
    """The tokens with a star that fills the account's place of an IAM ARN replaced by the subject's account."""
    for i, token in enumerate(tokens):
        before = tokens[i - 1] if i else ""
        if token is Wild.STAR and isinstance(before, str) and before.endswith("iam::"):
            yield subject.account
        else:
            yield token


def actions_in(pattern: str) -> tuple[str, ...]:
    """The actions of the catalogue that an entry of Action takes in; for `*` none: the unheard one stands for it."""
    if "*" not in pattern and "?" not in pattern:
        known = catalogue.find_action(pattern)
        return (str(known) if known else pattern,)
    return catalogue.matching(pattern) if ":" in pattern else ()
