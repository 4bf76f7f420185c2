"""What policies do with one key, and numbers that stand for all that it can hold."""

from __future__ import annotations

from typing import Any

from tests.unit.lifecycle.worlds import allow, policy_of

from iamfa.lifecycle.compared import looked_at, told_apart
from iamfa.policy.bundle import Bundle

KEY = "iam:servicespecificcredentialagedays"
LEGAL = range(1, 101)


def comparing(*conditions: dict[str, Any], resource: str = "*") -> Bundle:
    return Bundle([policy_of(*(allow("*", resource, Condition=each) for each in conditions or ({},)))])


def test_no_number_is_needed_where_nobody_compares_the_key() -> None:
    for bundle in (comparing(), comparing({"NumericLessThan": {"aws:MultiFactorAuthAge": "7"}})):
        assert told_apart(bundle, KEY, LEGAL, most=3) == ()
        assert not looked_at(bundle, KEY)


def test_that_the_key_is_there_is_asked_and_compares_nothing() -> None:
    bundle = comparing({"Null": {"iam:ServiceSpecificCredentialAgeDays": "true"}})
    assert told_apart(bundle, KEY, LEGAL, most=3) == ()
    assert looked_at(bundle, KEY)


def test_each_limit_has_its_neighbours_and_the_range_its_ends() -> None:
    for limit, expected in (
        ("50", (1, 49, 50, 51, 100)),
        ("49.5", (1, 49, 50, 51, 100)),
        ("1", (1, 2, 100)),
        ("100", (1, 99, 100)),
        ("101", (1, 100)),
        ("-3", (1, 2, 100)),
    ):
        assert told_apart(comparing({"NumericEqualsIfExists": {KEY: ["seven", limit]}}), KEY, LEGAL, most=3) == expected
    two = comparing({"NumericLessThan": {KEY: "10"}}, {"NumericGreaterThan": {KEY: "90"}})
    assert told_apart(two, KEY, LEGAL, most=3) == (1, 9, 10, 11, 89, 90, 91, 100)


def test_no_numbers_stand_for_all_where_the_key_is_used_in_another_way() -> None:
    for bundle in (
        comparing({"StringLike": {KEY: "1*"}}),
        comparing({"StringEquals": {"aws:userid": "x-${iam:ServiceSpecificCredentialAgeDays}"}}),
        comparing(resource="arn:aws:iam::*:user/${iam:ServiceSpecificCredentialAgeDays}"),
        comparing({"NumericEquals": {KEY: [str(number) for number in range(4)]}}),
    ):
        assert told_apart(bundle, KEY, LEGAL, most=3) is None
        assert looked_at(bundle, KEY)
