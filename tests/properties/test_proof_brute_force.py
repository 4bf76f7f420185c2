"""Proofs against every request that small policies can tell apart: no answer may differ, in either direction.

What is right comes from `tests/reference` by enumeration (`small_space`). The generator is steered so that each answer
is as frequent as the others: it varies a policy so that it means the same, more, less or something else, and keeps
what the enumeration says it wanted.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from tests.conftest import SOAK
from tests.properties.small_bundles import USER, BundleMaker, admitted, asked_of, case_of
from tests.properties.small_policies import CONDITIONS, TIED, Json, Maker, pools
from tests.properties.small_space import Space, asked, permits_one
from tests.reference.documents import statements_of

from iamfa import Bundle, Policy
from iamfa.evaluate.request import Request
from iamfa.proof.answer import Proof, Proved, Refuted, prove
from iamfa.proof.checker import CertificateError, verify
from iamfa.proof.compare import Change, Comparison, Difference, compare
from iamfa.proof.question import never, without_mfa

SEEDS = range(40 if SOAK else 4)
CASES = 500 if SOAK else 32
RELATIONS = ("equivalent", "a_less", "b_less", "incomparable")
SURE = 0.75
"""At least so many of the answers are no `unknown`."""


def relation_of(a: Json, b: Json) -> tuple[str, Space]:
    """How two policies relate over all requests, by enumeration."""
    one, other = statements_of(a, "identity"), statements_of(b, "identity")
    space = Space([*one, *other], pools())
    first, second = space.permitted(one), space.permitted(other)
    more, less = first & ~second, second & ~first
    if not first and not second:
        return "nothing", space
    return (("incomparable" if less else "b_less") if more else ("a_less" if less else "equivalent")), space


def pair(maker: Maker, wanted: str) -> tuple[Json, Json]:
    """Two policies that relate so."""
    while True:
        a = maker.policy()
        b = maker.rewritten(a)
        if wanted == "incomparable":
            b = maker.wider(maker.narrower(b)) if maker.random.random() < 0.7 else maker.policy()
        elif wanted != "equivalent":
            b = maker.wider(b) if maker.random.random() < 0.5 else maker.narrower(b)
        if relation_of(a, b)[0] == wanted:
            return a, b


def compared(a: Json, b: Json) -> Change:
    return compare(Bundle([Policy.from_document(a)]), Bundle([Policy.from_document(b)]))


def is_shown(difference: Difference, more: Json, less: Json) -> bool:
    """Whether the reference says so too of the request that one side is said to permit alone."""
    only = difference.only
    assert only is not None
    request = asked(only.action, only.resource, only.context)
    permitted = permits_one(statements_of(more, "identity"), request)
    return permitted and not permits_one(statements_of(less, "identity"), request)


QUESTIONS = ("proved", "refuted")


@pytest.fixture
def open_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the closed world, which takes most of the time and is not what is enumerated."""
    monkeypatch.setattr(Comparison, "_closed", lambda *_: Difference(None))
    monkeypatch.setattr(Proof, "_realistic", lambda *_: None)


@pytest.mark.soak
@pytest.mark.parametrize("relation", RELATIONS)
def test_what_the_closed_world_finds_is_permitted_on_one_side_only(relation: str) -> None:
    maker = Maker(Random(relation))
    for _ in range(25):
        a, b = pair(maker, relation)
        change = compared(a, b)
        for side, open_side, more, less in (
            (change.closed_only_a, change.only_a, a, b),
            (change.closed_only_b, change.only_b, b, a),
        ):
            assert side.only is None or is_shown(side, more, less), f"{side.only} {more} {less}"
            assert not open_side.excluded or side.excluded


@pytest.mark.usefixtures("open_world")
@pytest.mark.parametrize("seed", SEEDS)
def test_policies_relate_as_the_enumeration_of_all_requests_says(seed: int) -> None:
    maker = Maker(Random(seed), conditions=(*CONDITIONS, *TIED) if seed % 4 == 3 else CONDITIONS)
    answers: Counter[str] = Counter()
    for number in range(CASES):
        wanted = RELATIONS[number % 4]
        a, b = pair(maker, wanted)
        change = compared(a, b)
        answers[change.relation] += 1
        permits_more, permits_less = wanted in ("b_less", "incomparable"), wanted in ("a_less", "incomparable")
        for side, exists, more, less in ((change.only_a, permits_more, a, b), (change.only_b, permits_less, b, a)):
            assert not (side.excluded and exists), f"excluded, and there is one: {more} {less}"
            if side.only is not None:
                # The pools hold no empty texts, of which AWS says in one place that they are no values.
                beyond = "" in side.only.keys.values() or ("",) in side.only.keys.values()
                assert exists or beyond, f"the pools are too small: {side.only} {more} {less}"
                assert is_shown(side, more, less), f"{side.only} {more} {less}"
    assert sum(answers[each] for each in RELATIONS) >= SURE * CASES, answers


@pytest.mark.usefixtures("open_world")
@pytest.mark.parametrize("layers", ["identity", "limits", "organisation", "resource", "account"])
@pytest.mark.parametrize("seed", range(20 if SOAK else 1))
def test_claims_are_proved_and_refuted_as_the_enumeration_of_all_requests_says(layers: str, seed: int) -> None:
    maker = BundleMaker(Random(f"{layers}{seed}"), layers)
    answers: Counter[str] = Counter()
    cases = CASES if SOAK else CASES // 2
    for number in range(cases):
        case = case_of(maker, QUESTIONS[number % 2])
        options = {"user": USER} if case.names_the_user else {}
        if case.actions is None:
            question = without_mfa(outside=case.outside, plus_everything=case.plus_everything, **options)
        else:
            question = never(
                case.actions,
                case.resources,
                plus_everything=case.plus_everything,
                credentials=case.credentials,
                **options,
            )
        answer = prove(question, case.bundle())
        answers[type(answer).__name__] += 1
        if isinstance(answer, Proved):
            assert QUESTIONS[number % 2] == "proved", f"proved, and there is a request: {case} {asked_of(case)}"
            try:
                verify(answer.certificate.as_json())
            except CertificateError as error:
                assert "is no valid policy" in str(error)  # a control policy of the old Version, which AWS refuses
        elif isinstance(answer, Refuted):
            beyond = "" in answer.witness.keys.values() or ("",) in answer.witness.keys.values()
            assert beyond or QUESTIONS[number % 2] == "refuted", f"the pools are too small: {answer.witness} {case}"
            assert admitted(case, answer.witness, answer.credential), f"{answer.witness} {case}"
            assert isinstance(answer.witness, Request)
    assert answers["Proved"] >= cases / 5, answers
    assert answers["Refuted"] >= cases / 5, answers
