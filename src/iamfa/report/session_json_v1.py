"""Sessions as JSON, version 1: what is known of them, and never what they are made of. See docs/formats.md."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from iamfa.session.cache import Kept


def session_json(kept: Kept, *, fresh: bool, profile: str) -> dict[str, Any]:
    """What `login --format json` answers."""
    return {"version": 1, "profile": profile, "fresh": fresh, **_about(kept)}


def status_json(sessions: tuple[Kept, ...], now: datetime) -> dict[str, Any]:
    """What `status --format json` answers."""
    return {"version": 1, "sessions": [{**_about(kept), "seconds_left": _left(kept, now)} for kept in sessions]}


def _about(kept: Kept) -> dict[str, Any]:
    return {
        "account": kept.owner.account,
        "user": kept.owner.arn,
        "roles": list(kept.roles),
        "device": kept.serial,
        "endpoint_url": kept.endpoint or None,
        "access_key_id": kept.credentials.key_id,
        "obtained": iso(kept.obtained),
        "mfa_at": iso(kept.mfa_at),
        "expires": iso(kept.credentials.expires),
    }


def _left(kept: Kept, now: datetime) -> int:
    expires = kept.credentials.expires
    return max(int((expires - now).total_seconds()), 0) if expires is not None else 0


def iso(moment: datetime | None) -> str | None:
    """`2026-03-01T12:00:00Z`; None stays None."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else None
