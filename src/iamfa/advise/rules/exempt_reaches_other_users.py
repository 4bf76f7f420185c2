"""An exempt device action reaches other users where something grants it broadly.

AWS's rule of 2023-04-21 covers only a user's own devices (security bulletin AWS-2023-001).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import DEACTIVATE, ON_USER
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.advise.takeover import takeovers
from iamfa.advise.wording import exempting_entry, granting_entry, listed


def _find(case: Case) -> Iterator[Finding]:
    if case.file_class == "forces-by-grant" and not case.exempt:
        return
    over = takeovers(case)
    reaching = [e for a in ON_USER if a not in over and (e := case.exempt.get(a)) is not None and e.on("other-user")]
    if not reaching:
        return
    granted = [e for e in reaching if e.granted_on("other-user")]
    severity = Severity.NOTE
    if granted:
        severity = Severity.ERROR if any(e.action == DEACTIVATE for e in granted) else Severity.WARNING
    shown = granted or reaching
    actions = [e.action for e in shown]
    place = (granting_entry(case.policy.statements, actions[0]) if granted else None) or exempting_entry(
        case.policy.statements, actions[0]
    )
    statement, value = place if place else (None, None)
    who = case.subject.neighbour_arn
    yield RULE.found(
        severity,
        f"{listed(actions)} passes without MFA on other users, too"
        + ("" if granted else ", for whomever another policy grants it broadly"),
        params={"actions": actions, "granted": bool(granted)},
        statement=statement,
        span=value.span if value is not None else None,
        reason="granted on others" if granted else 'exempt on Resource "*"',
        witness=Witness(case.request(actions[0], who, case.held_kinds[0]), case.held_kinds[0]),
        notes=("a second Deny with NotResource `user/${aws:username}` confines it to the own user",),
    )


RULE = Rule(
    "exempt-reaches-other-users",
    "note; with evidence warning, error for deactivating",
    "with a broad grant the user can enable, resync or deactivate devices of others without MFA",
    _find,
)
