"""Key or password of a user without a device reaches an MFA session: noted wherever a first device needs no MFA."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import (
    CREATE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    LIST,
    PRESENT,
    SESSION,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "unenrolled-user-can-be-claimed"


@pytest.mark.parametrize(
    "statements",
    [
        [forcing(Sid="Block"), *grants()],
        [forcing(condition={"Null": {"aws:MultiFactorAuthAge": "true"}}, Sid="Block"), *grants()],
        [forcing("iam:*", Sid="Block", but=(ENABLE,)), *grants()],
    ],
)
def test_a_key_is_enough_and_the_calls_are_shown(statements: list[Doc]) -> None:
    report = judge(*statements)
    finding = the(report, RULE, "note")
    assert finding.message == (
        "whoever holds the key of a user without a device can enrol one of his own and get an MFA session in 3 calls; "
        "the owner is locked out"
    )
    assert finding.params == {"attacks": ["leaked-key-of-fresh-user", "stolen-password"], "calls": 3}
    assert [c.call for c in finding.trace] == [CREATE, ENABLE, SESSION]
    assert all(c.outcome == "ok" for c in finding.trace)
    assert finding.statement_sid == "Block"
    assert underlined(report, finding) in (f'"{ENABLE}"', '"iam:*"')
    assert finding.reason == "a first device needs no MFA"
    assert "time-box" in finding.notes[0]


def test_where_only_the_console_may_enrol_the_password_is_enough() -> None:
    key_out = deny([CREATE, ENABLE], condition={"Null": {PRESENT: "true"}})
    finding = the(judge(*grants(), key_out, forcing()), RULE, "note")
    assert "whoever holds the password" in finding.message
    assert finding.params["attacks"] == ["stolen-password"]


def test_in_a_file_that_forces_by_grant_the_grant_is_underlined() -> None:
    report = judge(EVERYTHING_WITH_MFA, *grants())
    finding = the(report, RULE, "note")
    assert finding.statement_sid == "ManageOwn"
    assert underlined(report, finding) == f'"{ENABLE}"'


def test_what_another_policy_grants_counts() -> None:
    assert the(judge(forcing(), beside=grants()), RULE)


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP])
def test_in_what_can_only_limit_the_grant_is_assumed(kind: Kind) -> None:
    assert the(judge(allow("*"), forcing(), kind=kind), RULE)


@pytest.mark.parametrize(
    "statements",
    [
        [forcing()],
        [allow(LIST), forcing(but=(CREATE, ENABLE))],
        [*grants(), forcing(but=(ENABLE,))],
        grants(),
        [allow("*")],
        [allow("*"), deny("ec2:TerminateInstances")],
    ],
)
def test_it_is_silent_where_nobody_can_enrol_or_nothing_is_forced(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)
