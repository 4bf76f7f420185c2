"""The time of the sandbox: the system's, moved forward or back, or set and standing still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from iamfa.errors import IamfaError


class SandboxClock:
    """What all codes, sessions, ages and dates of a sandbox go by. Signatures are held against the system's time."""

    def __init__(self, system: Callable[[], datetime]) -> None:
        self.system = system
        """The time by which clients sign."""
        self._offset = timedelta()
        self._still: datetime | None = None

    def now(self) -> datetime:
        """The present moment of the sandbox, in UTC."""
        return self._still if self._still is not None else self.system() + self._offset

    @property
    def offset(self) -> timedelta:
        """By how much it is ahead of the system's time while it goes on."""
        return self._offset

    @property
    def still(self) -> datetime | None:
        """The moment at which it stands; None where it goes on."""
        return self._still

    def restore(self, offset: timedelta, still: datetime | None) -> None:
        """Take up what `offset` and `still` said of another clock.

        Raises `IamfaError` where that leads out of the calendar.
        """
        try:
            moment = self.system() + offset
        except OverflowError as error:
            raise IamfaError(f"the clock cannot be moved by {offset.total_seconds():.0f} seconds") from error
        _check_year(moment)
        if still is not None:
            _check_year(still)
        self._offset, self._still = offset, still

    def advance(self, seconds: float) -> datetime:
        """Move the time by so many seconds (back, where negative), and give it.

        Raises `IamfaError` where that leads out of the calendar.
        """
        try:
            moved = self.now() + timedelta(seconds=seconds)
        except (OverflowError, ValueError) as error:
            raise IamfaError(f"the clock cannot be moved by {seconds} seconds") from error
        _check_year(moved)
        if self._still is not None:
            self._still = moved
        else:
            self._offset += timedelta(seconds=seconds)
        return moved

    def set(self, moment: datetime, *, still: bool = False) -> datetime:
        """Set the time; from there it goes on, or stands *still* until it is moved.

        Raises `IamfaError` for a moment without a zone, or out of the calendar.
        """
        if moment.tzinfo is None:
            raise IamfaError(f"the time `{moment}` has no zone", hint="write `2026-01-31T12:00:00Z`")
        _check_year(moment)
        moment = moment.astimezone(UTC)
        self._still = moment if still else None
        self._offset = moment - self.system()
        return moment


_YEARS = (1970, 9000)
"""Between these every time that is counted from the present one is a time too, and has a code."""


def _check_year(moment: datetime) -> None:
    if not _YEARS[0] < moment.year < _YEARS[1]:
        raise IamfaError(f"the clock cannot be moved into the year {moment.year}", hint="set a time from 1971 to 8999")
