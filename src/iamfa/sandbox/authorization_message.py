"""Encoded authorization messages: what EC2 and others put into a refusal, and DecodeAuthorizationMessage opens.

AWS's page API_DecodeAuthorizationMessage: the message is encoded because it "can contain privileged information that
the user who requested the operation should not see". So it is sealed with a key of the sandbox's own: nobody reads it,
and one that was tampered with is refused. The decoded form is that of the example on AWS's page
sts_example_sts_DecodeAuthorizationMessage_section (the one on the API's page is no JSON). After what time AWS refuses
a message is not published; here none expires.
"""

from __future__ import annotations

import hmac
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes
from typing import Any, Final

from iamfa.evaluate.verdict import Reason, Verdict
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.live import State

_NONCE: Final = 16
_SEAL: Final = 32


def encoded(state: State, verdict: Verdict, caller_id: str) -> str:
    """The opaque text for a verdict that refuses; *caller_id* is the caller's `aws:userid`."""
    plain = zlib.compress(json.dumps(_message(verdict, caller_id), separators=(",", ":")).encode())
    nonce = token_bytes(_NONCE)
    body = nonce + _masked(state, nonce, plain)
    return urlsafe_b64encode(body + _seal(state, body)).decode().rstrip("=")


def decoded(state: State, text: str) -> str:
    """The JSON of an encoded message. Raises InvalidAuthorizationMessageException for what is none of this sandbox."""
    try:
        sealed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError as error:
        raise _invalid() from error
    body, seal = sealed[:-_SEAL], sealed[-_SEAL:]
    # Letters outside of the alphabet are passed over by the decoder: what does not come out the same was tampered with.
    if urlsafe_b64encode(sealed).decode().rstrip("=") != text or not hmac.compare_digest(_seal(state, body), seal):
        raise _invalid()
    return zlib.decompress(_masked(state, body[:_NONCE], body[_NONCE:])).decode()


def _invalid() -> ApiError:
    """The words are not documented."""
    return ApiError("InvalidAuthorizationMessageException", "The message passed was invalid.", 400)


def _seal(state: State, body: bytes) -> bytes:
    return hmac.digest(_key(state, b"seal"), body, "sha256")


def _masked(state: State, nonce: bytes, text: bytes) -> bytes:
    """The text under a stream of HMAC-SHA-256 over nonce and counter; masking it again gives it back."""
    key = _key(state, b"mask")
    blocks = (hmac.digest(key, nonce + i.to_bytes(8), "sha256") for i in range(-(-len(text) // sha256().digest_size)))
    return bytes(a ^ b for a, b in zip(text, b"".join(blocks), strict=False))


def _key(state: State, use: bytes) -> bytes:
    return hmac.digest(state.message_key.reveal().encode(), use, "sha256")


def _message(verdict: Verdict, caller_id: str) -> dict[str, Any]:
    request = verdict.request
    principal: dict[str, Any] = {"id": caller_id, "arn": request.principal.text}
    if request.principal.name is not None:
        principal["name"] = request.principal.name
    conditions = [
        {"key": key, "values": _items([{"value": each} for each in ([value] if isinstance(value, str) else value)])}
        for key, value in sorted(request.context.items())
    ]
    matched = verdict.deciding if verdict.decision == "explicit_deny" else ()
    return {
        "allowed": verdict.allowed,
        "explicitDeny": verdict.decision == "explicit_deny",
        "matchedStatements": _items([_statement(reason, caller_id) for reason in matched]),
        "failures": _items([]),
        "context": {
            "principal": principal,
            "action": request.action,
            "resource": request.resource,
            "conditions": _items(conditions),
        },
    }


def _statement(reason: Reason, caller_id: str) -> dict[str, Any]:
    """A statement that decided, in the page's form, which knows no NotAction and no NotResource."""
    statement = reason.statement
    resources = statement.resource.values if statement.resource is not None else ()
    return {
        "statementId": statement.sid or "",
        "effect": statement.effect.upper(),
        "principals": _items([{"value": caller_id.partition(":")[0]}]),
        "principalGroups": _items([]),
        "actions": _items([{"value": value.text} for value in statement.action.values]),
        "resources": _items([{"value": value.text} for value in resources]),
        "conditions": _items(
            [
                {"key": each.key.text, "values": _items([{"value": value.text} for value in each.values])}
                for each in statement.conditions
            ]
        ),
    }


def _items(values: list[dict[str, Any]]) -> dict[str, Any]:
    return {"items": values}
