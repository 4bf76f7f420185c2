"""This machine's clock against AWS's, by the `Date` header of an answer, which is given to the second.

A code of a virtual device serves for about one step of 30 seconds more (RFC 6238 5.2), a signature for five minutes,
of some services fifteen (page reference_sigv-troubleshooting of the IAM User Guide).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from iamfa.session.doctor_checkup import Checkup, State

_CODES_LATE: Final = 5
_CODES_REFUSED: Final = 30
SIGNATURES_REFUSED: Final = 300
_HALF_A_SECOND: Final = timedelta(seconds=0.5)


def seconds_ahead(asked: datetime, heard: datetime, told: datetime) -> float:
    """By how many seconds AWS's clock is ahead for sure; negative where it is behind.

    *asked* and *heard* are when the call went out and its answer came, by this machine's clock; *told* is the header,
    which was written at some moment between.
    """
    earliest, latest = asked - told - 2 * _HALF_A_SECOND, heard - told
    if latest < timedelta(0):
        return -latest.total_seconds()
    return -earliest.total_seconds() if earliest > timedelta(0) else 0.0


def clock_checkup(asked: datetime, heard: datetime, told: datetime | None, system: str) -> Checkup:
    """How far the clocks are apart; *system* is what the system calls itself, as in `/proc/version`."""
    if told is None:
        return Checkup("clock", "unknown", "AWS did not tell the time, so that this clock cannot be compared")
    ahead = seconds_ahead(asked, heard, told)
    off = abs(ahead)
    way = "behind" if ahead > 0 else "ahead of"
    if off <= _CODES_LATE:
        return Checkup("clock", "ok", f"this clock goes with AWS's{f', {off:.0f} s {way} it' if off >= 1 else ''}")
    state: State = "problem"
    if off > SIGNATURES_REFUSED:
        effect = "AWS refuses signatures that are off by more than five minutes, and codes that are made here"
    elif off > _CODES_REFUSED:
        effect = "codes that are made here (ykman, `mfa_process`, a password manager) are refused"
    else:
        state, effect = "warning", "codes that are made here are refused near the end of their 30 seconds"
    return Checkup("clock", state, f"this clock is {off:.0f} s {way} AWS's: {effect}", _hint(system))


def _hint(system: str) -> str:
    if "microsoft" in system.lower():
        return "the clock of WSL stands still while Windows sleeps: sudo hwclock -s, or wsl --shutdown"
    if "linux" in system.lower():
        return "let the system set its clock: sudo timedatectl set-ntp true"
    return "let the system set its clock by the network"
