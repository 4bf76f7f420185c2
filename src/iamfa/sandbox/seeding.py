"""Devices put into an account from outside: those that no call of AWS's API can make.

A hardware token comes with a seed that AWS knows; FIDO keys and the root user's devices are enrolled in the console
only (pages id_credentials_mfa, id_credentials_mfa_enable_physical, enable-fido-mfa-for-root).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from iamfa.account.entities import ROOT_USER, Device
from iamfa.arn import mfa_arn
from iamfa.errors import IamfaError
from iamfa.otp import code_of
from iamfa.sandbox.iam_devices import MOST_DEVICES, devices_of
from iamfa.sandbox.ids import Ids
from iamfa.sandbox.live import LiveAccount
from iamfa.secret import Secret

_SERIAL: Final = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)
_NAME: Final = re.compile(r"[\w+=,.@-]+", re.ASCII)


def add_hardware_device(
    account: LiveAccount, serial: str, seed: Secret, now: datetime, user: str | None = None
) -> Device:
    """Put in a hardware token, assigned to *user* (or `ROOT_USER`), or unassigned until EnableMFADevice assigns it.

    Raises `IamfaError` for a serial that AWS would not take or that is taken, a user that is not there or has eight
    devices, and `SeedError` for a seed that is not base32.
    """
    if serial.startswith("arn:"):
        raise IamfaError(f"`{serial}` is an ARN", hint="a hardware token has a number, such as `GAHT12345678`")
    code_of(seed, 0)
    return _add(account, Device(serial, "hardware", user, None if user is None else now, now, seed=seed))


def add_fido_device(
    account: LiveAccount, ids: Ids, user: str, name: str, certifications: Mapping[str, str], now: datetime
) -> Device:
    """Put in a FIDO key of *user* (or `ROOT_USER`); its serial is `arn:…:u2f/user/USER/NAME-…`, 26 letters at the end.

    *certifications* are as GetMFADevice tells them, e.g. `{"FIDO": "L1"}`. Raises `IamfaError` as for a hardware token.
    """
    _require_name(name)
    holder = "root" if user == ROOT_USER else f"user/{user}"
    serial = f"arn:{account.partition}:iam::{account.number}:u2f/{holder}/{name}-{ids.security_key()}"
    return _add(account, Device(serial, "fido", user, now, now, certifications=dict(certifications)))


def add_root_device(account: LiveAccount, name: str, seed: Secret, now: datetime) -> Device:
    """Put in a virtual device of the root user; AWS's console once named it `root-account-mfa-device`.

    Raises `IamfaError` as for a hardware token.
    """
    _require_name(name)
    code_of(seed, 0)
    serial = str(mfa_arn(name, account.number, partition=account.partition))
    return _add(account, Device(serial, "virtual", ROOT_USER, now, now, seed=seed))


def _add(account: LiveAccount, device: Device) -> Device:
    if not _SERIAL.fullmatch(device.serial):
        raise IamfaError(
            f"`{device.serial}` is no serial of a device", hint="9 to 256 letters, digits and `+=/:,.@-_` are taken"
        )
    if device.serial in account.devices:
        raise IamfaError(f"the account `{account.number}` has a device `{device.serial}` already")
    if device.user is not None:
        if device.user != ROOT_USER and device.user not in account.users:
            raise IamfaError(f"the account `{account.number}` has no user `{device.user}`")
        if len(devices_of(account, device.user)) >= MOST_DEVICES:
            raise IamfaError(f"`{device.user}` has {MOST_DEVICES} devices already, which is the most that AWS allows")
    account.devices[device.serial] = device
    return device


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise IamfaError(f"`{name}` is no name of a device", hint="letters, digits and `+=,.@-_` are taken")
