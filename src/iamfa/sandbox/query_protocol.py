"""AWS's query protocol, the way in: `Action=CreateUser&Version=2010-05-08&Tags.member.1.Key=…` into nested parameters.

What AWS does with a form that no SDK sends is not documented, so nothing is guessed: a name twice, a gap in the indexes
of a list, an escape or a character that is none, a parameter that the operation does not have are refused. An unknown
parameter matters: a caller whose SDK is newer than the model here may mean to restrict what he asks for. The parts of a
signature in a query string (`X-Amz-Signature`, …) are the one exception: they belong to whoever checks the signature.

Codes and statuses are those of IAM's CommonErrors.html: MissingAction, InvalidQueryParameter (400),
MalformedQueryString (404), and AWS's `MalformedInput` for a value that is not of its type. Time and memory are linear
in the request.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.model import Operation, Service, Shape, operation

MAX_FIELDS: Final = 10_000
"""Names in one request; IAM's longest lists have a few hundred entries."""
_MAX_PARTS: Final = 32
"""Dots in one name; the model's deepest name has eight."""
_ECHO: Final = 100
"""Characters of a foreign name that a message repeats."""

_SIGNATURE: Final = frozenset(
    f"X-Amz-{part}"
    for part in ("Algorithm", "Credential", "Date", "Expires", "Security-Token", "Signature", "SignedHeaders")
)
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}")
_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_BITS: Final = {"integer": 31, "long": 63}


def read(service: Service, *forms: bytes) -> tuple[Operation, dict[str, Any]]:
    """The operation and its parameters out of a query string and a body; raises ApiError. Constraints come after."""
    given: dict[str, str] = {}
    for form in forms:
        _add_fields(given, form)
    action, version = given.pop("Action", ""), given.pop("Version", "NO_VERSION_SPECIFIED")
    if not action:
        raise ApiError("MissingAction", "The request is missing the Action parameter.")
    found = operation(service.name, action) if version == service.api_version else None
    if found is None:
        raise ApiError("InvalidAction", f"Could not find operation {_cut(action)} for version {_cut(version)}")
    return found, nested(found.input_shape, given)


def _add_fields(given: dict[str, str], form: bytes) -> None:
    """Adds the decoded fields of a form, `a=1&b=2`; an empty piece (`&&`) says nothing and is passed over."""
    if form.count(b"&") >= MAX_FIELDS:
        raise ApiError("InvalidQueryParameter", f"The request has more than {MAX_FIELDS} parameters.")
    if _BAD_ESCAPE.search(form):
        raise ApiError("MalformedQueryString", "The query string has a % that no two hexadecimal digits follow.", 404)
    for piece in form.split(b"&"):
        if not piece:
            continue
        name, _, value = (_decoded(part) for part in piece.partition(b"="))
        if name in given:
            raise ApiError("InvalidQueryParameter", f"The parameter {_cut(name)} is given more than once.")
        given[name] = value


def _decoded(part: bytes) -> str:
    part = part.replace(b"+", b" ")
    try:
        return (unquote_to_bytes(part) if b"%" in part else part).decode()
    except UnicodeDecodeError:
        raise ApiError("MalformedQueryString", "The query string is not UTF-8.", 404) from None


def nested(shape: Shape | None, fields: Mapping[str, str]) -> dict[str, Any]:
    """Flat names and texts as nested values of the shape: str, int, bool, bytes, datetime, list, dict."""
    tree: dict[Any, Any] = {}
    for name, text in fields.items():
        if name in _SIGNATURE:
            continue
        if shape is None:
            raise _unknown(name)
        _place(shape, tree, name, text)
    return {} if shape is None else _structure(shape, tree)


def _place(shape: Shape, tree: dict[Any, Any], name: str, text: str) -> None:
    """Puts one field where its name says: structures by member, lists and maps by index."""
    parts = name.split(".")
    at = 0
    while True:
        if at >= len(parts) or len(parts) > _MAX_PARTS:
            raise _unknown(name)
        key: str | int = parts[at]
        if shape.kind == "structure":
            below = shape.members.get(parts[at])
        else:
            word = None if shape.flattened else "member" if shape.kind == "list" else "entry"
            if word is not None:
                at += 1
                if key != word or at == len(parts):
                    raise _unknown(name)
            key, below = _index(parts[at], name), _entry(shape)
        if below is None:
            raise _unknown(name)
        at += 1
        shape = below
        if at == len(parts):
            if key in tree:
                raise _both(name)
            tree[key] = _scalar(shape, text, name)
            return
        if shape.kind not in {"structure", "list", "map"}:
            raise _unknown(name)
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            raise _both(name)


@cache
def _entry(shape: Shape) -> Shape:
    """What an index of a list or map leads to; an entry of a map is a pair."""
    if shape.kind == "list":
        return shape.members["member"]
    return Shape(f"{shape.name}.entry", "structure", MappingProxyType(dict(shape.members)), ("key", "value"))


def _index(part: str, name: str) -> int:
    if not (part.isascii() and part.isdigit() and len(part) <= 5 and part[0] != "0"):
        raise ApiError("MalformedInput", f"{_cut(name)}: the index of a list counts 1, 2, 3, ... without gaps.")
    return int(part)


def _structure(shape: Shape, tree: dict[Any, Any]) -> dict[str, Any]:
    return {name: _grown(shape.members[name], each) for name, each in tree.items()}


def _grown(shape: Shape, tree: Any) -> Any:
    """A branch of the tree as a value; leaves are values already."""
    if not isinstance(tree, dict):
        return tree
    if shape.kind == "structure":
        return _structure(shape, tree)
    if max(tree) != len(tree):
        raise ApiError("MalformedInput", f"The list of {shape.name} has a gap: its indexes count 1, 2, 3, ...")
    entries = [_grown(_entry(shape), tree[index]) for index in range(1, len(tree) + 1)]
    if shape.kind == "list":
        return entries
    if any(len(each) != 2 for each in entries) or len({each["key"] for each in entries}) != len(entries):
        raise ApiError("MalformedInput", f"The map {shape.name} needs distinct keys with a value each.")
    return {each["key"]: each["value"] for each in entries}


def _scalar(shape: Shape, text: str, name: str) -> Any:
    """The text of one field as a value of its shape; an empty text is an empty list, as SDKs send it."""
    match shape.kind:
        case "string":
            return text
        case "integer" | "long":
            number = int(text) if _INTEGER.fullmatch(text) else None
            if number is not None and -(1 << _BITS[shape.kind]) <= number < 1 << _BITS[shape.kind]:
                return number
        case "boolean":
            if text in {"true", "false"}:
                return text == "true"
        case "blob":
            try:
                return binascii.a2b_base64(text.encode(), strict_mode=True)
            except binascii.Error:
                pass
        case "timestamp":
            return _moment(text, name)
        case "list":
            if not text:
                return []
    raise _not_a(shape, name)


def _moment(text: str, name: str) -> datetime:
    if _TIMESTAMP.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            pass
    raise ApiError("MalformedInput", f"The value of {_cut(name)} is no time of the form 2026-01-01T00:00:00Z.")


def _not_a(shape: Shape, name: str) -> ApiError:
    return ApiError("MalformedInput", f"The value of {_cut(name)} is no {shape.kind}.")


def _unknown(name: str) -> ApiError:
    return ApiError("InvalidQueryParameter", f"The operation has no parameter {_cut(name)}.")


def _both(name: str) -> ApiError:
    return ApiError("InvalidQueryParameter", f"The parameter {_cut(name)} contradicts another of its name.")


def _cut(text: str) -> str:
    return text if len(text) <= _ECHO else f"{text[:_ECHO]}..."
