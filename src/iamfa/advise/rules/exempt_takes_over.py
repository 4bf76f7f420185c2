"""Without MFA the user can create or take credentials or permissions.

What each action gives: Service Authorization Reference, IAM (access level "Permissions management" and credentials).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamfa.advise.actions import OWN_CREDENTIALS, PASS_ROLE, TAKES_OVER, USES_A_ROLE
from iamfa.advise.case import Case, Exempt
from iamfa.advise.finding import Finding, Repair, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.advise.wording import exempting_entry, granting_entry, listed
from iamfa.errors import EditError
from iamfa.lifecycle.result import Call
from iamfa.policy.document import Statement, Value
from iamfa.policy.edit import remove_value


def _find(case: Case) -> Iterator[Finding]:
    if not case.forces:
        return
    by_place: dict[int | None, list[tuple[Exempt, str]]] = {}
    for exempt, why in takeovers(case).values():
        place = _place(case, exempt.action)
        by_place.setdefault(place[1].span.start if place else None, []).append((exempt, why))
    for entries in by_place.values():
        yield _finding(case, entries)


def takeovers(case: Case) -> Mapping[str, tuple[Exempt, str]]:
    """The actions of E that take over, each with what it gives."""
    found: dict[str, tuple[Exempt, str]] = {}
    for action, exempt in case.exempt.items():
        if action in TAKES_OVER:
            found[action] = (exempt, TAKES_OVER[action])
        elif action in OWN_CREDENTIALS:
            if exempt.granted_on("longer-name") and not exempt.granted_on("other-user"):
                found[action] = (exempt, f"the grant reaches users whose names begin with the own: `{_longer(case)}`")
            elif exempt.granted_on("other-user") and action not in _DEVICES:
                found[action] = (exempt, "it is granted on other users, whose credentials it issues or changes")
    uses = [a for a in USES_A_ROLE if a in case.exempt]
    if PASS_ROLE in case.exempt and uses:
        found[PASS_ROLE] = (case.exempt[PASS_ROLE], f"with {uses[0]}: {USES_A_ROLE[uses[0]]}")
    return found


_DEVICES = frozenset({"iam:EnableMFADevice", "iam:DeactivateMFADevice", "iam:ResyncMFADevice"})
"""On other users by a broad grant: the matter of `exempt-reaches-other-users`."""


def _longer(case: Case) -> str:
    return case.subject.neighbour_with_prefix.rpartition("/")[2]


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
        try:
            repair = Repair(f"take {value.text} out of the list", tuple(remove_value(case.policy, value)))
        except EditError:
            repair = None
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
