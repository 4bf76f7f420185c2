"""The canonical forms of a request's parts, byte for byte as a signer had to make them.

AWS's page: "Create a signed AWS API request", section "Create a canonical request".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote_to_bytes

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")
_BLANKS = re.compile(r"[ \t]+")


def decoded(text: str) -> bytes:
    """A name or value of a query string as bytes; `+` is a blank, as the query protocol's forms have it."""
    return unquote_to_bytes(text.replace("+", " "))


def _encoded(text: str) -> str:
    if _UNRESERVED.fullmatch(text):
        return text
    return quote(decoded(text), safe="")


def canonical_query(query: str, *, without: str | None = None) -> str:
    """The parameters encoded anew and sorted by name, then value; `without` names the one that is left out."""
    if not query:
        return ""
    pairs = []
    for piece in query.split("&"):
        name, _, value = piece.partition("=")
        if piece and name != without:
            pairs.append((_encoded(name), _encoded(value)))
    pairs.sort()
    return "&".join([f"{name}={value}" for name, value in pairs])


def canonical_path(path: str, *, of_s3: bool) -> str:
    """The path encoded once for S3, whose object keys may look like anything; else normalised and encoded twice."""
    if path == "/":
        return path
    if of_s3:
        # Segment by segment, so that an encoded slash does not become one that was never there.
        return "/".join([quote(unquote_to_bytes(segment), safe="") for segment in path.split("/")])
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    # The raw path is encoded once already.
    return quote("/" + "/".join(kept) + ("/" if kept and path.endswith("/") else ""), safe="/")


def canonical_headers(names: Iterable[str], headers: Mapping[str, str]) -> str:
    """One line each, blanks trimmed and run together; KeyError for a header that is not there."""
    lines = []
    for name in names:
        value = headers[name]
        if "  " in value or "\t" in value:
            value = _BLANKS.sub(" ", value)
        lines.append(f"{name}:{value.strip()}\n")
    return "".join(lines)
