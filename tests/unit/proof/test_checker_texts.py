from __future__ import annotations

from itertools import product
from random import Random

import pytest

from iamfa.policy.glob import Matcher, Token, Wild, matcher
from iamfa.proof.checker_texts import Demand, Letter, Pattern, Piece, TooManyStates, some_text

LETTERS = (Letter("v"), Letter("w"))
TEXTS = ["".join(characters) for length in range(5) for characters in product("ab:c", repeat=length)]
VALUES = ("", "a", "ab", "aa", "b:")


def random_pattern(random: Random, *, letters: bool) -> Pattern:
    pieces: tuple[str | Piece | Letter, ...] = ("a", "b", "a", "b", ":", Piece.STAR, Piece.STAR, Piece.ONE)
    if letters:
        pieces += LETTERS[:1] * 2 + LETTERS[1:]
    return tuple(random.choice(pieces) for _ in range(random.randint(0, 4)))


def random_demand(random: Random, *, letters: bool) -> Demand:
    patterns = tuple(random_pattern(random, letters=letters) for _ in range(random.choice((1, 1, 2))))
    return Demand(patterns) if random.random() < 0.6 else Demand(outside=patterns)


def matcher_of(pattern: Pattern, values: dict[Letter, str]) -> Matcher:
    tokens: list[Token] = []
    for piece in pattern:
        if isinstance(piece, Letter):
            tokens.append(values[piece])
        elif isinstance(piece, Piece):
            tokens.append(Wild.STAR if piece is Piece.STAR else Wild.ANY)
        else:
            tokens.append(piece)
    return matcher(tokens)


def meeting(demand: Demand, texts: list[str], values: dict[Letter, str]) -> list[str]:
    inside = [matcher_of(pattern, values) for pattern in demand.inside]
    if demand.outside is None:
        return [text for text in texts if any(fits(text) for fits in inside)]
    outside = [matcher_of(pattern, values) for pattern in demand.outside]
    return [text for text in texts if any(fits(text) for fits in inside) or not any(fits(text) for fits in outside)]


def found_by_trying(demands: list[Demand]) -> bool:
    """Whether one of all short texts meets the demands, with some values."""
    patterns = [pattern for each in demands for pattern in (*each.inside, *(each.outside or ()))]
    letters = sorted({p for pattern in patterns for p in pattern if isinstance(p, Letter)}, key=lambda each: each.key)
    for values in product(VALUES, repeat=len(letters)):
        texts = TEXTS
        for demand in demands:
            texts = meeting(demand, texts, dict(zip(letters, values, strict=True)))
        if texts:
            return True
    return False


def try_without_variables(random: Random, count: int) -> int:
    """How many of so many questions have no answer, and none among short texts either."""
    empty = 0
    for _ in range(count):
        demands = [random_demand(random, letters=False) for _ in range(random.randint(1, 4))]
        answer = some_text(demands, limit=10_000)
        tried = found_by_trying(demands)
        # What a longer text alone meets is found, and cannot be tried here.
        assert answer or not tried
        if not answer:
            empty += 1
        elif not tried:
            assert sum(len(pattern) for each in demands for pattern in each.inside) > 3
    return empty


def test_without_variables_the_answer_is_that_of_trying_every_short_text() -> None:
    assert try_without_variables(Random(0), 600) > 25


def try_with_variables(random: Random, count: int) -> tuple[int, int]:
    """How many questions have no answer, and how many of these are about variables."""
    denied = with_letters = 0
    for _ in range(count):
        demands = [random_demand(random, letters=True) for _ in range(random.randint(2, 4))]
        if not some_text(demands, limit=20_000):
            denied += 1
            with_letters += any(each.letters for each in demands)
            assert not found_by_trying(demands), demands
    return denied, with_letters


def test_with_variables_no_text_that_there_is_is_denied() -> None:
    denied, with_letters = try_with_variables(Random(0), 250)
    assert denied > 20
    assert with_letters > 10


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 9))
def test_of_many_questions_none_is_answered_wrongly(seed: int) -> None:
    assert try_without_variables(Random(seed), 2_000) > 80
    assert try_with_variables(Random(seed), 1_500)[0] > 120


def test_what_is_written_with_a_variable_is_known_where_it_is_forbidden_with_the_same_one() -> None:
    own: Pattern = (*"user/", LETTERS[0])
    other: Pattern = (*"user/", LETTERS[1])
    assert not some_text([Demand((own,)), Demand(outside=(own,))], limit=100)
    assert not some_text([Demand((own,)), Demand(outside=((*"user/", Piece.STAR),))], limit=100)
    assert some_text([Demand((own,)), Demand(outside=(other,))], limit=1_000)
    assert some_text([Demand((own,)), Demand(outside=((*"user/", Piece.ONE, Piece.STAR),))], limit=100)


def test_two_values_that_overlap_in_a_text_are_not_forgotten() -> None:
    # `axxxb` fits both, the value `xx` standing in it twice, one over the other.
    value = LETTERS[0]
    first = Demand((("a", value, Piece.ONE, "b"),))
    second = Demand((("a", Piece.ONE, value, "b"),))
    assert some_text([first, second, Demand(outside=(("a", value, value, "b"),))], limit=1_000)


def test_the_case_of_letters_counts_only_where_it_does() -> None:
    folded = Demand((tuple("key"),), folded=True)
    kelvin = "\u212aey"
    assert some_text([folded, Demand((tuple("KEY"),))], limit=100)
    assert some_text([folded, Demand((tuple(kelvin),))], limit=100)
    assert not some_text([folded, Demand(outside=((Piece.ONE, *"ey"), (Piece.ONE, Piece.ONE, Piece.ONE)))], limit=100)
    # A letter outside ASCII is the last that is left, and it is looked for although no pattern has it.
    assert some_text([folded, Demand(outside=(("k", Piece.STAR), ("K", Piece.STAR)))], limit=100)


def test_stars_of_a_part_stop_at_colons() -> None:
    parts: Pattern = (*"arn:", Piece.STAR_OF_PART, ":", Piece.ONE_OF_PART)
    assert some_text([Demand((parts,)), Demand((tuple("arn:aws:x"),))], limit=100)
    assert not some_text([Demand((parts,)), Demand((tuple("arn:a:b:x"),))], limit=100)
    assert not some_text([Demand((parts,)), Demand((tuple("arn:a::"),))], limit=100)


def test_a_question_that_is_too_large_has_no_answer() -> None:
    entangled = [Demand(((Piece.STAR, character, *(Piece.ONE,) * 12),)) for character in "abc"]
    with pytest.raises(TooManyStates):
        some_text(entangled, limit=50)


def test_a_written_alphabet_has_no_other_characters() -> None:
    letters = frozenset("ab:")
    assert some_text(
        [Demand(outside=((Piece.STAR, "a", Piece.STAR),)), Demand(((Piece.ONE,),))], limit=9, alphabet=letters
    )
    none_left = Demand(
        outside=((Piece.STAR, "a", Piece.STAR), (Piece.STAR, "b", Piece.STAR), (Piece.STAR, ":", Piece.STAR))
    )
    assert not some_text([none_left, Demand(((Piece.ONE,),))], limit=9, alphabet=letters)
