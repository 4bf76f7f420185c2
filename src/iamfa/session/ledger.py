"""Which codes were used: AWS accepts a code once, and refuses it a second time with the words of a wrong one.

What is noted is a salted hash. It keeps codes from being read over a shoulder or in a backup, and protects from
nothing else: there are only 1,000,000 codes, so that whoever has the file tries them all in a second, and no cost
of hashing would change that. Nor need it: a code is worth nothing once it was used, and after some minutes anyway.
"""

from __future__ import annotations

import hmac
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from iamfa.secret import Secret
from iamfa.session.private_file import PrivateFile

KEPT: Final = timedelta(minutes=10)
"""AWS accepts codes of some steps around the present one; after this none of them is accepted any more."""


class Ledger:
    """The codes that were used lately with AWS, by device.

    A ledger that is damaged or not to be trusted counts as empty. Writing raises `CacheError`.
    """

    def __init__(self, folder: Path) -> None:
        self._file = PrivateFile(folder, "codes.json")

    def used(self, serial: str, code: Secret, now: datetime) -> datetime | None:
        """When this code of the device was used, None where it was not in the last ten minutes."""
        document, _ = self._file.read()
        salt, used = _parts(document or {})
        at = used.get(_hash(salt, serial, code))
        return None if at is None or not _is_recent(at, now) else datetime.fromtimestamp(at, UTC)

    def record(self, serial: str, code: Secret, now: datetime) -> None:
        """Note that a code was used, whatever AWS said of it. Raises `CacheError`."""

        def changed(document: dict[str, Any]) -> dict[str, Any]:
            salt, used = _parts(document)
            recent = {name: at for name, at in used.items() if _is_recent(at, now)}
            return {"salt": salt.hex(), "used": {**recent, _hash(salt, serial, code): int(now.timestamp())}}

        self._file.change(changed)


def _parts(document: dict[str, Any]) -> tuple[bytes, dict[str, int]]:
    """The salt, a new one where there is none, and the moments by hash."""
    salt, used = document.get("salt"), document.get("used")
    try:
        known = bytes.fromhex(salt) if isinstance(salt, str) else b""
    except ValueError:
        known = b""
    if len(known) < 16 or not isinstance(used, dict):
        return os.urandom(16), {}
    return known, {name: at for name, at in used.items() if isinstance(at, int)}


def _is_recent(at: int, now: datetime) -> bool:
    return abs(now.timestamp() - at) < KEPT.total_seconds()


def _hash(salt: bytes, serial: str, code: Secret) -> str:
    return hmac.digest(salt, f"{serial} {code.reveal()}".encode(), "sha256").hex()
