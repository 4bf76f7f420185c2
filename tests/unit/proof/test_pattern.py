from __future__ import annotations

from iamfa.policy.glob import split_at_colons, tokens_of
from iamfa.proof.pattern import ANY_TEXT_AT_ALL, Pattern, arn_pattern, within_colons
from iamfa.proof.texts import fits


def test_wildcards_of_an_arn_stay_between_colons_but_for_the_last_part() -> None:
    pattern = arn_pattern(tokens_of("arn:aws:*:::a*"))
    assert pattern is not None
    assert fits(pattern)("arn:aws:s3:::a:b")
    assert not fits(pattern)("arn:aws:s3:x:::a")


def test_what_has_no_six_parts_fits_no_arn() -> None:
    assert arn_pattern(tokens_of("arn:aws:s3")) is None


def test_a_star_alone_is_any_text_also_within_colons() -> None:
    assert within_colons(split_at_colons(tokens_of("*"), 6)) == ANY_TEXT_AT_ALL
    assert ANY_TEXT_AT_ALL.is_everything


def test_only_a_pattern_without_wildcards_is_one_text() -> None:
    assert Pattern(("a", "b")).text == "ab"
    assert Pattern(tokens_of("a*")).text is None
    assert Pattern(("a",), ignores_case=True).text is None


def test_an_example_fits() -> None:
    pattern = Pattern(tokens_of("a?b*"))
    assert pattern.example("xyz", "-") == "a-bxyz"
    assert fits(pattern)("a-bxyz")
