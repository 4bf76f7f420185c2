"""AWS's query protocol, the way out: a result or an error as the XML that AWS sends.

A writer is compiled once for each shape. The answer is well-formed whatever is in it: a character that XML 1.0 cannot
hold becomes U+FFFD, since what a caller sent may come back to him and must not break the answer. A result that is not
of the output's form is a fault of ours (AnswerError). AWS answers whole seconds; parts of a second are cut off.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from iamfa.sandbox.api_error import AnswerError, ApiError
from iamfa.sandbox.model import Operation, Shape

CONTENT_TYPE: Final = "text/xml"

Writer = Callable[[Any], str]

_SPECIAL: Final = re.compile("[^\t\n\u0020-\u0025\u0027-\u003b\u003d\u003f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


def escaped(text: str) -> str:
    """The text as an element's content; a carriage return becomes a reference, what XML cannot hold U+FFFD."""
    return _SPECIAL.sub(lambda found: _ESCAPED.get(found[0], "\ufffd"), text)


def result(operation: Operation, value: Mapping[str, Any], request_id: str) -> bytes:
    """The whole answer of a query operation; raises AnswerError when the value is not of the output's form."""
    before, inside, after = _frame(operation)
    return f"{before}{inside(value)}{after}{escaped(request_id)}{_end(operation)}".encode()


def error(namespace: str, refusal: ApiError, request_id: str) -> bytes:
    """The answer of a query service that refuses; a status of 500 and above is the service's own fault."""
    return (
        f"<ErrorResponse{_xmlns(namespace)}><Error>"
        f"<Type>{'Receiver' if refusal.status >= 500 else 'Sender'}</Type>"
        f"<Code>{escaped(refusal.code)}</Code><Message>{escaped(refusal.message)}</Message>"
        f"{''.join(f'<{name}>{escaped(text)}</{name}>' for name, text in refusal.fields.items())}"
        f"</Error><RequestId>{escaped(request_id)}</RequestId></ErrorResponse>"
    ).encode()


def _xmlns(namespace: str) -> str:
    return f' xmlns="{namespace}"' if namespace else ""


@cache
def _frame(operation: Operation) -> tuple[str, Writer, str]:
    before = f"<{operation.name}Response{_xmlns(operation.service.xml_namespace)}>"
    after = "<ResponseMetadata><RequestId>"
    if operation.output_shape is None:
        return before, _nothing, after
    wrapper = operation.result_wrapper
    return f"{before}<{wrapper}>", _writer(operation.output_shape), f"</{wrapper}>{after}"


def _end(operation: Operation) -> str:
    return f"</RequestId></ResponseMetadata></{operation.name}Response>"


def _nothing(value: Mapping[str, Any]) -> str:
    if value:
        raise AnswerError(f"an operation without an output was given one: {sorted(value)}")
    return ""


@cache
def _writer(shape: Shape) -> Writer:
    """Writes the inside of a value's element."""
    match shape.kind:
        case "structure":
            return _structure(shape)
        case "list":
            return _list(shape, "member")
        case "map":
            return _map(shape, "entry")
        case _:
            return _scalar(shape)


def _structure(shape: Shape) -> Writer:
    rows: list[tuple[str, str, Writer, str, bool]] = []

    def write(value: Any) -> str:
        # Compiled at the first value, so that a shape may contain itself.
        if not rows:
            rows.extend(_row(shape, name) for name in shape.members)
        if not isinstance(value, Mapping) or not shape.members.keys() >= value.keys():
            raise AnswerError(f"`{shape.name}` has no such members: {value}")
        parts = []
        for name, before, inside, after, required in rows:
            item = value.get(name)
            if item is not None:
                parts.append(f"{before}{inside(item)}{after}")
            elif required:
                raise AnswerError(f"`{name}` of `{shape.name}` is missing")
        return "".join(parts)

    return write


def _row(shape: Shape, name: str) -> tuple[str, str, Writer, str, bool]:
    member, required = shape.members[name], name in shape.required
    if member.flattened:
        return name, "", _list(member, name) if member.kind == "list" else _map(member, name), "", required
    return name, f"<{name}>", _writer(member), f"</{name}>", required


def _list(shape: Shape, tag: str) -> Writer:
    inside, before, after = _writer(shape.members["member"]), f"<{tag}>", f"</{tag}>"

    def write(value: Any) -> str:
        if not isinstance(value, (list, tuple)):
            raise AnswerError(f"`{shape.name}` is no list: {value}")
        return "".join([f"{before}{inside(each)}{after}" for each in value])

    return write


def _map(shape: Shape, tag: str) -> Writer:
    key, inside = _writer(shape.members["key"]), _writer(shape.members["value"])

    def write(value: Any) -> str:
        if not isinstance(value, Mapping):
            raise AnswerError(f"`{shape.name}` is no map: {value}")
        return "".join([f"<{tag}><key>{key(each)}</key><value>{inside(value[each])}</value></{tag}>" for each in value])

    return write


def _scalar(shape: Shape) -> Writer:
    expected, text = _SCALARS[shape.kind]

    def write(value: Any) -> str:
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            raise AnswerError(f"`{shape.name}` is no {shape.kind}: {value!r}")
        return text(value)

    return write


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise AnswerError(f"the time {value} has no zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


_SCALARS: Final[Mapping[str, tuple[type, Writer]]] = {
    "string": (str, escaped),
    "integer": (int, str),
    "long": (int, str),
    "boolean": (bool, lambda value: "true" if value else "false"),
    "blob": (bytes, lambda value: base64.b64encode(value).decode()),
    "timestamp": (datetime, _moment),
}
