"""A statement names a resource on which AWS never authorises that action."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    ANY_DEVICE,
    CREATE,
    DEACTIVATE,
    DELETE,
    ENABLE,
    LIST,
    OWN_DEVICE,
    OWN_USER,
    RESYNC,
    Doc,
    allow,
    deny,
    forcing,
    found,
    grants,
    judge,
    silent,
    the,
    underlined,
)

RULE = "resource-never-authorised"


@pytest.mark.parametrize(
    ("action", "resource", "entry", "named"),
    [
        ([CREATE, ENABLE], [ANY_DEVICE, OWN_USER], ANY_DEVICE, [ENABLE]),
        ([RESYNC, DEACTIVATE, ENABLE], [OWN_USER, OWN_DEVICE], OWN_DEVICE, [ENABLE, DEACTIVATE, RESYNC]),
        ("iam:enablemfadevice", ANY_DEVICE, ANY_DEVICE, [ENABLE]),
        (RESYNC, "arn:aws:iam::*:u2f/*", "arn:aws:iam::*:u2f/*", [RESYNC]),
        ([DEACTIVATE], ["arn:aws-cn:iam::*:sms-mfa/x"], "arn:aws-cn:iam::*:sms-mfa/x", [DEACTIVATE]),
    ],
)
def test_it_is_noted_with_the_entry_that_does_nothing(action: Any, resource: Any, entry: str, named: list[str]) -> None:
    report = judge(allow(action, resource, Sid="Devices"), forcing())
    finding = the(report, RULE, "note")
    assert finding.params == {"actions": named, "resource": entry}
    assert underlined(report, finding) == f'"{entry}"'
    assert finding.statement_sid == "Devices"
    assert "on a device: it asks on the user" in finding.message
    assert finding.reason == "has no effect for " + ", ".join(a.partition(":")[2] for a in named)
    assert finding.repair is None


def test_each_statement_is_said_and_a_deny_too() -> None:
    report = judge(allow(ENABLE, ANY_DEVICE), deny(DEACTIVATE, ANY_DEVICE), *grants())
    assert sorted(f.statement_index or 0 for f in found(report, RULE)) == [0, 1]


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [allow([CREATE, DELETE, LIST], [ANY_DEVICE, OWN_USER])],
        [allow("iam:*MFADevice", [ANY_DEVICE, OWN_USER])],
        [allow("iam:*", "arn:aws:iam::*:mfa/*")],
        [allow(ENABLE, "*")],
        [deny(ENABLE, "*", NotResource=[ANY_DEVICE, OWN_USER])],
        [deny("x:y", ANY_DEVICE, NotAction=[ENABLE])],
    ],
)
def test_it_is_silent_where_the_entry_serves_another_action_or_spares(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)
