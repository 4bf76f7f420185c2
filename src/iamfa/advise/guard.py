"""The repair of an exemption that should not be: take the entry out of the list, so that it needs MFA."""

from __future__ import annotations

from iamfa.advise.case import Case
from iamfa.advise.finding import Repair
from iamfa.advise.situation import asks_for_mfa
from iamfa.errors import EditError
from iamfa.policy.edit import Edit, remove_value

_MOST_PLACES = 30


def guard(case: Case, action: str) -> Repair | None:
    """Take *action* out of the lists; None where it stands there only by a wildcard, or nowhere."""
    edits = without_entry(case, action)
    return Repair(f"demand MFA for {action}", edits) if edits else None


def without_entry(case: Case, text: str) -> tuple[Edit, ...]:
    """Take an entry out of the NotAction or NotResource of every Deny that asks for MFA.

    Several such Denies may stand for one, each for other credentials. No edits where the entry stands alone somewhere:
    a list cannot be empty.
    """
    lists = [
        element
        for s in case.policy.statements
        if s.effect == "Deny" and asks_for_mfa(s)
        for element in (s.action, s.resource)
        if element is not None and element.negated
    ]
    values = [v for element in lists for v in element.values if v.text.lower() == text.lower()]
    if len(values) > _MOST_PLACES:
        return ()
    try:
        return tuple(edit for value in values for edit in remove_value(case.policy, value))
    except EditError:
        return ()
