"""Codes of MFA devices: six digits that change every 30 seconds (RFC 6238 with SHA-1, as AWS's virtual devices have).

AWS's page id_credentials_mfa_enable_virtual of the IAM User Guide asks for apps that follow RFC 6238 with six digits.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import pyotp

from iamfa.errors import IamfaError
from iamfa.secret import Secret

STEP_SECONDS: Final = 30
"""How long a code is valid, in seconds; steps count from the beginning of 1970 (RFC 6238, X and T0)."""

DIGITS: Final = 6


class SeedError(IamfaError):
    """A text is no seed: not base32 (RFC 4648), or so short that it can be guessed (RFC 4226, R6)."""


def step_of(moment: datetime) -> int:
    """The number of the step in which *moment*, aware of its zone, lies."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_of(seed: Secret, step: int) -> str:
    """The code of a step, six digits. Raises `SeedError` where the seed is not base32 or too short."""
    if step < 0:
        raise IamfaError("there are no codes before 1970", hint="set the clock to a later time")
    return _device(seed).at(step)


def code_at(seed: Secret, moment: datetime) -> str:
    """The code that a device with this seed and a right clock shows at *moment*."""
    return code_of(seed, step_of(moment))


def steps_showing(seed: Secret, code: str, steps: Iterable[int]) -> list[int]:
    """Those of the *steps* in which the device shows this code."""
    return [step for step in steps if Secret(code_of(seed, step)).matches(code)]


def provisioning_uri(seed: Secret, device: str, account: str) -> str:
    """What the QR code of a device says: `otpauth://totp/Amazon%20Web%20Services:DEVICE%40ACCOUNT?secret=…&issuer=…`.

    *account* is the alias of the account or its number. The form is that of codes that the console shows; the page
    API_VirtualMFADevice of the IAM API Reference gives a shorter one without the issuer.
    """
    text = _device(seed).secret
    return pyotp.TOTP(text).provisioning_uri(name=f"{device}@{account}", issuer_name="Amazon Web Services")


def _device(seed: Secret) -> pyotp.HOTP:
    text = seed.reveal()
    try:
        return pyotp.HOTP(text)
    except ValueError as error:
        if isinstance(error, binascii.Error) or not text.isascii():
            # Without its cause, which may quote the seed.
            raise SeedError("the seed is not base32", hint="it has letters A to Z and digits 2 to 7") from None
        least = pyotp.HOTP.min_secret_length_bits
        raise SeedError(
            f"the seed is shorter than {least} bits", hint=f"it has at least {-(-least // 5)} letters and digits"
        ) from None
