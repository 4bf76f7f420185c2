"""Query requests: what botocore sends is what the sandbox reads, and whatever else comes is refused in AWS's words."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from tests.unit.sandbox import botocore_peer, random_values

from iamfa.sandbox import model, query_protocol, wire
from iamfa.sandbox.api_error import ApiError

IAM = "Version=2010-05-08&Action="
FORM = {"content-type": "application/x-www-form-urlencoded"}

EXOTIC = {
    "metadata": {"protocol": "query", "apiVersion": "1"},
    "operations": {"Do": {"name": "Do", "input": {"shape": "In"}}},
    "shapes": {
        "In": {
            "type": "structure",
            "members": {
                "Names": {"shape": "Flat"}, "Attributes": {"shape": "Map"}, "FlatMap": {"shape": "FlatMap"},
                "Data": {"shape": "Blob"}, "When": {"shape": "Time"}, "Much": {"shape": "Long"},
                "Self": {"shape": "In"},
            },
        },
        "Flat": {"type": "list", "member": {"shape": "Text"}, "flattened": True},
        "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
        "FlatMap": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}, "flattened": True},
        "Blob": {"type": "blob"}, "Time": {"type": "timestamp"}, "Long": {"type": "long"}, "Text": {"type": "string"},
    },
}  # fmt: skip


def read(body: str | bytes, service: str = "iam") -> dict[str, Any]:
    """The parameters of a form that is posted."""
    return wire.read_call(service, "POST", "/", FORM, body.encode() if isinstance(body, str) else body).parameters


def refusal(body: str | bytes, service: str = "iam") -> tuple[str, int, str]:
    """Code, status and message of the refusal of a form that is posted."""
    with pytest.raises(ApiError) as found:
        read(body, service)
    return found.value.code, found.value.status, found.value.message


def exotic(fields: Mapping[str, str]) -> dict[str, Any]:
    """Fields by a shape with the forms that IAM and STS have none of."""
    found = model.compiled("exotic", EXOTIC, "Do")
    assert found is not None
    return query_protocol.nested(found.input_shape, fields)


@pytest.mark.parametrize("service", ["iam", "sts"])
def test_what_botocore_sends_is_what_is_read(service: str) -> None:
    round_trips(service, Random(1), 2)


@pytest.mark.soak
@pytest.mark.parametrize("service", ["iam", "sts"])
def test_what_botocore_sends_is_what_is_read_many_times(service: str) -> None:
    round_trips(service, Random(), 200)


def round_trips(service: str, random: Random, times: int) -> None:
    for name in model.operations(service):
        found = model.operation(service, name)
        assert found is not None
        for _ in range(times):
            given = random_values.structure(random, found.input_shape) if found.input_shape else {}
            method, headers, body = botocore_peer.request(service, name, given)
            call = wire.read_call(service, method, "/", headers, body)
            assert (call.operation, call.parameters) == (found, given)


def test_a_query_string_is_read_like_a_body() -> None:
    call = wire.read_call("sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Signature=ab&", {}, b"")
    assert (call.operation.name, call.parameters) == ("GetCallerIdentity", {})


def test_an_empty_text_is_an_empty_list() -> None:
    assert read(f"{IAM}CreateUser&UserName=a&Tags=") == {"UserName": "a", "Tags": []}


def test_entries_may_come_in_any_order() -> None:
    assert read(f"{IAM}UntagUser&UserName=a&TagKeys.member.2=y&TagKeys.member.1=x")["TagKeys"] == ["x", "y"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ("MissingAction", 400, "The request is missing the Action parameter.")),
        ("Version=2010-05-08", ("MissingAction", 400, "The request is missing the Action parameter.")),
        (f"{IAM}Fly", ("InvalidAction", 400, "Could not find operation Fly for version 2010-05-08")),
        (
            "Action=ListUsers&Version=1999-01-01",
            ("InvalidAction", 400, "Could not find operation ListUsers for version 1999-01-01"),
        ),
        (
            "Action=ListUsers",
            ("InvalidAction", 400, "Could not find operation ListUsers for version NO_VERSION_SPECIFIED"),
        ),
    ],
)
def test_an_action_that_is_missing_or_unknown_is_refused_in_aws_words(
    body: str, expected: tuple[str, int, str]
) -> None:
    assert refusal(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "GetUser&Colour=red",
        "GetUser&UserName.x=a",
        "GetUser&UserName=a&userName=b",
        "GetUser&UserName=a&UserName=a",
        "GetUser&UserName=a&User%4eame=b",
        "GenerateCredentialReport&UserName=a",
        "CreateUser&UserName=a&Tags.1.Key=k",
        "CreateUser&UserName=a&Tags.member=k",
        "CreateUser&UserName=a&Tags.entry.1.Key=k",
        "CreateUser&UserName=a&Tags.member.1.Colour=k",
        "CreateUser&UserName=a&Tags=&Tags.member.1.Key=k&Tags.member.1.Value=v",
        "CreateUser&UserName=a&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags=",
        "GetUser&" + "&".join(f"F{index}=" for index in range(query_protocol.MAX_FIELDS)),
    ],
)
def test_a_parameter_that_the_operation_does_not_have_once_is_refused(body: str) -> None:
    assert refusal(IAM + body)[:2] == ("InvalidQueryParameter", 400)


@pytest.mark.parametrize(
    "body",
    [
        "CreateUser&UserName=a&Tags.member.0.Key=k",
        "CreateUser&UserName=a&Tags.member.01.Key=k",
        "CreateUser&UserName=a&Tags.member.-1.Key=k",
        "CreateUser&UserName=a&Tags.member.x.Key=k",
        "CreateUser&UserName=a&Tags.member..Key=k",
        "CreateUser&UserName=a&Tags.member.%C2%B2.Key=k",
        "CreateUser&UserName=a&Tags.member.999999999.Key=k",
        "CreateUser&UserName=a&Tags.member.99999.Key=k",
        "CreateUser&UserName=a&Tags.member.2.Key=k&Tags.member.2.Value=v",
        "CreateUser&UserName=a&Tags.member.1=k",
        "CreateUser&UserName=a&Tags=k",
        "ListUsers&MaxItems=many",
        "ListUsers&MaxItems=",
        "ListUsers&MaxItems=1.0",
        "ListUsers&MaxItems=%D9%A3",
        "ListUsers&MaxItems=2147483648",
        "ListUsers&MaxItems=" + "9" * 100_000,
        "CreateLoginProfile&UserName=a&Password=b&PasswordResetRequired=yes",
    ],
)
def test_a_value_or_an_index_that_is_none_is_malformed(body: str) -> None:
    assert refusal(IAM + body)[:2] == ("MalformedInput", 400)


@pytest.mark.parametrize("body", [b"Action=%", b"Action=%4", b"Action=%zz", b"Action=%ff", b"Action=\xff", b"%C3=1"])
def test_what_is_no_text_is_a_malformed_query_string(body: bytes) -> None:
    assert refusal(body)[:2] == ("MalformedQueryString", 404)


def test_forms_that_only_other_services_use_are_read_too() -> None:
    fields = {
        "Names.2": "b", "Names.1": "a", "Attributes.entry.1.key": "k", "Attributes.entry.1.value": "v",
        "FlatMap.1.key": "x", "FlatMap.1.value": "", "Data": "AP8=", "When": "2026-01-01T00:00:00Z", "Much": "-9",
    }  # fmt: skip
    assert exotic(fields) == {
        "Names": ["a", "b"],
        "Attributes": {"k": "v"},
        "FlatMap": {"x": ""},
        "Data": b"\x00\xff",
        "When": datetime(2026, 1, 1, tzinfo=UTC),
        "Much": -9,
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"Data": "AP8"},
        {"Data": "é"},
        {"When": "yesterday"},
        {"When": "2026-13-01T00:00:00Z"},
        {"When": "0001-01-01T00:00:00"},
        {"Much": str(1 << 63)},
        {"Attributes": "a"},
        {"Attributes.entry.1.key": "k"},
        {
            "Attributes.entry.1.key": "k",
            "Attributes.entry.1.value": "v",
            "Attributes.entry.2.key": "k",
            "Attributes.entry.2.value": "w",
        },
        {".".join(["Self"] * 40): "x"},
    ],
)
def test_such_forms_are_refused_when_they_are_malformed(fields: dict[str, str]) -> None:
    with pytest.raises(ApiError):
        exotic(fields)


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "code"),
    [
        ("PUT", "/", FORM, b"", "UnknownOperationException"),
        ("POST", "/bucket", FORM, b"", "UnknownOperationException"),
        ("GET", "/?Action=Gé", {}, b"", "MalformedQueryString"),
        ("POST", "/", {"Content-Type": "application/json"}, b"{}", "MalformedInput"),
        ("POST", "/", FORM, bytes(wire.MAX_BODY + 1), "RequestEntityTooLarge"),
    ],
)
def test_a_request_of_another_form_is_refused(
    method: str, target: str, headers: dict[str, str], body: bytes, code: str
) -> None:
    with pytest.raises(ApiError) as found:
        wire.read_call("iam", method, target, headers, body)
    assert found.value.code == code


def test_a_service_that_is_not_spoken_is_refused() -> None:
    with pytest.raises(ApiError) as found:
        wire.read_call("s3", "GET", "/", {}, b"")
    assert (found.value.code, found.value.status) == ("UnknownOperationException", 404)


def hostile(random: Random) -> bytes:
    """A request between noise and almost right."""
    names = ["Action", "Version", "UserName", "Tags", "Tags.member.1.Key", "Tags.member.1", "Tags.member.1.Value", "",
             "Tags.member.70000.Key", "Tags.member", ".", "..", "Tags.member.1.Key.x", "%", "%41", "\ud800", "é",
             "\0"]  # fmt: skip
    texts = ["CreateUser", "2010-05-08", "ListUsers", "", "=", "%ff", "%zz", "+", "\ud83d", "\x01", "a" * 300, "-1"]
    pieces = [f"{random.choice(names)}={random.choice(texts)}" for _ in range(random.randint(0, 6))]
    if random.random() < 0.8:
        pieces += ["Action=CreateUser", "Version=2010-05-08"]
    body = "&".join(pieces).encode("utf-8", "surrogatepass")
    return body if random.random() < 0.8 else body + random.randbytes(random.randint(1, 50))


@pytest.mark.parametrize("times", [1500, pytest.param(200_000, marks=pytest.mark.soak)])
def test_a_hostile_request_ends_in_a_refusal_that_can_be_sent(times: int) -> None:
    random = Random(times)
    for _ in range(times):
        body = hostile(random)
        try:
            assert set(read(body)) <= {"UserName", "Tags"}
        except ApiError as refused:
            status, answer, kind = wire.error("iam", refused, "id-1")
            told = botocore_peer.answer("iam", "CreateUser", status, answer, kind)
            assert told["Error"]["Code"] == refused.code and 400 <= status < 500


@pytest.mark.parametrize(
    "body",
    [
        "a." * 500_000 + "=1",
        "&".join(f"Tags.member.{index}.Key=k" for index in range(1, 9999)),
        "UserName=" + "%41" * 300_000,
        "&" * 9_000,
        "UserName=" + "=" * 1_000_000,
    ],
    ids=["deep", "wide", "escaped", "empty", "equals"],
)
def test_a_large_request_takes_no_longer_than_its_length_asks_for(body: str) -> None:
    start = time.process_time()
    with pytest.raises(ApiError):
        read(f"{IAM}CreateUser&{body}")
    assert time.process_time() - start < 2
