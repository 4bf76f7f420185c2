"""Times, as they come from files and from SDKs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from iamfa.account.details import SnapshotError, time_in

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


IN_TOKYO = NOON.astimezone(timezone(timedelta(hours=9)))


@pytest.mark.parametrize(
    "value", ["2026-03-01T12:00:00Z", "2026-03-01T14:00:00+02:00", "2026-03-01 12:00", NOON, IN_TOKYO]
)
def test_a_time_is_in_utc_however_it_came(value: object) -> None:
    found = time_in(value)
    assert (found, found.tzinfo) == (NOON, UTC)


@pytest.mark.parametrize("value", ["noon", "", None, 12])
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(SnapshotError, match="is no time"):
        time_in(value)
