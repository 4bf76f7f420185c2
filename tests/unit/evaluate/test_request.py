"""One request: what it takes, what it refuses, when two are the same."""

from __future__ import annotations

from typing import Any

import pytest

from iamfa.errors import RequestError
from iamfa.evaluate.principal import Principal
from iamfa.evaluate.request import Request, is_action

ALICE = "arn:aws:iam::111122223333:user/alice"
PHONE = "arn:aws:iam::111122223333:mfa/phone"


def test_the_context_is_kept_as_given_and_once_more_with_keys_in_lower_case() -> None:
    request = Request("IAM:ListUsers", "*", context={"aws:Username": "alice", "aws:TagKeys": ["a", "b"]})
    assert request.action_key == "iam:listusers"
    assert request.context == {"aws:Username": "alice", "aws:TagKeys": ("a", "b")}
    assert request.keys == {"aws:username": "alice", "aws:tagkeys": ("a", "b")}


def test_a_principal_may_be_given_taken_apart_or_as_text() -> None:
    parsed = Principal.parse(ALICE)
    assert Request("iam:ListUsers", "*", principal=parsed).principal is parsed
    assert Request("iam:ListUsers", "*", principal=ALICE).principal == parsed
    assert Request("iam:ListUsers", "*").principal.text is None


@pytest.mark.parametrize(
    "action",
    [
        "", "ListUsers", ":ListUsers", "iam:", "iam:List*", "iam:List?sers", "iam:a:b", "i m:ListUsers", "-:ListUsers",
        "iam:Liſt", None, 5,
    ],
)  # fmt: skip
def test_what_is_no_action_is_refused(action: Any) -> None:
    assert not is_action(action)
    with pytest.raises(RequestError, match="no action"):
        Request(action, "*")


@pytest.mark.parametrize("action", ["iam:ListUsers", "execute-api:Invoke", "s3:GetObject", "a4b:Get_It", "x:a-b"])
def test_an_action_is_a_service_and_a_name(action: str) -> None:
    assert is_action(action)


@pytest.mark.parametrize("resource", ["", None, 5, ["*"]])
def test_a_request_names_one_resource(resource: Any) -> None:
    with pytest.raises(RequestError, match="names no resource"):
        Request("iam:ListUsers", resource)


def test_the_same_requester_asks_for_something_else_in_the_same_context() -> None:
    first = Request.by_user(ALICE, "iam:ListUsers", "*", credential="token-mfa", context={"aws:TagKeys": ["a", "b"]})
    other = first.asking("IAM:CreateVirtualMFADevice", PHONE)
    assert other == Request(
        "iam:createvirtualmfadevice", PHONE,
        principal=first.principal, context=first.context, unspecified=first.unspecified,
    )  # fmt: skip
    assert (other.action, other.plain, other.context) == ("IAM:CreateVirtualMFADevice", first.plain, first.context)
    assert (first.action, first.resource) == ("iam:ListUsers", "*")
    with pytest.raises(RequestError, match="no action"):
        first.asking("iam:List*", "*")
    with pytest.raises(RequestError, match="names no resource"):
        first.asking("iam:ListUsers", "")


@pytest.mark.parametrize("value", [5, True, None, {"a": "b"}, ["a", 5], [["a"]], b"a"])
def test_a_value_of_the_context_is_a_text_or_a_list_of_texts(value: Any) -> None:
    with pytest.raises(RequestError, match="aws:x"):
        Request("iam:ListUsers", "*", context={"aws:x": value})


def test_a_key_in_two_spellings_is_refused() -> None:
    with pytest.raises(RequestError, match="differ only in case"):
        Request("iam:ListUsers", "*", context={"aws:username": "alice", "aws:UserName": "bob"})


def test_two_requests_are_equal_where_they_ask_the_same_thing() -> None:
    one = Request("iam:ListUsers", "*", principal=ALICE, context={"aws:username": "alice"})
    same = Request("IAM:listusers", "*", principal=ALICE, context={"AWS:UserName": "alice"})
    assert one == same
    assert hash(one) == hash(same)
    assert one != Request("iam:ListUsers", "*", principal=ALICE)
    assert one != Request("iam:ListUsers", "*", principal=ALICE, context={"aws:username": "bob"})
    assert one != "iam:ListUsers"


def test_a_request_shows_what_it_asks() -> None:
    assert repr(Request("iam:ListUsers", "*", principal=ALICE)) == (
        f"Request('iam:ListUsers', '*', principal='{ALICE}', context={{}})"
    )


def test_the_short_way_is_for_those_whom_only_their_policies_allow_and_of_whom_all_is_told() -> None:
    assert Request("iam:ListUsers", "*", principal=ALICE).plain
    assert not Request("iam:ListUsers", "*", principal=ALICE, unspecified=frozenset({"aws:sourceip"})).plain
    for other in (None, "arn:aws:iam::111122223333:root", "ec2.amazonaws.com"):
        assert not Request("iam:ListUsers", "*", principal=other).plain


def test_a_users_request_carries_what_aws_would_send_with_his_credential() -> None:
    request = Request.by_user(ALICE, "iam:CreateVirtualMFADevice", PHONE)
    assert request.keys["aws:username"] == "alice"
    assert request.keys["aws:principalarn"] == ALICE
    assert "aws:multifactorauthpresent" not in request.keys
    assert "aws:sourceip" in request.unspecified
    assert (
        Request.by_user(ALICE, "iam:ListUsers", "*", credential="token-mfa").keys["aws:multifactorauthpresent"]
        == "true"
    )


def test_what_is_told_of_a_users_request_replaces_what_would_be_made() -> None:
    request = Request.by_user(
        ALICE, "iam:ListUsers", "*", credential="console", context={"AWS:SourceIp": "10.0.0.1", "AWS:USERNAME": "x"}
    )
    assert request.keys["aws:sourceip"] == "10.0.0.1"
    assert request.keys["aws:username"] == "x"
    assert "aws:sourceip" not in request.unspecified
    assert request.keys["aws:multifactorauthpresent"] == "false"
