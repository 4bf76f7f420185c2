"""One call of a sandbox as a line that people read: who, with what, what, and why it was refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iamfa.report.paper import Line, Paper, Piece, printable

_CREDENTIALS = {
    "long-term-key": "key",
    "token": "session without MFA",
    "token-mfa": "session with MFA",
    "console": "console without MFA",
    "console-mfa": "console with MFA",
    "role": "role",
    "federated": "federated",
}


def event_lines(paper: Paper, event: Mapping[str, Any]) -> Iterator[Line]:
    """The lines of one event of the sandbox's journal."""
    identity, decided = event.get("userIdentity") or {}, event.get("iamfa") or {}
    who = str(identity.get("arn", "somebody unknown")).rpartition(":")[2]
    credential = _CREDENTIALS.get(str(decided.get("credential")), "")
    refused = event.get("errorCode")
    decisions = decided.get("decisions") or []
    last = decisions[-1] if decisions else {}
    sign = Piece(paper.sign("✗") if refused else paper.sign("✓"), "error" if refused else "good")
    service = str(event.get("eventSource", "")).partition(".")[0]
    pieces = [
        Piece(str(event["eventTime"])[11:19], "dim"),
        sign,
        Piece(printable(f"{service}:{event.get('eventName') or '?'}"), "strong"),
    ]
    if last.get("resource") not in (None, "*"):
        pieces.append(Piece(printable(f"on {_short(str(last['resource']))}")))
    pieces.append(Piece(printable(f"by {who}" + (f" ({paper.say(credential)})" if credential else "")), "dim"))
    yield from paper.wrapped([_spaced(piece, i) for i, piece in enumerate(pieces)], hanging="           ")
    if refused:
        why = _why(last) or event.get("errorMessage", "")
        yield from paper.paragraph(f"{refused}: {why}", indent="           ", style="error")


def _spaced(piece: Piece, position: int) -> Piece:
    return piece if position == 0 else piece._replace(text=" " + piece.text)


def _short(resource: str) -> str:
    """An ARN without what is the same in all of them."""
    fields = resource.split(":", 5)
    return fields[5] if len(fields) == 6 and fields[2] == "iam" else resource


def _why(decision: Mapping[str, Any]) -> str | None:
    """Which statement refuses, or what is missing; None where no policy refused."""
    statement = decision.get("statement")
    if decision.get("decision") == "explicit_deny" and statement:
        name = statement["sid"] or f"statement {statement['index'] + 1}"
        return f"{statement['effect']} `{name}` of {decision.get('policy')}"
    why: str | None = decision.get("why")
    return why
