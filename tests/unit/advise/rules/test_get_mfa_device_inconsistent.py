"""`iam:GetMFADevice` is allowed and not exempt, or exempt and not allowed."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    EVERYTHING_WITH_MFA,
    OWN_USER,
    WITH,
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

RULE = "get-mfa-device-inconsistent"
GET = "iam:GetMFADevice"


@pytest.mark.parametrize(
    ("action", "resource"),
    [(GET, OWN_USER), ([GET], "*"), ("IAM:getmfadevice", OWN_USER), ("iam:Get*Device", OWN_USER)],
)
def test_allowed_and_not_exempt_is_noted_at_the_grant(action: Any, resource: str) -> None:
    report = judge(forcing(), *grants(), allow(action, resource, Sid="Get"))
    finding = the(report, RULE, "note")
    assert finding.message == "iam:GetMFADevice is allowed and not exempt from MFA"
    assert finding.params == {"exempt": False, "granted": True}
    assert finding.statement_sid == "Get"
    assert underlined(report, finding).strip('"') in ([action] if isinstance(action, str) else action)


@pytest.mark.parametrize("entry", [GET, "iam:getMFAdevice", "iam:GetMFA*"])
def test_exempt_and_not_allowed_is_noted_at_the_exemption(entry: str) -> None:
    report = judge(forcing(entry, Sid="Block"), *grants())
    finding = the(report, RULE, "note")
    assert finding.message == "iam:GetMFADevice is exempt from MFA and nowhere allowed"
    assert finding.params == {"exempt": True, "granted": False}
    assert finding.statement_sid == "Block"
    assert underlined(report, finding) == f'"{entry}"'


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(), allow(GET, OWN_USER), forcing(GET)],
        [*grants(), allow("iam:Get*", "*", WITH), forcing(GET)],
        [forcing(GET)],
        [allow(GET), forcing()],
        [*grants(), allow(GET), EVERYTHING_WITH_MFA],
        [*grants(), allow(GET)],
        [*grants(), allow(GET), deny("s3:DeleteBucket")],
        [allow("*")],
    ],
)
def test_both_or_none_is_left_alone(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_what_another_policy_grants_counts() -> None:
    assert silent(judge(*grants(), forcing(GET), beside=[allow(GET)]), RULE)
    finding = the(judge(*grants(), forcing(), beside=[allow(GET)]), RULE)
    assert finding.statement_index is None
