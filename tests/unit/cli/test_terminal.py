"""The terminal itself: what is typed unseen, what is seen, and that it is left as it was."""

from __future__ import annotations

import os
import signal
import sys
import termios
import threading
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from iamfa.cli import terminal as terminals
from iamfa.cli.terminal import Terminal, choose, count_down, open_terminal, terminal


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Terminal, int]]:
    """A terminal, and the end at which somebody sits."""
    master, slave = os.openpty()
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *more: real(os.ttyname(slave) if path == "/dev/tty" else path, *more))
    monkeypatch.setattr(os, "tcgetpgrp", lambda handle: os.getpgrp())
    found = open_terminal()
    assert found is not None
    before = termios.tcgetattr(slave)
    yield found, master
    assert termios.tcgetattr(slave) == before
    found.close()
    for each in (master, slave):
        os.close(each)


def typing(master: int, *keys: str, after: str = "code: ") -> list[str]:
    """Type the keys once the question stands there; gives what was shown by then and later."""
    shown: list[str] = []

    def work() -> None:
        while after not in "".join(shown):
            shown.append(os.read(master, 4096).decode())
        for each in keys:
            os.write(master, each.encode())

    threading.Thread(target=work, daemon=True).start()
    return shown


def rest(master: int) -> str:
    """What was shown after the question, up to the end of its line."""
    shown = ""
    while not shown.endswith("\n"):
        shown += os.read(master, 4096).decode()
    return shown


@pytest.mark.parametrize(
    ("keys", "typed"),
    [
        ("99\x7f\x08\x7f0\x15\x1b[D1\x1bOP2\x1b[1;5C\x013\r", "123"),
        ("123456\r", "123456"),
        ("12\n", "12"),
        ("99\x7f\x08123\r", "123"),
        ("\x7f1\r", "1"),
        ("99\x15123\r", "123"),
        ("\x1b[D1\x1bOP2\x1b[1;5C3\r", "123"),
        ("1\x01\x003\r", "13"),
        ("é\r", "é"),
        ("12\x04", "12"),
        ("\x04", None),
    ],
)
def test_what_is_typed_is_not_shown(window: tuple[Terminal, int], keys: str, typed: str | None) -> None:
    found, master = window
    typing(master, keys)
    assert found.read_hidden("code: ") == typed
    shown = rest(master)
    assert not set("123456789é") & set(shown)
    assert shown.count("*") >= len(typed or "")


def test_the_end_of_input_ends_what_is_typed(window: tuple[Terminal, int]) -> None:
    found, master = window
    typing(master, "1\x1bx\x04")
    assert found.read_hidden("code: ") == "1"
    typing(master, "\x04", after="again: ")
    assert found.read_hidden("again: ") is None


def test_a_line_is_read_as_it_is_seen(window: tuple[Terminal, int]) -> None:
    found, master = window
    typing(master, "two\n", after="? ")
    assert found.read_line("? ") == "two"
    typing(master, "\x04", after="! ")
    assert found.read_line("! ") is None
    assert found.size == (80, 24)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_whoever_is_ended_leaves_the_terminal_as_it_was(
    window: tuple[Terminal, int], number: signal.Signals, code: int
) -> None:
    found, master = window

    def end() -> None:
        shown = ""
        while "code: " not in shown:
            shown += os.read(master, 4096).decode()
        os.kill(os.getpid(), number)

    threading.Thread(target=end, daemon=True).start()
    with pytest.raises(SystemExit) as ended:
        found.read_hidden("code: ")
    assert ended.value.code == code
    assert signal.getsignal(number) is signal.SIG_DFL


def test_whoever_goes_on_is_asked_again_unseen(window: tuple[Terminal, int]) -> None:
    found, master = window

    def shell() -> None:
        shown = ""
        while "code: " not in shown:
            shown += os.read(master, 4096).decode()
        told = termios.tcgetattr(master)
        told[3] |= termios.ECHO | termios.ICANON
        termios.tcsetattr(master, termios.TCSANOW, told)
        os.kill(os.getpid(), signal.SIGCONT)
        shown = ""
        while "code: " not in shown:
            shown += os.read(master, 4096).decode()
        os.write(master, b"123456\r")

    threading.Thread(target=shell, daemon=True).start()
    assert found.read_hidden("code: ") == "123456"
    assert "123456" not in rest(master)


def test_another_thread_asks_without_touching_signals(window: tuple[Terminal, int]) -> None:
    found, master = window
    typing(master, "1\r")
    answers: list[str | None] = []
    worker = threading.Thread(target=lambda: answers.append(found.read_hidden("code: ")))
    worker.start()
    worker.join(5)
    assert answers == ["1"]


def test_a_terminal_that_was_closed_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = os.openpty()
    closed = terminals._Posix(slave)
    os.close(master)
    closed.write("words\n")
    assert closed.read_hidden("code: ") is None
    assert closed.read_line("? ") is None
    closed.close()
    reading, writing = os.pipe()
    os.close(writing)
    no_terminal = terminals._Posix(reading)
    assert no_terminal.size == (80, 24)
    assert no_terminal.read_hidden("code: ") is None
    no_terminal.close()


def test_where_there_is_none_or_it_is_in_the_background_there_is_nobody_to_ask(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real, place = os.open, tmp_path / "no-terminal"
    monkeypatch.setattr(os, "open", lambda path, *more: real(place if path == "/dev/tty" else path, *more))
    assert open_terminal() is None
    place.write_text("")
    assert open_terminal() is None
    monkeypatch.setattr(os, "tcgetpgrp", lambda handle: os.getpgrp() + 1)
    with terminal() as found:
        assert found is None


def test_the_console_of_windows_is_asked_beside_all_streams(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "platform", "win32")
    assert open_terminal() is None
    (tmp_path / "CONIN$").write_text("two\r\n")
    keys = iter("12\x08\x1b3\r\x03")
    module = types.ModuleType("msvcrt")
    module.__dict__["getwch"] = lambda: next(keys)
    monkeypatch.setitem(sys.modules, "msvcrt", module)
    with terminal() as found:
        assert found is not None
        assert found.read_hidden("code: ") == "1"
        assert (tmp_path / "CONOUT$").read_text() == "\n"
        with pytest.raises(KeyboardInterrupt):
            found.read_hidden("code: ")
        assert found.read_line("? ") == "two"
        assert found.size[0] > 0


class Answers:
    """A terminal of answers."""

    size = (20, 24)

    def __init__(self, *answers: str | None) -> None:
        self.answers = [*answers]
        self.shown = ""

    def write(self, text: str) -> None:
        self.shown += text

    def read_hidden(self, prompt: str) -> str | None:
        return self.answers.pop(0)

    read_line = read_hidden

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("answers", "number"), [(["2"], 1), (["", "0", "3", "x", "1"], 0), ([None], None), (["x", None], None)]
)
def test_one_of_several_is_picked_by_its_number(answers: list[str | None], number: int | None) -> None:
    found = Answers(*answers)
    assert choose(found, "which?", ["a", "b"], "> ") == number
    assert found.shown == "which?\n  1) a\n  2) b\n"


def test_waiting_is_seen_on_one_line_that_goes() -> None:
    found = Answers()
    count_down(0.02, "waiting for the next code that is long", found)
    first, *_, last = found.shown.split("\r")[1:]
    assert first == "waiting for the nex"
    assert last == ""
    count_down(0.01, "unseen", None)
