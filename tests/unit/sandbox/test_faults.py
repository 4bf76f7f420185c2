"""What goes wrong on request: how faults are written, what is answered, and that SDKs live with it."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from tests.unit.sandbox import over_http as http
from tests.unit.sandbox.direct import START

import iamfa
from iamfa.errors import IamfaError
from iamfa.sandbox.faults import Fault, Faults


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iam:CreateUser=failure", Fault("iam:CreateUser", "failure")),
        ("iam:Create*=lost*1", Fault("iam:Create*", "lost", 1)),
        ("*=throttle*3", Fault("*", "throttle", 3)),
        ("sts:*=slow", Fault("sts:*", "slow", None, 1.0)),
        ("sts:*=slow:2.5*2", Fault("sts:*", "slow", 2, 2.5)),
        ("iam:GetUser=unavailable:0.5", Fault("iam:GetUser", "unavailable", None, 0.5)),
    ],
)
def test_a_fault_is_read(text: str, expected: Fault) -> None:
    assert Fault.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", "=failure", "iam:CreateUser", "iam:CreateUser=", "a=boom", "a=failure*", "a=failure*0", "a=failure*-1",
     "a=failure*x", "a=slow:x", "a=slow:-1", "a=slow:nan", "a=slow:inf", "a=slow:601", "a=slow:1e999", "a=FAILURE",
     f"a=failure*{'9' * 5000}"],
)  # fmt: skip
def test_what_is_no_fault_is_refused_with_how_to_write_one(text: str) -> None:
    if text == "a=failure*":
        assert Fault.parse(text).times is None
        return
    with pytest.raises(IamfaError) as caught:
        Fault.parse(text)
    assert "is no fault" in caught.value.message and "KIND" in str(caught.value.hint)


def test_names_of_operations_differ_in_case_freely_and_may_have_wildcards() -> None:
    assert Fault.parse("IAM:create*=failure").fits("iam:CreateUser")
    assert not Fault.parse("iam:Create*=failure").fits("sts:CreateUser")
    assert not Fault.parse("iam:CreateUser=failure").fits("iam:CreateUserX")


def test_a_fault_is_used_up_after_its_times_and_then_the_next_has_its_turn() -> None:
    faults = Faults([Fault.parse("iam:*=lost*2"), Fault.parse("*=slow:3*1")])
    taken = [faults.take(name, START) for name in ("iam:GetUser", "sts:GetCallerIdentity", "iam:A", "iam:B")]
    assert [fault and (fault.kind, fault.seconds) for fault in taken] == [("lost", 0), ("slow", 3), ("lost", 0), None]
    assert faults.faults == []


def test_so_many_calls_a_second_are_taken_and_a_seconds_worth_at_once() -> None:
    faults = Faults(rate=4.0)
    assert [faults.take("iam:A", START) is None for _ in range(6)] == [True] * 4 + [False] * 2
    half = START + timedelta(seconds=0.5)
    assert [faults.take("iam:A", half) is None for _ in range(3)] == [True, True, False]
    assert [faults.take("iam:A", START) is None for _ in range(2)] == [False, False], (
        "a clock that goes back gives none"
    )
    late = START + timedelta(hours=1)
    assert sum(faults.take("iam:A", late) is None for _ in range(10)) == 4


def test_less_than_a_call_a_second_is_one_now_and_then() -> None:
    faults = Faults(rate=0.1)
    assert [faults.take("iam:A", START + timedelta(seconds=s)) is None for s in (0, 1, 9, 11, 12)] == [
        True, False, False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_is_a_number_above_zero(rate: float) -> None:
    with pytest.raises(IamfaError, match="calls a second"):
        iamfa.Sandbox(throttle=rate)


@pytest.mark.parametrize("lag", [-1.0, float("nan"), float("inf"), 1e9])
def test_a_lag_is_a_time_that_can_be_waited_for(lag: float) -> None:
    with pytest.raises(IamfaError, match="seconds late"):
        iamfa.Sandbox(lag=lag)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """How long the SDK wanted to wait between its attempts; it does not wait."""
    waited: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", waited.append)
    yield waited


def client(box: iamfa.Sandbox, service: str, *, attempts: int = 3) -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts}, read_timeout=5)
    return boto3.client(service, config=config, **box.client_settings())


def refusal(function: Any, **parameters: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        function(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("throttle", ("Throttling", 400)),
        ("failure", ("ServiceFailure", 500)),
        ("unavailable", ("ServiceUnavailable", 503)),
    ],
)
def test_an_sdk_tries_again_and_tells_what_it_was_told_last(
    kind: str, expected: tuple[str, int], patient: list[float]
) -> None:
    with iamfa.Sandbox(faults=[f"iam:ListUsers={kind}*2"]) as box:
        iam = client(box, "iam")
        found = iam.list_users()
        assert found["ResponseMetadata"]["RetryAttempts"] == 2 == len(patient)
        box.faults.faults[:] = [Fault.parse(f"iam:ListUsers={kind}")]
        assert refusal(iam.list_users) == expected
        assert iam.list_roles()["Roles"] == []
        assert [event.get("errorCode") for event in box.events][:3] == [expected[0]] * 2 + [None]


def test_a_lost_answer_was_carried_out_and_trying_again_meets_what_it_did(patient: list[float]) -> None:
    with iamfa.Sandbox(faults=["iam:CreateUser=lost*1"]) as box:
        assert refusal(client(box, "iam").create_user, UserName="alice") == ("EntityAlreadyExists", 409)
        box.faults.faults[:] = [Fault.parse("iam:CreateUser=lost*1")]
        with pytest.raises(ConnectionClosedError):
            client(box, "iam", attempts=1).create_user(UserName="bob")
        assert {user["UserName"] for user in client(box, "iam").list_users()["Users"]} >= {"alice", "bob"}


def test_a_slow_answer_holds_up_nobody_else() -> None:
    with iamfa.Sandbox(faults=["iam:ListUsers=slow:1*1"]) as box:
        root, port = http.administrator(box), http.port_of(box)
        begun = time.monotonic()
        with http.Wire(port) as wire:
            wire.send(http.signed(port, root, http.form("iam", "ListUsers")))
            while box.faults.faults:
                time.sleep(0.001)
            assert http.called(box, root, "sts", "GetCallerIdentity").status == 200
            waiting = not select.select([wire.socket], [], [], 0)[0]
            assert waiting or time.monotonic() - begun > 1, "the slow answer came before its time"
            assert wire.answer().status == 200
        assert time.monotonic() - begun >= 1


def test_too_many_calls_are_throttled_before_anything_is_done() -> None:
    with iamfa.Sandbox(throttle=2) as box:
        root = http.administrator(box)
        answers = [http.called(box, root, "iam", "CreateUser", UserName=f"user{i}") for i in range(5)]
        assert [http.code(answer) for answer in answers[:3]] == ["", "", "Throttling"]
        made = sum(answer.status == 200 for answer in answers)
        assert box.call(lambda state: len(state.account.users)) == 1 + made


def test_a_change_is_seen_late_and_what_is_written_is_written_onto_the_newest() -> None:
    with iamfa.Sandbox(lag=10) as box:
        root = http.administrator(box)
        assert http.called(box, root, "iam", "CreateUser", UserName="alice").status == 200
        assert b"alice" not in http.called(box, root, "iam", "ListUsers").body
        assert http.code(http.called(box, root, "iam", "CreateUser", UserName="alice")) == "EntityAlreadyExists"
        key = http.new_key(box, "alice")
        assert http.code(http.called(box, key, "sts", "GetCallerIdentity")) == "InvalidClientTokenId"
        box.clock.advance(11)
        assert b"alice" in http.called(box, root, "iam", "ListUsers").body
        assert http.called(box, key, "sts", "GetCallerIdentity").status == 200


@pytest.mark.parametrize("end", ["update_access_key", "delete_access_key"])
def test_a_key_that_is_used_while_its_end_is_not_seen_yet_does_not_come_back(end: str) -> None:
    with iamfa.Sandbox(lag=30) as box:
        iam = client(box, "iam")
        iam.create_user(UserName="bob")
        made = iam.create_access_key(UserName="bob")["AccessKey"]
        box.clock.advance(31)
        status = {"Status": "Inactive"} if end == "update_access_key" else {}
        getattr(iam, end)(UserName="bob", AccessKeyId=made["AccessKeyId"], **status)
        settings = {
            **box.client_settings(),
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
        }
        sts = boto3.client("sts", **settings)
        assert sts.get_caller_identity()["Arn"].endswith("user/bob")  # late, as IAM is
        box.clock.advance(31)
        assert refusal(sts.get_caller_identity) == ("InvalidClientTokenId", 403)
