"""RSA public keys in both encodings that IAM takes, what identifies them, and certificates as far as IAM keeps them.

`ssh-rsa` after RFC 4253 section 6.6; PEM after RFC 5280 section 4.1 (SubjectPublicKeyInfo) and RFC 8017 appendix A.1.1.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from hashlib import md5
from typing import Final

from iamfa.sandbox.api_error import ApiError

_LEAST_BITS: Final = 2048
_SSH: Final = "ssh-rsa"
_PEM: Final = re.compile(r"\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*")
_CERTIFICATE: Final = re.compile(r"\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*")
_RSA_ENCRYPTION: Final = bytes.fromhex("300d06092a864886f70d0101010500")
"""The AlgorithmIdentifier of RSA: its object identifier, and no parameters."""
_SEQUENCE, _INTEGER, _BIT_STRING = 0x30, 0x02, 0x03


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA public key."""

    modulus: int
    exponent: int

    @property
    def blob(self) -> bytes:
        """The key as SSH sends it."""
        return b"".join(_string(each) for each in (_SSH.encode(), _signed(self.exponent), _signed(self.modulus)))

    @property
    def fingerprint(self) -> str:
        """The MD5 digest of the key as SSH sends it, as in the sample of API_UploadSSHPublicKey."""
        return md5(self.blob, usedforsecurity=False).digest().hex(":")

    def ssh(self) -> str:
        """One line, `ssh-rsa AAAA…`."""
        return f"{_SSH} {base64.b64encode(self.blob).decode()}"

    def pem(self) -> str:
        """PEM, lines of 64 letters."""
        numbers = _der(_INTEGER, _signed(self.modulus)) + _der(_INTEGER, _signed(self.exponent))
        inner = _der(_BIT_STRING, b"\0" + _der(_SEQUENCE, numbers))
        letters = base64.b64encode(_der(_SEQUENCE, _RSA_ENCRYPTION + inner)).decode()
        lines = [letters[i : i + 64] for i in range(0, len(letters), 64)]
        return "\n".join(("-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----"))


def read_public_key(text: str) -> PublicKey:
    """The key in a text.

    Raises AWS's UnrecognizedPublicKeyEncoding for neither encoding, and InvalidPublicKey for a key that is broken, that
    is no RSA key or that is shorter than 2048 bits; their words are not documented.
    """
    pem = _PEM.fullmatch(text)
    kind, *rest = text.split(None, 2) or ("",)
    if pem is None and (kind != _SSH or not rest):
        raise ApiError("UnrecognizedPublicKeyEncoding", "The public key is neither in ssh-rsa nor in PEM format.", 400)
    try:
        key = _of_pem(pem[1]) if pem is not None else _of_ssh(rest[0])
    except (ValueError, IndexError) as error:
        raise ApiError("InvalidPublicKey", "The public key is malformed.", 400) from error
    if key.modulus.bit_length() < _LEAST_BITS:
        raise ApiError("InvalidPublicKey", f"The public key has fewer than {_LEAST_BITS} bits.", 400)
    return key


def read_certificate(text: str) -> bytes:
    """The bytes of a certificate: PEM around one DER sequence, the certificate of whatever and of whenever.

    Raises AWS's MalformedCertificate for anything else.
    """
    pem = _CERTIFICATE.fullmatch(text)
    try:
        der = base64.b64decode("".join(pem[1].split()), validate=True) if pem is not None else b""
        after = _content(der, _SEQUENCE)[1]
    except (ValueError, IndexError) as error:
        raise ApiError("MalformedCertificate", "The certificate is not in PEM format.", 400) from error
    if after:
        raise ApiError("MalformedCertificate", "Something follows the certificate.", 400)
    return der


def _of_ssh(letters: str) -> PublicKey:
    data = base64.b64decode(letters, validate=True)
    parts: list[bytes] = []
    while data:
        end = 4 + int.from_bytes(data[:4])
        parts.append(data[4:end])
        if len(data) < end:
            raise ValueError("it ends too early")
        data = data[end:]
    kind, exponent, modulus = parts
    return _checked(PublicKey(int.from_bytes(modulus), int.from_bytes(exponent)), letters, kind == _SSH.encode())


def _of_pem(letters: str) -> PublicKey:
    letters = "".join(letters.split())
    whole, after = _content(base64.b64decode(letters, validate=True), _SEQUENCE)
    known = whole.startswith(_RSA_ENCRYPTION)
    bits, _ = _content(whole[len(_RSA_ENCRYPTION) :], _BIT_STRING)
    numbers, _ = _content(bits[1:], _SEQUENCE)
    modulus, numbers = _content(numbers, _INTEGER)
    exponent, _ = _content(numbers, _INTEGER)
    key = PublicKey(int.from_bytes(modulus), int.from_bytes(exponent))
    return _checked(key, letters, known and not after)


def _checked(key: PublicKey, letters: str, known: bool) -> PublicKey:
    """The key, if writing it again gives what was read: there is one way to write a key, and nothing may follow it."""
    if not known or letters not in (key.ssh().split()[1], "".join(key.pem().splitlines()[1:-1])):
        raise ValueError("it is not written as RSA keys are")
    return key


def _signed(number: int) -> bytes:
    """Big-endian with a zero before a leading one, since the highest bit is the sign."""
    return number.to_bytes(number.bit_length() // 8 + 1)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def _content(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """What is in the value of this tag that the data begin with, and what comes after it."""
    if data[0] != tag:
        raise ValueError("another kind of value")
    size, start = data[1], 2
    if size >= 0x80:
        start += size - 0x80
        size = int.from_bytes(data[2:start])
    if len(data) < start + size:
        raise ValueError("it ends too early")
    return data[start : start + size], data[start + size :]
