"""With a broad grant an exempt device action reaches other users: noted, warned of, or an error for deactivating."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    DEACTIVATE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    EXEMPT,
    LIST,
    OWN_USER,
    RESYNC,
    WITH,
    WITHOUT,
    Doc,
    allow,
    deny,
    forcing,
    found,
    grants,
    judge,
    replayed,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "exempt-reaches-other-users"
CONFINED = deny(list(EXEMPT[1:4]), "*", dict(WITHOUT), NotResource=[OWN_USER, "arn:aws:iam::*:mfa/*"])


def test_without_a_broad_grant_it_is_a_note() -> None:
    report = judge(*grants(), forcing(Sid="Block"))
    finding = the(report, RULE, "note")
    assert finding.message == (
        "iam:EnableMFADevice, iam:ResyncMFADevice passes without MFA on other users, too, for whomever another policy "
        "grants it broadly"
    )
    assert finding.statement_sid == "Block"
    assert underlined(report, finding) == f'"{ENABLE}"'
    assert finding.reason == 'exempt on Resource "*"'
    assert finding.params == {"actions": [ENABLE, RESYNC], "granted": False}
    assert "NotResource" in finding.notes[0]
    assert replayed(report, finding, everything=True) == "allowed"
    assert replayed(report, finding) == "implicit_deny"


@pytest.mark.parametrize(
    ("resource", "action"),
    [
        ("*", ENABLE),
        ("arn:aws:iam::*:user/*", [ENABLE]),
        ("arn:aws:iam::123456789012:*", "iam:enablemfadevice"),
        (["arn:aws:iam::*:user/neighbour*"], "iam:EnableMFA*"),
        ("*", "iam:*"),
        ("*", "*"),
    ],
)
def test_a_broad_grant_is_evidence(resource: Any, action: Any) -> None:
    report = judge(forcing(), *grants(), allow(action, resource, Sid="Broad"))
    finding = the(report, RULE, "warning")
    assert ENABLE in finding.params["actions"]  # type: ignore[operator] # a list in fact
    assert finding.params["granted"] is True
    assert finding.reason == "granted on others"
    assert replayed(report, finding) == "allowed"


def test_deactivating_for_others_is_an_error() -> None:
    report = judge(*grants(), allow(DEACTIVATE, "*", Sid="Broad"), forcing(DEACTIVATE))
    finding = the(report, RULE, "error")
    assert finding.params["actions"] == [DEACTIVATE]
    assert underlined(report, finding) == f'"{DEACTIVATE}"'
    assert finding.statement_sid == "Broad"
    assert finding.witness is not None
    assert finding.witness.request.resource.endswith(":user/neighbour")
    assert replayed(report, finding) == "allowed"


def test_another_policy_s_grant_is_evidence_too() -> None:
    report = judge(*grants(), forcing(DEACTIVATE), beside=[allow("iam:*")])
    assert the(report, RULE, "error")
    assert the(judge(forcing(), beside=[allow("iam:*")]), RULE, "warning")


def test_in_a_file_that_forces_by_grant_only_what_is_granted_counts() -> None:
    assert silent(judge(*grants(), EVERYTHING_WITH_MFA), RULE)
    report = judge(*grants(user="*"), EVERYTHING_WITH_MFA)
    assert the(report, RULE, "warning").statement_sid == "ManageOwn"


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP])
def test_it_is_noted_whatever_the_file_is_attached_as(kind: Kind) -> None:
    assert the(judge(allow("*"), forcing(), kind=kind), RULE, "note")


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing(), CONFINED],
        [CONFINED, *grants(), allow("iam:*"), forcing()],
        [allow("s3:GetObject"), forcing(but=(ENABLE, RESYNC))],
        [*grants(), allow(ENABLE, "*", WITH), EVERYTHING_WITH_MFA],
        grants(),
        [allow("*")],
        [allow("iam:*"), deny("s3:DeleteBucket")],
    ],
)
def test_it_is_silent_where_the_exemption_is_confined_or_nothing_is_forced(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_what_takes_over_is_not_said_again() -> None:
    report = judge(*grants(), allow([ENABLE, LIST, RESYNC], OWN_USER + "*"), forcing())
    assert silent(report, RULE)
    assert found(report, "exempt-takes-over")
