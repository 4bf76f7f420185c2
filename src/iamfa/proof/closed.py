"""The closed world: the actions of the catalogue, on resources of their types, with the keys that they carry.

What the open world answers holds for actions that AWS has not invented yet. The closed world says whether it matters
today, and gives witnesses that somebody could send. Actions that every statement treats alike are looked at once; only
where one of them passes on some resource whatever are its own types and keys looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from iamfa.policy import catalogue
from iamfa.policy.glob import Token, Wild, ascii_lower
from iamfa.policy.keys import find_key
from iamfa.proof.formula import ACTION, RESOURCE, Formula, all_of
from iamfa.proof.pattern import Pattern, Within
from iamfa.proof.search import Closed, Outcome, Preferences, Stuck, Witness, search
from iamfa.proof.situation import ABSENT, Situation
from iamfa.proof.statements import Clause, text_literal
from iamfa.proof.texts import fits

ANY_RESOURCE = (Pattern(("*",)),)
"""The resource of an action without resource-level permissions is just `*`."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Actions of the catalogue that every statement at hand treats alike."""

    actions: tuple[str, ...]
    """In AWS's spelling, with prefix."""


def groups(clauses: Sequence[Clause], patterns: Iterable[Pattern]) -> Iterator[Alike]:
    """All actions that some Allow takes in, grouped by what takes them in; *patterns* tell apart as statements do."""
    tests: list[Callable[[str], bool]] = [clause.compiled.action_fits for clause in clauses]
    tests += [fits(pattern) for pattern in patterns]
    found: dict[tuple[bool, ...], list[str]] = {}
    for action in _actions(_services(clauses)):
        lower = ascii_lower(action)
        found.setdefault(tuple(test(lower) for test in tests), []).append(action)
    for actions in found.values():
        yield Alike(tuple(actions))


def _services(clauses: Sequence[Clause]) -> tuple[str, ...]:
    """The services that some Allow reaches, in order."""
    named: dict[str, None] = {}
    for clause in clauses:
        if clause.denies:
            continue
        for value in clause.statement.action.values:
            prefix, colon, _ = value.text.partition(":")
            if clause.statement.action.negated or not colon or "*" in prefix or "?" in prefix:
                return tuple(sorted(catalogue.services()))
            named[ascii_lower(prefix)] = None
    return tuple(named)


@lru_cache(maxsize=8)
def _actions(services: tuple[str, ...]) -> tuple[str, ...]:
    found = dict.fromkeys(action for action in _WELL_KNOWN if action.partition(":")[0] in services)
    found |= dict.fromkeys(f"{service}:{name}" for service in services for name in catalogue.actions(service))
    return tuple(found)


def search_closed(
    formula: Formula,
    situation: Situation,
    clauses: Sequence[Clause],
    patterns: Iterable[Pattern] = (),
    *,
    possible: bool,
) -> Outcome:
    """Find a request of the closed world that satisfies the formula, or show that there is none.

    *clauses* are all statements of the formula, *patterns* the other patterns in which actions stand there.
    """
    keys = {c.key for clause in clauses for c in clause.compiled.conditions} | set(situation.valued)
    stuck: Stuck | None = None
    for alike in groups(clauses, patterns):
        found = search(about(alike.actions[0], formula), situation, possible=possible)
        if isinstance(found, Closed):
            continue
        seen: set[object] = set()
        for action in alike.actions:
            case = carrying(action, situation, keys)
            signature = resource_forms(action), frozenset(case.domains.items())
            if signature in seen:
                continue
            seen.add(signature)
            likely = Preferences(resources=tuple(_likely_resources(action, clauses)))
            found = search(on_its_resources(action, formula), case, possible=possible, prefer=likely)
            if isinstance(found, Witness):
                return found
            if isinstance(found, Stuck):
                stuck = found
    return stuck or Closed({})


def _likely_resources(action: str, clauses: Iterable[Clause]) -> Iterator[str]:
    """Resources as somebody would name them, of the action's types and of the policies' patterns."""
    details = catalogue.find_action(action)
    formats = catalogue.resource_formats(details.service) if details is not None else {}
    for clause in clauses:
        for value in clause.statement.resource.values if clause.statement.resource is not None else ():
            fields = value.text.split(":", 5)
            if len(fields) == 6 and "$" not in value.text:
                filled = [f if "*" not in f else f.replace("*", usual) for f, usual in zip(fields, _USUAL, strict=True)]
                yield ":".join(filled).replace("?", "x")
    for need in details.resources if details is not None else ():
        if need.name in formats:
            yield _example(formats[need.name].arn)


_USUAL = ("arn", "aws", "service", "eu-central-1", "123456789012", "example")
_PLACES = {"Partition": "aws", "Account": "123456789012", "Region": "eu-central-1"}


def _example(arn: str) -> str:
    first, *rest = arn.split("${")
    made = [first]
    for text in rest:
        name, _, following = text.partition("}")
        made += [_PLACES.get(name, "example"), following]
    return "".join(made)


_WELL_KNOWN = (
    "s3:ListAllMyBuckets", "s3:GetObject", "ec2:DescribeInstances", "iam:ListUsers", "iam:CreateUser",
    "lambda:InvokeFunction", "dynamodb:GetItem", "sts:AssumeRole",
)  # fmt: skip
"""Actions with which a witness is understood at once."""


def about(action: str, formula: Formula) -> Formula:
    """The formula for one action and any resource."""
    only = text_literal(ACTION, (Pattern((ascii_lower(action),)),), must=True)
    return all_of("closed", [("action", only), ("open", formula)])


def on_its_resources(action: str, formula: Formula) -> Formula:
    """The formula for one action on resources of the types on which AWS authorises it."""
    forms = text_literal(RESOURCE, resource_forms(action), must=True)
    return all_of("types", [("resource", forms), ("one", about(action, formula))])


@lru_cache(maxsize=1024)
def resource_forms(action: str) -> tuple[Pattern, ...]:
    """The forms of the ARNs on which an action is authorised; `*` alone where it has no such types."""
    found = catalogue.find_action(action)
    if found is None or not found.resources:
        return ANY_RESOURCE
    formats = catalogue.resource_formats(found.service)
    forms = tuple(_form(formats[need.name].arn) for need in found.resources if need.name in formats)
    optional = not any(need.required for need in found.resources)
    return (*forms, *ANY_RESOURCE) if optional or not forms else forms


def _form(arn: str) -> Pattern:
    """The form of an ARN: what a placeholder may stand for, as far as the parts of an ARN tell."""
    tokens: list[Token | Within] = []
    position = 0
    colons = 0
    while position < len(arn):
        start = arn.find("${", position)
        text = arn[position:] if start < 0 else arn[position:start]
        tokens.append(text)
        colons += text.count(":")
        if start < 0:
            break
        position = arn.index("}", start) + 1
        name = arn[start + 2 : position - 1]
        if name == "Account":
            tokens += [Within.ANY] * 12
        elif colons < 5:
            tokens += [Within.ANY, Within.STAR]
        else:
            tokens += [Wild.ANY, Wild.STAR]
    return Pattern(tuple(token for token in tokens if token != ""))


def carrying(action: str, situation: Situation, keys: Iterable[str]) -> Situation:
    """The case for requests that carry only the keys that this action's requests can carry."""
    found = catalogue.find_action(action)
    if found is None:
        return situation
    formats = catalogue.resource_formats(found.service)
    own = [*found.condition_keys]
    for need in found.resources:
        if need.name in formats:
            own += formats[need.name].condition_keys
    carried = {_stem(key) for key in own}
    absent = {
        key: ABSENT
        for key in keys
        if key not in situation.domains and not _is_of_every_request(key) and _stem(key) not in carried
    }
    if not absent:
        return situation
    return Situation(
        situation.principal,
        situation.credential,
        {**situation.domains, **absent},
        situation.valued,
        situation.has_boundary,
        situation.letters,
    )


def _stem(key: str) -> str:
    """The name of a key without the part that customers choose, in lower case."""
    lower = key.lower()
    return lower.partition("/")[0] if "/" in lower else lower.partition("${")[0]


def _is_of_every_request(key: str) -> bool:
    """Whether any request may carry the key: a global one that describes neither resource nor tags asked for."""
    info = find_key(key)
    if info is None or not key.startswith("aws:"):
        return info is None and not catalogue.find_condition_key(key)
    return not key.startswith(("aws:resourcetag/", "aws:requesttag/", "aws:tagkeys"))
