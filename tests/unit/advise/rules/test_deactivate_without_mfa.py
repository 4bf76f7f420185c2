"""Deactivating passes without MFA: a warning where it is granted, a note where it is only exempt."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    DEACTIVATE,
    EVERYTHING_WITH_MFA,
    OWN_USER,
    PRESENT,
    WITH,
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

RULE = "deactivate-without-mfa"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        (DEACTIVATE, OWN_USER),
        ([DEACTIVATE], [OWN_USER]),
        ("IAM:DEACTIVATEMFADEVICE", "arn:aws:iam::123456789012:user/${aws:username}"),
        ("iam:*MFADevice", OWN_USER),
        ("iam:Deactivate*", "*"),
    ],
)
def test_where_it_is_granted_it_is_a_warning(action: Any, resource: Any) -> None:
    report = judge(forcing(DEACTIVATE, Sid="Block"), *grants(), allow(action, resource))
    finding = the(report, RULE, "warning")
    assert "only AWS's own rule of 2023-04-21 keeps a key alone from it" in finding.message
    assert underlined(report, finding) == f'"{DEACTIVATE}"'
    assert (finding.statement_index, finding.statement_sid, finding.reason) == (0, "Block", "exempt from MFA")
    assert finding.params == {"granted": True}
    assert finding.witness is not None
    assert finding.witness.request.resource.endswith(":user/own-user")
    assert replayed(report, finding) == "allowed"
    after = mended(report, finding)
    assert silent(after, RULE)


def test_where_it_is_only_exempt_it_is_a_note() -> None:
    report = judge(*grants(), forcing(DEACTIVATE.lower()))
    finding = the(report, RULE, "note")
    assert finding.params == {"granted": False}
    assert underlined(report, finding) == f'"{DEACTIVATE.lower()}"'
    assert replayed(report, finding, everything=True) == "allowed"
    assert replayed(report, finding) == "implicit_deny"
    mended(report, finding)


def test_a_grant_by_another_policy_is_evidence() -> None:
    report = judge(forcing(DEACTIVATE), beside=[allow(DEACTIVATE, OWN_USER)])
    mended(report, the(report, RULE, "warning"), beside=[allow(DEACTIVATE, OWN_USER)])


def test_an_exemption_by_pattern_has_no_small_repair() -> None:
    report = judge(*grants(), allow(DEACTIVATE, OWN_USER), forcing("iam:Deactivate*"))
    finding = the(report, RULE, "warning")
    assert underlined(report, finding) == '"iam:Deactivate*"'
    assert finding.repair is None


def test_two_complementing_denies_lose_the_entry_both() -> None:
    absent = forcing(DEACTIVATE, condition={"Null": {PRESENT: "true"}})
    false = forcing(DEACTIVATE, condition={"Bool": {PRESENT: "false"}})
    report = judge(*grants(), allow(DEACTIVATE, OWN_USER), absent, false)
    mended(report, the(report, RULE, "warning"))


def test_in_a_file_that_forces_by_grant_the_grant_is_underlined() -> None:
    report = judge(EVERYTHING_WITH_MFA, *grants(), allow(DEACTIVATE, OWN_USER, Sid="Own"))
    finding = the(report, RULE, "warning")
    assert finding.statement_sid == "Own"
    assert finding.repair is None


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP])
def test_the_self_service_assumed_elsewhere_grants_it(kind: Kind) -> None:
    report = judge(allow("*"), forcing(DEACTIVATE), kind=kind)
    mended(report, the(report, RULE, "warning"))


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(), allow(DEACTIVATE, OWN_USER, WITH), forcing()],
        [*grants(), allow(DEACTIVATE, OWN_USER), forcing()],
        [*grants(), allow(DEACTIVATE, OWN_USER), forcing(DEACTIVATE), deny(DEACTIVATE)],
        [*grants(), allow(DEACTIVATE, OWN_USER)],
        [*grants(), allow(DEACTIVATE, OWN_USER), deny("ec2:TerminateInstances")],
        [*grants(), EVERYTHING_WITH_MFA],
        [allow("*")],
    ],
)
def test_it_is_silent_where_mfa_is_demanded_or_nothing_is_forced(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_a_grant_with_mfa_alone_leaves_the_exemption_a_note() -> None:
    assert the(judge(*grants(), allow(DEACTIVATE, OWN_USER, WITH), forcing(DEACTIVATE)), RULE, "note")
