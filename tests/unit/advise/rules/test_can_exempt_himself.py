"""Who can change what the enforcement looks at is found: an error without MFA, a warning with it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    EVERYTHING_WITH_MFA,
    OWN_USER,
    PRESENT,
    Doc,
    allow,
    deny,
    forcing,
    found,
    grants,
    judge,
    mended,
    replayed,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "can-exempt-himself"
TAG, ARN, NAME = "aws:PrincipalTag/mfa-exempt", "aws:PrincipalArn", "aws:username"
SERVICE = "arn:aws:iam::*:user/service/*"
BY_TAG: dict[str, Any] = {"StringNotEquals": {TAG: "true"}}
BY_PATH: dict[str, Any] = {"ArnNotLike": {ARN: SERVICE}}
BY_NAME: dict[str, Any] = {"StringNotLike": {NAME: "svc-*"}}
HUMANS: dict[str, Any] = {"StringEquals": {"aws:PrincipalTag/kind": "human"}}
STAFF: dict[str, Any] = {"ArnLike": {ARN: "arn:aws:iam::*:user/staff/*"}}
TAG_USER, UNTAG_USER, UPDATE_USER = "iam:TagUser", "iam:UntagUser", "iam:UpdateUser"


def sparing(condition: dict[str, Any], *more: str, **others: Any) -> Doc:
    return forcing(*more, condition={"BoolIfExists": {PRESENT: "false"}, **condition}, **others)


WITH_MFA: list[tuple[dict[str, Any], Doc, str]] = [
    (BY_TAG, allow(TAG_USER, OWN_USER), TAG_USER),
    (BY_TAG, allow("iam:Tag*", "*"), TAG_USER),
    (BY_TAG, allow("IAM:taguser", ["arn:aws:iam::123456789012:user/*"]), TAG_USER),
    (BY_TAG, allow(None, NotAction="s3:*"), TAG_USER),
    (BY_TAG, allow(TAG_USER, NotResource="arn:aws:iam::*:user/admins/*"), TAG_USER),
    (BY_TAG, EVERYTHING_WITH_MFA, TAG_USER),
    (BY_TAG, allow(TAG_USER, "*", {"ForAnyValue:StringEquals": {"aws:TagKeys": ["mfa-exempt", "x"]}}), TAG_USER),
    ({"Null": {TAG: "true"}}, allow(TAG_USER), TAG_USER),
    ({"StringNotLikeIfExists": {TAG: "y*"}}, allow(TAG_USER), TAG_USER),
    (HUMANS, allow(UNTAG_USER, OWN_USER), UNTAG_USER),
    (HUMANS, allow(TAG_USER, OWN_USER), TAG_USER),
    ({"Null": {"aws:PrincipalTag/human": "false"}}, allow(UNTAG_USER), UNTAG_USER),
    (BY_PATH, allow(UPDATE_USER), UPDATE_USER),
    (BY_PATH, allow(UPDATE_USER, [OWN_USER, "arn:aws:iam::*:user/*/${aws:username}"]), UPDATE_USER),
    ({"StringNotLike": {ARN: "*:user/service/*"}}, allow("iam:*"), UPDATE_USER),
    (STAFF, allow(UPDATE_USER), UPDATE_USER),
    (BY_NAME, allow(UPDATE_USER, "arn:aws:iam::*:user/*"), UPDATE_USER),
]


@pytest.mark.parametrize(("condition", "grant", "action"), WITH_MFA)
def test_with_a_session_with_mfa_it_is_a_warning(condition: dict[str, Any], grant: Doc, action: str) -> None:
    report = judge(*grants(), grant, sparing(condition))
    finding = the(report, RULE, "warning")
    assert f"with one session with MFA, by {action}: MFA is not asked of " in finding.message
    assert finding.params == {"actions": [action], "without_mfa": False, "granted": True}
    assert finding.statement_index == 2
    assert finding.reason == "granted on himself"
    assert finding.witness is not None
    assert finding.witness.credential == "token-mfa"
    assert replayed(report, finding) == "allowed"
    assert finding.repair is None


WITHOUT_MFA: list[tuple[dict[str, Any], str, str]] = [
    (BY_TAG, TAG_USER, TAG_USER),
    (BY_TAG, "iam:Tag*", TAG_USER),
    (BY_TAG, "IAM:TAGUSER", TAG_USER),
    (HUMANS, UNTAG_USER, UNTAG_USER),
    (BY_PATH, UPDATE_USER, UPDATE_USER),
    (BY_NAME, "iam:UpdateU*", UPDATE_USER),
]


@pytest.mark.parametrize(("condition", "entry", "action"), WITHOUT_MFA)
def test_without_mfa_it_is_an_error_whoever_grants_it(condition: dict[str, Any], entry: str, action: str) -> None:
    report = judge(*grants(), sparing(condition, entry))
    finding = the(report, RULE, "error")
    assert finding.message.startswith(f"the user can exempt himself without MFA, by {action}, where something grants")
    assert finding.params == {"actions": [action], "without_mfa": True, "granted": False}
    assert underlined(report, finding) == f'"{entry}"'
    assert replayed(report, finding, everything=True) == "allowed"
    assert [call.granted for call in finding.trace] == [False] * len(finding.trace)


def test_granted_and_exempt_is_said_as_one_error() -> None:
    report = judge(*grants(), allow(TAG_USER, OWN_USER), sparing(BY_TAG, TAG_USER))
    finding = the(report, RULE, "error")
    assert "where something grants it" not in finding.message
    assert finding.trace[0].granted
    # Taken out of the list it still needs one session with MFA.
    assert the(mended(report, finding), RULE, "warning")


def test_without_the_grant_the_repair_ends_it() -> None:
    report = judge(*grants(), sparing(BY_TAG, TAG_USER))
    assert silent(mended(report, the(report, RULE)), RULE)


def test_a_rename_is_two_resources() -> None:
    report = judge(*grants(), allow(UPDATE_USER), sparing(BY_PATH))
    assert [call.resource for call in the(report, RULE).trace] == [
        "arn:aws:iam::123456789012:user/own-user",
        "arn:aws:iam::123456789012:user/service/own-user",
    ]


def test_two_exceptions_at_once_take_both_calls() -> None:
    statements = [*grants(), sparing(BY_TAG), sparing(BY_PATH)]
    assert silent(judge(*statements, allow(TAG_USER)), RULE)
    finding = the(judge(*statements, allow([TAG_USER, UPDATE_USER])), RULE, "warning")
    assert finding.params["actions"] in ([TAG_USER, UPDATE_USER], [UPDATE_USER, TAG_USER])


def test_what_a_file_given_besides_grants_is_evidence() -> None:
    assert the(judge(sparing(BY_TAG), beside=[allow(TAG_USER)]), RULE, "warning").statement_index is None


@pytest.mark.parametrize("kind", [Kind.SCP, Kind.BOUNDARY])
def test_in_a_service_control_policy_or_a_boundary_what_is_granted_besides_counts(kind: Kind) -> None:
    statements = [allow("*"), sparing(BY_TAG)]
    assert the(judge(*statements, kind=kind, beside=[allow(TAG_USER)]), RULE, "warning")
    assert silent(judge(*statements, kind=kind), RULE)


def test_whoever_leaves_the_group_leaves_its_policy_behind() -> None:
    leave = "iam:RemoveUserFromGroup"
    statements = [*grants(), allow(leave), forcing()]
    finding = the(judge(*statements, kind=Kind.GROUP), RULE, "warning")
    assert finding.message.endswith("whoever leaves the group leaves the policy behind")
    assert the(judge(*grants(), forcing(leave), kind=Kind.GROUP), RULE, "error")
    assert silent(judge(*statements), RULE), "nobody said that it is a group's"
    assert silent(judge(allow("*"), forcing(), kind=Kind.GROUP), RULE), "an administrator leaves his grants behind, too"
    unsaid = the(judge(*grants(), forcing(leave)), RULE, "error")
    assert unsaid.message.endswith("leaves the policy behind, if it is attached to a group")
    assert silent(judge(*grants(), forcing(leave), kind=Kind.USER), RULE)
    assert silent(judge(*grants(), forcing(), kind=Kind.GROUP), RULE)
    assert silent(judge(*grants(), allow(leave, "arn:aws:iam::*:group/project-*"), forcing(), kind=Kind.GROUP), RULE)


def test_a_grant_that_spares_a_tag_can_be_entered_as_well() -> None:
    spares = allow("*", "*", {"StringEquals": {TAG: "true"}})
    assert the(judge(EVERYTHING_WITH_MFA, spares), RULE, "warning")
    assert the(judge(EVERYTHING_WITH_MFA, spares, allow(TAG_USER, OWN_USER)), RULE, "error")
    guard = deny(TAG_USER, "*", {"ForAnyValue:StringLike": {"aws:TagKeys": "mfa-*"}})
    assert silent(judge(EVERYTHING_WITH_MFA, spares, guard), RULE)


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), sparing(BY_TAG)],
        [*grants(), allow(TAG_USER), forcing()],
        [*grants(), forcing(TAG_USER)],
        [*grants(), allow(UNTAG_USER), sparing(BY_TAG)],
        [*grants(), allow(TAG_USER), sparing(BY_PATH)],
        [*grants(), allow(UPDATE_USER), sparing(BY_TAG)],
        [*grants(), allow(UPDATE_USER, OWN_USER), sparing(BY_PATH)],
        [*grants(), allow(TAG_USER, "arn:aws:iam::*:user/service/*"), sparing(BY_TAG)],
        [*grants(), allow(TAG_USER, "*", {"ForAllValues:StringEquals": {"aws:TagKeys": "team"}}), sparing(BY_TAG)],
        [*grants(), allow(TAG_USER), deny(TAG_USER, "*", {"StringLike": {f"aws:RequestTag/{'mfa-exempt'}": "*"}}),
         sparing(BY_TAG)],
        [*grants(), allow("iam:*"), deny([TAG_USER, UNTAG_USER], OWN_USER, None), sparing(BY_TAG)],
        [*grants(), allow("*"), sparing({"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}})],
        [*grants(), allow("*"), sparing({"Bool": {"aws:ViaAWSService": "false"}})],
        [*grants(), allow("*"), sparing(BY_TAG), sparing({"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}})],
        [*grants(), allow("iam:AddUserToGroup"), sparing(BY_TAG)],
    ],
)  # fmt: skip
def test_it_is_silent_where_the_user_cannot_change_it(statements: list[Doc]) -> None:
    assert found(judge(*statements), RULE) == []
