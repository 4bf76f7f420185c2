"""AWS's JSON 1.1 protocol, which Organizations speaks: `X-Amz-Target: AWSOrganizationsV20161128.ListAccounts`.

Types are taken strictly and an unknown member is refused, for the reasons given in `query_protocol`; the codes are
AWS's `SerializationException` and `UnknownOperationException`, whose texts AWS does not document. `null` is as good as
absent.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from iamfa.sandbox.api_error import AnswerError, ApiError
from iamfa.sandbox.model import Operation, Service, Shape, operation

CONTENT_TYPE: Final = "application/x-amz-json-1.1"

_BITS: Final = {"integer": 31, "long": 63}

_CODES: Final = {
    "InvalidClientTokenId": "UnrecognizedClientException",
    "ExpiredToken": "ExpiredTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "Throttling": "ThrottlingException",
}
"""What query services call otherwise: CommonErrors.html of Organizations; the third and fourth are what SDKs know."""


def read(service: Service, target: str, body: bytes) -> tuple[Operation, dict[str, Any]]:
    """The operation that the target names and its parameters; raises ApiError. Constraints come after."""
    prefix, _, name = target.partition(".")
    found = operation(service.name, name) if prefix == service.target_prefix else None
    if found is None:
        raise ApiError("UnknownOperationException", "")
    return found, parameters(found.input_shape, body)


def parameters(shape: Shape | None, body: bytes) -> dict[str, Any]:
    """The body as typed values of the shape: str, int, bool, bytes, datetime, list, dict."""
    document = _document(body)
    if not isinstance(document, dict):
        raise _wrong("The body", "an object")
    if shape is not None:
        return _structure(shape, document, "")
    if document:
        raise ApiError("SerializationException", "The operation takes no parameters.")
    return {}


def _document(body: bytes) -> object:
    """The body as JSON: no name twice, no NaN, and no text that is not Unicode."""
    try:
        document: object = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_no_number)
        if b"\\u" in body:
            # Half a surrogate pair, written as an escape, is no character and could not be answered.
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ApiError("SerializationException", "The body is no JSON document.") from None
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _structure(shape: Shape, value: dict[str, Any], path: str) -> dict[str, Any]:
    found = {}
    for name, each in value.items():
        if name not in shape.members:
            raise ApiError("SerializationException", f"{(path + '.' + name if path else name)[:100]} is unknown.")
        if each is not None:
            found[name] = _value(shape.members[name], each, f"{path}.{name}" if path else name)
    return found


def _value(shape: Shape, value: Any, path: str) -> Any:
    match shape.kind:
        case "structure" if isinstance(value, dict):
            return _structure(shape, value, path)
        case "list" if isinstance(value, list):
            return [_value(shape.members["member"], each, path) for each in value]
        case "map" if isinstance(value, dict):
            return {key: _value(shape.members["value"], each, path) for key, each in value.items()}
        case "string" if isinstance(value, str):
            return value
        case "boolean" if isinstance(value, bool):
            return value
        case "integer" | "long" if isinstance(value, int) and not isinstance(value, bool):
            if -(1 << _BITS[shape.kind]) <= value < 1 << _BITS[shape.kind]:
                return value
        case "timestamp" if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _moment(value, path)
        case "blob" if isinstance(value, str):
            try:
                return binascii.a2b_base64(value.encode(), strict_mode=True)
            except binascii.Error:
                pass
    raise _wrong(path, f"a {shape.kind}")


def _moment(seconds: float, path: str) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise _wrong(path, "a time") from None


def _wrong(path: str, what: str) -> ApiError:
    return ApiError("SerializationException", f"{path[:100]} can not be converted to {what}.")


def result(operation: Operation, value: Mapping[str, Any]) -> bytes:
    """The body of an answer; empty for an operation without an output, as the API reference shows it.

    Raises AnswerError when the value is not of the output's form.
    """
    if operation.output_shape is not None:
        return json.dumps(_answer(operation.output_shape, value), separators=(",", ":")).encode()
    if value:
        raise AnswerError(f"an operation without an output was given one: {sorted(value)}")
    return b""


def _answer(shape: Shape, value: Any) -> Any:
    match shape.kind:
        case "structure" if isinstance(value, Mapping) and shape.members.keys() >= value.keys():
            given = {name: value[name] for name in shape.members if value.get(name) is not None}
            missing = [name for name in shape.required if name not in given]
            if missing:
                raise AnswerError(f"`{shape.name}` lacks {missing}")
            return {name: _answer(shape.members[name], each) for name, each in given.items()}
        case "list" if isinstance(value, (list, tuple)):
            return [_answer(shape.members["member"], each) for each in value]
        case "map" if isinstance(value, Mapping):
            return {key: _answer(shape.members["value"], each) for key, each in value.items()}
        case "string" if isinstance(value, str):
            return value
        case "boolean" if isinstance(value, bool):
            return value
        case "integer" | "long" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "timestamp" if isinstance(value, datetime) and value.tzinfo is not None:
            seconds = value.timestamp()
            return int(seconds) if math.floor(seconds) == seconds else round(seconds, 3)
        case "blob" if isinstance(value, bytes):
            return base64.b64encode(value).decode()
    raise AnswerError(f"`{shape.name}` is no {shape.kind} of its form: {value!r}")


def error(refusal: ApiError) -> bytes:
    """The body of a refusal: `{"__type": "AccessDeniedException", "Message": "…"}` and the error's further members."""
    code = _CODES.get(refusal.code, refusal.code)
    return json.dumps({"__type": code, "Message": refusal.message, **refusal.fields}).encode()
