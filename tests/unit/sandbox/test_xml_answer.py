"""XML answers: botocore reads what was meant, byte for byte in AWS's form, whatever is in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.unit.sandbox import botocore_peer, random_values

from iamfa.sandbox import model, wire, xml_answer
from iamfa.sandbox.api_error import AnswerError, ApiError
from iamfa.sandbox.model import Operation

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
USER = {
    "Path": "/",
    "UserName": "a",
    "UserId": "AIDA1234567890123456",
    "Arn": "arn:aws:iam::1:user/a",
    "CreateDate": WHEN,
}


def operation(name: str, service: str = "iam") -> Operation:
    found = model.operation(service, name)
    assert found is not None
    return found


def text(name: str, value: dict[str, Any], service: str = "iam") -> str:
    """The answer of an operation."""
    body, kind = wire.result(operation(name, service), value, "id-1")
    assert kind == "text/xml"
    return body.decode()


@pytest.mark.parametrize("service", ["iam", "sts"])
def test_botocore_reads_what_is_answered(service: str) -> None:
    round_trips(service, Random(2), 2)


@pytest.mark.soak
@pytest.mark.parametrize("service", ["iam", "sts"])
def test_botocore_reads_what_is_answered_many_times(service: str) -> None:
    round_trips(service, Random(), 200)


def round_trips(service: str, random: Random, times: int) -> None:
    for name in model.operations(service):
        found = operation(name, service)
        for _ in range(times):
            given = random_values.structure(random, found.output_shape) if found.output_shape else {}
            body, kind = wire.result(found, given, "id-1")
            told = botocore_peer.answer(service, name, 200, body, kind)
            assert told.pop("ResponseMetadata")["RequestId"] == "id-1"
            assert told == given


def test_an_answer_has_the_form_that_aws_sends() -> None:
    assert text("CreateUser", {"User": USER}) == (
        '<CreateUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><CreateUserResult><User><Path>/</Path>'
        "<UserName>a</UserName><UserId>AIDA1234567890123456</UserId><Arn>arn:aws:iam::1:user/a</Arn>"
        "<CreateDate>2026-01-01T00:00:00Z</CreateDate></User></CreateUserResult>"
        "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></CreateUserResponse>"
    )


def test_an_operation_without_an_output_answers_its_request_id_alone() -> None:
    assert text("EnableMFADevice", {}) == (
        '<EnableMFADeviceResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></EnableMFADeviceResponse>"
    )


def test_members_stand_in_the_order_of_the_model_and_none_is_left_out() -> None:
    found = text("ListMFADevices", {"Marker": None, "IsTruncated": False, "MFADevices": []})
    assert (
        "<ListMFADevicesResult><MFADevices></MFADevices><IsTruncated>false</IsTruncated></ListMFADevicesResult>"
        in found
    )


def test_sts_has_its_own_namespace_and_times_are_in_utc_and_whole_seconds() -> None:
    east = datetime(2026, 1, 1, 1, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))
    found = text(
        "GetSessionToken",
        {"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T", "Expiration": east}},
        "sts",
    )
    assert found.startswith('<GetSessionTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">')
    assert "<Expiration>2026-01-01T00:00:00Z</Expiration>" in found


def test_blobs_are_base64() -> None:
    device = {"SerialNumber": "s", "Base32StringSeed": b"\x00\xff", "QRCodePNG": b"\x89PNG"}
    assert "<Base32StringSeed>AP8=</Base32StringSeed>" in text("CreateVirtualMFADevice", {"VirtualMFADevice": device})


def test_forms_that_only_other_services_use_are_written_too() -> None:
    raw = {
        "metadata": {"protocol": "query", "apiVersion": "1"},
        "operations": {"Do": {"name": "Do", "output": {"shape": "Out"}}},
        "shapes": {
            "Out": {
                "type": "structure",
                "members": {"Names": {"shape": "Flat"}, "Pairs": {"shape": "FlatMap"}, "Self": {"shape": "Out"}},
            },
            "Flat": {"type": "list", "member": {"shape": "Text"}, "flattened": True},
            "FlatMap": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}, "flattened": True},
            "Text": {"type": "string"},
        },
    }
    found = model.compiled("x", raw, "Do")
    assert found is not None
    body, _ = wire.result(found, {"Names": ["a", "b"], "Pairs": {"k": "v"}, "Self": {"Names": []}}, "id-1")
    assert body.decode() == (
        "<DoResponse><DoResult><Names>a</Names><Names>b</Names><Pairs><key>k</key><value>v</value></Pairs>"
        "<Self></Self></DoResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DoResponse>"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CreateUser", {"User": USER, "Colour": "red"}),
        ("CreateUser", {"User": {**USER, "Colour": "red"}}),
        ("CreateUser", {"User": {**USER, "Arn": None}}),
        ("CreateUser", {"User": {**USER, "Arn": 1}}),
        ("CreateUser", {"User": {**USER, "CreateDate": datetime(2026, 1, 1)}}),  # noqa: DTZ001 - a time without a zone
        ("CreateUser", {"User": [USER]}),
        ("ListMFADevices", {"MFADevices": {}}),
        ("ListMFADevices", {"MFADevices": [], "IsTruncated": 1}),
        ("GetAccountSummary", {"SummaryMap": {"Users": True}}),
        ("GetAccountSummary", {"SummaryMap": ["Users"]}),
        ("EnableMFADevice", {"User": USER}),
    ],
)
def test_a_result_that_is_not_of_the_form_of_the_output_is_a_fault_of_ours(name: str, value: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        wire.result(operation(name), value, "id-1")


def test_no_character_breaks_an_answer() -> None:
    every = "".join(map(chr, range(0x300))) + "\ud800\udfff\ufffd\ufffe\uffff\U0001f600\U0010ffff"
    body = xml_answer.error("", ApiError("Code", every), every)
    kept = "".join(
        each if each in "\t\n\r" or " " <= each <= "\ud7ff" or each >= "\U00010000" else "\ufffd" for each in every
    )
    root = ElementTree.fromstring(body.decode())
    assert (root.findtext("Error/Message"), root.findtext("RequestId")) == (kept, kept)


def test_an_error_has_the_form_that_aws_sends() -> None:
    status, body, kind = wire.error("iam", ApiError("NoSuchEntity", 'no <user> & "key"', 404), "id-1")
    assert (status, kind) == (404, "text/xml")
    assert body.decode() == (
        '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
        '<Code>NoSuchEntity</Code><Message>no &lt;user&gt; &amp; "key"</Message></Error>'
        "<RequestId>id-1</RequestId></ErrorResponse>"
    )
    told = botocore_peer.answer("iam", "GetUser", status, body, kind)
    assert told["Error"] == {"Type": "Sender", "Code": "NoSuchEntity", "Message": 'no <user> & "key"'}
    assert told["ResponseMetadata"]["RequestId"] == "id-1"


def test_a_fault_of_the_service_is_the_receivers_and_carries_its_fields() -> None:
    _, body, _ = wire.error("s3", ApiError("ServiceFailure", "m", 500, fields={"Detail": "<d>"}), "id-1")
    assert b"<ErrorResponse><Error><Type>Receiver</Type>" in body and b"<Detail>&lt;d&gt;</Detail></Error>" in body
