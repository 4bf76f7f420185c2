"""Who is not served at all: pages of other origins, names that were rebound, strangers to the control plane."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.sandbox import over_http as http
from tests.unit.sandbox.wires import Wire

import iamfa
from iamfa.cli.boxes import told
from iamfa.cli.main import run
from iamfa.sandbox.loopback import ListenError


@pytest.fixture(scope="module")
def box() -> Iterator[iamfa.Sandbox]:
    with iamfa.Sandbox(services=False) as running:
        yield running


OF_A_PAGE = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1"},
    {"origin": "http://127.0.0.1:1"},
    {"origin": "https://127.0.0.1"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"access-control-request-method": "POST"},
]


@pytest.mark.parametrize("headers", OF_A_PAGE, ids=str)
def test_a_page_of_another_origin_gets_nothing_even_with_a_right_signature(
    box: iamfa.Sandbox, headers: dict[str, str]
) -> None:
    body = http.form("iam", "CreateUser", UserName="intruder")
    answer = http.sent(box, http.signed(http.port_of(box), http.administrator(box), body, headers=headers))
    assert answer.status == 403
    assert not any(name.startswith("access-control") for name in answer.headers)
    for token in (None, "own"):
        assert http.controlled(box, "GET", "snapshot", token=token, **headers)[0] == 403
        assert http.controlled(box, "GET", "health", token=token, **headers)[0] == 403
    assert box.call(lambda state: set(state.account.users)) == {"administrator"}


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "localhost.evil", "[::]"]
)
def test_a_name_that_was_rebound_to_this_machine_is_not_served(box: iamfa.Sandbox, host: str) -> None:
    """DNS rebinding: the page's own name leads to 127.0.0.1, so that its requests are of the same origin."""
    named = f"{host}:{http.port_of(box)}"
    assert http.controlled(box, "GET", "health", host=named)[0] == 403
    assert http.controlled(box, "GET", "snapshot", host=named, origin=f"http://{named}")[0] == 403
    assert http.controlled(box, "GET", "snapshot", host=f"localhost:{http.port_of(box)}")[0] == 200


NAMES = [
    ("GET", "codes"), ("GET", "clock"), ("POST", "clock"), ("GET", "snapshot"), ("POST", "snapshot"), ("POST", "reset"),
    ("GET", "faults"), ("POST", "faults"), ("GET", "events"), ("GET", "assumptions"), ("GET", "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "name"), NAMES)
def test_the_control_plane_answers_nobody_without_its_token(box: iamfa.Sandbox, method: str, name: str) -> None:
    own = box.token.reveal()
    for wrong in (None, "", own[:-1], f"{own}x", own.upper(), f"{own[:-1]}\x00", "é"):
        status, body = http.controlled(box, method, name, None if method == "GET" else {"advance": 1}, token=wrong)
        assert status in (400, 401), wrong
        assert own not in str(body)
    status, _ = http.controlled(box, method, name, None, token=None, authorization=f"Basic {own}")
    assert status == 401


def test_a_key_of_the_administrator_does_not_open_the_control_plane(box: iamfa.Sandbox) -> None:
    data = http.signed(http.port_of(box), http.administrator(box), b"{}").replace(b"POST / ", b"POST /_iamfa/reset ")
    assert http.sent(box, data).status == 401


def test_two_sandboxes_know_nothing_of_each_other() -> None:
    with iamfa.Sandbox() as one, iamfa.Sandbox() as other:
        alice = http.person(one, "alice")
        session = http.session_of(http.called(one, alice, "sts", "GetSessionToken"))
        for keys in (alice, session, http.administrator(one)):
            assert http.code(http.called(other, keys, "sts", "GetCallerIdentity")) == "InvalidClientTokenId"
        assert "alice" not in str(http.controlled(other, "GET", "snapshot")[1])
        assert http.controlled(other, "GET", "snapshot", token=one.token.reveal())[0] == 401
        one.clock.advance(3600)
        assert abs((one.clock.now() - other.clock.now()).total_seconds() - 3600) < 5
        http.controlled(other, "POST", "reset")
        assert http.called(one, alice, "sts", "GetCallerIdentity").status == 200


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_file_with_the_token_is_its_owners_alone_and_gone_at_the_end(box: iamfa.Sandbox, tmp_path: Path) -> None:
    with told(box, tmp_path / "run") as where:
        assert stat.S_IMODE(where.stat().st_mode) == 0o600
        assert stat.S_IMODE(where.parent.stat().st_mode) == 0o700
        assert json.loads(where.read_text())["token"] == box.token.reveal()
    assert list(where.parent.iterdir()) == []


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_no_address_that_others_reach_is_listened_on(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ListenError):
        iamfa.Sandbox(host=address).start()
    assert run(["sandbox", "--host", address]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("error")


def test_other_addresses_of_this_machine_find_nobody_listening(box: iamfa.Sandbox) -> None:
    listening = box._server._address
    assert listening == "127.0.0.1"
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", http.port_of(box)), timeout=2):
        pass


def test_a_client_that_dawdles_holds_up_nobody(box: iamfa.Sandbox) -> None:
    slow = [Wire(http.port_of(box)).send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Le") for _ in range(30)]
    try:
        assert http.called(box, http.administrator(box), "sts", "GetCallerIdentity").status == 200
    finally:
        for each in slow:
            each.close()
