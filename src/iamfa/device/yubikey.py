"""A device in a YubiKey: its OATH application keeps the seed and shows the codes, through Yubico's `ykman`.

The commands are those of the page OATH_Commands of Yubico's manual of `ykman` (4.0 and newer): `oath accounts add`
asks for the seed where it is not an argument, and reads it from standard input; so it is in no list of processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from iamfa.device.codes import typed
from iamfa.device.problems import YubiKeyError
from iamfa.secret import Secret

Run = Callable[[Sequence[str], Secret | None], tuple[int, str, str]]
"""Runs a program with arguments and what it reads on standard input; gives its exit code, output and error output.

It raises `OSError` where there is no such program. Its error output it may show as it comes: `ykman` asks for a touch
there.
"""

_LONGEST_ACCOUNT: Final = 64
"""In bytes; the YubiKey has no room for more."""


class YubiKey:
    """The OATH application of one YubiKey, by the commands of `ykman`; every method raises `YubiKeyError`."""

    def __init__(self, run: Run, *, program: str = "ykman", number: str | None = None) -> None:
        """*number* is the serial number of the YubiKey itself, where several are plugged in."""
        self._run = run
        self._command = (program, *(("--device", number) if number is not None else ()), "oath", "accounts")

    def add(self, account: str, seed: Secret, *, touch: bool = False) -> None:
        """Put a seed into the key under the name *account*; with *touch* each code asks for a touch.

        For the name take the device's serial: other programs look for it there too. An account that is there already
        is not overwritten.
        """
        _require_short(account)
        self._ask(["add", *(["--touch"] if touch else []), "--", account], seed)

    def require_room(self, account: str) -> None:
        """Raise where such an account could not be put into the key, as far as that is known before it is tried."""
        _require_short(account)
        if account in self.accounts():
            raise YubiKeyError(f"the YubiKey holds an account `{account}` already", hint=_HINTS[0][1])

    def code(self, account: str) -> Secret:
        """The present code of an account; where a touch is asked for it waits for that."""
        found = typed(self._ask(["code", "--single", "--", account]))
        if found is None:
            raise YubiKeyError("what `ykman` answers is no code", hint=f"run `ykman oath accounts code {account}`")
        return found

    def accounts(self) -> tuple[str, ...]:
        """The names of all accounts in the key."""
        return tuple(line for line in self._ask(["list"]).splitlines() if line)

    def remove(self, account: str) -> bool:
        """Delete an account, and say whether it was there.

        `ykman` deletes the one that its argument is a part of, so the name is looked up first, letter by letter.
        """
        if account not in self.accounts():
            return False
        self._ask(["delete", "--force", "--", account])
        return True

    def _ask(self, arguments: Sequence[str], given: Secret | None = None) -> str:
        line = Secret(given.reveal() + "\n") if given is not None else None
        try:
            code, output, errors = self._run([*self._command, *arguments], line)
        except OSError as error:
            raise YubiKeyError(
                f"`{self._command[0]}` cannot be started: {(error.strerror or 'no such program').lower()}",
                hint="install Yubico's `ykman` (yubikey-manager 4 or newer), or use an app on a phone",
            ) from None
        if code == 0:
            return output
        words = " ".join((errors.strip() or output.strip() or f"it ended with {code}").split())
        if given is not None:
            words = words.replace(given.reveal(), "…")
        raise YubiKeyError(f"`{self._command[0]}`: {words}", hint=_hint(words)) from None


def _require_short(account: str) -> None:
    size = len(account.encode())
    if size > _LONGEST_ACCOUNT:
        raise YubiKeyError(
            f"the name `{account}` has {size} bytes, and a YubiKey takes {_LONGEST_ACCOUNT}",
            hint="give the device a shorter name",
        )


_HINTS: Final = (
    ("already exists", "delete that account first: `ykman oath accounts delete NAME`; or give the device another name"),
    ("password", "let `ykman` remember the password of the key: `ykman oath access remember`"),
    ("no yubikey", "plug the YubiKey in"),
    ("multiple", "say which one: the serial number is on the key"),
    ("no space", "delete accounts that you do not need: `ykman oath accounts list`"),
    ("touch", "touch the key while it blinks"),
    ("no matching account", "`ykman oath accounts list` shows what is in the key"),
    ("no such command", "install a newer `ykman` (yubikey-manager 4 or newer)"),
)
"""What to do, by what `ykman` says, in lower case."""


def _hint(words: str) -> str:
    text = words.lower()
    return next((hint for part, hint in _HINTS if part in text), "`ykman info` shows what is plugged in")
