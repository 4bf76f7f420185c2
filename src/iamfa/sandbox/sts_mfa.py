"""The code of an MFA device in a call of STS: serial number and code, and AWS's words where they prove nothing.

The three texts were seen in public error reports, the double space of the second and the space at the end of the first
included. Which text AWS gives for a device that gives no codes (FIDO) is not documented: here that it cannot be
validated.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from iamfa.account.entities import ROOT_USER
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.codes import accept_code
from iamfa.sandbox.work import Parameters, Work

_WRONG_CODE: Final = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
_WRONG_DEVICE: Final = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
    "associated with this user."
)
_HALF: Final = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."


def code_given(work: Work, parameters: Parameters) -> datetime | None:
    """When the caller proved with the call that he has a device of his: now; None where he did not try.

    The code is then used up. Raises AWS's AccessDenied for half of the pair, for a device that is not the caller's,
    and for a code that is wrong or was used before.
    """
    serial, code = parameters.get("SerialNumber"), parameters.get("TokenCode")
    if serial is None and code is None:
        return None
    if serial is None or code is None:
        raise _denied(_HALF)
    user = ROOT_USER if work.caller.is_root else work.caller.user.name if work.caller.user is not None else None
    device = work.seen.devices.get(serial)
    if device is None or user is None or device.user != user:
        raise _denied(_WRONG_DEVICE)
    if device.kind == "fido":
        work.platform = "fido-cannot-be-used-with-sts"
        raise _denied(_WRONG_DEVICE)
    if not accept_code(work.account, device, code, work.now, work.state.settings.assumptions, user):
        raise _denied(_WRONG_CODE)
    return work.now


def _denied(message: str) -> ApiError:
    return ApiError("AccessDenied", message, 403)
