"""What the doctor found, as JSON, version 1. See docs/formats.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iamfa.session.doctor_checkup import Checkup


def doctor_json(checkups: Sequence[Checkup], *, profile: str | None, offline: bool) -> dict[str, Any]:
    """What `doctor --format json` answers."""
    return {
        "version": 1,
        "profile": profile,
        "offline": offline,
        "summary": {
            state: sum(1 for each in checkups if each.state == state)
            for state in ("ok", "warning", "problem", "unknown")
        },
        "checkups": [_checkup_json(each) for each in checkups],
    }


def _checkup_json(found: Checkup) -> dict[str, Any]:
    return {
        "id": found.id,
        "family": found.row.family,
        "state": found.state,
        "message": found.sentence,
        "hint": found.hint,
        "place": found.place,
    }
