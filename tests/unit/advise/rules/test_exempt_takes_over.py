"""Without MFA the user can create or take credentials or permissions."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import (
    AGE,
    CREATE,
    DEACTIVATE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    LIST,
    OWN_USER,
    PRESENT,
    RESYNC,
    SESSION,
    WITH,
    WITHOUT,
    Doc,
    allow,
    deny,
    errors,
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

from iamfa.advise.actions import TAKES_OVER, USES_A_ROLE
from iamfa.policy.document import Kind

RULE = "exempt-takes-over"
NEW_KEY = "iam:CreateAccessKey"


@pytest.mark.parametrize("action", sorted(TAKES_OVER))
def test_each_action_that_changes_what_anybody_may_do_is_found_and_taken_out(action: str) -> None:
    report = judge(*grants(), forcing(action, Sid="Block"))
    finding = the(report, RULE, "error")
    assert finding.params == {"actions": [action]}
    assert finding.message == f"without MFA the user can take over more: {action} passes, so {TAKES_OVER[action]}"
    assert underlined(report, finding) == f'"{action}"'
    assert finding.statement_sid == "Block"
    assert finding.reason == "exempt from MFA"
    assert replayed(report, finding, everything=True) == "allowed"
    assert [(c.call, c.outcome, c.granted) for c in finding.trace] == [(action, "ok", False)]


@pytest.mark.parametrize(
    ("entry", "more"),
    [
        ("iam:AttachUserPolicy", ()),
        ("IAM:attachuserpolicy", ()),
        ("iam:Attach*", ()),
        ("iam:?ttachUserPolicy", ()),
        ("iam:*", ()),
        ("iam:*Policy", ("iam:List*",)),
    ],
)
def test_it_is_found_under_any_spelling_in_any_order_and_mended(entry: str, more: tuple[str, ...]) -> None:
    report = judge(forcing(entry, *more), *grants())
    finding = the(report, RULE, "error")
    assert underlined(report, finding) == f'"{entry}"'
    assert replayed(report, finding, everything=True) == "allowed"
    mended(report, finding)


def test_the_list_that_exempts_is_meant_not_that_of_a_region_lock() -> None:
    lock = deny("x:y", "*", {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}, NotAction=["iam:*", "sts:*"])
    report = judge(lock, *grants(), forcing("iam:PutUserPolicy"))
    finding = the(report, RULE)
    assert finding.statement_index == 3
    assert underlined(report, finding) == '"iam:PutUserPolicy"'
    after = mended(report, finding)
    assert [v.text for v in after.policy.statements[0].action.values] == ["iam:*", "sts:*"]


def test_an_entry_that_two_denies_exempt_is_taken_out_of_both() -> None:
    absent = forcing("iam:CreateUser", condition={"Null": {PRESENT: "true"}})
    false = forcing("iam:CreateUser", condition={"Bool": {PRESENT: "false"}})
    report = judge(*grants(), absent, false)
    assert "iam:CreateUser" not in mended(report, the(report, RULE)).policy.source.text


def test_each_entry_is_a_finding_of_its_own_and_one_pattern_one_finding() -> None:
    report = judge(*grants(), forcing("iam:CreateUser", "iam:CreateRole", "iam:Put*"))
    shown = [underlined(report, f) for f in found(report, RULE)]
    assert shown == ['"iam:CreateUser"', '"iam:CreateRole"', '"iam:Put*"']
    assert len(found(report, RULE)[2].params["actions"]) >= 4  # type: ignore[arg-type] # a list in fact


@pytest.mark.parametrize("action", [NEW_KEY, "iam:UpdateLoginProfile", "iam:UploadSSHPublicKey", "iam:ChangePassword",
                                    "iam:ResetServiceSpecificCredential", "iam:UpdateAccessKey"])  # fmt: skip
def test_credentials_of_others_are_taken_over_where_something_grants_them(action: str) -> None:
    for resource in ("*", "arn:aws:iam::*:user/*", ["arn:aws:iam::123456789012:*"]):
        report = judge(*grants(), allow(action, resource), forcing(action))
        finding = the(report, RULE, "error")
        assert "it is granted on other users" in finding.message
        assert finding.witness is not None
        assert finding.witness.request.resource.endswith(":user/neighbour")
        assert replayed(report, finding) == "allowed"
        assert finding.trace[0].granted
    elsewhere = judge(*grants(), forcing(action), beside=[allow("*")])
    assert the(elsewhere, RULE).params == {"actions": [action]}
    assert silent(judge(*grants(), forcing(action)), RULE)
    assert silent(judge(*grants(), allow(action, OWN_USER), forcing(action)), RULE)
    assert silent(judge(*grants(), allow(action, "*", WITH), forcing(action)), RULE)


@pytest.mark.parametrize("action", [ENABLE, RESYNC, DEACTIVATE, NEW_KEY, "iam:CreateLoginProfile"])
def test_a_star_behind_the_own_name_reaches_bobby(action: str) -> None:
    report = judge(*grants(), allow(action, OWN_USER + "*"), forcing(action))
    finding = the(report, RULE, "error")
    assert "users whose names begin with the own: `own-userby`" in finding.message
    assert finding.witness is not None
    assert finding.witness.request.resource.endswith(":user/own-userby")
    assert replayed(report, finding) == "allowed"


@pytest.mark.parametrize("use", sorted(USES_A_ROLE))
def test_passing_a_role_takes_over_only_with_an_action_that_uses_it(use: str) -> None:
    report = judge(*grants(), forcing("iam:PassRole", use))
    finding = the(report, RULE, "error")
    assert finding.params == {"actions": ["iam:PassRole"]}
    assert USES_A_ROLE[use] in finding.message
    mended(report, finding)


def test_passing_a_role_alone_or_using_one_alone_is_none() -> None:
    assert silent(judge(*grants(), forcing("iam:PassRole")), RULE)
    assert silent(judge(*grants(), forcing("lambda:CreateFunction")), RULE)


def test_in_a_file_that_forces_by_grant_what_it_grants_without_mfa_counts() -> None:
    report = judge(*grants(), EVERYTHING_WITH_MFA, allow(["iam:AttachUserPolicy"], Sid="Careless"))
    finding = the(report, RULE, "error")
    assert finding.statement_sid == "Careless"
    assert finding.reason == "granted without MFA"
    assert underlined(report, finding) == '"iam:AttachUserPolicy"'
    assert finding.repair is None
    assert replayed(report, finding) == "allowed"
    assert silent(judge(*grants(), EVERYTHING_WITH_MFA, allow("iam:AttachUserPolicy", "*", WITH)), RULE)


def test_what_a_deny_spares_by_resource_is_found() -> None:
    report = judge(*grants(), forcing(NotResource=["arn:aws:iam::*:user/${aws:username}", "arn:aws:s3:::public/*"]))
    finding = the(report, RULE, "error")
    assert "iam:AttachUserPolicy" in finding.params["actions"]  # type: ignore[operator] # a list in fact
    assert underlined(report, finding) == f'"{OWN_USER}"'
    assert replayed(report, finding, everything=True) == "allowed"
    assert errors(mended(report, finding)) == {}


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP, Kind.SESSION, Kind.USER])
def test_it_is_found_whatever_the_file_is_attached_as(kind: Kind) -> None:
    report = judge(allow("*"), forcing("iam:CreateUser"), kind=kind)
    mended(report, the(report, RULE, "error"))


def test_no_repair_would_leave_a_list_empty() -> None:
    report = judge(allow("s3:GetObject"), forcing(NotAction="iam:CreateUser"))
    assert the(report, RULE, "error").repair is None


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(), forcing("iam:GetUser", "iam:ListUsers", "s3:*", "sts:AssumeRole")],
        [*grants(), forcing("iam:CreateUser"), deny("iam:CreateUser", condition=None)],
        [
            *grants(),
            forcing("iam:CreateUser"),
            deny("iam:Create*", "*", dict(WITHOUT), NotAction=[CREATE, ENABLE, LIST, RESYNC, SESSION]),
        ],
        [allow("*")],
        [allow("iam:*")],
        [allow("iam:AttachUserPolicy", "*"), *grants()],
        [allow("iam:*"), deny("ec2:TerminateInstances")],
    ],
)
def test_it_is_silent_where_nothing_of_that_kind_passes(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_what_mfa_not_enforced_says_is_not_said_again() -> None:
    broken = forcing(condition={"NumericGreaterThan": {AGE: "3600"}})
    assert errors(judge(*grants(), allow("iam:CreateUser"), broken)) == {"mfa-not-enforced": 1}
