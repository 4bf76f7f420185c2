"""A call of a sandbox as people read it."""

from __future__ import annotations

from typing import Any

from iamfa.report.event_text import event_lines
from iamfa.report.paper import Paper

EVENT: dict[str, Any] = {
    "eventTime": "2026-03-01T12:00:05Z",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateUser",
    "userIdentity": {"arn": "arn:aws:iam::123456789012:user/alice"},
    "iamfa": {
        "credential": "token-mfa",
        "decisions": [{"decision": "allowed", "resource": "arn:aws:iam::123456789012:user/bob"}],
    },
}


def shown(*, width: int = 120, **changes: Any) -> list[str]:
    lines = event_lines(Paper(width, unicode=False), {**EVENT, **changes})
    return ["".join(piece.text for piece in line) for line in lines]


def denied(**decision: Any) -> dict[str, Any]:
    return {
        "errorCode": "AccessDenied",
        "errorMessage": "AWS's words",
        "iamfa": {"credential": "long-term-key", "decisions": [{"resource": "*", **decision}]},
    }


def test_a_call_that_passed_is_a_line() -> None:
    (line,) = shown()
    assert line.startswith("12:00:05 ")
    assert line.endswith(" iam:CreateUser on user/bob by user/alice (session with MFA)")


def test_a_refusal_names_the_statement_that_denies_by_its_sid_or_its_place() -> None:
    statement = {"index": 2, "sid": "NoUsers", "effect": "Deny"}
    for sid, name in (("NoUsers", "NoUsers"), (None, "statement 3")):
        decision = {"decision": "explicit_deny", "statement": statement | {"sid": sid}, "policy": "arn:p"}
        assert shown(**denied(**decision))[1].strip() == f"AccessDenied: Deny `{name}` of arn:p"


def test_a_refusal_says_what_is_missing_and_otherwise_what_aws_said() -> None:
    assert shown(**denied(decision="implicit_deny", why="no policy allows it"))[1].strip() == (
        "AccessDenied: no policy allows it"
    )
    assert shown(**denied(decision="allowed"))[1].strip() == "AccessDenied: AWS's words"


def test_a_call_of_nobody_knows_whom_is_shown_too() -> None:
    (line, why) = shown(
        eventName=None, userIdentity=None, iamfa={"decision": None, "decisions": []},
        errorCode="InvalidClientTokenId", errorMessage="The security token is invalid.",
    )  # fmt: skip
    assert line.endswith(" iam:? by somebody unknown")
    assert why.strip() == "InvalidClientTokenId: The security token is invalid."


def test_arns_of_other_services_are_whole_and_nothing_moves_the_cursor() -> None:
    bucket = {"credential": "role", "decisions": [{"decision": "allowed", "resource": "arn:aws:s3:::b/\x1b[2J"}]}
    (line,) = shown(iamfa=bucket)
    assert "on arn:aws:s3:::b/" in line
    assert "\x1b" not in line


def test_a_long_line_goes_on_below_the_first_word() -> None:
    lines = shown(width=40)
    assert len(lines) > 1
    assert all(len(line) <= 40 for line in lines)
    assert lines[1].startswith("           ")
