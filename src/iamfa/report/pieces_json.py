"""Pieces of JSON that several shapes share; docs/formats.md tells their fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iamfa.errors import Fault
from iamfa.evaluate.request import Request
from iamfa.lifecycle.result import Call, RefusedBy

Json = dict[str, Any]


def statement_json(index: int | None, sid: str | None) -> Json | None:
    """A statement; None where there is none."""
    return None if index is None else {"index": index, "sid": sid}


def fault_json(fault: Fault) -> Json:
    """A fault of an input."""
    return {"line": fault.line, "column": fault.column, "message": fault.message, "hint": fault.hint}


def request_json(request: Request) -> Json:
    """A request as batches take it."""
    return {
        "principal": request.principal.text,
        "action": request.action,
        "resource": request.resource,
        "context": {key: list(v) if isinstance(v, tuple) else v for key, v in request.context.items()},
    }


def trace_json(trace: Iterable[Call]) -> list[Json]:
    """The calls of a trace."""
    return [
        {
            "call": call.call,
            "resource": call.resource,
            "credential": call.credential,
            "outcome": call.outcome,
            "by": _by_json(call.by),
            "message": call.message,
        }
        for call in trace
    ]


def _by_json(by: RefusedBy | None) -> Json | None:
    if by is None:
        return None
    if by.platform is not None:
        return {"platform": by.platform}
    return {"policy": by.policy, "statement": statement_json(by.statement_index, by.statement_sid)}


def plain_json(value: object) -> Any:
    """A value of a finding's parameters as JSON: sets in order, everything else as it is or as text."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain_json(each) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain_json(each) for each in value)
    if isinstance(value, Iterable):
        return [plain_json(each) for each in value]
    return str(value)
