"""The credential report as IAM's two operations make and give it."""

from __future__ import annotations

import pytest
from tests.unit.sandbox.direct import START, Direct

from iamfa.account import credential_report
from iamfa.sandbox.api_error import ApiError


def test_a_report_is_started_complete_and_then_given() -> None:
    box = Direct()
    assert box.call("GenerateCredentialReport") == {
        "State": "STARTED",
        "Description": "No report exists. Starting a new report generation task",
    }
    assert box.call("GenerateCredentialReport") == {"State": "COMPLETE"}
    found = box.call("GetCredentialReport")
    assert found["ReportFormat"] == "text/csv"
    assert found["GeneratedTime"] == START
    rows = credential_report.read(found["Content"].decode())
    assert [row["user"] for row in rows] == ["<root_account>", "administrator"]


def test_a_report_is_not_made_anew_within_four_hours() -> None:
    box = Direct()
    box.call("GenerateCredentialReport")
    box.user("alice")
    box.state.clock.advance(4 * 3600 - 1)
    assert box.call("GenerateCredentialReport")["State"] == "COMPLETE"
    assert b"alice" not in box.call("GetCredentialReport")["Content"]


def test_after_four_hours_it_has_expired_and_is_made_anew() -> None:
    box = Direct()
    box.call("GenerateCredentialReport")
    box.user("alice")
    box.state.clock.advance(4 * 3600)
    with pytest.raises(ApiError, match="has expired") as caught:
        box.call("GetCredentialReport")
    assert (caught.value.code, caught.value.status) == ("ReportExpired", 410)
    assert box.call("GenerateCredentialReport")["State"] == "STARTED"
    assert b"alice" in box.call("GetCredentialReport")["Content"]


def test_without_a_report_there_is_none_to_get() -> None:
    with pytest.raises(ApiError, match="does not exist") as caught:
        Direct().call("GetCredentialReport")
    assert (caught.value.code, caught.value.status) == ("ReportNotPresent", 410)


def test_while_iams_delay_is_played_the_report_is_in_progress() -> None:
    box = Direct()
    box.state.lag.seconds = 5
    box.call("GenerateCredentialReport")
    assert box.call("GenerateCredentialReport") == {"State": "INPROGRESS"}
    with pytest.raises(ApiError, match="still being generated") as caught:
        box.call("GetCredentialReport")
    assert (caught.value.code, caught.value.status) == ("ReportInProgress", 404)
    box.state.clock.advance(5)
    assert box.call("GenerateCredentialReport") == {"State": "COMPLETE"}
    assert box.call("GetCredentialReport")["Content"]


@pytest.mark.parametrize("operation", ["GenerateCredentialReport", "GetCredentialReport"])
def test_reports_take_their_own_permission_on_everything(operation: str) -> None:
    box = Direct()
    box.call("GenerateCredentialReport")
    grant = {"Effect": "Allow", "Action": f"iam:{operation}", "Resource": "*"}
    box.user("auditor", {"Version": "2012-10-17", "Statement": grant})
    box.user("other", {"Version": "2012-10-17", "Statement": {**grant, "Resource": "arn:aws:iam::*:user/*"}})
    assert box.call(operation, by="auditor")
    with pytest.raises(ApiError, match=f"not authorized to perform: iam:{operation} on resource: "):
        box.call(operation, by="other")
