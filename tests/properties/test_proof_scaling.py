"""Comparisons of many patterns are answered, each of them, and quickly enough to be asked while somebody waits."""

from __future__ import annotations

from itertools import product
from time import process_time

import pytest
from tests.properties.proof_families import FAMILIES, SPELLINGS

from iamfa import Bundle, Policy
from iamfa.proof.compare import compare

LONGEST = 5.0
"""Seconds of this process; `make bench` aims at 0.1, and this only refuses what explodes."""


@pytest.mark.parametrize("n", [10, 20, 50, 100])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_many_patterns_are_compared_exactly(family: str, n: int) -> None:
    make, relation = FAMILIES[family]
    for a, b in product(SPELLINGS, repeat=2):
        one, other = make(n, a, b)
        sides = Bundle([Policy.from_document(one)]), Bundle([Policy.from_document(other)])
        begun = process_time()
        change = compare(*sides)
        assert process_time() - begun < LONGEST
        assert (change.relation, change.closed_relation, change.reasons) == (relation, relation, ()), (a, b)
