"""A step asked about once more on the account as it is when it is made: people join groups after a plan is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from iamfa.account.bearing import parsed
from iamfa.account.entities import Account, Tags
from iamfa.account.organization import Organization
from iamfa.audit.live import ChangedSinceError
from iamfa.audit.plan_checks import Checker, first_refusal
from iamfa.audit.plan_effects import Effects
from iamfa.audit.plan_places import candidates, kept_elsewhere, tagged, while_undone
from iamfa.audit.plan_values import Actor, Plan, Step
from iamfa.errors import InputError
from iamfa.platform import DEFAULTS, Assumptions

_ANEW = "make the plan anew"


class UnsafeStepError(InputError):
    """A step must not be made on the account as it now is."""


@dataclass
class Guard:
    """Asked before each step that is made, in their order."""

    account: Account
    """As it was read when the plan began to be applied, and as the steps since leave it."""
    organization: Organization | None
    operator: Actor
    """Who applies the plan; perhaps not who made it."""
    plan: Plan
    tags_of: Callable[[str], Tags]
    """The tags of a managed policy by its ARN."""
    assumptions: Assumptions = DEFAULTS

    def __post_init__(self) -> None:
        self._effects = Effects(self.organization, self.assumptions, frozenset(self.plan.may_lose))

    def __call__(self, step: Step) -> None:
        """Raise `UnsafeStepError` where somebody would lose what works, or two people could not undo the step."""
        if step.spot.kind == "managed" and step.spot.arn in self.account.policies:
            self.account = tagged(self.account, step.spot.arn, self.tags_of(step.spot.arn))
        here = next((each for each in candidates(self.account) if each.spot == step.spot.source), None)
        if here is None:
            raise ChangedSinceError(f"{step.spot} is not there any more", hint=_ANEW)
        keeper = kept_elsewhere(here)
        if keeper is not None and not self.plan.even_managed:
            raise UnsafeStepError(
                f"{step.spot} is not changed: {keeper[0]} seems to keep it ({keeper[1]})",
                hint="make the change there; or make the plan anew with --even-managed",
            )
        moments = while_undone(self.account, step.spot, step.after, step.deletes)
        after = moments[0]
        _, harm = self._effects.of(self.account, after, here.users, parsed(here.text), parsed(step.after))
        if harm is not None:
            raise UnsafeStepError(f"{step.spot} is not changed: {harm}", hint=_ANEW)
        new_roles = [name for name in here.roles if name not in step.roles]
        if new_roles:
            raise UnsafeStepError(
                f"{step.spot} is not changed: it reaches roles that the plan knows nothing of ({', '.join(new_roles)})",
                hint=_ANEW,
            )
        checkers = [Checker(each, self.organization, self.assumptions) for each in moments]
        asked = (*step.spot.reading, *step.restoring, *step.spot.finishing)
        refusal = first_refusal(checkers, self.operator, step.spot, asked)
        if refusal is not None:
            raise UnsafeStepError(
                f"{step.spot} is not changed: you ({self.operator}) could not undo it any more: {refusal}",
                hint="work with credentials that the change leaves their permissions, e.g. a session with MFA",
            )
        others = [actor for actor in step.can_undo if actor.arn != self.operator.arn]
        if all(first_refusal(checkers, actor, step.spot, step.restoring) is not None for actor in others):
            raise UnsafeStepError(f"{step.spot} is not changed: nobody besides you could undo it", hint=_ANEW)
        self.account = after
