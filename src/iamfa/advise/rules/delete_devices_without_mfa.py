"""A key alone can delete unassigned devices and so spoil enrolments."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import DELETE
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.guard import guard
from iamfa.advise.rule import Rule
from iamfa.advise.wording import exempting_entry, granting_entry


def _find(case: Case) -> Iterator[Finding]:
    exempt = case.exempt.get(DELETE)
    if exempt is None:
        return
    others = exempt.granted_on("free-device")
    place = exempting_entry(case.policy.statements, DELETE) or granting_entry(case.policy.statements, DELETE)
    statement, value = place if place else (None, None)
    target = next((t for t in exempt.granted if t.what == "free-device"), exempt.targets[0])
    if others:
        message = "a key alone can delete everybody's unassigned devices and spoil their enrolments"
    elif exempt.granted:
        message = "a key alone can delete the unassigned device under the own name"
    else:
        message = "deleting unassigned devices is exempt from MFA; where it is granted, a key alone can do it"
    yield RULE.found(
        Severity.WARNING if others else Severity.NOTE,
        message,
        params={"granted": bool(exempt.granted), "others": others},
        statement=statement,
        span=value.span if value is not None else None,
        reason="exempt from MFA",
        witness=Witness(case.request(DELETE, target.arn, case.held_kinds[0]), case.held_kinds[0]),
        notes=("demanding MFA has a price: an abandoned device then blocks its name (abandoned-device-blocks-name)",),
        repair=guard(case, DELETE) if others else None,
    )


RULE = Rule(
    "delete-devices-without-mfa",
    "warning where granted on others' names, note where only exempt",
    "a key alone can delete everybody's unassigned devices and spoil enrolments",
    _find,
)
