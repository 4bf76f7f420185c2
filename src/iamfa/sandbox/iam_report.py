"""IAM's credential report: made at most every four hours, and then read until it expires.

AWS's pages API_GenerateCredentialReport, API_GetCredentialReport and id_credentials_getting-report. AWS takes some
seconds to make a report; the sandbox as many as its lag, none where no lag is played. AWS's own errors were seen to
come without a text; those here are the sentences of API_GetCredentialReport. What the description says of a report that
follows an expired one is not documented: it is the one of a first report.
"""

from __future__ import annotations

from datetime import timedelta

from iamfa.account import credential_report
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.targets import anything
from iamfa.sandbox.work import Parameters, Result, Row, Work

_KEPT = timedelta(hours=4)


def _generate(work: Work, parameters: Parameters) -> Result:
    made = work.account.report
    if made is not None and work.now - made[0] < _KEPT:
        return {"State": "INPROGRESS" if _in_progress(work) else "COMPLETE"}
    rows = credential_report.rows(work.seen, work.state.organization_of(work.account.number))
    work.account.report = (work.now, credential_report.write({**row, **_certificates(work, row)} for row in rows))
    return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}


def _certificates(work: Work, row: credential_report.Row) -> credential_report.Row:
    """The columns of a user's signing certificates, which a snapshot of an account does not have."""
    every = work.account.other_credentials.visible.values()
    held = [each for each in every if each.kind == "certificate" and each.user == row["user"]]
    found: credential_report.Row = {}
    for number, each in enumerate(sorted(held, key=lambda each: (each.created, each.id)), 1):
        found[f"cert_{number}_active"] = "true" if each.status == "Active" else "false"
        found[f"cert_{number}_last_rotated"] = each.created.isoformat(timespec="seconds")
    return found


def _get(work: Work, parameters: Parameters) -> Result:
    made = work.account.report
    if made is None:
        raise ApiError(
            "ReportNotPresent",
            "The request was rejected because the credential report does not exist. To generate a credential report, "
            "use GenerateCredentialReport.",
            410,
        )
    if work.now - made[0] >= _KEPT:
        raise ApiError(
            "ReportExpired",
            "The request was rejected because the most recent credential report has expired. To generate a new "
            "credential report, use GenerateCredentialReport.",
            410,
        )
    if _in_progress(work):
        raise ApiError(
            "ReportInProgress",
            "The request was rejected because the credential report is still being generated.",
            404,
        )
    return {"Content": made[1].encode(), "ReportFormat": "text/csv", "GeneratedTime": made[0]}


def _in_progress(work: Work) -> bool:
    made = work.account.report
    return made is not None and work.now < made[0] + timedelta(seconds=work.state.lag.seconds)


OPERATIONS = (
    Row("GenerateCredentialReport", _generate, anything),
    Row("GetCredentialReport", _get, anything),
)
