"""The credential report: asked for early, made by AWS meanwhile, and waited for.

AWS's pages API_GenerateCredentialReport and API_GetCredentialReport: 410 while there is none or it has expired, 404
while it is made; one that is younger than four hours is given again.
"""

from __future__ import annotations

from typing import Any, Final

from iamfa.account import credential_report
from iamfa.account.credential_report import NOT_APPLICABLE, ReportError, Row, time_of
from iamfa.account.documents import time_out
from iamfa.account.entities import ROOT_USER
from iamfa.gateway.collect_calls import Calls, Noted, Reading, is_end
from iamfa.gateway.faults import AwsError

_POLLS: Final = 40
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 5.0
_MISSING: Final = frozenset({"ReportNotPresent", "ReportExpired"})
_IN_PROGRESS: Final = frozenset({"ReportInProgress"})


def ask_for_report(read: Reading) -> AwsError | None:
    """Have the report made; what AWS refuses it with. A report of somebody else's may be there all the same."""
    try:
        _generate(read.calls)
    except AwsError as error:
        if is_end(error):
            raise
        return error
    return None


def read_report(read: Reading, refusal: AwsError | None) -> list[Row] | None:
    """The rows of the report; None where there is none to be had, which is noted then."""
    with read.reading("credential_report"):
        answer = _awaited(read.calls, refusal)
        try:
            rows = credential_report.read(text_of(answer["Content"]))
        except ReportError as error:
            read.note("credential_report", error.message)
            return None
        take_report(read, rows, answer.get("GeneratedTime"))
        return rows
    return None


def take_report(read: Noted, rows: list[Row], made: str | None) -> None:
    """Put the report into the snapshot; its row of the root user tells when the account was made."""
    read.value["credential_report"] = rows
    read.value["credential_report_at"] = made
    created = next((time_of(row.get("user_creation_time", "")) for row in rows if row["user"] == ROOT_USER), None)
    read.value["created"] = None if created is None else time_out(created)


def by_user(rows: list[Row]) -> dict[str, Row]:
    """The rows of the users, without the root user's."""
    return {row["user"]: row for row in rows if row["user"] != ROOT_USER}


def is_true(row: Row, column: str) -> bool:
    """Whether a column says yes; AWS's page writes TRUE, reports themselves have small letters."""
    return row.get(column, "").lower() == "true"


def has_sign_of_key(row: Row) -> bool:
    """Whether the row tells of any access key, active or not."""
    return bool(key_columns(row))


def key_columns(row: Row) -> list[tuple[bool, str, str, str, str]]:
    """Of each key that the row tells of: whether it is active, when it was made, last used, where and for what."""
    found = []
    for n in (1, 2):
        rest = [
            row.get(f"access_key_{n}_{column}", NOT_APPLICABLE)
            for column in ("last_rotated", "last_used_date", "last_used_region", "last_used_service")
        ]
        active = is_true(row, f"access_key_{n}_active")
        if active or time_of(rest[0]) or time_of(rest[1]):
            found.append((active, rest[0], rest[1], rest[2], rest[3]))
    return found


def text_of(content: Any) -> str:
    """The text of a report from what the SDK gives."""
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)


def _generate(calls: Calls) -> None:
    calls.part = "credential_report"
    calls.call("iam", "GenerateCredentialReport", keep=False)


def _awaited(calls: Calls, refusal: AwsError | None) -> Any:
    """AWS's answer when the report is made. Raises what AWS says to the last poll, or why none may be made."""
    polls = 0
    while True:
        try:
            return calls.call("iam", "GetCredentialReport", keep=False)
        except AwsError as error:
            polls += 1
            if error.code not in _MISSING | _IN_PROGRESS or polls == _POLLS:
                raise
            if error.code in _MISSING:
                if refusal is not None:
                    raise refusal from error
                _generate(calls)
        calls.wait(min(_FIRST_WAIT * 1.3 ** (polls - 1), _LONGEST_WAIT))
