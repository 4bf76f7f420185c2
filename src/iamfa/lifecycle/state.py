"""What the machine remembers between two calls: devices, who has their seeds, and the credentials at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal


class Actor(Enum):
    """A person. The thief acts as the user, and owns what was leaked to him and nothing else."""

    USER = "user"
    NEIGHBOUR = "neighbour"
    THIEF = "thief"

    __hash__ = object.__hash__
    """Each is itself alone; states are looked up so often that the hash of the name would be felt."""


Hardware = Literal["virtual", "hardware", "fido"]


@dataclass(frozen=True, slots=True)
class Device:
    """One MFA device of the account."""

    serial: str
    """The ARN of a virtual or FIDO device; the plain serial number of a hardware token."""
    kind: Hardware
    owner: Actor | None = None
    """The IAM user for whom it is enabled; None: unassigned, or (FIDO) registered only halfway."""
    seed_with: Actor | None = None
    """Who can produce its codes; None: nobody, the seed was shown once and is lost."""
    in_sync: bool = True
    """Whether AWS accepts its codes."""

    @property
    def gives_codes(self) -> bool:
        """Whether it shows codes that can be typed, as FIDO devices do not."""
        return self.kind != "fido"

    def of(self, owner: Actor | None) -> Device:
        """The same device, enabled for this user, or for nobody."""
        return Device(self.serial, self.kind, owner, self.seed_with, self.in_sync)


@dataclass(frozen=True, slots=True)
class State:
    """One moment. What other people do meanwhile is no part of it."""

    devices: frozenset[Device] = frozenset()
    credentials: frozenset[str] = frozenset()
    """Kinds of credential in the hands of whoever acts."""
    password: bool = False
    """Whether whoever acts can sign in to the console."""
    done: frozenset[str] = frozenset()
    """Actions that have gone through and change nothing that is told here, e.g. `iam:ListMFADevices`."""
    of_another: frozenset[str] = frozenset()
    """Kinds of credential of a second user that are in the same hands."""

    def owned_by(self, owner: Actor) -> Iterator[Device]:
        """The devices that are enabled for this user, in the order of their serials."""
        return self.which(lambda device: device.owner is owner)

    def which(self, fits: Callable[[Device], bool]) -> Iterator[Device]:
        """The devices that fit, in the order of their serials."""
        found = [device for device in self.devices if fits(device)]
        if len(found) > 1:
            found.sort(key=lambda device: device.serial)
        return iter(found)

    def named(self, serial: str) -> Device | None:
        """The device with this serial."""
        return next((device for device in self.devices if device.serial == serial), None)

    def with_device(self, device: Device) -> State:
        """The state with this device, in the place of the one with the same serial."""
        return self._with_devices([*(other for other in self.devices if other.serial != device.serial), device])

    def without_device(self, serial: str) -> State:
        """The state without the device of this serial."""
        return self._with_devices(device for device in self.devices if device.serial != serial)

    def _with_devices(self, devices: Iterable[Device]) -> State:
        return State(frozenset(devices), self.credentials, self.password, self.done, self.of_another)

    def with_credential(self, kind: str, *, of_another: bool = False) -> State:
        """The state with one more kind of credential at hand, perhaps the second user's."""
        if of_another:
            return replace(self, of_another=self.of_another | {kind})
        return replace(self, credentials=self.credentials | {kind})

    def with_done(self, action: str) -> State:
        """The state after a call that changes nothing else."""
        return replace(self, done=self.done | {action})


def state_of(devices: Iterable[Device] = (), credentials: Iterable[str] = (), *, password: bool = False) -> State:
    """A state from plain lists."""
    return State(frozenset(devices), frozenset(credentials), password)
