"""Removing a device: taken away from its user, and, where it is virtual and the policies let him, deleted.

AWS's pages id_credentials_mfa_disable and API_DeactivateMFADevice of the IAM User Guide and API Reference. A virtual
device stays behind unassigned until somebody deletes it; a hardware token or a FIDO device is simply gone.
"""

from __future__ import annotations

import shlex
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from iamfa.device.defaults import Defaults
from iamfa.device.denied import Denied
from iamfa.device.inventory import Inventory, OwnDevice
from iamfa.device.journal import Journal
from iamfa.device.kept import NotKeptError
from iamfa.device.kinds import Serial
from iamfa.device.orphan import Orphan, delete_orphan
from iamfa.device.own_user import OwnUser
from iamfa.device.problems import LastDeviceError, NeedsMfaSessionError, NoSuchDeviceError, NotKnownError
from iamfa.device.rule import needs_session, refused_by_rule
from iamfa.gateway.faults import AccessDeniedError, AwsError, NotThereError, UnreachableError
from iamfa.gateway.ports import Devices


@dataclass(frozen=True, slots=True)
class Retired:
    """The device is the user's no more."""

    serial: str
    end: Literal["deleted", "unassigned"]
    """`unassigned`: a virtual device that could not be deleted, so that its name is taken; AWS deletes it when
    somebody of the account enrols a virtual device in the console."""
    orphan: Orphan | None = None
    """Why it could not be deleted, with the administrator's command."""
    was_default: bool = False
    """Whether it was remembered as the default, which is forgotten now."""

    @property
    def denied(self) -> Denied | None:
        """Which policy forbids its deletion, where one does."""
        return self.orphan.denied if self.orphan is not None else None

    def __str__(self) -> str:
        if self.end == "deleted":
            return f"`{self.serial}` is removed"
        assert self.orphan is not None
        return (
            f"`{self.serial}` is yours no more; it is not deleted, so that its name stays taken: "
            f"{self.orphan.denied or self.orphan.error}"
        )


def one_of(inventory: Inventory, text: str) -> OwnDevice:
    """The device that a person means by a name or a serial.

    Where listing is denied, a serial is taken at its word. Raises `NoSuchDeviceError` for none and for several.
    """
    found = inventory.named(text)
    if len(found) == 1:
        return found[0]
    if found:
        serials = ", ".join(each.serial for each in found)
        raise NoSuchDeviceError(f"{len(found)} devices have the name `{text}`", hint=f"give the serial: {serials}")
    serial = Serial.read(text)
    if not inventory.is_complete and serial.kind != "unknown":
        return OwnDevice(text, serial.kind, serial.name, None, is_default=False, known_from="given")
    if inventory.denied is not None:
        hint = f"give its serial number; {inventory.denied}"
        raise NoSuchDeviceError(f"which device `{text}` is, is not known here", hint=hint)
    names = ", ".join(f"`{each.name}`" for each in inventory.devices) or "there is none"
    raise NoSuchDeviceError(f"you have no device `{text}`", hint=f"your devices: {names}")


def require_another(inventory: Inventory, device: OwnDevice) -> None:
    """Raise `LastDeviceError` where nothing would be left to obtain a session with, or nothing at all.

    Where listing is denied nobody knows, and that is the same error.
    """
    if inventory.denied is not None:
        message = f"whether you have another device than `{device.name}` is not known: {inventory.denied}"
        raise LastDeviceError(message, hint="say that it may be the last one, if you are sure: `--last`")
    left = [each for each in inventory.devices if each.serial != device.serial]
    if not left:
        message = f"`{device.name}` is your only device: without it, what your policies let you do with MFA is shut"
        raise LastDeviceError(message, hint=f"replace it: `iamfa device replace {device.name}`; or say `--last`")
    if device.usable_for_sts and not any(each.usable_for_sts for each in left):
        message = (
            f"`{device.name}` is your last device that gives codes: no session could be obtained without it, as FIDO "
            "devices give none"
        )
        raise LastDeviceError(message, hint="enrol another virtual device first, `iamfa device add`; or say `--last`")


def retire(
    devices: Devices,
    inventory: Inventory,
    device: OwnDevice,
    *,
    with_mfa: bool,
    journal: Journal,
    defaults: Defaults,
    now: datetime,
    last_too: bool = False,
) -> Retired:
    """Take a device away from the user, and delete it where it is virtual.

    *with_mfa* is whether the credentials are a session with the code of a device, which AWS demands; *last_too* is
    whether the user wants to lose his last device. What stays behind is written into the journal, so that the name can
    be used again. Raises `LastDeviceError`, `NeedsMfaSessionError`, `NotKnownError` where the answer was lost and the
    list does not help, `NoSuchDeviceError`, `AwsError`, and as `Journal` and `Defaults` do.
    """
    if not last_too:
        require_another(inventory, device)
    if not with_mfa:
        raise _needs_session(inventory, device)
    journal.require_writable()
    _deactivate(devices, inventory.user, device)
    was_default = _forget_default(defaults, inventory.user, device.serial)
    if device.kind != "virtual":
        return Retired(device.serial, "deleted", was_default=was_default)
    journal.add(device.serial, now)
    orphan = delete_orphan(devices, journal, device.serial)
    if orphan.end in ("deleted", "gone"):
        return Retired(device.serial, "deleted", orphan, was_default)
    return Retired(device.serial, "unassigned", orphan, was_default)


def _forget_default(defaults: Defaults, user: OwnUser, serial: str) -> bool:
    """Whether it was the default; what cannot be written down now is dropped when devices are listed next."""
    if defaults.get(user) != serial:
        return False
    with suppress(NotKeptError):
        defaults.forget(user, serial)
    return True


def _deactivate(devices: Devices, user: OwnUser, device: OwnDevice) -> None:
    try:
        devices.deactivate_mfa_device(user.name, device.serial)
    except (UnreachableError, NotThereError) as error:
        # The answer may have been lost, to the SDK too, which tries again and finds the device gone.
        if (there := _is_listed(devices, user, device.serial)) is False:
            return
        if isinstance(error, NotThereError):
            message = f"AWS knows no device `{device.serial}` of {user}"
            raise NoSuchDeviceError(message, hint="`iamfa device list` shows what there is") from error
        known = "it is still there" if there else "whether it was carried out is not known"
        raise NotKnownError(f"{error.message}; {known}", hint="try again; it does no harm") from error
    except AccessDeniedError as error:
        if refused_by_rule(error):
            message = f"{error.operation}: AWS removes a device only in a session with the code of one of the user's"
            raise NeedsMfaSessionError(message, hint=_LOST.format(command=deactivation(user, device))) from error
        raise


def _needs_session(inventory: Inventory, device: OwnDevice) -> NeedsMfaSessionError:
    error = needs_session("remove one", inventory)
    hint = f"{error.hint}; {_IF_LOST.format(command=deactivation(inventory.user, device))}"
    return NeedsMfaSessionError(error.message, hint=hint, serials=error.serials)


def deactivation(user: OwnUser, device: OwnDevice) -> str:
    """The command with which an administrator takes a lost device away from a user."""
    name, serial = shlex.quote(user.name), shlex.quote(device.serial)
    return f"aws iam deactivate-mfa-device --user-name {name} --serial-number {serial}"


_IF_LOST = "if all that give codes are lost, let an administrator take it away: {command}"
_LOST = f"obtain one: `iamfa login`; {_IF_LOST}"


def _is_listed(devices: Devices, user: OwnUser, serial: str) -> bool | None:
    try:
        return any(each.serial == serial for each in devices.list_mfa_devices(user.name))
    except AwsError:
        return None
