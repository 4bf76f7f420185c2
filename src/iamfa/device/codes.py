"""Codes that a person typed, held against the seed before AWS is asked: a wrong one costs nothing then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from iamfa.errors import InputError
from iamfa.otp import DIGITS, STEP_SECONDS, code_of, step_of, steps_showing
from iamfa.secret import Secret

_NEAR_STEPS: Final = 1
"""A code of the step before or after is that of somebody who types slowly, or of a clock a little off."""
_SEARCHED_STEPS: Final = 20
"""Ten minutes either way: so far clocks are off that were set by hand, or slept."""
_KEY_PRESS: Final = re.compile(r"[cbdefghijklnrtuv]{32,}", re.IGNORECASE)

CodeFit = Literal["fits", "clock-off", "not-next", "wrong", "no-code"]


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """What a typed code is, by the seed and the clock of this machine."""

    fit: CodeFit
    """`clock-off`: it is a code of this device, but of a time that is not now; `not-next`: of two codes the second is
    not the one right after the first; `no-code`: it is not six digits."""
    step: int | None = None
    """The step that the device showed it in; None for `wrong` and `no-code`."""
    seconds_off: int = 0
    """By how much the device's clock is ahead of this machine's; negative: behind."""
    is_key_press: bool = False
    """Whether it is what a YubiKey types when it is touched, which is no code of an MFA device."""

    def __str__(self) -> str:
        if self.fit == "fits":
            return "the code fits"
        if self.fit == "clock-off":
            way = "ahead of" if self.seconds_off > 0 else "behind"
            off = abs(self.seconds_off)
            return f"this is a code of the device, but its clock is {off} s {way} that of this machine"
        if self.fit == "not-next":
            return "the second code is not the one that the device shows right after the first"
        if self.fit == "wrong":
            return "this is no code of the new device: neither now nor ten minutes around"
        return "a touch of a YubiKey is no code" if self.is_key_press else f"a code has {DIGITS} digits"

    @property
    def hint(self) -> str:
        """What to do next."""
        if self.fit == "clock-off":
            return "set both clocks by the network; AWS goes by its own, and accepts codes of the present only"
        if self.fit == "not-next":
            return "type a code, wait for the next one, and type that; AWS was not asked"
        if self.fit == "wrong":
            return "scan the QR code again and type what the app shows for this entry; AWS was not asked"
        if self.is_key_press:
            return "codes of a YubiKey come from its OATH application: `ykman oath accounts code`"
        return "type the digits that the app shows; a space between them does no harm"


class WrongCodeError(InputError):
    """A typed code does not fit the seed; AWS was not asked."""

    def __init__(self, message: str, *, hint: str, check: CodeCheck) -> None:
        super().__init__(message, hint=hint)
        self.check = check


def typed(text: str | Secret) -> Secret | None:
    """A code as a person typed it, without white space; None for what is not six digits."""
    shown = text.reveal() if isinstance(text, Secret) else text
    digits = "".join(shown.split())
    return Secret(digits) if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else None


def check_code(seed: Secret, text: str | Secret, moment: datetime) -> CodeCheck:
    """Hold a typed code against the seed; *moment* is AWS's time as well as it is known.

    A code that the device shows more than a step away from now, up to ten minutes, tells how far the clocks are apart.
    """
    code = typed(text)
    if code is None:
        shown = text.reveal() if isinstance(text, Secret) else text
        return CodeCheck("no-code", is_key_press=_KEY_PRESS.fullmatch(shown.strip()) is not None)
    present = step_of(moment)
    searched = sorted(range(present - _SEARCHED_STEPS, present + _SEARCHED_STEPS + 1), key=lambda s: abs(s - present))
    found = steps_showing(seed, code.reveal(), searched)
    if not found:
        return CodeCheck("wrong")
    off = found[0] - present
    return CodeCheck("fits" if abs(off) <= _NEAR_STEPS else "clock-off", found[0], off * STEP_SECONDS)


def require_fit(check: CodeCheck) -> int:
    """The step of a code that fits. Raises `WrongCodeError` for one that does not."""
    if check.fit != "fits" or check.step is None:
        raise WrongCodeError(str(check), hint=check.hint, check=check)
    return check.step


def pair_ending(seed: Secret, step: int) -> tuple[str, str]:
    """The two codes in a row that AWS asks for, the second being that of *step*."""
    return code_of(seed, step - 1), code_of(seed, step)
