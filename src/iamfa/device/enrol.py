"""Adding a virtual device: created, written down, its code checked against the seed, enabled, and shown to be there.

AWS's pages: id_credentials_mfa_enable_virtual and …_enable_cliapi of the IAM User Guide, API_CreateVirtualMFADevice
and API_EnableMFADevice; that unassigned devices vanish when somebody enrols in the console is in id_credentials_mfa.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from iamfa.device.codes import CodeCheck, check_code, pair_ending, require_fit, typed
from iamfa.device.inventory import MOST_DEVICES, Inventory
from iamfa.device.journal import Journal
from iamfa.device.names import serial_of
from iamfa.device.orphan import Orphan, delete_orphan
from iamfa.device.own_user import OwnUser
from iamfa.device.problems import (
    CodesRefusedError,
    NameTakenError,
    NeedsMfaSessionError,
    NotKnownError,
    TooManyDevicesError,
    deletion_command,
)
from iamfa.device.rule import needs_session, refused_by_rule
from iamfa.errors import IamfaError
from iamfa.gateway.faults import AccessDeniedError, AwsError, CodeError, ConflictError, NotThereError, UnreachableError
from iamfa.gateway.ports import Devices, NewDevice
from iamfa.otp import provisioning_uri, step_of
from iamfa.secret import Secret


@dataclass(frozen=True, slots=True)
class Enabled:
    """The device is the user's now."""

    serial: str
    listed: bool | None
    """Whether AWS lists it: False where it does not yet, None where listing is denied or was not answered."""
    last_step: int
    """The newest step whose code was used; a session can be obtained with that of a later one."""
    resynced: bool = False
    """Whether the codes came late, so that AWS was told the time of the device once more."""
    answer_was_lost: bool = False
    """Whether AWS's answer did not come, and the list showed that the call was carried out."""


@dataclass(frozen=True, slots=True)
class MadeAnew:
    """AWS deleted the device meanwhile (somebody enrolled in the console), so it was created once more.

    It has another seed: what the user scanned is void, and he must scan again.
    """

    device: NewDevice


def require_room(inventory: Inventory, name: str, *, with_mfa: bool) -> str:
    """Refuse early what AWS would refuse; the result is the serial that the device will have.

    *with_mfa* is whether the credentials are a session with the code of a device. Raises `DeviceNameError`,
    `TooManyDevicesError`, `NameTakenError` for a name among the user's own devices, and `NeedsMfaSessionError`.
    """
    serial = serial_of(inventory.user, name)
    if not inventory.is_complete:
        return serial
    if any(each.serial == serial for each in inventory.devices):
        hint = f"choose another name, or replace it: `iamfa device replace {name}`"
        raise NameTakenError(f"you have a device `{name}` already", serial=serial, hint=hint)
    if len(inventory.devices) >= MOST_DEVICES:
        names = ", ".join(each.name for each in inventory.devices)
        message = f"{inventory.user} has {MOST_DEVICES} devices, and AWS allows no more: {names}"
        raise TooManyDevicesError(message, hint="remove one first: `iamfa device remove NAME`")
    if inventory.devices and not with_mfa:
        raise needs_session("add another device", inventory)
    return serial


class Enrolment:
    """One attempt to add a virtual device, step by step; each step may be tried again after it failed.

        with Enrolment(devices, user, "phone", journal=journal, now=now) as enrolment:
            device = enrolment.create()               # its QR code is shown: enrolment.uri, device.qr_png
            outcome = enrolment.enable(typed_code)    # Enabled, or MadeAnew: shown once more

    Whoever leaves it without having enabled the device, by an error or Ctrl-C too, has it deleted; `orphan` tells
    what became of it. *now* is AWS's time as well as it is known: where the clock of this machine is known to be off,
    it is corrected. *name* must have passed `require_room`.
    """

    def __init__(
        self,
        devices: Devices,
        user: OwnUser,
        name: str,
        *,
        journal: Journal,
        now: Callable[[], datetime],
        tags: dict[str, str] | None = None,
    ) -> None:
        self.user = user
        self.name = name
        self.serial = serial_of(user, name)
        self.device: NewDevice | None = None
        """What was created, with its seed; None before and after."""
        self.orphan: Orphan | None = None
        """What became of the device, where it was begun and not enabled."""
        self._devices = devices
        self._journal = journal
        self._now = now
        self._tags = tags
        self._made_anew = False

    def __enter__(self) -> Enrolment:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.device is not None:
            self.abandon()

    def use(self, devices: Devices) -> None:
        """Go on with other credentials: after `NeedsMfaSessionError` those of a session with a code."""
        self._devices = devices

    def create(self) -> NewDevice:
        """Create the device, and write it down before anything else.

        What an earlier attempt of one's own left under this name is deleted first. Raises `NameTakenError`,
        `TooManyDevicesError` for the account's quota, `NotKnownError` where the answer was lost, as `Journal` does,
        and `AwsError`.
        """
        # Before anything is created: whether it can be written down.
        self._journal.require_writable()
        try:
            self.device = self._create()
        except ConflictError as error:
            if error.code != "EntityAlreadyExists":
                hint = "let an administrator delete virtual devices that are assigned to nobody"
                raise TooManyDevicesError(error.message, hint=hint) from error
            self._clear_own_orphan(error)
            self.device = self._create()
        # INVARIANT: from here on, whatever happens, either the device is enabled, or its deletion is tried.
        try:
            self._journal.add(self.device.serial, self._now())
        except BaseException:
            self.abandon()
            raise
        return self.device

    def _create(self) -> NewDevice:
        self.orphan = Orphan(self.serial, "unknown")
        try:
            found = self._devices.create_virtual_mfa_device(self.name, tags=self._tags)
        except UnreachableError as error:
            command = deletion_command(self.serial)
            raise NotKnownError(
                f"{error.message}; whether `{self.serial}` was created is not known",
                hint=f"try again; if its name is taken then, an administrator frees it: {command}",
            ) from error
        except AwsError:
            self.orphan = None
            raise
        self.orphan = None
        return found

    def _clear_own_orphan(self, error: ConflictError) -> None:
        """Delete what has the name, where the own journal has it; otherwise say what can be done."""
        pending = self._journal.find(self.serial)
        if pending is None:
            raise NameTakenError(
                f"there is a device `{self.serial}` already: somebody else's, or what an interrupted attempt left",
                serial=self.serial,
                hint=f"choose another name; only an administrator can free this one: {deletion_command(self.serial)}",
            ) from error
        left = delete_orphan(self._devices, self._journal, self.serial)
        if left.end == "enabled":
            message = f"there is a device `{self.serial}` already, and it is enabled"
            raise NameTakenError(message, serial=self.serial, hint="choose another name") from error
        if left.end == "left":
            since = "" if pending.created is None else f" of {pending.created:%Y-%m-%d %H:%M} UTC"
            raise NameTakenError(
                f"an attempt{since} left `{self.serial}` behind, and it cannot be deleted: {left.denied or left.error}",
                serial=self.serial,
                hint=f"choose another name, or let an administrator free this one: {left.administrator_command}",
                denied=left.denied,
            ) from error

    @property
    def uri(self) -> Secret:
        """What the QR code says, an `otpauth` URI; it holds the seed."""
        return Secret(provisioning_uri(self._created.seed, self.name, self.user.account))

    def check(self, code: str | Secret) -> CodeCheck:
        """What a typed code is; AWS is not asked."""
        return check_code(self._created.seed, code, self._now())

    def enable(self, code: str | Secret, second: str | Secret | None = None) -> Enabled | MadeAnew:
        """Enable the device with a typed code; the pair that AWS asks for is computed from the seed.

        With *second* the two typed codes are sent as they are. Raises `WrongCodeError` for a code that does not fit,
        before AWS is asked; `NeedsMfaSessionError` (go on with `use`, and enable again); `CodesRefusedError`;
        `NotKnownError` where the answer was lost and the list does not help; `AwsError`.
        """
        seed = self._created.seed
        step = require_fit(self.check(code))
        if second is None:
            # The pair in the past, which AWS accepts whether or not it likes codes of the next step.
            step = max(step, step_of(self._now()))
            codes = pair_ending(seed, step)
        else:
            step = require_fit(_follows(self.check(second), step))
            codes = _digits(code), _digits(second)
        lost = False
        try:
            self._devices.enable_mfa_device(self.user.name, self.serial, *codes)
        except NotThereError:
            if self._made_anew:
                raise
            self._made_anew = True
            self.device = None
            return MadeAnew(self.create())
        except AwsError as error:
            # The answer may have been lost, to the SDK too, which tries again and is told of its own success then: the
            # seed was shown to nobody else, so that the device is assigned to nobody else.
            lost = error.code == "EntityAlreadyExists" or self._is_listed() is True
            if not lost:
                raise self._refusal(error) from error
        self.device = None
        self._journal.forget(self.serial)
        last = self._resync_late(seed, step)
        return Enabled(self.serial, self._is_listed(), last, last > step, lost)

    def _resync_late(self, seed: Secret, step: int) -> int:
        """Tell AWS the device's time where the codes came so late that it is enabled, but out of step.

        The result is the newest step whose code was used.
        """
        present = step_of(self._now())
        if present - step < _LATE_STEPS:
            return step
        try:
            self._devices.resync_mfa_device(self.user.name, self.serial, *pair_ending(seed, present))
        except AwsError:
            # It is enabled; whether it is out of step, the first session shows, and `iamfa device resync` mends it.
            return step
        return present

    def _refusal(self, error: AwsError) -> IamfaError:
        if isinstance(error, AccessDeniedError) and refused_by_rule(error):
            return NeedsMfaSessionError(
                f"{error.operation}: {self.user} has a device already, and AWS adds another one only in a session "
                "with its code",
                hint="obtain a session with the device that you have (`iamfa login`), and try again",
            )
        if error.code == "LimitExceeded":
            hint = "remove a device first: `iamfa device remove NAME`"
            return TooManyDevicesError(f"{self.user} has as many devices as AWS allows: {error.words}", hint=hint)
        if isinstance(error, CodeError):
            return CodesRefusedError(
                f"{error.message}; the codes fit the seed, so the clocks disagree",
                hint="set the clock of this machine by the network, and try again with the next code",
            )
        if isinstance(error, UnreachableError):
            return NotKnownError(
                f"{error.message}; whether `{self.serial}` was enabled is not known",
                hint="try again with the next code; `iamfa device list` shows what there is",
            )
        return error

    def _is_listed(self) -> bool | None:
        """Whether AWS lists the device for the user; None where it does not say."""
        try:
            return any(each.serial == self.serial for each in self._devices.list_mfa_devices(self.user.name))
        except AwsError:
            return None

    def abandon(self) -> Orphan:
        """Try to delete what was created and not enabled; `orphan` keeps what became of it. Raises no `AwsError`."""
        serial, self.device = self._created.serial, None
        self.orphan = delete_orphan(self._devices, self._journal, serial)
        return self.orphan

    @property
    def _created(self) -> NewDevice:
        if self.device is None:
            raise IamfaError("there is no device that was begun", hint="create it first")
        return self.device


_LATE_STEPS = 2
"""Codes that reach AWS later than in the step after theirs are late; how late AWS takes them for, it does not say."""


def _digits(code: str | Secret) -> str:
    found = typed(code)
    # INVARIANT: only codes that fit are sent, and these have digits.
    assert found is not None
    return found.reveal()


def _follows(check: CodeCheck, first: int) -> CodeCheck:
    """The check of a second code, which must be that of the step after the first one."""
    if check.step in (None, first + 1):
        return check
    return CodeCheck("not-next", check.step)
