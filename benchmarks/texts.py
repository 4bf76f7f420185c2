"""Reading and matching texts: a typical policy, and globs that bring regular expressions to their knees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Row, medians, seconds_of
from iamfa import Policy
from iamfa.policy.glob import matcher, tokens_of

TURNS = 15
TYPICAL = Path(__file__).parent / "data" / "aws-p1.json"
VALUE = "a" * 60
MATCHES = 1000
PARSES = 20


def repeated(pattern: str, *, fits: bool) -> Callable[[], None]:
    """The value put to the pattern, over and over."""
    matches = matcher(tokens_of(pattern))
    assert matches(VALUE) is fits

    def job() -> None:
        for _ in range(MATCHES):
            matches(VALUE)

    return job


def rows() -> list[Row]:
    """The rows of the table."""
    text = TYPICAL.read_text(encoding="utf-8")

    def parse() -> None:
        for _ in range(PARSES):
            Policy.parse(text)

    jobs = {
        "a match": repeated("*a" * 10, fits=True),
        "no match": repeated("*a" * 8 + "*b*", fits=False),
        "with question marks, a match": repeated("*a?" * 10, fits=True),
        "with question marks, no match": repeated("*a?" * 8 + "*b*", fits=False),
    }
    *matched, parsed = medians(seconds_of(*jobs.values(), parse, turns=TURNS))
    return [
        *(
            Row(f"glob: 60 characters, ten stars, {name}", f"{each * 1e6 / MATCHES:.1f} µs", "microseconds", each < 0.1)
            for name, each in zip(jobs, matched, strict=True)
        ),
        Row(f"reading a policy of {len(text):,} characters", f"{parsed / PARSES * 1e3:.2f} ms"),
    ]
