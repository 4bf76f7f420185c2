"""Without MFA everybody's names can be read, and who has no virtual device."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    EVERYTHING_WITH_MFA,
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

RULE = "shows-whom-to-attack"
USERS, VIRTUAL = "iam:ListUsers", "iam:ListVirtualMFADevices"


@pytest.mark.parametrize(
    "action", [[USERS, VIRTUAL], [VIRTUAL, "IAM:listusers"], "iam:List*", ["iam:ListU*", VIRTUAL], "*"]
)
def test_it_is_noted_at_the_grant_and_mended(action: Any) -> None:
    report = judge(forcing(USERS, VIRTUAL), *grants(), allow(action, Sid="Look"))
    finding = the(report, RULE, "note")
    assert finding.params == {"actions": [USERS, VIRTUAL]}
    assert finding.statement_sid == "Look"
    assert underlined(report, finding).strip('"') in ([action] if isinstance(action, str) else action)
    assert finding.reason == "no flow needs ListUsers"
    assert replayed(report, finding) == "allowed"
    after = mended(report, finding)
    assert USERS not in {v.text for v in after.policy.statements[0].action.values}


def test_what_another_policy_grants_counts_and_the_exemption_is_underlined() -> None:
    report = judge(forcing(USERS, VIRTUAL), beside=[allow("iam:List*")])
    finding = the(report, RULE, "note")
    assert underlined(report, finding) == f'"{USERS}"'
    assert finding.statement_index == 0


def test_an_exemption_by_pattern_has_no_small_repair() -> None:
    assert the(judge(*grants(), allow([USERS, VIRTUAL]), forcing("iam:List*")), RULE).repair is None


def test_in_a_file_that_forces_by_grant_there_is_no_list_to_shorten() -> None:
    finding = the(judge(EVERYTHING_WITH_MFA, *grants(), allow([USERS, VIRTUAL], Sid="Look")), RULE, "note")
    assert finding.statement_sid == "Look"
    assert finding.repair is None


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(), forcing(USERS, VIRTUAL)],
        [*grants(), allow([USERS, VIRTUAL]), forcing(VIRTUAL)],
        [*grants(), allow([USERS, VIRTUAL]), forcing(USERS)],
        [*grants(), allow([USERS, VIRTUAL], "*", WITH), forcing(USERS, VIRTUAL)],
        [*grants(), allow(VIRTUAL), forcing(USERS, VIRTUAL)],
        [*grants(), allow([USERS, VIRTUAL])],
        [allow([USERS, VIRTUAL]), deny("s3:DeleteBucket")],
        [allow("*")],
    ],
)
def test_it_is_silent_where_one_of_the_two_needs_mfa_or_nothing_is_forced(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)
