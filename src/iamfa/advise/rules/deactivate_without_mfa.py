"""Only AWS's own rule of 2023-04-21 keeps a key alone from removing the own device.

Security bulletin AWS-2023-001; before that date possession of the key sufficed.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import DEACTIVATE
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.guard import guard
from iamfa.advise.rule import Rule
from iamfa.advise.takeover import takeovers
from iamfa.advise.wording import exempting_entry, granting_entry


def _find(case: Case) -> Iterator[Finding]:
    exempt = case.exempt.get(DEACTIVATE)
    if exempt is None or not exempt.on("own-user") or DEACTIVATE in takeovers(case):
        return
    granted = exempt.granted_on("own-user")
    place = exempting_entry(case.policy.statements, DEACTIVATE) or granting_entry(case.policy.statements, DEACTIVATE)
    statement, value = place if place else (None, None)
    yield RULE.found(
        Severity.WARNING if granted else Severity.NOTE,
        "a device can be deactivated without MFA: only AWS's own rule of 2023-04-21 keeps a key alone from it"
        if granted
        else "deactivating a device is exempt from MFA; only AWS's own rule of 2023-04-21 keeps a key alone from it",
        params={"granted": granted},
        statement=statement,
        span=value.span if value is not None else None,
        reason="exempt from MFA",
        witness=Witness(case.request(DEACTIVATE, case.subject.user_arn, case.held_kinds[0]), case.held_kinds[0]),
        repair=guard(case, DEACTIVATE),
    )


RULE = Rule(
    "deactivate-without-mfa",
    "warning where granted, note where only exempt",
    "only AWS's own rule keeps a key alone from removing the own device",
    _find,
)
