"""What the checker takes for impossible of one context key is held against the evaluator's own conditions."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import pytest
from tests.unit.proof.certificates import SOME_USER

from iamfa.evaluate.principal import Principal
from iamfa.policy.operators import compile_condition
from iamfa.proof.checker_case import Case
from iamfa.proof.checker_formula import OnKey
from iamfa.proof.checker_leaves import possible

LISTED = {
    "String": ("a", "b", "ab", "A", "*", "a*", "?", "", "${k:v}", "${k:v}a", "${k:v, 'a'}", "${*}", "true"),
    "Arn": ("arn:aws:s3:::a", "arn:*:s3:::*", "arn:aws:*:::a*", "*", "a:b", "arn:aws:s3:::${k:v}", "a?n:aws:s3:*:*:?"),
    "Numeric": ("1", "2", "1.0", "-3", "1e1", "x"),
    "Date": ("2020-01-01", "2020-01-01T00:00:00Z", "1577836800", "5", "x"),
    "Bool": ("true", "false", "TRUE", "x"),
    "Ip": ("10.0.0.0/8", "10.0.0.0/9", "10.1.2.3", "::/0", "0.0.0.0/0", "2001:db8::/32"),
    "Binary": ("YWI=", "YQ==", "x"),
    "Null": ("true", "false"),
}
OPERATORS = {
    "String": (
        "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
    ),
    "Arn": ("ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"),
    "Numeric": tuple(
        f"Numeric{word}"
        for word in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ),
    "Date": tuple(
        f"Date{word}"
        for word in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ),
    "Bool": ("Bool",),
    "Ip": ("IpAddress", "NotIpAddress"),
    "Binary": ("BinaryEquals",),
    "Null": ("Null",),
}  # fmt: skip
TRIED = {
    "String": ("", "a", "b", "ab", "A", "B", "aa", "c", "*", "?", "ba", "true", "AB", "${k:v}", "ca"),
    "Arn": ("arn:aws:s3:::a", "arn:aws:s3:::b:c", "arn:aws:sqs:::ab", "a:b", "*", "", "arn:aws:s3:::", "arn:x:s3:::a",
            "arn:aws:s3:e::a", "arn:aws:s3::"),
    "Numeric": ("1", "2", "1.5", "-3", "-4", "10", "11", "x", "", "1.0", "10.0", "0"),
    "Date": ("2020-01-01", "2019-01-01", "2021-01-01", "5", "4", "6", "x", "", "1577836800.0"),
    "Bool": ("true", "false", "TRUE", "x", ""),
    "Ip": ("10.0.0.1", "10.200.0.1", "10.1.2.3", "11.0.0.0", "::1", "2001:db8::1", "x", ""),
    "Binary": ("YWI=", "YQ==", "YWJj", "x", ""),
    "Null": ("", "x"),
}  # fmt: skip
KEY = "k:other"
"""In no table, so that it may have several values."""


def random_literal(random: Random, family: str) -> OnKey:
    operator = random.choice(OPERATORS[family])
    if family != "Null":
        operator = random.choice(("", "", "", "ForAllValues:", "ForAnyValue:")) + operator
        operator += random.choice(("", "", "", "IfExists"))
    values = tuple(random.sample(LISTED[family], random.choice((1, 1, 2))))
    return OnKey(f"key {KEY}", KEY, operator, values, random.random() < 0.8, random.random() < 0.6)


def satisfied(literal: OnKey, value: Any, variable: str | None) -> bool:
    context: dict[str, str | tuple[str, ...]] = {} if variable is None else {"k:v": variable}
    if value is not None:
        context[KEY] = value
    test = compile_condition(literal.operator, literal.key, literal.values, variables=literal.variables)
    return test(context) is not (not literal.holds)


def found_by_trying(literals: list[OnKey], texts: list[str], variables: tuple[str | None, ...]) -> bool:
    shapes = [None, *texts, *((text,) for text in texts), *product(texts, repeat=2)]
    return any(all(satisfied(each, value, variable) for each in literals) for variable in variables for value in shapes)


def families(random: Random, mixed: bool) -> list[str]:
    first = random.choice(list(LISTED))
    return [first, "Null", *(random.sample(list(LISTED), 2) if mixed else ())]


def try_literals(random: Random, count: int, *, mixed: bool) -> tuple[int, int]:
    """How many of so many questions have no answer, and how many one that was not met by trying."""
    impossible = missed = 0
    for _ in range(count):
        kinds = families(random, mixed)
        literals = [random_literal(random, random.choice(kinds)) for _ in range(random.randint(1, 4))]
        if any(
            one.key == other.key
            and (one.operator, one.values, one.variables) == (other.operator, other.values, other.variables)
            and one.holds is not other.holds
            for one in literals
            for other in literals
        ):
            continue  # closed for another reason, also where AWS's answer is unknown
        valued = random.random() < 0.5
        texts = sorted({text for kind in kinds for text in TRIED[kind]})
        variables: tuple[str | None, ...] = ("a", "", "b", "ab", "zz", "a:a") if valued else (None,)
        answer = possible(f"key {KEY}", literals, Case(None, None, valued={"k:v": valued}))
        tried = found_by_trying(literals, texts, variables)
        if not answer:
            impossible += 1
            assert not tried, literals
        else:
            missed += not tried
    return impossible, missed


@pytest.mark.parametrize("mixed", [False, True])
def test_nothing_that_there_is_is_called_impossible(mixed: bool) -> None:
    impossible, missed = try_literals(Random(0), 200, mixed=mixed)
    assert impossible > 15
    # What is called possible mostly is: not more than a few of the answers are only careful.
    assert missed < 25


@pytest.mark.soak
@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("seed", range(1, 7))
def test_of_much_that_there_is_nothing_is_called_impossible(seed: int, mixed: bool) -> None:
    impossible, _ = try_literals(Random(seed), 1_500, mixed=mixed)
    assert impossible > 120


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("NumericLessThan", "1e5000"),
        ("NumericLessThan", "1e" + "0" * 5000 + "1"),
        ("NumericLessThan", "1." + "3" * 5000),
        ("DateLessThan", "5." + "3" * 5000),
        ("NumericLessThan", "none"),
        ("StringEqualsIgnoreCase", "\u0130"),
        ("StringNotLike", "${}"),
        ("StringLike", "${}"),
        ("ArnLike", "arn:aws:${k:v}:::a"),
        ("ArnLike", "b*:aws:s3:::a"),
        ("Bool", "none"),
    ],
)
def test_what_cannot_be_told_apart_counts_as_possible(operator: str, value: str) -> None:
    for holds in (True, False):
        asked = OnKey(f"key {KEY}", KEY, operator, (value,), True, holds)
        answer = possible(f"key {KEY}", [asked], Case(None, None, valued={"k:v": True, KEY: True}))
        assert answer or not any(satisfied(asked, text, "a") for kind in TRIED for text in TRIED[kind])


def test_what_a_user_carries_without_mfa_closes_the_usual_conditions() -> None:
    key = "aws:multifactorauthpresent"

    def open_(kind: str, *asked: tuple[str, str, str, bool]) -> bool:
        literals = [
            OnKey(f"key {name}", name, operator, (value,), True, holds) for name, operator, value, holds in asked
        ]
        case = Case(Principal.parse(SOME_USER), kind, any_user=True, valued={})
        return possible(f"key {asked[0][0]}", literals, case)

    assert not open_("long-term-key", (key, "BoolIfExists", "false", False))
    assert not open_("token", (key, "BoolIfExists", "false", False))
    assert open_("long-term-key", (key, "Bool", "false", False))
    assert not open_("console", (key, "Bool", "false", False))
    assert open_("console", (key, "Null", "true", False))
    assert not open_("long-term-key", (key, "Null", "true", False))
    assert not open_("token", ("aws:multifactorauthage", "NumericGreaterThanIfExists", "3600", False))
    assert not open_(
        "token-mfa",
        ("aws:multifactorauthage", "NumericGreaterThan", "3600", False),
        ("aws:multifactorauthage", "NumericLessThanEquals", "3600", False),
    )
    assert open_("token-mfa", ("aws:multifactorauthage", "NumericGreaterThan", "3600", False))
    assert not open_("token", ("aws:tokenissuetime", "Null", "true", True))
    assert not open_("token", ("aws:principalarn", "ArnNotLike", "arn:*:iam::*:user/*", True))
    assert open_("token", ("aws:principalarn", "ArnNotLike", "arn:aws:iam::*:user/*", True))
    assert not open_("token", ("aws:securetransport", "Bool", "false", True))
