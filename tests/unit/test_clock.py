"""The reader of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from iamfa import clock


def test_now_is_the_present_moment_in_utc() -> None:
    moment = clock.now()
    assert moment.tzinfo is UTC
    assert abs(moment - datetime.now(UTC)) < timedelta(seconds=5)
