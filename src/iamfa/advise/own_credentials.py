"""What two rules share: an action that gives the user a new credential of his own passes without MFA."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.guard import guard
from iamfa.advise.rule import Rule
from iamfa.advise.takeover import takeovers
from iamfa.advise.wording import exempting_entry, granting_entry


def own_credential_findings(rule: Rule, case: Case, actions: Sequence[str], what: str) -> Iterator[Finding]:
    """One finding for each of the actions in E: a warning where it is granted on the own user, else a note."""
    over = takeovers(case)
    for action in actions:
        exempt = case.exempt.get(action)
        if exempt is None or action in over or not exempt.on("own-user"):
            continue
        granted = exempt.granted_on("own-user")
        place = exempting_entry(case.policy.statements, action) or granting_entry(case.policy.statements, action)
        statement, value = place if place else (None, None)
        yield rule.found(
            Severity.WARNING if granted else Severity.NOTE,
            f"{what}: {action} passes without MFA" + ("" if granted else ", where something grants it"),
            params={"action": action, "granted": granted},
            statement=statement,
            span=value.span if value is not None else None,
            reason="exempt from MFA" if statement is not None and statement.effect == "Deny" else "granted without MFA",
            witness=Witness(case.request(action, case.subject.user_arn, case.held_kinds[0]), case.held_kinds[0]),
            repair=guard(case, action),
        )
