"""The shape of a value from outside, as a table, and one interpreter: the first thing that is wrong, with its place.

What passes is made of texts, whole numbers, flags, nulls, lists and objects only, is not nested without end, and has
what the table asks for; fields that the table does not name are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn

from iamfa.account.details import SnapshotError
from iamfa.arn import Arn, is_account_id
from iamfa.errors import IamfaError

DEPTH: Final = 100
"""Lists and objects that may be open at once; a policy inside a snapshot needs about fifteen."""
_LARGEST: Final = 2**63
"""Whole numbers beyond this are nothing that AWS gives."""

CORRECT: Final = "write the snapshot again, or correct it there"
"""What to do where nothing better can be said."""
_HALF: Final = re.compile("[\ud800-\udfff]")

Check = Callable[[Any, str], None]


@dataclass(frozen=True, slots=True)
class Field:
    """One member of an object."""

    check: Check
    required: bool = True


def needed(check: Check) -> Field:
    """A member that must be there."""
    return Field(check)


def optional(check: Check) -> Field:
    """A member that may be missing or null."""
    return Field(check, required=False)


def refuse(place: str, message: str, hint: str = "") -> NoReturn:
    """Raise for what stands at a place, e.g. `$.mfa_devices[3].SerialNumber`."""
    raise SnapshotError(f"`{place}` {message}", hint=hint or CORRECT)


def text(value: Any, place: str) -> None:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        refuse(place, f"is {_named(value)}, and must be a text")


def any_text(value: Any, place: str) -> None:
    """A text, an empty one too."""
    if not isinstance(value, str):
        refuse(place, f"is {_named(value)}, and must be a text")


def flag(value: Any, place: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        refuse(place, f"is {_named(value)}, and must be true or false")


def whole(value: Any, place: str) -> None:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        refuse(place, f"is {_named(value)}, and must be a whole number")


def time(value: Any, place: str) -> None:
    """A time in ISO 8601."""
    text(value, place)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        refuse(place, f"is `{_short(value)}`, which is no time", "write `2026-01-31T12:00:00Z`")
    if not 1970 <= moment.year <= 9998:
        refuse(place, f"is `{_short(value)}`, and no account has seen that year", "write `2026-01-31T12:00:00Z`")


def number_of_account(value: Any, place: str) -> None:
    """The number of an account."""
    text(value, place)
    if not is_account_id(value):
        refuse(place, f"is `{_short(value)}`, and an account's number has twelve digits")


def arn(value: Any, place: str) -> None:
    """An ARN."""
    text(value, place)
    try:
        Arn.parse(value)
    except IamfaError as error:
        refuse(place, f"is no ARN: {error.message}")


def document(value: Any, place: str) -> None:
    """A policy: its text or the JSON object that it is."""
    if not isinstance(value, str | dict):
        refuse(place, f"is {_named(value)}, and must be a policy: an object, or the text of one")


def one_of(*values: str) -> Check:
    """One of a few texts."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or value not in values:
            shown = f"`{_short(value)}`" if isinstance(value, str) else _named(value)
            refuse(place, f"is {shown}, and must be one of {', '.join(f'`{each}`' for each in values)}")

    return check


def list_of(check: Check) -> Check:
    """A list whose entries all have one shape."""

    def of(value: Any, place: str) -> None:
        if not isinstance(value, list):
            refuse(place, f"is {_named(value)}, and must be a list")
        for index, entry in enumerate(value):
            check(entry, f"{place}[{index}]")

    return of


def map_of(check: Check) -> Check:
    """An object whose values all have one shape."""

    def of(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            refuse(place, f"is {_named(value)}, and must be an object")
        for key, entry in value.items():
            check(entry, f"{place}[{_short(key)!r}]")

    return of


def shape(fields: Mapping[str, Field]) -> Check:
    """An object with these members, and any others."""

    def of(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            refuse(place, f"is {_named(value)}, and must be an object")
        for name, field in fields.items():
            found = value.get(name)
            if found is None and field.required:
                refuse(place, f"has no `{name}`" if name not in value else f"has null as its `{name}`")
            if found is not None:
                field.check(found, f"{place}.{name}")

    return of


def plain(value: Any) -> None:
    """What JSON can hold, nested within reason and with numbers within reason; it keeps its own stack."""
    stack: list[tuple[Any, str, int]] = [(value, "$", 0)]
    while stack:
        found, place, depth = stack.pop()
        if found is None or isinstance(found, bool):
            continue
        if isinstance(found, str):
            if _HALF.search(found):
                refuse(place, "holds half a character (a lone surrogate)")
            continue
        if isinstance(found, int):
            if not -_LARGEST <= found < _LARGEST:
                refuse(place, "is a number that is too large")
        elif isinstance(found, float):
            if found != found or found in (float("inf"), float("-inf")):
                refuse(place, "is no number")
        elif depth >= DEPTH:
            refuse(place, f"is nested more than {DEPTH} deep")
        elif isinstance(found, list):
            stack.extend((each, f"{place}[{index}]", depth + 1) for index, each in enumerate(found))
        elif isinstance(found, dict):
            for key, each in found.items():
                if not isinstance(key, str) or _HALF.search(key):
                    refuse(place, "has a key that is no text")
                stack.append((each, f"{place}.{_short(key)}", depth + 1))
        else:
            refuse(place, f"is {_named(found)}, which JSON has not")


def _named(value: Any) -> str:
    for kind, name in _NAMES:
        if isinstance(value, kind):
            return name if value != "" else "an empty text"
    return f"of the type `{type(value).__name__}`"


_NAMES: Final = (
    (type(None), "null"), (bool, "a flag"), (int, "a number"), (float, "a number"), (str, "a text"), (list, "a list"),
    (dict, "an object"),
)  # fmt: skip


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "..."
