"""What becomes of codes that are wrong, used, or none."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.terminal.conftest import Start
from tests.terminal.people import Person, person

import iamfa

MODHEX = "ccccccbcgujhingjrdejhgfnuetrgigvejhhgbkugded"


def test_three_wrong_codes_end_with_what_to_do(alice: Person, at: Start) -> None:
    login = at(alice, "login")
    for number in range(3):
        login.expect("MFA code of phone")
        login.type(alice.wrong(number))
    assert login.end() == 4
    assert login.words.count("AWS refused the code of `phone`") == 2
    assert f"AWS refused 3 codes of the device `{alice.serial('phone')}`" in login.words
    assert "wait for the next code" in login.words
    assert "iamfa device resync phone" in login.words
    assert len(alice.calls("GetSessionToken")) == 3
    assert alice.sessions() == {}


def test_a_code_that_was_used_is_told_before_aws_is_asked(alice: Person, at: Start) -> None:
    code = alice.code()
    first = at(alice, "login")
    first.expect("MFA code")
    first.type(code)
    assert first.end() == 0

    again = at(alice, "login", "--renew")
    again.expect("MFA code")
    again.type(code)
    again.expect("was used at")
    again.expect("waiting for the next code (")
    assert len(alice.calls("GetSessionToken")) == 1
    again.interrupt()
    assert again.end() == 130
    assert "waiting for the next code" not in again.screen
    assert again.is_as_before


@pytest.mark.soak
def test_after_the_countdown_it_asks_again(alice: Person, at: Start) -> None:
    first = at(alice, "login")
    first.expect("MFA code")
    first.type(code := alice.code())
    assert first.end() == 0
    again = at(alice, "login", "--renew")
    again.expect("MFA code")
    again.type(code)
    again.expect("waiting for the next code (")
    again.expect("MFA code", seconds=40)
    again.type(alice.code(steps=1))
    assert again.end() == 0, again.screen


def test_what_is_no_code_is_told_apart_and_asked_for_again(alice: Person, at: Start) -> None:
    login = at(alice, "login")
    for typed, words in (
        ("98765", "gave 5 digits instead of a code"),
        ("98765", "gave 5 digits instead of a code"),
        ("secret", "gave something else instead of a code"),
        (MODHEX, "gave what a YubiKey types when it is touched"),
        ("", "gave no code"),
    ):
        login.expect("MFA code of phone")
        login.type(typed)
        login.expect(words)
        assert not typed or typed not in login.written
    login.expect("MFA code of phone")
    code = alice.code()
    login.type(f"{code[:3]} {code[3:]}")
    assert login.end() == 0, login.screen
    assert len(alice.calls("GetSessionToken")) == 1


def test_a_slip_is_rubbed_out(alice: Person, at: Start) -> None:
    login = at(alice, "login")
    login.expect("MFA code of phone")
    code = alice.code()
    login.type("99\x7f\x7f" + code[:2] + "\x1b[D" + "xx\x15" + code)
    assert login.end() == 0, login.screen


def test_the_code_comes_from_standard_input(alice: Person, at: Start, tmp_path: Path) -> None:
    given = tmp_path / "code"
    given.write_text(alice.code() + "\n")
    login = at(alice, "login", "--token-code", "-", streams={0: given})
    assert login.end() == 0, login.screen
    assert "MFA code" not in login.written
    given.write_text("12345\n")
    short = at(alice, "login", "--renew", "--token-code", "-", streams={0: given})
    assert short.end() == 2
    assert "standard input gave 5 digits" in short.words


def test_the_code_comes_from_a_command(alice: Person, at: Start) -> None:
    login = at(alice, "login", "--code-command", f"echo touch it >&2; echo; echo {alice.code()}")
    assert login.end() == 0, login.screen
    alice.profile("process", mfa_process=f"echo {alice.code(steps=1)}", source_profile="default")
    by_profile = at(alice, "login", "--renew", "--profile", "process")
    assert by_profile.end() == 0, by_profile.screen


def test_a_command_that_gives_no_code_is_told(alice: Person, at: Start, tmp_path: Path) -> None:
    counted = tmp_path / "counted"
    failing = at(alice, "login", "--code-command", f"echo x >> {counted}; echo the vault is locked >&2; exit 3")
    assert failing.end() == 2
    assert "the command of `--code-command` ended with code 3: the vault is locked" in failing.words
    assert counted.read_text() == "x\n"
    rubbish = at(alice, "login", "--code-command", "echo hunter2")
    assert rubbish.end() == 2
    assert "gave something else instead of a code" in rubbish.words
    assert "hunter2" not in rubbish.written.replace("echo hunter2", "")
    absent = at(alice, "login", "--code-command", "no-such-program-here")
    assert absent.end() == 2
    assert "ended with code 127" in absent.words


def test_a_command_that_hangs_is_ended(alice: Person, at: Start) -> None:
    alice.home.joinpath("quick.py").write_text("")
    login = at(alice, "login", "--code-command", "sleep 100; echo 123456")
    time.sleep(0.5)
    login.interrupt()
    assert login.end(seconds=10) == 130


def test_a_clock_that_is_off_is_told_where_codes_are_made_here(tmp_path: Path, at: Start) -> None:
    with iamfa.Sandbox(services=False) as box:
        box.clock.advance(600)
        bob = person(box, tmp_path / "bob")
        login = at(bob, "login", "--code-command", f"echo {bob.code(steps=-20)}")
        assert login.end() == 4
        assert re.search("set this machine's clock: it is (599|600|601) s behind AWS's", login.words), login.words


def test_without_a_terminal_a_code_that_is_piped_in_is_taken(alice: Person) -> None:
    def login(given: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "iamfa", "login"],
            input=given,
            env=alice.environment,
            start_new_session=True,
            capture_output=True,
            text=True,
            timeout=60,
        )

    empty = login("")
    assert (empty.returncode, "there is no terminal to ask for a code on" in empty.stderr) == (2, True)
    found = login(alice.code() + "\n")
    assert (found.returncode, "a new session" in found.stdout) == (0, True), found.stderr
