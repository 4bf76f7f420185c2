"""What remains of a statement once the action is known."""

from __future__ import annotations

from typing import Any

import pytest

from iamfa.evaluate.match import CompiledStatement
from iamfa.evaluate.program import fits_of
from iamfa.policy.policy import Policy

OBJECT = "arn:aws:s3:::bucket/key"
TRUE = {"Bool": {"aws:x": "true"}}
BOTH = {"Bool": {"aws:x": "true"}, "StringEquals": {"aws:y": "y"}}
OPEN = {"Null": {"aws:x": "perhaps"}, "StringEquals": {"aws:y": "y"}}


def asked(keys: dict[str, str], resource: str = OBJECT, **elements: Any) -> bool | None:
    """What remains of a statement, put to one request."""
    document = Policy.from_document({"Version": "2012-10-17", "Statement": [ALLOW | elements]}).document
    return fits_of(CompiledStatement("identity[0]", document.statements[0], document))(resource, keys)


ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "*"}


def test_with_every_resource_and_no_condition_nothing_remains_to_be_asked() -> None:
    assert asked({}, Resource="*") is True
    assert asked({}, Resource=["arn:aws:s3:::other", "*"]) is True


def test_with_every_resource_the_conditions_remain() -> None:
    assert asked({"aws:x": "true"}, Resource="*", Condition=TRUE) is True
    assert asked({"aws:x": "false"}, Resource="*", Condition=TRUE) is False
    assert asked({"aws:x": "true", "aws:y": "y"}, Resource="*", Condition=BOTH) is True
    assert asked({"aws:x": "true", "aws:y": "z"}, Resource="*", Condition=BOTH) is False


def test_without_conditions_the_resource_remains() -> None:
    assert asked({}, Resource="arn:aws:s3:::bucket/*") is True
    assert asked({}, Resource="arn:aws:s3:::other/*") is False
    assert asked({}, NotResource="arn:aws:s3:::bucket/*") is False
    assert asked({}, NotResource="arn:aws:s3:::other/*") is True
    assert asked({}, NotResource="*") is False


def test_resource_and_conditions_must_fit_together() -> None:
    assert asked({"aws:x": "true"}, Resource="arn:aws:s3:::bucket/*", Condition=TRUE) is True
    assert asked({"aws:x": "true"}, Resource="arn:aws:s3:::other/*", Condition=TRUE) is False
    assert asked({"aws:x": "true"}, NotResource="arn:aws:s3:::other/*", Condition=TRUE) is True


@pytest.mark.parametrize(("value", "expected"), [("y", None), ("z", False)])
def test_what_is_open_stays_open_unless_another_condition_fails(value: str, expected: bool | None) -> None:
    assert asked({"aws:x": "true", "aws:y": value}, Resource="*", Condition=OPEN) is expected
    assert asked({"aws:x": "true", "aws:y": value}, Resource="arn:aws:s3:::b*", Condition=OPEN) is expected
