"""The language of globs against brute force: every string up to a length, matched by the definition."""

from __future__ import annotations

from functools import cache
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from iamfa.policy.glob import Glob, ascii_lower
from iamfa.proof.language import Alphabet, Empty, Found, Unknown, covers, find, representatives

ALPHABET = Alphabet("abB-")
LONGEST = 5
WORDS = ["".join(word) for length in range(LONGEST + 1) for word in product(ALPHABET.characters, repeat=length)]

# `z` is in no word: a glob that holds it fits nothing.
PATTERNS = st.lists(st.text("ab*?B*?-z", max_size=6), max_size=5)
LENGTHS = st.tuples(st.integers(0, LONGEST), st.integers(0, LONGEST))


@cache
def fits(pattern: str, word: str) -> bool:
    """The definition itself: a star takes nothing, or one character and stays."""
    if not pattern:
        return not word
    if pattern[0] == "*":
        return fits(pattern[1:], word) or (bool(word) and fits(pattern, word[1:]))
    return bool(word) and pattern[0] in ("?", word[0]) and fits(pattern[1:], word[1:])


def signs(patterns: list[str], word: str, ignoring_case: bool) -> frozenset[int]:
    if ignoring_case:
        patterns, word = [ascii_lower(pattern) for pattern in patterns], ascii_lower(word)
    return frozenset(index for index, pattern in enumerate(patterns) if fits(pattern, word))


def order(word: str) -> tuple[int, list[int]]:
    return len(word), [ALPHABET.characters.index(character) for character in word]


def first_word(inside: list[str], outside: list[str], least: int, most: int, ignoring_case: bool) -> str | None:
    """The first word, by length and then by the alphabet, that has the signs asked for."""
    wanted = frozenset(range(len(inside)))
    for word in sorted(WORDS, key=order):
        if least <= len(word) <= most and signs(inside + outside, word, ignoring_case) == wanted:
            return word
    return None


def parsed(patterns: list[str]) -> list[Glob]:
    return [Glob.parse(pattern) for pattern in patterns]


@given(PATTERNS, PATTERNS, LENGTHS, st.booleans())
def test_the_word_found_is_the_first_of_all_words(
    inside: list[str], outside: list[str], lengths: tuple[int, int], ignoring_case: bool
) -> None:
    least, most = lengths
    expected = first_word(inside[:2], outside, least, most, ignoring_case)
    answer = find(
        parsed(inside[:2]),
        parsed(outside),
        alphabet=ALPHABET,
        min_length=least,
        max_length=most,
        case_insensitive=ignoring_case,
    )
    assert answer == (Empty() if expected is None else Found(expected))


@given(PATTERNS, PATTERNS, st.booleans())
def test_without_bounds_a_word_found_fits_and_an_emptiness_holds_for_all_short_words(
    inside: list[str], outside: list[str], ignoring_case: bool
) -> None:
    answer = find(parsed(inside[:2]), parsed(outside), alphabet=ALPHABET, case_insensitive=ignoring_case)
    assert not isinstance(answer, Unknown)
    if isinstance(answer, Found):
        assert set(answer.witness) <= set(ALPHABET.characters)
        assert signs(inside[:2] + outside, answer.witness, ignoring_case) == frozenset(range(len(inside[:2])))
    else:
        assert first_word(inside[:2], outside, 0, LONGEST, ignoring_case) is None


@given(PATTERNS, PATTERNS, LENGTHS, st.integers(0, 12))
def test_a_small_limit_makes_answers_unknown_and_never_wrong(
    inside: list[str], outside: list[str], lengths: tuple[int, int], limit: int
) -> None:
    least, most = lengths
    expected = first_word(inside[:2], outside, least, most, False)
    answer = find(
        parsed(inside[:2]), parsed(outside), alphabet=ALPHABET, min_length=least, max_length=most, limit=limit
    )
    match answer:
        case Found(word):
            assert least <= len(word) <= most
            assert signs(inside[:2] + outside, word, False) == frozenset(range(len(inside[:2])))
        case Empty():
            assert expected is None
        case Unknown(reason):
            assert f"{limit} states" in reason


@given(PATTERNS, LENGTHS, st.booleans(), st.lists(st.sampled_from([*WORDS, "z", "a" * 9]), max_size=4))
def test_the_classes_are_exactly_the_signs_that_words_have(
    patterns: list[str], lengths: tuple[int, int], ignoring_case: bool, prefer: list[str]
) -> None:
    least, most = lengths
    answer = representatives(
        parsed(patterns),
        alphabet=ALPHABET,
        min_length=least,
        max_length=most,
        prefer=prefer,
        case_insensitive=ignoring_case,
    )
    assert isinstance(answer, list)
    legal = [word for word in WORDS if least <= len(word) <= most]
    members = [each.member_of for each in answer]
    assert len(set(members)) == len(members)
    assert set(members) == {signs(patterns, word, ignoring_case) for word in legal}
    for each in answer:
        assert each.witness in legal
        assert signs(patterns, each.witness, ignoring_case) == each.member_of
        preferred = [
            word for word in prefer if word in legal and signs(patterns, word, ignoring_case) == each.member_of
        ]
        assert not preferred or each.witness == preferred[0]


@given(PATTERNS, st.text("ab*?-", max_size=6))
def test_coverage_is_the_emptiness_of_what_is_left(outside: list[str], inside: str) -> None:
    answer = covers(parsed(outside), Glob.parse(inside), alphabet=ALPHABET, max_length=LONGEST)
    assert answer is (first_word([inside], outside, 0, LONGEST, False) is None)
    unbounded = covers(parsed(outside), Glob.parse(inside), alphabet=ALPHABET)
    assert unbounded is not None
    assert answer or not unbounded
