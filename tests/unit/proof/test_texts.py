from __future__ import annotations

from iamfa.policy.glob import Token, Wild
from iamfa.proof.alphabet import ANY_TEXT
from iamfa.proof.language import Empty, Found
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


def test_a_pattern_without_regard_to_case_is_not_covered_by_one_of_its_spellings() -> None:
    answer = find_text(
        [[Pattern(("A",), ignores_case=True)]], [pattern("A"), pattern("b", Wild.STAR)], alphabet=ANY_TEXT
    )
    assert answer == Found("a")


def test_a_pattern_without_regard_to_case_meets_each_of_its_spellings() -> None:
    folding = Pattern(("AB", Wild.STAR), ignores_case=True)
    for beginning in ("aB", "ab", "Ab", "AB"):
        answer = find_text([[folding], [pattern(beginning, Wild.ANY, Wild.STAR)]], [], alphabet=ANY_TEXT)
        assert isinstance(answer, Found)
        assert answer.witness.startswith(beginning)


def test_a_listed_text_beside_a_variable_is_kept_where_a_variable_of_another_group_may_be_it() -> None:
    mixed, variable = [pattern("bucket/a"), pattern("other/", LETTER)], [pattern("bucket/", LETTER)]
    for groups in ([mixed, variable], [variable, mixed]):
        assert not isinstance(find_text(groups, [], alphabet=ANY_TEXT, letters=LETTER), Empty)
