"""Adding a device at the terminal: the QR code is shown, the code of the app is asked for, the device is enabled."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from iamfa.cli.devices import Desk
from iamfa.cli.sessions import run_with_input
from iamfa.device.codes import WrongCodeError
from iamfa.device.enrol import Enabled, Enrolment, MadeAnew, require_room
from iamfa.device.inventory import Inventory
from iamfa.device.names import free_name
from iamfa.device.problems import NameTakenError, NeedsMfaSessionError
from iamfa.device.qr import QrCode
from iamfa.device.yubikey import YubiKey
from iamfa.errors import IamfaError
from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import NewDevice
from iamfa.otp import code_of
from iamfa.secret import Secret

MOST_TRIES = 5
"""So many wrong codes end it; each was only held against the seed, and none was sent."""
_PNG_FOLDER = "XDG_RUNTIME_DIR"
"""Kept in memory by the system (XDG Base Directory Specification), so that the picture is on no disk."""


@dataclass(frozen=True, slots=True)
class Showing:
    """How the seed gets into the device."""

    uri: bool = False
    """As the `otpauth` address on standard output."""
    png: str | None = None
    """As a picture in this file; `-` is standard output."""
    yubikey: bool = False
    yubikey_number: str | None = None
    touch: bool = False


def add_device(at: Desk, known: Inventory, name: str, showing: Showing, *, iam: Aws, with_mfa: bool) -> Enabled:
    """Add a virtual device; whatever ends it before it is enabled, what was begun is deleted or told of.

    Raises what `Enrolment` raises, and `IamfaError` where nobody types a code.
    """
    require_room(known, name, with_mfa=with_mfa)
    _require_place(at, showing)
    enrolment = Enrolment(iam, at.user, name, journal=at.journal, now=at.now)
    try:
        with _alone(at), enrolment:
            at.means.watcher.explain(
                f"aws iam create-virtual-mfa-device --virtual-mfa-device-name {name} --outfile qr.png "
                f"--bootstrap-method QRCodePNG --profile {at.wanted.source}"
            )
            device = enrolment.create()
            if iam.answered_at is not None:
                at.look_at_clock(iam)
            return _enabled(at, enrolment, device, showing)
    finally:
        _tell_of_orphan(at, enrolment)


def add_under_free_name(at: Desk, known: Inventory, name: str, add: Callable[[str], Enabled]) -> tuple[str, Enabled]:
    """Add a device, and where its name is taken by what only an administrator can delete, one of another name."""
    taken: set[str] = {each.name for each in known.devices}
    chosen = name
    while True:
        try:
            return chosen, add(chosen)
        except NameTakenError as error:
            taken.add(chosen)
            other = free_name(name, at.user, taken)
            if at.terminal is None:
                raise
            at.say(f"{error.message}; {error.hint}", always=True)
            if not at.agrees(f"Go on with the name {other}?"):
                raise
            chosen = other


def _enabled(at: Desk, enrolment: Enrolment, device: NewDevice, showing: Showing) -> Enabled:
    while True:
        with _shown(at, enrolment, device, showing) as source:
            outcome = _with_codes(at, enrolment, source)
        if isinstance(outcome, Enabled):
            for step in (outcome.last_step - 1, outcome.last_step):
                at.remember_used(outcome.serial, code_of(device.seed, step))
            return outcome
        at.say(
            "AWS deleted the device meanwhile, since somebody enrolled in the console, and it was created anew: "
            "delete the entry in your app, and scan once more",
            always=True,
        )
        device = outcome.device


def _with_codes(at: Desk, enrolment: Enrolment, source: Callable[[str | None], Secret]) -> Enabled | MadeAnew:
    complaint: str | None = None
    for left in reversed(range(MOST_TRIES)):
        code = source(complaint)
        try:
            at.means.watcher.explain(
                f"aws iam enable-mfa-device --user-name {at.user.name} --serial-number {enrolment.serial} "
                "--authentication-code1 CODE --authentication-code2 CODE"
            )
            try:
                return enrolment.enable(code)
            except NeedsMfaSessionError as error:
                enrolment.use(at.with_session(error.message))
                return enrolment.enable(code)
        except WrongCodeError as error:
            if not left:
                raise
            complaint = f"{error.message}; {error.hint}"
    raise IamfaError("no code was accepted")


@contextmanager
def _shown(
    at: Desk, enrolment: Enrolment, device: NewDevice, showing: Showing
) -> Iterator[Callable[[str | None], Secret]]:
    """Let the seed get into the device, and give what asks for its codes; what was shown goes at the end."""
    if showing.yubikey:
        yield _in_yubikey(at, device, showing)
        return

    def ask(complaint: str | None) -> Secret:
        return Secret(at.ask_code(f"The code that the app shows for {enrolment.name}: ", complaint))

    if showing.uri:
        at.here.console.write(enrolment.uri.reveal() + "\n")
        at.here.console.flush()
        yield ask
        return
    if showing.png == "-":
        at.here.console.write_bytes(device.qr_png)
        yield ask
        return
    code = QrCode.of(enrolment.uri)
    if showing.png is None and at.terminal is not None and code.fits(*at.terminal.size):
        # Black on white, said outright, so that the ground of the terminal does not matter.
        for row in code.lines():
            at.terminal.write(f"\x1b[97;40m{row.reveal()}\x1b[0m\n")
        at.terminal.write("Scan this with your app (add account, scan QR code).\n")
        yield ask
        return
    with _picture(device.qr_png, showing.png) as path:
        why = "" if showing.png is not None else f"the QR code needs {code.width} columns and {code.height + 1} lines; "
        at.say(f"{why}open this picture and scan it; it is deleted when this ends: {path}", always=True)
        yield ask


@contextmanager
def _picture(png: bytes, path: str | None) -> Iterator[Path]:
    """The picture of the QR code, for the time that it is needed; it holds the seed, so only its owner may read it."""
    folder = None if path is not None else tempfile.mkdtemp(prefix="iamfa-", dir=os.environ.get(_PNG_FOLDER) or None)
    place = Path(path) if path is not None else Path(str(folder)) / "qr.png"
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(png)
        try:
            yield place
        finally:
            place.unlink(missing_ok=True)
    finally:
        if folder is not None:
            os.rmdir(folder)


def _in_yubikey(at: Desk, device: NewDevice, showing: Showing) -> Callable[[str | None], Secret]:
    key = YubiKey(run_with_input, number=showing.yubikey_number)
    at.means.watcher.explain(f"ykman oath accounts add {device.serial}")
    key.add(device.serial, device.seed, touch=showing.touch)
    at.say(f"the YubiKey holds the device as `{device.serial}`")

    def code(complaint: str | None) -> Secret:
        if complaint is not None:
            key.remove(device.serial)
            raise IamfaError(f"the code of the YubiKey does not fit: {complaint}")
        return key.code(device.serial)

    return code


def _require_place(at: Desk, showing: Showing) -> None:
    """Before anything is created: that a code can be typed, and a picture written."""
    if not showing.yubikey:
        at.require_terminal("to type the code of the new device on")
    if showing.png not in (None, "-") and Path(str(showing.png)).exists():
        raise IamfaError(f"`{showing.png}` is there already", hint="name another file: --png FILE")


@contextmanager
def _alone(at: Desk) -> Iterator[None]:
    """Two at once would take each other's device for what an interrupted attempt left."""
    try:
        lock = FileLock(at.here.state / "enrolling.lock", timeout=0, mode=0o600)
        lock.acquire()
    except Timeout as error:
        raise IamfaError("another `iamfa device add` of yours is running", hint="finish it first") from error
    try:
        yield
    finally:
        lock.release()


def _tell_of_orphan(at: Desk, enrolment: Enrolment) -> None:
    orphan = enrolment.orphan
    if orphan is None:
        return
    at.say(str(orphan), always=orphan.end in ("left", "unknown"))
    if orphan.end in ("left", "unknown"):
        at.say(f"an administrator frees the name with: {orphan.administrator_command}", always=True)
