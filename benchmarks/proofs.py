"""Proofs about all requests: AWS's examples, refutations, many patterns, and cvc5 beside them where it is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from tests.properties.proof_families import FAMILIES, SPELLINGS
from tests.properties.smt import excludes

from benchmarks.measure import Row, medians, seconds_of
from iamfa import Bundle, Policy
from iamfa.policy import catalogue
from iamfa.proof.answer import prove
from iamfa.proof.compare import Comparison, compare
from iamfa.proof.question import without_mfa

TURNS = 5
CLAIM_TURNS = 15
POLICIES = Path(__file__).parent.parent / "tests" / "data" / "policies"
FORCING = ("aws-p1", "aws-p2", "aws-p3", "aws-p4", "aws-p5b")
NOT_FORCING = ("aws-p5a",)
LIMIT = 5_000
"""Milliseconds for a question to cvc5."""

Json = dict[str, Any]


def rows() -> list[Row]:
    """The rows of the table."""
    return [*_claims(), *_families(), *_many()]


def _claims() -> Iterator[Row]:
    for names, what in ((FORCING, "proved"), (NOT_FORCING, "refuted")):
        for name in names:
            policy = Policy.parse((POLICIES / f"{name}.json").read_text(encoding="utf-8"))
            exempt = _exempt(policy)
            question, bundle = without_mfa(outside=exempt, plus_everything=True), Bundle([policy])
            found = type(prove(question, bundle)).__name__.lower()
            taken = _processor_seconds(lambda question=question, bundle=bundle: prove(question, bundle))
            aim, most = ("2 ms, at most 5", 0.005) if what == "proved" else ("50 ms", 0.05)
            yield Row(f"{name} + allow-all, without MFA: {found}", _ms(taken), aim, taken <= most and found == what)


def _exempt(policy: Policy) -> list[str]:
    denies = [each for each in policy.document.statements if each.effect == "Deny" and each.action.negated]
    return [value.text for each in denies for value in each.action.values]


def _families() -> Iterator[Row]:
    for (family, (make, relation)), n, (a, b) in product(
        FAMILIES.items(), (10, 20, 50, 100), product(SPELLINGS, repeat=2)
    ):
        if a != b and n != 50:
            continue
        one, other = make(n, a, b)
        sides = Bundle([Policy.from_document(one)]), Bundle([Policy.from_document(other)])
        exact = compare(*sides).relation == relation
        (taken,) = _seconds(lambda sides=sides: [Comparison(*sides)._open(side) for side in (0, 1)])
        what = f"{n} patterns, {family}, {a} against {b}{'' if exact else ': NOT EXACT'}"
        yield Row(what + _beside(one, other), _ms(taken), "100 ms", exact and taken < 0.1)


def _many() -> Iterator[Row]:
    """Lists as long as those of AWS's largest managed policies (ReadOnlyAccess: 3,000 patterns), of the catalogue."""
    services = sorted(catalogue.services())
    reading = [f"{each}:{verb}*" for each in services for verb in ("BatchGet", "Describe", "Get", "List", "View")]
    auditing = [f"{each}:{name}" for each in services for name in catalogue.actions(each) if name.startswith("List")]
    for what, a, b in (
        ("the same", reading, reading),
        ("one lost", reading, reading[:-1]),
        ("names within", auditing, reading),
    ):
        sides = Bundle([_allowing(a)]), Bundle([_allowing(b)])
        taken, closed = _seconds(
            lambda sides=sides: [Comparison(*sides)._open(side) for side in (0, 1)], lambda sides=sides: compare(*sides)
        )
        name = f"{len(a):,} patterns of actions against {len(b):,}, {what}"
        yield Row(name, _ms(taken), "2 s", taken < 2)
        yield Row(f"{name}, and over the catalogue", _ms(closed), "2 s", closed < 2)


def _allowing(actions: list[str]) -> Policy:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return Policy.from_document({"Version": "2012-10-17", "Statement": [statement]})


def _beside(one: Json, other: Json) -> str:
    """What cvc5 takes for the same two questions in this run, where it is installed."""
    if find_spec("cvc5") is None:
        return ""
    answers: list[str] = []

    def ask() -> None:
        answers[:] = [excludes(more, less, LIMIT).value for more, less in ((one, other), (other, one))]

    ((taken,),) = seconds_of(ask, turns=1)
    return f" (cvc5: {_ms(taken)}{', unknown' if 'unknown' in answers else ''})"


def _processor_seconds(job: Callable[[], object]) -> float:
    """The median of what a job takes of the processor, after one turn that does not count.

    A claim takes a millisecond: by the clock on the wall, a busy neighbour is as much as ten of them.
    """
    taken: list[float] = []
    for _ in range(CLAIM_TURNS + 1):
        begun = process_time()
        job()
        taken.append(process_time() - begun)
    return median(taken[1:])


def _seconds(*jobs: Callable[[], object]) -> list[float]:
    return medians(seconds_of(*jobs, turns=TURNS))


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"
