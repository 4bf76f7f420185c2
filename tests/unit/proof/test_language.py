from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random
from string import ascii_letters, digits
from time import perf_counter

import pytest

from iamfa.policy.glob import Glob
from iamfa.proof.language import (
    ACTION_NAME,
    ARN_TAIL,
    DEVICE_NAME,
    USER_NAME,
    Alphabet,
    Answer,
    Class,
    Empty,
    Found,
    Unknown,
    covers,
    find,
    representatives,
)


def globs(*patterns: str) -> list[Glob]:
    return [Glob.parse(pattern) for pattern in patterns]


def classes(
    *patterns: str, prefer: tuple[str, ...] = (), alphabet: Alphabet = DEVICE_NAME
) -> dict[frozenset[int], str]:
    answer = representatives(globs(*patterns), alphabet=alphabet, min_length=1, prefer=prefer)
    assert isinstance(answer, list)
    assert len({each.member_of for each in answer}) == len(answer)
    return {each.member_of: each.witness for each in answer}


def clauses(variables: int, *literals: tuple[int, ...]) -> list[Glob]:
    """Each clause of a Boolean formula as the glob that its falsifying assignments fit: words of 0 and 1."""
    result = []
    for clause in literals:
        falsified = ["?"] * variables
        for literal in clause:
            falsified[abs(literal) - 1] = "0" if literal > 0 else "1"
        result.append(Glob.parse("".join(falsified)))
    return result


BITS = Alphabet("01")
BUCKETS = globs(*(f"bucket-{number}/*" for number in range(50)))
TEAMS = globs(*(f"*-team{number}-*/*" for number in range(50)))


# What a device may be called


def test_a_device_can_have_a_name_other_than_its_users() -> None:
    assert find(globs("*"), globs("alice"), alphabet=DEVICE_NAME, min_length=1) == Found("a")


def test_a_device_named_like_its_user_has_no_other_name() -> None:
    assert find(globs("alice"), globs("alice"), alphabet=DEVICE_NAME) == Empty()


def test_the_pattern_of_bob_covers_the_devices_of_bob_smith() -> None:
    assert covers(globs("bob-*"), Glob.parse("bob-smith-*"), alphabet=DEVICE_NAME) is True
    assert covers(globs("bob-smith-*"), Glob.parse("bob-*"), alphabet=DEVICE_NAME) is False


def test_a_name_holds_no_slash_so_a_path_under_it_is_nobodys_name() -> None:
    assert find(globs("alice/*"), [], alphabet=USER_NAME) == Empty()
    assert find(globs("alice/*"), [], alphabet=ARN_TAIL) == Found("alice/")


def test_a_pattern_outside_that_no_name_can_fit_forbids_nothing() -> None:
    assert find(globs("a*"), globs("a/*", "a"), alphabet=USER_NAME) == Found("aa")


def test_the_wildcards_of_a_literal_are_characters() -> None:
    assert find([Glob.literal("a*")], globs("a?"), alphabet=ARN_TAIL) == Empty()
    assert find([Glob.literal("a*")], globs("ab*"), alphabet=ARN_TAIL) == Found("a*")
    assert find([Glob.literal("a*")], [], alphabet=DEVICE_NAME) == Empty()


# Which string is found


def test_the_shortest_string_is_found() -> None:
    assert find(globs("*one*", "*nest*"), [], alphabet=DEVICE_NAME) == Found("onest")


def test_letters_are_preferred_to_punctuation() -> None:
    assert find(globs("??"), globs("a*", "?b"), alphabet=DEVICE_NAME) == Found("ba")


def test_punctuation_is_found_where_nothing_else_is_left() -> None:
    everything_else = globs(*(f"{character}*" for character in DEVICE_NAME.characters if character != ","))
    assert find(globs("*"), [*everything_else, *globs("")], alphabet=DEVICE_NAME) == Found(",")
    assert find(globs("*"), [*everything_else, *globs("", ",*")], alphabet=DEVICE_NAME) == Empty()


def test_every_string_counts_where_no_glob_is_inside() -> None:
    assert find([], [], alphabet=DEVICE_NAME) == Found("")
    assert find([], globs("*"), alphabet=DEVICE_NAME) == Empty()
    assert find([], globs("?*"), alphabet=DEVICE_NAME) == Found("")
    assert find([], globs(""), alphabet=Alphabet("")) == Empty()


def test_globs_that_are_given_twice_or_cover_each_other_change_nothing() -> None:
    once = find(globs("a*b"), globs("a?b", "ab"), alphabet=DEVICE_NAME)
    assert once == Found("aaab")
    assert find(globs("a*b", "*", "a*b"), globs("a?b", "ab", "acb", "a?b"), alphabet=DEVICE_NAME) == once


# Lengths


@pytest.mark.parametrize(
    ("least", "most", "answer"),
    [
        (0, None, Found("ab")),
        (2, 2, Found("ab")),
        (3, None, Found("aab")),
        (3, 3, Found("aab")),
        (0, 1, Empty()),
        (0, 0, Empty()),
        (4, 3, Empty()),
    ],
)
def test_both_ends_of_the_lengths_are_allowed(least: int, most: int | None, answer: Answer) -> None:
    assert find(globs("a*b"), [], alphabet=DEVICE_NAME, min_length=least, max_length=most) == answer


def test_the_empty_string_is_found_only_where_it_is_long_enough() -> None:
    assert find(globs("*"), [], alphabet=DEVICE_NAME) == Found("")
    assert find(globs("*"), [], alphabet=DEVICE_NAME, max_length=0) == Found("")
    assert find(globs("*"), [], alphabet=DEVICE_NAME, min_length=1) == Found("a")


def test_a_state_met_while_the_word_is_too_short_may_be_met_again() -> None:
    assert find(globs("*"), globs("*b*"), alphabet=Alphabet("ba"), min_length=5) == Found("aaaaa")
    assert find(globs("?????"), globs("*aa*", "*bb*"), alphabet=Alphabet("ab"), min_length=5) == Found("ababa")


def test_a_name_that_needs_more_characters_than_allowed_does_not_exist() -> None:
    assert find(globs("*abc*", "*cba*"), [], alphabet=DEVICE_NAME, max_length=4) == Empty()
    assert find(globs("*abc*", "*cba*"), [], alphabet=DEVICE_NAME, max_length=5) == Found("abcba")


# Actions


def test_actions_differ_by_more_than_case() -> None:
    assert find(globs("Create*"), globs("create*"), alphabet=ACTION_NAME) == Found("Create")
    assert find(globs("Create*"), globs("create*"), alphabet=ACTION_NAME, case_insensitive=True) == Empty()
    assert covers(globs("*"), Glob.parse("Get*"), alphabet=ACTION_NAME, case_insensitive=True) is True


def test_only_letters_of_ascii_are_equal_without_case() -> None:
    kelvin = "\N{KELVIN SIGN}"
    alphabet = Alphabet("k" + kelvin)
    assert find(globs(kelvin), globs("K"), alphabet=alphabet, case_insensitive=True) == Found(kelvin)
    assert find(globs("K"), [], alphabet=alphabet, case_insensitive=True) == Found("k")
    assert find(globs("K"), [], alphabet=alphabet) == Empty()


def test_a_character_can_be_spelled_in_the_case_that_the_alphabet_has() -> None:
    assert find(globs("get*"), [], alphabet=Alphabet("GET"), case_insensitive=True) == Found("GET")


# Coverage


def test_fifty_buckets_are_covered_by_two_patterns() -> None:
    patterns = globs("bucket-?/*", "bucket-??/*")
    assert all(covers(patterns, bucket, alphabet=ARN_TAIL) is True for bucket in BUCKETS)
    assert covers(patterns, Glob.parse("bucket-100/*"), alphabet=ARN_TAIL) is False
    assert covers(patterns[:1], BUCKETS[10], alphabet=ARN_TAIL) is False


def test_fifty_buckets_do_not_cover_the_pattern_that_they_fit() -> None:
    assert find(globs("bucket-?/*"), BUCKETS, alphabet=ARN_TAIL) == Found("bucket-a/")
    assert covers(BUCKETS, Glob.parse("bucket-?/*"), alphabet=Alphabet("bucket-/" + digits)) is False
    only_digits = Alphabet(digits)
    assert covers(globs(*(f"{digit}*" for digit in digits)), Glob.parse("?"), alphabet=only_digits) is True


def test_a_union_can_cover_what_none_of_its_parts_covers() -> None:
    parts = globs("a", "a?", "a??*")
    assert covers(parts, Glob.parse("a*"), alphabet=DEVICE_NAME) is True
    assert [covers([part], Glob.parse("a*"), alphabet=DEVICE_NAME) for part in parts] == [False] * 3


def test_a_lost_prefix_is_found_among_fifty() -> None:
    assert find(BUCKETS, [], alphabet=ARN_TAIL) == Empty()
    assert find([BUCKETS[17]], BUCKETS[:17] + BUCKETS[18:], alphabet=ARN_TAIL) == Found("bucket-17/")


@pytest.mark.parametrize("least", [0, 20])
def test_a_lost_team_is_found_among_fifty(least: int) -> None:
    answer = find([TEAMS[7]], TEAMS[:7] + TEAMS[8:], alphabet=ARN_TAIL, min_length=least)
    assert answer == Found("-team7-/".rjust(least, "a"))


# Hostile patterns


def test_ten_patterns_that_have_nothing_in_common_stay_fast() -> None:
    tens = globs(*(f"*{character}*" for character in "abcdefghij"))
    started = perf_counter()
    assert find(tens, [], alphabet=ARN_TAIL) == Found("abcdefghij")
    assert find(globs("?*"), tens, alphabet=ARN_TAIL) == Found("k")
    assert find(tens[5:], tens[:5], alphabet=ARN_TAIL) == Found("fghij")
    words = globs(*(f"*word{character}*" for character in "abcdefghij"))
    assert find(words, [], alphabet=ARN_TAIL) == Found("".join(f"word{character}" for character in "abcdefghij"))
    assert perf_counter() - started < 2


def test_all_thousand_classes_of_ten_unrelated_patterns_are_found() -> None:
    answer = representatives(globs(*(f"*{character}*" for character in "abcdefghij")), alphabet=ARN_TAIL)
    assert isinstance(answer, list)
    assert {each.member_of for each in answer} == {
        frozenset("abcdefghij".index(character) for character in each.witness.replace("k", "")) for each in answer
    }
    assert len(answer) == 1024


def test_many_stars_stay_fast() -> None:
    started = perf_counter()
    assert find(globs("*a" * 40 + "*b"), globs("*a" * 39 + "*b"), alphabet=ARN_TAIL) == Empty()
    assert find(globs("*a" * 40 + "*b"), globs("*a" * 41 + "*b"), alphabet=ARN_TAIL) == Found("a" * 40 + "b")
    assert find(globs("*" + "a" * 3000 + "*"), globs("*" + "a" * 2999 + "b*"), alphabet=ARN_TAIL) == Found("a" * 3000)
    assert find(globs("*?" * 3000), globs("?*" * 3000), alphabet=ARN_TAIL) == Empty()
    assert perf_counter() - started < 2


def test_a_question_with_too_many_states_is_unknown_and_says_so() -> None:
    """Whether the character 21 before the end is an `a` or a `b`: a two-character alphabet, so it is always one."""
    question = globs("*a" + "?" * 20)
    halves = globs("*a" + "?" * 19 + "a", "*a" + "?" * 19 + "b")
    answer = find(question, halves, alphabet=Alphabet("ab"), limit=500)
    assert isinstance(answer, Unknown)
    assert "500 states" in str(answer)
    assert covers(halves, question[0], alphabet=Alphabet("ab"), limit=500) is None


def test_the_same_question_on_a_smaller_scale_is_answered() -> None:
    halves = globs("*a" + "?" * 4 + "a", "*a" + "?" * 4 + "b")
    assert covers(halves, Glob.parse("*a" + "?" * 5), alphabet=Alphabet("ab")) is True
    assert covers(halves, Glob.parse("*a" + "?" * 5), alphabet=Alphabet("abc")) is False


def test_what_can_only_be_worse_than_an_earlier_state_is_not_followed() -> None:
    """Having read a `k` lets a word fit one pattern outside more: sixteen such letters would make 65,536 states."""
    outside = globs(*(f"*{character}*." for character in "klmnopqrstuvwxyz"))
    answer = find(globs("*@"), outside, alphabet=DEVICE_NAME, min_length=25, limit=80)
    assert answer == Found("a" * 24 + "@")


def test_a_formula_without_a_solution_has_no_word() -> None:
    every_sign = [(x, y, z) for x in (1, -1) for y in (2, -2) for z in (3, -3)]
    assert find(globs("????"), clauses(4, *every_sign), alphabet=BITS) == Empty()
    assert find(globs("????"), clauses(4, *every_sign[1:]), alphabet=BITS) == Found("0000")


def test_formulas_are_solved_as_if_all_assignments_were_tried() -> None:
    random = Random(2)
    solved = set()
    for size in (30, 45, 60):
        formula = [
            tuple(variable * random.choice((1, -1)) for variable in random.sample(range(1, 13), 3)) for _ in range(size)
        ]
        solutions = [
            "".join(values)
            for values in product("01", repeat=12)
            if all(any((values[abs(literal) - 1] == "1") == (literal > 0) for literal in clause) for clause in formula)
        ]
        answer = find(globs("?" * 12), clauses(12, *formula), alphabet=BITS)
        assert answer == (Found(min(solutions)) if solutions else Empty())
        solved.add(bool(solutions))
    assert solved == {True, False}


def test_a_limit_that_is_too_small_is_never_taken_for_emptiness() -> None:
    question = globs("???????")
    formula = clauses(7, (1, 2, 3), (-1, 4, 5), (-4, 6, 7), (3, -6, 2), (-2, -5, 7), (-3, 1, -7))
    exact = find(question, formula, alphabet=BITS)
    assert isinstance(exact, Found)
    answers = [find(question, formula, alphabet=BITS, limit=limit) for limit in range(60)]
    assert isinstance(answers[0], Unknown)
    assert not any(isinstance(answer, Empty) for answer in answers)
    assert answers[-1] == exact


def test_a_word_that_is_hidden_among_too_many_states_is_found_without_being_the_shortest() -> None:
    question = globs("*a*b*c*", "*c*b*a*", "*b*c*a*")
    shortest = find(question, [], alphabet=DEVICE_NAME)
    assert isinstance(shortest, Found)
    hurried = find(question, [], alphabet=DEVICE_NAME, limit=12)
    assert isinstance(hurried, Found)
    assert all(glob.matches(hurried.witness) for glob in question)
    assert len(hurried.witness) >= len(shortest.witness)


def test_the_hurried_search_keeps_to_the_lengths() -> None:
    question = globs("*a*b*c*", "*c*b*a*", "*b*c*a*")
    assert find(question, [], alphabet=DEVICE_NAME, max_length=4) == Empty()
    answers = [find(question, [], alphabet=DEVICE_NAME, max_length=4, limit=limit) for limit in range(30)]
    assert isinstance(answers[0], Unknown)
    assert not any(isinstance(answer, Found) for answer in answers)
    assert answers[-1] == Empty()
    long = find(question, globs("*d*"), alphabet=DEVICE_NAME, min_length=9, limit=30)
    assert isinstance(long, Found)
    assert len(long.witness) >= 9


def test_wide_states_use_up_the_limit_sooner() -> None:
    narrow = find(globs("*" + "ab" * 100 + "*"), [], alphabet=DEVICE_NAME, limit=250)
    assert narrow == Found("ab" * 100)
    wide = find(globs("*" + "ab" * 100 + "*"), globs("?" * 3000 + "c"), alphabet=DEVICE_NAME, limit=250)
    assert isinstance(wide, Unknown)


# Classes


def test_a_device_name_is_the_users_own_or_begins_with_it_or_is_free() -> None:
    assert classes("alice", "alice-*", prefer=("phone", "laptop", "alice-phone")) == {
        frozenset({0}): "alice",
        frozenset({1}): "alice-phone",
        frozenset(): "phone",
    }


def test_classes_that_no_string_has_are_left_out() -> None:
    assert set(classes("*", "a*", "ab*")) == {frozenset({0}), frozenset({0, 1}), frozenset({0, 1, 2})}
    assert set(classes("*", "a", "b/c")) == {frozenset({0}), frozenset({0, 1})}


def test_a_class_without_a_preferred_name_gets_the_shortest_one() -> None:
    assert classes("googleAuth*", prefer=("phone",)) == {frozenset({0}): "googleAuth", frozenset(): "phone"}
    assert classes("googleAuth*", prefer=("googleAuthentication",)) == {
        frozenset({0}): "googleAuthentication",
        frozenset(): "a",
    }


def test_the_first_of_several_preferred_names_is_taken() -> None:
    assert classes("*", prefer=("laptop", "phone")) == {frozenset({0}): "laptop"}


def test_preferred_names_that_are_not_legal_are_passed_over() -> None:
    assert classes("*", prefer=("", "my phone", "phone")) == {frozenset({0}): "phone"}
    bounded = representatives(globs("*"), alphabet=DEVICE_NAME, min_length=3, max_length=4, prefer=("ab", "phone"))
    assert bounded == [Class("aaa", frozenset({0}))]


def test_a_literal_decides_all_other_patterns_at_once() -> None:
    assert classes("bob", "b*", "*b", "?o?", "alice")[frozenset({0, 1, 2, 3})] == "bob"
    answer = representatives(globs("Get", "get*", "G*"), alphabet=ACTION_NAME, case_insensitive=True)
    assert isinstance(answer, list)
    assert {each.member_of for each in answer} == {
        frozenset({0, 1, 2}),
        frozenset({1, 2}),
        frozenset({2}),
        frozenset(),
    }


def test_two_hundred_prefixes_make_two_hundred_classes_and_the_rest() -> None:
    patterns = [f"bucket-{number}/*" for number in range(200)]
    found = classes(*patterns, alphabet=ARN_TAIL)
    assert len(found) == 201
    assert found[frozenset({123})] == "bucket-123/"


def test_there_are_no_classes_where_there_are_no_strings() -> None:
    assert representatives(globs("*"), alphabet=DEVICE_NAME, min_length=2, max_length=1) == []
    assert representatives([], alphabet=DEVICE_NAME) == [Class("", frozenset())]


@pytest.mark.parametrize(
    "patterns", [globs("*a*b*", "*b*a*", "*ab", "ba*"), globs("*b", "a*", "*a", "a*?", "a?", "a??*", "??b")]
)
@pytest.mark.parametrize("most", [None, 4])
def test_classes_are_never_given_in_part(patterns: list[Glob], most: int | None) -> None:
    whole = representatives(patterns, alphabet=Alphabet("abc"), max_length=most)
    assert isinstance(whole, list)
    answers = [
        representatives(patterns, alphabet=Alphabet("abc"), max_length=most, limit=limit) for limit in range(300)
    ]
    assert isinstance(answers[0], Unknown)
    assert answers[-1] == whole
    for answer in answers:
        assert isinstance(answer, Unknown) or {each.member_of for each in answer} == {each.member_of for each in whole}


# Alphabets


def test_the_names_of_users_and_devices_hold_what_the_api_allows() -> None:
    assert set(USER_NAME.characters) == set(ascii_letters + digits + "_+=,.@-")
    assert DEVICE_NAME == USER_NAME
    assert set(ACTION_NAME.characters) == set(ascii_letters + digits)


def test_the_tail_of_an_arn_holds_all_that_prints_and_a_policy_can_mention() -> None:
    assert set(ARN_TAIL.characters) == set(map(chr, [*range(0x20, 0x7F), *range(0xA1, 0x100)]))
    assert "\n" not in ARN_TAIL
    assert "ab" not in ARN_TAIL
    assert "" not in ARN_TAIL
    assert ":" in ARN_TAIL


def test_an_alphabet_that_repeats_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="stands twice in the alphabet `abca`"):
        Alphabet("abca")
    with pytest.raises(ValueError, match="stands twice"):
        replace(DEVICE_NAME, characters="..")
