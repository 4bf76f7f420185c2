"""Small files of this program's own: JSON, for their owner's eyes only, changed by one process at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from iamfa.errors import InputError, OutsideError, PolicyError
from iamfa.files import read_text, write_text

T = TypeVar("T")

_VERSION: Final = 1
_PATIENCE_SECONDS: Final = 10.0


class KeptFileError(InputError):
    """A file of this program's own is not what it should be, or another version's; it is left as it is."""


class NotKeptError(OutsideError):
    """A file of this program's own cannot be written; what it held before is still there."""


class KeptFile:
    """Entries by their names in one file, `{"version": 1, "entries": {NAME: {…}}}`, mode 0600 in a folder of 0700.

    It is replaced as a whole, so that readers take no lock; whoever changes it holds the lock beside it meanwhile.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, Mapping[str, Any]]:
        """The entries; none where there is no file. Raises `KeptFileError`."""
        try:
            text = read_text(self.path)
        except PolicyError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return {}
            if isinstance(error.__cause__, NotADirectoryError):
                raise KeptFileError(
                    error.message, hint="a file stands where a folder should be: move it away"
                ) from error
            raise self._broken(error.message) from error
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._broken(f"`{self.path}` is no JSON") from error
        entries = found.get("entries") if isinstance(found, dict) else None
        if not isinstance(entries, dict) or not all(isinstance(each, dict) for each in entries.values()):
            raise self._broken(f"`{self.path}` has no entries that this program wrote")
        if found.get("version") != _VERSION:
            raise self._broken(f"`{self.path}` was written by another version of this program")
        return entries

    def change(self, how: Callable[[dict[str, Mapping[str, Any]]], T]) -> T:
        """Let *how* change the entries, and write them where they are others then; the result is that of *how*.

        Raises `KeptFileError`, and `NotKeptError` where the file cannot be written or another process holds it.
        """
        # Not at the top: whoever only reads has no use for it.
        from filelock import FileLock, Timeout

        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=_PATIENCE_SECONDS, mode=0o600):
                entries = self.read()
                before = json.dumps(entries)
                result = how(entries)
                if json.dumps(entries) != before:
                    text = json.dumps({"version": _VERSION, "entries": entries}, indent=1)
                    write_text(self.path, text + "\n", mode=0o600)
                return result
        except Timeout as error:
            hint = f"end the process that holds `{self.path}.lock`, and try again"
            raise NotKeptError(f"`{self.path}` is being changed by another process", hint=hint) from error
        except OSError as error:
            words = error.strerror or os.fspath(self.path)
            hint = "look at the folder's permissions and at the space on the disk"
            raise NotKeptError(f"`{self.path}` cannot be written: {words.lower()}", hint=hint) from error

    def _broken(self, message: str) -> KeptFileError:
        return KeptFileError(message, hint=f"move `{self.path}` away; it is made anew")
