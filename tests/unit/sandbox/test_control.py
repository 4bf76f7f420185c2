"""The control plane over HTTP: codes, clock, snapshots, faults, events; and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sandbox import over_http as http
from tests.unit.sandbox.over_http import Keys, controlled

import iamfa
from iamfa.platform import ASSUMPTIONS


@pytest.fixture
def box() -> Iterator[iamfa.Sandbox]:
    with iamfa.Sandbox(seed=7) as running:
        yield running


@pytest.fixture(scope="module")
def kept() -> Iterator[iamfa.Sandbox]:
    """For what changes nothing."""
    with iamfa.Sandbox(seed=7) as running:
        yield running


def test_health_tells_everyone_that_it_runs(kept: iamfa.Sandbox) -> None:
    assert controlled(kept, "GET", "health", token=None) == (200, {"status": "running", "account": "123456789012"})


def test_codes_are_those_that_the_devices_show(box: iamfa.Sandbox) -> None:
    assert controlled(box, "GET", "codes") == (200, {"codes": []})
    http.person(box, "alice")
    serial = http.enrolled(box, "alice")
    box.clock.set(datetime(2026, 3, 1, 12, 0, 12, tzinfo=UTC), still=True)
    expected = {"serial": serial, "user": "alice", "code": http.shown(box, serial), "seconds_left": 18}
    assert controlled(box, "GET", "codes") == (200, {"codes": [expected]})
    assert box.code(serial) == box.code("alice-phone") == expected["code"]


def test_the_clock_is_read_set_and_moved(box: iamfa.Sandbox) -> None:
    assert controlled(box, "POST", "clock", {"set": "2027-01-01T00:00:00Z", "still": True}) == (
        200,
        {"now": "2027-01-01T00:00:00+00:00"},
    )
    assert controlled(box, "POST", "clock", {"advance": 90})[1] == {"now": "2027-01-01T00:01:30+00:00"}
    assert controlled(box, "POST", "clock", {"advance": -30.5})[1] == {"now": "2027-01-01T00:00:59.500000+00:00"}
    assert controlled(box, "GET", "clock")[1] == {"now": "2027-01-01T00:00:59.500000+00:00"}
    controlled(box, "POST", "clock", {"set": "2027-01-01T00:00:00+09:00"})
    one, other = (datetime.fromisoformat(controlled(box, "GET", "clock")[1]["now"]) for _ in range(2))
    assert datetime(2026, 12, 31, 15, tzinfo=UTC) < one < other


@pytest.mark.parametrize(
    "body",
    [
        {}, {"set": "2027-01-01T00:00:00Z", "advance": 1}, {"set": "soon"}, {"set": "2027-01-01T00:00:00"},
        {"set": None}, {"set": 5}, {"set": "0001-01-01T00:00:00+23:59"}, {"set": "9999-12-31T23:59:59-23:59"},
        {"advance": "1"}, {"advance": None}, {"advance": True}, {"advance": [1]}, {"advance": 1e300},
        {"advance": 999999999999}, {"advance": -999999999999}, {"advance": 300_000_000_000}, {"advance": 10**400},
        b'{"advance": NaN}', b'{"advance": Infinity}', b'{"advance": 1e999}', b"{", b"[]", b"null", b"\xff", b'"x"',
        b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000, b'{"advance": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: str(body)[:40],
)  # fmt: skip
@pytest.mark.parametrize("name", ["clock"])
def test_what_is_no_time_is_refused_and_moves_nothing(kept: iamfa.Sandbox, name: str, body: Any) -> None:
    before = kept.clock.now()
    status, answer = controlled(kept, "POST", name, body)
    assert status == 400
    assert answer["error"]
    assert abs((kept.clock.now() - before).total_seconds()) < 10
    assert not kept._server.errors


def test_a_snapshot_goes_out_and_in_again_and_reset_begins_anew(box: iamfa.Sandbox) -> None:
    alice = http.person(box, "alice")
    status, saved = controlled(box, "GET", "snapshot")
    assert status == 200
    assert controlled(box, "POST", "reset") == (200, {"account": "123456789012"})
    assert http.code(http.called(box, alice, "sts", "GetCallerIdentity")) == "InvalidClientTokenId"
    assert controlled(box, "GET", "events")[1]["events"][0]["errorCode"] == "InvalidClientTokenId"
    assert controlled(box, "POST", "snapshot", saved) == (200, {"account": "123456789012"})
    assert http.called(box, alice, "sts", "GetCallerIdentity").status == 200
    assert (
        controlled(box, "GET", "snapshot")[1]["sandbox"]["secret_access_keys"] == saved["sandbox"]["secret_access_keys"]
    )


def test_with_a_seed_a_reset_makes_the_same_keys_again(box: iamfa.Sandbox) -> None:
    before = http.administrator(box)
    controlled(box, "POST", "reset")
    assert http.administrator(box) == before


def test_a_snapshot_that_is_none_changes_nothing(kept: iamfa.Sandbox) -> None:
    saved = controlled(kept, "GET", "snapshot")[1]
    for body in ({}, {"version": 1}, {**saved, "version": 2}, {**saved, "account": 5}, {**saved, "sandbox": []}):
        assert controlled(kept, "POST", "snapshot", body)[0] == 400
    assert (
        controlled(kept, "GET", "snapshot")[1]["sandbox"]["secret_access_keys"]
        == saved["sandbox"]["secret_access_keys"]
    )


def test_each_fault_that_is_given_replaces_and_what_is_not_given_stays(box: iamfa.Sandbox) -> None:
    def given(**faults: Any) -> tuple[int, Any]:
        return controlled(box, "POST", "faults", faults)

    nothing = {"faults": [], "throttle": None, "lag": 0.0}
    assert controlled(box, "GET", "faults") == (200, nothing)
    fault = {"operation": "iam:*", "kind": "failure", "times": 1, "seconds": 0.0}
    assert given(faults=["iam:*=failure*1"]) == (200, {**nothing, "faults": [fault]})
    assert given(throttle=5, lag=2) == (200, {"faults": [fault], "throttle": 5.0, "lag": 2.0})
    assert http.code(http.called(box, http.administrator(box), "iam", "ListUsers")) == "ServiceFailure"
    assert controlled(box, "GET", "faults")[1]["faults"] == []
    assert given(throttle=None, lag=0) == (200, nothing)
    assert http.called(box, http.administrator(box), "iam", "ListUsers").status == 200


@pytest.mark.parametrize(
    "body",
    [
        {"faults": None}, {"faults": 5}, {"faults": "iam:*=failure"}, {"faults": {"iam:*=failure": 1}}, {"faults": [5]},
        {"faults": ["iam:*=boom"]}, {"faults": [["iam:*=failure"]]}, {"throttle": 0}, {"throttle": -1},
        {"throttle": "5"}, {"throttle": True}, {"lag": -1}, {"lag": 1e9}, {"lag": "1"}, {"lag": {}},
        {"faults": ["iam:*=failure"], "lag": -1}, {"faults": ["iam:*=failure"], "throttle": 0},
        b'{"lag": NaN}', b'{"throttle": Infinity}',
    ],
    ids=str,
)  # fmt: skip
def test_faults_that_are_none_are_refused_and_change_nothing(kept: iamfa.Sandbox, body: Any) -> None:
    before = controlled(kept, "GET", "faults")
    assert controlled(kept, "POST", "faults", body)[0] == 400
    assert controlled(kept, "GET", "faults") == before
    assert not kept._server.errors


def test_an_event_tells_who_called_and_why_it_was_decided_and_no_secret(box: iamfa.Sandbox) -> None:
    alice = http.person(box, "alice")
    serial = http.enrolled(box, "alice")
    code = http.shown(box, serial)
    http.called(box, alice, "sts", "GetSessionToken", SerialNumber=serial, TokenCode=code)
    http.called(box, alice, "iam", "CreateLoginProfile", UserName="alice", Password="Correct-Horse-1")
    events = controlled(box, "GET", "events")[1]["events"]
    assert [event["eventName"] for event in events[-2:]] == ["GetSessionToken", "CreateLoginProfile"]
    assert events[-1]["userIdentity"]["userName"] == "alice"
    assert events[-1]["iamfa"]["decision"] == "allowed"
    text = json.dumps(events)
    for secret in (code, alice.secret, "Correct-Horse-1", box.token.reveal()):
        assert secret not in text
    assert events == box.events


def test_assumptions_are_told_as_they_are_set() -> None:
    with iamfa.Sandbox(assumptions={"totp-window": "2"}) as box:
        told = controlled(box, "GET", "assumptions")[1]["assumptions"]
        assert told.keys() == ASSUMPTIONS.keys()
        assert told["totp-window"] == "2"


def test_what_is_not_there_is_not_found(kept: iamfa.Sandbox) -> None:
    for method, name in (("GET", ""), ("GET", "nothing"), ("DELETE", "snapshot"), ("POST", "codes"), ("GET", "codes/")):
        assert controlled(kept, method, name)[0] == 404
    assert controlled(kept, "GET", "health?x=1")[0] == 200


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=10), below, max_size=4),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    ["set", "advance", "still", "faults", "throttle", "lag", "user", "password", "mfa_code", "serial", "account",
     "security_key", "new_password", "version", "sandbox", "authorization_details", "mfa_devices"]
)  # fmt: skip


@given(
    name=st.sampled_from(["clock", "snapshot", "faults", "sign-in", "reset", "codes", "events"]),
    method=st.sampled_from(["GET", "POST"]),
    body=st.dictionaries(MEMBERS, ANY_JSON, max_size=4) | ANY_JSON | st.binary(max_size=50),
)
def test_no_body_makes_the_control_plane_fail(kept: iamfa.Sandbox, name: str, method: str, body: Any) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, _ = controlled(kept, method, name, data)
    assert status in (200, 400, 403, 404), (status, data)
    assert not kept._server.errors, kept._server.errors


_ALICE: list[Keys] = []


@pytest.fixture(scope="module")
def filled() -> str:
    """A snapshot with a user, a device and a session in it, as text."""
    with iamfa.Sandbox(seed=8) as box:
        _ALICE.append(http.person(box, "alice"))
        http.enrolled(box, "alice")
        http.called(box, _ALICE[0], "sts", "GetSessionToken")
        return json.dumps(controlled(box, "GET", "snapshot")[1])


@given(path=st.lists(st.integers(0, 30), min_size=1, max_size=6), value=ANY_JSON)
def test_no_snapshot_makes_the_control_plane_fail(
    kept: iamfa.Sandbox, filled: str, path: list[int], value: Any
) -> None:
    """A snapshot that is right but for one place."""
    saved = json.loads(filled)
    at: Any = saved
    for step in path:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            break
        key = keys[step % len(keys)]
        if step == path[-1] or not isinstance(at[key], dict | list):
            at[key] = value
            break
        at = at[key]
    status, _ = controlled(kept, "POST", "snapshot", saved)
    assert status in (200, 400)
    if status == 200:
        for keys in (_ALICE[0], Keys(_ALICE[0].id, "wrong")):
            for action in ("ListUsers", "GetAccountAuthorizationDetails"):
                answer = http.called(kept, keys, "iam", action)
                assert (
                    answer.status != 500 or b"nothing can be decided" in answer.body or b"cannot be read" in answer.body
                )
        assert controlled(kept, "GET", "snapshot")[0] == controlled(kept, "GET", "codes")[0] == 200
    assert not kept._server.errors, kept._server.errors
