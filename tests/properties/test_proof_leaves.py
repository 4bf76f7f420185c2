"""The leaves of proofs by themselves: texts against all short words, keys against values put to the evaluator."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from random import Random

import pytest
from tests.conftest import SOAK
from tests.properties.small_policies import CONDITIONS, pools
from tests.properties.small_space import Given

from iamfa import Policy
from iamfa.policy.glob import Wild, normalised
from iamfa.policy.operators import Family, parse_operator, value_test
from iamfa.proof.alphabet import Alphabet
from iamfa.proof.formula import Literal
from iamfa.proof.key_values import Value, solve_key
from iamfa.proof.language import Empty, Found, Unknown
from iamfa.proof.pattern import Pattern, Within
from iamfa.proof.samples import samples
from iamfa.proof.situation import Situation
from iamfa.proof.statements import Clause
from iamfa.proof.texts import find_text

LETTERS = Alphabet("abA:")
WORDS = ["".join(each) for length in range(1, 5) for each in product(LETTERS.characters, repeat=length)]
VALUE = chr(0xE000)
VALUES = ["".join(each) for length in range(1, 3) for each in product(LETTERS.characters, repeat=length)]


def regex(pattern: Pattern, value: str | None = None) -> re.Pattern[str]:
    """The pattern in Python's own language, the letter filled in."""
    spelled = {Wild.STAR: ".*", Wild.ANY: ".", Within.STAR: "[^:]*", Within.ANY: "[^:]"}
    parts = [
        spelled[token]
        if not isinstance(token, str)
        else re.escape(token if value is None else token.replace(VALUE, value))
        for token in pattern.tokens
    ]
    return re.compile("".join(parts), re.IGNORECASE if pattern.ignores_case else 0)


def some_pattern(random: Random, *, letter: bool) -> Pattern:
    within = random.random() < 0.2
    wild = (Within.STAR, Within.ANY) if within else (Wild.STAR, Wild.STAR, Wild.ANY)
    pool = (*wild, *wild, *"abA", *"ab", ":", *(VALUE if letter else ""))
    tokens = [random.choice(pool) for _ in range(random.randint(1, 4))]
    if within:
        return Pattern(tuple(tokens), ignores_case=False)
    return Pattern(normalised(t for t in tokens if not isinstance(t, Within)), not letter and random.random() < 0.2)


@pytest.mark.parametrize("letter", [False, True])
def test_a_text_is_found_where_one_of_the_short_ones_is_looked_for_and_only_such_a_text(letter: bool) -> None:
    random = Random(f"texts{letter}")
    answers: Counter[str] = Counter()
    for _ in range((20_000 if SOAK else 500) // (5 if letter else 1)):
        groups = [[some_pattern(random, letter=letter) for _ in range(random.choice((1, 1, 2)))]
                  for _ in range(random.randint(1, 3))]  # fmt: skip
        outside = [some_pattern(random, letter=letter) for _ in range(random.randint(0, 3))]
        answer = find_text(groups, outside, alphabet=LETTERS, letters=VALUE if letter else "")
        answers[type(answer).__name__] += 1
        assert not isinstance(answer, Unknown)
        if isinstance(answer, Found) and not letter:
            assert suits(answer.witness, groups, outside, None)
        if isinstance(answer, Empty):
            for value in random.sample(VALUES, 5) if letter else (None,):
                tests = [[regex(p, value) for p in group] for group in groups], [regex(p, value) for p in outside]
                found = next((word for word in WORDS if fitting(word, *tests)), None)
                assert found is None, f"{found!r} with {value!r} suits {groups} and not {outside}"
    assert answers["Empty"] > 50 // (5 if letter else 1)
    assert answers["Found"] > 50 // (5 if letter else 1)


def suits(word: str, groups: list[list[Pattern]], outside: list[Pattern], value: str | None) -> bool:
    return fitting(word, [[regex(p, value) for p in group] for group in groups], [regex(p, value) for p in outside])


def fitting(word: str, groups: list[list[re.Pattern[str]]], outside: list[re.Pattern[str]]) -> bool:
    if not all(any(test.fullmatch(word) for test in group) for group in groups):
        return False
    return not any(test.fullmatch(word) for test in outside)


FREE = Situation(None, None, {})
ODD = ("", "x", "true", "TRUE", "5abc", "10.0.0.0/8", "*", "2020", "YQ=", ("",), ("x", ""))
CROSSED = tuple(
    (key, operators, values)
    for key, _, _ in CONDITIONS
    for _, operators, values in CONDITIONS
    if not operators[0].startswith("For")
)
"""Operators on keys of another kind."""


def literal(operator: str, key: str, values: list[str], *, must: bool) -> Literal:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {key: values}}}
    document = Policy.from_document({"Version": "2012-10-17", "Statement": [statement]}).document
    clause = Clause("identity[0]", document.statements[0], document)
    made = clause.fits(FREE, possible=True) if must else clause.refused(FREE, possible=True)
    assert not isinstance(made, Literal)
    made = dict(made.parts)["condition[0]"]
    assert isinstance(made, Literal)
    return made


@pytest.mark.parametrize("possible", [False, True])
@pytest.mark.parametrize("mixed", [False, True])
def test_a_value_of_a_key_is_found_where_one_of_many_satisfies_and_only_such_one(mixed: bool, possible: bool) -> None:
    random = Random(f"keys{mixed}{possible}")
    answers: Counter[str] = Counter()
    for _ in range(10_000 if SOAK else 300):
        key = random.choice(CONDITIONS)[0]
        rows = [row for row in (CROSSED if mixed else CONDITIONS) if row[0] == key]
        literals = []
        for _ in range(random.randint(1, 4)):
            _, operators, values = random.choice(rows)
            operator = random.choice(operators)
            if mixed and random.random() < 0.3:
                operator = random.choice(("ForAllValues:", "ForAnyValue:")) + operator.rpartition(":")[2]
            operator += "IfExists" if random.random() < 0.2 else ""
            chosen = random.sample(values, random.randint(1, min(2, len(values))))
            if random.random() < 0.1:
                operator, chosen = "Null", [random.choice(("true", "false"))]
            literals.append(literal(operator, key, chosen, must=random.random() < 0.6))
        answer = solve_key(key.lower(), literals, FREE, possible=possible)
        answers[type(answer).__name__] += 1

        def satisfies(value: Given | tuple[()], literals: list[Literal] = literals, key: str = key.lower()) -> bool:
            keys = {} if value is None or value == () else {key: value}
            wanted = (True, None) if possible else (True,)
            return all(each.holds("", "", keys) in wanted for each in literals)

        if isinstance(answer, Value):
            assert satisfies(answer.value), f"{answer.value!r}: {[each.asks for each in literals]}"
        elif isinstance(answer, Empty):
            single = not FREE.domain(key.lower()).several
            candidates = [each for each in (*pools()[key.lower()], *ODD) if not (single and isinstance(each, tuple))]
            found = [value for value in candidates if satisfies(value) and not _the_same_both_times(literals)]
            assert not found, f"{found[0]!r}: {[(each.must, each.asks) for each in literals]}"
    assert answers["Value"] > 20
    assert answers["Empty"] > 5
    assert answers["Unknown"] <= (0.4 if mixed else 0.02) * answers.total(), answers


def _the_same_both_times(literals: list[Literal]) -> bool:
    """Whether the same is wanted and not wanted, which excludes every value, whatever AWS does."""
    return bool({each.asks for each in literals if each.must} & {each.asks for each in literals if not each.must})


REQUESTS = {
    Family.NUMERIC: ("-1", "0", "9.99", "10", "10.00", "10.5", "15", "20", "1000000", "x"),
    Family.DATE: ("2019-12-31T23:59:59Z", "2020-01-01", "1577836800", "1577836801", "2020-06-01T00:00:00+02:00",
                  "2021", "2035-01-01", "0", "x"),
    Family.IP: ("0.0.0.0", "9.255.255.255", "10.0.0.0", "10.127.255.255", "10.128.0.0", "10.1.2.3", "10.1.2.4",
                "255.255.255.255", "2001:db8::", "2001:db8:ffff::1", "2001:db9::", "::", "ffff::", "x"),
    Family.BINARY: ("YQ==", "Yg==", "eg==", "enp6enp6", "x"),
}  # fmt: skip


@pytest.mark.parametrize("family", list(REQUESTS))
def test_the_samples_answer_in_every_way_in_which_a_value_can(family: Family) -> None:
    random = Random(family.value)
    rows = [row for row in CONDITIONS if parse_operator(row[1][0]).operator.family is family]
    for _ in range(500 if SOAK else 30):
        asked = [
            (random.choice(operators), random.sample(values, random.randint(1, len(values))))
            for _, operators, values in random.choices(rows, k=random.randint(1, 4))
        ]
        tests = [value_test(parse_operator(operator).operator, values, variables=False) for operator, values in asked]
        made = {tuple(test(text) for test in tests) for text in samples(family, [v for _, vs in asked for v in vs], 2)}
        for request in REQUESTS[family]:
            assert tuple(test(request) for test in tests) in made, f"{request} {asked}"
