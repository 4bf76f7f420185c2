"""Without MFA the user can create or take credentials or permissions.

What each action gives: Service Authorization Reference, IAM (access level "Permissions management" and credentials).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case, Exempt
from iamfa.advise.finding import Finding, Repair, Severity, Witness
from iamfa.advise.guard import without_entries
from iamfa.advise.rule import Rule
from iamfa.advise.takeover import takeovers
from iamfa.advise.wording import exempting_entry, granting_entry, listed
from iamfa.lifecycle.result import Call
from iamfa.policy.document import Statement, Value


def _find(case: Case) -> Iterator[Finding]:
    if not case.forces:
        return
    by_place: dict[int | None, list[tuple[Exempt, str]]] = {}
    for exempt, why in takeovers(case).values():
        place = _place(case, exempt.action)
        by_place.setdefault(place[1].span.start if place else None, []).append((exempt, why))
    for entries in by_place.values():
        yield _finding(case, entries)


def _place(case: Case, action: str) -> tuple[Statement, Value] | None:
    return exempting_entry(case.policy.statements, action) or granting_entry(case.policy.statements, action)


def _finding(case: Case, entries: list[tuple[Exempt, str]]) -> Finding:
    exempt, why = entries[0]
    actions = [e.action for e, _ in entries]
    place = _place(case, exempt.action)
    statement, value = place if place else (None, None)
    target = next((t for t in exempt.granted if t.what in ("longer-name", "other-user")), exempt.targets[0])
    repair = None
    if statement is not None and value is not None and statement.effect == "Deny":
        edits = without_entries(case, (value.text,))
        repair = Repair(f"take {value.text} out of the list", edits) if edits else None
    return RULE.found(
        Severity.ERROR,
        f"without MFA the user can take over more: {listed(actions)} passes, so {why}",
        params={"actions": actions},
        statement=statement,
        span=value.span if value is not None else None,
        reason="exempt from MFA" if statement is not None and statement.effect == "Deny" else "granted without MFA",
        witness=Witness(case.request(exempt.action, target.arn, case.held_kinds[0]), case.held_kinds[0]),
        trace=(Call(exempt.action, target.arn, case.held_kinds[0], "ok", granted=bool(exempt.granted)),),
        repair=repair,
    )


RULE = Rule(
    "exempt-takes-over",
    "error",
    "without MFA the user can create or take credentials or permissions",
    _find,
)
