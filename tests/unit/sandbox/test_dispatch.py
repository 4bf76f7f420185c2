"""One request from bytes to bytes: what is answered at each stage, and what is kept of it."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.unit.sandbox.clients import Answering
from tests.unit.sandbox.direct import START, Direct

from iamfa.account.entities import ROOT_USER, Device
from iamfa.sandbox import apis
from iamfa.sandbox.faults import Fault
from iamfa.sandbox.journal import Record
from iamfa.sandbox.work import Row
from iamfa.secret import Secret

SECRETS = ("hunter2-Hunter2", "918273", "372819")


@pytest.fixture
def box() -> Answering:
    return Answering(Direct())


def code_of(call: Any, **parameters: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_answer_carries_the_id_and_the_time_of_the_sandbox(box: Answering) -> None:
    metadata = box.client("iam").list_users()["ResponseMetadata"]
    assert metadata["RequestId"] == box.journal.events[0]["requestID"]
    assert metadata["HTTPHeaders"]["x-amzn-requestid"] == metadata["RequestId"]
    assert metadata["HTTPHeaders"]["date"].endswith("GMT")


def test_a_request_without_a_signature_is_refused_and_kept(box: Answering) -> None:
    found = box.answer("POST", "http://127.0.0.1:4444/", body=b"Action=ListUsers&Version=2010-05-08")
    assert found.status == 403
    assert b"MissingAuthenticationToken" in found.body
    (event,) = box.journal.events
    assert (event["errorCode"], event["iamfa"]) == (
        "MissingAuthenticationToken", {"decision": None, "decisions": []},
    )  # fmt: skip
    assert "userIdentity" not in event


def test_an_operation_that_the_sandbox_does_not_have_is_no_success(box: Answering) -> None:
    # Who delegates what to whom is no matter of MFA.
    assert "ListDelegationRequests" not in apis.rows_of("iam")
    assert code_of(box.client("iam").list_delegation_requests) == ("NotImplemented", 501)


def test_an_answer_that_the_model_does_not_know_is_an_error_and_not_sent(
    box: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = apis.rows_of("sts")
    wrong = Row(
        "GetCallerIdentity", lambda _work, _parameters: {"Account": object()}, real["GetCallerIdentity"].targets
    )
    monkeypatch.setattr("iamfa.sandbox.dispatch.rows_of", lambda _: MappingProxyType({**real, wrong.name: wrong}))
    assert code_of(box.client("sts").get_caller_identity) == ("InternalFailure", 500)


def test_a_lost_answer_is_carried_out_and_a_slow_one_comes_late(box: Answering) -> None:
    box.faults.faults[:] = [Fault.parse("iam:CreateUser=lost*1"), Fault.parse("iam:CreateGroup=slow:2*1")]
    responses = []
    real = box.dispatcher.answer

    def watched(request: Any) -> Any:
        responses.append(real(request))
        return responses[-1]

    box.dispatcher.answer = watched  # type: ignore[method-assign]  # to see what the server is told
    box.client("iam").create_user(UserName="alice")
    box.client("iam").create_group(GroupName="g")
    box.client("iam").list_users()
    assert [(each.lost, each.delay) for each in responses] == [(True, 0.0), (False, 2.0), (False, 0.0)]
    assert "alice" in box.state.account.users


def test_a_fault_of_another_service_is_refused_in_its_own_form(box: Answering) -> None:
    box.faults.faults[:] = [Fault.parse("s3:*=unavailable*1")]
    assert code_of(box.client("s3").list_buckets) == ("ServiceUnavailable", 503)
    assert [event["eventSource"] for event in box.journal.events] == ["s3.amazonaws.com"]


@pytest.mark.parametrize("status", ["Inactive", "Expired"])
def test_a_key_that_is_not_active_is_nobodys(box: Answering, status: Any) -> None:
    keys = box.state.account.access_keys
    for key in list(keys.values()):
        keys[key.id] = replace(key, status=status)
    assert code_of(box.client("iam").list_users) == ("InvalidClientTokenId", 403)


def test_a_key_whose_secret_nobody_knows_signs_nothing(box: Answering) -> None:
    client = box.client("iam")
    keys = box.state.account.access_keys
    for key in list(keys.values()):
        keys[key.id] = replace(key, secret=None)
    assert code_of(client.list_users) == ("InvalidClientTokenId", 403)


def test_the_last_use_of_a_key_is_kept(box: Answering) -> None:
    box.client("sts").get_caller_identity()
    (key,) = box.state.account.access_keys.values()
    assert (key.last_used_service, key.last_used_region) == ("sts", "us-east-1")
    used = box.client("iam").get_access_key_last_used(AccessKeyId=key.id)
    assert used["AccessKeyLastUsed"]["ServiceName"] == "iam"


def test_an_event_has_the_form_of_cloudtrails_with_what_was_decided(box: Answering) -> None:
    box.client("iam").create_user(UserName="alice", Path="/people/")
    (event,) = box.journal.events
    assert event["requestParameters"] == {"userName": "alice", "path": "/people/"}
    assert (event["eventSource"], event["awsRegion"], event["sourceIPAddress"]) == (
        "iam.amazonaws.com", "us-east-1", "127.0.0.1",
    )  # fmt: skip
    assert event["userIdentity"]["type"] == "IAMUser"
    assert event["userIdentity"]["arn"] == "arn:aws:iam::123456789012:user/administrator"
    (decision,) = event["iamfa"]["decisions"]
    assert decision == {
        "decision": "allowed",
        "action": "iam:CreateUser",
        "resource": "arn:aws:iam::123456789012:user/people/alice",
        "statement": {"index": 0, "sid": None, "effect": "Allow"},
        "policy": "arn:aws:iam::aws:policy/AdministratorAccess",
    }
    assert (event["iamfa"]["credential"], event["iamfa"]["mfa"]) == ("long-term-key", None)


def test_no_secret_stands_in_an_event(box: Answering) -> None:
    iam = box.client("iam")
    iam.create_login_profile(UserName="administrator", Password=SECRETS[0])
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    with pytest.raises(ClientError):
        iam.enable_mfa_device(
            UserName="administrator", SerialNumber=device["SerialNumber"],
            AuthenticationCode1=SECRETS[1], AuthenticationCode2=SECRETS[2],
        )  # fmt: skip
    key = iam.create_access_key(UserName="administrator")["AccessKey"]["SecretAccessKey"]
    session = box.client("sts").get_session_token()["Credentials"]
    told = json.dumps(box.journal.events)
    kept = (*SECRETS, device["Base32StringSeed"].decode(), key, session["SecretAccessKey"], session["SessionToken"])
    assert not [each for each in kept if each in told]
    assert told.count("HIDDEN_DUE_TO_SECURITY_REASONS") == 3


def test_a_session_and_the_root_user_are_told_as_such(box: Answering) -> None:
    credentials = box.client("sts").get_session_token()["Credentials"]
    session = box.state.sessions[credentials["AccessKeyId"]]
    box.client("sts", session).get_caller_identity()
    box.box.key(ROOT_USER)
    box.client("sts", ROOT_USER).get_caller_identity()
    _, by_session, by_root = box.journal.events
    assert by_session["userIdentity"]["accessKeyId"] == session.key_id
    assert by_session["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    assert (by_root["userIdentity"]["type"], "userName" in by_root["userIdentity"]) == ("Root", False)


def test_a_refusal_by_nobodys_grant_says_what_is_missing(box: Answering) -> None:
    box.box.user("alice")
    assert code_of(box.client("iam", "alice").list_users) == ("AccessDenied", 403)
    assert box.journal.events[0]["iamfa"]["decisions"][0]["why"] == "no identity-based policy allows it"


def test_whatever_stands_in_a_call_can_be_written_as_json() -> None:
    given = {"Body": b"\x00\x01", "When": START, "Tags": ({"Key": "k", "Value": "v"},), "Most": 3}
    event = Record(None, "s3", "PutObject", given, START, "id", None).event()
    assert json.loads(json.dumps(event["requestParameters"])) == {
        "body": "(2 bytes)", "when": START.isoformat(), "tags": [{"Key": "k", "Value": "v"}], "most": 3,
    }  # fmt: skip


def test_a_rule_of_awss_own_is_named_in_the_event(box: Answering) -> None:
    account = box.state.account
    account.devices["phone-0001"] = Device("phone-0001", "hardware", "administrator", START, seed=Secret("A" * 32))
    assert code_of(
        box.client("iam").deactivate_mfa_device, UserName="administrator", SerialNumber="phone-0001"
    ) == ("AccessDenied", 403)  # fmt: skip
    assert box.journal.events[0]["iamfa"]["platform"]


def test_the_key_of_a_user_who_is_gone_is_nobodys(box: Answering) -> None:
    client = box.client("iam")
    del box.state.account.users["administrator"]
    assert code_of(client.list_users) == ("InvalidClientTokenId", 403)


def test_whoever_listens_hears_each_call_and_the_journal_forgets_the_oldest(box: Answering) -> None:
    heard: list[dict[str, Any]] = []
    box.journal.listeners.append(heard.append)
    for _ in range(2):
        box.client("sts").get_caller_identity()
    assert heard == box.journal.events
    box.journal.clear()
    assert box.journal.events == []


def test_two_rows_for_one_operation_are_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(apis._ROOMS, "twice", ("sts", "sts"))
    with pytest.raises(AssertionError, match="twice has GetCallerIdentity twice"):
        apis.rows_of("twice")
