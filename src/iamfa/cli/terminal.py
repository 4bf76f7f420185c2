"""The terminal itself, whatever became of the three streams: where a code is asked for, and where waiting is seen.

An SDK that runs `iamfa credential-process` takes its output and its error output; what is written there nobody reads.
So questions go to the terminal that the process belongs to: `/dev/tty`, on Windows `CONIN$` and `CONOUT$`.
"""

from __future__ import annotations

import codecs
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, Protocol

_ENTER, _END, _ERASE, _CLEAR, _ESCAPE = ("\r", "\n"), "\x04", ("\x08", "\x7f"), "\x15", "\x1b"
_INTERRUPT: Final = "\x03"


class Terminal(Protocol):
    """A terminal on which somebody can be asked."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines, as they are now."""

    def write(self, text: str) -> None:
        """Show a text."""

    def read_hidden(self, prompt: str) -> str | None:
        """What is typed up to Enter, a dot shown for each character; None where the terminal was closed."""

    def read_line(self, prompt: str) -> str | None:
        """What is typed up to Enter, seen; None where the terminal was closed."""

    def close(self) -> None:
        """Give it back."""


def open_terminal() -> Terminal | None:
    """The terminal of this process; None where it has none, or stands in the background, where asking would stop it."""
    if sys.platform == "win32":
        return _Windows.open()
    return _Posix.open()


class _Posix:
    """`/dev/tty`."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @classmethod
    def open(cls) -> _Posix | None:
        try:
            handle = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            in_front = os.tcgetpgrp(handle) == os.getpgrp()
        except OSError:
            in_front = False
        if not in_front:
            os.close(handle)
            return None
        return cls(handle)

    @property
    def size(self) -> tuple[int, int]:
        try:
            found = os.get_terminal_size(self._handle)
        except OSError:
            return 80, 24
        return found.columns or 80, found.lines or 24

    def write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        # A terminal that was closed shows nothing.
        with suppress(OSError):
            while data:
                data = data[os.write(self._handle, data) :]

    def read_hidden(self, prompt: str) -> str | None:
        import termios
        import tty

        try:
            before = termios.tcgetattr(self._handle)
        except termios.error:
            return None

        def go_on() -> None:
            with suppress(termios.error):
                tty.setcbreak(self._handle, termios.TCSANOW)
            self.write(prompt)

        with _orderly(go_on):
            try:
                # Before the question is seen: a quick hand's digits shall not be shown either. What was typed earlier
                # is no answer to it, and goes.
                tty.setcbreak(self._handle, termios.TCSAFLUSH)
                self.write(prompt)
                return _edited(self._characters(), self.write)
            finally:
                with suppress(termios.error):
                    termios.tcsetattr(self._handle, termios.TCSADRAIN, before)
                self.write("\n")

    def read_line(self, prompt: str) -> str | None:
        self.write(prompt)
        line = ""
        for character in self._characters():
            if character in _ENTER:
                return line
            line += character
        return line or None

    def _characters(self) -> Iterator[str]:
        # A terminal that was closed gives an error, or nothing.
        with suppress(OSError):
            while data := os.read(self._handle, 1):
                yield from self._decoder.decode(data)

    def close(self) -> None:
        os.close(self._handle)


@contextmanager
def _orderly(go_on: Callable[[], None]) -> Iterator[None]:
    """While somebody types unseen: a signal that ends the process lets the terminal be put back first, and *go_on* is
    called where the process goes on after it was stopped, since the shell has set its terminal as it likes it.

    Whoever listens to such a signal himself goes on doing so; and only the main thread may listen.
    """

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    wanted: dict[int, Callable[[int, object], None]] = {
        signal.SIGTERM: end,
        signal.SIGHUP: end,
        signal.SIGCONT: lambda *_: go_on(),
    }
    ours: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        ours = {number: each for number, each in wanted.items() if signal.getsignal(number) is signal.SIG_DFL}
    for number, each in ours.items():
        signal.signal(number, each)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


class _Windows:
    """The console, by way of the C library's functions that bypass redirection."""

    @property
    def size(self) -> tuple[int, int]:
        found = shutil.get_terminal_size()
        return found.columns, found.lines

    @classmethod
    def open(cls) -> _Windows | None:
        try:
            with open("CONIN$", encoding="utf-8"), open("CONOUT$", "w", encoding="utf-8"):
                return cls()
        except OSError:
            return None

    def write(self, text: str) -> None:
        with open("CONOUT$", "w", encoding="utf-8") as console:
            console.write(text)

    def read_hidden(self, prompt: str) -> str | None:
        self.write(prompt)
        try:
            return _edited(self._characters(), self.write)
        finally:
            self.write("\n")

    def read_line(self, prompt: str) -> str | None:
        self.write(prompt)
        with open("CONIN$", encoding="utf-8") as console:
            return console.readline().rstrip("\r\n") or None

    def _characters(self) -> Iterator[str]:
        import msvcrt

        while True:
            character = msvcrt.getwch()  # type: ignore[attr-defined]  # there on Windows only
            if character == _INTERRUPT:
                raise KeyboardInterrupt
            yield character

    def close(self) -> None:
        """Nothing is held open."""


class _Writes(Protocol):
    def __call__(self, text: str, /) -> None: ...


def _edited(characters: Iterator[str], write: _Writes) -> str | None:
    """The line that the keys make: backspace, Ctrl-U, Enter; arrow keys and their like are passed over."""
    typed = ""
    for character in characters:
        if character in _ENTER:
            return typed
        if character == _END:
            return typed or None
        if character in _ERASE:
            if typed:
                typed = typed[:-1]
                write("\b \b")
        elif character == _CLEAR:
            write("\b \b" * len(typed))
            typed = ""
        elif character == _ESCAPE:
            _pass_over(characters)
        elif character.isprintable():
            typed += character
            write("*")
    return typed or None


def _pass_over(characters: Iterator[str]) -> None:
    """The rest of a key's sequence: `[`, parameters, a final letter (ECMA-48, 5.4)."""
    if next(characters, "") in ("[", "O"):
        for character in characters:
            if "@" <= character <= "~":
                return


@contextmanager
def terminal() -> Iterator[Terminal | None]:
    """The terminal of this process while it is needed."""
    found = open_terminal()
    try:
        yield found
    finally:
        if found is not None:
            found.close()


def choose(terminal: Terminal, title: str, choices: Sequence[str], prompt: str) -> int | None:
    """Let somebody pick one of several lines by its number, counted from 0; None where the terminal was closed."""
    terminal.write(title + "\n")
    for i, choice in enumerate(choices, 1):
        terminal.write(f"  {i}) {choice}\n")
    while True:
        answer = terminal.read_line(prompt)
        if answer is None:
            return None
        with suppress(ValueError):
            number = int(answer)
            if 1 <= number <= len(choices):
                return number - 1


def count_down(seconds: float, text: str, terminal: Terminal | None) -> None:
    """Wait; on a terminal each second is seen, on one line that goes when the waiting ends."""
    end = time.monotonic() + seconds
    shown = 0
    try:
        while (left := end - time.monotonic()) > 0:
            if terminal is not None:
                line = f"{text} ({left:.0f} s)"[: terminal.size[0] - 1]
                # Before it stands there, so that an interrupt just then finds it to be taken away.
                shown = max(shown, len(line))
                terminal.write("\r" + line.ljust(shown))
            time.sleep(min(left, 1.0))
    finally:
        if terminal is not None and shown:
            terminal.write("\r" + " " * shown + "\r")
