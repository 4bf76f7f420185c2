"""Refusals of other services, each in its service's own form and words.

AWS's pages: ErrorResponses of the S3 API Reference, troubleshoot-403-errors of the S3 User Guide, errors-overview of
the EC2 API Reference, CommonErrors of the others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.dispatch import Reply
from iamfa.sandbox.service_calls import CONTENT_TYPES, FORMS, Form
from iamfa.sandbox.xml_answer import escaped

_S3: Final[Mapping[str, tuple[str, int, str]]] = {
    "InvalidClientTokenId": (
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    "ExpiredToken": ("ExpiredToken", 400, "The provided token has expired."),
}
_EC2: Final[Mapping[str, tuple[str, int, str]]] = {
    "InvalidClientTokenId": (
        "AuthFailure",
        401,
        "AWS was not able to validate the provided access credentials",
    ),
    "SignatureDoesNotMatch": (
        "AuthFailure",
        401,
        "AWS was not able to validate the provided access credentials",
    ),
    "ExpiredToken": ("RequestExpired", 400, "Request has expired."),
}
_JSON: Final[Mapping[str, tuple[str, int, str]]] = {
    "InvalidClientTokenId": (
        "UnrecognizedClientException",
        400,
        "The security token included in the request is invalid.",
    ),
    "SignatureDoesNotMatch": ("InvalidSignatureException", 400, ""),
    "ExpiredToken": ("ExpiredTokenException", 400, "The security token included in the request is expired"),
    "AccessDenied": ("AccessDeniedException", 400, ""),
}
_WORDS: Final[Mapping[Form, Mapping[str, tuple[str, int, str]]]] = {
    "s3": _S3, "ec2": _EC2, "json": _JSON, "rest-json": _JSON, "query": {},
}  # fmt: skip
"""The same refusals in the words of each form; an empty text: the message stays."""


def in_words_of(service: str, error: ApiError) -> ApiError:
    """The refusal in the words of the service."""
    form = FORMS[service]
    code, status, text = _WORDS[form].get(error.code, (error.code, error.status, ""))
    message = text or error.message
    if error.code == "AccessDenied":
        code, status, message = _denied(form, code, status, message)
    if form == "rest-json" and code == "AccessDeniedException":
        status = 403
    return ApiError(code, message, status, hint=error.hint)


def _denied(form: Form, code: str, status: int, message: str) -> tuple[str, int, str]:
    """S3 puts the resource in quotes, and nobody names `*` where an action has no resource."""
    message = message.replace(" on resource: *", "", 1)
    if form == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
        return "UnauthorizedOperation", 403, message
    head, found, tail = message.partition(" on resource: ")
    if form == "s3" and found:
        # A key may have blanks in it: the resource ends where the reason begins.
        for reason in (" because no ", " with an explicit deny"):
            resource, begins, rest = tail.rpartition(reason)
            if begins:
                return code, status, f'{head}{found}"{resource}"{begins}{rest}'
    return code, status, message


def reply_of(service: str, error: ApiError, request_id: str, *, without_body: bool = False) -> Reply:
    """The answer of the service to a request that it refuses; HEAD is answered without a body."""
    form = FORMS[service]
    code, message = escaped(error.code), escaped(error.message)
    headers: tuple[tuple[str, str], ...] = ()
    if form == "s3":
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
        text += f"<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
        headers = (("x-amz-request-id", request_id),)
    elif form == "ec2":
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{code}</Code>'
        text += f"<Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif form == "query":
        kind = "Sender" if error.status < 500 else "Receiver"
        text = f"<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        text += f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    elif form == "json":
        text = json.dumps({"__type": error.code, "message": error.message})
    else:
        text = json.dumps({"Message": error.message})
        headers = (("x-amzn-ErrorType", error.code),)
    return Reply(error.status, b"" if without_body else text.encode(), CONTENT_TYPES[form], headers)
