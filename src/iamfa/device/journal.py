"""Virtual devices that were created here and are nobody's yet: written down before anything else is done with them.

So an attempt that was interrupted can be cleared away later, and nothing else ever is: only serials that stand here
are deleted without being asked for. A seed never stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from iamfa.device.kept import KeptFile, KeptFileError, NotKeptError

FILE_NAME: Final = "pending-devices.json"


@dataclass(frozen=True, slots=True)
class Pending:
    """A device that was created and, as far as is known, not enabled."""

    serial: str
    created: datetime | None
    """None where the file does not say it."""


class Journal:
    """The devices that were begun, in `pending-devices.json` of the folder that is handed in.

    *endpoint* is the address that was called, empty for AWS itself: a sandbox may have the number of a real account,
    and what was created in the one must not be deleted in the other. Raises as `iamfa.device.defaults.Defaults` does.
    """

    def __init__(self, folder: Path, *, endpoint: str = "") -> None:
        self._file = KeptFile(folder / FILE_NAME)
        self._endpoint = endpoint

    def require_writable(self) -> None:
        """Raise `NotKeptError` now where it could not be written later."""
        self._file.change(lambda entries: None)

    def add(self, serial: str, now: datetime) -> None:
        """Write a device down that was created just now."""

        def put(entries: dict[str, Mapping[str, Any]]) -> None:
            entries[self._key(serial)] = {
                "serial": serial, "created": now.astimezone(UTC).isoformat(), "endpoint": self._endpoint,
            }  # fmt: skip

        self._file.change(put)

    def forget(self, serial: str) -> None:
        """Strike a device out: it is enabled or gone.

        Where the file cannot be written any more it stays, and nothing is raised: what was done is done, and an entry
        too many does no harm, as AWS deletes no device that is assigned.
        """
        with suppress(KeptFileError, NotKeptError):
            self._file.change(lambda entries: entries.pop(self._key(serial), None))

    def find(self, serial: str) -> Pending | None:
        """What is known of a device, None where it was not begun here."""
        return next((each for each in self.pending() if each.serial == serial), None)

    def pending(self) -> tuple[Pending, ...]:
        """All devices that were begun at this endpoint, the oldest first."""
        entries = self._file.read().values()
        mine = [each for each in entries if each.get("endpoint") == self._endpoint]
        found = [Pending(str(each.get("serial")), _moment(each.get("created"))) for each in mine]
        return tuple(sorted(found, key=lambda each: (each.created is not None, each.created or _NEVER)))

    def _key(self, serial: str) -> str:
        return f"{self._endpoint} {serial}"


_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
