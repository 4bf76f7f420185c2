"""`iamfa.boto3_session`: a session with MFA that a Python program has of the terminal it runs in."""

from __future__ import annotations

import json
import time

import pytest
from tests.unit.cli.desk import Desk, Seat

import iamfa as face
from iamfa.cli import sessions
from iamfa.errors import IamfaError

pytest.importorskip("boto3")


def sit(desk: Desk, patch: pytest.MonkeyPatch, *codes: str) -> list[Seat]:
    """A new terminal each time that one is opened, with one code for each."""
    seats: list[Seat] = []

    def opened() -> Seat:
        seats.append(Seat([codes[len(seats)]] if len(seats) < len(codes) else []))
        return seats[-1]

    patch.setattr(sessions, "open_terminal", opened)
    return seats


def test_the_code_is_asked_for_at_the_first_call_and_again_near_the_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seats = sit(desk, monkeypatch, desk.who.code(), desk.who.code(steps=1))
    session = face.boto3_session("default")
    assert not seats
    sts = session.client("sts")
    assert sts.meta.endpoint_url == desk.who.box.endpoint_url
    assert sts.get_caller_identity()["Arn"].endswith(f"user/{desk.who.name}")
    assert "a Python program" in seats[0].hidden[0]
    first = desk.kept["key_id"]
    assert sts.get_caller_identity()
    assert len(seats) == 1

    path = desk.who.cache / "sessions.json"
    document = json.loads(path.read_text())
    for entry in document["sessions"].values():
        entry["expires_at"] = int(time.time()) + 200
    path.write_text(json.dumps(document))
    session._session._credentials._expiry_time = session._session._credentials._time_fetcher()
    assert sts.get_caller_identity()
    assert [len(each.hidden) for each in seats] == [1, 1]
    assert all(each.closed for each in seats)
    assert desk.kept["key_id"] != first
    sts.close()


def test_in_a_program_without_a_terminal_the_call_says_what_to_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "open_terminal", lambda: None)
    sts = face.boto3_session().client("sts")
    with pytest.raises(IamfaError) as told:
        sts.get_caller_identity()
    assert "run `iamfa login --profile default` in a terminal" in str(told.value.hint)
    sts.close()


def test_a_command_gives_the_code(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "open_terminal", lambda: None)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", desk.who.keys["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", desk.who.keys["aws_secret_access_key"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", desk.who.box.endpoint_url)
    session = face.boto3_session(region="us-east-1", code_command=f"echo {desk.who.code()}")
    sts = session.client("sts")
    assert sts.get_caller_identity()["Account"] == desk.who.account
    sts.close()
