"""A file that forces by grant only is told what would undo it, and how to make it hold."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    AGE,
    EVERYTHING_WITH_MFA,
    LIST,
    PRESENT,
    WITH,
    WITHOUT_MFA,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    mended,
    replayed,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "forced-by-grant-only"


@pytest.mark.parametrize(
    "statements",
    [
        [EVERYTHING_WITH_MFA],
        [*grants(), EVERYTHING_WITH_MFA],
        [allow("*", "*", {"NumericLessThan": {AGE: "3600"}})],
        [allow("*", "*", {"Null": {AGE: "false"}})],
        [allow("*", "*", {"StringEquals": {PRESENT: "true"}})],
        [allow(None, "*", WITH, NotAction="iam:*")],
        [allow("*", "*", WITH, NotResource="arn:aws:s3:::secret/*")],
        [allow(["*"], ["*"], WITH)],
        [allow("ec2:Describe*"), EVERYTHING_WITH_MFA],
    ],
)
def test_it_is_noted_in_any_form_and_a_deny_makes_it_hold(statements: list[Doc]) -> None:
    report = judge(*statements)
    assert report.file_class == "forces-by-grant"
    finding = the(report, RULE, "note")
    assert finding.params == {"credentials": WITHOUT_MFA}
    assert "aws:MultiFactorAuth" in underlined(report, finding)
    assert any("bucket" in note for note in finding.notes)
    assert any("any other policy" in note for note in finding.notes)
    assert replayed(report, finding) == "implicit_deny"
    assert replayed(report, finding, everything=True) == "allowed"
    after = mended(report, finding)
    assert after.file_class == "forces-by-deny"
    assert replayed(after, finding, everything=True) == "explicit_deny"


def test_the_repair_keeps_what_is_granted_without_mfa() -> None:
    report = judge(*grants(), allow(["s3:GetObject", "ec2:Describe*"]), EVERYTHING_WITH_MFA)
    deny_of_the_rest = mended(report, the(report, RULE)).policy.statements[-1]
    exempt = {v.text for v in deny_of_the_rest.action.values}
    assert {"s3:GetObject", "ec2:Describe*", LIST} <= exempt
    assert deny_of_the_rest.sid == "DenyAllExceptListedIfNoMFA"


def test_the_repair_takes_no_name_that_is_there() -> None:
    report = judge({**EVERYTHING_WITH_MFA, "Sid": "DenyAllExceptListedIfNoMFA"})
    assert mended(report, the(report, RULE)).policy.statements[-1].sid is None


@pytest.mark.parametrize(
    "more",
    [
        allow("*", "arn:aws:s3:::public/*"),
        allow(None, "arn:aws:s3:::public/*", NotAction="s3:Put*"),
        allow("*", "*", {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}),
    ],
)
def test_what_grants_an_open_list_without_mfa_is_left_to_its_author(more: Doc) -> None:
    assert the(judge(EVERYTHING_WITH_MFA, more), RULE, "note").repair is None


def test_a_condition_besides_mfa_is_not_the_one_that_is_shown() -> None:
    condition: dict[str, Any] = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}, **WITH}
    report = judge(allow("*", "*", condition))
    assert PRESENT in underlined(report, the(report, RULE))


def test_of_a_boundary_a_resource_policy_is_told_and_no_deny_offered() -> None:
    finding = the(judge(EVERYTHING_WITH_MFA, *grants(), kind=Kind.BOUNDARY), RULE, "note")
    assert finding.repair is None
    (note,) = finding.notes
    assert "grants past what merely fails to allow" in note


def test_a_deny_that_was_read_makes_it_no_matter_of_grants() -> None:
    assert silent(judge(EVERYTHING_WITH_MFA, *grants(), beside=[forcing()]), RULE)
    half = forcing(condition={"Null": {PRESENT: "true"}})
    assert the(judge(EVERYTHING_WITH_MFA, beside=[half]), RULE).params == {"credentials": ["token", "console"]}


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [forcing(), EVERYTHING_WITH_MFA],
        [allow("ec2:TerminateInstances", "*", WITH)],
        [allow("ec2:*"), deny("ec2:TerminateInstances")],
        grants(),
        [allow("*")],
        [EVERYTHING_WITH_MFA, allow("*")],
    ],
)
def test_it_is_silent_where_something_is_denied_or_nothing_forced(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)
