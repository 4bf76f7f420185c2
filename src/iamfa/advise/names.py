"""Which device names a file lets a user create, decided over every legal name."""

from __future__ import annotations

from dataclasses import dataclass

from iamfa.advise.actions import CREATE
from iamfa.advise.case import Case
from iamfa.lifecycle.names import device_names
from iamfa.policy.bundle import Bundle


@dataclass(frozen=True, slots=True)
class NameSet:
    """Representatives of the names that work and of those that are refused."""

    works: tuple[str, ...]
    refused: tuple[str, ...]
    credential: str
    """The kind of credential with which it was tried."""
    prefix: str
    """`arn:…:mfa/` of the subject's account."""
    own_name: str

    @property
    def is_pattern(self) -> bool:
        """Whether more than the user's own name (or than one literal name) fits: then somebody meant a pattern."""
        return any(name != self.own_name for name in self.works) and len(self.works) > 0 and not self._one_literal

    @property
    def _one_literal(self) -> bool:
        return len(self.works) == 1 and self.literal

    @property
    def literal(self) -> bool:
        """Whether the names that work are written out in the file, so that each is one name only."""
        return self._literal_names >= set(self.works)

    _literal_names: frozenset[str] = frozenset()

    def arn_of(self, name: str) -> str:
        """The ARN of a virtual device of this name."""
        return self.prefix + name


def names_that_work(case: Case) -> NameSet | None:
    """The names under which the subject can create a virtual device; None where the file does not bear on creation.

    Tried with the policies that were read, or, where they grant no creation at all, against everything allowed
    elsewhere (a Deny with NotResource, a boundary).
    """
    prefix = f"arn:{case.subject.partition}:iam::{case.subject.account}:mfa/"
    names = device_names(case.alone, case.subject)
    if names is None:
        return None
    literal = frozenset(names.literal)
    for bundle in (case.alone, case.everything):
        for credential in ("long-term-key", "token-mfa"):
            works, refused = [], []
            for name in names.all:
                passes = _passes(case, bundle, prefix + name, credential)
                (works if passes else refused).append(name)
            granted = bundle is case.everything or _mentions(case)
            if works and refused:
                return NameSet(tuple(works), tuple(refused), credential, prefix, case.subject.name, literal)
            if works:
                break
            if bundle is case.alone and granted and refused and credential == "token-mfa" and _narrow(case):
                return NameSet((), tuple(refused), credential, prefix, case.subject.name, literal)
    return None


def _passes(case: Case, bundle: Bundle, arn: str, credential: str) -> bool:
    return case.verdict(bundle, CREATE, arn, credential).decision == "allowed"


def _mentions(case: Case) -> bool:
    return bool(case.statements_taking_in(CREATE, "Allow"))


def _narrow(case: Case) -> bool:
    """Whether creation is granted, unconditionally, on some device names only."""
    for statement in case.statements_taking_in(CREATE, "Allow"):
        if statement.resource is None or statement.resource.negated or statement.conditions:
            continue
        if any(":mfa/" in v.text for v in statement.resource.values):
            return True
    return False
