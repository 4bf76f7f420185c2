"""A file of secrets in a folder of its own: read without a lock, replaced in one step by one writer at a time."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from filelock import BaseFileLock, FileLock, Timeout

from iamfa.errors import IamfaError
from iamfa.files import write_text
from iamfa.session import cached

_PATIENCE_SECONDS: Final = 20
"""Nobody writes for so long who is not stopped."""
_POLL_SECONDS: Final = 0.02


class CacheError(IamfaError):
    """What should be kept cannot be; whoever asked goes on without, and says so."""


@dataclass(frozen=True, slots=True)
class PrivateFile:
    """A JSON document of mode 0600 in a folder of mode 0700.

    On Windows modes are not there to be looked at or set; the file is as private as the folder, which lies in the
    user's own part of the system.
    """

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """Where the document is."""
        return self.folder / self.name

    def read(self) -> tuple[dict[str, Any] | None, str | None]:
        """The document, and why it is not to be trusted, if so; both None where there is none. Takes no lock."""
        return cached.read(str(self.folder), self.name)

    def change(self, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
        """Replace the document by what *change* makes of it; it gets an empty one where there is none to be trusted.

        One writer at a time, so that none loses what another one wrote. Raises `CacheError`.
        """
        lock = acquired(self.folder, f"{self.name}.lock", seconds=_PATIENCE_SECONDS)
        if lock is None:
            raise CacheError(
                f"another process has been writing `{self.path}` for more than {_PATIENCE_SECONDS} seconds",
                hint="look for a stopped `iamfa`",
            )
        with lock, told(self.folder):
            document, _ = self.read()
            if self.path.is_symlink():
                # What it points to is not ours to write secrets into.
                self.path.unlink()
            text = json.dumps({"version": cached.VERSION, **change(document or {})}, indent=1)
            write_text(self.path, text + "\n", mode=0o600)


@contextmanager
def _released(lock: BaseFileLock) -> Iterator[None]:
    try:
        yield
    finally:
        lock.release()


def acquired(folder: Path, name: str, *, seconds: float) -> AbstractContextManager[None] | None:
    """The lock of this name in a folder, let go at the end of the context; None where another process has it for as
    long as *seconds*; 0 tries once.

    The lock belongs to the process and goes with it, however it ends; the file stays and holds nothing. On a file
    system without such locks filelock lays down a file that names its holder, and takes it away from a dead one, or
    (older releases) refuses. Raises `CacheError` where there can be no lock.
    """
    make(folder)
    lock = FileLock(folder / name, mode=0o600)
    with told(folder):
        try:
            lock.acquire(timeout=seconds, poll_interval=_POLL_SECONDS)
        except Timeout:
            return None
    return _released(lock)


def make(folder: Path) -> None:
    """See to it that the folder is there, and this user's alone. Raises `CacheError`."""
    with told(folder):
        if not folder.is_absolute():
            raise CacheError("there is no folder to keep sessions in", hint=_ELSEWHERE)
        fault = cached.folder_fault(str(folder))
        if fault is not None:
            hint = f"`chmod 700 {folder}`" if "write" in fault else _ELSEWHERE
            raise CacheError(f"the folder `{folder}` is not used for secrets: {fault}", hint=hint)
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)


_ELSEWHERE: Final = "name a folder of your own in IAMFA_CACHE_DIR, by its whole path"
_HINTS: Final = {
    errno.ENOSPC: "make room on the disk, or name a folder on another one in IAMFA_CACHE_DIR",
    errno.EDQUOT: "make room, or name a folder elsewhere in IAMFA_CACHE_DIR",
    errno.EROFS: _ELSEWHERE,
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
}


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """What the system refuses, as our error."""
    try:
        yield
    except NotImplementedError as error:
        raise CacheError(f"the file system of `{folder}` knows no locks", hint=_ELSEWHERE) from error
    except OSError as error:
        words = (os.strerror(error.errno) if error.errno else str(error)).lower()
        hint = _HINTS.get(error.errno or 0, "look at the folder")
        raise CacheError(f"nothing can be kept in `{folder}`: {words}", hint=hint) from error
