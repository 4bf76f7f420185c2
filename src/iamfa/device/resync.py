"""Telling AWS where a device's clock stands, so that its codes are accepted again.

AWS's page id_credentials_mfa_sync of the IAM User Guide: with codes that come late "the request appears to work but
the device remains out of sync", so both are sent at once after the second.
"""

from __future__ import annotations

from iamfa.device.codes import CodeCheck, WrongCodeError, typed
from iamfa.device.kinds import Serial
from iamfa.device.own_user import OwnUser
from iamfa.device.problems import CodesRefusedError, NoSuchDeviceError
from iamfa.gateway.faults import CodeError
from iamfa.gateway.ports import Devices
from iamfa.secret import Secret


def require_codes(serial: str) -> None:
    """Raise `NoSuchDeviceError` for a device that gives no codes, before anybody is asked for two."""
    kind = Serial.read(serial).kind
    if kind == "fido":
        message = f"`{serial}` is a FIDO device, which has no clock and gives no codes"
        raise NoSuchDeviceError(message, hint="there is nothing to resync; sign in with it once more")
    if kind == "unknown":
        raise NoSuchDeviceError(f"`{serial}` is no serial number of a device", hint="`iamfa device list` shows yours")


def resync(devices: Devices, user: OwnUser, serial: str, first: str | Secret, second: str | Secret) -> None:
    """Resync a device with two codes that it showed one right after the other.

    Raises `NoSuchDeviceError` for a device that gives no codes, `WrongCodeError` for what is no code or the same code
    twice, before AWS is asked; `CodesRefusedError` where AWS does not accept them; `AwsError`.
    """
    require_codes(serial)
    codes = [typed_code(first), typed_code(second)]
    if codes[0] == codes[1]:
        check = CodeCheck("not-next")
        raise WrongCodeError("the two codes are the same", hint="wait until the device shows the next one", check=check)
    try:
        devices.resync_mfa_device(user.name, serial, codes[0].reveal(), codes[1].reveal())
    except CodeError as error:
        raise CodesRefusedError(
            error.message,
            hint="type two codes in a row, the older one first, and none that was used before: wait for new ones",
        ) from error


def typed_code(text: str | Secret) -> Secret:
    """The digits that were typed. Raises `WrongCodeError` for what is no code."""
    found = typed(text)
    if found is None:
        check = CodeCheck("no-code")
        raise WrongCodeError(str(check), hint=check.hint, check=check)
    return found
