"""The one reader of time; whatever depends on the hour takes it as an argument, and cli asks here."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC, aware of its zone."""
    return datetime.now(UTC)
