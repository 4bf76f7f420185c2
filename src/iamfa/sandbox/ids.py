"""Identifiers, keys, seeds and tokens in AWS's forms; the same ones again for the same `--seed`.

AWS's page reference_identifiers of the IAM User Guide ("Understanding unique ID prefixes").
"""

from __future__ import annotations

import os
import random
from typing import Final

_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DIGITS: Final = "0123456789"
_HEX: Final = "0123456789abcdef"
_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WORD: Final = "abcdefghijklmnopqrstuvwxyz0123456789"

_SEED_LENGTH: Final = 64
"""Letters of a device's seed; AWS's sample shows 65 places, real ones are believed to have 64 (320 bits)."""


_SYSTEM: Final = random.SystemRandom()


class Ids:
    """What is made up for new things. Without a seed it comes from the system's own randomness."""

    def __init__(self, seed: int | None = None) -> None:
        self._random: random.Random | None = None if seed is None else random.Random(seed)

    def _text(self, letters: str, length: int) -> str:
        if self._random is None and 256 % len(letters) == 0:
            # The system is asked once for the whole text: a session has 360 letters. Every letter has as many bytes.
            return os.urandom(length).translate((letters * (256 // len(letters))).encode()).decode()
        return "".join((self._random or _SYSTEM).choices(letters, k=length))

    def unique(self, prefix: str) -> str:
        """The unique identifier of an entity: `AIDA`, `AGPA`, `AROA`, `ANPA`, `AIPA` and 17 letters."""
        return prefix + self._text(_BASE32, 17)

    def access_key(self, prefix: str = "AKIA") -> str:
        """The id of an access key, `AKIA…` or for a session `ASIA…`, 20 letters."""
        return prefix + self._text(_BASE32, 16)

    def secret_key(self) -> str:
        """A secret access key, 40 letters."""
        return self._text(_BASE64, 40)

    def session_token(self) -> str:
        """A session token; its size is about that of AWS's."""
        return "FwoGZXIvYXdzE" + self._text(_BASE64, 303) + "=="

    def seed(self) -> str:
        """The seed of a virtual MFA device, base32."""
        return self._text(_BASE32, _SEED_LENGTH)

    def security_key(self) -> str:
        """What AWS puts behind the name of a FIDO key, 26 letters."""
        return self._text(_BASE32, 26)

    def request(self) -> str:
        """The id of a request, in the form of a UUID (RFC 9562, version 4)."""
        found = os.urandom(16).hex() if self._random is None else f"{self._random.getrandbits(128):032x}"
        variant = "89ab"[int(found[16], 16) % 4]
        return f"{found[:8]}-{found[8:12]}-4{found[13:16]}-{variant}{found[17:20]}-{found[20:]}"

    def account(self) -> str:
        """The number of an account, twelve digits, not beginning with a zero."""
        return self._text(_DIGITS[1:], 1) + self._text(_DIGITS, 11)

    def word(self, length: int) -> str:
        """Small letters and digits, as in `o-…`, `r-…`, `ou-…` and `p-…`."""
        return self._text(_WORD, length)
