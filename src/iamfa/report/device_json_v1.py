"""A user's devices as JSON, version 1. See docs/formats.md."""

from __future__ import annotations

from typing import Any

from iamfa.device.enrol import Enabled
from iamfa.device.inventory import Inventory, OwnDevice
from iamfa.device.own_user import OwnUser
from iamfa.device.retire import Retired
from iamfa.report.session_json_v1 import iso


def devices_json(found: Inventory) -> dict[str, Any]:
    """What `device list --format json` answers."""
    return {
        "version": 1,
        "account": found.user.account,
        "user": found.user.arn,
        "complete": found.is_complete,
        "denied": str(found.denied) if found.denied is not None else None,
        "devices": [device_json(each, found.user) for each in found.devices],
    }


def added_json(found: Enabled, name: str) -> dict[str, Any]:
    """What `device add --format json` answers."""
    return {"version": 1, "serial": found.serial, "name": name, "listed": found.listed}


def removed_json(found: Retired) -> dict[str, Any]:
    """What `device remove --format json` answers."""
    return {"version": 1, **_removed(found)}


def replaced_json(added: Enabled, removed: Retired) -> dict[str, Any]:
    """What `device replace --format json` answers."""
    return {"version": 1, "added": added.serial, **_removed(removed)}


def resynced_json(serial: str) -> dict[str, Any]:
    """What `device resync --format json` answers."""
    return {"version": 1, "resynced": serial}


def default_json(device: OwnDevice | None, user: OwnUser) -> dict[str, Any]:
    """What `device default --format json` answers."""
    return {"version": 1, "default": device_json(device, user) if device is not None else None}


def _removed(found: Retired) -> dict[str, Any]:
    left = found.orphan if found.end == "unassigned" else None
    return {
        "removed": found.serial,
        "deleted": left is None,
        "denied": str(left.denied) if left is not None and left.denied is not None else None,
        "administrator_command": left.administrator_command if left is not None else None,
    }


def device_json(device: OwnDevice, user: OwnUser) -> dict[str, Any]:
    """One device; `kind` is one of the project's closed list of device kinds, or `unknown`."""
    return {
        "serial": device.serial,
        "name": device.name,
        "kind": _kind(device, user),
        "since": iso(device.since),
        "usable_for_sts": device.usable_for_sts,
        "default": device.is_default,
        "known_from": device.known_from,
    }


def _kind(device: OwnDevice, user: OwnUser) -> str:
    if device.kind != "virtual":
        return device.kind
    return "virtual-own-name" if device.name == user.name else "virtual-any-name"
