"""A policy without one of its parts, under judgement: the same user in the same situation, asked the same.

What the part cannot touch is not asked again, so that leaving out one entry after another stays quick.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from iamfa.advise.case import Case
from iamfa.advise.parts import Part, without
from iamfa.advise.walks import attacks_without, flows_without, touched_flows
from iamfa.evaluate.verdict import Verdict
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import AttackResult, FlowResult
from iamfa.policy.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iamfa.advise.targets import Target
    from iamfa.lifecycle.subject import Subject


class Omission(Case):
    """The case of a policy without one part, beside the case of the whole."""

    def __init__(self, whole: Case, part: Part) -> None:
        """Leave *part* out of the policy of *whole*."""
        super().__init__(without(whole.policy, part), whole.options, whole.of_the_request)
        self.whole = whole
        self.part = part

    # The same user, situation and questions as with the part -------------------------------------------------------

    @cached_property
    def subject(self) -> Subject:
        """The user whom the whole policy means."""
        return self.whole.subject

    @cached_property
    def context(self) -> Mapping[str, str]:
        """The situation of the whole policy."""
        return self.whole.context

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """What the whole policy tells apart: what is named no more is asked all the same."""
        return self.whole.actions

    def targets(self, action: str) -> tuple[Target, ...]:
        """The targets that the whole policy tells apart."""
        return self.whole.targets(action)

    @cached_property
    def named_resources(self) -> tuple[Target, ...]:
        """The resources that the whole policy names."""
        return self.whole.named_resources

    @cached_property
    def sets(self) -> Case:
        """The same for requests that carry what statements which ask for MFA name."""
        wider = self.whole.sets
        return self if wider is self.whole else Omission(wider, self.part)

    # What cannot have changed ---------------------------------------------------------------------------------------

    def verdict(
        self, bundle: Bundle, action: str, resource: str, credential: str, *, user: str | None = None
    ) -> Verdict:
        """The verdict; on what the part does not touch that of the whole policy."""
        before = None if self.touches(action) else self._before.get(id(bundle))
        if before is None:
            return super().verdict(bundle, action, resource, credential, user=user)
        return self.whole.verdict(before, action, resource, credential, user=user)

    def touches(self, action: str) -> bool:
        """Whether verdicts on the action can depend on the part."""
        found = self._touched.get(action)
        if found is None:
            found = self._touched[action] = self.part.touches(action)
        return found

    @cached_property
    def _touched(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _before(self) -> Mapping[int, Bundle]:
        """The bundles of the whole policy by those that stand for them here."""
        here, there = self, self.whole
        return {
            id(here.alone): there.alone,
            id(here.everything): there.everything,
            id(here.file_only): there.file_only,
            id(here.abroad): there.abroad,
        }

    @cached_property
    def changes_walks(self) -> bool:
        """Whether flows are walked that ask for anything which the part touches."""
        return self.whole.concerns_devices and bool(touched_flows(self.part))

    @cached_property
    def walked_flows(self) -> tuple[FlowResult, ...]:
        """The flows as far as they are walked for the whole policy, whatever class the file has without the part."""
        return flows_without(self.world, self.part, self.whole.flows)

    @cached_property
    def walked_attacks(self) -> tuple[AttackResult, ...]:
        """The attacks likewise."""
        return attacks_without(self.world, self.part, self.whole.attacks)

    @cached_property
    def flows(self) -> tuple[FlowResult, ...]:
        """Which flows work, where the file without the part concerns devices."""
        if not self.concerns_devices:
            return ()
        return self.walked_flows if self.whole.concerns_devices else walk_flows(self.world)

    @cached_property
    def attacks(self) -> tuple[AttackResult, ...]:
        """Who could get in, likewise."""
        if not self.concerns_devices:
            return ()
        return self.walked_attacks if self.whole.concerns_devices else walk_attacks(self.world)
