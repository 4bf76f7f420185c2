"""What of an account was not read, and on what it bears. Not read never looks like clean.

The entries are those of a snapshot's `not_read` (`iamfa.account.not_read`); one that names no part is taken to bear on
everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from iamfa.account.not_read import EVERYTHING, PARTS, NotRead

HANGS_ON: Final = frozenset(
    {
        "authorization_details", "policies", "mfa_devices", "credential_report", "access_keys", "login_profiles",
        "organization", EVERYTHING,
    }
)  # fmt: skip
"""The parts on which some answer hangs; the others are told, and no answer would be another one with them."""

RESOURCE_POLICIES = "resource policies"
"""What no snapshot holds: policies of buckets, queues, keys, which may name a user."""


@dataclass(frozen=True)
class Unread:
    """What was not read, as the snapshot tells."""

    entries: tuple[str, ...]
    parts: frozenset[str]

    @classmethod
    def of(cls, entries: Iterable[str]) -> Unread:
        """From a snapshot's list."""
        found = tuple(entries)
        parts: set[str] = set()
        for entry in found:
            part = NotRead.parse(entry).part
            parts.update(PARTS if part == EVERYTHING else (part,))
        return cls(found, frozenset(parts))

    def lacks(self, *parts: str) -> tuple[str, ...]:
        """Which of these parts were not read, or not wholly."""
        return tuple(part for part in parts if part in self.parts)


def weakening(entries: Iterable[str]) -> tuple[str, ...]:
    """The entries on which some answer hangs."""
    return tuple(entry for entry in entries if NotRead.parse(entry).part in HANGS_ON)
