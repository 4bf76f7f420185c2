"""Flows and attacks of a policy beside those of the same policy without a part.

Only what asks about something that the part touches is walked again: the others end the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iamfa.advise.parts import Part
from iamfa.lifecycle.asked import ATTACKS_ASK, FLOWS_ASK
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.onward import ONWARD
from iamfa.lifecycle.result import AttackName, AttackOutcome, AttackResult, FlowName, FlowResult
from iamfa.lifecycle.world import World

ATTACKS_WORST_FIRST: tuple[AttackOutcome, ...] = ("succeeds", "depends", "not_decided", "stopped")

_ALLOWED_ELSEWHERE: frozenset[AttackName] = frozenset({"neighbour", "two-keys"})

Pair = tuple[FlowResult, FlowResult]
"""A flow with the part and without it."""


def touched_flows(part: Part) -> tuple[FlowName, ...]:
    """The flows that may end differently without the part."""
    return tuple(flow for flow, actions in FLOWS_ASK.items() if any(part.touches(action) for action in actions))


def touched_attacks(part: Part) -> tuple[AttackName, ...]:
    """The attacks that may end differently without the part."""
    return tuple(attack for attack, actions in ATTACKS_ASK.items() if any(part.touches(a) for a in actions))


def flows_without(world: World, part: Part, before: Sequence[FlowResult]) -> tuple[FlowResult, ...]:
    """The flows in the *world* without the part, row for row; *before* are those with it."""
    touched = touched_flows(part) if before else ()
    again = iter(walk_flows(world, only=touched) if touched else ())
    # INVARIANT: how many rows a flow has, and in which order, hangs on no policy.
    return tuple(next(again) if row.flow in touched else row for row in before)


def attacks_without(world: World, part: Part, before: Sequence[AttackResult]) -> tuple[AttackResult, ...]:
    """The attacks likewise, but for those that the part can make neither easier nor stopped."""
    may = {row.attack for row in before if _may_turn(row, widens=part.widens)}
    touched = tuple(attack for attack in touched_attacks(part) if attack in may)
    again = iter(walk_attacks(world, only=touched) if touched else ())
    return tuple(next(again) if row.attack in touched else row for row in before)


def _may_turn(attack: AttackResult, *, widens: bool) -> bool:
    """Whether an attack can end differently where more passes, or succeed no more where less does.

    What a thief cannot do for a refusal he cannot do where less is granted. But whom another file allows something is
    one of whom nothing is known unless a file that was read speaks of it.
    """
    if widens:
        return any(variant.result != "succeeds" for variant in attack.variants)
    return attack.result in ("succeeds", "depends") or attack.attack in _ALLOWED_ELSEWHERE


def narrowed(whole: World, world: World, part: Part, rows: Sequence[Pair]) -> Iterator[Pair]:
    """The flows that work less well without a part which lets something pass, one for each row.

    A flow to a role, or to a client, is walked to each that may be meant: without one of two grants the role of that
    one is out of reach, though the flow still leads to the other.
    """
    touched = touched_flows(part)
    for before, after in rows:
        if before.flow in touched and before.flow not in ONWARD and is_worse(before, after):
            yield before, after
    told = set()
    for flow in touched:
        onward = ONWARD.get(flow)
        if onward is None:
            continue
        targets = dict.fromkeys((*onward.meant(whole, part.as_grant()), *onward.meant(whole, None)))
        for target in targets:
            for before, after in zip(onward.walk(whole, (target,)), onward.walk(world, (target,)), strict=True):
                row = (before.flow, before.credential, before.device)
                if row not in told and is_worse(before, after):
                    told.add(row)
                    yield before, after


def is_worse(before: FlowResult, after: FlowResult) -> bool:
    """Whether a flow works less well, where less passes.

    Called the same it is worse if it hangs on more: on the grant of another file, or on another setting. One that is
    blocked both ways may be called undecided when the file does not speak of it any more.
    """
    if before.result == after.result:
        return before.result in ("not_decided", "depends") and before.detail != after.detail
    return before.result != "blocked"


def compared(before: AttackResult, after: AttackResult) -> tuple[AttackOutcome, AttackOutcome]:
    """What becomes of an attack, with the part and without it.

    Of the ways to lift an enforcement those alone are held against each other that both know: how the rest is lifted
    hangs on what is left to be lifted.
    """
    if before.attack != "lift-enforcement":
        return before.result, after.result
    left = {variant.device: variant.result for variant in after.variants}
    both = [(variant.result, left[variant.device]) for variant in before.variants if variant.device in left]
    worst = ATTACKS_WORST_FIRST.index
    return min((b for b, _ in both), key=worst, default="stopped"), min(
        (a for _, a in both), key=worst, default="stopped"
    )


def is_easier(before: AttackResult, after: AttackResult, *, widens: bool) -> bool:
    """Whether an attack is easier without the part, if only for users with one kind of device."""
    were = {variant.device: variant.result for variant in before.variants}
    outcomes = [compared(before, after)]
    for variant in after.variants:
        # Which names and ages are told apart hangs on the policies: a way that is new is held against the whole, where
        # more passes; where less passes it is none.
        was = were.get(variant.device, before.result if widens and before.attack != "lift-enforcement" else None)
        if was is not None:
            outcomes.append((was, variant.result))
    return any(ATTACKS_WORST_FIRST.index(a) < ATTACKS_WORST_FIRST.index(b) for b, a in outcomes)


def is_closed(before: AttackResult, after: AttackResult) -> bool:
    """Whether an attack that succeeds, or may, with the part does less without it."""
    was, now = compared(before, after)
    return was in ("succeeds", "depends") and ATTACKS_WORST_FIRST.index(now) > ATTACKS_WORST_FIRST.index(was)
