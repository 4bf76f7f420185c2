from __future__ import annotations

from iamfa.policy.glob import Token, Wild
from iamfa.proof.alphabet import ANY_TEXT
from iamfa.proof.language import Empty
from iamfa.proof.pattern import Pattern
from iamfa.proof.texts import find_text

LETTER = chr(0xE000)


def pattern(*tokens: Token) -> Pattern:
    return Pattern(tokens)


def test_a_listed_text_is_kept_where_a_policy_variable_of_another_pattern_may_be_that_very_text() -> None:
    listed, variable = pattern("bucket/a"), pattern("bucket/", LETTER)
    answer = find_text([[listed], [variable]], [], alphabet=ANY_TEXT, letters=LETTER)
    assert not isinstance(answer, Empty)
    assert not isinstance(find_text([[variable], [listed]], [], alphabet=ANY_TEXT, letters=LETTER), Empty)


def test_a_policy_variable_reaches_a_listed_text_through_wildcards_too() -> None:
    listed, variable = pattern("bucket/a/b"), pattern("bucket/", LETTER, "/", Wild.STAR)
    assert not isinstance(find_text([[listed], [variable]], [], alphabet=ANY_TEXT, letters=LETTER), Empty)
