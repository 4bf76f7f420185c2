"""A condition key that neither the table of global keys nor the catalogue holds."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import WITHOUT, allow, forcing, found, grants, judge, silent, the, underlined

RULE = "unknown-key"


@pytest.mark.parametrize(
    ("key", "close"),
    [
        ("aws:MultiFactorAuthPresents", "aws:MultiFactorAuthPresent"),
        ("aws:MultifactorAuthenticationPresent", "aws:MultiFactorAuthPresent"),
        ("aws:MFAPresent", None),
        ("aws:SourceIpp", "aws:SourceIp"),
        ("s3:prefixx", None),
    ],
)
def test_it_is_warned_of_where_it_stands(key: str, close: str | None) -> None:
    report = judge(*grants(), forcing(condition={"StringEquals": {key: "x"}, **WITHOUT}, Sid="Block"))
    finding = the(report, RULE, "warning")
    assert finding.message == f"`{key}` is no condition key that is known"
    assert underlined(report, finding) == f'"{key}"'
    assert finding.statement_sid == "Block"
    assert finding.params["key"] == key
    if close is not None:
        assert close in finding.params["close"]  # type: ignore[operator] # a list in fact
        assert finding.reason is not None
        assert finding.reason.startswith("did you mean ")


def test_without_a_close_name_it_says_that_no_request_carries_it() -> None:
    finding = the(judge(allow("*", "*", {"Bool": {"qqqq:zzzzzz": "true"}})), RULE, "warning")
    assert finding.params["close"] == []
    assert finding.reason == "a request never carries it, as far as is known"


def test_each_is_said_once_for_each_condition() -> None:
    report = judge(allow("*", "*", {"Bool": {"aws:Nope": "true"}, "Null": {"aws:Nada": "true"}}))
    assert [f.params["key"] for f in found(report, RULE)] == ["aws:Nope", "aws:Nada"]


def test_with_an_old_catalogue_it_is_a_note() -> None:
    assert the(judge(allow("*", "*", {"Bool": {"aws:Nope": "true"}}), catalogue_age_days=None), RULE, "note")


def test_what_aws_retired_is_a_note() -> None:
    condition = {"StringEquals": {"aws:PrincipalOrgMasterAccountId": "123456789012"}}
    assert the(judge(allow("*", "*", condition)), RULE, "note")


@pytest.mark.parametrize(
    "key",
    [
        "aws:MultiFactorAuthPresent", "AWS:multifactorauthage", "aws:PrincipalTag/Team", "aws:RequestTag/x",
        "aws:ResourceTag/env", "iam:RegisterSecurityKey", "iam:PassedToService", "s3:prefix", "ec2:ResourceTag/env",
        "ec2:InstanceType", "accounts.google.com:aud", "oidc.example.org:sub", "saml:aud", "sts:ExternalId",
        "kms:EncryptionContext:Department", "token.actions.githubusercontent.com:sub",
    ],
)  # fmt: skip
def test_documented_keys_and_those_of_identity_providers_are_left_alone(key: str) -> None:
    assert silent(judge(allow("*", "*", {"StringEqualsIfExists": {key: "x"}})), RULE)
