"""`apply` and `undo` with `--format json`, version 1: frozen. A plan's own form is that of its file."""

from __future__ import annotations

from collections.abc import Iterable

from iamfa.audit.plan_values import Step
from iamfa.report.pieces_json import Json


def done_json(account: str, journal: str, count: int, said: Iterable[tuple[Step, str]]) -> Json:
    """What was done to an account, in order; *count* is how many steps were made or undone."""
    return {
        "version": 1,
        "account": account,
        "journal": journal,
        "steps_changed": count,
        "said": [
            {"step": step.number, "policy": step.spot.policy, "held_by": step.spot.held_by, "what": words}
            for step, words in said
        ],
    }
