"""S3: which operation a request is, and which action on which resource each takes.

AWS's pages: using-with-s3-policy-actions ("Required permissions for Amazon S3 API operations") of the S3 User Guide,
list_amazons3 of the Service Authorization Reference, and the API_… pages for the requests. What is not in the tables is
answered with 501, and so is everything that would make access depend on what is not decided here: ACLs that grant,
tags of objects, Object Lock, KMS keys, access points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.messages import HttpRequest


@dataclass(frozen=True, slots=True)
class S3Need:
    """One action on a bucket, on an object, or on no resource."""

    action: str
    bucket: str | None = None
    key: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)

    def arn(self, partition: str) -> str:
        """The resource; `*` for an action without resource-level permissions."""
        if self.bucket is None:
            return "*"
        return f"arn:{partition}:s3:::{self.bucket}" + ("" if self.key is None else f"/{self.key}")


@dataclass(frozen=True, slots=True)
class S3Call:
    """A request to S3, understood."""

    name: str
    """The operation, e.g. `ListObjectsV2`."""
    bucket: str | None
    key: str | None
    query: tuple[tuple[str, str], ...]
    """Decoded, without the parts of a signature."""
    needs: tuple[S3Need, ...]
    """Everything that must be allowed; DeleteObjects asks for each key by itself."""


_READ = "acl attributes cors encryption lifecycle location logging notification object-lock ownershipControls policy "
_READ += "policyStatus publicAccessBlock replication requestPayment tagging versioning versions website accelerate "
_SUBRESOURCES: Final = frozenset((_READ + "uploads uploadId delete").split())

_BUCKET: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("HEAD", ""): ("HeadBucket", "ListBucket"),
    ("GET", ""): ("ListObjects", "ListBucket"),
    ("PUT", ""): ("CreateBucket", "CreateBucket"),
    ("DELETE", ""): ("DeleteBucket", "DeleteBucket"),
    ("GET", "versions"): ("ListObjectVersions", "ListBucketVersions"),
    ("GET", "uploads"): ("ListMultipartUploads", "ListBucketMultipartUploads"),
    ("POST", "delete"): ("DeleteObjects", "DeleteObject"),
    ("GET", "accelerate"): ("GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"),
    ("GET", "acl"): ("GetBucketAcl", "GetBucketAcl"),
    ("GET", "cors"): ("GetBucketCors", "GetBucketCORS"),
    ("PUT", "cors"): ("PutBucketCors", "PutBucketCORS"),
    ("DELETE", "cors"): ("DeleteBucketCors", "PutBucketCORS"),
    ("GET", "encryption"): ("GetBucketEncryption", "GetEncryptionConfiguration"),
    ("GET", "lifecycle"): ("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
    ("PUT", "lifecycle"): ("PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"),
    ("DELETE", "lifecycle"): ("DeleteBucketLifecycle", "PutLifecycleConfiguration"),
    ("GET", "location"): ("GetBucketLocation", "GetBucketLocation"),
    ("GET", "logging"): ("GetBucketLogging", "GetBucketLogging"),
    ("GET", "notification"): ("GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("GET", "object-lock"): ("GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
    ("GET", "ownershipControls"): ("GetBucketOwnershipControls", "GetBucketOwnershipControls"),
    ("GET", "policy"): ("GetBucketPolicy", "GetBucketPolicy"),
    ("PUT", "policy"): ("PutBucketPolicy", "PutBucketPolicy"),
    ("DELETE", "policy"): ("DeleteBucketPolicy", "DeleteBucketPolicy"),
    ("GET", "publicAccessBlock"): ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("GET", "replication"): ("GetBucketReplication", "GetReplicationConfiguration"),
    ("GET", "requestPayment"): ("GetBucketRequestPayment", "GetBucketRequestPayment"),
    ("GET", "tagging"): ("GetBucketTagging", "GetBucketTagging"),
    ("PUT", "tagging"): ("PutBucketTagging", "PutBucketTagging"),
    ("DELETE", "tagging"): ("DeleteBucketTagging", "PutBucketTagging"),
    ("GET", "versioning"): ("GetBucketVersioning", "GetBucketVersioning"),
    ("PUT", "versioning"): ("PutBucketVersioning", "PutBucketVersioning"),
    ("GET", "website"): ("GetBucketWebsite", "GetBucketWebsite"),
}
_OBJECT: Final[Mapping[tuple[str, str], tuple[str, str, str]]] = {
    ("HEAD", ""): ("HeadObject", "GetObject", "GetObjectVersion"),
    ("GET", ""): ("GetObject", "GetObject", "GetObjectVersion"),
    ("PUT", ""): ("PutObject", "PutObject", ""),
    ("DELETE", ""): ("DeleteObject", "DeleteObject", "DeleteObjectVersion"),
    ("GET", "acl"): ("GetObjectAcl", "GetObjectAcl", "GetObjectVersionAcl"),
    ("GET", "attributes"): ("GetObjectAttributes", "GetObject", "GetObjectVersion"),
    ("GET", "tagging"): ("GetObjectTagging", "GetObjectTagging", "GetObjectVersionTagging"),
    ("POST", "uploads"): ("CreateMultipartUpload", "PutObject", ""),
    ("PUT", "uploadId"): ("UploadPart", "PutObject", ""),
    ("POST", "uploadId"): ("CompleteMultipartUpload", "PutObject", ""),
    ("DELETE", "uploadId"): ("AbortMultipartUpload", "AbortMultipartUpload", ""),
    ("GET", "uploadId"): ("ListParts", "ListMultipartUploadParts", ""),
}
"""Name, action, and the action where a version is named; empty: no version can be named."""

_PAGES: Final = "encoding-type prefix delimiter"
_PLAIN: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    (kind, subresource): frozenset(f"x-id {names}".split())
    for kind, subresource, names in (
        ("service", "", "prefix"),
        ("bucket", "", f"{_PAGES} list-type marker max-keys continuation-token start-after fetch-owner"),
        ("bucket", "versions", f"{_PAGES} max-keys key-marker version-id-marker"),
        ("bucket", "uploads", f"{_PAGES} max-uploads key-marker upload-id-marker"),
        ("object", "uploadId", "partNumber max-parts part-number-marker"),
        ("object", "acl", "versionId"),
        ("object", "attributes", "versionId"),
        ("object", "tagging", "versionId"),
        (
            "object",
            "",
            "versionId partNumber response-cache-control response-content-disposition response-content-encoding "
            "response-content-language response-content-type response-expires",
        ),
    )
}
"""The parameters that may stand beside each subresource; where there is no row, `x-id` alone."""
_LISTS: Final = frozenset({"ListObjects", "ListObjectsV2", "ListObjectVersions"})
_SIGNATURE: Final = "x-amz-"
_REFUSED_HEADERS: Final = (
    "x-amz-grant-", "x-amz-tagging", "x-amz-object-lock-", "x-amz-bucket-object-lock-", "x-amz-bypass-governance",
    "x-amz-mfa", "x-amz-server-side-encryption-aws-", "x-amz-server-side-encryption-context",
    "x-amz-write-offset-bytes", "x-amz-bucket-namespace",
)  # fmt: skip
_HARMLESS_ACLS: Final = frozenset({"private", "bucket-owner-full-control"})
_HEADER_KEYS: Final = (
    "x-amz-acl", "x-amz-copy-source", "x-amz-metadata-directive", "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-customer-algorithm", "x-amz-storage-class", "x-amz-website-redirect-location",
    "x-amz-content-sha256", "x-amz-object-ownership", "if-match", "if-none-match",
)  # fmt: skip
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_LOCATION: Final = re.compile(rb"<LocationConstraint>([a-z0-9-]+)</LocationConstraint>")
_SUFFIX: Final = ".localhost"


def read_s3(request: HttpRequest) -> S3Call:
    """The operation of a request in path style or with the bucket before `.localhost`. Raises `ApiError`."""
    bucket, key = _place(request)
    query = _query(request.target.partition("?")[2])
    names = [name for name, _ in query]
    if len(set(names)) < len(names):
        raise ApiError("InvalidArgument", "A query parameter is given more than once.", 400)
    subresources = [name for name in names if name in _SUBRESOURCES]
    subresource = subresources[0] if subresources else ""
    kind = "service" if bucket is None else "bucket" if key is None else "object"
    plain = _PLAIN.get((kind, subresource), frozenset({"x-id"}))
    strange = [name for name in names if name != subresource and name not in plain]
    if strange:
        raise unknown(f"S3 with the query parameter {strange[0]}")
    _refuse_undecided(request)
    context = _context(request)
    given = dict(query)
    if bucket is None:
        if request.method != "GET" or subresource:
            raise unknown(f"S3 {request.method} /")
        return S3Call("ListBuckets", None, None, query, (S3Need("s3:ListAllMyBuckets", context=context),))
    if key is None:
        return _bucket_call(request, bucket, subresource, query, {**context, **_listing(given)})
    return _object_call(request, bucket, key, subresource, query, context)


def unknown(what: str) -> ApiError:
    """What is not in the tables is not answered, and never made up."""
    return ApiError("NotImplemented", f"The sandbox does not have {what}.", 501)


def _bucket_call(
    request: HttpRequest, bucket: str, subresource: str, query: tuple[tuple[str, str], ...], context: dict[str, str]
) -> S3Call:
    row = _BUCKET.get((request.method, subresource))
    if row is None:
        raise unknown(f"S3 {request.method} on a bucket" + (f" with ?{subresource}" if subresource else ""))
    name, action = row
    if name == "ListObjects" and dict(query).get("list-type") == "2":
        name = "ListObjectsV2"
    needs = [S3Need(f"s3:{action}", bucket, None, context if name in _LISTS else _without_listing(context))]
    if name == "CreateBucket":
        location = _LOCATION.search(request.body)
        if b"<Tag" in request.body:
            raise unknown("buckets that are created with tags")
        if location is not None:
            place = {"s3:LocationConstraint": location[1].decode("ascii")}
            needs = [S3Need("s3:CreateBucket", bucket, None, {**needs[0].context, **place})]
        if "x-amz-acl" in request.headers:
            needs.append(S3Need("s3:PutBucketAcl", bucket, None, needs[0].context))
        if "x-amz-object-ownership" in request.headers:
            needs.append(S3Need("s3:PutBucketOwnershipControls", bucket, None, needs[0].context))
    return S3Call(name, bucket, None, query, tuple(needs) if name != "DeleteObjects" else ())


def _object_call(
    request: HttpRequest,
    bucket: str,
    key: str,
    subresource: str,
    query: tuple[tuple[str, str], ...],
    context: dict[str, str],
) -> S3Call:
    row = _OBJECT.get((request.method, subresource))
    version = dict(query).get("versionId")
    if row is None or (version is not None and not row[2]):
        raise unknown(f"S3 {request.method} on an object" + (f" with ?{subresource}" if subresource else ""))
    name, action, of_version = row
    named = {} if version is None else {"s3:versionid": version}
    needs = [S3Need(f"s3:{action if version is None else of_version}", bucket, key, {**context, **named})]
    source = request.headers.get("x-amz-copy-source")
    if source is not None:
        if name not in ("PutObject", "UploadPart"):
            raise unknown(f"S3 {name} with a source")
        name = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}[name]
        needs.insert(0, _source_need(source, context))
    if "x-amz-acl" in request.headers:
        needs.append(S3Need("s3:PutObjectAcl", bucket, key, context))
    if name == "GetObjectAttributes":
        suffix = "Attributes" if version is None else "VersionAttributes"
        needs.append(S3Need(f"s3:GetObject{suffix}", bucket, key, {**context, **named}))
    return S3Call(name, bucket, key, query, tuple(needs))


def _source_need(source: str, context: Mapping[str, str]) -> S3Need:
    """What is copied: `bucket/key?versionId=…`, URL-encoded, with or without a slash before."""
    path, question, version = source.partition("?versionId=")
    bucket, slash, key = _text(path).removeprefix("/").partition("/")
    if not slash or not key or not _NAME.fullmatch(bucket):
        raise unknown("S3 copies from anything but BUCKET/KEY")
    if question:
        return S3Need("s3:GetObjectVersion", bucket, key, {**context, "s3:versionid": version})
    return S3Need("s3:GetObject", bucket, key, context)


def _place(request: HttpRequest) -> tuple[str | None, str | None]:
    """The bucket and the key; the key exactly as it is meant, whatever its characters."""
    path = request.target.partition("?")[0]
    host = request.headers.get("host", "").partition(":")[0].lower()
    inside = host.removesuffix(_SUFFIX).removesuffix(".s3") if host.endswith(_SUFFIX) else ""
    text = _text(path).removeprefix("/")
    bucket, slash, key = (inside, "/", text) if inside and inside != "s3" else text.partition("/")
    if not bucket:
        if key or slash:
            raise ApiError("InvalidURI", "Couldn't parse the specified URI.", 400)
        return None, None
    if not _NAME.fullmatch(bucket):
        raise ApiError("InvalidBucketName", "The specified bucket is not valid.", 400)
    return bucket, key or None


def _text(path: str) -> str:
    try:
        return unquote_to_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise ApiError("InvalidURI", "Couldn't parse the specified URI.", 400) from error


def _query(text: str) -> tuple[tuple[str, str], ...]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise ApiError("InvalidURI", "Couldn't parse the specified URI.", 400) from error
    return tuple((name, value) for name, value in pairs if not name.lower().startswith(_SIGNATURE))


def _refuse_undecided(request: HttpRequest) -> None:
    """Refuse what would make access depend on something that is not decided here."""
    headers = request.headers
    for name in headers:
        if name.startswith(_REFUSED_HEADERS):
            raise unknown(f"S3 with the header {name}")
    if headers.get("x-amz-acl", "private") not in _HARMLESS_ACLS:
        raise unknown("S3 ACLs that grant")
    if headers.get("x-amz-object-ownership", "BucketOwnerEnforced") != "BucketOwnerEnforced":
        raise unknown("S3 buckets with ACLs in force")
    if headers.get("x-amz-server-side-encryption", "AES256") != "AES256":
        raise unknown("S3 with KMS keys")
    if request.method == "PUT" and b"MfaDelete" in request.body[:4096]:
        raise unknown("S3 MFA delete")


def _context(request: HttpRequest) -> dict[str, str]:
    """The keys that a request to S3 carries by its headers and its signature."""
    presigned = "X-Amz-Signature=" in request.target
    context = {
        "s3:authType": "REST-QUERY-STRING" if presigned else "REST-HEADER",
        "s3:signatureversion": "AWS4-HMAC-SHA256",
    }
    if presigned and "x-amz-content-sha256" not in request.headers:
        context["s3:x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    context.update((f"s3:{name}", request.headers[name]) for name in _HEADER_KEYS if name in request.headers)
    return context


def _listing(query: Mapping[str, str]) -> dict[str, str]:
    """The keys of lists: a prefix that is not given is no key."""
    return {f"s3:{name}": query[name] for name in ("prefix", "delimiter", "max-keys") if name in query}


def _without_listing(context: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in context.items() if name not in _LISTING_KEYS}


_LISTING_KEYS = frozenset({"s3:prefix", "s3:delimiter", "s3:max-keys"})


def object_needs(call: S3Call, objects: list[tuple[str, str | None]], request: HttpRequest) -> Iterator[S3Need]:
    """What DeleteObjects takes for each key."""
    context = _context(request)
    for key, version in objects:
        if version is None:
            yield S3Need("s3:DeleteObject", call.bucket, key, context)
        else:
            yield S3Need("s3:DeleteObjectVersion", call.bucket, key, {**context, "s3:versionid": version})
