"""The files: there, readable, parsed, and nobody else's to read or change."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from iamfa.device.defaults import FILE_NAME as DEFAULTS
from iamfa.device.journal import FILE_NAME as JOURNAL
from iamfa.device.journal import Journal
from iamfa.device.kept import KeptFile, KeptFileError
from iamfa.device.kinds import name_of
from iamfa.device.problems import deletion_command
from iamfa.errors import InputError
from iamfa.session import cached
from iamfa.session.aws_file import AwsFile
from iamfa.session.cache import Cache, CacheError, cache_folder
from iamfa.session.doctor_checkup import Checkup
from iamfa.session.profiles import SECRET_KEY, file_paths

_READ: Final = 0o444
_WRITE: Final = 0o222
_ELSEWHERE: Final = "name a folder of your own in IAMFA_CACHE_DIR, by its whole path"


def aws_file_checkups(environ: Mapping[str, str], home: Path) -> Iterator[Checkup]:
    """Both AWS files."""
    for id_, path in zip(("config-file", "credentials-file"), file_paths(environ, home), strict=True):
        found = list(_faults(id_, path))
        yield from found or [Checkup(id_, "ok", f"`{path}` is sound" if path.exists() else f"there is no `{path}`")]


def _faults(id_: str, path: Path) -> Iterator[Checkup]:
    place, quoted = f"`{path}`", shlex.quote(str(path))
    try:
        link = path.is_symlink()
        if not path.exists():
            if link:
                words = f"`{path}` is a symbolic link to `{os.readlink(path)}`, and there is nothing"
                yield Checkup(id_, "problem", words, f"correct the link, or remove it: rm {quoted}", place)
            return
        status = path.stat()
    except OSError as error:
        yield Checkup(
            id_, "problem", f"`{path}` cannot be looked at: {_words(error)}", "correct the path or its modes", place
        )
        return
    if not stat.S_ISREG(status.st_mode):
        yield Checkup(id_, "problem", f"`{path}` is no file", f"move it away: mv {quoted} {quoted}.old", place)
        return
    try:
        file = AwsFile.read(path)
    except InputError as error:
        hint = error.hint or f"correct the line, or ask what is wrong with it: less {quoted}"
        yield Checkup(id_, "problem", error.message, hint, place)
        return
    secret = id_ == "credentials-file" or any(section.find(SECRET_KEY) for section in file.sections)
    if os.name != "nt":
        yield from _modes(id_, path, status, secret=secret)
    repository = _repository(path) if secret and file.sections else None
    if repository is not None:
        words = f"`{path}` holds secret keys and lies in a working copy of git, `{repository}`"
        yield Checkup(id_, "warning", words, "keep it out of version control: add it to .gitignore", place)


def _modes(id_: str, path: Path, status: os.stat_result, *, secret: bool) -> Iterator[Checkup]:
    place, quoted = f"`{path}`", shlex.quote(str(path))
    mode = stat.S_IMODE(status.st_mode)
    others = _others(status)
    if status.st_uid not in (os.geteuid(), 0):
        words = f"`{path}` belongs to another user (uid {status.st_uid}), who can change what it says"
        yield Checkup(id_, "problem", words, f"sudo chown $(id -u) {quoted}", place)
    if mode & others & _WRITE:
        words = f"others may write `{path}` (mode {mode:04o}), and let the SDKs run any program for you"
        yield Checkup(id_, "problem", words, f"chmod 600 {quoted}", place)
    elif secret and mode & others & _READ:
        words = f"others may read `{path}` (mode {mode:04o}), which is for secret keys"
        yield Checkup(id_, "problem", words, f"chmod 600 {quoted}, and replace keys that others may have read", place)
    folder = path.parent
    about = folder.stat()
    if about.st_mode & _others(about) & _WRITE and not about.st_mode & stat.S_ISVTX:
        words = f"others may write into `{folder}`, and put another file in the place of `{path.name}`"
        yield Checkup(id_, "problem", words, f"chmod go-w {shlex.quote(str(folder))}", f"`{folder}`")


def _others(status: os.stat_result) -> int:
    """The bits of the others; the group's too, unless nobody else is in it, as many systems make one for each user."""
    import grp
    import pwd

    try:
        owner, group = pwd.getpwuid(status.st_uid).pw_name, grp.getgrgid(status.st_gid)
    except KeyError:
        return 0o077
    return 0o007 if group.gr_name == owner and set(group.gr_mem) <= {owner} else 0o077


def _repository(path: Path) -> Path | None:
    """The folder above a file, links followed, that is a working copy of git."""
    return next((folder for folder in Path(os.path.realpath(path)).parents if os.path.exists(folder / ".git")), None)


def cache_checkups(environ: Mapping[str, str], cache: Cache | None) -> Iterator[Checkup]:
    """Where sessions are kept, and what lies there; *cache* is None where there is no place."""
    if cache is None:
        try:
            cache_folder(environ)
        except CacheError as error:
            yield Checkup("cache-folder", "problem", error.message, error.hint, "IAMFA_CACHE_DIR")
        return
    folder = str(cache.folder)
    try:
        fault = cached.folder_fault(folder)
    except OSError as error:
        fault = f"it cannot be looked at: {_words(error)}"
    place = f"`{folder}`"
    if fault is not None:
        hint = f"chmod 700 {shlex.quote(folder)}" if "write" in fault else _ELSEWHERE
        yield Checkup("cache-folder", "problem", f"no session is kept in `{folder}`: {fault}", hint, place)
        return
    if not _writable(cache.folder):
        words = f"nothing can be written into `{folder}`, so that each program asks for a code of its own"
        yield Checkup("cache-folder", "problem", words, _ELSEWHERE, place)
    else:
        yield Checkup("cache-folder", "ok", f"sessions are kept in `{folder}`", place=place)
    warning = cache.warning()
    if warning is not None:
        path = cache.folder / cached.SESSIONS
        hint = f"remove it, and get sessions anew: rm {shlex.quote(str(path))}"
        yield Checkup("cache-file", "problem", warning, hint, f"`{path}`")
    else:
        yield Checkup("cache-file", "ok", "what is kept there can be trusted")


def state_checkups(state: Path, endpoint: str) -> Iterator[Checkup]:
    """What this program remembers: default devices, and those that were begun."""
    fine, there = True, os.path.isdir(_nearest(state))
    for name in (DEFAULTS, JOURNAL) if there else ():
        try:
            KeptFile(state / name).read()
        except KeptFileError as error:
            fine = False
            yield Checkup("state-files", "problem", error.message, error.hint, f"`{state / name}`")
    if not _writable(state):
        fine = False
        words = f"nothing can be written into `{state}`: no default device is remembered, no enrolment can begin"
        yield Checkup("state-files", "warning", words, "let XDG_STATE_HOME name a folder of your own", f"`{state}`")
    if fine:
        yield Checkup("state-files", "ok", f"what is remembered in `{state}` can be read and written")
    if there:
        yield from _pending(state, endpoint)


def _pending(state: Path, endpoint: str) -> Iterator[Checkup]:
    try:
        left = Journal(state, endpoint=endpoint).pending()
    except KeptFileError:
        yield Checkup("pending-devices", "unknown", "whether a device was begun and left cannot be read")
        return
    for each in left:
        words = (
            f"`{name_of(each.serial)}` was begun{_since(each.created)} and not enabled; its name is taken until it goes"
        )
        again = f"`iamfa device add {shlex.quote(name_of(each.serial))}` tries to delete it and begins anew"
        hint = f"{again}; an administrator deletes it with: {deletion_command(each.serial)}"
        yield Checkup("pending-devices", "warning", words, hint, each.serial)
    if not left:
        yield Checkup("pending-devices", "ok", "no device was begun here and left")


def _since(moment: datetime | None) -> str:
    return f" at {moment:%Y-%m-%d %H:%M} UTC" if moment is not None else ""


def _writable(folder: Path) -> bool:
    """Whether a file can be made in a folder, or the folder itself where there is none yet."""
    nearest = _nearest(folder)
    return os.path.isdir(nearest) and os.access(nearest, os.W_OK | os.X_OK)


def _nearest(path: Path) -> Path:
    """The path itself, or the folder nearest to it that is there."""
    return next(each for each in (path, *path.parents) if os.path.lexists(each))


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
