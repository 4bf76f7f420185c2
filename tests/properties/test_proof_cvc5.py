"""Comparisons against cvc5, a solver for strings and numbers that shares nothing with this project.

What its theories can express of a policy is written down as SMT-LIB: globs as regular expressions, keys as a value and
a Boolean for its being there. Where cvc5 answers within its limit, the answers must be the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random

import pytest
from tests.conftest import SOAK
from tests.properties.small_policies import ACTIONS, CONDITIONS, Json, Maker
from tests.properties.smt import Answered, excludes

from iamfa import Bundle, Policy
from iamfa.proof.compare import Comparison

PAIRS = 2000 if SOAK else 24
LIMIT = 2000 if SOAK else 400
"""Milliseconds for a question to cvc5."""
EXPRESSED = tuple(
    (key, tuple(each for each in operators if "IgnoreCase" not in each), values)
    for key, operators, values in CONDITIONS
    if key in ("aws:PrincipalTag/t", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge")
)


def pairs(random: Random) -> Iterable[tuple[Json, Json]]:
    """Policies, each with one that means the same, more, less or something else."""
    maker = Maker(random, templates=False, conditions=EXPRESSED)
    for number in range(PAIRS):
        a = maker.policy()
        vary = (maker.rewritten, maker.wider, maker.narrower, lambda p: maker.wider(maker.narrower(p)))[number % 4]
        yield a, vary(a)


def test_cvc5_excludes_what_is_excluded_and_finds_what_is_found() -> None:
    pytest.importorskip("cvc5", reason="cvc5 is not installed: there is nothing to compare with")
    assert ACTIONS
    answers: Counter[object] = Counter()
    for a, b in pairs(Random("cvc5")):
        comparison = Comparison(Bundle([Policy.from_document(a)]), Bundle([Policy.from_document(b)]))
        for side, (more, less) in enumerate(((a, b), (b, a))):
            found = comparison._open(side)
            answered = excludes(more, less, LIMIT)
            answers[answered, None if found.reason else found.excluded] += 1
            if found.reason is None and answered is not Answered.NOTHING:
                assert found.excluded is (answered is Answered.NONE), f"{found.only} {more} {less}"
    assert answers[Answered.NONE, True] >= PAIRS / 5, answers
    assert answers[Answered.SOME, False] >= PAIRS / 5, answers
