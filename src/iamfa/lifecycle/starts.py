"""How a walk begins: who the user is, and which devices are there."""

from __future__ import annotations

from collections.abc import Iterable

from iamfa.lifecycle import moves
from iamfa.lifecycle.moves import Person
from iamfa.lifecycle.names import READABLE
from iamfa.lifecycle.result import DeviceKind
from iamfa.lifecycle.state import Actor, Device
from iamfa.lifecycle.world import World

HARDWARE_SERIAL = "GAHT12345678"
"""A serial number as hardware tokens have it."""

_LOST_SERIAL = "GAHT87654321"


def the_user(world: World, names: Iterable[str] = ()) -> Person:
    """The subject himself."""
    arn = world.subject.user_arn
    return Person(Actor.USER, Actor.USER, arn, Actor.USER, arn, tuple(names))


def free_name(world: World) -> str:
    """A readable name that is not the user's own."""
    names = world.names()
    return names.free[0] if names is not None else next(n for n in READABLE if n != world.subject.name)


def other_name(world: World, beginning: str = "first-phone") -> str:
    """A name that is none of the representatives, for a device that is there beforehand."""
    names = world.names()
    taken = (*names.all, *READABLE) if names is not None else (*READABLE, world.subject.name)
    name, number = beginning, 1
    while name in taken:
        number += 1
        name = f"{beginning}-{number}"
    return name


def enabled_device(world: World, kind: DeviceKind, *, in_sync: bool = True, name: str | None = None) -> Device:
    """A device of this kind that is enabled for the user, its seed with him."""
    if kind == "fido":
        serial = moves.fido_serial(world.subject, world.subject.user_arn, Actor.USER)
        return Device(serial, "fido", Actor.USER, Actor.USER)
    if kind == "hardware":
        return Device(HARDWARE_SERIAL, "hardware", Actor.USER, Actor.USER, in_sync)
    if name is None:
        name = world.subject.name if kind == "virtual-own-name" else free_name(world)
    return Device(world.subject.device_arn(name), "virtual", Actor.USER, Actor.USER, in_sync)


def spare_token() -> Device:
    """A hardware token that the user holds and that is not enabled yet."""
    return Device(HARDWARE_SERIAL, "hardware", seed_with=Actor.USER)


def lost_device(world: World, kind: DeviceKind) -> Device:
    """A device of this kind that is enabled for the user and that nobody has at hand.

    A virtual one has the name under which the next one is to be created only where that is the user's own.
    """
    if kind == "fido":
        serial = moves.fido_serial(world.subject, world.subject.user_arn, Actor.USER) + "-lost"
        return Device(serial, "fido", Actor.USER)
    if kind == "hardware":
        return Device(_LOST_SERIAL, "hardware", Actor.USER)
    name = world.subject.name if kind == "virtual-own-name" else other_name(world, "lost-phone")
    return Device(world.subject.device_arn(name), "virtual", Actor.USER)
