"""Actions pass without MFA that no flow needs: warned of, noted where they only list or read, and taken out."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import (
    EVERYTHING_WITH_MFA,
    EXEMPT,
    PRESENT,
    WITH,
    Doc,
    allow,
    deny,
    forcing,
    found,
    grants,
    judge,
    judge_text,
    mended,
    replayed,
    silent,
    the,
    underlined,
)

from iamfa.advise.actions import COMFORT
from iamfa.policy.document import Kind

RULE = "exempt-too-broad"


@pytest.mark.parametrize(
    ("action", "severity"),
    [
        ("s3:GetObject", "warning"),
        ("S3:getobject", "warning"),
        ("s3:PutObject", "warning"),
        ("ec2:RunInstances", "warning"),
        ("sts:GetFederationToken", "warning"),
        ("iam:TagUser", "warning"),
        ("iam:UpdateAccountPasswordPolicy", "warning"),
        ("iam:PassRole", "warning"),
        ("made-up:Action", "warning"),
        ("s3:ListAllMyBuckets", "note"),
        ("iam:ListAccessKeys", "note"),
        ("iam:GetRole", "note"),
        ("iam:GetAccountSummary", "note"),
        ("sts:GetCallerIdentity", "note"),
        ("ec2:DescribeInstances", "note"),
    ],
)
def test_each_is_said_with_the_weight_of_what_it_does(action: str, severity: str) -> None:
    report = judge(forcing(action, Sid="Block"), *grants())
    finding = the(report, RULE, severity)
    assert underlined(report, finding) == f'"{action}"'
    assert finding.message.lower() == f"{action.lower()} passes without mfa, and no flow needs it"
    assert finding.statement_sid == "Block"
    assert replayed(report, finding, everything=True) == "allowed"
    assert (finding.repair is not None) == (severity == "warning")
    if severity == "warning":
        mended(report, finding)


def test_many_are_counted_and_all_entries_taken_out_at_once() -> None:
    report = judge(*grants(), forcing("s3:GetObject", "s3:PutObject", "sqs:SendMessage", "sns:Publish", "iam:TagUser"))
    finding = the(report, RULE, "warning")
    assert finding.message == (
        "s3:GetObject, s3:PutObject, sqs:SendMessage, sns:Publish and 1 more passes without MFA, and no flow needs it"
    )
    after = mended(report, finding)
    assert [v.text for v in after.policy.statements[-1].action.values] == list(EXEMPT)


def test_warning_and_note_are_told_apart() -> None:
    report = judge(*grants(), forcing("sqs:*", "iam:GetRole"))
    assert {f.severity.value for f in found(report, RULE)} == {"warning", "note"}
    warning = next(f for f in found(report, RULE) if f.severity.value == "warning")
    assert underlined(report, warning) == '"sqs:*"'
    assert "sqs:SendMessage" in warning.params["actions"]  # type: ignore[operator] # a list in fact
    after = mended(report, warning)
    assert [v.text for v in after.policy.statements[-1].action.values] == [*EXEMPT, "iam:GetRole"]


def test_an_entry_that_a_flow_needs_is_not_taken_out() -> None:
    report = judge(*grants(), forcing("iam:*Device*"))
    warning = next(f for f in found(report, RULE) if f.severity.value == "warning")
    assert "iam:TagMFADevice" in warning.params["actions"]  # type: ignore[operator] # a list in fact
    assert warning.repair is None


def test_the_comment_of_an_entry_goes_with_it_and_others_stay() -> None:
    text = """{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Resource": "*", "NotAction": [
      "iam:EnableMFADevice", // needed
      "s3:GetObject", // careless
      "iam:ListMFADevices" // needed, too
    ], "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"""
    report = judge_text(text)
    after = mended(report, the(report, RULE, "warning")).policy.source.text
    assert after == text.replace('      "s3:GetObject", // careless\n', "")


def test_two_complementing_denies_lose_the_entry_both() -> None:
    absent = forcing("s3:GetObject", condition={"Null": {PRESENT: "true"}})
    false = forcing("s3:GetObject", condition={"Bool": {PRESENT: "false"}})
    report = judge(*grants(), absent, false)
    assert "s3:GetObject" not in mended(report, the(report, RULE)).policy.source.text
    one_only = judge(*grants(), forcing("s3:GetObject", condition={"Null": {PRESENT: "true"}}), forcing(
        condition={"Bool": {PRESENT: "false"}}))  # fmt: skip
    assert the(one_only, RULE).params == {"actions": ["s3:GetObject"]}
    mended(one_only, the(one_only, RULE))


def test_what_a_deny_spares_by_resource_is_everything_there() -> None:
    report = judge(*grants(), forcing(NotResource=["arn:aws:s3:::public/*", "arn:aws:sqs:*:*:open"]))
    finding = the(report, RULE, "warning")
    assert finding.message == "everything on `arn:aws:s3:::public/x` passes without MFA, and no flow needs it"
    assert underlined(report, finding) == '"arn:aws:s3:::public/*"'
    assert replayed(report, finding, everything=True) == "allowed"


def test_the_only_spared_resource_cannot_be_taken_out() -> None:
    report = judge(*grants(), forcing(NotResource="arn:aws:s3:::public/*"))
    assert the(report, RULE, "warning").repair is None


@pytest.mark.parametrize(
    ("grant", "place", "shown"),
    [
        (allow("sqs:SendMessage", Sid="Queue"), '"sqs:SendMessage"', "sqs:SendMessage"),
        (allow("sqs:*", Sid="Queue"), '"sqs:*"', "sqs:"),
        (allow("*", "arn:aws:sqs:*:*:open", Sid="Queue"), '"*"', "everything on `arn:aws:sqs:"),
        (allow("x:y", "arn:aws:sqs:*:*:open", NotAction="iam:*", Sid="Queue"), '"NotAction"', "everything on `arn:"),
    ],
)
def test_in_a_file_that_forces_by_grant_what_is_granted_without_mfa_is_said(grant: Doc, place: str, shown: str) -> None:
    report = judge(EVERYTHING_WITH_MFA, *grants(), grant)
    assert report.file_class == "forces-by-grant"
    finding = next(f for f in found(report, RULE) if f.severity.value == "warning")
    assert shown in finding.message
    assert finding.statement_sid == "Queue"
    assert finding.reason == "granted without MFA"
    assert underlined(report, finding) == place
    assert replayed(report, finding) == "allowed"
    assert finding.repair is None


def test_what_a_grant_s_further_condition_lets_through_without_mfa_is_said() -> None:
    dev = {"StringEquals": {"aws:ResourceTag/env": "dev"}}
    finding = the(judge(EVERYTHING_WITH_MFA, *grants(), allow("sqs:SendMessage", "*", dev, Sid="Dev")), RULE, "warning")
    assert finding.statement_sid == "Dev"
    finding = the(judge(EVERYTHING_WITH_MFA, allow("*", "*", dev, Sid="Dev")), RULE, "warning")
    assert finding.statement_sid == "Dev"
    assert "everything that meets a grant's conditions" in finding.message


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP, Kind.SESSION])
def test_it_is_found_whatever_the_file_is_attached_as(kind: Kind) -> None:
    report = judge(allow("*"), forcing("s3:GetObject"), kind=kind)
    mended(report, the(report, RULE, "warning"))


def test_a_boundary_without_a_deny_exempts_what_it_lets_through() -> None:
    report = judge(EVERYTHING_WITH_MFA, *grants(), allow("sqs:SendMessage"), kind=Kind.BOUNDARY)
    assert the(report, RULE, "warning").params == {"actions": ["sqs:SendMessage"]}


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(), forcing(*COMFORT)],
        [*grants(), forcing("iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice", "iam:ChangePassword")],
        [*grants(), forcing("sts:AssumeRole", "iam:CreateAccessKey", "iam:UpdateLoginProfile", "iam:CreateUser")],
        [*grants(), forcing("s3:GetObject"), deny("s3:*")],
        [*grants(), forcing("s3:GetObject"), deny("s3:GetObject", condition=None)],
        [*grants(), EVERYTHING_WITH_MFA],
        [*grants(), allow("s3:GetObject")],
        [allow("*")],
        [allow("s3:*", "arn:aws:s3:::b"), deny("sqs:SendMessage")],
        [EVERYTHING_WITH_MFA, *grants(), allow("sqs:*", "*", WITH)],
    ],
)
def test_it_is_silent_for_what_is_needed_comfort_or_said_elsewhere(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_what_was_intended_is_not_too_broad() -> None:
    assert silent(judge(*grants(), forcing("s3:GetObject"), expect_exempt=(*EXEMPT, "s3:Get*")), RULE)
    assert the(judge(*grants(), forcing("s3:GetObject", "sqs:SendMessage"), expect_exempt=("sqs:*",)), RULE).params == {
        "actions": ["s3:GetObject"]
    }
