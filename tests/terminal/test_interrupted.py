"""Whatever breaks off or is missing: the terminal is as it was, nothing is half written, and what to do is said."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.terminal.conftest import Start
from tests.terminal.people import Person


def nothing_half(alice: Person) -> None:
    assert alice.sessions() == {}
    assert not [*alice.cache.glob("*.tmp")]


def test_ctrl_c_at_the_question_leaves_everything_as_it_was(alice: Person, at: Start) -> None:
    login = at(alice, "login")
    login.expect("MFA code of phone")
    login.type("123", enter=False)
    login.expect("***")
    login.interrupt()
    assert login.end() == 130
    assert login.is_as_before
    assert "Traceback" not in login.written
    nothing_half(alice)


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_whoever_is_ended_at_the_question_puts_the_terminal_back(
    alice: Person, at: Start, name: str, code: int
) -> None:
    login = at(alice, "login")
    login.expect("MFA code of phone")
    assert login.process.pid is not None
    os.kill(login.process.pid, getattr(signal, name))
    assert login.end() == code
    assert login.is_as_before
    nothing_half(alice)


def test_a_terminal_that_is_closed_ends_the_question(alice: Person, at: Start, tmp_path: Path) -> None:
    err = tmp_path / "err"
    login = at(alice, "login", streams={1: tmp_path / "out", 2: err})
    login.expect("MFA code of phone")
    login.close()
    assert login.end() in (129, 2)
    assert "Traceback" not in err.read_text()
    assert "defect" not in err.read_text()
    nothing_half(alice)


def test_the_end_of_input_ends_the_question(alice: Person, at: Start) -> None:
    login = at(alice, "login")
    login.expect("MFA code of phone")
    login.type("\x04", enter=False)
    assert login.end() == 2
    assert "the terminal was closed before a code was typed" in login.words
    assert login.is_as_before


def test_without_a_terminal_the_command_to_run_is_told_at_once(alice: Person, at: Start, tmp_path: Path) -> None:
    out, err = tmp_path / "out", tmp_path / "err"
    for command in (("login",), ("credential-process",), ("exec", "--", "true"), ("env", "--shell", "sh")):
        alone = at(alice, *command, terminal=False, streams={1: out, 2: err})
        assert alone.end(seconds=5) == 2
        assert "run `iamfa login --profile default` in a terminal" in err.read_text()
        assert out.read_text() == ""
        err.unlink()


def test_a_home_that_cannot_be_written_gives_the_session_all_the_same(alice: Person, at: Start, tmp_path: Path) -> None:
    alice.device("tablet")
    (alice.home / ".cache").write_text("in the way")
    (alice.home / ".local").write_text("in the way")
    ran = at(alice, "exec", "--", "sh", "-c", "echo got $AWS_ACCESS_KEY_ID")
    ran.expect("Which one?")
    assert "the session is not kept" in ran.words
    assert "not a directory" in ran.words
    ran.type("1")
    ran.expect("MFA code of ")
    assert "no default device is remembered" in ran.words
    device = "phone" if "MFA code of phone" in ran.screen else "tablet"
    ran.type(alice.code(device))
    ran.expect("got ASIA")
    assert ran.end() == 0, ran.screen
    login = at(alice, "login", "--device", device)
    login.expect("MFA code of ")
    login.type(alice.code(device, steps=1))
    assert login.end() == 3, login.screen
    assert "the session is not kept" in login.words


def test_a_full_disk_gives_the_session_all_the_same(alice: Person, at: Start) -> None:
    ran = at(alice, "exec", "--", "sh", "-c", "echo got $AWS_ACCESS_KEY_ID", file_size=100)
    ran.expect("MFA code of phone")
    ran.type(alice.code())
    ran.expect("the session is not kept")
    ran.expect("got ASIA")
    assert ran.end() == 0, ran.screen
    nothing_half(alice)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A disk that is full."""
    place = tmp_path / "full"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=16k,mode=700", "tmpfs", place], capture_output=True
    )
    if not made or made.returncode:
        pytest.skip("mounting is not permitted here")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.soak
def test_a_disk_that_is_full_is_told_as_such(alice: Person, at: Start, full: Path) -> None:
    with open(full / "filler", "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    ran = at(alice, "exec", "--", "sh", "-c", "echo got $AWS_ACCESS_KEY_ID", more={"IAMFA_CACHE_DIR": str(full)})
    ran.expect("MFA code of phone")
    ran.type(alice.code())
    ran.expect("make room on the disk")
    ran.expect("got ASIA")
    assert ran.end() == 0, ran.screen


def test_without_a_home_it_is_said_what_to_set(alice: Person, at: Start) -> None:
    more = {
        "AWS_CONFIG_FILE": str(alice.home / ".aws/config"),
        "HOME": "",
        "AWS_SHARED_CREDENTIALS_FILE": str(alice.home / ".aws/credentials"),
    }
    homeless = at(alice, "login", more=more)
    assert homeless.end() == 2
    assert "no home" in homeless.words
    assert "IAMFA_CACHE_DIR" in homeless.words
    housed = at(
        alice,
        "login",
        more={**more, "IAMFA_CACHE_DIR": str(alice.home / "sessions"), "XDG_STATE_HOME": str(alice.home / "state")},
    )
    housed.expect("MFA code of phone")
    housed.type(alice.code())
    assert housed.end() == 0, housed.screen


@pytest.mark.soak
def test_whoever_stops_at_the_question_and_goes_on_still_types_unseen(alice: Person, at: Start) -> None:
    shell = at(
        alice,
        "bash",
        "--norc",
        "--noprofile",
        "-i",
        program=True,
        more={"PS1": "ready> ", "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
    )
    shell.expect("ready>")
    shell.type(f"{sys.executable} -m iamfa login")
    shell.expect("MFA code of phone")
    shell.type("\x1a", enter=False)
    shell.expect("ready>")
    shell.type("fg")
    shell.expect("MFA code of phone")
    code = alice.code()
    shell.type(code)
    shell.expect("a new session")
    assert code not in shell.written
    shell.type("exit")
    shell.end()
