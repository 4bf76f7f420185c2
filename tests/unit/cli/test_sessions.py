"""What the commands about sessions share."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click
import pytest
from tests.unit.cli.desk import Desk, Seat

from iamfa.cli import sessions
from iamfa.cli.common import Asked
from iamfa.cli.sessions import Duration, Here, Shown, run_shell, since
from iamfa.errors import IamfaError
from iamfa.session.codes import Question
from iamfa.session.watched import Notice, Silent


@pytest.mark.parametrize(("text", "seconds"), [("900", 900), ("30s", 30), ("90 m", 5400), ("12H", 43_200)])
def test_a_duration_has_a_unit_or_is_seconds(text: str, seconds: int) -> None:
    assert Duration().convert(text, None, None) == seconds
    assert Duration().convert(seconds, None, None) == seconds


@pytest.mark.parametrize("text", ["", "1.5h", "-5", "12d", "1h30m", "9999999"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no duration: write seconds"):
        Duration().convert(text, None, None)


def test_a_program_gives_its_output_and_shows_what_it_says_meanwhile() -> None:
    shown: list[str] = []
    ran = run_shell("echo 'touch \033[1m it' >&2; echo 123456", shown.append)
    assert (ran.code, ran.stdout.reveal()) == (0, "123456\n")
    assert shown == ["touch \\x1b[1m it\n"]
    assert "123456" not in repr(ran)
    assert run_shell([sys.executable, "-c", "raise SystemExit(4)"]).code == 4


def test_a_program_that_is_not_there_has_the_code_of_a_shell() -> None:
    ran = run_shell(["/no/such/program"])
    assert ran.code == 127
    assert "/no/such/program" in ran.stderr


def test_what_is_no_text_is_no_traceback() -> None:
    assert run_shell(r"printf '\377\n'").stdout.reveal() == "\ufffd\n"


def test_a_program_that_hangs_is_ended_though_what_it_started_lives_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "COMMAND_SECONDS", 0.2)
    before = time.monotonic()
    ran = run_shell("sleep 5 & sleep 5; echo 123456")
    assert (ran.code, ran.stderr) == (124, "it took longer than 0.2 s")
    assert time.monotonic() - before < 3


def test_a_code_on_standard_input_is_typed_unseen_where_that_is_the_terminal(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Here(Asked(), Asked().console())
    asked = here.wanted({})
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    seat = Seat([desk.who.code()])
    monkeypatch.setattr(sessions, "open_terminal", lambda: seat)
    with here.means(asked, {"token_code": "-"}) as means:
        assert means.source.code(Question("1", "alice", "s", "phone", "p")).reveal()
    assert len(seat.hidden) == 1


@pytest.mark.parametrize(
    ("written", "line", "left"),
    [(b"123456\nrest", "123456\n", b"rest"), (b"123", "123", b""), (b"x" * 1200, "x" * 1000, b"x" * 200)],
)
def test_one_line_of_input_is_read_and_no_byte_more(
    monkeypatch: pytest.MonkeyPatch, written: bytes, line: str, left: bytes
) -> None:
    reading, writing = os.pipe()
    os.write(writing, written)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert sessions._line_of_input() == line
        assert os.read(reading, 2000) == left


def test_a_user_without_a_home_is_told_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", none)
    with pytest.raises(IamfaError) as told:
        _ = Here(Asked(), Asked().console()).home
    assert told.value.hint == "set HOME"


def test_a_keyring_is_asked_for_by_option_or_variable(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Store:
        def get_password(self, service: str, name: str) -> str | None:
            asked.append(name)
            return None

        def set_password(self, service: str, name: str, password: str) -> None:
            asked.append(name)

        def delete_password(self, service: str, name: str) -> None:
            asked.append(name)

    from iamfa.session import keyring_store

    monkeypatch.setattr(keyring_store, "system_keyring", Store)
    assert desk.run("login", "--keyring", answers=[desk.who.code]).code == 0
    assert asked
    assert "secret" not in desk.kept
    asked.clear()
    monkeypatch.setenv("IAMFA_KEYRING", "1")
    assert Here(Asked(), Asked().console()).cache().everything() == ()
    assert asked


def test_words_go_to_the_terminal_where_a_program_took_the_error_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seat = Seat([])
    notice = Notice("the device `{name}` is gone\x1b", {"name": "phone"})
    Shown(Asked().console(), seat).tell(notice)
    assert seat.shown == "the device `phone` is gone\\x1b\n"
    Shown(Asked().console(), None).tell(notice)
    assert capsys.readouterr().err == "the device `phone` is gone\\x1b\n"
    Shown(Asked().console(), seat).explain("aws sts get-caller-identity")
    Shown(Asked().console(), seat, explaining=True).explain("aws sts get-session-token")
    assert capsys.readouterr().err == "$ aws sts get-session-token\n"


def test_nobody_watching_waits_all_the_same() -> None:
    waited: list[float] = []
    silent = Silent(waited.append)
    silent.tell(Notice("x"))
    silent.explain("aws")
    silent.others(3)
    silent.wait(3, Notice("x"))
    assert waited == [3]
    assert since(None) == ""


def test_whoever_waits_for_another_terminal_is_told_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Asked().console()
    seat = Seat([])
    shown = Shown(console, seat)
    shown.others(60)
    assert seat.shown == ""
    lines: list[str] = []
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "write", lines.append)
    shown.others(1)
    assert not lines
    shown.others(9)
    shown.others(10)
    assert "".join(lines).count("another process asks for the code") == 1


def test_a_plugin_of_terraform_is_named_without_its_version() -> None:
    assert sessions._program_in(["/p/terraform-provider-aws_v5.100.0_x5"]) == "terraform-provider-aws"
    assert sessions._program_in(["/usr/bin/my_v8_tool"]) == "my_v8_tool"
