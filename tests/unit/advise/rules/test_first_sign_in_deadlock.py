"""Who must change the password at first sign-in can neither do that nor enrol."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import (
    AGE,
    EVERYTHING_WITH_MFA,
    PRESENT,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    replayed,
    silent,
    the,
    underlined,
)

from iamfa.advise.actions import CHANGE_PASSWORD
from iamfa.policy.document import Kind

RULE = "first-sign-in-deadlock"


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing(Sid="Block")],
        [forcing(Sid="Block"), *grants()],
        [forcing(condition={"Null": {AGE: "true"}}, Sid="Block")],
        [forcing(condition={"Bool": {PRESENT: "false"}}, Sid="Block")],
        [forcing(Sid="Block"), forcing(condition={"NumericGreaterThan": {AGE: "3600"}}, Sid="Stale")],
        [*grants(), allow(CHANGE_PASSWORD, "*"), forcing(Sid="Block")],
    ],
)
def test_it_is_noted_where_the_password_cannot_be_changed_without_mfa(statements: list[Doc]) -> None:
    report = judge(*statements)
    finding = the(report, RULE, "note")
    assert "changing it needs MFA, and MFA the sign-in" in finding.message
    assert finding.params == {"action": CHANGE_PASSWORD}
    assert finding.statement_sid == "Block"
    assert underlined(report, finding) == '"NotAction"'
    assert finding.reason == f"does not exempt {CHANGE_PASSWORD}"
    assert finding.witness is not None
    assert finding.witness.credential == "console"
    assert replayed(report, finding, everything=True) == "explicit_deny"
    assert finding.repair is None


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing(CHANGE_PASSWORD)],
        [*grants(), forcing("iam:Change*")],
        [*grants(), forcing(condition={"Null": {PRESENT: "true"}})],
        [*grants(), forcing(condition={"NumericGreaterThan": {AGE: "3600"}})],
        [*grants(), EVERYTHING_WITH_MFA],
        [deny(CHANGE_PASSWORD)],
        grants(),
        [allow("*")],
    ],
)
def test_it_is_silent_where_the_console_may_change_it_or_nothing_is_forced(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP, Kind.GROUP, Kind.USER])
def test_it_is_noted_whatever_the_deny_is_attached_as(kind: Kind) -> None:
    assert the(judge(allow("*"), forcing(), kind=kind), RULE, "note")
    assert silent(judge(allow("*"), forcing(CHANGE_PASSWORD), kind=kind), RULE)


def test_what_does_not_bear_on_a_user_who_signs_in_is_not_its_matter() -> None:
    assert silent(judge(allow("*"), forcing(), kind=Kind.SESSION), RULE)


def test_what_is_denied_with_mfa_as_well_is_no_deadlock_of_mfa() -> None:
    assert silent(judge(*grants(), forcing(), deny(CHANGE_PASSWORD, "*", None)), RULE)
    assert the(judge(*grants(), forcing(), deny(CHANGE_PASSWORD)), RULE, "note")
