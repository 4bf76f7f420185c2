"""What a request says of its signature: read from the Authorization header or from the query of a presigned URL.

AWS's pages: "Authentication methods" and "Troubleshoot Signature Version 4 signing" in the IAM User Guide, "Common
Error Types" in the IAM API reference, and for S3 "Authenticating Requests: Using Query Parameters".
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.canonical import decoded
from iamfa.sandbox.messages import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"
S3_SERVICES = frozenset({"s3", "s3express", "s3-object-lambda", "s3-outposts"})
"""Services of S3's own rules: the payload may be unsigned, the path is not normalised, presigned URLs live long."""
LONGEST_PRESIGNED = 604800
"""Seven days, in seconds."""

_BASIC_FORMAT = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_FIELDS = ("Credential", "Signature", "SignedHeaders")
_PRESIGNED = ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
_VERSION_2 = re.compile(rb"(?:^|&)(?:AWSAccessKeyId|SignatureVersion)=")


@dataclass(frozen=True, slots=True)
class Signed:
    """A well-formed signature, not yet verified: nothing in here is to be believed before `verify`."""

    access_key_id: str
    date: str
    """Of the credential scope, `YYYYMMDD`."""
    region: str
    service: str
    terminator: str
    """The end of the credential scope; anything but `aws4_request` is refused by `verify`."""
    signed_headers: tuple[str, ...]
    """Sorted, as sent: a name that is not lower-case is no header's."""
    timestamp: datetime
    """When it was signed, in UTC."""
    signature: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires: int | None = None
    """Seconds that a presigned URL says it is valid for."""
    presigned: bool = False


def missing_token() -> ApiError:
    """The refusal of a request that `read` finds no signature in, where the operation needs one."""
    return ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)


def read(request: HttpRequest) -> Signed | None:
    """The request's signature, None if it has none; ApiError where it is malformed or not of Version 4."""
    authorization = request.headers.get("authorization")
    query = request.target.partition("?")[2]
    parameters = authentication_parameters(query) if "X-Amz-" in query else {}
    presigned = "X-Amz-Algorithm" in parameters or any(name in parameters for name in _PRESIGNED)
    if authorization is not None:
        if presigned:
            # S3's words; what other services answer is not documented.
            raise ApiError(
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query "
                "parameter, Signature query string parameter or the Authorization header should be specified",
                400,
            )
        return _from_header(authorization, request)
    if presigned:
        return _from_query(parameters, request)
    if _VERSION_2.search(query.encode()) or (
        "urlencoded" in request.headers.get("content-type", "") and _VERSION_2.search(request.body)
    ):
        raise _version_2()
    return None


def _incomplete(message: str) -> ApiError:
    return ApiError("IncompleteSignature", message, 400)


def _version_2() -> ApiError:
    return ApiError(
        "InvalidRequest",
        f"The authorization mechanism you have provided is not supported. Please use {ALGORITHM}.",
        400,
    )


def _unsupported(algorithm: str) -> ApiError:
    return _incomplete(f"Unsupported AWS 'algorithm': '{algorithm}'.")


def _hashed(authorization: str) -> str:
    return base64.b64encode(hashlib.sha256(authorization.encode()).digest()).decode()


def _from_header(authorization: str, request: HttpRequest) -> Signed:
    if not authorization:
        raise _incomplete("Authorization header cannot be empty.")
    algorithm, _, rest = authorization.partition(" ")
    if algorithm == "AWS":
        raise _version_2()
    if algorithm != ALGORITHM and algorithm.startswith("AWS"):
        raise _unsupported(algorithm)
    fields: dict[str, str] = {}
    if algorithm == ALGORITHM:
        for piece in rest.split(","):
            name, equals, value = piece.strip().partition("=")
            if not equals or name in fields:
                wrong = "(missing equal-sign)" if not equals else f"('{name}' is there twice)"
                raise _incomplete(
                    f"The signature contains an in-valid key=value pair {wrong} in Authorization header "
                    f"(hashed with SHA-256 and encoded with Base64): '{_hashed(authorization)}'."
                )
            fields[name] = value
    amazon_date = request.headers.get("x-amz-date")
    date = amazon_date or request.headers.get("date")
    missing = [f"Authorization header requires '{name}' parameter." for name in _FIELDS if not fields.get(name)]
    if not date:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing or not date:
        hashed = f"(Hashed with SHA-256 and encoded with Base64) Authorization={_hashed(authorization)}"
        raise _incomplete(" ".join([*missing, hashed]))
    key, scope_date, region, service, terminator = _scope(fields["Credential"])
    return Signed(
        access_key_id=key,
        date=scope_date,
        region=region,
        service=service,
        terminator=terminator,
        signed_headers=_names(fields["SignedHeaders"]),
        timestamp=_moment(date) if amazon_date else _moment_of_http(date),
        signature=fields["Signature"],
        session_token=request.headers.get("x-amz-security-token"),
    )


def authentication_parameters(query: str) -> dict[str, str]:
    """The parameters of a query that begin with `X-Amz-`, decoded; ApiError for one that is there twice."""
    parameters: dict[str, str] = {}
    for piece in query.split("&"):
        name, _, value = piece.partition("=")
        if name.startswith("X-Amz-"):
            if name in parameters:
                raise _incomplete(f"AWS query-string parameter '{name}' is there more than once.")
            parameters[name] = decoded(value).decode("latin-1")
    return parameters


def _from_query(parameters: dict[str, str], request: HttpRequest) -> Signed:
    algorithm = parameters.get("X-Amz-Algorithm")
    if algorithm and algorithm != ALGORITHM:
        raise _unsupported(algorithm)
    for name in ("X-Amz-Algorithm", *_PRESIGNED):
        if not parameters.get(name):
            raise _incomplete(
                f"AWS query-string parameters must include '{name}'. Re-examine the query-string parameters."
            )
    key, scope_date, region, service, terminator = _scope(parameters["X-Amz-Credential"])
    return Signed(
        access_key_id=key,
        date=scope_date,
        region=region,
        service=service,
        terminator=terminator,
        signed_headers=_names(parameters["X-Amz-SignedHeaders"]),
        timestamp=_moment(parameters["X-Amz-Date"]),
        signature=parameters["X-Amz-Signature"],
        session_token=parameters.get("X-Amz-Security-Token") or request.headers.get("x-amz-security-token"),
        expires=_expires(parameters.get("X-Amz-Expires"), service),
        presigned=True,
    )


def _scope(credential: str) -> list[str]:
    parts = credential.split("/")
    if len(parts) != 5:
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{credential}'"
        )
    return parts


@lru_cache(maxsize=256)
def _names(listed: str) -> tuple[str, ...]:
    """Sorted and each once, whatever was sent: another order was not signed by the rules, and so does not match."""
    return tuple(sorted(set(listed.split(";"))))


@lru_cache(maxsize=64)
def _moment(text: str) -> datetime:
    try:
        if _BASIC_FORMAT.fullmatch(text):
            return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise _no_date(text)


def _moment_of_http(text: str) -> datetime:
    """A Date header, which may have HTTP's own form as well; AWS's page shows ISO 8601 alone, SDKs send both."""
    # Loading it takes 40 ms, and SDKs send X-Amz-Date.
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return _moment(text)


def _no_date(text: str) -> ApiError:
    return _incomplete(
        f"Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )


def _expires(text: str | None, service: str) -> int | None:
    """AWS gives the words for S3 alone, which needs the parameter; for others it is optional."""
    code = "AuthorizationQueryParametersError" if service in S3_SERVICES else "IncompleteSignature"
    if text is None:
        if service in S3_SERVICES:
            raise ApiError(
                code,
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
                400,
            )
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ApiError(code, "X-Amz-Expires should be a number", 400)
    if not 1 <= int(text) <= LONGEST_PRESIGNED:
        raise ApiError(code, f"X-Amz-Expires must be between 1 and {LONGEST_PRESIGNED} seconds", 400)
    return int(text)
