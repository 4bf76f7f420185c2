"""A user's own devices: as AWS lists them, or, where listing is denied, as far as they are known here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from iamfa.device.defaults import Defaults
from iamfa.device.denied import Denied, denied_of
from iamfa.device.journal import Journal
from iamfa.device.kept import NotKeptError
from iamfa.device.kinds import DeviceKind, Serial
from iamfa.device.own_user import OwnUser
from iamfa.gateway.faults import AccessDeniedError
from iamfa.gateway.ports import ListedDevice

MOST_DEVICES: Final = 8
"""Devices that a user may have, of all kinds together (page id_credentials_mfa of the IAM User Guide)."""

KnownFrom = Literal["list", "profile", "default", "journal", "given"]


class ListsDevices(Protocol):
    """The one call of `iamfa.gateway.ports.Devices` that is needed here."""

    def list_mfa_devices(self, user: str) -> Sequence[ListedDevice]:
        """All devices of a user, from every page."""


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """A device of the user."""

    serial: str
    kind: DeviceKind
    name: str
    """What a person calls it; two devices may share it, where one has a path. See `Serial.name`."""
    since: datetime | None
    """When it was enabled; None where listing is denied."""
    is_default: bool
    """Whether it is remembered as the one that is meant where none is named."""
    known_from: KnownFrom
    """`list` is AWS's word, `given` the user's; all else was written down here, and the device may be gone or never
    have been enabled."""

    @property
    def usable_for_sts(self) -> bool:
        """Whether a session can be obtained with a code of it."""
        return self.kind in ("virtual", "hardware")


@dataclass(frozen=True, slots=True)
class Inventory:
    """A user's devices, and how they are known."""

    user: OwnUser
    devices: tuple[OwnDevice, ...]
    denied: Denied | None = None
    """Why AWS did not list them; None where it did, so that there are no others."""
    dropped_default: str | None = None
    """The serial of a default that was remembered and is no device of the user any more; it is forgotten now."""

    @property
    def is_complete(self) -> bool:
        """Whether AWS listed them: only then do no devices mean that there are none."""
        return self.denied is None

    @property
    def usable(self) -> tuple[OwnDevice, ...]:
        """Those with which a session can be obtained."""
        return tuple(each for each in self.devices if each.usable_for_sts)

    @property
    def default(self) -> OwnDevice | None:
        """The remembered default."""
        return next((each for each in self.devices if each.is_default), None)

    @property
    def meant(self) -> OwnDevice | None:
        """The device for a session where none is named: the default, or the only usable one; None: ask.

        What only the journal knows was perhaps never enabled, and is meant by nobody.
        """
        if self.default is not None and self.default.usable_for_sts:
            return self.default
        likely = [each for each in self.usable if each.known_from != "journal"]
        return likely[0] if len(likely) == 1 else None

    def named(self, text: str) -> tuple[OwnDevice, ...]:
        """The devices that a person may mean by a text: the one with this serial, or all of this name."""
        by_serial = tuple(each for each in self.devices if each.serial == text)
        return by_serial or tuple(each for each in self.devices if each.name == text)


def inventory(
    devices: ListsDevices,
    user: OwnUser,
    *,
    defaults: Defaults | None = None,
    journal: Journal | None = None,
    profile_serial: str | None = None,
) -> Inventory:
    """The devices of *user*; *profile_serial* is the `mfa_serial` of his profile.

    Where listing is denied, those that are known from the profile, the remembered default and the journal, with the
    reason in `denied`. A remembered default that AWS does not list is forgotten. Raises `AwsError` for everything but
    a denial, and as `Defaults` and `Journal` do.
    """
    remembered = defaults.get(user) if defaults is not None else None
    try:
        listed = devices.list_mfa_devices(user.name)
    except AccessDeniedError as error:
        pending = [each.serial for each in journal.pending()] if journal is not None else []
        known = _known(user, remembered, profile_serial, pending)
        return Inventory(user, known, denied_of(error, user.arn))
    found = tuple(_device(each.serial, each.enabled, remembered, "list") for each in listed)
    gone = remembered if remembered not in {each.serial for each in found} else None
    if gone is not None and defaults is not None:
        # What cannot be written down is found out again the next time.
        with suppress(NotKeptError):
            defaults.forget(user, gone)
    return Inventory(user, found, None, gone)


def _known(
    user: OwnUser, remembered: str | None, profile_serial: str | None, pending: Iterable[str]
) -> tuple[OwnDevice, ...]:
    """What is written down here, each device once; serials of another account are nobody's here."""
    sources: list[tuple[str | None, KnownFrom]] = [(profile_serial, "profile"), (remembered, "default")]
    sources += [(serial, "journal") for serial in pending]
    found: dict[str, OwnDevice] = {}
    for serial, source in sources:
        if serial is not None and serial not in found and _may_be_of(user, serial):
            found[serial] = _device(serial, None, remembered, source)
    return tuple(found.values())


def _may_be_of(user: OwnUser, serial: str) -> bool:
    read = Serial.read(serial)
    return read.kind == "hardware" or (read.partition, read.account) == (user.partition, user.account)


def _device(serial: str, since: datetime | None, remembered: str | None, known_from: KnownFrom) -> OwnDevice:
    read = Serial.read(serial)
    return OwnDevice(serial, read.kind, read.name, since, serial == remembered, known_from)
