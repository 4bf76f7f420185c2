"""`can --format json`, version 1: frozen."""

from __future__ import annotations

from collections.abc import Iterable

from iamfa.evaluate.batch import reason_json
from iamfa.evaluate.verdict import Verdict
from iamfa.report.pieces_json import Json, request_json


def can_json(verdicts: Iterable[Verdict], credential: str | None) -> Json:
    """The answers to single requests, in the order in which they were asked."""
    return {"version": 1, "answers": [_answer(verdict, credential) for verdict in verdicts]}


def _answer(verdict: Verdict, credential: str | None) -> Json:
    return {
        "request": request_json(verdict.request),
        "credential": credential,
        "decision": verdict.decision,
        "reasons": [reason_json(reason) for reason in verdict.reasons],
        "platform": verdict.platform,
        "assumption": verdict.assumption,
    }
