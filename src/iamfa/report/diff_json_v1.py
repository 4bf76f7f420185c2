"""`diff --format json`, version 1, and the answers of `diff --batch`: frozen."""

from __future__ import annotations

from iamfa.evaluate.request import Request
from iamfa.report.pieces_json import Json, request_json
from iamfa.report.shown import ShownChange


def diff_json(shown: ShownChange) -> Json:
    """How two policies relate."""
    only_a, only_b = (side.request if side is not None else None for side in (shown.only_a, shown.only_b))
    return {"version": 1, **relation_json(shown.relation, shown.closed_relation, only_a, only_b, shown.reasons)}


def relation_json(
    relation: str, closed_relation: str, only_a: Request | None, only_b: Request | None, reasons: tuple[str, ...]
) -> Json:
    """The relation as a line of a batch answers it."""
    return {
        "relation": relation,
        "closed_relation": closed_relation,
        "only_a": request_json(only_a) if only_a is not None else None,
        "only_b": request_json(only_b) if only_b is not None else None,
        "reasons": list(reasons),
    }
