"""Calls of services that are neither the sandbox's own nor S3: the few that it decides, and their empty answers.

Nothing can be made in these services, so that a list is empty: that is their true answer here, with or without moto.
EC2 alone has more to tell (regions, images, networks of a new account), and that moto knows. Actions and their
resources: Service Authorization Reference; protocols: AWS's service models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import parse_qsl

from iamfa.policy import catalogue
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.messages import HttpRequest
from iamfa.sandbox.s3_calls import unknown

Form = Literal["json", "query", "ec2", "s3", "rest-json"]


@dataclass(frozen=True, slots=True)
class PlainCall:
    """A call that asks for one action without resource-level permissions."""

    name: str
    action: str
    answer: bytes | None
    """The empty answer; None where only moto has one."""
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _List:
    """A list of a service: how it is asked for, and how it is answered when there is nothing."""

    name: str
    asked: str
    """The target of a JSON service, the path of a REST one, the version of a query one."""
    answer: bytes


FORMS: Final[Mapping[str, Form]] = {
    "s3": "s3",
    "ec2": "ec2",
    "sns": "query",
    "lambda": "rest-json",
    "dynamodb": "json",
    "sqs": "json",
    "kms": "json",
    "secretsmanager": "json",
    "logs": "json",
}
"""How each service speaks, and so how it refuses."""
CONTENT_TYPES: Final[Mapping[Form, str]] = {
    "json": "application/x-amz-json-1.1",
    "rest-json": "application/json",
    "query": "text/xml",
    "ec2": "text/xml;charset=UTF-8",
    "s3": "application/xml",
}

_LISTS: Final[Mapping[str, _List]] = {
    "lambda": _List("ListFunctions", "/2015-03-31/functions", b'{"Functions":[]}'),
    "dynamodb": _List("ListTables", "DynamoDB_20120810.ListTables", b'{"TableNames":[]}'),
    "sqs": _List("ListQueues", "AmazonSQS.ListQueues", b'{"QueueUrls":[]}'),
    "kms": _List("ListKeys", "TrentService.ListKeys", b'{"Keys":[],"Truncated":false}'),
    "secretsmanager": _List("ListSecrets", "secretsmanager.ListSecrets", b'{"SecretList":[]}'),
    "logs": _List("DescribeLogGroups", "Logs_20140328.DescribeLogGroups", b'{"logGroups":[]}'),
    "sns": _List(
        "ListTopics",
        "2010-03-31",
        b'<ListTopicsResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListTopicsResult><Topics/>'
        b"</ListTopicsResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></ListTopicsResponse>",
    ),
}
_EC2_VERSION: Final = "2016-11-15"
_EC2_EMPTY: Final = {
    "DescribeInstances": "reservationSet",
    "DescribeVolumes": "volumeSet",
    "DescribeSnapshots": "snapshotSet",
    "DescribeKeyPairs": "keySet",
    "DescribeAddresses": "addressesSet",
}
"""What is empty in every new account, and so can be told without moto."""


def read_plain(service: str, request: HttpRequest, region: str, request_id: str) -> PlainCall:
    """The call that a request makes. Raises `ApiError` with 501 for what is not in the table."""
    if service == "ec2":
        return _read_ec2(request, region, request_id)
    row = _LISTS[service]
    form = FORMS[service]
    path = request.target.partition("?")[0]
    if form == "rest-json":
        asked = path.rstrip("/") if request.method == "GET" else f"{request.method} {path}"
    elif form == "json":
        asked = request.headers.get("x-amz-target", "")
    else:
        fields = _fields(request)
        asked = fields.get("Version", "") if fields.get("Action") == row.name else fields.get("Action", "")
    if asked != row.asked:
        raise unknown(f"{asked.rpartition('.')[2] or path} of {service}, of which it has {row.name} only")
    answer = row.answer.replace(b"%s", request_id.encode())
    return PlainCall(row.name, f"{service}:{row.name}", answer)


def _read_ec2(request: HttpRequest, region: str, request_id: str) -> PlainCall:
    """Every Describe… that has no resource of its own."""
    fields = _fields(request)
    name = fields.get("Action", "")
    if fields.get("Version") != _EC2_VERSION:
        raise ApiError("InvalidAction", f"The action {name} is not valid for this web service.", 400)
    about = catalogue.find_action(f"ec2:{name}") if name.isalnum() else None
    if about is None or not name.startswith("Describe") or about.resources:
        raise unknown(f"{name} of ec2, of which it has what begins with Describe and is asked on `*`")
    if "DryRun" in fields:
        raise unknown("dry runs of ec2")
    element = _EC2_EMPTY.get(name)
    answer = None if element is None else (
        f'<{name}Response xmlns="http://ec2.amazonaws.com/doc/{_EC2_VERSION}/"><requestId>{request_id}</requestId>'
        f"<{element}/></{name}Response>"
    ).encode()  # fmt: skip
    return PlainCall(name, f"ec2:{name}", answer, {"ec2:Region": region})


def _fields(request: HttpRequest) -> dict[str, str]:
    """The form of a query service, of query string and body. Raises `ApiError` for a name that is there twice."""
    query = request.target.partition("?")[2]
    try:
        body = request.body.decode("ascii")
        pairs = [pair for text in (query, body) for pair in parse_qsl(text, keep_blank_values=True, errors="strict")]
    except ValueError as error:
        raise ApiError("MalformedQueryString", "The query string is not UTF-8.", 400) from error
    if len({name for name, _ in pairs}) < len(pairs):
        raise ApiError("InvalidParameterCombination", "A parameter is given more than once.", 400)
    return dict(pairs)
