"""Files: read with clear errors, written whole or not at all. What differs between systems is here."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from iamfa.errors import Fault, PolicyError

_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".terraform"})
_POLICY_SUFFIXES = frozenset({".json", ".jsonc", ".json5"})
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file, byte-order mark and line ends as they stand.

    Raises `PolicyError` where the file is missing, a folder, not permitted or not UTF-8 (with the place of the byte).
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise _unreadable(path, "there is no such file") from error
    except IsADirectoryError as error:
        raise _unreadable(path, "this is a folder, not a file") from error
    except PermissionError as error:
        if Path(path).is_dir():
            raise _unreadable(path, "this is a folder, not a file") from error
        raise _unreadable(path, "reading this file is not permitted") from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, f"the file cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return decode(data, str(path))


def decode(data: bytes, path: str | None = None) -> str:
    """UTF-8 bytes as text. Raises `PolicyError` with line and column of the first byte that is none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if data.startswith(_UTF16_MARKS):
            fault = Fault(1, 1, "the file is UTF-16", "save it as UTF-8")
        else:
            before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
            lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            byte = data[error.start]
            fault = Fault(
                len(lines), len(lines[-1]) + 1, f"the byte 0x{byte:02X} is not UTF-8", "save the file as UTF-8"
            )
        raise PolicyError(str(fault), (fault,), path=path) from error


def _unreadable(path: str | Path, message: str) -> PolicyError:
    return PolicyError(f"`{path}`: {message}", (Fault(1, 1, message),), path=str(path))


def write_text(path: str | Path, text: str, *, mode: int | None = None) -> None:
    """Replace a file's content in one step, keeping its mode; through a symbolic link its target is written.

    With *mode*, e.g. 0o600 for what holds secrets, the file has that mode from its first byte on.

    The new content stands in a file beside it until it is complete and on the disk, so that a failure leaves the old
    file and nothing else. What a process left there that was killed meanwhile, the next write takes away. Raises
    `OSError` as the system gives it.
    """
    target = Path(os.path.realpath(path))
    data = text.encode("utf-8")
    # Not tempfile: loading it takes longer than reading and judging a policy.
    name = target.parent / f".iamfa-{os.urandom(8).hex()}.tmp"
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            written = os.fstat(file.fileno()).st_mtime
        os.chmod(name, _mode_of(target) if mode is None else mode)
        os.replace(name, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    _sync_folder(target.parent)
    _sweep(target.parent, written)


_OWN_FILE = re.compile(r"\.iamfa-[0-9a-f]{16}\.tmp")
_LEFT_SECONDS = 60
"""Nobody takes so long over a write that is not dead: each piece that is written makes its file young again."""


def _sweep(folder: Path, now: float) -> None:
    """Take away what killed processes left, which may hold secrets; *now* is by the clock of the files themselves."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not _OWN_FILE.fullmatch(entry.name):
                continue
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) and now - status.st_mtime > _LEFT_SECONDS:
                    os.unlink(entry.path)


def _mode_of(target: Path) -> int:
    """The mode that the file has, or the one that a new file gets."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        return 0o644


def _sync_folder(folder: Path) -> None:
    """Put the new name on the disk too, where the system lets folders be opened."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def find_policy_files(folder: str | Path) -> Iterator[Path]:
    """The files below a folder that may hold policies, by their names, in sorted order.

    Folders of version control and of installed packages are left out, and links that lead back into the way that
    led to them.
    """
    return _below(Path(folder), frozenset())


def _below(folder: Path, way: frozenset[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError:
        return
    place = (status.st_dev, status.st_ino)
    if place in way:
        return
    for entry in entries:
        if entry.is_dir():
            if entry.name not in _SKIPPED_FOLDERS:
                yield from _below(entry, way | {place})
        elif entry.suffix.lower() in _POLICY_SUFFIXES and entry.is_file():
            yield entry
