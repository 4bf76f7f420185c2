"""Whom the enforcement spares is noted, by whatever condition, with a request of it that passes without MFA."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    EVERYTHING_WITH_MFA,
    PRESENT,
    SESSION,
    WITHOUT,
    Doc,
    allow,
    deny,
    forcing,
    found,
    grants,
    judge,
    replayed,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "exempt-by-condition"
TAG, ARN, IP, NAME = "aws:PrincipalTag/mfa-exempt", "aws:PrincipalArn", "aws:SourceIp", "aws:username"
SERVICE = "arn:aws:iam::*:user/service/*"


def sparing(condition: dict[str, Any], **more: Any) -> Doc:
    merged: dict[str, Any] = {"BoolIfExists": {PRESENT: "false"}}
    for operator, keys in condition.items():
        merged[operator] = {**merged.get(operator, {}), **keys}
    return forcing(condition=merged, **more)


SPELLINGS: list[tuple[dict[str, Any], str]] = [
    ({"StringNotEquals": {TAG: "true"}}, "whoever bears the tag `mfa-exempt` = `true`"),
    ({"StringNotEqualsIfExists": {TAG: "true"}}, "whoever bears the tag `mfa-exempt` = `true`"),
    ({"StringNotEqualsIgnoreCase": {"AWS:principaltag/mfa-exempt": ["true", "yes"]}}, "= `true` or `yes`"),
    ({"StringNotLike": {TAG: "t*"}}, "whoever bears the tag `mfa-exempt` = `t*`"),
    ({"Null": {TAG: "true"}}, "requests that carry `aws:PrincipalTag/mfa-exempt`"),
    ({"Null": {"aws:PrincipalTag/human": "false"}}, "requests that do not carry `aws:PrincipalTag/human`"),
    ({"StringEquals": {"aws:PrincipalTag/kind": "human"}}, "whoever does not bear the tag `kind` = `human`"),
    ({"ArnNotLike": {ARN: SERVICE}}, "users under the path `/service/`"),
    ({"ArnNotEquals": {ARN: ["arn:*:iam::*:user/bots/*", SERVICE]}}, "under the path `/bots/` or `/service/`"),
    ({"StringNotLike": {ARN: "*:user/service/*"}}, "users under the path `/service/`"),
    ({"ArnNotLike": {ARN: "arn:aws:iam::*:user/svc-*"}}, "users with the ARN `arn:aws:iam::*:user/svc-*`"),
    ({"StringNotEquals": {ARN: "arn:aws:iam::123456789012:user/ci"}}, "users with the ARN `arn:aws:iam::1234"),
    ({"ArnLike": {ARN: "arn:aws:iam::*:user/staff/*"}}, "all users but those under the path `/staff/`"),
    ({"StringNotEquals": {NAME: ["ci", "deploy"]}}, "users named `ci` or `deploy`"),
    ({"StringLike": {NAME: "human-*"}}, "all users but those named `human-*`"),
    ({"NotIpAddress": {IP: ["198.51.100.0/24", "2001:db8:1234::/48"]}}, "requests from `198.51.100.0/24` or `2001"),
    ({"NotIpAddressIfExists": {IP: "198.51.100.7"}}, "requests from `198.51.100.7`"),
    ({"IpAddress": {IP: "203.0.113.0/24"}}, "requests from elsewhere than `203.0.113.0/24`"),
    ({"Bool": {"aws:ViaAWSService": "false"}}, "calls that an AWS service forwards (`aws:ViaAWSService`)"),
    ({"BoolIfExists": {"aws:ViaAWSService": "false"}}, "calls that an AWS service forwards"),
    ({"StringNotEquals": {"aws:ViaAWSService": "true"}}, "calls that an AWS service forwards"),
    ({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}, "do not fulfil `StringNotEquals` of `aws:SourceVpc`"),
    ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "do not fulfil `DateGreaterThan`"),
    ({"StringNotEquals": {"aws:ResourceTag/public": "yes"}}, "of `aws:ResourceTag/public` and `yes`"),
    ({"StringNotEquals": {"aws:PrincipalTag/owner": "${aws:username}"}}, "the tag `owner` = `${aws:username}`"),
    ({"StringNotEquals": {TAG: [f"v{n}" for n in range(9)]}}, "= `v0` or `v1` or `v2` or `v3` …"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "words"), SPELLINGS)
def test_who_is_exempt_is_named_and_shown(condition: dict[str, Any], words: str) -> None:
    report = judge(*grants(), sparing(condition, Sid="Block"))
    finding = the(report, RULE, "note")
    assert finding.message.startswith("exempt from MFA: ")
    assert words in finding.message
    assert finding.statement_sid == "Block"
    (key,) = {k for keys in condition.values() for k in keys}
    assert underlined(report, finding).startswith(f'"{key}"')
    assert finding.reason == "the Deny does not bear where this does not hold"
    assert finding.witness is not None
    assert finding.witness.credential == "long-term-key"
    assert replayed(report, finding, everything=True) == "allowed"
    assert finding.repair is None


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP, Kind.GROUP])
def test_it_is_noted_whatever_the_file_is_attached_as(kind: Kind) -> None:
    assert the(judge(allow("*"), sparing({"StringNotEquals": {TAG: "true"}}), kind=kind), RULE, "note")


def test_each_condition_of_one_statement_spares_a_set_of_its_own() -> None:
    report = judge(sparing({"NotIpAddress": {IP: "198.51.100.0/24"}, "Bool": {"aws:ViaAWSService": "false"}}))
    assert [f.message.removeprefix("exempt from MFA: ") for f in found(report, RULE)] == [
        "requests from `198.51.100.0/24`",
        "calls that an AWS service forwards (`aws:ViaAWSService`)",
    ]


def test_of_two_denies_only_what_both_spare_is_exempt() -> None:
    report = judge(sparing({"NotIpAddress": {IP: "198.51.100.0/24"}}), sparing({"StringNotEquals": {TAG: "true"}}))
    finding = the(report, RULE, "note")
    assert finding.message == (
        "exempt from MFA: requests from `198.51.100.0/24`, and at once whoever bears the tag `mfa-exempt` = `true`"
    )
    conditions = finding.params["conditions"]
    assert isinstance(conditions, list)
    assert [c["key"] for c in conditions] == [IP, TAG]
    assert replayed(report, finding, everything=True) == "allowed"


def test_path_and_name_together_are_one_user() -> None:
    report = judge(sparing({"ArnNotLike": {ARN: SERVICE}}), sparing({"StringNotEquals": {NAME: "ci"}}))
    finding = the(report, RULE, "note")
    assert finding.witness is not None
    assert finding.witness.request.principal.text == "arn:aws:iam::123456789012:user/service/ci"
    assert replayed(report, finding, everything=True) == "allowed"


def test_what_a_file_given_besides_spares_is_told_without_a_place() -> None:
    report = judge(forcing(), beside=[sparing({"StringNotEquals": {TAG: "true"}})])
    assert silent(report, RULE), "the file itself spares nobody"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"IpAddress": {IP: "198.51.100.0/24"}}, "requests from `198.51.100.0/24`"),
        ({"NotIpAddress": {IP: "203.0.113.0/24"}}, "requests from elsewhere than `203.0.113.0/24`"),
        ({"StringEquals": {TAG: "true"}}, "whoever bears the tag `mfa-exempt` = `true`"),
        ({"ArnLike": {ARN: SERVICE}}, "users under the path `/service/`"),
        ({"Bool": {"aws:ViaAWSService": "true"}}, "calls that an AWS service forwards (`aws:ViaAWSService`)"),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, "requests that fulfil `StringEquals` of"),
        (
            {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {NAME: "ci"}},
            "users named `ci`",
        ),
    ],
)
def test_a_grant_without_mfa_that_spares_somebody_is_noted_beside_one_with_mfa(condition: Doc, words: str) -> None:
    report = judge(EVERYTHING_WITH_MFA, allow("*", "*", condition, Sid="Spares"))
    assert report.file_class == "forces-by-grant"
    finding = the(report, RULE, "note")
    assert words in finding.message
    assert finding.statement_sid == "Spares"
    assert finding.reason == "grants without MFA where this holds"
    assert replayed(report, finding) == "allowed"


def test_a_grant_of_conditions_that_cannot_hold_together_spares_nobody() -> None:
    never = {"StringEquals": {NAME: "ci"}, "StringLike": {NAME: "bot-*"}}
    assert silent(judge(EVERYTHING_WITH_MFA, allow("*", "*", never)), RULE)
    refused = deny("*", "*", {"StringEquals": {NAME: "ci"}})
    assert silent(judge(EVERYTHING_WITH_MFA, refused, allow("*", "*", {"StringEquals": {NAME: "ci"}})), RULE)


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [sparing({"ArnLike": {ARN: "arn:*:iam::*:user/*"}})],
        [sparing({"StringEquals": {"aws:PrincipalType": "User"}})],
        [sparing({"StringEquals": {"aws:PrincipalOrgID": "o-abc"}})],
        [sparing({"ArnNotLike": {ARN: "arn:aws:iam::*:role/*"}})],
        [sparing({"StringNotEquals": {TAG: "true"}}), forcing()],
        [sparing({"StringNotEquals": {TAG: "a"}}), sparing({"StringNotEquals": {TAG: "b"}})],
        [sparing({"StringNotEquals": {TAG: "true"}}), deny("*", "*", None, NotAction=[SESSION])],
        [EVERYTHING_WITH_MFA, *grants()],
        [allow("*"), deny("ec2:TerminateInstances", "*", {**WITHOUT, "StringNotEquals": {TAG: "true"}})],
        [allow("*")],
    ],
)
def test_it_is_silent_where_no_user_is_spared(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_four_denies_with_an_exception_each_are_followed_no_further() -> None:
    keys = [f"aws:PrincipalTag/{letter}" for letter in "abcd"]
    assert silent(judge(*(sparing({"StringNotEquals": {key: "x"}}) for key in keys)), RULE)
