"""Whether a request was signed with a secret: AWS Signature Version 4, the header form and the query form.

From the IAM User Guide's pages "Create a signed AWS API request", "Elements of an AWS API request signature" and
"Troubleshoot Signature Version 4 signing". What these pages leave open is decided against the caller, and said here.
Whether the access key exists, is active and has not expired is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.canonical import canonical_headers, canonical_path, canonical_query
from iamfa.sandbox.messages import HttpRequest
from iamfa.sandbox.signed import ALGORITHM, S3_SERVICES, Signed, authentication_parameters, missing_token, read

__all__ = ["Signed", "missing_token", "read", "verify"]

_TERMINATOR = "aws4_request"
_TOLERANCE_MINUTES = 15
_TOLERANCE = timedelta(minutes=_TOLERANCE_MINUTES)
_UNSIGNED = "UNSIGNED-PAYLOAD"
_STREAMING = frozenset(
    {
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    }
)
_HEX = frozenset("0123456789abcdef")


def verify(
    signed: Signed,
    request: HttpRequest,
    secret: str,
    now: datetime,
    *,
    service: str | None = None,
    region: str | None = None,
) -> None:
    """Returns if `request` was signed with `secret`, within fifteen minutes of `now` (aware); raises ApiError if not.

    `service` and `region` are what the scope has to name. INVARIANT: whoever leaves `service` out routes the request by
    `signed.service` and nothing else, for a scope of S3 may leave the body unsigned.
    """
    _check_scope(signed, service, region)
    _check_signed_headers(signed, request)
    if signed.service in S3_SERVICES:
        _check_time_of_s3(signed, now)
        payload = _payload_of_s3(signed, request)
    else:
        _check_time(signed, now)
        # Whatever x-amz-content-sha256 says: only S3's clients may leave the body out of what they sign.
        payload = hashlib.sha256(request.body).hexdigest()
    path, _, query = request.target.partition("?")
    try:
        headers = canonical_headers(signed.signed_headers, request.headers)
    except KeyError:
        raise _mismatch() from None
    canonical = "\n".join(
        (
            request.method,
            canonical_path(path, of_s3=signed.service in S3_SERVICES),
            canonical_query(query, without="X-Amz-Signature" if signed.presigned else None),
            headers,
            ";".join(signed.signed_headers),
            payload,
        )
    )
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    scope = f"{signed.date}/{signed.region}/{signed.service}/{_TERMINATOR}"
    key = _signing_key(secret, signed.date, signed.region, signed.service)
    text = f"{ALGORITHM}\n{_basic(signed.timestamp)}\n{scope}\n{digest}"
    calculated = hmac.digest(key, text.encode("latin-1"), "sha256").hex()
    if not hmac.compare_digest(calculated.encode(), signed.signature.encode()):
        raise _mismatch()


@lru_cache(maxsize=256)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key of one day, region and service. The secret itself is part of what it is found by: a new one is new."""
    key = hmac.digest(b"AWS4" + secret.encode(), date.encode("latin-1"), "sha256")
    for part in (region, service, _TERMINATOR):
        key = hmac.digest(key, part.encode("latin-1"), "sha256")
    return key


def _refused(message: str) -> ApiError:
    return ApiError("SignatureDoesNotMatch", message, 403)


def _mismatch() -> ApiError:
    return _refused(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details."
    )


def _basic(moment: datetime) -> str:
    """ISO 8601's basic format."""
    return f"{moment.year:04}{moment.month:02}{moment.day:02}T{moment.hour:02}{moment.minute:02}{moment.second:02}Z"


def _check_scope(signed: Signed, service: str | None, region: str | None) -> None:
    if signed.terminator != _TERMINATOR:
        raise _refused(f"Credential should be scoped with a valid terminator: '{_TERMINATOR}'.")
    if service is not None and signed.service != service:
        raise _refused(f"Credential should be scoped to correct service: '{service}'.")
    if region is not None and signed.region != region:
        raise _refused(f"Credential should be scoped to a valid Region, not '{signed.region}'.")
    moment = _basic(signed.timestamp)
    if signed.date != moment[:8]:
        raise _refused(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{signed.date}' != '{moment[:8]}', from '{moment}'."
        )


def _check_signed_headers(signed: Signed, request: HttpRequest) -> None:
    """Host and every x-amz-* header must be signed; AWS's page makes the others optional."""
    names = signed.signed_headers
    place = "AWS query string" if signed.presigned else "AWS 'Authorization' header"
    if "host" not in names:
        raise _refused(f"'Host' or ':authority' must be a 'SignedHeader' in the {place}.")
    for name in request.headers:
        if name.startswith("x-amz-") and name not in names:
            if signed.service in S3_SERVICES:
                raise ApiError("AccessDenied", "There were headers present in the request which were not signed", 403)
            raise _refused(f"'{name}' must be a 'SignedHeader' in the {place}.")


def _check_time(signed: Signed, now: datetime) -> None:
    """Fifteen minutes either way.

    How long a presigned URL of IAM or STS lives is not documented; they are known to go by the fifteen minutes. It is
    held to what it says of itself as well.
    """
    now = now.astimezone(UTC)
    earliest, latest = now - _TOLERANCE, now + _TOLERANCE
    if signed.timestamp > latest:
        raise _refused(
            f"Signature not yet current: {_basic(signed.timestamp)} is still later than {_basic(latest)} "
            f"({_basic(now)} + {_TOLERANCE_MINUTES} min.)"
        )
    if signed.timestamp < earliest:
        raise _refused(
            f"Signature expired: {_basic(signed.timestamp)} is now earlier than {_basic(earliest)} "
            f"({_basic(now)} - {_TOLERANCE_MINUTES} min.)"
        )
    if signed.expires is not None and signed.timestamp + timedelta(seconds=signed.expires) < now:
        earliest = now - timedelta(seconds=signed.expires)
        raise _refused(
            f"Signature expired: {_basic(signed.timestamp)} is now earlier than {_basic(earliest)} "
            f"({_basic(now)} - {signed.expires} sec.)"
        )


def _check_time_of_s3(signed: Signed, now: datetime) -> None:
    """As S3 does it: a presigned URL lives as long as it says, anything else fifteen minutes."""
    if signed.expires is not None:
        if signed.timestamp > now + _TOLERANCE:
            raise ApiError("AccessDenied", "Request is not valid yet", 403)
        if signed.timestamp + timedelta(seconds=signed.expires) < now:
            raise ApiError("AccessDenied", "Request has expired", 403)
    elif abs(signed.timestamp - now) > _TOLERANCE:
        raise ApiError(
            "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403
        )


def _payload_of_s3(signed: Signed, request: HttpRequest) -> str:
    """The hash that was signed: of the body, or one of S3's words for a body that is not signed as a whole.

    Of a STREAMING-* body the seed signature is verified, and not the signatures of its chunks.
    """
    stated = request.headers.get("x-amz-content-sha256")
    if stated is None and signed.presigned:
        query = request.target.partition("?")[2]
        stated = authentication_parameters(query).get("X-Amz-Content-Sha256", _UNSIGNED)
    if stated is None:
        raise ApiError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400)
    if stated == _UNSIGNED or stated in _STREAMING:
        return stated
    if len(stated) != 64 or not _HEX.issuperset(stated):
        raise ApiError(
            "InvalidArgument",
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, one of the STREAMING- values, or a valid sha256 value.",
            400,
        )
    if hashlib.sha256(request.body).hexdigest() != stated:
        raise ApiError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            400,
        )
    return stated
