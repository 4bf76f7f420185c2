"""Which of his devices a user means when he names none: remembered for each account and user."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from iamfa.device.kept import KeptFile
from iamfa.device.own_user import OwnUser

FILE_NAME: Final = "default-devices.json"


class Defaults:
    """The remembered choices, in `default-devices.json` of the folder that is handed in.

    Every method raises `iamfa.device.kept.KeptFileError` for a file that this program did not write; those that
    change it `NotKeptError` where it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._file = KeptFile(folder / FILE_NAME)

    def get(self, user: OwnUser) -> str | None:
        """The serial of the user's default device; None where none is remembered."""
        serial = self._file.read().get(_key(user), {}).get("serial")
        return serial if isinstance(serial, str) else None

    def set(self, user: OwnUser, serial: str) -> None:
        """Remember a device. Whether the user has it is for the caller to know."""

        def put(entries: dict[str, Mapping[str, Any]]) -> None:
            entries[_key(user)] = {"serial": serial}

        self._file.change(put)

    def forget(self, user: OwnUser, serial: str | None = None) -> bool:
        """Forget the user's default, with *serial* only where it is this one; says whether there was one."""

        def take(entries: dict[str, Mapping[str, Any]]) -> bool:
            found = entries.get(_key(user))
            if found is None or (serial is not None and found.get("serial") != serial):
                return False
            del entries[_key(user)]
            return True

        return self._file.change(take)


def _key(user: OwnUser) -> str:
    return f"{user.partition}:{user.account}:{user.name}"
