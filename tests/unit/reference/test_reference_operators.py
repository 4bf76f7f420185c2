"""Condition operators of the reference evaluator, on the tables of AWS's pages."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reference import InvalidLine, matches

ABSENT: list[str] | None = None


def holds(operator: str, wanted: Any, given: list[str] | None, qualifier: str | None = None, **more: Any) -> bool:
    line: dict[str, Any] = {"operator": operator, "key": "k", "policy_values": wanted, "qualifier": qualifier, **more}
    return matches(line if given is None else {**line, "request_values": given})


POSITIVE = {
    "StringEquals": ("a", "a", "b"),
    "StringEqualsIgnoreCase": ("Ab", "aB", "b"),
    "StringLike": ("a*c?", "abcd", "abce-"),
    "NumericEquals": ("10", "10.0", "10.000000000000000000001"),
    "NumericLessThan": ("10", "9.9", "10"),
    "NumericLessThanEquals": ("10", "10", "10.1"),
    "NumericGreaterThan": ("10", "10.1", "10"),
    "NumericGreaterThanEquals": ("10", "10", "9.9"),
    "DateEquals": ("2020-01-01T00:00:01Z", "1577836801", "1577836802"),
    "DateLessThan": ("2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z", "2020-01-01"),
    "DateLessThanEquals": ("2020-01-01", "2020-01-01T01:00:00+01:00", "2020-01-01T00:00:00.5Z"),
    "DateGreaterThan": ("1577836800", "2020-01-01T00:00:00.001Z", "2020"),
    "DateGreaterThanEquals": ("2020-02", "2020-01-31T23:00:00-01:00", "2020-01-31T23:59:59Z"),
    "Bool": ("true", "TRUE", "false"),
    "BinaryEquals": ("QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "ASIAIOSFODNN7EXAMPLE"),
    "IpAddress": ("203.0.113.0/24", "203.0.113.1", "198.51.100.1"),
    "ArnEquals": ("arn:aws:sns:*:1:t?", "arn:aws:sns:r:1:t1", "arn:aws:sns:r:2:t1"),
    "ArnLike": ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a:c", "arn:aws:s3::1:b/a"),
}


@pytest.mark.parametrize("operator", POSITIVE)
def test_a_positive_operator_holds_on_what_fits_and_not_on_an_absent_key(operator: str) -> None:
    wanted, fitting, other = POSITIVE[operator]
    assert holds(operator, [wanted], [fitting])
    assert not holds(operator, [wanted], [other])
    assert not holds(operator, [wanted], ABSENT)
    assert holds(operator, [wanted], ABSENT, if_exists=True)
    assert not holds(operator, [wanted], [other], if_exists=True)


@pytest.mark.parametrize(
    ("operator", "positive"),
    [
        ("StringNotEquals", "StringEquals"),
        ("StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase"),
        ("StringNotLike", "StringLike"),
        ("NumericNotEquals", "NumericEquals"),
        ("DateNotEquals", "DateEquals"),
        ("NotIpAddress", "IpAddress"),
        ("ArnNotEquals", "ArnEquals"),
        ("ArnNotLike", "ArnLike"),
    ],
)
def test_a_negated_operator_is_the_opposite_and_holds_on_an_absent_key(operator: str, positive: str) -> None:
    wanted, fitting, other = POSITIVE[positive]
    assert not holds(operator, [wanted], [fitting])
    assert holds(operator, [wanted], [other])
    assert holds(operator, [wanted], ABSENT)
    assert holds(operator, [wanted], ABSENT, if_exists=True)


def test_several_values_are_an_or_and_under_a_negated_operator_a_nor() -> None:
    assert holds("StringEquals", ["finance", "hr", "legal"], ["legal"])
    assert not holds(
        "ArnNotLike", ["arn:aws:iam::2:user/Ana", "arn:aws:iam::2:user/Mary"], ["arn:aws:iam::2:user/Mary"]
    )
    assert holds("ArnNotLike", ["arn:aws:iam::2:user/Ana", "arn:aws:iam::2:user/Mary"], ["arn:aws:iam::2:user/Nikki"])


@pytest.mark.parametrize(
    ("keys", "for_all", "for_any"),
    [
        (["environment"], True, True),
        (["cost-center"], True, True),
        (["environment", "cost-center"], True, True),
        (["environment", "dept"], False, True),
        (["dept"], False, False),
        (None, True, False),
        ([], True, False),
    ],
)
def test_set_operators_answer_as_in_the_tables_of_their_page(
    keys: list[str] | None, for_all: bool, for_any: bool
) -> None:
    wanted = ["environment", "cost-center"]
    assert holds("StringEquals", wanted, keys, "ForAllValues") is for_all
    assert holds("StringEquals", wanted, keys, "ForAnyValue") is for_any


@pytest.mark.parametrize(
    ("keys", "for_all", "for_any"),
    [
        (["a"], False, False),
        (["a", "x"], False, True),
        (["x", "y"], True, True),
        (None, True, False),
    ],
)
def test_negated_set_operators_answer_as_in_the_table_of_the_operators_page(
    keys: list[str] | None, for_all: bool, for_any: bool
) -> None:
    assert holds("StringNotLike", ["a", "b"], keys, "ForAllValues") is for_all
    assert holds("StringNotLike", ["a", "b"], keys, "ForAnyValue") is for_any


def test_a_multivalued_key_without_set_operator_matches_neither_way() -> None:
    assert not holds("StringEquals", ["a"], ["a", "a"])
    assert not holds("StringNotEquals", ["b"], ["a", "c"])
    assert not holds("StringEquals", ["a"], ["b", "c"], if_exists=True)


def test_null_asks_for_presence_and_takes_no_if_exists() -> None:
    assert holds("Null", ["true"], ABSENT)
    assert not holds("Null", ["true"], ["x"])
    assert holds("Null", [False], ["x"])
    assert not holds("Null", ["false"], ABSENT)
    assert not holds("Null", ["false"], [""])
    assert holds("Null", ["false"], ABSENT, "ForAllValues")
    assert not holds("Null", ["true"], ABSENT, "ForAnyValue")
    with pytest.raises(InvalidLine):
        holds("Null", ["true"], ABSENT, if_exists=True)


def test_an_empty_string_is_an_empty_set_of_values_but_a_value_to_compare() -> None:
    assert holds("StringEquals", ["a"], [""], "ForAllValues")
    assert holds("StringLike", ["", "home/"], [""])


@pytest.mark.parametrize("given", ["5abc", "", "1e3", " 5", "NaN", "٥", "-+5", "1.2.3", "."])
def test_what_is_no_number_satisfies_neither_an_operator_nor_its_negation(given: str) -> None:
    assert not holds("NumericEquals", ["5"], [given])
    assert not holds("NumericNotEquals", ["5"], [given])
    assert not holds("NumericNotEquals", ["5", given], ["6"])
    assert holds("NumericEquals", ["5", given], ["5"])


def test_numbers_are_exact_decimals_and_may_be_unquoted() -> None:
    assert holds("NumericEquals", [0.1], ["0.10"])
    assert holds("NumericLessThan", ["9007199254740993"], ["9007199254740992"])
    assert holds("NumericGreaterThan", [-5], ["+3."])
    assert holds("NumericEquals", [1e-07], [".0000001"])


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-01T00:00:00",
        "2020-01-01T00:00",
        "2020-13-01",
        "2020-1-1",
        "2020-01T00:00Z",
        "2020-01-01T24:00:00Z",
        "2020-01-01T00:00:00.Z",
        "2020-01-01T00:00.5Z",
        "2020-01-01T00:00:00+25:00",
        "2020-01-01T00:00:00+0100",
        "2020-01-01T00Z",
        "2020-01-01TZ",
        "2020-01-01T",
        "yesterday",
        "",
    ],
)
def test_what_is_no_date_of_the_w3c_note_compares_with_nothing(text: str) -> None:
    assert not holds("DateLessThan", ["2030-01-01"], [text])
    assert not holds("DateNotEquals", ["2030-01-01"], [text])


def test_epoch_times_are_seconds_and_may_have_a_fraction() -> None:
    assert holds("DateEquals", ["1577836800.25"], ["2020-01-01T00:00:00.25Z"])
    assert not holds("DateEquals", ["2020-01-01T00:00Z"], ["1577836800000"])


def test_address_bits_beyond_the_mask_are_ignored_and_both_versions_mix() -> None:
    ranges = ["203.0.113.77/24", "2001:DB8:1234:5678::/64"]
    assert holds("IpAddress", ranges, ["203.0.113.1"])
    assert holds("IpAddress", ranges, ["2001:db8:1234:5678:9::1"])
    assert not holds("IpAddress", ranges, ["2001:db8:1234:5679::1"])
    assert holds("IpAddress", ["203.0.113.7"], ["203.0.113.7"])
    assert not holds("IpAddress", ["2001:db8::1"], ["2001:db8::2"])


@pytest.mark.parametrize("given", ["AWS Internal", "203.0.113.0/24", "300.1.1.1", "fe80::1%eth0", ""])
def test_what_is_no_address_satisfies_neither_an_operator_nor_its_negation(given: str) -> None:
    assert not holds("IpAddress", ["0.0.0.0/0", "::/0"], [given])
    assert not holds("NotIpAddress", ["203.0.113.0/24"], [given])


def test_a_netmask_is_no_cidr_prefix() -> None:
    assert not holds("IpAddress", ["10.0.0.0/255.0.0.0"], ["10.1.1.1"])
    assert not holds("IpAddress", ["10.0.0.0/"], ["10.0.0.0"])


def test_arns_are_compared_field_by_field_where_strings_span_colons() -> None:
    assert not holds("ArnLike", ["arn:aws:iam::*/Bob"], ["arn:aws:iam::1:user/Bob"])
    assert holds("StringLike", ["arn:aws:iam::*/Bob"], ["arn:aws:iam::1:user/Bob"])
    assert not holds("ArnLike", ["*"], ["arn:aws:iam::1:user/Bob"])
    assert not holds("ArnLike", ["arn:aws:*:*:*:*"], ["Bob"])
    assert holds("ArnNotLike", ["arn:aws:*:*:*:*"], ["Bob"])


def test_binary_values_are_base64_on_either_side() -> None:
    assert not holds("BinaryEquals", ["QQ=="], ["ü"])
    assert not holds("BinaryEquals", ["QQ=="], ["QUI="])


def test_a_variable_without_value_fails_a_positive_condition_and_satisfies_a_negated_one() -> None:
    assert not holds("StringEquals", ["${aws:PrincipalTag/Team}"], ["red"])
    assert holds("StringNotEquals", ["${aws:PrincipalTag/Team}"], ["red"])
    assert holds("StringEquals", ["${aws:PrincipalTag/Team}"], ["red"], context={"aws:principaltag/team": "red"})
    assert not holds("StringLike", ["home/${aws:username}/"], ["home/martha_rivera/"])
    assert not holds("StringEqualsIgnoreCase", ["${x}"], ["red"])
    assert not holds("ArnLike", ["${x}"], ["arn:aws:s3:::b"])
    whole: dict[str, Any] = {"context": {"aws:PrincipalArn": "arn:aws:iam::1:user/*"}}
    assert holds("ArnEquals", ["${aws:PrincipalArn}"], ["arn:aws:iam::1:user/*"], **whole)
    assert not holds("ArnEquals", ["${aws:PrincipalArn}"], ["arn:aws:iam::1:user/Bob"], **whole)


@pytest.mark.parametrize("operator", ["Bool", "NumericEquals", "DateLessThan", "IpAddress", "BinaryEquals", "Null"])
def test_a_variable_may_stand_in_string_and_arn_conditions_only(operator: str) -> None:
    with pytest.raises(InvalidLine):
        holds(operator, ["${aws:username}"], ["x"])


@pytest.mark.parametrize(
    ("operator", "qualifier"),
    [("StringSimilar", None), ("stringEquals", None), ("StringEquals", "ForSomeValues"), ("StringEquals", 1)],
)
def test_an_operator_that_aws_does_not_know_is_an_error(operator: str, qualifier: Any) -> None:
    with pytest.raises(InvalidLine):
        holds(operator, ["a"], ["a"], qualifier)


def test_request_values_must_be_strings_and_one_may_stand_alone() -> None:
    assert matches({"operator": "StringEquals", "key": "k", "policy_values": "a", "request_values": "a"})
    with pytest.raises(InvalidLine):
        matches({"operator": "StringEquals", "key": "k", "policy_values": "a", "request_values": [1]})
