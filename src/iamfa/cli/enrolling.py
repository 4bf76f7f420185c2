"""Adding a device at the terminal: the seed gets into it, its code is asked for, it is enabled."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from iamfa.cli.devices import Desk, ExplainedRefusalError
from iamfa.cli.seeds import Ask, Seeds
from iamfa.device.codes import WrongCodeError
from iamfa.device.enrol import Enabled, Enrolment, MadeAnew, require_room
from iamfa.device.inventory import Inventory
from iamfa.device.names import free_name
from iamfa.device.problems import NameTakenError, NeedsMfaSessionError
from iamfa.errors import IamfaError
from iamfa.gateway.aws import Aws
from iamfa.gateway.faults import AccessDeniedError
from iamfa.otp import code_of

MOST_TRIES = 5
"""So many wrong codes end it; each was only held against the seed, and none was sent."""

_TOO_LATE = "the session took so long that this code is out of date: type the one that the app shows now"
_MADE_ANEW = (
    "AWS deleted the device meanwhile, since somebody enrolled in the console, and it was created anew: delete the "
    "entry in your app, and scan once more"
)


def add_device(at: Desk, known: Inventory, name: str, seeds: Seeds, iam: Callable[[], Aws]) -> tuple[str, Enabled]:
    """Add a virtual device, and say under which name: where that is taken or refused, another one may be agreed to.

    *iam* gives what the calls are made with; it is asked when the name was looked at, as a code may be asked for then.
    Whatever ends it before the device is enabled, what was begun is deleted or told of. Raises what `Enrolment` and
    `require_room` raise, `ExplainedRefusalError`, and `IamfaError` where nobody types a code.
    """
    taken = {each.name for each in known.devices}
    at.journal.require_writable()
    with _alone(at), _ended_in_order():
        while True:
            try:
                seeds.require_way(require_room(known, name, with_mfa=True))
                return name, _Addition(at, name, seeds, iam()).run()
            except NameTakenError as error:
                taken.add(name)
                name = _other_name(at, error, free_name(name, at.user, taken))
            except ExplainedRefusalError as error:
                # An outdated policy allows one name and no other.
                if error.works is None or error.works in taken:
                    raise
                name = _other_name(at, error, error.works)


def _other_name(at: Desk, error: IamfaError, other: str) -> str:
    """Another name, if it is agreed to; the error where nobody can be asked."""
    if at.terminal is None:
        raise error
    at.say_beside_question(f"{error.message}; {error.hint}")
    if not at.agrees(f"Go on with the name {other}?"):
        raise IamfaError("nothing was added", hint=error.hint) from error
    return other


class _Addition:
    """One attempt under one name."""

    def __init__(self, at: Desk, name: str, seeds: Seeds, iam: Aws) -> None:
        self._at = at
        self._seeds = seeds
        self._iam = iam
        self._enrolment = Enrolment(iam, at.user, name, journal=at.journal, now=at.now)
        self._asked_for_session = False

    def run(self) -> Enabled:
        """Create, show, ask, enable."""
        at, enrolment = self._at, self._enrolment
        self._explain()
        try:
            with enrolment:
                enrolment.create()
                at.look_at_clock(self._iam)
                return self._enabled()
        except AccessDeniedError as error:
            raise at.explained(error, self._iam, enrolment.name) from error
        finally:
            self._tell_of_orphan()

    def _explain(self) -> None:
        """Both calls at once: what is written while the QR code is shown goes with it."""
        at, serial = self._at, self._enrolment.serial
        at.explain(
            "create-virtual-mfa-device", "--virtual-mfa-device-name", self._enrolment.name,
            "--outfile", "qr.png", "--bootstrap-method", "QRCodePNG", iam=self._iam,
        )  # fmt: skip
        self._seeds.explain(serial)
        at.explain(
            "enable-mfa-device", "--user-name", at.user.name, "--serial-number", serial,
            "--authentication-code1", "CODE", "--authentication-code2", "CODE", iam=self._iam,
        )  # fmt: skip

    def _enabled(self) -> Enabled:
        at, enrolment = self._at, self._enrolment
        while True:
            # Read anew: the device may have been created anew.
            device = enrolment.device
            assert device is not None
            with self._seeds.shown(enrolment) as ask:
                outcome = self._with_codes(ask)
            if isinstance(outcome, Enabled):
                used = (code_of(device.seed, step) for step in (outcome.last_step - 1, outcome.last_step))
                at.remember_used(outcome.serial, *used)
                return outcome
            at.say_beside_question(_MADE_ANEW)

    def _with_codes(self, ask: Ask) -> Enabled | MadeAnew:
        complaint: str | None = None
        tries = 0
        while True:
            code = ask(complaint)
            try:
                try:
                    return self._enrolment.enable(code)
                except NeedsMfaSessionError as error:
                    self._iam = self._at.with_session(error.message)
                    self._asked_for_session = True
                    self._enrolment.use(self._iam)
                    return self._enrolment.enable(code)
            except WrongCodeError as error:
                tries += 1
                if tries == MOST_TRIES:
                    raise
                late = self._asked_for_session and error.check.fit == "clock-off"
                complaint = _TOO_LATE if late else f"{error.message}; {error.hint}"

    def _tell_of_orphan(self) -> None:
        orphan = self._enrolment.orphan
        if orphan is None:
            return
        # Where the terminal was closed nobody reads it, and the journal has it.
        with suppress(OSError):
            self._at.say(str(orphan), always=orphan.end not in ("deleted", "gone"))
            if orphan.end in ("left", "unknown"):
                self._at.say_command("an administrator frees the name with", orphan.administrator_command, always=True)


@contextmanager
def _alone(at: Desk) -> Iterator[None]:
    """Two at once would take each other's device for what an interrupted attempt left."""
    try:
        lock = FileLock(at.here.state / "enrolling.lock", timeout=0, mode=0o600)
        lock.acquire()
    except Timeout as error:
        raise IamfaError(
            "you are adding another device at this moment, in another window perhaps", hint="finish that one first"
        ) from error
    try:
        yield
    finally:
        lock.release()


_ENDINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Windows has no SIGHUP, which tells that the terminal is gone."""


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Whoever closes the window, or ends the process by a signal, leaves no device behind either, as after Ctrl-C."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = {each: signal.getsignal(each) for each in _ENDINGS if signal.getsignal(each) is signal.SIG_DFL}
    for each in before:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
