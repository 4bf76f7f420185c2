"""The operators, after AWS's pages on condition operators, set operators and policy variables."""

from __future__ import annotations

import pytest

from iamfa.errors import UnknownOperatorError
from iamfa.policy.operators import (
    OPERATORS,
    Family,
    ParsedOperator,
    close_operator,
    compile_condition,
    parse_operator,
    value_test,
)
from iamfa.policy.variables import Context

KEY = "k:Key"
ARN = "arn:aws:iam::123456789012:user/alice"


def ask(
    operator: str,
    policy: str | list[str],
    request: str | tuple[str, ...] | None,
    *,
    variables: bool = True,
    **more: str,
) -> bool | None:
    """One condition on the key, on a request that carries it (unless None) and what else is named."""
    context: dict[str, str | tuple[str, ...]] = {f"k:{name}": value for name, value in more.items()}
    if request is not None:
        context[KEY.lower()] = request
    values = [policy] if isinstance(policy, str) else policy
    return compile_condition(operator, KEY, values, variables=variables)(context)


# The table


def test_the_table_holds_the_operators_of_the_page_and_no_other() -> None:
    relations = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    assert {row.name for row in OPERATORS.values()} == {
        *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        *("StringLike", "StringNotLike"),
        *(f"Numeric{word}" for word in relations),
        *(f"Date{word}" for word in relations),
        *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"),
        *("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
    }
    assert all(key == row.name.lower() for key, row in OPERATORS.items())
    assert all(row.negated is ("Not" in row.name) for row in OPERATORS.values())
    assert {row.family for row in OPERATORS.values() if row.variables} == {Family.STRING, Family.ARN}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bool", ParsedOperator(OPERATORS["bool"])),
        ("BoolIfExists", ParsedOperator(OPERATORS["bool"], None, True)),
        ("ForAnyValue:ArnLike", ParsedOperator(OPERATORS["arnlike"], "ForAnyValue")),
        ("ForAllValues:StringNotLikeIfExists", ParsedOperator(OPERATORS["stringnotlike"], "ForAllValues", True)),
        ("Null", ParsedOperator(OPERATORS["null"])),
    ],
)
def test_an_operator_is_taken_apart(text: str, expected: ParsedOperator) -> None:
    assert parse_operator(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("stringEquals", "did you mean `StringEquals`?"),  # AWS: Invalid Condition type : stringEquals
        ("BoolIfexists", "did you mean `BoolIfExists`?"),
        ("StringMatches", None),
        ("ForAnyValues:StringLike", "did you mean `ForAnyValue:StringLike`?"),
        ("forallvalues:StringLike", "did you mean `ForAllValues:StringLike`?"),
        ("ForAllValues:ForAnyValue:StringLike", None),
        (":Bool", "did you mean `Bool`?"),
        ("BoolIfExistsIfExists", None),
        ("IfExists", "did you mean `BoolIfExists`?"),
        ("", None),
        ("NullIfExists", "write `Null`: it already asks whether the key exists"),
        ("ForAnyValue:NullIfExists", "write `Null`: it already asks whether the key exists"),
    ],
)
def test_what_is_no_operator_is_refused_with_the_nearest_one(text: str, hint: str | None) -> None:
    with pytest.raises(UnknownOperatorError) as caught:
        parse_operator(text)
    assert caught.value.hint == hint
    with pytest.raises(UnknownOperatorError):
        compile_condition(text, KEY, ["x"], variables=True)


def test_an_operator_far_from_any_has_no_neighbour() -> None:
    assert close_operator("Regex") is None
    assert close_operator("StringEqualIgnoreCase") == "StringEqualsIgnoreCase"


# One value against one value

EXAMPLES = [
    ("StringEquals", "iamuser-admin", "iamuser-admin", True),
    ("StringEquals", "iamuser-admin", "dev-ops", False),
    ("StringEquals", "a", "A", False),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", "a*", "a*", True),
    ("StringEquals", "", "", True),
    ("StringEqualsIgnoreCase", "PreProd", "preprod", True),
    ("StringEqualsIgnoreCase", "É", "é", True),
    ("StringEqualsIgnoreCase", "a", "b", False),
    ("StringLike", "t1.*", "t1.micro", True),
    ("StringLike", "t1.*", "T1.micro", False),
    ("StringLike", "t?", "t1", True),
    ("StringLike", "arn:*", ARN, True),
    ("StringLike", "a", "a", True),
    ("NumericEquals", "10", "10.0", True),
    ("NumericEquals", "10", "11", False),
    ("NumericLessThan", "10", "9.99", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericLessThanEquals", "10", "1e999999999", False),
    ("NumericGreaterThan", "3600", "3601", True),
    ("NumericGreaterThan", "3600", "3600", False),
    ("NumericGreaterThanEquals", "2", "10", True),
    ("NumericGreaterThanEquals", "2", "1", False),
    ("DateEquals", "2020-01-01T00:00:00Z", "1577836800", True),
    ("DateEquals", "1577836800", "2020-01-01T09:00:00+09:00", True),
    ("DateLessThan", "2020-06-30T23:59:59Z", "2020-06-30T23:59:58Z", True),
    ("DateLessThan", "2020-06-30T23:59:59Z", "2020-06-30T23:59:59Z", False),
    ("DateLessThanEquals", "2020-06-30T23:59:59Z", "2020-06-30T23:59:59Z", True),
    ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:02Z", True),
    ("DateGreaterThan", "1577836800", "1577836800000", True),  # milliseconds are a far future, not the same moment
    ("DateGreaterThanEquals", "2020", "2019-12-31", False),
    ("Bool", "true", "true", True),
    ("Bool", "true", "false", False),
    ("Bool", "false", "false", True),
    ("Bool", "false", "true", False),
    ("Bool", "True", "TRUE", True),
    ("Bool", "false", "no", True),  # any text but "true" is false
    ("Bool", "true", "1", False),
    ("Bool", "false", "", True),
    ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
    ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "ASIAIOSFODNN7EXAMPLE", False),
    ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "no base64", False),
    ("IpAddress", "203.0.113.0/24", "203.0.113.1", True),
    ("IpAddress", "203.0.113.0/24", "198.51.100.1", False),
    ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", True),
    ("ArnEquals", ARN, ARN, True),
    ("ArnLike", "arn:*:iam::*:user/*", ARN, True),
    ("ArnEquals", "arn:*:iam::*:user/*", ARN, True),
    ("ArnLike", "arn:aws:iam::777788889999:user/alice", ARN, False),
    ("ArnLike", "arn:aws:iam::*:user/*", "arn:aws:iam::1:user/a:b", True),
    ("ArnLike", "arn:aws:*:user/*:x:y", "arn:aws:iam::1:user/a:x:y", False),  # a star stays in its part
    ("ArnLike", "arn:aws:sns:*:*:*", "arn:aws:sns:us-east-1:1:t:u", True),
    ("ArnLike", "arn:aws:iam::12345678901?:user/alice", ARN, True),
    ("ArnLike", "arn:aws:iam::*:USER/*", ARN, False),
]
NEGATED = {
    "StringEquals": ["StringNotEquals"],
    "StringEqualsIgnoreCase": ["StringNotEqualsIgnoreCase"],
    "StringLike": ["StringNotLike"],
    "NumericEquals": ["NumericNotEquals"],
    "DateEquals": ["DateNotEquals"],
    "IpAddress": ["NotIpAddress"],
    "ArnEquals": ["ArnNotEquals", "ArnNotLike"],
    "ArnLike": ["ArnNotEquals", "ArnNotLike"],
}


@pytest.mark.parametrize(("operator", "policy", "request_value", "expected"), EXAMPLES)
def test_an_operator_compares_one_value(operator: str, policy: str, request_value: str, expected: bool) -> None:
    assert ask(operator, policy, request_value) is expected
    assert ask(operator, policy, request_value, variables=False) is expected
    assert ask(f"{operator}IfExists", policy, request_value) is expected
    for negated in NEGATED.get(operator, []):
        assert ask(negated, policy, request_value) is not expected
        assert ask(f"{negated}IfExists", policy, request_value) is not expected


ALL_BUT_NULL = [row.name for row in OPERATORS.values() if row.family is not Family.NULL]
READABLE = {
    Family.STRING: "a",
    Family.NUMERIC: "1",
    Family.DATE: "2020",
    Family.BOOL: "true",
    Family.BINARY: "QUJD",
    Family.IP: "10.0.0.1",
    Family.ARN: ARN,
}


@pytest.mark.parametrize("operator", ALL_BUT_NULL)
def test_an_absent_key_fails_positive_operators_and_satisfies_negated_ones(operator: str) -> None:
    policy = READABLE[OPERATORS[operator.lower()].family]
    negated = OPERATORS[operator.lower()].negated
    for absent in (None, ()):
        assert ask(operator, policy, absent) is negated
        assert ask(f"{operator}IfExists", policy, absent) is True
        assert ask(f"ForAllValues:{operator}", policy, absent) is True
        assert ask(f"ForAnyValue:{operator}", policy, absent) is False
        assert ask(f"ForAnyValue:{operator}IfExists", policy, absent) is True
        assert ask(f"ForAllValues:{operator}IfExists", policy, absent) is True


@pytest.mark.parametrize("operator", ALL_BUT_NULL)
def test_a_multivalued_key_without_a_set_operator_does_not_match(operator: str) -> None:
    policy = READABLE[OPERATORS[operator.lower()].family]
    assert ask(operator, policy, (policy, "other")) is False
    assert ask(f"{operator}IfExists", policy, ("other",)) is False


def test_several_listed_values_are_alternatives_or_under_negation_all_excluded() -> None:
    assert ask("StringEquals", ["a", "b"], "b") is True
    assert ask("StringEquals", ["a", "b"], "c") is False
    assert ask("StringNotEquals", ["a", "b"], "b") is False
    assert ask("StringNotEquals", ["a", "b"], "c") is True
    assert ask("StringLike", ["a*", "b", "c?"], "cx") is True
    assert ask("StringLike", ["a*", "b", "c?"], "b") is True
    assert ask("StringNotLike", ["a*", "b*"], "bx") is False
    assert ask("NumericLessThan", ["1", "5"], "3") is True
    assert ask("NumericNotEquals", ["1", "5"], "5") is False
    assert ask("NotIpAddress", ["10.0.0.0/8", "::/0"], "::1") is False
    assert ask("ArnNotLike", ["arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*"], ARN) is False
    assert ask("Bool", ["true", "false"], "anything") is True
    assert ask("BinaryEquals", ["QUJD", "QUJE"], "QUJE") is True


# Set operators, after the tables of the page

TAGS = ["environment", "cost-center"]


@pytest.mark.parametrize(
    ("request_values", "for_all", "for_any"),
    [
        (("environment",), True, True),
        (("cost-center",), True, True),
        (("environment", "cost-center"), True, True),
        (("environment", "dept"), False, True),
        (("dept",), False, False),
        (None, True, False),
        ((), True, False),
        ("environment", True, True),
        ("dept", False, False),
    ],
)
def test_set_operators_follow_the_page(request_values: tuple[str, ...] | None, for_all: bool, for_any: bool) -> None:
    assert ask("ForAllValues:StringEquals", TAGS, request_values) is for_all
    assert ask("ForAnyValue:StringEquals", TAGS, request_values) is for_any


def test_set_operators_under_negation() -> None:
    assert ask("ForAnyValue:StringNotEquals", TAGS, ("environment", "dept")) is True
    assert ask("ForAnyValue:StringNotEquals", TAGS, ("environment", "cost-center")) is False
    assert ask("ForAllValues:StringNotEquals", TAGS, ("dept", "other")) is True
    assert ask("ForAllValues:StringNotEquals", TAGS, ("environment", "dept")) is False


def test_set_operators_on_a_single_valued_boolean_key() -> None:
    assert [ask("ForAnyValue:Bool", "false", value) for value in (None, "false", "true")] == [False, True, False]
    assert [ask("ForAllValues:Bool", "false", value) for value in (None, "false", "true")] == [True, True, False]


def test_a_value_that_cannot_be_read_spoils_all_but_not_any() -> None:
    assert ask("ForAllValues:NumericLessThan", "5", ("1", "x")) is False
    assert ask("ForAnyValue:NumericLessThan", "5", ("1", "x")) is True


# Null


@pytest.mark.parametrize(("request_value", "is_null"), [(None, True), ((), True), ("x", False), (("x", "y"), False)])
def test_null_asks_whether_the_key_is_absent(request_value: str | tuple[str, ...] | None, is_null: bool) -> None:
    assert ask("Null", "true", request_value) is is_null
    assert ask("Null", "False", request_value) is not is_null
    assert ask("Null", ["true", "false"], request_value) is True


# What AWS does not say


@pytest.mark.parametrize(
    ("operator", "policy"),
    [
        ("NumericNotEquals", "x"),
        ("DateNotEquals", "tomorrow"),
        ("Bool", "yes"),
        ("NotIpAddress", "everywhere"),
        ("ArnLike", "*"),
        ("ArnNotLike", "arn:aws:iam::*"),
        ("StringEquals", "${aws:username"),
        ("StringNotLike", "${}"),
        ("StringEqualsIgnoreCase", "${x y}"),
        ("ArnLike", "arn:aws:iam::1:user/${"),
        ("Bool", "${k:other}"),  # the pages contradict each other on variables with Bool
        ("NumericNotEquals", "${k:other}"),
        ("NotIpAddress", "${k:other}"),
    ],
)
def test_a_policy_value_that_cannot_be_read_decides_nothing(operator: str, policy: str) -> None:
    row = OPERATORS[operator.lower()]
    readable = READABLE[row.family]
    unlike = _unlike(row.family)
    assert ask(operator, policy, unlike, other="true") is None
    assert ask(f"ForAnyValue:{operator}", policy, (unlike,)) is None
    assert ask(f"ForAllValues:{operator}", policy, (unlike,)) is None
    assert ask(operator, [policy, readable], readable) is not row.negated
    assert ask(operator, [policy, readable], unlike) is None


@pytest.mark.parametrize(
    ("operator", "policy"),
    [
        ("NumericEquals", "5abc"),
        ("NumericLessThan", "${k:other}"),
        ("DateLessThan", "tomorrow"),
        ("BinaryEquals", "no base64"),
        ("IpAddress", "203.0.113.0/99"),
        ("IpAddress", "${k:other}"),
        ("ArnLike", "arn:aws:iam::*"),
    ],
)
def test_a_policy_value_that_cannot_be_read_matches_nothing(operator: str, policy: str) -> None:
    assert ask(operator, policy, _unlike(OPERATORS[operator.lower()].family), other="true") is False


def _unlike(family: Family) -> str:
    return {Family.STRING: "z", Family.NUMERIC: "2", Family.DATE: "2021", Family.BOOL: "false",
            Family.BINARY: "QUJE", Family.IP: "10.0.0.2", Family.ARN: ARN + "2"}[family]  # fmt: skip


def test_a_request_value_that_cannot_be_read_satisfies_neither_form() -> None:
    for operator in ("NumericEquals", "NumericNotEquals", "NumericLessThan"):
        assert ask(operator, "5", "5abc") is False
    for operator in ("DateEquals", "DateNotEquals"):
        assert ask(operator, "2020", "soon") is False
    for operator in ("IpAddress", "NotIpAddress"):
        assert ask(operator, "10.0.0.0/8", "10.0.0.0/9") is False


def test_a_value_that_is_no_arn_is_unlike_every_arn_and_unknown_under_negation() -> None:
    for value in ("alice", "aws:arn:iam::1:user/x", "arn:aws:iam::1"):
        assert ask("ArnLike", "arn:*:*:*:*:*", value) is False
        assert ask("ArnNotLike", "arn:*:*:*:*:*", value) is None
        assert ask("ForAnyValue:ArnNotEquals", ARN, (value,)) is None
    assert ask("ArnLike", "*", "alice") is None


def test_a_list_without_values_decides_nothing() -> None:
    for operator in ("StringEquals", "StringNotEquals", "Null"):
        assert ask(operator, [], "x") is None
        assert ask(operator, [], None) is None


def test_a_list_without_values_is_satisfied_by_an_absent_key_at_most() -> None:
    for operator in ("ForAllValues:StringEquals", "StringEqualsIfExists", "ForAnyValue:StringEqualsIfExists"):
        assert ask(operator, [], None) is True
        assert ask(operator, [], ("x",)) is False
    assert ask("ForAnyValue:StringEquals", [], None) is False
    assert ask("ForAnyValue:StringEquals", [], ("x",)) is False
    assert ask("ForAllValues:StringNotEquals", [], ("x",)) is None
    assert ask("NumericNotEqualsIfExists", [], None) is True


def test_a_set_operator_before_null_makes_it_constant() -> None:
    for wanted in ("true", "false"):
        for value in (None, "", "x", ("x", "y")):
            assert ask("ForAllValues:Null", wanted, value) is True
            assert ask("ForAnyValue:Null", wanted, value) is False


def test_null_with_a_value_that_is_no_boolean_decides_nothing() -> None:
    assert ask("Null", "maybe", None) is None
    assert ask("Null", ["true", "maybe"], None) is None


def test_an_empty_text_is_null_for_null_and_for_all_values_and_a_text_for_the_others() -> None:
    assert ask("Null", "true", "") is True
    assert ask("Null", "false", "") is False
    assert ask("Null", ["true", "false"], "") is True
    assert ask("StringEquals", "", "") is True
    assert ask("StringNotEquals", "a", "") is True
    assert ask("ForAllValues:StringEquals", "a", "") is True
    assert ask("ForAllValues:StringEquals", "a", ("",)) is True
    assert ask("ForAllValues:StringNotEquals", "", "") is True
    assert ask("ForAllValues:StringEquals", ["a", ""], ("",)) is True
    assert ask("ForAllValues:StringEquals", "a", ("", "a")) is False
    assert ask("ForAnyValue:StringEquals", "a", ("",)) is False


# Variables


def test_a_variable_is_filled_in_by_string_and_arn_operators() -> None:
    assert ask("StringEquals", "${k:other}", "x", other="x") is True
    assert ask("StringNotEquals", "${K:Other}", "x", other="x") is False
    assert ask("StringLike", "home/${k:other}/*", "home/x/y", other="x") is True
    assert ask("StringNotLike", ["a", "home/${k:other}/*"], "home/y/y", other="x") is True
    assert ask("StringEqualsIgnoreCase", "${k:other}!", "x!", other="X") is True
    assert ask("StringNotEqualsIgnoreCase", "${k:other}", "y", other="X") is True
    assert ask("ArnLike", "arn:aws:iam::${k:other}:user/*", ARN, other="123456789012") is True
    assert ask("ArnEquals", "${k:other}", ARN, other=ARN) is True
    assert ask("ForAnyValue:StringEquals", "${k:other}", ("y", "x"), other="x") is True
    assert ask("ForAllValues:StringLike", "${k:other}*", ("xa", "y"), other="x") is False


def test_a_variable_is_plain_text_under_the_old_version() -> None:
    assert ask("StringEquals", "${k:other}", "x", variables=False, other="x") is False
    assert ask("StringEquals", "${k:other}", "${k:other}", variables=False, other="x") is True
    assert ask("StringLike", "${k:*", "${k:other}", variables=False) is True


def test_what_a_variable_brings_is_data() -> None:
    assert ask("StringLike", "${k:other}", "anything", other="*") is False
    assert ask("StringLike", "${k:other}", "*", other="*") is True
    assert ask("ArnLike", "arn:aws:iam::1:user/${k:other}", "arn:aws:iam::1:user/x", other="*") is False


def test_a_variable_without_value_matches_nothing_so_that_only_the_negated_operator_holds() -> None:
    assert ask("StringEquals", "${k:other}", "x") is False
    assert ask("StringEquals", "${k:other}", "${k:other}") is False
    assert ask("StringEquals", ["${k:other}", "x"], "x") is True
    assert ask("StringNotEquals", "${k:other}", "x") is True
    assert ask("StringNotLike", ["${k:other}", "x"], "x") is False
    assert ask("StringNotEqualsIgnoreCase", "${k:other}", "x") is True
    assert ask("ArnLike", "arn:aws:iam::1:user/${k:other}", "arn:aws:iam::1:user/x") is False
    assert ask("ArnNotLike", "arn:aws:iam::1:user/${k:other}", "arn:aws:iam::1:user/x") is True


def test_a_default_stands_in_for_a_variable_without_value() -> None:
    assert ask("StringEquals", "${k:other, 'wide'}", "wide") is True
    assert ask("StringEquals", "${k:other, 'wide'}", "wide", other="x") is False


def test_special_characters_are_taken_literally() -> None:
    assert ask("StringLike", "${*}", "x") is False
    assert ask("StringLike", "${*}", "*") is True
    assert ask("StringEquals", "${?}${$}", "?$") is True


def test_a_key_with_variables_that_is_absent_or_multivalued_behaves_as_ever() -> None:
    assert ask("StringEquals", "${k:other}", None, other="x") is False
    assert ask("StringNotEquals", "${k:other}", None, other="x") is True
    assert ask("StringNotEquals", "${k:other}", (), other="x") is True
    assert ask("StringNotEquals", "${k:other}", ("y",), other="x") is False
    assert ask("StringEqualsIfExists", "${k:other}", None, other="x") is True
    assert ask("ArnLikeIfExists", "${k:other}", None, other="x") is True


def test_a_malformed_value_beside_a_variable_decides_nothing() -> None:
    assert ask("StringEquals", ["${k:other}", "${"], "x", other="x") is True
    assert ask("StringEquals", ["${k:other}", "${"], "y", other="x") is None


def test_a_multivalued_variable_has_no_value() -> None:
    context: Context = {"k:key": "x", "k:other": ("x",)}
    assert compile_condition("StringEquals", KEY, ["${k:other}"], variables=True)(context) is False
    assert compile_condition("StringNotEquals", KEY, ["${k:other}"], variables=True)(context) is True


# The building block for one value


def test_the_test_of_one_value_can_be_had_by_itself() -> None:
    like = OPERATORS["stringlike"]
    assert value_test(like, ["a${k:other}*"], variables=True, context={"k:other": "b"})("abc") is True
    assert value_test(like, ["a${k:other}*"], variables=True)("abc") is False
    assert value_test(like, ["a*"], variables=False)("abc") is True
    assert value_test(OPERATORS["numericnotequals"], ["5"], variables=True)("6") is True


# The conditions on MFA that people write, for the three states of the key


@pytest.mark.parametrize(
    ("operator", "policy", "absent", "false", "true"),
    [
        ("BoolIfExists", "false", True, True, False),
        ("Bool", "false", False, True, False),
        ("Bool", "true", False, False, True),
        ("BoolIfExists", "true", True, False, True),
        ("Null", "true", True, False, False),
        ("Null", "false", False, True, True),
        ("StringNotEquals", "true", True, True, False),
        ("ForAnyValue:Bool", "false", False, True, False),
        ("ForAllValues:Bool", "false", True, True, False),
    ],
)
def test_mfa_conditions_hold_as_the_pages_say(
    operator: str, policy: str, absent: bool, false: bool, true: bool
) -> None:
    test = compile_condition(operator, "aws:MultiFactorAuthPresent", [policy], variables=True)
    key = "aws:multifactorauthpresent"
    assert [test({}), test({key: "false"}), test({key: "true"})] == [absent, false, true]
