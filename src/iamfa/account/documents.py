"""Policies in a snapshot: JSON objects where that loses nothing that AWS would see, and their texts otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import quote

from iamfa.account.details import text_in


def document_out(text: str) -> object:
    """The object that a policy's text spells; the text itself where an object would say something else.

    That is so for keys that stand twice, numbers in odd forms, comments, and whatever else is not plain JSON. Layout
    is lost; `keeps_layout` tells where.
    """
    try:
        found = json.loads(
            text, object_pairs_hook=_without_doubles, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
        )
        json.dumps(found, ensure_ascii=False).encode()  # half a character is no text that a file can hold
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict) and _depth(found) <= _DEEPEST:
        return found
    # A text that begins like a URL-encoded one would be decoded when it is read.
    return quote(text, safe="") if text.lstrip()[:1] == "%" else text


def keeps_layout(text: str) -> bool:
    """Whether a policy's text comes back letter for letter from what `document_out` makes of it."""
    return text_in(document_out(text)) == text


def plain_times(value: Any) -> Any:
    """A value made of AWS's members with its times as texts, so that JSON can hold it."""
    if isinstance(value, datetime):
        return time_out(value)
    if isinstance(value, Mapping):
        return {key: plain_times(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_times(each) for each in value]
    return value


def time_out(moment: datetime) -> str:
    """A time as a snapshot holds it, with whatever fraction of a second it has."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


_DEEPEST = 40
"""Nested deeper than any policy is; left to the reader of policies to refuse."""


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _whole(text: str) -> int:
    found = int(text)
    if str(found) != text or len(text) > 18:
        raise ValueError("a whole number in an odd form")
    return found


def _fraction(text: str) -> float:
    found = float(text)
    if json.dumps(found) != text:
        raise ValueError("a fraction in an odd form")
    return found


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _depth(value: Any) -> int:
    """How deep a value is nested; it was read by a reader that itself recurses no deeper than Python does."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
        ]
    return deepest
