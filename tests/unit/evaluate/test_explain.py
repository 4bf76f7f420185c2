"""The reason of each statement, down to the entry."""

from __future__ import annotations

from typing import Any

import pytest

from iamfa.evaluate.decide import decide
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Reason, Why
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
OBJECT = "arn:aws:s3:::bucket/key"


def document(kind: Kind = Kind.IDENTITY, **elements: Any) -> Policy:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*", **elements}
    for name in ("Action", "Resource"):
        if f"Not{name}" in elements:
            del statement[name]
    return Policy.from_document({"Version": "2012-10-17", "Statement": [statement]}, kind=kind)


def ask(untold: str = "", principal: str = USER, **context: Any) -> Request:
    named = {name.replace("_", ":", 1): value for name, value in context.items()}
    return Request("s3:GetObject", OBJECT, principal=principal, context=named, unspecified=frozenset(untold.split()))


def reason(request: Request, **elements: Any) -> Reason:
    """The reason of the one statement of an identity-based policy."""
    (only,) = decide(request, Bundle([document(**elements)])).reasons
    return only


def resource_reason(request: Request, **elements: Any) -> Reason:
    """The reason of the one statement of a resource-based policy."""
    (only,) = decide(request, Bundle(resource=document(Kind.RESOURCE, **elements))).reasons
    return only


def place(found: Reason) -> tuple[Why, str | None, int | None]:
    return found.why, found.element, found.item


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, (Why.FITS, "Resource", 0)),
        ({"Resource": ["arn:aws:s3:::other", "*"]}, (Why.FITS, "Resource", 1)),
        ({"NotResource": "arn:aws:s3:::other"}, (Why.FITS, None, None)),
        ({"Action": "iam:*"}, (Why.ACTION_NOT_LISTED, "Action", None)),
        ({"NotAction": ["iam:*", "s3:*"]}, (Why.ACTION_EXCEPTED, "NotAction", 1)),
        ({"Resource": "arn:aws:s3:::other"}, (Why.RESOURCE_NOT_LISTED, "Resource", None)),
        ({"NotResource": ["arn:aws:s3:::o*", "arn:aws:s3:::b*"]}, (Why.RESOURCE_EXCEPTED, "NotResource", 1)),
        ({"Condition": {"Bool": {"aws:x": "true"}}}, (Why.CONDITION_NOT_FULFILLED, "Condition", 0)),
    ],
)
def test_the_first_element_that_does_not_fit_is_the_reason(
    elements: dict[str, Any], expected: tuple[Why, str | None, int | None]
) -> None:
    assert place(reason(ask(), **elements)) == expected


def test_a_resource_that_no_entry_takes_in_is_told() -> None:
    assert reason(ask(), Resource="arn:aws:s3:::other").detail == OBJECT


def test_a_variable_without_a_value_is_told_unless_it_has_a_default() -> None:
    found = reason(ask(), Resource="arn:aws:s3:::${aws:username}/*")
    assert (found.why, found.detail) == (Why.VARIABLE_WITHOUT_VALUE, "`${aws:username}` has no value")
    assert reason(ask(aws_username=["a"]), Resource="arn:aws:s3:::${aws:username}/*").why is Why.VARIABLE_WITHOUT_VALUE
    assert reason(ask(aws_username="a"), Resource="arn:aws:s3:::${aws:username}/*").why is Why.RESOURCE_NOT_LISTED
    assert reason(ask(), Resource="arn:aws:s3:::${aws:username, 'a'}/*").why is Why.RESOURCE_NOT_LISTED


@pytest.mark.parametrize(
    ("context", "words"),
    [({}, "`aws:x` is absent"), ({"aws_x": "no"}, "`aws:x` is 'no'"), ({"aws_x": ["a", "b"]}, "`aws:x` is ['a', 'b']")],
)
def test_a_condition_that_fails_tells_what_it_was_given(context: dict[str, Any], words: str) -> None:
    conditions = {"StringEquals": {"aws:y": "y", "aws:x": "x"}}
    found = reason(ask(aws_y="y", **context), Condition=conditions)
    assert place(found) == (Why.CONDITION_NOT_FULFILLED, "Condition", 1)
    assert found.detail == words


def test_a_condition_that_fails_counts_before_one_that_is_open() -> None:
    conditions = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "Bool": {"aws:x": "true"}}
    assert place(reason(ask("aws:sourceip"), Condition=conditions))[::2] == (Why.CONDITION_NOT_FULFILLED, 1)
    found = reason(ask("aws:sourceip", aws_x="true"), Condition=conditions)
    assert place(found) == (Why.CONDITION_UNKNOWN, "Condition", 0)
    assert found.detail == "`aws:SourceIp` is not known here"
    assert found.matched is None


def test_a_resource_that_hangs_on_an_untold_value_is_open() -> None:
    found = reason(ask("aws:username"), Resource="arn:aws:s3:::${aws:username}/*")
    assert (place(found), found.matched) == ((Why.RESOURCE_UNKNOWN, "Resource", None), None)
    assert reason(ask("aws:username"), NotResource="arn:aws:s3:::${aws:username}/*").element == "NotResource"


def test_who_is_not_meant_is_told_and_who_may_be_meant_is_open() -> None:
    not_named = resource_reason(ask(), Principal={"AWS": "444455556666"})
    assert place(not_named) == (Why.PRINCIPAL_NOT_NAMED, "Principal", None)
    excepted = resource_reason(ask(), Effect="Deny", NotPrincipal={"AWS": [USER, ACCOUNT]})
    assert place(excepted) == (Why.PRINCIPAL_EXCEPTED, "NotPrincipal", None)
    opened = resource_reason(ask(principal=ROLE), Principal={"AWS": SESSION})
    assert (place(opened), opened.matched) == ((Why.PRINCIPAL_UNKNOWN, "Principal", None), None)
    by_identifier = resource_reason(ask(aws_userid="AIDAEXAMPLEEXAMPLE12"), Principal={"AWS": "AIDAEXAMPLEEXAMPLE12"})
    assert by_identifier.why is Why.FITS


def test_who_is_named_but_not_how_closely_is_told_of_a_grant() -> None:
    both = {"AWS": [ROLE, SESSION]}
    granted = resource_reason(ask(principal=ROLE), Principal=both)
    assert (granted.why, granted.element) == (Why.FITS, "Resource")
    assert "not known here" in str(granted.detail)
    assert resource_reason(ask(principal=ROLE), Principal=both, NotResource="arn:aws:s3:::o").detail == granted.detail
    assert resource_reason(ask(principal=ROLE), Principal=both, Effect="Deny").detail is None


def test_a_trust_policy_that_fits_names_no_entry() -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"}
    policy = Policy.from_document({"Version": "2012-10-17", "Statement": [trust]}, kind=Kind.TRUST)
    (only,) = decide(Request("sts:AssumeRole", ROLE, principal=USER), Bundle(resource=policy)).reasons
    assert place(only) == (Why.FITS, None, None)
