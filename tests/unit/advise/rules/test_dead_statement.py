"""Leaving a statement out changes no verdict, proved for all requests."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import OWN_USER, WITH, Doc, allow, forcing, grants, judge, silent, the

import iamfa
from iamfa.advise.same_verdicts import is_dead, verdicts_change

RULE = "dead-statement"


def deny(action: str, **more: str) -> Doc:
    """A Deny without a condition."""
    return {"Effect": "Deny", "Action": action, "Resource": "*", **more}


ENABLE = "iam:EnableMFADevice"


@pytest.mark.parametrize(
    "dead",
    [
        allow(ENABLE, OWN_USER, Sid="Dead"),
        allow([ENABLE.upper().replace("IAM", "iam")], [OWN_USER], Sid="Dead"),
        allow(ENABLE, OWN_USER, WITH, Sid="Dead"),
        {"Sid": "Dead", "Effect": "Allow", "Action": "iam:Enable*", "Resource": OWN_USER},
    ],
)
def test_a_grant_that_another_statement_gives_already_is_dead(dead: Doc) -> None:
    finding = the(judge(allow("iam:*", "*"), dead, forcing(ENABLE)), RULE, "note")
    assert finding.statement_sid == "Dead"
    assert finding.message == "the statement `Dead` is dead: leaving it out changes no verdict"


def test_a_grant_that_a_deny_takes_back_altogether_is_dead() -> None:
    report = judge(*grants(), allow("s3:GetObject", "*", Sid="Lost"), deny("s3:*"), forcing(ENABLE))
    assert the(report, RULE).statement_sid == "Lost"


def test_a_deny_within_another_deny_is_dead_though_nothing_here_grants_what_it_denies() -> None:
    report = judge(*grants(), forcing(ENABLE), deny("ec2:RunInstances", Sid="Within"), deny("ec2:*"))
    assert the(report, RULE).statement_sid == "Within"


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [allow("iam:List*", "*"), allow("iam:ListUsers", "*", Sid="Not"), forcing("iam:ListUsers")][::2],
        [allow(ENABLE, OWN_USER), allow("iam:Enable*", "arn:aws:iam::*:user/other"), forcing(ENABLE)],
        [allow("iam:*", "*", WITH), allow(ENABLE, OWN_USER), forcing(ENABLE)],
        [*grants(), forcing(ENABLE), deny("ec2:*")],
    ],
)
def test_a_statement_that_some_request_needs_is_left_alone(statements: list[Any]) -> None:
    assert silent(judge(*statements), RULE)


def test_policies_that_are_not_about_mfa_are_left_alone() -> None:
    assert silent(judge(allow("s3:*"), allow("s3:GetObject")), RULE)


def test_the_repair_removes_the_statement_and_changes_no_verdict() -> None:
    policy = judge(allow("iam:*", "*"), allow(ENABLE, OWN_USER), forcing(ENABLE)).policy
    result = iamfa.repair(policy, rules=[RULE])
    after = iamfa.Policy.parse(result.text)
    assert len(after.statements) == 2
    assert verdicts_change(policy.document, after.document) is False
    assert result.proof is not None
    assert result.proof.holds
    assert result.proof.permits == result.proof.refuses == ()


def test_a_deny_of_a_resource_policy_is_not_dead_though_the_policy_grants_nothing() -> None:
    everybody = {"Principal": "*", "Action": "s3:*", "Resource": "*"}
    inner = {"Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    policy = iamfa.Policy.from_document(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", **everybody}, {"Effect": "Deny", **inner}]}
    )
    assert is_dead(policy.document, 0) is False
    assert is_dead(policy.document, 1) is True


def test_the_only_statement_is_never_dead() -> None:
    policy = iamfa.Policy.from_document({"Version": "2012-10-17", "Statement": deny("s3:*")})
    assert is_dead(policy.document, 0) is False
