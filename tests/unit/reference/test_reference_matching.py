"""Globs, variables and ARNs of the reference evaluator, on the examples of AWS's pages."""

from __future__ import annotations

import fnmatch
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reference import InvalidLine, matches
from tests.reference.matching import fits, with_wildcards


def resource(pattern: str, value: str, **context: Any) -> bool:
    return matches({"kind": "resource", "pattern": pattern, "value": value, "context": context})


def string(pattern: str, value: str, **context: Any) -> bool:
    return matches({"kind": "string", "pattern": pattern, "value": value, "context": context})


def action(pattern: str, value: str) -> bool:
    return matches({"kind": "action", "pattern": pattern, "value": value})


@given(st.text("ab*?", max_size=6), st.text("ab", max_size=6))
def test_a_glob_fits_what_the_standard_library_says_it_fits(pattern: str, text: str) -> None:
    assert fits(with_wildcards(pattern), text) == fnmatch.fnmatchcase(text, pattern)


def test_a_dollar_or_a_bracket_is_an_ordinary_character_of_a_glob() -> None:
    assert string("a[b](c)+$.", "a[b](c)+$.")
    assert not string("[ab]", "a")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("1/test/object.jpg", True),
        ("1/2/test/object.jpg", True),
        ("1/2/test/3/object.jpg", True),
        ("1///test///object.jpg", True),
        ("1/test/.jpg", True),
        ("/test/object.jpg", True),
        ("1/test/", True),
        ("1-test/object.jpg", False),
        ("test/object.jpg", False),
        ("1/2/test.jpg", False),
    ],
)
def test_a_star_crosses_slashes_as_the_resource_page_lists(key: str, expected: bool) -> None:
    bucket = "arn:aws:s3:::amzn-s3-demo-bucket/"
    assert resource(bucket + "*/test/*", bucket + key) is expected


def test_actions_match_without_regard_to_case_and_resources_with() -> None:
    assert action("iam:ListAccessKeys", "IAM:listaccesskeys")
    assert action("iam:*AccessKey*", "iam:CreateAccessKey")
    assert not resource("arn:aws:iam::123456789012:user/Bob", "arn:aws:iam::123456789012:user/bob")


def test_a_request_without_a_resource_is_fitted_by_exactly_a_star() -> None:
    assert resource("*", "*")
    assert not resource("arn:aws:iam::*:user/*", "*")
    assert not resource("arn:*", "*")


def test_a_star_at_the_end_of_a_segment_crosses_colons() -> None:
    assert resource("arn:aws:logs:*:log-group:x", "arn:aws:logs:eu-west-1:123456789012:log-group:x")


def test_an_incomplete_arn_is_completed_with_stars() -> None:
    assert resource("arn:aws:sqs", "arn:aws:sqs:us-east-2:123456789012:queue1")
    assert not resource("arn:aws:sqs", "arn:aws:sns:us-east-2:123456789012:topic")


def test_a_variable_stands_for_its_key_whatever_the_case_of_the_name() -> None:
    own = "arn:aws:dynamodb:us-east-2:111122223333:table/${AWS:UserName}"
    assert resource(own, "arn:aws:dynamodb:us-east-2:111122223333:table/bob", **{"aws:username": "bob"})
    assert not resource(own, "arn:aws:dynamodb:us-east-2:111122223333:table/eve", **{"aws:username": "bob"})


def test_a_variable_at_the_very_start_of_the_resource_part_counts() -> None:
    own = "arn:aws:sqs:us-east-2:*:${aws:username}-queue"
    assert resource(own, "arn:aws:sqs:us-east-2:123456789012:bob-queue", **{"aws:username": "bob"})


def test_a_variable_before_the_fifth_colon_is_literal_text() -> None:
    entry = "arn:aws:sqs:us-east-2:${aws:PrincipalAccount}:queue"
    context = {"aws:PrincipalAccount": "123456789012"}
    assert not resource(entry, "arn:aws:sqs:us-east-2:123456789012:queue", **context)


def test_the_value_of_a_variable_is_data_and_never_a_wildcard() -> None:
    entry = "arn:aws:s3:::b/${aws:PrincipalTag/team}/x"
    assert not resource(entry, "arn:aws:s3:::b/red/x", **{"aws:PrincipalTag/team": "*"})
    assert resource(entry, "arn:aws:s3:::b/*/x", **{"aws:PrincipalTag/team": "*"})


@pytest.mark.parametrize(("variable", "character"), [("${*}", "*"), ("${?}", "?"), ("${$}", "$")])
def test_the_three_special_variables_are_literal_characters(variable: str, character: str) -> None:
    assert string("a" + variable + "b", "a" + character + "b")
    assert not string("a" + variable + "b", "axb")


def test_the_special_variables_are_literal_in_a_resource_and_before_its_fifth_colon_plain_text() -> None:
    assert resource("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*")
    assert not resource("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x")
    assert not resource("arn:aws:s3:${$}::b", "arn:aws:s3:$::b")


def test_a_comparison_of_what_is_no_arn_is_not_completed() -> None:
    assert resource("b*", "bucket")
    assert string("${aws:username, 'nobody'}", "nobody")
    assert string("${aws:username}", "bob", **{"aws:username": "bob"})


def test_a_default_stands_in_for_an_absent_key_only() -> None:
    entry = "arn:aws:s3:::amzn-s3-demo-bucket-${aws:PrincipalTag/team, 'company-wide'}"
    assert resource(entry, "arn:aws:s3:::amzn-s3-demo-bucket-company-wide")
    assert resource(entry, "arn:aws:s3:::amzn-s3-demo-bucket-yellow", **{"aws:PrincipalTag/team": "yellow"})
    assert not resource(entry, "arn:aws:s3:::amzn-s3-demo-bucket-company-wide", **{"aws:PrincipalTag/team": "yellow"})


def test_a_variable_without_value_and_a_multivalued_one_match_nothing() -> None:
    entry = "arn:aws:s3:::b/${aws:TagKeys}*"
    assert not resource(entry, "arn:aws:s3:::b/a")
    assert not resource(entry, "arn:aws:s3:::b/a", **{"aws:TagKeys": ["a"]})
    assert not string("${aws:username}*", "bob")


@pytest.mark.parametrize("pattern", ["${aws:username", "${}", "${aws: username}", "${a, 'b}", "${a,'b'}", "${a${b}}"])
def test_a_malformed_variable_is_an_error(pattern: str) -> None:
    with pytest.raises(InvalidLine):
        string(pattern, "x")


@pytest.mark.parametrize(
    "line",
    [
        None,
        {"kind": "elsewhere", "pattern": "a", "value": "a"},
        {"kind": "action", "pattern": 1, "value": "a"},
        {"kind": "action", "pattern": "a", "value": "a", "context": {"k": 1}},
        {"kind": "action", "pattern": "a", "value": "a", "context": {"k": "1", "K": "2"}},
    ],
)
def test_a_comparison_that_makes_no_sense_is_an_error(line: Any) -> None:
    with pytest.raises(InvalidLine):
        matches(line)
