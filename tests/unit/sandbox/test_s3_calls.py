"""Requests to S3 as operations: what each needs, and what is not answered."""

from __future__ import annotations

import pytest

from iamfa.policy import catalogue
from iamfa.sandbox import s3_calls
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.messages import HttpRequest
from iamfa.sandbox.s3_calls import S3Call, read_s3


def request(method: str, target: str, body: bytes = b"", **headers: str) -> HttpRequest:
    given = {"host": "127.0.0.1:4444"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest(method, target, given, body, "127.0.0.1")


def needs(call: S3Call) -> list[str]:
    return [f"{need.action} {need.arn('aws')}" for need in call.needs]


@pytest.mark.parametrize(
    ("method", "target", "name", "needed"),
    [
        ("GET", "/", "ListBuckets", ["s3:ListAllMyBuckets *"]),
        ("GET", "/abc", "ListObjects", ["s3:ListBucket arn:aws:s3:::abc"]),
        ("GET", "/abc/?list-type=2&prefix=x", "ListObjectsV2", ["s3:ListBucket arn:aws:s3:::abc"]),
        ("GET", "/abc?versions", "ListObjectVersions", ["s3:ListBucketVersions arn:aws:s3:::abc"]),
        ("GET", "/abc?uploads", "ListMultipartUploads", ["s3:ListBucketMultipartUploads arn:aws:s3:::abc"]),
        ("DELETE", "/abc?encryption&x-id=x", "", []),
        ("DELETE", "/abc?cors", "DeleteBucketCors", ["s3:PutBucketCORS arn:aws:s3:::abc"]),
        ("POST", "/abc?delete", "DeleteObjects", []),
        ("GET", "/abc/a%2Fb", "GetObject", ["s3:GetObject arn:aws:s3:::abc/a/b"]),
        ("GET", "/abc//b", "GetObject", ["s3:GetObject arn:aws:s3:::abc//b"]),
        ("GET", "/abc/%2541", "GetObject", ["s3:GetObject arn:aws:s3:::abc/%41"]),
        ("HEAD", "/abc/x?versionId=1", "HeadObject", ["s3:GetObjectVersion arn:aws:s3:::abc/x"]),
        ("DELETE", "/abc/x?versionId=1", "DeleteObject", ["s3:DeleteObjectVersion arn:aws:s3:::abc/x"]),
        ("PUT", "/abc/x?versionId=1", "", []),
        ("PATCH", "/abc/x", "", []),
        ("POST", "/abc/x?uploads", "CreateMultipartUpload", ["s3:PutObject arn:aws:s3:::abc/x"]),
        ("GET", "/abc/x?uploadId=1", "ListParts", ["s3:ListMultipartUploadParts arn:aws:s3:::abc/x"]),
        ("DELETE", "/abc/x?uploadId=1", "AbortMultipartUpload", ["s3:AbortMultipartUpload arn:aws:s3:::abc/x"]),
        (
            "GET",
            "/abc/x?attributes&versionId=1",
            "GetObjectAttributes",
            ["s3:GetObjectVersion arn:aws:s3:::abc/x", "s3:GetObjectVersionAttributes arn:aws:s3:::abc/x"],
        ),
        (
            "GET",
            "/abc/x?attributes",
            "GetObjectAttributes",
            ["s3:GetObject arn:aws:s3:::abc/x", "s3:GetObjectAttributes arn:aws:s3:::abc/x"],
        ),
        ("POST", "/", "", []),
        ("GET", "/?uploads", "", []),
        ("POST", "/abc", "", []),
        ("GET", "/abc?analytics", "", []),
        ("GET", "/abc?versions&list-type=2", "", []),
        ("GET", "/abc?acl&policy", "", []),
        ("GET", "/abc/x?legal-hold", "", []),
    ],
)
def test_method_path_and_query_make_the_operation(method: str, target: str, name: str, needed: list[str]) -> None:
    if name:
        call = read_s3(request(method, target))
        assert (call.name, needs(call)) == (name, needed)
        return
    with pytest.raises(ApiError) as caught:
        read_s3(request(method, target))
    assert caught.value.status == 501


def test_every_action_of_the_tables_is_one_of_aws() -> None:
    actions = {action for _, action in s3_calls._BUCKET.values()}
    actions |= {action for row in s3_calls._OBJECT.values() for action in row[1:] if action}
    assert {action for action in actions if catalogue.find_action(f"s3:{action}") is None} == set()


def test_listing_carries_its_parameters_as_keys() -> None:
    [need] = read_s3(request("GET", "/abc?list-type=2&prefix=a%2F&delimiter=%2F&max-keys=5")).needs
    assert {name: value for name, value in need.context.items() if name in s3_calls._LISTING_KEYS} == {
        "s3:prefix": "a/",
        "s3:delimiter": "/",
        "s3:max-keys": "5",
    }
    [uploads] = read_s3(request("GET", "/abc?uploads&prefix=a")).needs
    assert not s3_calls._LISTING_KEYS & uploads.context.keys()


def test_headers_and_signature_are_keys() -> None:
    [need] = read_s3(request("PUT", "/abc/x", x_amz_storage_class="GLACIER")).needs
    assert need.context["s3:x-amz-storage-class"] == "GLACIER"
    assert need.context["s3:authType"] == "REST-HEADER"
    [need] = read_s3(request("GET", "/abc/x?X-Amz-Signature=1&X-Amz-Expires=60&x-id=GetObject")).needs
    assert need.context["s3:authType"] == "REST-QUERY-STRING"
    assert need.context["s3:x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"


def test_a_bucket_is_created_in_a_place_and_with_an_acl_that_grants_nothing() -> None:
    body = b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
    headers = {"x_amz_acl": "private", "x_amz_object_ownership": "BucketOwnerEnforced"}
    call = read_s3(request("PUT", "/abc", body, **headers))
    assert [need.action for need in call.needs] == [
        "s3:CreateBucket",
        "s3:PutBucketAcl",
        "s3:PutBucketOwnershipControls",
    ]
    assert call.needs[0].context["s3:LocationConstraint"] == "eu-west-1"


def test_copying_needs_the_source_as_well() -> None:
    call = read_s3(request("PUT", "/abc/x", x_amz_copy_source="/src/a%20b?versionId=7", x_amz_acl="private"))
    assert call.name == "CopyObject"
    assert needs(call) == [
        "s3:GetObjectVersion arn:aws:s3:::src/a b",
        "s3:PutObject arn:aws:s3:::abc/x",
        "s3:PutObjectAcl arn:aws:s3:::abc/x",
    ]
    part = read_s3(request("PUT", "/abc/x?uploadId=1&partNumber=1", x_amz_copy_source="src/a"))
    assert (part.name, needs(part)[0]) == ("UploadPartCopy", "s3:GetObject arn:aws:s3:::src/a")


@pytest.mark.parametrize(
    ("method", "target", "body", "headers"),
    [
        ("PUT", "/abc", b"<Tags><Tag/></Tags>", {}),
        ("PUT", "/abc", b"", {"x_amz_object_ownership": "ObjectWriter"}),
        ("PUT", "/abc", b"", {"x_amz_acl": "public-read"}),
        ("PUT", "/abc", b"", {"x_amz_bucket_object_lock_enabled": "true"}),
        ("PUT", "/abc/x", b"", {"x_amz_server_side_encryption": "aws:kms"}),
        ("PUT", "/abc/x", b"", {"x_amz_copy_source": "arn:aws:s3:us-east-1:1:accesspoint/x/object/y"}),
        ("GET", "/abc/x", b"", {"x_amz_copy_source": "src/a"}),
        ("PUT", "/abc?versioning", b"<MfaDelete>Enabled</MfaDelete>", {}),
    ],
)
def test_what_would_make_access_depend_on_more_is_not_answered(
    method: str, target: str, body: bytes, headers: dict[str, str]
) -> None:
    with pytest.raises(ApiError) as caught:
        read_s3(request(method, target, body, **headers))
    assert caught.value.status == 501


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/abc?prefix=a&prefix=b", "InvalidArgument"),
        ("/abc/%ff", "InvalidURI"),
        ("/abc?prefix=%ff", "InvalidURI"),
        ("//x", "InvalidURI"),
        ("/A", "InvalidBucketName"),
    ],
)
def test_requests_that_cannot_be_read_are_refused(target: str, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_s3(request("GET", target))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("host", "target", "bucket"),
    [
        ("abc.localhost:4444", "/y", "abc"),
        ("abc.s3.localhost", "/y", "abc"),
        ("s3.localhost", "/xyz/y", "xyz"),
        ("localhost", "/xyz/y", "xyz"),
    ],
)
def test_the_host_may_name_the_bucket(host: str, target: str, bucket: str) -> None:
    call = read_s3(request("GET", target, host=host))
    assert (call.bucket, call.key) == (bucket, "y")
