"""How speeds are measured: everything several times, in turns within one run, and the median told.

Machines differ and are never idle; so what is compared is measured in turns, and a ratio is the median of the ratios
of each turn. Nothing here fails: a figure that misses its aim is shown beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    what: str
    figure: str
    aim: str = ""
    reached: bool | None = None
    """Whether the figure is as good as the aim; None where there is none."""


def seconds_of(*jobs: Callable[[], object], turns: int) -> list[list[float]]:
    """How long each job takes, measured in turns: for each turn the seconds of every job, after one turn unmeasured."""
    found: list[list[float]] = []
    for turn in range(turns + 1):
        taken: list[float] = []
        for job in jobs:
            begun = perf_counter()
            job()
            taken.append(perf_counter() - begun)
        if turn:
            found.append(taken)
    return found


def medians(turns: Sequence[Sequence[float]]) -> list[float]:
    """The median of each job."""
    return [median(each) for each in zip(*turns, strict=True)]


def ratio(turns: Sequence[Sequence[float]], job: int, to: int) -> float:
    """How many times as long as the other one a job takes: the median over the turns."""
    return median(taken[job] / taken[to] for taken in turns)


def table(rows: Sequence[Row]) -> str:
    """The rows under each other, in columns."""
    marks = {True: "reached", False: "MISSED", None: ""}
    texts = [(row.what, row.figure, row.aim, marks[row.reached]) for row in rows]
    widths = [max(len(text[column]) for text in texts) for column in range(4)]
    return "\n".join(
        f"{what:<{widths[0]}}  {figure:>{widths[1]}}  {aim:<{widths[2]}}  {mark}".rstrip()
        for what, figure, aim, mark in texts
    )
