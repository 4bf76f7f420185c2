"""S3: every request decided by the policies, the bucket's own among them, and then carried out by moto.

AWS's pages: access-policy-language-overview and troubleshoot-403-errors of the S3 User Guide, the API_… pages of the S3
API Reference. Buckets and their policies are known here, by the sandbox that made them; their objects are moto's.
Names of buckets are one for all sandboxes of a process, as they are one for all accounts of AWS. Every bucket has S3
Block Public Access on, as new ones have: a policy for everyone without a condition is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from threading import RLock
from typing import Final
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary
from xml.etree import ElementTree

from iamfa.account.bearing import Source, parsed
from iamfa.errors import PolicyError
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.verdict import Verdict
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authorise import bearing_of, decider_of, request_of, require
from iamfa.sandbox.dispatch import OtherCall, Reply
from iamfa.sandbox.live import State
from iamfa.sandbox.messages import HttpRequest
from iamfa.sandbox.s3_calls import S3Call, S3Need, object_needs, read_s3
from iamfa.sandbox.service_calls import CONTENT_TYPES
from iamfa.sandbox.work import Work
from iamfa.sandbox.xml_answer import escaped

Ask = Callable[[str, str, Mapping[str, str], bytes, str], Reply]
"""Method, target, headers, body and the number of the account -> what moto answers."""

_NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"
_LARGEST_POLICY: Final = 20 * 1024
_MOST_KEYS: Final = 1000
_DELETED: Final = re.compile(r"<Deleted>.*?</Deleted>", re.DOTALL)
"""What is left out of a quiet answer; moto does not."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, as far as access depends on it."""

    name: str
    owner: str
    """The number of its account."""
    created: datetime
    policy: str | None = None


_BUCKETS: Final[WeakKeyDictionary[State, dict[str, Bucket]]] = WeakKeyDictionary()
"""The buckets of each sandbox that has used S3, for as long as it lives."""


LOCK: Final = RLock()
"""Buckets and moto are one for all sandboxes of the process, which answer in threads of their own."""


def has_used_s3(state: State) -> bool:
    """Whether moto may hold something that matters; if not, it is taken to be emptied now, for this sandbox."""
    with LOCK:
        if state in _BUCKETS:
            return True
        taken = any(_BUCKETS.values())
        _BUCKETS[state] = {}
        return taken


def forget_buckets(state: State) -> None:
    """A sandbox ends or begins anew: its buckets are gone."""
    with LOCK:
        _BUCKETS.pop(state, None)


def answer_s3(call: OtherCall, work: Work, ask: Ask | None) -> Reply:
    """The answer to a request; without moto there are no buckets. Raises `ApiError`."""
    with LOCK:
        return _answer(call, work, ask)


def _answer(call: OtherCall, work: Work, ask: Ask | None) -> Reply:
    asked = read_s3(call.request)
    call.name = asked.name
    buckets = _BUCKETS.get(work.state, {})
    for need in asked.needs:
        # Whose a bucket of this name is does not matter for making one.
        require(work, *_decided(work, need, {} if asked.name == "CreateBucket" else buckets))
    if asked.bucket is None:
        return _list_buckets(work, asked, buckets)
    if asked.name == "CreateBucket":
        return _create(call, work, asked, asked.bucket, ask)
    bucket = _existing(buckets, asked.bucket)
    _check_owners(call.request, asked, bucket, buckets)
    if ask is None:
        raise _no_bucket(asked.bucket)
    if asked.name == "DeleteObjects":
        return _delete_objects(call, work, asked, bucket, ask)
    if asked.name in _OF_POLICIES:
        return _OF_POLICIES[asked.name](buckets, bucket, call.request.body)
    reply = _forward(call.request, asked, bucket.owner, ask)
    if reply.status < 300 and asked.name == "DeleteBucket":
        del buckets[bucket.name]
    elif reply.status == 404 and asked.name in ("GetObject", "HeadObject"):
        # API_GetObject: who may not list the bucket is not told that an object is missing.
        require(work, *_decided(work, S3Need("s3:ListBucket", bucket.name), buckets))
    return reply


# Decisions -----------------------------------------------------------------------------------------------------------


def _decided(work: Work, need: S3Need, buckets: Mapping[str, Bucket]) -> tuple[Verdict, Mapping[str, Source]]:
    """Decide one action, with the policy of the bucket and with the account that it belongs to."""
    caller, own = work.caller, work.account.number
    bucket = buckets.get(need.bucket or "")
    owner = own if bucket is None else bucket.owner
    context = {"s3:ResourceAccount": owner, **need.context}
    request = request_of(work, need.action, need.arn(work.account.partition), context, owner=owner)
    bearing = bearing_of(work.state, caller, resource_account=owner)
    policy = None if bucket is None else bucket.policy
    if policy is None and owner == own:
        return decider_of(work.state, bearing.texts).decide(request), bearing.sources
    plain = bearing.texts.bundle()
    resource = None if policy is None else parsed(policy, Kind.RESOURCE)
    bundle = Bundle(plain.identity, plain.boundary, plain.scps, plain.rcps, plain.session, resource, owner)
    decider = Decider(bundle, assumptions=work.state.settings.assumptions)
    sources = {**bearing.sources, "resource": Source("bucket policy", f"bucket/{need.bucket}")}
    return decider.decide(request), sources


def _existing(buckets: Mapping[str, Bucket], name: str) -> Bucket:
    found = buckets.get(name)
    if found is None:
        raise _no_bucket(name)
    return found


def _no_bucket(name: str) -> ApiError:
    return ApiError("NoSuchBucket", "The specified bucket does not exist", 404, hint=f"`{name}`")


def _check_owners(request: HttpRequest, asked: S3Call, bucket: Bucket, buckets: Mapping[str, Bucket]) -> None:
    """Buckets that are copied from exist too, and belong to whom the request expects (page bucket-owner-condition)."""
    sources = [_existing(buckets, need.bucket) for need in asked.needs if need.bucket not in (None, bucket.name)]
    for header, expected in (
        ("x-amz-expected-bucket-owner", [bucket]),
        ("x-amz-source-expected-bucket-owner", sources or [bucket]),
    ):
        if any(request.headers.get(header, each.owner) != each.owner for each in expected):
            raise ApiError("AccessDenied", "Access Denied", 403)


# Buckets -------------------------------------------------------------------------------------------------------------


def _list_buckets(work: Work, asked: S3Call, buckets: Mapping[str, Bucket]) -> Reply:
    """The buckets of the caller's account in this sandbox; in one page."""
    own, prefix = work.account.number, dict(asked.query).get("prefix", "")
    found = sorted(
        (each for each in buckets.values() if each.owner == own and each.name.startswith(prefix)),
        key=lambda each: each.name,
    )
    rows = "".join(
        f"<Bucket><Name>{each.name}</Name><CreationDate>{each.created:%Y-%m-%dT%H:%M:%S.000Z}</CreationDate></Bucket>"
        for each in found
    )
    owner = f"<Owner><ID>{sha256(own.encode()).hexdigest()}</ID></Owner>"
    return _xml(
        f'<ListAllMyBucketsResult xmlns="{_NAMESPACE}">{owner}<Buckets>{rows}</Buckets></ListAllMyBucketsResult>'
    )


def _create(call: OtherCall, work: Work, asked: S3Call, name: str, ask: Ask | None) -> Reply:
    if ask is None:
        message = "The sandbox has buckets with the extra services only: pip install 'iamfa[services]'."
        raise ApiError("NotImplemented", message, 501)
    own, buckets = work.account.number, _BUCKETS.setdefault(work.state, {})
    held = buckets.get(name)
    if any(name in shelf for shelf in _BUCKETS.values()) and (held is None or held.owner != own):
        message = "The requested bucket name is not available. The bucket namespace is shared by all users of the "
        message += "system. Please select a different name and try again."
        raise ApiError("BucketAlreadyExists", message, 409)
    reply = _forward(call.request, asked, own, ask)
    if reply.status < 300 and held is None:
        buckets[name] = Bucket(name, own, work.now)
    return reply


def _get_policy(buckets: dict[str, Bucket], bucket: Bucket, body: bytes) -> Reply:
    if bucket.policy is None:
        raise ApiError("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
    return Reply(200, bucket.policy.encode(), "application/json")


def _put_policy(buckets: dict[str, Bucket], bucket: Bucket, body: bytes) -> Reply:
    """Kept here and not by moto, which would decide by it in its own way."""
    _check_policy(body)
    buckets[bucket.name] = replace(bucket, policy=body.decode())
    return Reply(204, b"", CONTENT_TYPES["s3"])


def _delete_policy(buckets: dict[str, Bucket], bucket: Bucket, body: bytes) -> Reply:
    buckets[bucket.name] = replace(bucket, policy=None)
    return Reply(204, b"", CONTENT_TYPES["s3"])


_OF_POLICIES: Final = {
    "GetBucketPolicy": _get_policy,
    "PutBucketPolicy": _put_policy,
    "DeleteBucketPolicy": _delete_policy,
}


def _check_policy(body: bytes) -> None:
    """A bucket policy that is to be saved. AWS's words are known for JSON that is none, and for public policies."""
    if len(body) > _LARGEST_POLICY:
        raise ApiError("PolicyTooLarge", f"The policy is larger than {_LARGEST_POLICY} bytes.", 400)
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError) as error:
        message = "Policies must be valid JSON and the first byte must be '{'"
        raise ApiError("MalformedPolicy", message, 400) from error
    if not isinstance(whole, dict) or "Statement" not in whole:
        raise ApiError("MalformedPolicy", "Missing required field Statement", 400)
    try:
        policy = Policy.parse(body.decode(), kind=Kind.RESOURCE)
    except PolicyError as error:
        raise ApiError("MalformedPolicy", "Invalid policy syntax.", 400, hint=error.message) from error
    for statement in policy.statements:
        values = statement.principal.values if statement.principal is not None else ()
        public = any(each.type == "*" or each.value.text == "*" for each in values)
        if statement.effect == "Allow" and public and not statement.conditions:
            message = "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
            raise ApiError("AccessDenied", message, 403)


# Objects -------------------------------------------------------------------------------------------------------------


def _delete_objects(call: OtherCall, work: Work, asked: S3Call, bucket: Bucket, ask: Ask) -> Reply:
    """Each key is decided by itself: those that are refused stand in the answer, the others are deleted."""
    objects, quiet = _objects(call.request.body)
    allowed: list[tuple[str, str | None]] = []
    errors = ""
    for each, need in zip(objects, object_needs(asked, objects, call.request), strict=True):
        try:
            require(work, *_decided(work, need, _BUCKETS[work.state]))
            allowed.append(each)
        except ApiError as error:
            errors += f"<Error><Key>{escaped(each[0])}</Key>{_version(each[1])}<Code>{escaped(error.code)}</Code>"
            errors += f"<Message>{escaped(error.message)}</Message></Error>"
    if not allowed:
        return _xml(f'<DeleteResult xmlns="{_NAMESPACE}">{errors}</DeleteResult>')
    rows = "".join(f"<Object><Key>{escaped(key)}</Key>{_version(version)}</Object>" for key, version in allowed)
    body = f"<Delete>{rows}<Quiet>{'true' if quiet else 'false'}</Quiet></Delete>".encode()
    kept = {name: value for name, value in call.request.headers.items() if not _is_of_body(name)}
    reply = _forward(replace(call.request, headers=kept, body=body), asked, bucket.owner, ask)
    told = _DELETED.sub("", reply.body.decode()) if quiet else reply.body.decode()
    head, end, tail = told.rpartition("</DeleteResult>")
    return replace(reply, body=f"{head}{errors}{end}{tail}".encode())


def _version(version: str | None) -> str:
    return "" if version is None else f"<VersionId>{escaped(version)}</VersionId>"


def _is_of_body(name: str) -> bool:
    return name.startswith(("x-amz-checksum-", "x-amz-sdk-checksum-", "x-amz-content-")) or name == "content-md5"


def _objects(body: bytes) -> tuple[list[tuple[str, str | None]], bool]:
    """The keys of a DeleteObjects request with their versions, and whether only errors are to be told."""
    malformed = ApiError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
        400,
    )
    if b"<!" in body:
        raise malformed
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError) as error:
        raise malformed from error
    found: list[tuple[str, str | None]] = []
    quiet = False
    for child in root:
        name = child.tag.rpartition("}")[2]
        inner = {each.tag.rpartition("}")[2]: each.text or "" for each in child}
        if name == "Object" and inner.get("Key") and inner.keys() <= {"Key", "VersionId"}:
            found.append((inner["Key"], inner.get("VersionId")))
        elif name == "Quiet":
            quiet = (child.text or "").strip() == "true"
        else:
            raise malformed
    if not 0 < len(found) <= _MOST_KEYS:
        raise malformed
    return found, quiet


def _forward(request: HttpRequest, asked: S3Call, owner: str, ask: Ask) -> Reply:
    """Let moto carry out what was decided, in path style: exactly this bucket, this key and these parameters.

    HEAD of an object goes as GET, for the length of an answer is that of its body.
    """
    path = f"/{asked.bucket}" + ("" if asked.key is None else f"/{quote(asked.key)}")
    query = urlencode(asked.query, quote_via=quote)
    method = "GET" if asked.name == "HeadObject" else request.method
    return ask(method, f"{path}?{query}" if query else path, request.headers, request.body, owner)


def _xml(text: str) -> Reply:
    return Reply(200, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(), CONTENT_TYPES["s3"])
