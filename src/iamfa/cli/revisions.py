"""Files as git has them: `HEAD:policy.json` names the one of a revision."""

from __future__ import annotations

import os
import subprocess

from iamfa.errors import Fault, PolicyError
from iamfa.files import decode

_SECONDS = 60


def is_revision(path: str) -> bool:
    """Whether this names a file of a revision; a file that is there under this name goes before."""
    revision, colon, file = path.partition(":")
    drive = len(revision) == 1 and file[:1] in ("\\", "/")
    return bool(colon and revision and file) and not drive and not os.path.exists(path)


def text_at(path: str) -> str:
    """The text of a file of a revision, as `git show` gives it, but byte by byte as it was committed.

    Raises PolicyError where git is missing, or knows no such revision or file.
    """
    if path.startswith("-"):
        raise _unreadable(path, "a revision does not begin with `-`")
    # No shell; and no filter, pager or driver of a repository runs, as with `git show` one might.
    command = ("git", "--no-pager", "cat-file", "blob", path)
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False)
    except FileNotFoundError as error:
        raise _unreadable(path, "git is not installed", "name a file, or install git") from error
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise _unreadable(path, f"git cannot be asked: {error}") from error
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        words = told[0].removeprefix("fatal: ").lower() if told else f"exit code {done.returncode}"
        raise _unreadable(
            path,
            f"there is no such file, and git has none: {words}",
            "a revision's file is named from the top of the repository, or as `HEAD:./policy.json` from here",
        )
    return decode(done.stdout, path)


def _unreadable(path: str, message: str, hint: str | None = None) -> PolicyError:
    return PolicyError(f"`{path}`: {message}", (Fault(1, 1, message, hint),), path=path)
