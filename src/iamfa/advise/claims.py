"""What a file itself says that it does, as the claim that is to be proved of it."""

from __future__ import annotations

from collections.abc import Sequence

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.budget import must_fit
from iamfa.advise.case import Case
from iamfa.advise.options import CheckOptions
from iamfa.advise.targets import actions_in
from iamfa.platform import DEFAULTS, Assumptions
from iamfa.policy.policy import Policy


def exempt_of(policies: Sequence[Policy], *, assumptions: Assumptions = DEFAULTS) -> tuple[str, ...]:
    """E as `check` finds it, with the others beside it, for the first of these policies that forces.

    It is the claim to be proved, no evidence: it was found on named actions. Where every action of an entry of a
    Deny's NotAction is exempt, the entry stands for them, so that it covers the actions of next year as the file does.
    Empty where no policy forces. Raises JudgementError for a file too large to be looked at.
    """
    for policy in policies:
        others = tuple(p for p in policies if p is not policy)
        case = Case(policy, CheckOptions(with_policies=others, assumptions=assumptions))
        must_fit(case)
        if case.forces:
            return exempt_patterns(case)
    return ()


def exempt_patterns(case: Case) -> tuple[str, ...]:
    """E as patterns of actions: the entries of a Deny's NotAction that are exempt altogether, then single actions."""
    left = {action.lower(): action for action in sorted(set(case.exempt) - {UNHEARD_OF})}
    written: dict[str, set[str]] = {}
    for statement in case.policy.statements:
        if statement.effect != "Deny" or not statement.action.negated:
            continue
        for value in statement.action.values:
            taken = {action.lower() for action in actions_in(value.text)}
            if _is_wild(value.text) and taken and taken <= set(left):
                written[value.text] = taken
    covered = set[str]().union(*written.values())
    return (*written, *(action for key, action in left.items() if key not in covered))


def _is_wild(text: str) -> bool:
    return "*" in text or "?" in text
