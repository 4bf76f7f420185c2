"""JSON requests and answers of Organizations, against botocore's own serializer and parser."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from tests.unit.sandbox import botocore_peer, random_values

from iamfa.sandbox import json_protocol, model, wire
from iamfa.sandbox.api_error import AnswerError, ApiError
from iamfa.sandbox.model import Operation

PREFIX = "AWSOrganizationsV20161128"

EVERYTHING = {
    "metadata": {"protocol": "json", "apiVersion": "1", "targetPrefix": "T"},
    "operations": {"Do": {"name": "Do", "input": {"shape": "All"}, "output": {"shape": "All"}}},
    "shapes": {
        "All": {
            "type": "structure",
            "members": {"Data": {"shape": "Blob"}, "When": {"shape": "Time"}, "Map": {"shape": "Map"},
                        "Many": {"shape": "List"}, "Yes": {"shape": "Flag"}, "Self": {"shape": "All"}},
        },
        "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Long"}},
        "List": {"type": "list", "member": {"shape": "Text"}},
        "Blob": {"type": "blob"}, "Time": {"type": "timestamp"}, "Long": {"type": "long"}, "Flag": {"type": "boolean"},
        "Text": {"type": "string"},
    },
}  # fmt: skip


def operation(name: str) -> Operation:
    found = model.operation("organizations", name)
    assert found is not None
    return found


def everything() -> Operation:
    found = model.compiled("x", EVERYTHING, "Do")
    assert found is not None
    return found


def read(name: str, body: object, prefix: str = PREFIX) -> dict[str, Any]:
    """The parameters of a request whose body is given as bytes or as what to write as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return wire.read_call("organizations", "POST", "/", {"X-Amz-Target": f"{prefix}.{name}"}, data).parameters


def refusal(name: str, body: object, prefix: str = PREFIX) -> ApiError:
    with pytest.raises(ApiError) as found:
        read(name, body, prefix)
    return found.value


@pytest.mark.parametrize("times", [2, pytest.param(200, marks=pytest.mark.soak)])
def test_what_botocore_sends_is_what_is_read(times: int) -> None:
    random = Random(times)
    for name in model.operations("organizations"):
        found = operation(name)
        for _ in range(times):
            given = random_values.structure(random, found.input_shape) if found.input_shape else {}
            method, headers, body = botocore_peer.request("organizations", name, given)
            call = wire.read_call("organizations", method, "/", headers, body)
            assert (call.operation, call.parameters) == (found, given)


@pytest.mark.parametrize("times", [2, pytest.param(200, marks=pytest.mark.soak)])
def test_botocore_reads_what_is_answered(times: int) -> None:
    random = Random(times)
    for name in model.operations("organizations"):
        found = operation(name)
        for _ in range(times):
            given = random_values.structure(random, found.output_shape) if found.output_shape else {}
            body, kind = wire.result(found, given, "id-1")
            told = botocore_peer.answer("organizations", name, 200, body, kind)
            assert told.pop("ResponseMetadata")["RequestId"] == "id-1"
            assert told == given


@pytest.mark.parametrize(("name", "prefix"), [("Fly", PREFIX), ("ListRoots", "Other"), ("", ""), ("ListRoots", "")])
def test_an_unknown_target_is_an_unknown_operation(name: str, prefix: str) -> None:
    error = refusal(name, {}, prefix)
    assert (error.code, error.status) == ("UnknownOperationException", 400)


def test_only_post_is_spoken() -> None:
    with pytest.raises(ApiError) as found:
        wire.read_call("organizations", "GET", "/", {"X-Amz-Target": f"{PREFIX}.ListRoots"}, b"{}")
    assert found.value.code == "UnknownOperationException"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"\xff", b'{"MaxResults": NaN}', b'{"MaxResults": 1, "MaxResults": 2}',
        b'{"NextToken": "\\ud800"}', b"[" * 100_000, b'{"MaxResults": ' + b"9" * 5000 + b"}",
        b'{"MaxResults": "1"}', b'{"MaxResults": true}', b'{"MaxResults": 1.0}', b'{"MaxResults": 2147483648}',
        b'{"NextToken": 1}', b'{"NextToken": ["a"]}', b'{"Colour": "red"}',
    ],
)  # fmt: skip
def test_what_is_no_document_of_the_operation_is_refused(body: bytes) -> None:
    assert refusal("ListRoots", body).code == "SerializationException"


def test_an_operation_without_parameters_takes_none() -> None:
    assert read("DescribeOrganization", {}) == {}
    assert refusal("DescribeOrganization", {"a": 1}).code == "SerializationException"


def test_null_is_absent_and_constraints_are_checked() -> None:
    assert read("ListRoots", {"NextToken": None, "MaxResults": 5}) == {"MaxResults": 5}
    assert refusal("ListRoots", {"MaxResults": 21}).fields == {"Reason": "MAX_VALUE_EXCEEDED"}


def test_a_wrong_member_is_named_by_its_path() -> None:
    body = {"ResourceId": "p-12345678", "Tags": [{"Key": "k", "Value": "v", "Colour": "red"}]}
    assert refusal("TagResource", body).message == "Tags.Colour is unknown."


def test_every_type_is_read_and_answered() -> None:
    when = datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
    wired = {"Data": "AP8=", "When": when.timestamp(), "Map": {"k": 1}, "Many": ["a"], "Yes": True, "Self": {}}
    typed = {"Data": b"\x00\xff", "When": when, "Map": {"k": 1}, "Many": ["a"], "Yes": True, "Self": {}}
    found = everything()
    assert found.input_shape is not None
    assert json_protocol.parameters(found.input_shape, json.dumps(wired).encode()) == typed
    assert json.loads(json_protocol.result(found, typed)) == wired
    assert json_protocol.result(found, {"When": datetime(2026, 1, 1, tzinfo=UTC)}) == b'{"When":1767225600}'


@pytest.mark.parametrize(
    "body",
    [
        {"Data": "AP8"}, {"Data": 1}, {"When": "now"}, {"When": True}, {"When": 1e300}, {"Map": []},
        {"Map": {"k": "v"}}, {"Many": {}}, {"Yes": 1}, {"Self": []},
    ],
)  # fmt: skip
def test_every_type_is_taken_strictly(body: dict[str, Any]) -> None:
    found = everything()
    assert found.input_shape is not None
    with pytest.raises(ApiError) as error:
        json_protocol.parameters(found.input_shape, json.dumps(body).encode())
    assert error.value.code == "SerializationException"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ListRoots", {"Colour": []}),
        ("ListRoots", {"Roots": {}}),
        ("ListRoots", {"NextToken": 1}),
        ("DescribeResponsibilityTransfer", {"ResponsibilityTransfer": {"StartTimestamp": datetime(2026, 1, 1)}}),  # noqa: DTZ001 - a time without a zone
        ("AttachPolicy", {"Policy": {}}),
    ],
)
def test_a_result_that_is_not_of_the_form_of_the_output_is_a_fault_of_ours(name: str, value: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        wire.result(operation(name), value, "id-1")


def test_a_result_that_lacks_what_its_shape_needs_is_a_fault_of_ours() -> None:
    raw = {
        **EVERYTHING,
        "shapes": {**EVERYTHING["shapes"], "All": {**EVERYTHING["shapes"]["All"], "required": ["Yes"]}},
    }
    found = model.compiled("x", raw, "Do")
    assert found is not None
    with pytest.raises(AnswerError, match="lacks"):
        json_protocol.result(found, {})


def test_an_error_is_what_botocore_understands() -> None:
    refused = ApiError("ConstraintViolationException", "no", fields={"Reason": "TAG_POLICY_VIOLATION"})
    status, body, kind = wire.error("organizations", refused, "id-1")
    assert (status, kind) == (400, "application/x-amz-json-1.1")
    assert json.loads(body) == {
        "__type": "ConstraintViolationException",
        "Message": "no",
        "Reason": "TAG_POLICY_VIOLATION",
    }
    told = botocore_peer.answer("organizations", "AttachPolicy", status, body, kind)
    assert told["Error"]["Code"] == "ConstraintViolationException" and told["Error"]["Message"] == "no"


@pytest.mark.parametrize("times", [500, pytest.param(100_000, marks=pytest.mark.soak)])
def test_a_hostile_body_ends_in_a_refusal_that_can_be_sent(times: int) -> None:
    random = Random(times)
    whole = b'{"ResourceId": "r-ab12", "Tags": [{"Key": "k", "Value": "\\u00e9"}]}'
    for _ in range(times):
        cut = random.randrange(len(whole))
        body = whole[:cut] + random.randbytes(random.randint(0, 3)) + whole[cut + random.randint(0, 3) :]
        try:
            assert read("TagResource", body).keys() >= {"ResourceId", "Tags"}
        except ApiError as refused:
            status, answer, kind = wire.error("organizations", refused, "id-1")
            told = botocore_peer.answer("organizations", "TagResource", status, answer, kind)
            assert told["Error"]["Code"] == refused.code
