"""Somebody at a terminal of his own: reads what stands there, types, interrupts, closes it."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

SECONDS = 20
"""Nothing here takes so long; whoever waits longer gives up, and shows the screen."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.terminal.forked"])


class _Process(Protocol):
    @property
    def pid(self) -> int | None: ...

    def code(self, seconds: float) -> int | None:
        """The exit code, None where it has not ended after so many seconds."""

    def kill(self) -> None: ...


class _Forked:
    def __init__(self, **settings: Any) -> None:
        from tests.terminal import forked

        self._process = _FORKS.Process(target=forked.command, args=(settings.pop("arguments"),), kwargs=settings)
        self._process.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def code(self, seconds: float) -> int | None:
        self._process.join(seconds)
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()
        self._process.join(SECONDS)
        self._process.close()


class _Started:
    def __init__(
        self,
        arguments: Sequence[str],
        terminal: int,
        environment: Mapping[str, str],
        folder: str,
        streams: Mapping[int, str],
    ) -> None:
        handles = [os.open(streams[n], os.O_RDWR | os.O_CREAT, 0o600) if n in streams else terminal for n in range(3)]
        self._process = subprocess.Popen(
            list(arguments),
            stdin=handles[0],
            stdout=handles[1],
            stderr=handles[2],
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(terminal, termios.TIOCSCTTY, 0),
        )
        for handle in handles:
            if handle != terminal:
                os.close(handle)

    @property
    def pid(self) -> int:
        return self._process.pid

    def code(self, seconds: float) -> int | None:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(SECONDS)


class Typist:
    """A command with a terminal of its own. Use it as a context: at its end nothing runs on.

    *arguments* are those of `iamfa`, or with *program* a whole command line. *streams* are files that stand in for the
    terminal: 0 standard input, 1 output, 2 error output.
    """

    def __init__(
        self,
        *arguments: object,
        environment: Mapping[str, str],
        folder: Path,
        program: bool = False,
        columns: int = 80,
        streams: Mapping[int, Path] | None = None,
        terminal: bool = True,
        copies: int | None = None,
        file_size: int | None = None,
    ) -> None:
        self._master, self._slave = os.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._before = termios.tcgetattr(self._slave)
        self._raw = b""
        self._seen = 0
        self.process: _Process
        files = {number: str(path) for number, path in (streams or {}).items()}
        words = [str(each) for each in arguments]
        if program:
            self.process = _Started(words, self._slave, environment, str(folder), files)
        else:
            self.process = _Forked(
                arguments=words,
                terminal=os.ttyname(self._slave) if terminal else None,
                environment=dict(environment),
                folder=str(folder),
                streams=files,
                copies=copies,
                file_size=file_size,
            )

    def __enter__(self) -> Typist:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        """Close the terminal's window."""
        for handle in (self._master, self._slave):
            if handle >= 0:
                os.close(handle)
        self._master = self._slave = -1

    def type(self, text: str, *, enter: bool = True) -> None:
        """Type a line."""
        os.write(self._master, (text + ("\r" if enter else "")).encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._master, b"\x03")

    def expect(self, text: str, *, seconds: float = SECONDS) -> None:
        """Wait until a text stands there that came after what was expected before; lines may break anywhere in it."""
        end = time.monotonic() + seconds
        wanted = "".join(text.split())
        while True:
            shown = self._raw[self._seen :].decode("utf-8", "replace")
            squeezed = [(c, i) for i, c in enumerate(shown) if not c.isspace()]
            at = "".join(c for c, _ in squeezed).find(wanted)
            if at >= 0:
                self._seen += len(shown[: squeezed[at + len(wanted) - 1][1] + 1].encode())
                return
            if not self._read(0.05) and self.process.code(0) is not None and not self._read(0):
                raise AssertionError(f"it ended without `{text}`; there stands:\n{self.screen}")
            if time.monotonic() > end:
                raise AssertionError(f"`{text}` did not come; there stands:\n{self.screen}")

    def end(self, *, seconds: float = SECONDS) -> int:
        """The exit code, as a shell gives it."""
        end = time.monotonic() + seconds
        while (code := self.process.code(0.01)) is None:
            self._read(0.01)
            if time.monotonic() > end:
                raise AssertionError(f"it does not end; there stands:\n{self.screen}")
        while self._read(0):
            pass
        return code if code >= 0 else 128 - code

    @property
    def written(self) -> str:
        """Everything that was ever written on the terminal."""
        return self._raw.decode("utf-8", "replace")

    @property
    def screen(self) -> str:
        """What stands there now: lines that were written over show what was written last."""
        lines: list[list[str]] = [[]]
        at = 0
        for character in self.written:
            if character == "\n":
                lines.append([])
                at = 0
            elif character == "\r":
                at = 0
            elif character == "\b":
                at = max(at - 1, 0)
            else:
                lines[-1][at : at + 1] = [character]
                at += 1
        return "\n".join("".join(line).rstrip() for line in lines)

    @property
    def words(self) -> str:
        """What stands there, however the lines break."""
        return " ".join(self.screen.split())

    @property
    def is_as_before(self) -> bool:
        """Whether the terminal's own settings (echo, lines) are those from before the command."""
        return termios.tcgetattr(self._slave)[:4] == self._before[:4]

    @property
    def echoes(self) -> bool:
        found: int = termios.tcgetattr(self._slave)[3]
        return bool(found & termios.ECHO)

    def _read(self, seconds: float) -> bool:
        """Take in what was written; whether there was anything."""
        if self._master < 0 or not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            found = os.read(self._master, 65536)
        except OSError:
            return False
        self._raw += found
        return bool(found)
