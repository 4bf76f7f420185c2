"""From solutions of single problems to the result of a flow or an attack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from iamfa.lifecycle.machine import Problem, Solution, solve
from iamfa.lifecycle.result import (
    AttackName,
    AttackOutcome,
    AttackResult,
    AttackVariant,
    DeviceKind,
    FlowName,
    FlowOutcome,
    FlowResult,
)
from iamfa.lifecycle.world import World

_FLOWS: dict[str, FlowOutcome] = {
    "reached": "works", "stopped": "blocked", "not_decided": "not_decided", "depends": "depends",
}  # fmt: skip
_ATTACKS: dict[str, AttackOutcome] = {
    "reached": "succeeds", "stopped": "stopped", "not_decided": "not_decided", "depends": "depends",
}  # fmt: skip
_WORST_FIRST: tuple[FlowOutcome, ...] = ("blocked", "not_decided", "depends", "works")
_EASIEST_FIRST: tuple[FlowOutcome, ...] = ("works", "not_decided", "depends", "blocked")
_BEST_FIRST: tuple[AttackOutcome, ...] = ("succeeds", "depends", "not_decided", "stopped")
_TOO_MANY = "the policies tell too many device names apart to try one of each kind"


def flow_result(flow: FlowName, credential: str, device: DeviceKind | None, found: Solution) -> FlowResult:
    """What a solution makes of a flow."""
    return FlowResult(flow, credential, device, _FLOWS[found.kind], found.trace, found.assumption, found.detail)


def under_names(
    world: World, flow: FlowName, credential: str, kind: DeviceKind, problem: Callable[[str], Problem]
) -> FlowResult:
    """A flow in which a virtual device is created: under the own name, or under every other one."""
    if kind != "virtual-any-name":
        return flow_result(flow, credential, kind, solve(problem(world.subject.name)))
    names = world.names()
    if names is None:
        return FlowResult(flow, credential, kind, "not_decided", (), None, _TOO_MANY)
    kinds = world.told_apart(world.subject.user_arn, names.free)
    results = [flow_result(flow, credential, kind, solve(problem(name))) for name in kinds]
    return min(results, key=lambda result: _WORST_FIRST.index(result.result))


def easiest(results: Iterable[FlowResult]) -> FlowResult:
    """Of the results for several targets, any of which the user may mean, the best; the earliest of equals."""
    return min(results, key=lambda result: _EASIEST_FIRST.index(result.result))


@dataclass(frozen=True, slots=True)
class Tried:
    """One variant of an attack with its solution; a supposed one rests on a grant that was not read."""

    words: str
    found: Solution
    supposed: bool = False

    @property
    def outcome(self) -> AttackOutcome:
        """What the variant comes to by itself."""
        return _ATTACKS[self.found.kind]

    @property
    def counts_as(self) -> AttackOutcome:
        """What the variant makes of the attack: what a supposed grant makes possible is not decided here."""
        return "not_decided" if self.supposed and self.outcome != "stopped" else self.outcome


def attack_result(name: AttackName, tried: Iterable[Tried]) -> AttackResult:
    """The attack as a whole: as good for the thief as its best variant."""
    variants = list(tried)
    best = best_tried(variants)
    return AttackResult(
        name,
        best.counts_as,
        best.found.trace,
        best.found.assumption,
        tuple(AttackVariant(v.words, v.outcome, v.found.trace) for v in variants),
        _detail(best),
    )


def best_tried(variants: Iterable[Tried]) -> Tried:
    """The variant that is best for the thief."""
    return min(variants, key=lambda variant: rank(variant.found, variant.counts_as))


def best_of(found: Iterable[Solution]) -> Solution:
    """The solution that is best for the thief."""
    return min(found, key=lambda each: rank(each, _ATTACKS[each.kind]))


def first_reached(found: Iterator[Solution]) -> Solution:
    """The first that is reached, otherwise the one that is best for the thief; none is found in vain."""
    tried: list[Solution] = []
    for each in found:
        if each.kind == "reached":
            return each
        tried.append(each)
    return best_of(tried)


def rank(found: Solution, outcome: AttackOutcome) -> tuple[int, int, int]:
    """What is best for the thief comes first, and of equals what needs the fewest words."""
    refused = sum(call.outcome == "refused" for call in found.trace)
    return _BEST_FIRST.index(outcome), refused, len(found.trace)


def incomplete(found: Solution, detail: str = _TOO_MANY) -> Solution:
    """What can be concluded when not every kind of name could be tried: a success, and nothing else."""
    if found.kind == "reached":
        return found
    return Solution("not_decided", found.trace, None, detail)


def _detail(best: Tried) -> str | None:
    if best.supposed and best.outcome != "stopped":
        return f"only if another file grants it: {best.words}"
    return best.found.detail
