"""Other actions pass without MFA that no flow needs."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import (
    ASSUME_ROLE,
    COMFORT,
    CREATE_KEY,
    CREATE_LOGIN,
    FEDERATION_TOKEN,
    FLOW_ACTIONS,
    UPDATE_LOGIN,
)  # fmt: skip
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity, Witness
from iamfa.advise.guard import without_entries
from iamfa.advise.rule import Rule
from iamfa.advise.takeover import takeovers
from iamfa.advise.wording import exempt_in_words, listed, place_of
from iamfa.evaluate.match import action_matches
from iamfa.policy import catalogue

_OWN_RULES = frozenset({CREATE_LOGIN, UPDATE_LOGIN, CREATE_KEY, ASSUME_ROLE})
"""Rules of their own speak about these."""


def _find(case: Case) -> Iterator[Finding]:
    if not case.forces:
        return
    over = takeovers(case)
    groups: dict[Severity, list[str]] = {}
    for action in case.exempt:
        if action in FLOW_ACTIONS or action in COMFORT or action in _OWN_RULES or action in over:
            continue
        if case.options.expect_exempt is not None and _intended(case, action):
            continue
        groups.setdefault(_severity(action), []).append(action)
    for severity, actions in groups.items():
        yield _finding(case, severity, actions)


def _intended(case: Case, action: str) -> bool:
    return any(action_matches(pattern, action) for pattern in case.options.expect_exempt or ())


def _severity(action: str) -> Severity:
    """A note for what only lists, and for what only reads in IAM and STS."""
    found = catalogue.find_action(action)
    if found is None or action == FEDERATION_TOKEN:
        return Severity.WARNING
    if found.access_level == "List" or (found.access_level == "Read" and found.service in ("iam", "sts")):
        return Severity.NOTE
    return Severity.WARNING


def _finding(case: Case, severity: Severity, actions: list[str]) -> Finding:
    exempt = case.exempt[actions[0]]
    place = place_of(case.policy.statements, exempt)
    statement, value = place if place else (None, None)
    repair = _repair(case, actions) if severity is Severity.WARNING else None
    shown = [exempt_in_words(case.exempt[a]) for a in actions]
    return RULE.found(
        severity,
        f"{listed(shown)} passes without MFA, and no flow needs it",
        params={"actions": actions},
        statement=statement,
        span=value.span if value is not None else None,
        reason="exempt from MFA" if statement is not None and statement.effect == "Deny" else "granted without MFA",
        witness=Witness(case.request(exempt.action, exempt.shown.arn, case.held_kinds[0]), case.held_kinds[0]),
        repair=repair,
    )


def _repair(case: Case, actions: list[str]) -> Repair | None:
    """Take the entries out of the Deny's list that exempt these actions and nothing else that is needed."""
    found = (place_of(case.policy.statements, case.exempt[action]) for action in actions)
    places = [place for place in found if place is not None and place[0].effect == "Deny"]
    texts = dict.fromkeys(v.text for _, v in places if not any(action_matches(v.text, a) for a in FLOW_ACTIONS))
    edits = without_entries(case, texts)
    return Repair(f"take {listed(list(texts))} out of the list", edits) if edits else None


RULE = Rule(
    "exempt-too-broad",
    "warning, note for what only lists or reads",
    "actions pass without MFA that no flow needs",
    _find,
)
