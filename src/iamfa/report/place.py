"""Where a file is, as other programs write it: from the folder that is looked at, with forward slashes."""

from __future__ import annotations

import os
from pathlib import PurePath


def place_from(folder: str, path: str) -> str:
    """*path* seen from *folder* (absolute) with forward slashes; absolute where it does not lie below it.

    Only the names are looked at, not the disk. Without a folder a path stays what it is, but for `./` and the like.
    """
    whole = PurePath(os.path.normpath(os.path.join(folder, path)))
    if folder and whole.is_relative_to(folder):
        return whole.relative_to(folder).as_posix()
    return whole.as_posix()


def uri_from(folder: str, path: str) -> str:
    """The same as a URI: a relative reference, percent-encoded, or `file:` with the whole path."""
    from urllib.parse import quote_from_bytes

    place = place_from(folder, path)
    if os.path.isabs(place):
        return PurePath(place).as_uri()
    return quote_from_bytes(os.fsencode(place), safe="/~")
