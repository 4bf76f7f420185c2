"""Names of virtual devices: which AWS takes, and another where one is taken.

AWS's page API_CreateVirtualMFADevice (pattern of VirtualMFADeviceName); that a serial has 256 characters at most is in
API_EnableMFADevice, and a virtual device's serial is its ARN.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from iamfa.arn import mfa_arn
from iamfa.device.own_user import OwnUser
from iamfa.device.problems import DeviceNameError

_NAME: Final = re.compile(r"[\w+=,.@-]+", re.ASCII)
_LONGEST_SERIAL: Final = 256


def serial_of(user: OwnUser, name: str) -> str:
    """The serial that a virtual device of this name has in the user's account; its path is `/`.

    Raises `DeviceNameError` for a name that AWS does not take.
    """
    if not _NAME.fullmatch(name):
        raise DeviceNameError(
            f"`{name}` cannot be the name of a device", hint="a name has letters, digits and `+ = , . @ - _`, no spaces"
        )
    if len(name) > longest_name(user):
        raise DeviceNameError(
            f"the name of {len(name)} characters is too long", hint=f"it may have {longest_name(user)}"
        )
    return _serial(user, name)


def longest_name(user: OwnUser) -> int:
    """How many characters a name may have: 226, in China 223, in GovCloud 219."""
    return _LONGEST_SERIAL - len(_serial(user, ""))


def free_name(name: str, user: OwnUser, taken: Collection[str] = ()) -> str:
    """A name like this one, `phone-2` for `phone`, that is none of *taken*; whether AWS has it already only AWS knows.

    Asked again with all names that were refused, it gives the next one.
    """
    number = 2
    while True:
        tail = f"-{number}"
        found = f"{name[: longest_name(user) - len(tail)]}{tail}"
        if found not in taken:
            return found
        number += 1


def _serial(user: OwnUser, name: str) -> str:
    return str(mfa_arn(name, user.account, partition=user.partition))
