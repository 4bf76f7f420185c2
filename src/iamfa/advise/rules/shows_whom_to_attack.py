"""Without MFA everybody's names can be read, and who has no virtual device."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import LIST_USERS, LIST_VIRTUAL
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.guard import guard
from iamfa.advise.rule import Rule
from iamfa.advise.wording import exempting_entry, granting_entry


def _find(case: Case) -> Iterator[Finding]:
    if not case.forces:
        return
    found = [case.exempt.get(a) for a in (LIST_USERS, LIST_VIRTUAL)]
    if not all(e is not None and e.granted for e in found):
        return
    place = granting_entry(case.policy.statements, LIST_USERS) or exempting_entry(case.policy.statements, LIST_USERS)
    statement, value = place if place else (None, None)
    resource = case.targets(LIST_USERS)[0].arn
    kind = next((c for c in case.held_kinds if case.allowed(LIST_USERS, resource, c)), case.held_kinds[0])
    yield RULE.found(
        Severity.NOTE,
        "without MFA iam:ListUsers and iam:ListVirtualMFADevices show everybody's names and who has no virtual device",
        params={"actions": [LIST_USERS, LIST_VIRTUAL]},
        statement=statement,
        span=value.span if value is not None else None,
        reason="no flow needs ListUsers",
        witness=Witness(case.request(LIST_USERS, resource, kind), kind),
        repair=guard(case, LIST_USERS),
    )


RULE = Rule(
    "shows-whom-to-attack",
    "note",
    "ListUsers and ListVirtualMFADevices without MFA show everybody's names and who has no virtual device",
    _find,
)
