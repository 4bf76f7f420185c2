"""A key alone can set the own console password: a warning where it is granted, a note where it is only exempt."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import (
    EVERYTHING_WITH_MFA,
    OWN_USER,
    WITH,
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

from iamfa.advise.actions import CREATE_LOGIN, UPDATE_LOGIN
from iamfa.policy.document import Kind

RULE = "login-profile-without-mfa"
ACTIONS = (CREATE_LOGIN, UPDATE_LOGIN)


@pytest.mark.parametrize("resource", [OWN_USER, [OWN_USER], "arn:aws:iam::123456789012:user/${AWS:username}"])
@pytest.mark.parametrize("action", ACTIONS)
def test_where_it_is_granted_on_the_own_user_it_is_a_warning(action: str, resource: str) -> None:
    report = judge(*grants(), allow(action.upper().replace("IAM", "iam"), resource), forcing(action, Sid="Block"))
    finding = the(report, RULE, "warning")
    assert finding.message == f"a key alone can set the own console password: {action} passes without MFA"
    assert finding.params == {"action": action, "granted": True}
    assert underlined(report, finding) == f'"{action}"'
    assert (finding.statement_sid, finding.reason) == ("Block", "exempt from MFA")
    assert replayed(report, finding) == "allowed"
    assert silent(mended(report, finding), RULE)


@pytest.mark.parametrize("action", ACTIONS)
def test_where_it_is_only_exempt_it_is_a_note(action: str) -> None:
    report = judge(*grants(), forcing(action))
    finding = the(report, RULE, "note")
    assert finding.message.endswith("where something grants it")
    assert finding.params == {"action": action, "granted": False}
    assert replayed(report, finding, everything=True) == "allowed"
    mended(report, finding)


@pytest.mark.parametrize("action", ACTIONS)
def test_it_is_silent_where_taking_over_says_more(action: str) -> None:
    report = judge(*grants(), allow(action, "*"), forcing(action))
    assert silent(report, RULE)
    assert the(report, "exempt-takes-over", "error").params == {"actions": [action]}


@pytest.mark.parametrize("action", ACTIONS)
def test_in_a_file_that_forces_by_grant_the_grant_is_underlined(action: str) -> None:
    report = judge(EVERYTHING_WITH_MFA, *grants(), allow([action], OWN_USER, Sid="Own"))
    finding = the(report, RULE, "warning")
    assert (finding.statement_sid, finding.reason) == ("Own", "granted without MFA")
    assert underlined(report, finding) == f'"{action}"'
    assert finding.repair is None


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP])
def test_it_is_noted_in_what_can_only_limit(kind: Kind) -> None:
    for action in ACTIONS:
        assert the(judge(allow("*"), forcing(action), kind=kind), RULE, "note")


def test_a_grant_by_another_policy_is_evidence() -> None:
    assert the(judge(forcing(ACTIONS[0]), beside=[allow(ACTIONS[0], OWN_USER)]), RULE, "warning")


@pytest.mark.parametrize("action", ACTIONS)
def test_it_is_silent_where_mfa_is_demanded_or_nothing_is_forced(action: str) -> None:
    assert silent(judge(*grants(), forcing()), RULE)
    assert silent(judge(*grants(), allow(action, OWN_USER), forcing()), RULE)
    assert silent(judge(*grants(), forcing(action), deny(action)), RULE)
    assert silent(judge(*grants(), allow(action, OWN_USER)), RULE)
    assert silent(judge(*grants(), EVERYTHING_WITH_MFA, allow(action, OWN_USER, WITH)), RULE)
    assert silent(judge(allow("*")), RULE)
    spared_roles = forcing(NotAction=["iam:List*"], NotResource="arn:aws:iam::*:role/*")
    assert silent(judge(allow("s3:GetObject"), spared_roles), RULE)
