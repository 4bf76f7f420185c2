"""Sessions as text: whose, through which roles, until when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from iamfa.device.kinds import name_of
from iamfa.report.paper import Line, Paper, Piece
from iamfa.session.cache import Kept


def session_lines(paper: Paper, sessions: Sequence[Kept], now: datetime) -> Iterator[Line]:
    """A paragraph for each session, the one that ends first in front."""
    for kept in sorted(sessions, key=lambda each: each.credentials.expires or now):
        expires = kept.credentials.expires or now
        device = f", device {name_of(kept.serial)}" if kept.serial is not None else ""
        who = f"{kept.owner.name} in account {kept.owner.account}{device}"
        at = f" at {kept.endpoint}" if kept.endpoint else ""
        until = f"until {expires.astimezone():%Y-%m-%d %H:%M}, {time_left(expires - now)} left"
        yield from paper.wrapped([Piece(who, "strong"), Piece(f"{at}: {until}")], hanging="  ")
        for role in kept.roles:
            yield from paper.wrapped([Piece(f"{paper.sign('→')} {role}", "dim")], indent="  ", hanging="    ")


def time_left(left: timedelta) -> str:
    """`11 h 59 min`, `4 min`, `30 s`."""
    seconds = int(left.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    # Of a session of twelve hours nobody reads a second later that it lasts 11 h 59 min.
    hours, minutes = divmod((seconds + 30) // 60, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
