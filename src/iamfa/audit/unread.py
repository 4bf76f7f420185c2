"""What of an account was not read, and on whom it bears. Not read never looks like clean.

An entry of a snapshot's `not_read` is `PART: REASON` or `PART[ABOUT]: REASON`, e.g. `mfa_devices: AccessDenied` or
`mfa_devices[user/alice]: NoSuchEntity`. Whatever begins with no part that is known bears on everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

PARTS = (
    "authorization_details", "policies", "roles", "instance_profiles", "mfa_devices", "credential_report",
    "access_keys", "inactive_access_keys", "login_profiles", "password_policy", "account_summary", "alias",
    "organization",
)  # fmt: skip
"""The parts of a snapshot that can be missing."""

RESOURCE_POLICIES = "resource policies"
"""What no snapshot holds: policies of buckets, queues, keys, which may name a user."""

_ENTRY = re.compile(r"([a-z_]+)(?:\[([^\]]*)\])?:")


@dataclass(frozen=True)
class Unread:
    """What was not read, as the snapshot tells."""

    entries: tuple[str, ...]
    _parts: frozenset[tuple[str, str]]
    """Parts with whom they are about, e.g. `user/alice`; the empty text: everybody."""

    @classmethod
    def of(cls, entries: Iterable[str]) -> Unread:
        """From a snapshot's list."""
        found = tuple(entries)
        parts: set[tuple[str, str]] = set()
        for entry in found:
            head = _ENTRY.match(entry)
            if head is not None and head[1] in PARTS:
                parts.add((head[1], head[2] or ""))
            else:
                parts.update((part, "") for part in PARTS)
        return cls(found, frozenset(parts))

    def lacks(self, *parts: str, of: Iterable[str] = ()) -> tuple[str, ...]:
        """Which of these parts were not read of everybody, or not of one of those in *of*, e.g. `user/alice`."""
        if not self._parts:
            return ()
        whom = tuple(of)
        return tuple(
            part
            for part in parts
            if any(
                name == part and (not about or any(about == w or about.startswith(f"{w}/") for w in whom))
                for name, about in self._parts
            )
        )
