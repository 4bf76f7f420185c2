"""The protocols behind one face: a request's bytes in, a typed call out; a result or a refusal in, bytes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from iamfa.sandbox import constraints, json_protocol, query_protocol, xml_answer
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.model import Operation, service_named

MAX_BODY: Final = 8 * 1024 * 1024
"""Bytes of a request's body: a certificate chain of 2 MiB, the longest value of the model, with every byte escaped."""

_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose form is right: names as in the model, values checked against its constraints."""

    operation: Operation
    parameters: dict[str, Any]
    """By AWS's names (`UserName`): str, int, bool, bytes, datetime (UTC), list, dict. What was not given is absent."""


def read_call(service: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Call:
    """The call that a request makes; raises ApiError in the words of the service.

    `service` is that of the signature's scope; `target` the request's target (`/` or `/?Action=…`).
    """
    about = service_named(service)
    if about is None:
        raise ApiError("UnknownOperationException", f"The service {service[:100]} is not spoken here.", 404)
    if len(body) > MAX_BODY:
        raise ApiError("RequestEntityTooLarge", f"The request is longer than {MAX_BODY} bytes.", 413)
    path, _, query = target.partition("?")
    if path not in {"", "/"} or method not in ({"GET", "POST"} if about.protocol == "query" else {"POST"}):
        raise ApiError("UnknownOperationException", "The request has no such method or path.", 404)
    if about.protocol == "json":
        operation, parameters = json_protocol.read(about, _header(headers, "x-amz-target"), body)
    else:
        operation, parameters = query_protocol.read(about, _ascii(query), _form(headers, body))
    constraints.check(operation, parameters)
    return Call(operation, parameters)


def result(operation: Operation, value: Mapping[str, Any], request_id: str) -> tuple[bytes, str]:
    """Body and content type of a successful answer; AnswerError when the value is not of the output's form."""
    if operation.service.protocol == "json":
        return json_protocol.result(operation, value), json_protocol.CONTENT_TYPE
    return xml_answer.result(operation, value, request_id), xml_answer.CONTENT_TYPE


def error(service: str, refusal: ApiError, request_id: str) -> tuple[int, bytes, str]:
    """Status, body and content type of a refusal; of a service that is not spoken here in XML without a namespace."""
    about = service_named(service)
    if about is not None and about.protocol == "json":
        return refusal.status, json_protocol.error(refusal), json_protocol.CONTENT_TYPE
    namespace = "" if about is None else about.xml_namespace
    return refusal.status, xml_answer.error(namespace, refusal, request_id), xml_answer.CONTENT_TYPE


def _header(headers: Mapping[str, str], name: str) -> str:
    """A header whatever its case; empty when it is absent."""
    return next((value for each, value in headers.items() if each.lower() == name), "")


def _ascii(query: str) -> bytes:
    if not query.isascii():
        raise ApiError("MalformedQueryString", "The query string has a character that is not escaped.", 404)
    return query.encode("ascii")


def _form(headers: Mapping[str, str], body: bytes) -> bytes:
    """The body, when it is a form or says nothing of itself."""
    kind = _header(headers, "content-type").partition(";")[0].strip().lower()
    if body and kind not in {"", _FORM}:
        raise ApiError("MalformedInput", f"The body is no form: {_FORM} is expected.")
    return body
