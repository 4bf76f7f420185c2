"""Requests signed by botocore, which knows nothing of the code under test, and what becomes of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.messages import HttpRequest
from iamfa.sandbox.signature import read, verify

IAM_TIME = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def asked(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> HttpRequest:
    return HttpRequest(method, target, headers, body, "127.0.0.1")


def signed_by_botocore(
    signer: Callable[..., Any],
    method: str = "POST",
    url: str = "http://127.0.0.1:4566/",
    body: bytes = b"Action=ListUsers&Version=2010-05-08",
    headers: dict[str, str] | None = None,
    params: list[tuple[str, str]] | None = None,
    token: str | None = None,
    service: str = "iam",
    **options: Any,
) -> HttpRequest:
    """The request as a client of botocore's would put it on the wire."""
    request = AWSRequest(method, url, data=body, headers=headers or {}, params=params or [])
    signer(Credentials("AKIAIOSFODNN7EXAMPLE", SECRET, token), service, "us-east-1", **options).add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    sent = {name.lower(): str(value).strip(" \t") for name, value in request.headers.items()}
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return asked(method, target, {**sent, "host": parts.netloc}, body)


def check(request: HttpRequest, *, secret: str = SECRET, now: datetime | None = None, **expected: str) -> None:
    signed = read(request)
    assert signed is not None
    verify(signed, request, secret, now or datetime.now(UTC), **expected)


def refusal(request: HttpRequest, **options: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        check(request, **options)
    return caught.value


def authorization(credential: str, headers: str, signature: str) -> str:
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={headers}, Signature={signature}"


def changed_header(request: HttpRequest, name: str, value: str) -> HttpRequest:
    return dataclasses.replace(request, headers={**request.headers, name: value})
