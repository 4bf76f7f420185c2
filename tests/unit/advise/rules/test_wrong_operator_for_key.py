"""An operator that makes no sense of the key's values."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import PRESENT, allow, found, judge, silent, the, underlined

RULE = "wrong-operator-for-key"


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("NumericEquals", PRESENT, "0"),
        ("NumericLessThanIfExists", PRESENT, "1"),
        ("DateLessThan", PRESENT, "2026-01-01T00:00:00Z"),
        ("IpAddress", PRESENT, "192.0.2.1"),
        ("Bool", "aws:MultiFactorAuthAge", "true"),
        ("Bool", "AWS:username", "true"),
        ("IpAddress", "aws:username", "192.0.2.0/24"),
        ("NumericEquals", "aws:CurrentTime", "1"),
        ("ForAnyValue:NumericEquals", "aws:TagKeys", "1"),
    ],
)
def test_it_is_warned_of_with_the_condition(operator: str, key: str, value: str) -> None:
    report = judge(allow("s3:GetObject", "*", {operator: {key: value}}, Sid="Odd"))
    finding = the(report, RULE, "warning")
    assert finding.params == {"key": key, "operator": operator}
    assert finding.message.startswith(f"{operator} compares no ")
    assert finding.reason is not None
    assert finding.reason.startswith("its values are ")
    assert finding.statement_sid == "Odd"
    assert underlined(report, finding) == f'"{key}": "{value}"'
    assert finding.repair is None


@pytest.mark.parametrize("key", ["aws:TagKeys", "aws:CalledVia", "aws:PrincipalOrgPaths"])
def test_a_key_of_several_values_needs_a_set_operator(key: str) -> None:
    report = judge(allow("s3:GetObject", "*", {"StringEquals": {key: "x"}}))
    finding = the(report, RULE, "warning")
    assert finding.message == f"`{key}` has several values, and StringEquals never matches them"
    assert finding.reason == "ForAnyValue: or ForAllValues: is missing"
    for operator, value in (("ForAnyValue:StringEquals", "x"), ("ForAllValues:StringLike", "x"), ("Null", "true")):
        assert silent(judge(allow("s3:GetObject", "*", {operator: {key: value}})), RULE)


def test_with_an_old_catalogue_it_is_a_note() -> None:
    statement = allow("*", "*", {"NumericEquals": {PRESENT: "0"}})
    assert the(judge(statement, catalogue_age_days=400), RULE, "note")


def test_each_condition_is_said() -> None:
    report = judge(allow("*", "*", {"NumericEquals": {PRESENT: "0", "aws:username": "1"}}))
    assert [f.params["key"] for f in found(report, RULE)] == [PRESENT, "aws:username"]


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {PRESENT: "true"}},
        {"BoolIfExists": {PRESENT: False}},
        {"StringEquals": {PRESENT: "true"}},
        {"StringNotLike": {PRESENT: "t*"}},
        {"Null": {PRESENT: "true", "aws:MultiFactorAuthAge": "true", "aws:SourceIp": "false"}},
        {"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": 3600}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:user/*"}},
        {"StringLike": {"aws:PrincipalArn": "arn:*:iam::*:user/*"}},
        {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
        {"StringLike": {"s3:prefix": ["a*"]}},
        {"StringEquals": {"aws:NoSuchKey": "x"}},
    ],
)
def test_operators_that_suit_the_key_are_left_alone(condition: dict[str, Any]) -> None:
    assert silent(judge(allow("s3:ListBucket", "*", condition)), RULE)
