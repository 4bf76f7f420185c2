"""What a device is, read off its serial number: lists tell no more.

AWS's pages: API_MFADevice and API_GetSessionToken of the IAM and STS API References (a virtual device's serial is its
ARN, a hardware token's is no ARN), id_credentials_mfa of the IAM User Guide; the form of a FIDO device's ARN is that of
the AWS CLI's example for get-mfa-device.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from iamfa.arn import Arn, ArnError, is_account_id

DeviceKind = Literal["virtual", "hardware", "fido", "unknown"]
"""`unknown` is what has none of the known forms, an ARN of a user for instance; nothing may be done with it."""

_SERIAL: Final = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)
_TOKEN: Final = re.compile(r"[\w+=,.@-]{9,256}", re.ASCII)
_FIDO_ID: Final = re.compile(r"-[A-Z2-7]{26}")
_KINDS: Final[dict[str, DeviceKind]] = {"mfa": "virtual", "u2f": "fido"}


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial number and what it says."""

    text: str
    kind: DeviceKind
    name: str
    """What a person calls the device: without path and, of a FIDO device, without its id; of a token the serial."""
    path: str = "/"
    """`/` but for virtual devices that were created under a path, and for FIDO devices: `/user/alice/`."""
    partition: str | None = None
    """None for hardware tokens, whose serials name no account."""
    account: str | None = None

    @classmethod
    def read(cls, text: str) -> Serial:
        """Read a serial number; what is none has the kind `unknown` and itself for a name."""
        if not text.startswith("arn:"):
            return cls(text, "hardware" if _TOKEN.fullmatch(text) else "unknown", text)
        try:
            arn = Arn.parse(text)
        except ArnError:
            return cls(text, "unknown", text)
        kind = _KINDS.get(arn.kind, "unknown")
        sound = _SERIAL.fullmatch(text) and (arn.service, arn.region) == ("iam", "") and is_account_id(arn.account)
        if kind == "unknown" or not sound or not arn.name:
            return cls(text, "unknown", text)
        name = _without_id(arn.name) if kind == "fido" else arn.name
        return cls(text, kind, name, arn.path, arn.partition, arn.account)

    @property
    def usable_for_sts(self) -> bool:
        """Whether a session can be obtained with a code of it."""
        return self.kind in ("virtual", "hardware")


def kind_of(serial: str) -> DeviceKind:
    """What a device is: `virtual`, `hardware`, `fido`, or `unknown` for a text that is no serial number."""
    return Serial.read(serial).kind


def usable_for_sts(serial: str) -> bool:
    """Whether a session can be obtained with a code of it: FIDO devices give none (API_GetSessionToken)."""
    return Serial.read(serial).usable_for_sts


def name_of(serial: str) -> str:
    """The name in a serial: `phone` for `arn:aws:iam::123456789012:mfa/phone`; of a hardware token the serial."""
    return Serial.read(serial).name


FIDO_SIGN_IN: Final = (
    "sign in with `aws login` (AWS CLI 2.32 or newer; it takes the managed policy SignInLocalDevelopmentAccess)"
)
"""How a FIDO device is used at the terminal (page command-line-sign-in of the AWS Sign-In User Guide)."""
FIDO_ADVICE: Final = (
    "a FIDO security key or passkey gives no codes, so that no session can be obtained with it from STS: "
    f"{FIDO_SIGN_IN}, or enrol a virtual device beside it: `iamfa device add NAME`, or in the console where it is the "
    "only device"
)


def advice_on(serial: str) -> str | None:
    """Why no session can be obtained with this device, and what to do instead; None where one can."""
    found = Serial.read(serial)
    if found.usable_for_sts:
        return None
    if found.kind == "fido":
        return FIDO_ADVICE
    return (
        f"`{serial}` is no serial number of an MFA device: that of a virtual one is written "
        "`arn:aws:iam::ACCOUNT:mfa/NAME`, that of a hardware token stands on its back; `iamfa device list` shows yours"
    )


def _without_id(name: str) -> str:
    return name[: -len(found.group())] if (found := _FIDO_ID.search(name, max(len(name) - 27, 0))) else name
