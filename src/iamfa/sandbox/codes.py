"""Whether the code of a device is right: its step, the drift of the device's clock, and that it was never used before.

AWS publishes neither how far a code may be off nor where a used one is remembered: both are assumptions (`totp-window`,
`code-replay`). That a verifier does not accept a code a second time is RFC 6238, section 5.2; here no code of an older
step is accepted after a newer one either. What is said of EnableMFADevice and ResyncMFADevice is from AWS's pages of
these names and id_credentials_mfa_sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from iamfa.account.entities import Device
from iamfa.otp import step_of, steps_showing
from iamfa.platform import Assumptions
from iamfa.sandbox.live import LiveAccount

SEARCHED_STEPS: Final = 120
"""How many steps away from now a pair of codes is looked for: one hour. AWS does not publish how far it looks."""


def accept_code(
    account: LiveAccount, device: Device, code: str, now: datetime, assumptions: Assumptions, user: str
) -> bool:
    """Whether *user* proves with this code that he has the device; the code is then used up.

    *user* is his name, or `ROOT_USER`. A device that gives no codes, is not his or is out of step proves nothing.
    """
    if device.user != user or device.serial in account.out_of_step:
        return False
    drift = account.drifts.get(device.serial, 0)
    window = int(assumptions["totp-window"])
    expected = step_of(now) + drift
    for step in _showing(device, code, range(expected - window, expected + window + 1)):
        if _is_unused(account, device, step, drift, assumptions, user):
            _use(account, device, step, drift, user)
            return True
    return False


def enable_with(
    account: LiveAccount, device: Device, codes: tuple[str, str], now: datetime, assumptions: Assumptions, user: str
) -> bool:
    """Whether two codes of consecutive steps, in this order, enable the device for *user*; both are then used up.

    Codes that come late enable it all the same, and it is out of step (API_EnableMFADevice: "the MFA device
    successfully associates with the user but the MFA device becomes out of sync"). How late is not documented: up to
    `SEARCHED_STEPS` here. No code of the device is accepted then until a resync: whether AWS would accept those of a
    device whose clock is slow, it does not say. Codes of the future beyond the window are refused.
    """
    window, present = int(assumptions["totp-window"]), step_of(now)
    in_time = range(present + window, present - window - 1, -1)
    late = range(present - window - 1, present - SEARCHED_STEPS - 1, -1)
    for second in _pairs(device, codes, (*in_time, *late)):
        if _is_unused(account, device, second - 1, 0, assumptions, user):
            account.drifts.pop(device.serial, None)
            account.out_of_step.discard(device.serial)
            if second not in in_time:
                account.out_of_step.add(device.serial)
            _use(account, device, second, 0, user)
            return True
    return False


def resync_with(
    account: LiveAccount, device: Device, codes: tuple[str, str], now: datetime, assumptions: Assumptions, user: str
) -> bool:
    """Whether two codes of consecutive steps, in this order, tell how wrong the device's clock is; it is then noted.

    They may be `SEARCHED_STEPS` off either way. The second code is taken to be the one that the device shows now, so
    that after codes that came late "the request appears to work but the device remains out of sync"
    (id_credentials_mfa_sync). A clock that is no more wrong than the window is taken to be right.
    """
    window, present = int(assumptions["totp-window"]), step_of(now)
    for off in sorted(range(-SEARCHED_STEPS, SEARCHED_STEPS + 1), key=abs):
        drift = off if abs(off) > window else 0
        for second in _pairs(device, codes, (present + off,)):
            if device.user == user and _is_unused(account, device, second - 1, drift, assumptions, user):
                account.drifts[device.serial] = drift
                account.out_of_step.discard(device.serial)
                _use(account, device, second, drift, user)
                return True
    return False


def forget(account: LiveAccount, serial: str, *, seed_too: bool) -> None:
    """Forget what is known of a device's clock; with its seed also which of its codes were used."""
    account.drifts.pop(serial, None)
    account.out_of_step.discard(serial)
    if seed_too:
        account.used_codes.pop(serial, None)


def follow_user(account: LiveAccount, name: str, renamed: str | None) -> None:
    """Keep what was used by a user who has another name now; forget it where he is gone, for a namesake is not he."""
    used = account.used_codes.pop(_of_user(name), None)
    if used is not None and renamed is not None:
        account.used_codes[_of_user(renamed)] = used


def _showing(device: Device, code: str, steps: Iterable[int]) -> list[int]:
    """In which of the steps the device shows the code; a device without a seed (FIDO) shows none."""
    return [] if device.seed is None else steps_showing(device.seed, code, steps)


def _pairs(device: Device, codes: tuple[str, str], seconds: Iterable[int]) -> Iterator[int]:
    """Those of the steps in which the device shows the second code, right after the first."""
    for second in seconds:
        if _showing(device, codes[1], (second,)) and _showing(device, codes[0], (second - 1,)):
            yield second


def _is_unused(
    account: LiveAccount, device: Device, step: int, drift: int, assumptions: Assumptions, user: str
) -> bool:
    """Whether the code of a step is newer than every one that was accepted before."""
    if step <= account.used_codes.get(device.serial, -1):
        return False
    return assumptions["code-replay"] == "per-device" or step - drift > account.used_codes.get(_of_user(user), -1)


def _use(account: LiveAccount, device: Device, step: int, drift: int, user: str) -> None:
    """Remember an accepted code by its device, and by its user as the step of a right clock."""
    for key, used in ((device.serial, step), (_of_user(user), step - drift)):
        account.used_codes[key] = max(used, account.used_codes.get(key, -1))


def _of_user(user: str) -> str:
    # No serial has a space in it.
    return f"user {user}"
