"""Which device names a file lets a user create, decided over every legal name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from iamfa.advise.actions import CREATE
from iamfa.advise.case import Case
from iamfa.policy.bundle import Bundle

_VARIABLE = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class NameSet:
    """Representatives of the names that work and of those that are refused."""

    works: tuple[str, ...]
    refused: tuple[str, ...]
    """Never empty."""
    credential: str
    """The kind of credential with which it was tried."""
    prefix: str
    """`arn:…:mfa/` of the subject's account."""
    is_pattern: bool
    """Whether the file means a pattern: names work that are neither the user's own nor written out."""

    def arn_of(self, name: str) -> str:
        """The ARN of a virtual device of this name."""
        return self.prefix + name


def names_that_work(case: Case) -> NameSet | None:
    """The names under which the subject can create a virtual device; None where the file refuses none of them.

    Tried with the policies that were read, or, where they grant no creation at all, against everything allowed
    elsewhere (a Deny with NotResource, a boundary). Where the classes of names cannot be counted in time, None too:
    the walked flows then say that they were not decided.
    """
    prefix = case.subject.device_prefix
    names = case.world.names()
    if names is None:
        return None
    for bundle in (case.alone, case.everything):
        if bundle is case.alone and not case.statements_taking_in(CREATE, "Allow"):
            continue
        for credential in ("long-term-key", "token-mfa"):
            works = tuple(n for n in names.all if _passes(case, bundle, prefix + n, credential))
            refused = tuple(n for n in names.all if n not in works)
            if not refused or (not works and not _names_devices_only(case)):
                continue
            pattern = any(n != names.own and n not in names.literal for n in works) or (not works and _paths(case))
            return NameSet(works, refused, credential, prefix, pattern)
    return None


def _passes(case: Case, bundle: Bundle, arn: str, credential: str) -> bool:
    return case.verdict(bundle, CREATE, arn, credential).decision == "allowed"


def _names_devices_only(case: Case) -> bool:
    """Whether creation is granted without a condition, and on devices that are named: then no name fits by mistake."""
    return any(not s.conditions for s in case.statements_taking_in(CREATE, "Allow")) and any(_device_names(case))


def _paths(case: Case) -> bool:
    """Whether the file means devices under a path, such as `mfa/${aws:username}/*`, which the API can create."""
    return any("/" in _VARIABLE.sub("", name) for name in _device_names(case))


def _device_names(case: Case) -> Iterator[str]:
    for statement in case.statements_taking_in(CREATE, "Allow"):
        if statement.resource is not None and not statement.resource.negated:
            yield from (v.text.partition(":mfa/")[2] for v in statement.resource.values if ":mfa/" in v.text)
