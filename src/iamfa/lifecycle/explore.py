"""The cheapest way through a graph of states, where going against a refusal costs more than any number of calls.

Costs are compared part by part: refusals that stand whatever else is attached, refusals for want of a grant, calls.
So a way without refusals is found if there is one, with the fewest calls; otherwise the way that shows what stops it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)
L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class Step(Generic[S, L]):
    """One edge of the graph."""

    label: L
    after: S
    hard: int = 0
    """1 where the call is refused whatever another file grants."""
    soft: int = 0
    """1 where nothing that was read grants the call."""


@dataclass(frozen=True, slots=True)
class Way(Generic[L]):
    """The cheapest way to a goal: its labels in order, and what it cost."""

    labels: tuple[L, ...]
    hard: int
    soft: int


def cheapest_way(
    start: S, steps: Callable[[S, Callable[[S], bool]], Iterable[Step[S, L]]], goal: Callable[[S], bool]
) -> Way[L] | None:
    """Find the cheapest way from *start* to a state that is a goal; None where no way leads there.

    Uniform-cost search: ends if the states are finitely many. Of ways that cost the same the one counts whose steps
    come first, so that the answer is always the same. *steps* is told, beside the state, how to ask whether a step to
    another state could count at all, even if nothing refuses it; one that could not may be left out unjudged.
    """
    best: dict[S, tuple[int, int, int]] = {start: (0, 0, 0)}
    came_by: dict[S, tuple[S, L]] = {}
    waiting: list[tuple[int, int, int, int, S]] = [(0, 0, 0, 0, start)]
    entered = 0
    while waiting:
        hard, soft, calls, _, state = heappop(waiting)
        if best[state] < (hard, soft, calls):
            continue
        if goal(state):
            return Way(_labels_to(state, came_by), hard, soft)
        at_least = (hard, soft, calls + 1)

        def counts(after: S, at_least: tuple[int, int, int] = at_least) -> bool:
            known = best.get(after)
            return known is None or at_least < known

        for step in steps(state, counts):
            cost = (hard + step.hard, soft + step.soft, calls + 1)
            known = best.get(step.after)
            if known is None or cost < known:
                best[step.after] = cost
                came_by[step.after] = (state, step.label)
                entered += 1
                heappush(waiting, (*cost, entered, step.after))
    return None


def _labels_to(state: S, came_by: dict[S, tuple[S, L]]) -> tuple[L, ...]:
    labels: list[L] = []
    while state in came_by:
        state, label = came_by[state]
        labels.append(label)
    return tuple(reversed(labels))
