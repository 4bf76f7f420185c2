"""What a request says of its signature, and AWS's words where it says it wrongly."""

from __future__ import annotations

import dataclasses
from urllib.parse import quote

import pytest
from tests.unit.sandbox.signers import FORM, IAM_TIME, asked, authorization, changed_header, refusal

from iamfa.sandbox.messages import HttpRequest
from iamfa.sandbox.signature import missing_token, read


def test_a_request_without_a_signature_has_none() -> None:
    assert read(asked("POST", "/", {"host": "localhost"}, b"Action=AssumeRoleWithSAML")) is None
    assert read(asked("GET", "/?x=X-Amz-Signature", {"host": "localhost"})) is None
    error = missing_token()
    assert (error.code, error.status) == ("MissingAuthenticationToken", 403)
    assert error.message == "Request is missing Authentication Token"


SCOPE = "A/20150830/us-east-1/iam/aws4_request"
DATED = {"host": "localhost", "x-amz-date": "20150830T123600Z"}
MALFORMED = {
    "": "Authorization header cannot be empty.",
    "AWS4-HMAC-SHA256": "The signature contains an in-valid key=value pair (missing equal-sign) in Authorization "
    "header (hashed with SHA-256 and encoded with Base64): ",
    "AWS4-HMAC-SHA256 Credential": "The signature contains an in-valid key=value pair (missing equal-sign)",
    f"AWS4-HMAC-SHA256 Credential={SCOPE}, Credential={SCOPE}": "The signature contains an in-valid key=value pair "
    "('Credential' is there twice)",
    f"AWS4-HMAC-SHA256 Credential={SCOPE}, Signature=1": "Authorization header requires 'SignedHeaders' parameter. (",
    "AWS4-HMAC-SHA256 SignedHeaders=host": "Authorization header requires 'Credential' parameter. Authorization header "
    "requires 'Signature' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=",
    "Bearer abc": "Authorization header requires 'Credential' parameter.",
    "Basic YTpi": "Authorization header requires 'Credential' parameter.",
    "AWS4-HMAC-SHA256 Credential=A/iam, SignedHeaders=host, Signature=1": "Credential must have exactly 5 "
    "slash-delimited elements, e.g. keyid/date/region/service/term, got 'A/iam'",
    "AWS4-ECDSA-P256-SHA256 Credential=A/20150830/iam/aws4_request": "Unsupported "
    "AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
    "AWS3-HTTPS AWSAccessKeyId=A": "Unsupported AWS 'algorithm': 'AWS3-HTTPS'.",
}


@pytest.mark.parametrize(("value", "message"), MALFORMED.items(), ids=range(len(MALFORMED)))
def test_a_malformed_header_is_told_in_the_words_of_aws(value: str, message: str) -> None:
    error = refusal(asked("POST", "/", {**DATED, "authorization": value}))
    assert (error.code, error.status) == ("IncompleteSignature", 400)
    assert error.message.startswith(message)


def test_a_signature_without_a_date_is_incomplete() -> None:
    value = authorization(SCOPE, "host", "1")
    error = refusal(asked("POST", "/", {"host": "localhost", "authorization": value}))
    assert error.message.startswith(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed"
    )


@pytest.mark.parametrize(
    "date", ["2015-08-30T12:36:00Z", "20150830T123600", "20151330T123600Z", "٢٠150830T123600Z", "a"]
)
@pytest.mark.parametrize("header", ["x-amz-date", "date"])
def test_a_date_that_is_none_is_incomplete(header: str, date: str) -> None:
    value = authorization(SCOPE, "host", "1")
    error = refusal(asked("POST", "/", {"host": "localhost", "authorization": value, header: date}))
    assert (error.code, error.message) == (
        "IncompleteSignature",
        f"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601",
    )


@pytest.mark.parametrize(
    ("target", "headers", "body"),
    [
        ("/", {"authorization": "AWS AKIAIOSFODNN7EXAMPLE:c2ln"}, b""),
        ("/?Action=ListUsers&AWSAccessKeyId=A&SignatureVersion=2", {}, b""),
        ("/", {"content-type": FORM}, b"Action=ListUsers&AWSAccessKeyId=A&SignatureVersion=2&Signature=x"),
    ],
)
def test_version_2_is_not_supported(target: str, headers: dict[str, str], body: bytes) -> None:
    error = refusal(asked("POST", target, {**DATED, **headers}, body))
    assert error.code == "InvalidRequest" and error.message.endswith("Please use AWS4-HMAC-SHA256.")


PRESIGNED = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": quote(SCOPE, safe=""),
    "X-Amz-Date": "20150830T123600Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "1",
}


def presigned(**changes: str | None) -> HttpRequest:
    parameters = PRESIGNED | {f"X-Amz-{name}": value for name, value in changes.items()}
    query = "&".join(f"{name}={value}" for name, value in parameters.items() if value is not None)
    return asked("GET", f"/?{query}", {"host": "localhost"})


@pytest.mark.parametrize("name", ["Algorithm", "Credential", "Date", "SignedHeaders", "Signature"])
def test_a_presigned_url_has_to_be_whole(name: str) -> None:
    for value in (None, ""):
        assert refusal(presigned(**{name: value})).message == (
            f"AWS query-string parameters must include 'X-Amz-{name}'. Re-examine the query-string parameters."
        )


def test_a_presigned_url_of_another_algorithm_is_not_supported() -> None:
    error = refusal(presigned(Algorithm="AWS4-ECDSA-P256-SHA256"))
    assert error.message == "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."


@pytest.mark.parametrize("expires", ["0", "604801", "-1", "+1", "1.5", "", "9" * 30, "٢"])
@pytest.mark.parametrize(
    ("service", "code"), [("sts", "IncompleteSignature"), ("s3", "AuthorizationQueryParametersError")]
)
def test_a_presigned_url_lives_one_second_to_seven_days(expires: str, service: str, code: str) -> None:
    credential = quote(SCOPE.replace("iam", service), safe="")
    assert refusal(presigned(Expires=quote(expires), Credential=credential)).code == code


def test_only_s3_needs_to_be_told_how_long_a_presigned_url_lives() -> None:
    assert refusal(presigned(Expires=None), now=IAM_TIME).code == "SignatureDoesNotMatch"
    error = refusal(presigned(Expires=None, Credential=quote(SCOPE.replace("iam", "s3"), safe="")))
    assert error.code == "AuthorizationQueryParametersError"


def test_what_is_said_twice_is_refused() -> None:
    request = presigned()
    twice = refusal(dataclasses.replace(request, target=request.target + "&X-Amz-Signature=2"))
    assert twice.code == "IncompleteSignature" and "X-Amz-Signature" in twice.message
    both = refusal(changed_header(request, "authorization", authorization(SCOPE, "host", "1")))
    assert both.code == "InvalidArgument" and both.message.startswith("Only one auth mechanism allowed")
