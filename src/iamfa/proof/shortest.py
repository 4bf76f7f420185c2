"""The shortest word that fits these globs and none of those: two walks through the states of one automaton."""

from __future__ import annotations

from collections.abc import Collection
from heapq import heappop, heappush
from typing import TypeAlias

from iamfa.proof.automaton import Automaton

_RIVALS = 32
"""With how many undominated states a new one is compared; another number is slower or faster, never wrong."""

_WIDE = 1024
"""A state with this many positions counts as two, with twice as many as three: the limit holds memory in bounds."""

_Node: TypeAlias = "tuple[int, int, str, _Node | None]"
"""State, floor, the character read last, and the node before it."""


class OutOfStates(Exception):
    """The walk has made as many states as it was allowed to and knows no answer."""


class Budget:
    """How many states may still be made; several walks can share one."""

    __slots__ = ("limit", "spent")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.spent = 0

    def spend(self, states: int) -> None:
        """Count states, or raise OutOfStates."""
        if self.spent + states > self.limit:
            raise OutOfStates
        self.spent += states


class Walk:
    """One question to an automaton: what must fit, what must not, and how long the word may be.

    *inside* are groups of globs: the word fits one of each group, and none of *outside*.
    """

    __slots__ = (
        "_automaton",
        "_either",
        "_ends",
        "_inside",
        "_lost",
        "_max_length",
        "_min_length",
        "_must",
        "_never",
        "_outside",
        "_segments",
        "_start",
        "_weight",
    )

    def __init__(
        self,
        automaton: Automaton,
        inside: Collection[Collection[int]],
        outside: Collection[int],
        *,
        min_length: int,
        max_length: int | None,
    ) -> None:
        self._automaton = automaton
        self._weight = 1 + automaton.positions // _WIDE
        self._min_length = min_length
        self._max_length = max_length
        self._segments = [sum(automaton.segment[glob] for glob in group) for group in inside]
        self._ends = [
            [(automaton.segment[glob], automaton.accept[glob].bit_length()) for glob in group] for group in inside
        ]
        self._inside = sum(self._segments)
        self._outside = sum(automaton.segment[glob] for glob in outside)
        accepts = [sum(automaton.accept[glob] for glob in group) for group in inside]
        self._must = sum(accept for accept in accepts if accept.bit_count() == 1)
        self._either = [accept for accept in accepts if accept.bit_count() != 1]
        self._never = sum(automaton.accept[glob] for glob in outside)
        self._lost = sum(automaton.sink[glob] for glob in outside)
        self._start = sum(automaton.start[glob] for glob in [*(glob for group in inside for glob in group), *outside])

    def shortest(self, budget: Budget) -> str | None:
        """The shortest word, and of those the first in the alphabet's order; None: there is none.

        Level by level, so that the first word met is the shortest. OutOfStates when the budget is used up.
        """
        if self._is_lost(self._start) or (self._max_length is not None and self._max_length < self._min_length):
            return None
        if self._min_length <= 0 and self._is_reached(self._start):
            return ""
        level: list[_Node] = [(self._start, 0, "", None)]
        depth = 0
        seen: set[int] = set()
        rivals: dict[int, list[int]] = {}
        while level and (self._max_length is None or depth < self._max_length):
            depth += 1
            if depth <= self._min_length:
                # INVARIANT: only once a word is long enough does a state stand for every later visit of it.
                seen = set()
                rivals = {}
            following: list[_Node] = []
            for node in level:
                for state, floor, character in self._automaton.successors(node[0], node[1]):
                    if state in seen or self._is_lost(state):
                        continue
                    if depth >= self._min_length and self._is_reached(state):
                        return _word((state, floor, character, node))
                    seen.add(state)
                    # INVARIANT: an earlier state with the same positions inside, and none outside that this one has
                    # not, goes wherever this one goes, by a word that is no longer and not later in the alphabet.
                    refusing = (state | floor) & self._outside
                    earlier = rivals.setdefault(state & self._inside, [])
                    if any(rival & refusing == rival for rival in earlier):
                        continue
                    if len(earlier) < _RIVALS:
                        earlier.append(refusing)
                    budget.spend(self._weight)
                    following.append((state, floor, character, node))
            level = following
        return None

    def straight(self, budget: Budget) -> str:
        """Some word, however long: on from the state that lacks the fewest characters, always.

        It finds words where the shortest one is hidden among too many states; OutOfStates where it does not.
        """
        seen: set[tuple[int, int]] = set()
        queue: list[tuple[int, int, int, int, _Node]] = [(0, 0, 0, 0, (self._start, 0, "", None))]
        while queue:
            *_, depth, node = heappop(queue)
            depth += 1
            if self._max_length is not None and depth > self._max_length:
                continue
            for state, floor, character in self._automaton.successors(node[0], node[1]):
                key = (state, min(depth, self._min_length))
                if key in seen or self._is_lost(state):
                    continue
                if depth >= self._min_length and self._is_reached(state):
                    return _word((state, floor, character, node))
                seen.add(key)
                budget.spend(self._weight)
                refusing = (state | floor) & self._outside
                rank = (self._lacking(state, depth), refusing.bit_count(), budget.spent, depth)
                heappush(queue, (*rank, (state, floor, character, node)))
        raise OutOfStates

    def _is_reached(self, state: int) -> bool:
        if state & self._must != self._must or state & self._never:
            return False
        return not self._either or all(state & accepts for accepts in self._either)

    def _is_lost(self, state: int) -> bool:
        """Whether a glob of outside fits whatever follows, or one of inside cannot fit any more."""
        return bool(state & self._lost) or not all(state & segment for segment in self._segments)

    def _lacking(self, state: int, depth: int) -> int:
        """How many characters the globs of inside still ask for, each for itself, and the least length."""
        asked = sum(
            min(end - (state & segment).bit_length() for segment, end in group if state & segment)
            for group in self._ends
        )
        return asked + max(self._min_length - depth, 0)


def _word(node: _Node | None) -> str:
    characters: list[str] = []
    while node is not None:
        characters.append(node[2])
        node = node[3]
    return "".join(reversed(characters))
