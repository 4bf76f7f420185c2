"""Which of the actions that a file exempts take over: several rules must know, so that none says it twice."""

from __future__ import annotations

from collections.abc import Mapping

from iamfa.advise.actions import OWN_CREDENTIALS, PASS_ROLE, TAKES_OVER, USES_A_ROLE
from iamfa.advise.case import Case, Exempt


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
