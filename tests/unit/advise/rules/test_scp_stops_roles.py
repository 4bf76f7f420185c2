"""A Deny without MFA that stops roles as a service control policy is warned of, and confined to users."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.advise.judged import (
    AGE,
    EXEMPT,
    PRESENT,
    WITHOUT,
    Doc,
    allow,
    deny,
    document,
    forcing,
    judge,
    judge_text,
    mended,
    options,
    policy,
    silent,
    the,
    underlined,
)

from iamfa.advise.options import ALLOW_ALL
from iamfa.advise.repair import repair
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind

RULE = "scp-stops-roles"
ARN = "aws:PrincipalArn"
USERS = "arn:*:iam::*:user/*"


def confined(condition: dict[str, Any]) -> Doc:
    return forcing(condition={"BoolIfExists": {PRESENT: "false"}, **condition})


def says(report: Any, request: Request) -> str:
    bundle = Bundle([ALLOW_ALL], scps=[[report.policy, ALLOW_ALL]])
    return Decider(bundle).decide(request).decision


@pytest.mark.parametrize(
    "statement",
    [
        forcing(),
        forcing(Sid="Another"),
        forcing(condition={"StringNotEquals": {PRESENT: "true"}}),
        forcing(condition={"Null": {AGE: "true"}}),
        forcing(condition={"NumericGreaterThanIfExists": {AGE: "43200"}}),
        deny(None, None, WITHOUT, NotAction=list(EXEMPT), NotResource="arn:aws:s3:::public/*"),
        confined({"ArnNotLike": {ARN: "arn:aws:iam::*:role/break-glass"}}),
        confined({"ArnNotLike": {ARN: ["arn:aws:iam::*:role/aws-reserved/*", "arn:*:iam::*:role/admin"]}}),
        confined({"StringNotLike": {"aws:userid": "AROAANOTHERROLE:*"}}),
        confined({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        confined({"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}),
        confined({"Bool": {"aws:ViaAWSService": "false"}}),
        confined({"StringNotEquals": {"aws:username": "ci"}}),
        confined({"ArnLike": {ARN: ["arn:*:iam::*:user/*", "arn:*:iam::*:role/*"]}}),
        confined({"ArnLike": {ARN: "arn:*:*:*:*:*"}}),
        confined({"StringLike": {ARN: "*"}}),
    ],
)
def test_it_is_warned_of_in_any_spelling_and_confined_to_users(statement: Doc) -> None:
    report = judge(statement, kind=Kind.SCP)
    finding = the(report, RULE, "warning")
    assert "every session of a role and every federated session: everything outside the list" in finding.message
    assert finding.params == {"kinds": ["role", "federated"], "action": None}
    assert underlined(report, finding) == '"NotAction"'
    assert finding.notes[-1].startswith("the management account")
    assert finding.witness is not None
    assert says(report, finding.witness.request) == "explicit_deny"
    after = mended(report, finding)
    assert says(after, finding.witness.request) == "allowed"
    user = Request.by_user("arn:aws:iam::123456789012:user/division/bob", "ec2:RunInstances", "*", context=_USUAL)
    assert says(after, user) == says(report, user)
    assert after.file_class == report.file_class
    assert after.exempt == report.exempt


_USUAL = {"aws:SourceIp": "203.0.113.77", "aws:userid": "AIDAX", "aws:PrincipalOrgID": "o-abcdefghij"}


def test_a_session_that_lacks_the_key_passes_bool_and_one_of_a_role_does_not() -> None:
    report = judge(forcing(condition={"Bool": {PRESENT: "false"}}), kind=Kind.SCP)
    assert the(report, RULE, "warning").params["kinds"] == ["role"]


def test_a_named_set_is_named() -> None:
    report = judge(deny(["ec2:TerminateInstances", "ec2:StopInstances"], "*", WITHOUT), kind=Kind.SCP)
    finding = the(report, RULE, "warning")
    assert "ec2:StopInstances, ec2:TerminateInstances is denied" in finding.message
    assert finding.params["action"] == "ec2:TerminateInstances"
    assert mended(report, finding).file_class == "protects-a-set"


@pytest.mark.broad
def test_every_deny_that_stops_roles_is_confined_and_others_are_left_alone() -> None:
    regions = deny("*", "*", {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}})
    root = deny("*", "*", {"ArnLike": {ARN: "arn:aws:iam::*:root"}})
    report = judge(forcing(), regions, root, deny("iam:*", "*", WITHOUT), kind=Kind.SCP)
    after = mended(report, the(report, RULE)).policy
    assert [sum(c.values[0].text == USERS for c in s.conditions) for s in after.statements] == [1, 0, 0, 1]


def test_a_tag_that_exempts_makes_it_a_note() -> None:
    report = judge(confined({"StringNotEquals": {"aws:PrincipalTag/mfa-exempt": "true"}}), kind=Kind.SCP)
    finding = the(report, RULE, "note")
    assert "that does not bear the exempted tag" in finding.message
    assert silent(mended(report, finding), RULE)


@pytest.mark.parametrize(
    "pattern", ["arn:*:iam::*:role/aws-reserved/sso.amazonaws.com/*", "arn:aws:iam::*:role/human-?"]
)
def test_a_deny_that_names_roles_stops_just_those_and_has_no_repair(pattern: str) -> None:
    finding = the(judge(confined({"ArnLike": {ARN: [USERS, pattern]}}), kind=Kind.SCP), RULE, "warning")
    assert "every session of the role `arn:aws:iam::123456789012:role/" in finding.message
    assert finding.repair is None
    assert silent(judge(confined({"ArnLike": {ARN: "arn:*:iam::*:role/"}}), kind=Kind.SCP), RULE)


def test_a_statement_that_compares_the_key_with_every_operator_already_gets_no_repair() -> None:
    taken = {operator: {ARN: "arn:*:*:*:*:*"} for operator in ("ArnLike", "StringLike", "ArnEquals")}
    assert the(judge(confined(taken), kind=Kind.SCP), RULE, "warning").repair is None
    two = {operator: {ARN: "arn:*:*:*:*:*"} for operator in ("ArnLike", "StringLike")}
    report = judge(confined(two), kind=Kind.SCP)
    assert silent(mended(report, the(report, RULE)), RULE)


@pytest.mark.parametrize(("room", "offered"), [(200, True), (20, False)])
def test_a_policy_that_would_become_too_large_gets_no_repair_white_space_counts(room: int, offered: bool) -> None:
    text = json.dumps(document(forcing()), indent=2)
    text = text.replace("{", "{" + " " * (10_240 - len(text) - room), 1)
    finding = the(judge_text(text, kind=Kind.SCP), RULE, "warning")
    assert (finding.repair is not None) is offered
    assert any("larger than a service control policy may be" in note for note in finding.notes) is not offered


@pytest.mark.broad
def test_fix_says_that_roles_pass_again() -> None:
    hardened = repair(policy(forcing(), kind=Kind.SCP), options=options(kind=Kind.SCP), hardened=True)
    assert [f.rule for f in hardened.applied] == [RULE]
    words = "everything that no list names, by sessions of roles and federated sessions, where something grants it"
    assert words in hardened.newly_permits
    some = repair(policy(deny("s3:*"), kind=Kind.SCP), options=options(kind=Kind.SCP), rules=[RULE])
    assert any("by sessions of roles" in each and "s3:" in each for each in some.newly_permits)


@pytest.mark.parametrize(
    "statement",
    [
        confined({"ArnLike": {ARN: USERS}}),
        confined({"ArnEquals": {ARN: "arn:aws:iam::*:user/*"}}),
        confined({"StringLike": {ARN: "arn:aws:iam::*:user/*"}}),
        confined({"ArnNotLike": {ARN: "arn:aws:iam::*:role/*"}}),
        confined({"ArnNotLikeIfExists": {ARN: ["arn:*:iam::*:role/*", "arn:*:sts::*:federated-user/*"]}}),
        confined({"StringNotLike": {ARN: "*:role/*"}}),
        confined({"StringEquals": {"aws:PrincipalType": "User"}}),
        confined({"StringNotEquals": {"aws:PrincipalType": "AssumedRole"}}),
        confined({"Null": {"aws:username": "false"}}),
        confined({"StringLike": {"aws:username": "*"}}),
        confined({"StringLike": {"aws:userid": "AIDA*"}}),
        confined({"StringEquals": {"aws:PrincipalTag/human": "true"}}),
        deny("*", "*", {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        deny("iam:CreateUser", "*", None),
        allow("*", "*"),
        deny("*", "*", {"BoolIfExists": {PRESENT: ["true", "false"]}}),
    ],
)
def test_it_is_silent_where_roles_pass_or_mfa_is_not_the_matter(statement: Doc) -> None:
    assert silent(judge(statement, kind=Kind.SCP), RULE)


@pytest.mark.parametrize("kind", [None, Kind.IDENTITY, Kind.BOUNDARY, Kind.ROLE])
def test_it_speaks_of_service_control_policies_only(kind: Kind | None) -> None:
    assert silent(judge(forcing(), kind=kind), RULE)
