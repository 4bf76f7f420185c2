"""Many processes that want the same session at once: one of them asks, all of them get it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.terminal.conftest import Start
from tests.terminal.people import Person


def answers(folder: Path, count: int) -> list[str]:
    return [(folder / f"out.{number}").read_text() for number in range(count)]


def test_fifty_processes_of_a_terminal_ask_once(alice: Person, at: Start, tmp_path: Path) -> None:
    streams = {1: tmp_path / "out", 2: tmp_path / "err"}
    together = at(alice, "credential-process", copies=50, streams=streams)
    together.expect("MFA code of phone")
    together.type(alice.code())
    assert together.end(seconds=60) == 0, (together.screen, (tmp_path / "err.1").read_text())
    found = answers(tmp_path, 50)
    assert len(set(found)) == 1
    (kept,) = alice.sessions().values()
    assert json.loads(found[0])["SessionToken"] == kept["token"]
    assert together.written.count("MFA code of phone") == 1
    assert [each["eventName"] for each in alice.calls()] == ["GetCallerIdentity", "ListMFADevices", "GetSessionToken"]
    assert not any((tmp_path / f"err.{number}").read_text() for number in range(50))


def test_roles_share_the_one_question_too(alice: Person, at: Start, tmp_path: Path) -> None:
    alice.profile("reader", role_arn=alice.role(f"{alice.name}-reader"), source_profile="default")
    streams = {1: tmp_path / "out", 2: tmp_path / "err"}
    together = at(alice, "credential-process", "--profile", "reader", copies=6, streams=streams)
    together.expect("MFA code of phone")
    together.type(alice.code())
    assert together.end() == 0
    assert len(set(answers(tmp_path, 6))) == 1
    assert len(alice.calls("GetSessionToken")) == 1


def test_where_none_has_a_terminal_all_say_at_once_what_to_run(alice: Person, at: Start, tmp_path: Path) -> None:
    streams = {1: tmp_path / "out", 2: tmp_path / "err"}
    together = at(alice, "credential-process", copies=50, terminal=False, streams=streams)
    assert together.end(seconds=20) == 50
    for number in range(50):
        assert (tmp_path / f"out.{number}").read_text() == ""
        assert "run `iamfa login --profile default` in a terminal" in (tmp_path / f"err.{number}").read_text()
    assert not alice.calls("GetSessionToken")


def test_those_without_a_terminal_wait_for_the_one_that_asks(alice: Person, at: Start, tmp_path: Path) -> None:
    asking = at(alice, "login")
    asking.expect("MFA code of phone")
    streams = {1: tmp_path / "out", 2: tmp_path / "err"}
    waiting = at(alice, "credential-process", copies=5, terminal=False, streams=streams)
    assert waiting.process.code(0.4) is None
    asking.type(alice.code())
    assert asking.end() == 0
    assert waiting.end() == 0
    assert len(set(answers(tmp_path, 5))) == 1
    assert len(alice.calls("GetSessionToken")) == 1


def test_one_without_a_terminal_stands_in_nobodys_way(alice: Person, at: Start, tmp_path: Path) -> None:
    """It comes first and fails, or comes second and waits for what the other one gets."""
    alice.profile("reader", role_arn=alice.role(f"{alice.name}-reader"), source_profile="default")
    first = at(alice, "credential-process", "--profile", "reader", terminal=False, streams={2: tmp_path / "err"})
    asking = at(alice, "login", "--profile", "reader")
    asking.expect("MFA code of phone")
    asking.type(alice.code())
    assert asking.end() == 0
    code = first.end()
    assert (code, "in a terminal" in (tmp_path / "err").read_text()) in ((0, False), (2, True))


def test_an_interrupt_ends_all_that_wait(alice: Person, at: Start, tmp_path: Path) -> None:
    streams = {1: tmp_path / "out", 2: tmp_path / "err"}
    together = at(alice, "credential-process", copies=4, streams=streams)
    together.expect("MFA code of phone")
    together.interrupt()
    assert together.end() == 4
    assert together.is_as_before
    assert set(answers(tmp_path, 4)) == {""}
    assert not [line for number in range(4) for line in (tmp_path / f"err.{number}").read_text().splitlines()]


def test_whoever_asks_is_killed_and_the_next_one_asks(alice: Person, at: Start, tmp_path: Path) -> None:
    first = at(alice, "login")
    first.expect("MFA code of phone")
    second = at(alice, "login")
    assert second.process.code(0.3) is None
    assert "MFA code" not in second.written
    assert first.process.pid is not None
    os.kill(first.process.pid, 9)
    second.expect("MFA code of phone")
    second.type(alice.code())
    assert second.end() == 0, second.screen
