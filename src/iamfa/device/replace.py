"""A new device for an old one: the new one is added and proved first, so that at no moment there is none."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from iamfa.device.defaults import Defaults
from iamfa.device.enrol import Enabled, require_room
from iamfa.device.inventory import MOST_DEVICES, Inventory, OwnDevice
from iamfa.device.journal import Journal
from iamfa.device.names import free_name
from iamfa.device.problems import NeedsMfaSessionError, TooManyDevicesError
from iamfa.device.retire import Retired, deactivation, retire
from iamfa.gateway.ports import Devices

Prove = Callable[[str], Devices]
"""Obtains a session with a code of the device with this serial, and gives what can be called in it."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is to be done: add a device `name`, prove it, remove `old`. It is begun with `plan_replacement`."""

    inventory: Inventory
    old: OwnDevice
    name: str
    """Of the new device; the old one's own name is taken as long as the old one is there."""

    def finish(
        self, enabled: Enabled, prove: Prove, *, journal: Journal, defaults: Defaults, now: Callable[[], datetime]
    ) -> Retired:
        """Prove the new device, and remove the old one; call it when the new one is enabled (`Enrolment.enable`).

        Interrupted or refused at any point both devices are the user's, and it may be called again. Where the old one
        was the default, the new one is now. Raises what *prove* and `retire` raise.
        """
        devices = prove(enabled.serial)
        retired = retire(
            devices,
            self.inventory,
            self.old,
            with_mfa=True,
            journal=journal,
            defaults=defaults,
            now=now(),
            last_too=True,  # the new one is there, and gave a code
        )
        if retired.was_default:
            defaults.set(self.inventory.user, enabled.serial)
        return retired


def plan_replacement(
    inventory: Inventory, old: OwnDevice, name: str | None = None, *, with_mfa: bool, taken: Collection[str] = ()
) -> Replacement:
    """Look whether a device can be replaced; without a *name* the new one gets one like the old one's.

    *taken* are further names that are known to be taken. Raises `NeedsMfaSessionError` (with the administrator's
    command for the case that the old one is lost and there is no other), `TooManyDevicesError` for eight devices,
    since then none can be added before one goes, and as `require_room` does.
    """
    if not with_mfa:
        raise needs_other_session(inventory, old)
    if inventory.is_complete and len(inventory.devices) >= MOST_DEVICES:
        raise TooManyDevicesError(
            f"{inventory.user} has {MOST_DEVICES} devices, so that no new one can be added before one is removed",
            hint=f"remove one that you can do without, or the old one itself: `iamfa device remove {old.name}`",
        )
    base = old.name if old.kind == "virtual" else inventory.user.name
    chosen = name or free_name(base, inventory.user, {*taken, *(each.name for each in inventory.devices)})
    require_room(inventory, chosen, with_mfa=True)
    return Replacement(inventory, old, chosen)


def needs_other_session(inventory: Inventory, old: OwnDevice, *, lost: bool = False) -> NeedsMfaSessionError:
    """Which session is needed to replace a device: with its code, or, where it is *lost*, with that of another."""
    usable = [each for each in inventory.usable if not (lost and each.serial == old.serial)]
    command = deactivation(inventory.user, old)
    message = f"AWS adds and removes devices of {inventory.user} only in a session with the code of one"
    if not usable:
        return NeedsMfaSessionError(
            f"{message}, and there is no other than `{old.name}` that gives codes",
            hint=f"let an administrator take it away, and then add a new one: {command}; `iamfa device add NAME`",
        )
    names = ", ".join(f"`{each.name}`" for each in usable)
    return NeedsMfaSessionError(
        message,
        hint=f"obtain one with {names}: `iamfa login`; if they are lost, let an administrator take it away: {command}",
        serials=tuple(each.serial for each in usable),
    )
