"""An action that no catalogue holds; close names are offered."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import Doc, allow, deny, forcing, found, grants, judge, silent, the, underlined

RULE = "unknown-action"


@pytest.mark.parametrize(
    ("action", "close"),
    [
        ("iam:ListMFADevice", "iam:ListMFADevices"),
        ("iam:EnableMfaDevices", "iam:EnableMFADevice"),
        ("iam:CreateVirtualMFADevices", "iam:CreateVirtualMFADevice"),
        ("IAM:listmfadevice", "iam:ListMFADevices"),
        ("iamm:ListMFADevices", "iam:ListMFADevices"),
        ("s3:GetObjekt", "s3:GetObject"),
    ],
)
def test_it_is_warned_of_where_it_stands_and_a_close_name_offered(action: str, close: str) -> None:
    report = judge(*grants(), allow(["s3:ListBucket", action], Sid="Typo"))
    finding = the(report, RULE, "warning")
    assert (
        f"`{action}` is no action" in finding.message or f"`{action.partition(':')[0]}` is no serv" in finding.message
    )
    assert finding.params["action"] == action
    assert close in finding.params["close"]  # type: ignore[operator] # a list in fact
    assert finding.reason is not None
    assert finding.reason.startswith("did you mean ")
    assert close in finding.reason
    assert finding.statement_sid == "Typo"
    assert underlined(report, finding) == f'"{action}"'
    assert finding.repair is None


@pytest.mark.parametrize("action", ["no-such-service:Get", "no-such-service:*"])
def test_an_unknown_service_is_one_even_with_a_wildcard(action: str) -> None:
    finding = the(judge(deny(action)), RULE, "warning")
    assert finding.message == "`no-such-service` is no service that the catalogue holds"
    assert finding.reason == "has no effect, or is newer than the catalogue"


def test_each_is_said_in_every_kind_of_statement() -> None:
    report = judge(allow("iam:Nonsense"), forcing("iam:Rubbish"), deny("x:y", "*", NotAction=["s3:Bosh"]))
    assert {f.params["action"] for f in found(report, RULE)} == {"iam:Nonsense", "iam:Rubbish", "s3:Bosh"}


@pytest.mark.parametrize("age", [None, 91, 4000])
def test_with_an_old_catalogue_it_is_a_note(age: int | None) -> None:
    assert the(judge(allow("iam:Nonsense"), catalogue_age_days=age), RULE, "note")


def test_with_a_catalogue_of_ninety_days_it_is_a_warning_still() -> None:
    assert the(judge(allow("iam:Nonsense"), catalogue_age_days=90), RULE, "warning")


@pytest.mark.parametrize("action", ["codestar:CreateProject", "cloudhsm:DescribeHapg", "zocalo:*"])
def test_what_aws_retired_is_a_note(action: str) -> None:
    assert the(judge(allow(action)), RULE, "note").params["action"] == action


@pytest.mark.parametrize(
    "action",
    ["*", "iam:*", "iam:Get*", "iam:NoSuch*", "IAM:GETUSER", "iam:?etUser", "s3:GetObject", "sts:GetSessionToken"],
)
def test_known_ones_and_patterns_of_a_known_service_are_left_alone(action: Any) -> None:
    statement: Doc = allow(action)
    assert silent(judge(statement), RULE)
