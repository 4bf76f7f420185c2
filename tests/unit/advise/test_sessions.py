"""Who is no user: what his requests carry, and which entries of a Principal name just him."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import PRESENT, policy

from iamfa.advise.sessions import bearer_of, bearers_in, role_beside, roles_named_by
from iamfa.lifecycle.subject import Subject

ROLE = "arn:aws:iam::123456789012:role/team/app"
SITUATION = {"aws:sourceip": "203.0.113.77", "aws:userid": "AIDAQX", "aws:username": "bob"}


@pytest.mark.parametrize(
    ("type_", "text", "arn", "kind", "present"),
    [
        ("AWS", ROLE, ROLE, "AssumedRole", ("false", None)),
        ("AWS", "arn:aws:sts::123456789012:assumed-role/app/one", "arn:aws:iam::123456789012:role/app", "AssumedRole",
         ("false", None)),
        ("AWS", "arn:aws:sts::123456789012:federated-user/bob", "arn:aws:sts::123456789012:federated-user/bob",
         "FederatedUser", ("false", None)),
        ("Federated", "arn:aws:iam::123456789012:saml-provider/okta", None, None, (None,)),
        ("Federated", "login.example.org", None, None, (None,)),
        ("Service", "ec2.amazonaws.com", None, None, (None,)),
    ],
)  # fmt: skip
def test_a_caller_carries_his_own_keys_and_never_a_user_s(
    type_: str, text: str, arn: str | None, kind: str | None, present: tuple[str | None, ...]
) -> None:
    bearer = bearer_of(type_, text)
    assert bearer is not None
    assert bearer.present == present
    keys = bearer.request("s3:GetObject", "*", present[0], SITUATION).keys
    assert keys.get("aws:principalarn") == arn
    assert keys.get("aws:principaltype") == kind
    assert keys.get(PRESENT.lower()) == present[0]
    assert keys["aws:sourceip"] == "203.0.113.77"
    assert "aws:username" not in keys
    assert keys.get("aws:userid") != "AIDAQX"


def test_only_a_request_that_shows_mfa_has_an_age() -> None:
    bearer = role_beside(Subject.of("own-user"))
    assert "aws:multifactorauthage" in bearer.request("s3:GetObject", "*", "true", {}).keys
    assert "aws:multifactorauthage" not in bearer.request("s3:GetObject", "*", "false", {}).keys


def test_what_is_left_open_is_not_told_unless_it_is_his_own() -> None:
    bearer = role_beside(Subject.of("own-user"))
    asked = {"aws:sourceip", "aws:principalarn", "aws:username", "sts:externalid"}
    request = bearer.request("sts:AssumeRole", "*", None, SITUATION, unspecified=asked)
    assert request.unspecified == {"aws:sourceip", "sts:externalid"}
    assert "aws:sourceip" not in request.keys


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("*", "*"),
        ("AWS", "*"),
        ("AWS", "123456789012"),
        ("AWS", "arn:aws:iam::123456789012:root"),
        ("AWS", "arn:aws:iam::123456789012:user/bob"),
        ("AWS", "AROAQXEXAMPLEROLE0001"),
        ("CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"),
    ],
)
def test_an_entry_among_whom_users_may_be_names_no_such_caller(type_: str, text: str) -> None:
    assert bearer_of(type_, text) is None


def test_each_is_named_once() -> None:
    assert len(bearers_in([("AWS", ROLE), ("AWS", ROLE), ("AWS", "*")])) == 1


def test_roles_are_found_in_conditions_on_the_principal_s_arn() -> None:
    names = ["arn:*:iam::*:role/human-?", "arn:*:iam::*:user/bob", "arn:*:iam::*:role/${aws:x}", "arn:*:iam::*:role/"]
    condition = {"ArnLike": {"aws:PrincipalArn": names}, "StringEquals": {"aws:username": "role/x"}}
    statements = policy({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}).statements
    found = roles_named_by(statements, Subject.of("own-user"))
    assert [b.principal.text for b in found] == ["arn:aws:iam::123456789012:role/human-x"]
