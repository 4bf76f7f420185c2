"""On which of the parts that were not read some answer hangs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iamfa.account.not_read import EVERYTHING, NotRead

HANGS_ON: Final = frozenset(
    {
        "authorization_details", "policies", "mfa_devices", "credential_report", "access_keys", "login_profiles",
        "organization", EVERYTHING,
    }
)  # fmt: skip
"""These; the other parts are told, and no answer would be another one with them."""


def weakening(entries: Iterable[str]) -> tuple[str, ...]:
    """The entries of a snapshot's `not_read` on which some answer hangs."""
    return tuple(entry for entry in entries if NotRead.parse(entry).part in HANGS_ON)
