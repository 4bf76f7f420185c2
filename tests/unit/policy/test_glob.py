"""Globs: what they match, how they are spelled, and that no pattern is slow."""

from __future__ import annotations

import time

import pytest

from iamfa.policy.glob import (
    Glob,
    Wild,
    ascii_lower,
    fits_texts,
    lowered,
    matcher,
    matcher_ignoring_case,
    normalised,
    split_at_colons,
    texts_around_stars,
    tokens_of,
)

STAR, ANY = Wild.STAR, Wild.ANY


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("*", "anything:at/all", True),
        ("?", "a", True),
        ("?", "", False),
        ("?", "ab", False),
        ("abc", "abc", True),
        ("abc", "ab", False),
        ("abc*", "abc", True),
        ("abc*", "abcdef", True),
        ("abc*", "xabc", False),
        ("*abc", "xabc", True),
        ("*abc", "abcx", False),
        ("*abc*", "xabcx", True),
        ("*abc*", "xabx", False),
        ("ab*ba", "abba", True),
        ("ab*ba", "aba", False),
        ("ab*ba", "abxxba", True),
        ("a*b*c", "axbxc", True),
        ("a*b*c", "abc", True),
        ("a*b*c", "acb", False),
        ("*a*b", "ab", True),
        ("a*b*", "xab", False),
        ("a*bb*b", "abb", False),
        ("a*bb*b", "abbb", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a?c", "abd", False),
        ("?*", "", False),
        ("*?", "a", True),
        ("**?**?**", "a", False),
        ("**?**?**", "ab", True),
        ("a?*c", "ac", False),
        ("a?*c", "abc", True),
        ("a*?c", "abbc", True),
        ("*a?c*", "xabxabc", True),
        ("*a?c*", "xabxab", False),
        ("*a?c*", "aab", False),
        ("*a?c*a", "abca", True),
        ("*a?c*a", "abc", False),
        ("x*a?c", "xaac", True),
        ("x*a?c", "yaac", False),
        ("x*a?c", "xaad", False),
        ("x?*z", "xz", False),
        ("*ab?ab*z?", "ab1ab-zz", True),
        ("*a?a*z", "ababbaz", True),
    ],
)
def test_a_pattern_matches_what_it_spells(pattern: str, value: str, expected: bool) -> None:
    assert matcher(tokens_of(pattern))(value) is expected
    assert Glob.parse(pattern).matches(value) is expected


@pytest.mark.parametrize("value", ["a.c", "a(c", "a[c]", "a+c", "a\\c", "a^c", "a$c", "a|c", "a\nc"])
def test_characters_of_regular_expressions_are_plain_characters(value: str) -> None:
    assert matcher(tokens_of(value))(value)
    assert not matcher(tokens_of("a.c"))("abc")
    assert matcher(tokens_of(f"*{value}*"))(f"-{value}-")


def test_a_star_crosses_slashes_and_colons() -> None:
    fits = matcher(tokens_of("arn:aws:s3:::bucket/*/test/*"))
    assert fits("arn:aws:s3:::bucket/1/2/test/3/object.jpg")
    assert fits("arn:aws:s3:::bucket/1///test///object.jpg")
    assert fits("arn:aws:s3:::bucket//test/object.jpg")
    assert not fits("arn:aws:s3:::bucket/1-test/object.jpg")
    assert not fits("arn:aws:s3:::bucket/test/object.jpg")
    assert matcher(tokens_of("arn:*"))("arn:aws:iam::123456789012:user/a")


def test_one_question_mark_is_one_character_beyond_the_basic_plane_too() -> None:
    assert matcher(tokens_of("a?b"))("a\N{KEY}b")


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ((), ()),
        (("", "a", "", "b"), ("ab",)),
        ((STAR, STAR), (STAR,)),
        ((STAR, ANY), (ANY, STAR)),
        ((STAR, "", ANY, STAR, ANY), (ANY, ANY, STAR)),
        (("a", STAR, "", STAR, "b"), ("a", STAR, "b")),
    ],
)
def test_equal_patterns_have_one_spelling(tokens: tuple[str | Wild, ...], expected: tuple[str | Wild, ...]) -> None:
    assert normalised(tokens) == expected
    assert Glob(tokens) == Glob(expected)


def test_a_literal_glob_takes_wildcards_as_characters() -> None:
    glob = Glob.literal("a*?")
    assert glob.is_literal
    assert glob.matches("a*?")
    assert not glob.matches("abc")
    assert not Glob.parse("a*").is_literal
    assert Glob.literal("").matches("")


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (("a*", STAR), "a${*}*"),
        (("?", ANY), "${?}?"),
        (("${aws:username}",), "${$}{aws:username}"),
        (("cost $5",), "cost $5"),
        (("$", STAR), "${$}*"),
        (("mfa/", STAR), "mfa/*"),
    ],
)
def test_a_glob_prints_as_a_policy_spells_it(tokens: tuple[str | Wild, ...], text: str) -> None:
    assert str(Glob(tokens)) == text


def test_actions_are_compared_without_regard_to_the_case_of_ascii_letters() -> None:
    fits = matcher_ignoring_case(tokens_of("IAM:*mfa*"))
    assert fits("iam:EnableMFADevice")
    assert fits("Iam:LISTmfaDEVICES")
    assert not fits("iam:GetUser")


def test_letters_that_only_look_like_ascii_stay_what_they_are() -> None:
    kelvin = "\N{KELVIN SIGN}"
    assert ascii_lower(f"A{kelvin}") == f"a{kelvin}"
    assert not matcher_ignoring_case(tokens_of("kms:*"))(f"{kelvin}ms:Decrypt")
    assert lowered(("AB", STAR, "É")) == ("ab", STAR, "É")


def test_a_pattern_splits_at_its_first_colons_only() -> None:
    assert split_at_colons(tokens_of("arn:aws:iam::*:user/a:b"), 6) == (
        ("arn",), ("aws",), ("iam",), (), (STAR,), ("user/a:b",)
    )  # fmt: skip
    assert split_at_colons(tokens_of("*:b?:c"), 2) == ((STAR,), ("b", ANY, ":c"))
    assert split_at_colons(tokens_of("*"), 6) == ((STAR,),)


def test_texts_between_stars_are_told_with_the_empty_ones() -> None:
    assert texts_around_stars(tokens_of("*a*b")) == ["", "a", "b"]
    assert texts_around_stars(tokens_of("a")) == ["a"]
    assert fits_texts("xaab", ["", "a", "b"])
    assert not fits_texts("b", ["", "a", "b"])
    assert fits_texts("a", ["a"])
    assert not fits_texts("aba", ["ab", "ba"])


@pytest.mark.parametrize(
    "pattern",
    ["*a" * 10 + "*!", "*a?" * 10 + "*!", "a*" * 10 + "!", "*" * 40 + "!", "*ab" * 10 + "!", "?*" * 10 + "!"],
)
def test_ten_stars_on_sixty_characters_take_microseconds(pattern: str) -> None:
    fits = matcher(tokens_of(pattern))
    start = time.perf_counter()
    for _ in range(100):
        assert not fits("a" * 60)
    assert time.perf_counter() - start < 0.5  # 5 ms each would be a thousand times too slow already


def test_a_long_value_is_no_trap_either() -> None:
    start = time.perf_counter()
    assert not matcher(tokens_of("*a*a*a*a*a*a*a*a*b"))("a" * 200_000)
    assert not matcher(tokens_of("*a?a*a?b*c"))("a" * 20_000)
    assert time.perf_counter() - start < 2
