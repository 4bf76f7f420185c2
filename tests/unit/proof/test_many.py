from __future__ import annotations

from time import process_time

from tests.unit.proof.sides import attached, statement

from iamfa.policy import catalogue
from iamfa.proof.compare import Comparison


def test_more_than_a_thousand_patterns_of_actions_are_compared_at_once() -> None:
    services = sorted(catalogue.services())
    patterns = [f"{each}:{verb}*" for each in services for verb in ("Describe", "Get", "List")]
    assert len(patterns) > 1000
    all_but_one = attached(statement(action=patterns[:-1]))
    begun = process_time()
    comparison = Comparison(attached(statement(action=patterns)), all_but_one)
    more, less = comparison._open(0), comparison._open(1)
    assert process_time() - begun < 10  # it takes a tenth of a second; what is guarded against takes minutes
    assert less.excluded
    assert more.only is not None
    assert more.only.action.startswith(patterns[-1].lower().rstrip("*"))
