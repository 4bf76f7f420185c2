"""A key alone can delete unassigned devices: a warning where others' names are within reach, otherwise a note."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    ANY_DEVICE,
    DELETE,
    EVERYTHING_WITH_MFA,
    OWN_DEVICE,
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

RULE = "delete-devices-without-mfa"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        (DELETE, ANY_DEVICE),
        ([DELETE], ["arn:aws:iam::123456789012:mfa/*"]),
        ("iam:deletevirtualmfadevice", "*"),
        ("iam:*VirtualMFADevice", "arn:aws:iam::*:*"),
    ],
)
def test_where_others_names_are_within_reach_it_is_a_warning(action: Any, resource: Any) -> None:
    report = judge(*grants(), allow(action, resource), forcing(DELETE, Sid="Block"))
    finding = the(report, RULE, "warning")
    assert finding.message == "a key alone can delete everybody's unassigned devices and spoil their enrolments"
    assert finding.params == {"granted": True, "others": True}
    assert underlined(report, finding) == f'"{DELETE}"'
    assert (finding.statement_sid, finding.reason) == ("Block", "exempt from MFA")
    assert "abandoned-device-blocks-name" in finding.notes[0]
    assert replayed(report, finding) == "allowed"
    after = mended(report, finding)
    assert the(after, "abandoned-device-blocks-name", "note")


def test_where_only_the_own_name_is_within_reach_it_is_a_note() -> None:
    report = judge(*grants(), allow(DELETE, OWN_DEVICE), forcing(DELETE))
    finding = the(report, RULE, "note")
    assert finding.message == "a key alone can delete the unassigned device under the own name"
    assert finding.params == {"granted": True, "others": False}
    assert finding.repair is None


def test_where_it_is_only_exempt_it_is_a_note() -> None:
    report = judge(*grants(), forcing(DELETE))
    finding = the(report, RULE, "note")
    assert finding.message.startswith("deleting unassigned devices is exempt from MFA")
    assert finding.params == {"granted": False, "others": False}
    assert replayed(report, finding, everything=True) == "allowed"


def test_a_grant_by_another_policy_is_evidence() -> None:
    assert the(judge(forcing(DELETE), beside=[allow(DELETE, ANY_DEVICE)]), RULE, "warning")


def test_in_a_file_that_forces_by_grant_the_grant_is_underlined() -> None:
    report = judge(EVERYTHING_WITH_MFA, *grants(), allow(DELETE, ANY_DEVICE, Sid="Devices"))
    finding = the(report, RULE, "warning")
    assert finding.statement_sid == "Devices"
    assert finding.repair is None


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP])
def test_the_self_service_assumed_elsewhere_grants_it(kind: Kind) -> None:
    assert the(judge(allow("*"), forcing(DELETE), kind=kind), RULE, "warning")


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(), allow(DELETE, ANY_DEVICE), forcing()],
        [*grants(), allow(DELETE, ANY_DEVICE), forcing(DELETE), deny(DELETE)],
        [*grants(), allow(DELETE, ANY_DEVICE)],
        [*grants(), allow(DELETE, ANY_DEVICE, WITH), EVERYTHING_WITH_MFA],
        [allow("*")],
    ],
)
def test_it_is_silent_where_mfa_is_demanded_or_nothing_is_forced(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)
