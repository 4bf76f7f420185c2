"""The secret parts of sessions in the keyring of the system: macOS Keychain, Secret Service, Windows' credentials."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from typing import Any, Final, Protocol

from iamfa.errors import IamfaError
from iamfa.session.private_file import CacheError

SERVICE: Final = "iamfa"
"""What keyrings show as the owner of the entries."""
PIECE_LENGTH: Final = 1000
"""Characters in one entry: Windows takes 2,560 bytes, and writes each character in two of them."""


class Keyring(Protocol):
    """What is asked of a keyring: the interface of the package `keyring`."""

    def get_password(self, service: str, name: str, /) -> str | None:
        """The secret of this name, None where there is none."""

    def set_password(self, service: str, name: str, secret: str, /) -> None:
        """Keep a secret."""

    def delete_password(self, service: str, name: str, /) -> None:
        """Take a secret away."""


def system_keyring() -> Keyring:
    """The keyring of the system. Raises `IamfaError` where the extra is not installed or the system has none."""
    try:
        package: Any = import_module("keyring")
        errors: Any = import_module("keyring.errors")
    except ModuleNotFoundError as error:
        raise IamfaError(
            "sessions shall be kept in the keyring, and the package that speaks with it is not installed",
            hint="`pip install 'iamfa[keyring]'`",
        ) from error
    backend = package.get_keyring()
    if backend.priority <= 0:
        raise IamfaError(
            "this system has no keyring that could be used",
            hint="start one (on Linux a Secret Service, as GNOME Keyring or KWallet), or keep sessions in files",
        )
    return _System(backend, errors.KeyringError)


@dataclass(frozen=True, slots=True)
class _System:
    """A backend of `keyring`, its errors as ours."""

    backend: Any
    error: type[Exception]

    def get_password(self, service: str, name: str, /) -> str | None:
        try:
            found: str | None = self.backend.get_password(service, name)
        except self.error as error:
            raise _refused(error) from error
        return found

    def set_password(self, service: str, name: str, secret: str, /) -> None:
        try:
            self.backend.set_password(service, name, secret)
        except self.error as error:
            raise _refused(error) from error

    def delete_password(self, service: str, name: str, /) -> None:
        try:
            self.backend.delete_password(service, name)
        except self.error as error:
            raise _refused(error) from error


def _refused(error: Exception) -> CacheError:
    # Its words are the backend's, and may quote what was to be kept.
    return CacheError(f"the keyring refused: {type(error).__name__}", hint="unlock it, or keep sessions in files")


@dataclass(frozen=True, slots=True)
class SecretsInKeyring:
    """The secret parts of sessions, in pieces, and what the file notes of them.

    The names of the pieces come from the session's alone, so that a session which is got anew takes the place of the
    old one and none is left behind. The file notes a digest, by which pieces of two sessions, mixed by two writers or
    by one that was killed, are told from those of one; they count as none.
    """

    keyring: Keyring

    def put(self, key: str, secret: str, token: str) -> dict[str, object]:
        """Keep the secrets of a session; gives what the file notes of them."""
        text = json.dumps([secret, token])
        pieces = [text[n : n + PIECE_LENGTH] for n in range(0, len(text), PIECE_LENGTH)]
        for n, piece in enumerate(pieces):
            self.keyring.set_password(SERVICE, _name(key, n), piece)
        return {"pieces": len(pieces), "digest": _digest(text)}

    def get(self, key: str, noted: Mapping[str, Any]) -> tuple[str, str] | None:
        """The secret and the token of a session, None where they are not there as noted."""
        pieces = [self.keyring.get_password(SERVICE, _name(key, n)) or "" for n in range(noted["pieces"])]
        text = "".join(pieces)
        if _digest(text) != noted["digest"]:
            return None
        secret, token = json.loads(text)
        return secret, token

    def delete(self, key: str, noted: Mapping[str, Any]) -> None:
        """Take the secrets of a session away."""
        for n in range(noted.get("pieces", 0)):
            if self.keyring.get_password(SERVICE, _name(key, n)) is not None:
                self.keyring.delete_password(SERVICE, _name(key, n))


def _name(key: str, number: int) -> str:
    return f"{sha256(key.encode()).hexdigest()[:32]}/{number}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
