"""What the machine walked, with where it began: a trace alone does not tell who had which devices and credentials."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from iamfa.lifecycle import machine
from iamfa.lifecycle.machine import Problem, Ruling, Solution
from iamfa.lifecycle.result import Call
from iamfa.platform import Assumptions

Trace = tuple[Call, ...]


@dataclass(frozen=True, eq=False)
class Walk:
    """One trace, under one reading of what is open."""

    problem: Problem
    assumptions: Assumptions
    kind: str
    """`reached`, `stopped` or `not_decided`."""
    trace: Trace
    rulings: tuple[Ruling, ...]
    """One for each call of the trace."""

    @property
    def doubtful(self) -> bool:
        """Whether it hangs on the value of a key that nobody told, such as `aws:SourceIp`."""
        return any(ruling.doubtful for ruling in self.rulings)


@dataclass
class Walked:
    """All that was walked while it was watched, each once."""

    walks: list[Walk] = field(default_factory=list)
    _seen: set[Any] = field(default_factory=set)

    def add(self, problem: Problem, assumptions: Assumptions, found: Solution, rulings: tuple[Ruling, ...]) -> None:
        """Note a solution that has calls."""
        bundle = id(problem.world.bundle)
        key = (bundle, problem.start, problem.person, found.trace, tuple(r.attempt for r in rulings), assumptions)
        if found.trace and key not in self._seen:
            self._seen.add(key)
            self.walks.append(Walk(problem, assumptions, found.kind, found.trace, rulings))


@contextmanager
def watched() -> Iterator[Walked]:
    """Note every solution that the machine finds meanwhile, under every reading that it tries."""
    walked, plain = Walked(), machine._solve

    def solve(problem: Problem, reading: Any) -> tuple[Solution, tuple[Ruling, ...]]:
        found, rulings = plain(problem, reading)
        walked.add(problem, reading.assumptions, found, rulings)
        return found, rulings

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "_solve", solve)
        yield walked
