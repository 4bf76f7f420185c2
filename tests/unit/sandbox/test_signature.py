"""Signature Version 4: AWS's published examples, botocore as an independent signer, and everything tampered with."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sandbox.signers import (
    EMPTY,
    FORM,
    IAM_TIME,
    SECRET,
    asked,
    authorization,
    changed_header,
    check,
    refusal,
    signed_by_botocore,
)

from iamfa.sandbox.messages import HttpRequest
from iamfa.sandbox.signature import read

# --- AWS's published examples: the IAM example of the General Reference and its test suite; the S3 API reference ---

S3_TIME = datetime(2013, 5, 24, tzinfo=UTC)
SUITE_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SUITE_HEADERS = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}


def of_the_suite(
    signature: str, method: str = "GET", target: str = "/", headers: dict[str, str] | None = None, body: bytes = b""
) -> HttpRequest:
    all_headers = SUITE_HEADERS | (headers or {})
    scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    value = authorization(scope, ";".join(sorted(all_headers)), signature)
    return asked(method, target, {**all_headers, "authorization": value}, body)


def of_s3(signature: str, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> HttpRequest:
    all_headers = {"host": "examplebucket.s3.amazonaws.com", **headers}
    scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
    value = authorization(scope, ";".join(sorted(all_headers)), signature)
    return asked(method, target, {**all_headers, "authorization": value}, body)


S3_DATE = {"x-amz-date": "20130524T000000Z"}
PUBLISHED = {
    "ListUsers of IAM": (
        asked(
            "GET",
            "/?Action=ListUsers&Version=2010-05-08",
            {
                "host": "iam.amazonaws.com",
                "content-type": "application/x-www-form-urlencoded; charset=utf-8",
                "x-amz-date": "20150830T123600Z",
                "authorization": authorization(
                    "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request",
                    "content-type;host;x-amz-date",
                    "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
                ),
            },
        ),
        SUITE_SECRET,
        IAM_TIME,
    ),
    "get-vanilla": (
        of_the_suite("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        SUITE_SECRET,
        IAM_TIME,
    ),
    "get-vanilla-query-order-key-case": (
        of_the_suite(
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            target="/?Param2=value2&Param1=value1",
        ),
        SUITE_SECRET,
        IAM_TIME,
    ),
    "post-vanilla": (
        of_the_suite("5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b", "POST"),
        SUITE_SECRET,
        IAM_TIME,
    ),
    "an object with a range": (
        of_s3(
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            "GET",
            "/test.txt",
            {"range": "bytes=0-9", "x-amz-content-sha256": EMPTY, **S3_DATE},
        ),
        SECRET,
        S3_TIME,
    ),
    "an object with a dollar sign": (
        of_s3(
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            "PUT",
            "/test%24file.text",
            {
                "date": "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
                "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                **S3_DATE,
            },
            b"Welcome to Amazon S3.",
        ),
        SECRET,
        S3_TIME,
    ),
    "a bucket's lifecycle": (
        of_s3(
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            "GET",
            "/?lifecycle",
            {"x-amz-content-sha256": EMPTY, **S3_DATE},
        ),
        SECRET,
        S3_TIME,
    ),
    "a bucket's objects": (
        of_s3(
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            "GET",
            "/?max-keys=2&prefix=J",
            {"x-amz-content-sha256": EMPTY, **S3_DATE},
        ),
        SECRET,
        S3_TIME,
    ),
    "a presigned URL": (
        asked(
            "GET",
            "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1"
            "%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            {"host": "examplebucket.s3.amazonaws.com"},
        ),
        SECRET,
        S3_TIME + timedelta(hours=23),
    ),
    "the seed of a stream": (
        asked(
            "PUT",
            "/examplebucket/chunkObject.txt",
            {
                "host": "s3.amazonaws.com",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
                "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                "content-encoding": "aws-chunked",
                "x-amz-decoded-content-length": "66560",
                "content-length": "66824",
                "authorization": authorization(
                    "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
                    "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                    "x-amz-decoded-content-length;x-amz-storage-class",
                    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
                ),
                **S3_DATE,
            },
            b"whatever: its chunks carry signatures of their own",
        ),
        SECRET,
        S3_TIME,
    ),
}


@pytest.mark.parametrize(("request_", "secret", "now"), PUBLISHED.values(), ids=PUBLISHED)
def test_a_published_example_is_verified(request_: HttpRequest, secret: str, now: datetime) -> None:
    check(request_, secret=secret, now=now)
    assert refusal(request_, secret=secret + "x", now=now).code == "SignatureDoesNotMatch"


# --- botocore as the signer ---

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
PRINTED = st.text(st.sampled_from("aZ09 \t,;:=\"'+%&/~"), max_size=12)
PARAMS = st.lists(
    st.tuples(WORDS.filter(bool), WORDS | st.sampled_from(["", " ", "+", "a b+c", "%20", "=&"])), max_size=4
)
PATHS = st.lists(WORDS | st.sampled_from(["..", ".", "", "a b", "a+b", "%2F", "~"]), max_size=4).map(
    lambda words: "/" + "/".join(quote(word, safe="~") for word in words)
)
CUSTOM = st.dictionaries(st.sampled_from(["X-Amz-Meta-A", "X-Custom", "Accept", "X-B"]), PRINTED, max_size=3)
TOKENS = st.none() | st.sampled_from(["FwoGZXIvYXdzE==/+", "t"])


@given(
    method=st.sampled_from(["GET", "POST", "PUT"]),
    path=PATHS,
    params=PARAMS,
    headers=CUSTOM,
    body=st.binary(max_size=40),
    token=TOKENS,
    presigned=st.booleans(),
)
def test_what_botocore_signs_is_verified(
    method: str,
    path: str,
    params: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    token: str | None,
    presigned: bool,
) -> None:
    signer = SigV4QueryAuth if presigned else SigV4Auth
    if presigned:
        body = b""  # botocore moves a form into the query
    url = f"http://127.0.0.1:4566{path}"
    request = signed_by_botocore(signer, method, url, body, headers, params, token, service="sts")
    check(request, service="sts", region="us-east-1")
    signed = read(request)
    assert signed is not None
    assert (signed.access_key_id, signed.session_token, signed.presigned) == ("AKIAIOSFODNN7EXAMPLE", token, presigned)
    assert SECRET not in repr(signed) and signed.signature not in repr(signed)


@given(
    method=st.sampled_from(["GET", "PUT", "HEAD"]),
    path=PATHS,
    params=PARAMS,
    headers=CUSTOM,
    body=st.binary(max_size=40),
    token=TOKENS,
    presigned=st.booleans(),
)
def test_what_botocore_signs_for_s3_is_verified(
    method: str,
    path: str,
    params: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    token: str | None,
    presigned: bool,
) -> None:
    signer = S3SigV4QueryAuth if presigned else S3SigV4Auth
    if presigned:
        body = b""
    url = f"http://127.0.0.1:4566{path}"
    request = signed_by_botocore(signer, method, url, body, headers, params, token, service="s3")
    check(request, service="s3")


def test_an_sdk_form_is_verified_with_its_date_in_either_header() -> None:
    headers = {"Content-Type": FORM, "Date": "Mon, 01 Jan 2024 00:00:00 GMT"}
    request = signed_by_botocore(SigV4Auth, headers=headers, token="t")
    assert "x-amz-date" not in request.headers
    check(request)
    check(signed_by_botocore(SigV4Auth, headers={"Content-Type": FORM}, token="t"))


def test_a_date_header_without_a_zone_or_in_basic_format_is_utc() -> None:
    request = of_the_suite("0" * 64)
    for date in ("Sun, 30 Aug 2015 12:36:00 -0000", "20150830T123600Z", "Sun, 30 Aug 2015 14:36:00 +0200"):
        headers = {**request.headers, "date": date}
        del headers["x-amz-date"]
        signed = read(dataclasses.replace(request, headers=headers))
        assert signed is not None and signed.timestamp == IAM_TIME


def test_a_plus_in_a_query_is_a_blank_as_the_form_parser_has_it() -> None:
    request = signed_by_botocore(SigV4Auth, "GET", params=[("UserName", "a b")], body=b"")
    assert "a+b" in request.target  # signed as a%20b
    check(request)
    check(dataclasses.replace(request, target=request.target.replace("+", "%20")))
    assert refusal(dataclasses.replace(request, target=request.target.replace("+", "%2B"))).status == 403


# --- tampering ---


def rewritten(request: HttpRequest, old: str, new: str) -> HttpRequest:
    assert old in request.headers["authorization"]
    return changed_header(request, "authorization", request.headers["authorization"].replace(old, new))


def signed_form() -> HttpRequest:
    headers = {"Content-Type": FORM, "X-Custom": "1"}
    return signed_by_botocore(SigV4Auth, params=[("a", "1"), ("b", "2")], headers=headers, token="token")


NEXT_DAY = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y%m%d")
TAMPERED: dict[str, Callable[[HttpRequest], HttpRequest]] = {
    "method": lambda r: dataclasses.replace(r, method="PUT"),
    "path": lambda r: dataclasses.replace(r, target=r.target.replace("/", "/x", 1)),
    "a query value": lambda r: dataclasses.replace(r, target=r.target.replace("a=1", "a=2")),
    "a query name": lambda r: dataclasses.replace(r, target=r.target.replace("a=1", "A=1")),
    "another query parameter": lambda r: dataclasses.replace(r, target=r.target + "&c=3"),
    "one query parameter less": lambda r: dataclasses.replace(r, target="/?a=1"),
    "body": lambda r: dataclasses.replace(r, body=r.body + b"&UserName=x"),
    "no body": lambda r: dataclasses.replace(r, body=b""),
    "host": lambda r: changed_header(r, "host", "127.0.0.1:1"),
    "content type": lambda r: changed_header(r, "content-type", "text/plain"),
    "a custom header": lambda r: changed_header(r, "x-custom", "2"),
    "session token": lambda r: changed_header(r, "x-amz-security-token", "other"),
    "a header that goes missing": lambda r: dataclasses.replace(
        r, headers={name: value for name, value in r.headers.items() if name != "x-custom"}
    ),
    "seconds": lambda r: changed_header(
        r, "x-amz-date", r.headers["x-amz-date"][:-3] + ("01Z" if r.headers["x-amz-date"][-3:-1] == "00" else "00Z")
    ),
    "the day of the scope": lambda r: changed_header(
        r, "authorization", re.sub(r"/\d{8}/", f"/{NEXT_DAY}/", r.headers["authorization"])
    ),
    "region": lambda r: rewritten(r, "/us-east-1/", "/us-west-2/"),
    "service": lambda r: rewritten(r, "/iam/", "/sts/"),
    "terminator": lambda r: rewritten(r, "/aws4_request", "/aws5_request"),
    "signed headers": lambda r: rewritten(r, "x-custom", "x-other"),
    "fewer signed headers": lambda r: rewritten(r, ";x-custom", ""),
    "another unsigned amazon header": lambda r: changed_header(r, "x-amz-target", "x"),
    "a payload hash that is not the body's": lambda r: changed_header(
        rewritten(r, ";x-amz-date", ";x-amz-content-sha256;x-amz-date"), "x-amz-content-sha256", EMPTY
    ),
    "signature": lambda r: changed_header(
        r, "authorization", r.headers["authorization"][:-1] + ("0" if r.headers["authorization"][-1] != "0" else "1")
    ),
    "signed headers in capitals": lambda r: rewritten(r, "content-type;host", "Content-Type;Host"),
    "a signed header without a name": lambda r: rewritten(r, ";host", ";;host"),
    "a signature in capitals": lambda r: changed_header(
        r, "authorization", re.sub(r"[0-9a-f]{64}$", lambda m: m[0].upper(), r.headers["authorization"])
    ),
    "no hexadecimal signature": lambda r: changed_header(
        r, "authorization", re.sub(r"[0-9a-f]{64}$", "é", r.headers["authorization"])
    ),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_what_was_changed_after_signing_is_refused(tamper: Callable[[HttpRequest], HttpRequest]) -> None:
    request = signed_form()
    check(request)
    error = refusal(tamper(request))
    assert (error.code, error.status) == ("SignatureDoesNotMatch", 403)


def test_each_part_of_a_presigned_url_is_held_to() -> None:
    request = signed_by_botocore(SigV4QueryAuth, "GET", params=[("Action", "GetCallerIdentity")], body=b"", token="tok")
    check(request)
    for old, new in (
        ("GetCallerIdentity", "GetSessionToken"),
        ("X-Amz-Expires=3600", "X-Amz-Expires=3601"),
        ("X-Amz-Security-Token=tok", "X-Amz-Security-Token=tok2"),
        ("us-east-1", "us-west-2"),
    ):
        assert old in request.target
        assert refusal(dataclasses.replace(request, target=request.target.replace(old, new))).status == 403
    assert refusal(dataclasses.replace(request, method="POST")).status == 403
    assert refusal(dataclasses.replace(request, body=b"Action=DeleteUser")).status == 403
    assert refusal(changed_header(request, "host", "localhost")).status == 403


def test_another_secret_is_refused_although_a_key_was_derived_before() -> None:
    request = signed_form()
    for _ in range(2):
        check(request)
        assert refusal(request, secret="another").message == (
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )


# --- time ---


@pytest.mark.parametrize("minutes", [-15, 0, 15])
def test_a_clock_may_be_fifteen_minutes_off(minutes: int) -> None:
    example, secret, now = PUBLISHED["ListUsers of IAM"]
    check(example, secret=secret, now=now + timedelta(minutes=minutes))


def test_a_stale_or_early_request_is_refused_in_the_words_of_aws() -> None:
    example, secret, now = PUBLISHED["ListUsers of IAM"]
    late = refusal(example, secret=secret, now=now + timedelta(minutes=15, seconds=1))
    early = refusal(example, secret=secret, now=now - timedelta(minutes=15, seconds=1))
    assert (late.code, late.status, early.code, early.status) == ("SignatureDoesNotMatch", 403) * 2
    assert late.message == (
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)"
    )
    assert early.message == (
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 min.)"
    )


def test_a_presigned_url_lives_as_long_as_it_says_and_no_longer_than_fifteen_minutes() -> None:
    now = datetime.now(UTC)
    for seconds, expires, valid in ((50, 60, True), (70, 60, False), (800, 3600, True), (920, 3600, False)):
        request = signed_by_botocore(SigV4QueryAuth, "GET", body=b"", expires=expires)
        if valid:
            check(request, now=now + timedelta(seconds=seconds))
        else:
            assert "Signature expired" in refusal(request, now=now + timedelta(seconds=seconds)).message
    request = signed_by_botocore(SigV4QueryAuth, "GET", body=b"")
    without = re.sub("X-Amz-Expires=3600&?", "", request.target)
    assert refusal(dataclasses.replace(request, target=without)).message.startswith("The request signature")


def test_s3_has_its_own_words_for_the_time() -> None:
    example, secret, _ = PUBLISHED["a presigned URL"]
    assert refusal(example, secret=secret, now=S3_TIME + timedelta(hours=25)).message == "Request has expired"
    assert refusal(example, secret=secret, now=S3_TIME - timedelta(hours=1)).message == "Request is not valid yet"
    example, secret, _ = PUBLISHED["a bucket's objects"]
    assert refusal(example, secret=secret, now=S3_TIME + timedelta(hours=1)).code == "RequestTimeTooSkewed"


# --- the scope and what must be signed ---


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("/aws4_request", "/aws4"), "Credential should be scoped with a valid terminator: 'aws4_request'."),
        (("/iam/", "/sts/"), "Credential should be scoped to correct service: 'iam'."),
        (("/us-east-1/", "/eu-west-1/"), "Credential should be scoped to a valid Region, not 'eu-west-1'."),
        (
            ("/20150830/", "/20150831/"),
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            "'20150831' != '20150830', from '20150830T123600Z'.",
        ),
        (("host;", ""), "'Host' or ':authority' must be a 'SignedHeader' in the AWS 'Authorization' header."),
        ((";x-amz-date", ""), "'x-amz-date' must be a 'SignedHeader' in the AWS 'Authorization' header."),
    ],
)
def test_a_wrong_scope_is_told_in_the_words_of_aws(change: tuple[str, str], message: str) -> None:
    example, secret, now = PUBLISHED["ListUsers of IAM"]
    error = refusal(rewritten(example, *change), secret=secret, now=now, service="iam", region="us-east-1")
    assert (error.code, error.message) == ("SignatureDoesNotMatch", message)


class WithoutBody(S3SigV4Auth):
    """What S3's clients do over TLS: x-amz-content-sha256 says UNSIGNED-PAYLOAD."""

    def _should_sha256_sign_payload(self, request: AWSRequest) -> bool:
        return False


def test_the_body_may_be_unsigned_for_s3_alone() -> None:
    check(dataclasses.replace(signed_by_botocore(WithoutBody, service="s3"), body=b"another"))
    assert refusal(signed_by_botocore(WithoutBody, service="iam")).code == "SignatureDoesNotMatch"
    example, secret, now = PUBLISHED["an object with a dollar sign"]
    assert refusal(dataclasses.replace(example, body=b"x"), secret=secret, now=now).code == "XAmzContentSHA256Mismatch"
    presigned, secret, now = PUBLISHED["a presigned URL"]
    check(dataclasses.replace(presigned, body=b"anything"), secret=secret, now=now)
    hashed = presigned.target.replace("X-Amz-Credential", f"X-Amz-Content-Sha256={EMPTY}&X-Amz-Credential")
    error = refusal(dataclasses.replace(presigned, target=hashed, body=b"x"), secret=secret, now=now)
    assert error.code == "XAmzContentSHA256Mismatch"


@pytest.mark.parametrize(
    ("stated", "code"), [(None, "InvalidRequest"), ("X", "InvalidArgument"), ("Z" * 64, "InvalidArgument")]
)
def test_s3_wants_to_know_what_was_signed_of_the_body(stated: str | None, code: str) -> None:
    example, secret, now = PUBLISHED["a bucket's objects"]
    headers = {**example.headers, "x-amz-content-sha256": stated or ""}
    if stated is None:
        del headers["x-amz-content-sha256"]
    assert refusal(dataclasses.replace(example, headers=headers), secret=secret, now=now).code == code


def test_s3_has_its_own_words_for_an_unsigned_header() -> None:
    example, secret, now = PUBLISHED["a bucket's objects"]
    error = refusal(changed_header(example, "x-amz-acl", "public-read"), secret=secret, now=now)
    assert error.message == "There were headers present in the request which were not signed"
