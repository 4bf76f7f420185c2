"""The cheapest way, against every way tried out."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from iamfa.lifecycle.explore import Step, Way, cheapest_way

Edge = tuple[int, int, int, int]
NODES = st.integers(0, 5)
COSTS = st.sampled_from([(0, 0), (0, 0), (1, 0), (0, 1)])
EDGES = st.lists(st.builds(lambda a, b, cost: (a, b, *cost), NODES, NODES, COSTS), max_size=14)


def steps_of(edges: list[Edge]) -> dict[int, list[Step[int, int]]]:
    found: dict[int, list[Step[int, int]]] = {}
    for label, (start, end, hard, soft) in enumerate(edges):
        found.setdefault(start, []).append(Step(label, end, hard, soft))
    return found


def every_way(edges: list[Edge], here: int, goal: int, seen: frozenset[int]) -> Iterator[tuple[int, int, int]]:
    """What every way without circles costs."""
    if here == goal:
        yield (0, 0, 0)
        return
    for start, end, hard, soft in edges:
        if start == here and end not in seen:
            for rest in every_way(edges, end, goal, seen | {end}):
                yield (hard + rest[0], soft + rest[1], 1 + rest[2])


@given(EDGES, NODES)
def test_the_way_that_is_found_costs_as_little_as_any(edges: list[Edge], goal: int) -> None:
    graph = steps_of(edges)
    found = cheapest_way(0, lambda state, _: graph.get(state, []), lambda state: state == goal)
    spared = cheapest_way(
        0, lambda state, counts: (s for s in graph.get(state, []) if counts(s.after)), lambda state: state == goal
    )
    assert spared == found
    costs = sorted(every_way(edges, 0, goal, frozenset({0})))
    if found is None:
        assert not costs
        return
    assert (found.hard, found.soft, len(found.labels)) == costs[0]
    here = 0
    for label in found.labels:
        start, end, _, _ = edges[label]
        assert start == here
        here = end
    assert here == goal


def test_any_number_of_calls_is_better_than_a_refusal() -> None:
    graph = steps_of([(0, 3, 1, 0), (0, 1, 0, 0), (1, 2, 0, 0), (2, 3, 0, 0)])
    assert cheapest_way(0, lambda s, _: graph.get(s, []), lambda s: s == 3) == Way((1, 2, 3), 0, 0)


def test_wanting_grants_are_better_than_a_refusal_that_stands() -> None:
    graph = steps_of([(0, 3, 1, 0), (0, 1, 0, 1), (1, 3, 0, 1)])
    assert cheapest_way(0, lambda s, _: graph.get(s, []), lambda s: s == 3) == Way((1, 2), 0, 2)


def test_of_equal_ways_the_first_is_taken() -> None:
    graph = steps_of([(0, 1, 0, 0), (0, 2, 0, 0), (2, 3, 0, 0), (1, 3, 0, 0)])
    assert cheapest_way(0, lambda s, _: graph.get(s, []), lambda s: s == 3) == Way((0, 3), 0, 0)


def test_whoever_is_there_needs_no_step() -> None:
    assert cheapest_way(0, lambda s, _: [], lambda s: True) == Way((), 0, 0)
