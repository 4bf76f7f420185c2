"""How the seed of a new device gets into it: a QR code in the terminal or as a picture, an address, a YubiKey.

A seed is shown once, to whoever enrols, and stays nowhere: what was drawn goes from the screen, pictures are deleted.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click

from iamfa.cli.devices import Desk
from iamfa.cli.exits import turn_away_output
from iamfa.cli.sessions import TypedCode, run_with_input
from iamfa.cli.terminal import Terminal
from iamfa.device.enrol import Enrolment
from iamfa.device.problems import YubiKeyError
from iamfa.device.qr import QrCode
from iamfa.device.yubikey import YubiKey
from iamfa.errors import IamfaError
from iamfa.report.paper import printable
from iamfa.secret import Secret
from iamfa.session.codes import CodeSource, Question

Ask = Callable[[str | None], Secret]
"""Asks for a code of the new device, after a complaint about the last one."""

_PNG_FOLDER = "XDG_RUNTIME_DIR"
"""Kept in memory by the system (XDG Base Directory Specification), so that the picture is on no disk."""
_WORDS_BELOW = 4
"""Lines below the QR code: what to do with it, the question, and a complaint of two lines."""
_OTHER_SCREEN, _FIRST_SCREEN, _CLEARED = "\x1b[?1049h", "\x1b[?1049l", "\x1b[H\x1b[2J"
"""The terminal's other screen (xterm's private mode 1049), which is not scrolled back to: so the seed goes with it."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What was asked for."""

    uri: bool = False
    """The `otpauth` address on standard output."""
    png: str | None = None
    """A picture in this file; `-` is standard output."""
    yubikey: bool = False
    yubikey_number: str | None = None
    touch: bool = False

    @property
    def takes_output(self) -> bool:
        """Whether standard output is for the seed, and for nothing else."""
        return self.uri or self.png == "-"


class Seeds:
    """The way of the seed into the device, as it was asked for."""

    def __init__(self, at: Desk, showing: Showing, *, json: bool) -> None:
        if showing.takes_output and json:
            raise click.UsageError("with `--format json` standard output is not free for the seed")
        self._at = at
        self._showing = showing
        self._key = YubiKey(_run, number=showing.yubikey_number)
        self._output_closed = False

    def require_way(self, serial: str) -> None:
        """Before anything is created: that the seed can get into the device, and a code come back.

        Raises `IamfaError`, and `YubiKeyError` where the YubiKey does not answer or has such an account already.
        """
        showing = self._showing
        if showing.yubikey:
            self._key.require_room(serial)
            return
        self._at.require_terminal("to type the code of the new device on")
        if showing.png == "-" and sys.stdout.isatty():
            raise IamfaError("a terminal shows no picture", hint="`--png FILE`, or redirect standard output")
        if showing.png not in (None, "-"):
            _require_free(Path(str(showing.png)))

    def explain(self, serial: str) -> None:
        """What another tool would do, where there is one."""
        if self._showing.yubikey:
            self._at.means.watcher.explain(f"ykman oath accounts add {shlex.quote(serial)}")

    @contextmanager
    def shown(self, enrolment: Enrolment) -> Iterator[Ask]:
        """Let the seed get into the device, and give what asks for its codes; what was shown goes at the end."""
        at, showing = self._at, self._showing
        if showing.yubikey:
            with self._in_yubikey(enrolment) as ask:
                yield ask
            return
        terminal = at.require_terminal("to type the code of the new device on")
        if showing.takes_output:
            self._to_output(enrolment)
            yield self._asking(enrolment.name)
            return
        code = QrCode.of(enrolment.uri)
        if showing.png is None and self._can_draw(code, terminal):
            terminal.write(_OTHER_SCREEN)
            try:
                yield self._asking(enrolment.name, _drawing(code))
            finally:
                # The terminal may be gone by now.
                with suppress(OSError):
                    terminal.write(_CLEARED + _FIRST_SCREEN)
            return
        assert enrolment.device is not None
        with self._picture(enrolment.device.qr_png) as path:
            why = (
                f"the QR code needs a terminal of {code.width} columns and {code.height + _WORDS_BELOW} lines, so "
                if showing.png is None
                else ""
            )
            at.say_beside_question(f"{why}open this picture and scan it; it is deleted when this ends: {path}")
            yield self._asking(enrolment.name)

    def codes(self) -> CodeSource:
        """Where codes of the enabled device come from."""
        if self._showing.yubikey:
            return _YubiKeyCodes(self._code_of_key)
        return TypedCode(self._at.require_terminal("to type the code of the new device on"), None)

    def _asking(self, name: str, drawing: str = "") -> Ask:
        def ask(complaint: str | None) -> Secret:
            above = drawing + (printable(complaint) + "\n" if complaint is not None else "")
            return self._at.ask_code(f"The code that the app shows for {name}: ", above=above)

        return ask

    @staticmethod
    def _can_draw(code: QrCode, terminal: Terminal) -> bool:
        width, height = terminal.size
        return code.fits(width, height - _WORDS_BELOW + 1) and _draws()

    @contextmanager
    def _picture(self, png: bytes) -> Iterator[Path]:
        """The picture of the QR code, for the time that it is needed, where it was asked for or in a folder of its own.

        It holds the seed, so only its owner may read it. What a process left that was killed goes first: attempts of
        one state folder come one after the other.
        """
        if self._showing.png is not None:
            with _written(png, Path(self._showing.png)) as place:
                yield place
            return
        state = hashlib.blake2b(os.fsencode(self._at.here.state), digest_size=6).hexdigest()
        around = Path(_folder_in_memory() or tempfile.gettempdir())
        for left in around.glob(f"iamfa-{state}-*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = tempfile.TemporaryDirectory(prefix=f"iamfa-{state}-", dir=around, ignore_cleanup_errors=True)
        with folder, _written(png, Path(folder.name) / "qr.png") as place:
            yield place

    def _to_output(self, enrolment: Enrolment) -> None:
        """Write address or picture, and let whoever reads it see that this was all, so that it goes on at once."""
        console = self._at.here.console
        if self._output_closed:
            raise IamfaError("AWS deleted the device meanwhile, so that the seed is void", hint="run the same again")
        if self._showing.uri:
            console.write(enrolment.uri.reveal() + "\n")
            console.flush()
        elif enrolment.device is not None:
            console.write_bytes(enrolment.device.qr_png)
        if not sys.stdout.isatty():
            self._output_closed = True
            turn_away_output()

    @contextmanager
    def _in_yubikey(self, enrolment: Enrolment) -> Iterator[Ask]:
        device = enrolment.device
        assert device is not None
        self._key.add(device.serial, device.seed, touch=self._showing.touch)
        self._at.say(f"the YubiKey holds the device as `{device.serial}`")
        last: list[Secret] = []

        def ask(complaint: str | None) -> Secret:
            code = self._code_of_key(device.serial)
            if complaint is not None and code in last:
                raise IamfaError(f"the code of the YubiKey does not fit: {complaint}")
            last.append(code)
            return code

        try:
            yield ask
        finally:
            # It is enabled, or the seed is void.
            if enrolment.device is not None:
                with suppress(YubiKeyError):
                    self._key.remove(device.serial)

    def _code_of_key(self, serial: str) -> Secret:
        if self._showing.touch:
            self._at.say_beside_question("touch the YubiKey when it blinks")
        return self._key.code(serial)


class _YubiKeyCodes:
    """The codes of the account in the YubiKey that is called as the device's serial."""

    words = "the YubiKey"
    again = True
    here = True

    def __init__(self, code: Callable[[str], Secret]) -> None:
        self._code = code

    def code(self, question: Question) -> Secret:
        """The present one."""
        return self._code(question.serial)


def _draws() -> bool:
    """Whether the terminal knows block characters and colours."""
    try:
        "█▀▄".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    # A console of Windows takes escape sequences only where it was told to.
    return sys.platform != "win32" and os.environ.get("TERM") != "dumb"


def _drawing(code: QrCode) -> str:
    """What draws the QR code on a screen of its own, for each question anew."""
    # Black on white, said outright, so that the ground of the terminal does not matter; NO_COLOR or not.
    rows = "".join(f"\x1b[97;40m{row.reveal()}\x1b[0m\n" for row in code.lines())
    return f"{_CLEARED}{rows}Scan this with your app (add account, scan QR code).\n"


def _run(arguments: Sequence[str], given: Secret | None) -> tuple[int, str, str]:
    try:
        return run_with_input(arguments, given)
    except subprocess.TimeoutExpired as error:
        return 1, "", f"no answer within {error.timeout:g} s"


def _require_free(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise IamfaError(f"`{path}` is there already", hint="name another file: --png FILE")
    if not os.access(path.absolute().parent, os.W_OK | os.X_OK):
        raise IamfaError(f"no file can be written into `{path.absolute().parent}`", hint="name another: --png FILE")


@contextmanager
def _written(png: bytes, place: Path) -> Iterator[Path]:
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(png)
        yield place
    finally:
        place.unlink(missing_ok=True)


def _folder_in_memory() -> str | None:
    """None where the system has none, or not any more, after `su` for instance: the usual one for temporary files."""
    folder = os.environ.get(_PNG_FOLDER)
    return folder if folder and os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK) else None
