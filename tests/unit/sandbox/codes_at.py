"""What devices of a direct sandbox show, whose clocks may be wrong by some steps."""

from __future__ import annotations

from typing import Any

from tests.unit.sandbox.direct import Direct

from iamfa.otp import code_of, step_of


def shown(box: Direct, serial: str, off: int = 0) -> str:
    """The code that a device shows whose clock is *off* by so many steps."""
    seed = box.account.devices[serial].seed
    assert seed is not None
    return code_of(seed, step_of(box.state.clock.now()) + off)


def pair(box: Direct, serial: str, off: int = 0) -> dict[str, str]:
    """Two consecutive codes as parameters, the second shown *off* steps from now."""
    return {"AuthenticationCode1": shown(box, serial, off - 1), "AuthenticationCode2": shown(box, serial, off)}


def created(box: Direct, name: str = "phone", **parameters: Any) -> str:
    """The serial of a new virtual device."""
    found = box.call("CreateVirtualMFADevice", VirtualMFADeviceName=name, **parameters)["VirtualMFADevice"]
    return str(found["SerialNumber"])


def enabled(box: Direct, user: str, name: str = "phone") -> str:
    """The serial of a new virtual device that is enabled for a user, two minutes ago."""
    serial = created(box, name)
    box.call("EnableMFADevice", UserName=user, SerialNumber=serial, **pair(box, serial))
    box.state.clock.advance(120)
    return serial
