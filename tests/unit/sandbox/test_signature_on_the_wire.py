"""Whole clients of botocore against the server and the verifier: what they send is what is verified."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.unit.sandbox.signers import SECRET

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.messages import HttpRequest, HttpResponse
from iamfa.sandbox.server import Server
from iamfa.sandbox.signature import missing_token, read, verify

IDENTITY = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    b"<Arn>arn:aws:iam::123456789012:user/alice</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def answered(request: HttpRequest) -> HttpResponse:
    """Answers whoever signed with the secret."""
    try:
        signed = read(request)
        if signed is None:
            raise missing_token()
        verify(signed, request, SECRET, datetime.now(UTC))
    except ApiError as error:
        body = (
            f"<ErrorResponse><Error><Code>{error.code}</Code><Message>{error.message}</Message></Error></ErrorResponse>"
        )
        return HttpResponse(error.status, body.encode())
    return HttpResponse(200, IDENTITY if signed.service == "sts" else b"")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(answered) as running:
        yield running
        assert not running.errors


def client(server: Server, service: str, secret: str = SECRET, **options: str) -> Any:
    session = botocore.session.Session()
    return session.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=server.endpoint_url,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key=secret,
        aws_session_token="a/b+c==",
        config=Config(retries={"max_attempts": 0}, **options),
    )


def test_a_call_of_sts_is_verified_and_another_secret_is_not(server: Server) -> None:
    assert client(server, "sts").get_caller_identity()["Arn"].endswith("user/alice")
    with pytest.raises(ClientError, match=r"\(SignatureDoesNotMatch\).*Check your AWS Secret Access Key"):
        client(server, "sts", SECRET + "x").get_caller_identity()


def test_a_presigned_url_of_sts_is_verified_and_a_changed_one_is_not(server: Server) -> None:
    url = client(server, "sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert b"user/alice" in answer.read()
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url.replace("GetCallerIdentity", "GetSessionToken"), timeout=5)
    with caught.value as refused:
        assert (refused.status, b"SignatureDoesNotMatch" in refused.read()) == (403, True)


def test_a_presigned_url_of_version_2_is_not_supported(server: Server) -> None:
    url = client(server, "s3").generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"})
    assert "AWSAccessKeyId=" in url  # botocore's default for this region
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url, timeout=5)
    with caught.value as refused:
        assert (refused.status, b"AWS4-HMAC-SHA256" in refused.read()) == (400, True)


def test_calls_of_s3_are_verified_whatever_the_key_looks_like(server: Server) -> None:
    s3 = client(server, "s3", signature_version="s3v4")
    for key in ("plain", "a b+c/../d//é?x=%20&y", "~!*'()"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"body" * 50_000)
        s3.head_object(Bucket="bucket", Key=key)
        s3.delete_object(Bucket="bucket", Key=key)
        url = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": key})
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert answer.status == 200
