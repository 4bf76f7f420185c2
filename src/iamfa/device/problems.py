"""What stands between a user and his devices: each is an error of its own, so that a caller can go on from it."""

from __future__ import annotations

import shlex

from iamfa.device.denied import Denied
from iamfa.errors import IamfaError, OutsideError


class DeviceNameError(IamfaError):
    """A text cannot be the name of a virtual device."""


class NoSuchDeviceError(IamfaError):
    """The user has no device of this name or serial, or several of this name, or no call can do this with it."""


class TooManyDevicesError(OutsideError):
    """The user has as many devices as AWS lets him have, or the account as many virtual ones."""


class NameTakenError(OutsideError):
    """A device of this name exists already: the user's own, somebody else's, or one of an interrupted attempt."""

    def __init__(self, message: str, *, serial: str, hint: str, denied: Denied | None = None) -> None:
        super().__init__(message, hint=hint)
        self.serial = serial
        self.denied = denied
        """Why what an earlier attempt of one's own left could not be deleted; None in all other cases."""

    @property
    def administrator_command(self) -> str:
        """With which an administrator frees the name, unless the device is assigned to somebody."""
        return deletion_command(self.serial)


class NeedsMfaSessionError(OutsideError):
    """AWS demands a session with the code of a device that the user has, before it adds or removes another.

    The bulletin AWS-2023-001, and page id_credentials_mfa: "An IAM user must authenticate with an existing MFA device
    to enable or disable an additional MFA device."
    """

    def __init__(self, message: str, *, hint: str, serials: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.serials = serials
        """Of the devices that a session can be obtained with, as far as they are known."""


class CodesRefusedError(OutsideError):
    """AWS refused codes that fit the seed: the clocks disagree."""


class NotKnownError(OutsideError):
    """AWS's answer was lost, and whether the call was carried out could not be found out."""


class LastDeviceError(IamfaError):
    """What is to be removed is the user's last device, or the last one with which a session can be obtained."""


class YubiKeyError(OutsideError):
    """`ykman` is missing, refuses, or says something that is no answer."""


def deletion_command(serial: str) -> str:
    """The command with which an administrator deletes a virtual device that is assigned to nobody."""
    return f"aws iam delete-virtual-mfa-device --serial-number {shlex.quote(serial)}"
