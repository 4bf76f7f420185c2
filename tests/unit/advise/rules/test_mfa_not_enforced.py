"""Without MFA some kind of credential passes a file that demands it: which kind, where, and the repair."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    AGE,
    CREATE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    EXEMPT,
    PRESENT,
    WITH,
    WITHOUT,
    WITHOUT_MFA,
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

from iamfa.policy.document import Kind
from iamfa.policy.edit import apply

RULE = "mfa-not-enforced"
KEY, PASSWORD = ["long-term-key"], ["token", "console"]

BROKEN: list[tuple[dict[str, Any], list[str], str]] = [
    ({"Bool": {PRESENT: "false"}}, KEY, PRESENT),
    ({"Bool": {PRESENT: False}}, KEY, PRESENT),
    ({"Bool": {"AWS:multifactorauthpresent": ["false"]}}, KEY, "AWS:multifactorauthpresent"),
    ({"StringEquals": {PRESENT: "false"}}, KEY, PRESENT),
    ({"StringEqualsIgnoreCase": {PRESENT: "FALSE"}}, KEY, PRESENT),
    ({"StringLike": {PRESENT: "fals*"}}, KEY, PRESENT),
    ({"ForAnyValue:Bool": {PRESENT: "false"}}, KEY, PRESENT),
    ({"Null": {PRESENT: "true"}}, PASSWORD, PRESENT),
    ({"Null": {PRESENT: True}}, PASSWORD, PRESENT),
    ({"BoolIfExists": {PRESENT: "false"}, "NumericGreaterThan": {AGE: "3600"}}, WITHOUT_MFA, AGE),
    ({"NumericGreaterThan": {AGE: "3600"}, "BoolIfExists": {PRESENT: "false"}}, WITHOUT_MFA, AGE),
    ({"Bool": {PRESENT: "false"}, "NumericGreaterThan": {AGE: "3600"}}, WITHOUT_MFA, PRESENT),
    ({"Bool": {PRESENT: "false"}, "NumericGreaterThanIfExists": {AGE: "3600"}}, KEY, PRESENT),
    ({"NumericGreaterThan": {AGE: "3600"}}, WITHOUT_MFA, AGE),
    ({"NumericGreaterThanEquals": {AGE: 3600}}, WITHOUT_MFA, AGE),
    ({"Bool": {PRESENT: "false", "aws:ViaAWSService": "false"}}, KEY, PRESENT),
]


@pytest.mark.parametrize(("condition", "kinds", "key"), BROKEN, ids=lambda value: str(value)[:70])
def test_a_deny_that_some_credential_slips_past_is_found_shown_and_mended(
    condition: dict[str, Any], kinds: list[str], key: str
) -> None:
    report = judge(*grants(), forcing(condition=condition, Sid="Block"))
    finding = the(report, RULE, "error")
    assert report.file_class == "forces-by-deny"
    assert finding.params["credentials"] == kinds
    assert finding.params["action"] is None
    assert finding.message.startswith("MFA is not enforced: ")
    assert finding.message.endswith("passes for everything outside the list")
    assert finding.statement_sid == "Block"
    assert underlined(report, finding).startswith(f'"{key}"')
    assert finding.witness is not None
    assert finding.witness.credential == kinds[0]
    assert replayed(report, finding, everything=True) == "allowed"
    if "StringLike" in condition:
        assert finding.repair is None
    else:
        mended(report, finding)


@pytest.mark.parametrize(("condition", "kinds", "key"), BROKEN[:9], ids=lambda value: str(value)[:60])
def test_the_order_of_statements_and_what_else_is_said_do_not_matter(
    condition: dict[str, Any], kinds: list[str], key: str
) -> None:
    region = _region_lock()
    report = judge(forcing(condition=condition), region, *reversed(grants()))
    finding = the(report, RULE, "error")
    assert finding.params["credentials"] == kinds
    assert finding.statement_index == 0


def _region_lock() -> Doc:
    return deny(
        "x:y", "*", {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}, NotAction=["iam:*", "sts:*"]
    )  # fmt: skip


WELL_MADE: list[dict[str, Any]] = [
    dict(WITHOUT),
    {"BoolIfExists": {PRESENT: False}},
    {"BoolIfExists": {PRESENT: ["false"]}},
    {"StringNotEquals": {PRESENT: "true"}},
    {"StringNotEqualsIgnoreCase": {PRESENT: "TRUE"}},
    {"StringEqualsIfExists": {PRESENT: "false"}},
    {"ForAllValues:Bool": {PRESENT: "false"}},
    {"Null": {AGE: "true"}},
    {"NumericGreaterThanIfExists": {AGE: "3600"}},
    {"NumericGreaterThanEqualsIfExists": {AGE: "900"}},
    {"BoolIfExists": {PRESENT: "false", "aws:ViaAWSService": "false"}},
    {"BoolIfExists": {PRESENT: "false"}, "NumericGreaterThanIfExists": {AGE: "3600"}},
    {"BoolIfExists": {PRESENT: "false"}, "StringNotEquals": {"aws:PrincipalTag/machine": "yes"}},
    {"BoolIfExists": {PRESENT: "false"}, "StringEquals": {"aws:PrincipalTag/human": "yes"}},
    {"BoolIfExists": {PRESENT: "false"}, "NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    {"BoolIfExists": {PRESENT: "false"}, "ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:user/*"}},
    {"BoolIfExists": {PRESENT: "false"}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/robots/*"}},
    {"BoolIfExists": {PRESENT: "false"}, "ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/bob"}},
    {"BoolIfExists": {PRESENT: "false"}, "StringEquals": {"aws:username": ["bob", "alice"]}},
    {"BoolIfExists": {PRESENT: "false"}, "StringLike": {"aws:username": "human-*"}},
    {"BoolIfExists": {PRESENT: "false"}, "StringNotEquals": {"aws:username": ["build", "deploy"]}},
]  # fmt: skip


@pytest.mark.parametrize("condition", WELL_MADE, ids=str)
def test_correct_forms_are_left_alone(condition: dict[str, Any]) -> None:
    report = judge(*grants(), forcing(condition=condition))
    assert report.file_class == "forces-by-deny"
    assert silent(report, RULE)


@pytest.mark.parametrize(
    "further",
    [
        {"StringEquals": {"aws:PrincipalTag/human": "yes"}},
        {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/bob"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/division/*"}},
        {"StringEquals": {"aws:username": ["bob", "alice"]}},
        {"StringLike": {"aws:username": "human-*"}},
        {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}},
        {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
    ],
    ids=str,
)
def test_a_further_condition_does_not_hide_what_passes(further: dict[str, Any]) -> None:
    report = judge(*grants(), forcing(condition={"Bool": {PRESENT: "false"}, **further}))
    assert report.file_class == "forces-by-deny"
    finding = the(report, RULE, "error")
    assert finding.params["credentials"] == KEY
    mended(report, finding)


def test_two_denies_that_complement_each_other_force_together() -> None:
    absent, false = forcing(condition={"Null": {PRESENT: "true"}}), forcing(condition={"Bool": {PRESENT: "false"}})
    assert silent(judge(*grants(), absent, false), RULE)
    assert silent(judge(*grants(), false, absent), RULE)
    assert silent(judge(*grants(), false, beside=[absent]), RULE)
    assert the(judge(*grants(), false, deny("s3:DeleteBucket", condition={"Null": {PRESENT: "true"}})), RULE)


def test_a_second_deny_for_stale_sessions_is_no_hole() -> None:
    stale = forcing(condition={"NumericGreaterThan": {AGE: "3600"}})
    assert silent(judge(*grants(), forcing(), stale), RULE)
    assert silent(judge(*grants(), stale, forcing()), RULE)


def test_a_deny_given_besides_does_not_make_this_file_one_that_forces() -> None:
    report = judge(*grants(), beside=[forcing(condition={"Bool": {PRESENT: "false"}})])
    assert report.file_class == "self-service"
    assert silent(report, RULE)


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP, Kind.SESSION, Kind.GROUP, Kind.USER, Kind.IDENTITY])
def test_it_is_found_in_whatever_the_file_is_attached_as(kind: Kind) -> None:
    statements = (allow("*"), forcing(condition={"Bool": {PRESENT: "false"}}))
    finding = the(judge(*statements, kind=kind), RULE, "error")
    assert finding.params["credentials"] == KEY
    mended(judge(*statements, kind=kind), finding)
    assert silent(judge(allow("*"), forcing(), kind=kind), RULE)


# By grant -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "kinds"),
    [
        ({"BoolIfExists": {PRESENT: "true"}}, KEY),
        ({"StringEqualsIfExists": {PRESENT: "true"}}, KEY),
        ({"StringNotEquals": {PRESENT: "false"}}, KEY),
        ({"ForAllValues:Bool": {PRESENT: "true"}}, KEY),
        ({"Null": {PRESENT: "false"}}, PASSWORD),
    ],
    ids=str,
)
def test_a_grant_that_some_credential_gets_without_mfa(condition: dict[str, Any], kinds: list[str]) -> None:
    report = judge(*grants(), allow("*", "*", condition, Sid="All"))
    finding = the(report, RULE, "error")
    assert report.file_class == "forces-by-grant"
    assert finding.params["credentials"] == kinds
    assert finding.statement_sid == "All"
    assert replayed(report, finding) == "allowed"
    after = mended(report, finding)
    assert after.file_class == "forces-by-grant"


@pytest.mark.parametrize(
    "condition",
    [dict(WITH), {"StringEquals": {PRESENT: "true"}}, {"Null": {AGE: "false"}}, {"NumericLessThan": {AGE: "3600"}}],
    ids=str,
)
def test_grants_only_with_mfa_are_left_alone(condition: dict[str, Any]) -> None:
    report = judge(*grants(), allow("*", "*", condition))
    assert report.file_class == "forces-by-grant"
    assert silent(report, RULE)


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SESSION])
def test_a_boundary_that_lets_through_only_with_mfa_holds_while_nothing_else_grants(kind: Kind) -> None:
    report = judge(*grants(), EVERYTHING_WITH_MFA, kind=kind)
    assert report.file_class == "forces-by-grant"
    assert silent(report, RULE)
    broken = judge(*grants(), allow("*", "*", {"BoolIfExists": {PRESENT: "true"}}), kind=kind)
    assert the(broken, RULE).params["credentials"] == KEY


def test_what_another_policy_grants_undoes_a_grant_only_with_mfa() -> None:
    beside = [allow("x:y", "*", NotAction="iam:*")]
    report = judge(EVERYTHING_WITH_MFA, beside=beside)
    finding = the(report, RULE, "error")
    assert finding.params["credentials"] == WITHOUT_MFA
    assert finding.notes == ("a policy given besides grants it without MFA",)
    assert replayed(report, finding, beside=beside) == "allowed"
    assert replayed(report, finding) == "implicit_deny"


# Sets -----------------------------------------------------------------------------------------------------------------

STOP = "ec2:TerminateInstances"


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        (deny(STOP, condition={"Bool": {PRESENT: "false"}}), KEY),
        (deny("EC2:terminateinstances", condition={"Bool": {PRESENT: "false"}}), KEY),
        (deny("ec2:TerminateInstance?", condition={"Bool": {PRESENT: "false"}}), KEY),
        (deny(STOP, condition={"Null": {PRESENT: "true"}}), PASSWORD),
        (deny(STOP, condition={"NumericGreaterThan": {AGE: "3600"}}), WITHOUT_MFA),
        (deny(STOP, condition={**WITHOUT, "NumericGreaterThan": {AGE: "3600"}}), WITHOUT_MFA),
        (deny(STOP, "arn:aws:ec2:*:*:instance/i-1", {"Bool": {PRESENT: "false"}}), KEY),
        (deny(STOP, "*", {"Bool": {PRESENT: "false"}, "StringEquals": {"aws:ResourceTag/env": "prod"}}), KEY),
        (deny("*", "arn:aws:s3:::secret/*", {"Bool": {PRESENT: "false"}}), KEY),
        (allow(STOP, condition={"BoolIfExists": {PRESENT: "true"}}), KEY),
        (allow(STOP, condition={"Null": {PRESENT: "false"}}), PASSWORD),
        (allow(STOP, condition={"NumericLessThanIfExists": {AGE: "3600"}}), WITHOUT_MFA),
        (allow("*", condition={"NumericLessThanEqualsIfExists": {AGE: "3600"}}), WITHOUT_MFA),
    ],
    ids=str,
)
def test_a_named_set_that_some_credential_reaches_without_mfa(statement: Doc, kinds: list[str]) -> None:
    report = judge(allow("s3:GetObject"), statement)
    finding = the(report, RULE, "error")
    assert report.file_class == "protects-a-set"
    assert finding.params["credentials"] == kinds
    assert finding.statement_index == 1
    if finding.witness is not None:
        assert replayed(report, finding, everything=True) == "allowed"
    mended(report, finding)


@pytest.mark.parametrize(
    "statements",
    [
        [deny(STOP)],
        [deny(STOP, condition={"Null": {PRESENT: "true"}}), deny(STOP, condition={"Bool": {PRESENT: "false"}})],
        [deny(STOP), deny(STOP, condition={"NumericGreaterThan": {AGE: "3600"}})],
        [deny([STOP, "s3:DeleteBucket"]), deny("s3:Delete?ucket", condition={"NumericGreaterThan": {AGE: "60"}})],
        [deny(STOP, condition={"NumericGreaterThanIfExists": {AGE: "3600"}})],
        [deny(STOP, condition={**WITHOUT, "StringEquals": {"aws:ResourceTag/env": "prod"}})],
        [allow(STOP, condition=WITH)],
        [allow(STOP, condition={"NumericLessThan": {AGE: "3600"}})],
    ],
    ids=str,
)
def test_a_set_that_is_protected_well_is_left_alone(statements: list[Doc]) -> None:
    report = judge(allow("s3:GetObject"), *statements)
    assert report.file_class == "protects-a-set"
    assert silent(report, RULE)


def test_each_broken_statement_of_a_set_is_said_once() -> None:
    broken = {"Bool": {PRESENT: "false"}}
    report = judge(deny([STOP, "ec2:StopInstances"], condition=broken), deny("s3:DeleteBucket", condition=broken))
    assert [f.statement_index for f in found(report, RULE)] == [0, 1]


def test_a_bucket_that_demands_mfa() -> None:
    def bucket(condition: dict[str, Any], effect: str = "Deny", principal: Any = "*") -> Doc:
        made = deny("s3:GetObject", "arn:aws:s3:::b/*", condition, Principal=principal)
        return made | {"Effect": effect}

    for good in (dict(WITHOUT), {"Null": {AGE: "true"}}):
        report = judge(bucket(good), kind=Kind.RESOURCE)
        assert report.file_class == "protects-a-set"
        assert silent(report, RULE)
    report = judge(bucket({"Bool": {PRESENT: "false"}}), kind=Kind.RESOURCE)
    assert the(report, RULE).params["credentials"] == KEY
    mended(report, the(report, RULE))
    for principal in ("*", {"AWS": "arn:aws:iam::123456789012:user/bob"}, {"AWS": "arn:aws:iam::123456789012:root"}):
        given = judge(bucket({"BoolIfExists": {PRESENT: "true"}}, "Allow", principal), kind=Kind.RESOURCE)
        assert the(given, RULE).params["credentials"] == KEY
        good_grant = judge(bucket(dict(WITH), "Allow", principal), kind=Kind.RESOURCE)
        assert good_grant.file_class == "protects-a-set"
        assert silent(good_grant, RULE)


def test_a_trust_policy_that_demands_mfa() -> None:
    def trust(condition: dict[str, Any]) -> Doc:
        made = allow("sts:AssumeRole", condition=condition, Principal={"AWS": "arn:aws:iam::123456789012:root"})
        made.pop("Resource")
        return made

    assert silent(judge(trust(dict(WITH)), kind=Kind.TRUST), RULE)
    assert the(judge(trust({"BoolIfExists": {PRESENT: "true"}}), kind=Kind.TRUST), RULE).params["credentials"] == KEY


# What was intended ----------------------------------------------------------------------------------------------------


def test_what_is_exempt_and_was_not_meant_to_be_is_said() -> None:
    report = judge(*grants(), forcing("s3:GetObject"), expect_exempt=("iam:*", "sts:GetSessionToken"))
    finding = the(report, RULE, "error")
    assert finding.message == "s3:GetObject passes without MFA and is not among the actions that are meant to"
    assert underlined(report, finding) == '"s3:GetObject"'
    assert finding.params == {"credentials": WITHOUT_MFA, "action": "s3:GetObject"}
    assert replayed(report, finding, everything=True) == "allowed"


def test_what_was_meant_to_be_exempt_is_not_said() -> None:
    assert silent(judge(*grants(), forcing(), expect_exempt=EXEMPT), RULE)
    assert silent(judge(*grants(), forcing("s3:GetObject"), expect_exempt=(*EXEMPT, "S3:get*")), RULE)
    assert silent(judge(deny(STOP), expect_exempt=()), RULE)


def test_a_grant_that_was_not_meant_is_shown_where_it_is_given() -> None:
    statements = (*grants(), EVERYTHING_WITH_MFA, allow("s3:GetObject", Sid="Read"))
    report = judge(*statements, expect_exempt=(CREATE, ENABLE, "iam:ListMFADevices", "iam:ResyncMFADevice"))
    finding = the(report, RULE, "error")
    assert finding.statement_sid == "Read"
    assert underlined(report, finding) == '"s3:GetObject"'


def test_a_resource_that_was_not_meant_to_be_spared_is_shown() -> None:
    spared = forcing(NotResource="arn:aws:s3:::public/*")
    report = judge(*grants(), spared, expect_exempt=EXEMPT)
    finding = the(report, RULE, "error")
    assert finding.message.startswith("everything on `arn:aws:s3:::public/x` passes without MFA")
    assert underlined(report, finding) == '"arn:aws:s3:::public/*"'


@pytest.mark.parametrize(
    "statements",
    [[allow("*")], grants(), [allow("ec2:*"), allow("s3:GetObject")], [_region_lock()], [deny("iam:*", "*", None)]],
)
def test_a_file_that_demands_no_mfa_is_not_its_matter(statements: list[Doc]) -> None:
    report = judge(*statements)
    assert report.file_class in ("other", "self-service")
    assert silent(report, RULE)


def test_the_deny_that_misses_a_kind_is_meant_not_the_one_for_stale_sessions() -> None:
    stale = forcing(condition={"NumericGreaterThan": {AGE: "3600"}}, Sid="Stale")
    report = judge(stale, *grants(), forcing(condition={"Bool": {PRESENT: "false"}}, Sid="Block"))
    finding = the(report, RULE, "error")
    assert finding.statement_sid == "Block"
    assert finding.params["credentials"] == KEY
    mended(report, finding)


def test_an_allow_that_everybody_fulfils_is_said_so() -> None:
    report = judge(allow(STOP, condition={"NumericLessThanIfExists": {AGE: "60"}}, Sid="Stop"))
    finding = the(report, RULE, "error")
    assert finding.message == "MFA is not enforced: the conditions of `Stop` hold without MFA, too"
    assert finding.reason == "holds where the key is absent"
    assert underlined(report, finding) == f'"{AGE}": "60"'


def test_a_region_lock_does_not_pass_for_a_deny_without_mfa() -> None:
    report = judge(_region_lock(), *grants(), forcing(condition={"Null": {PRESENT: "true"}}))
    assert the(report, RULE).params["credentials"] == PASSWORD


# The repair -----------------------------------------------------------------------------------------------------------


def test_the_smallest_repair_is_the_operator_alone_and_comments_stay() -> None:
    text = """{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*",
  // who has no device
  "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false" /* or absent? */}}}}"""
    report = judge_text(text)
    finding = the(report, RULE)
    assert finding.reason == "the key is absent with an access key alone, so `Bool` does not hold"
    assert finding.repair is not None
    assert apply(text, finding.repair.edits) == text.replace('"Bool"', '"BoolIfExists"')


def test_the_repair_of_null_on_presence_asks_for_the_value() -> None:
    text = """{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*",
  "Condition": {"Null": {"aws:MultiFactorAuthPresent": "true"}}}}"""
    report = judge_text(text)
    finding = the(report, RULE)
    assert finding.reason == 'a password-only session carries the key as "false", so it is not absent there'
    assert finding.repair is not None
    assert apply(text, finding.repair.edits) == text.replace("Null", "BoolIfExists").replace("true", "false")


def test_presence_and_age_in_one_statement_lose_the_age_that_never_holds() -> None:
    report = judge(*grants(), forcing(condition={"Bool": {PRESENT: "false"}, "NumericGreaterThan": {AGE: "3600"}}))
    finding = the(report, RULE)
    assert finding.repair is not None
    assert finding.repair.title == "do not ask for the age in the statement that asks for presence"
    after = mended(report, finding).policy
    assert [(c.operator.text, c.key.text) for c in after.statements[-1].conditions] == [("BoolIfExists", PRESENT)]


@pytest.mark.parametrize("keys", [(PRESENT, "aws:ViaAWSService"), ("aws:ViaAWSService", PRESENT)])
def test_the_age_goes_and_another_key_of_the_same_operator_stays(keys: tuple[str, str]) -> None:
    both = {"Bool": dict.fromkeys(keys, "false"), "NumericGreaterThan": {AGE: "3600"}}
    for condition in (both, dict(reversed(both.items()))):
        report = judge(*grants(), forcing(condition=condition))
        after = mended(report, the(report, RULE)).policy
        conditions = {(c.operator.text, c.key.text) for c in after.statements[-1].conditions}
        assert conditions == {("Bool", "aws:ViaAWSService"), ("BoolIfExists", PRESENT)}


def test_two_ages_that_never_hold_go_both() -> None:
    ages = {"NumericGreaterThan": {AGE: "3600"}, "NumericLessThan": {AGE: "90000"}}
    report = judge(*grants(), forcing(condition={**WITHOUT, **ages}))
    after = mended(report, the(report, RULE)).policy
    assert [c.key.text for c in after.statements[-1].conditions] == [PRESENT]


def test_an_operator_for_several_keys_keeps_the_other_key() -> None:
    report = judge(*grants(), forcing(condition={"Bool": {PRESENT: "false", "aws:ViaAWSService": "false"}}))
    after = mended(report, the(report, RULE)).policy
    conditions = {(c.operator.text, c.key.text) for c in after.statements[-1].conditions}
    assert conditions == {("Bool", "aws:ViaAWSService"), ("BoolIfExists", PRESENT)}


def test_null_beside_a_condition_that_has_the_wanted_operator_is_written_anew() -> None:
    condition = {"Null": {PRESENT: "true"}, "BoolIfExists": {"aws:ViaAWSService": "false"}}
    report = judge(*grants(), forcing(condition=condition))
    after = mended(report, the(report, RULE)).policy
    conditions = {(c.operator.text, c.key.text) for c in after.statements[-1].conditions}
    assert conditions == {("BoolIfExists", "aws:ViaAWSService"), ("BoolIfExists", PRESENT)}


def test_where_no_repair_is_known_none_is_made() -> None:
    assert the(judge(*grants(), forcing(condition={"NumericEquals": {PRESENT: "0"}})), RULE).repair is None
    assert the(judge(allow(STOP, condition={"NumericLessThan": {AGE: "1"}}), *grants(), forcing(
        condition={"StringLike": {PRESENT: "f*"}})), RULE).repair is None  # fmt: skip
