"""The repair of an exemption that should not be: take the action out of the list, so that it needs MFA."""

from __future__ import annotations

from iamfa.advise.case import Case
from iamfa.advise.finding import Repair
from iamfa.advise.wording import exempting_entry
from iamfa.errors import EditError
from iamfa.policy.edit import remove_value


def guard(case: Case, action: str) -> Repair | None:
    """Take *action* out of the Deny's list; None where it stands there only by a wildcard, or nowhere."""
    place = exempting_entry(case.policy.statements, action)
    if place is None or place[1].text.lower() != action.lower():
        return None
    try:
        return Repair(f"demand MFA for {action}", tuple(remove_value(case.policy, place[1])))
    except EditError:
        return None
