"""What of an account was not read, and on what it bears. Not read never looks like clean.

An entry of a snapshot's `not_read` begins with a part of the snapshot, e.g. `mfa_devices: AccessDenied`, perhaps with
one of its things (`mfa_devices/alice: …`). Whatever begins with nothing known is taken to bear on everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

PARTS = (
    "authorization_details", "instance_profiles", "mfa_devices", "credential_report", "access_keys", "login_profiles",
    "password_policy", "organization",
)  # fmt: skip
"""The parts of a snapshot that can be missing."""

RESOURCE_POLICIES = "resource policies"
"""What no snapshot holds: policies of buckets, queues, keys, which may name a user."""

_HEAD = re.compile(r"[a-z_]+")


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
            head = _HEAD.match(entry)
            if head is not None and head.group() in PARTS:
                parts.add(head.group())
            else:
                parts.update(PARTS)
        return cls(found, frozenset(parts))

    def lacks(self, *parts: str) -> tuple[str, ...]:
        """Which of these parts were not read, or not wholly."""
        return tuple(part for part in parts if part in self.parts)
