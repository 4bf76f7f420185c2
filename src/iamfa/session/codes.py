"""Sources of codes: where the six digits come from that a session with MFA takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from iamfa.errors import IamfaError
from iamfa.otp import DIGITS
from iamfa.secret import Secret
from iamfa.session.profiles import profile_option
from iamfa.session.watched import Notice


class CodeSourceError(IamfaError):
    """No code came: the source gave something else, failed, or has nobody to ask."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, so that nobody types a code without knowing whom it lets in."""

    account: str
    user: str
    serial: str
    device: str
    """The device's name, for people."""
    profile: str
    complaint: Notice | None = None
    """Why it is asked again."""


class CodeSource(Protocol):
    """Where codes come from."""

    @property
    def words(self) -> str:
        """What it is, for messages: `the terminal`."""

    @property
    def again(self) -> bool:
        """Whether it can give another code after one that was refused."""

    @property
    def here(self) -> bool:
        """Whether the code is made on this machine, so that this machine's clock tells which one it is."""

    def code(self, question: Question) -> Secret:
        """Six digits. Raises `CodeSourceError` where none came."""


_CODE: Final = re.compile(f"[0-9]{{{DIGITS}}}")
_YUBICO_OTP: Final = re.compile("[cbdefghijklnrtuv]{32,48}")
"""What a YubiKey types when it is touched: modhex letters (Yubico OTP), which AWS knows nothing of."""


def code_in(text: str, source: str) -> Secret:
    """The code in what a source gave; blanks around and inside are left out, as apps show `123 456`.

    Raises `CodeSourceError`; the text itself is never quoted, as it may be a code with a slip.
    """
    digits = "".join(text.split())
    if _CODE.fullmatch(digits):
        return Secret(digits)
    if _YUBICO_OTP.fullmatch(digits.lower()):
        raise CodeSourceError(
            f"{source} gave what a YubiKey types when it is touched, and that is no code of an MFA device",
            hint="a code has six digits; of a YubiKey that holds the device `ykman oath accounts code` shows it",
        )
    if not digits:
        raise CodeSourceError(f"{source} gave no code", hint="a code has six digits")
    what = f"{len(digits)} digits" if digits.isdigit() else "something else"
    raise CodeSourceError(f"{source} gave {what} instead of a code", hint="a code has six digits")


@dataclass(frozen=True, slots=True)
class GivenCode:
    """One code that was handed over with the command; a second one is not to be had."""

    text: Secret
    words: str = "`--token-code`"
    again: bool = False
    here: bool = False

    def code(self, question: Question) -> Secret:
        """The code."""
        return code_in(self.text.reveal(), self.words)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a program."""

    code: int
    stdout: Secret
    stderr: str


Run = Callable[[str | Sequence[str]], Ran]
"""Runs a program; a text goes through the system's shell, as `mfa_process` of other tools does."""


@dataclass(frozen=True, slots=True)
class CodeFromCommand:
    """A program that prints a code: `mfa_process`, a password manager, `ykman`."""

    command: str | Sequence[str]
    run: Run
    where: str
    """Where the command stands, for messages: ``mfa_process` of profile `work``."""
    again: bool = True
    here: bool = True

    @property
    def words(self) -> str:
        """What it is."""
        return self.where

    def code(self, question: Question) -> Secret:
        """The code on its output, the last line where it prints several."""
        ran = self.run(self.command)
        if ran.code != 0:
            said = " ".join(ran.stderr.split())[:200]
            raise CodeSourceError(
                f"the command of {self.where} ended with code {ran.code}" + (f": {said}" if said else ""),
                hint="run it by hand to see what it needs",
            )
        lines = [line for line in ran.stdout.reveal().splitlines() if line.strip()]
        return code_in(lines[-1] if lines else "", f"the command of {self.where}")


@dataclass(frozen=True, slots=True)
class NoCodes:
    """Nobody can be asked."""

    why: str
    """`there is no terminal to ask on`."""
    words: str = "nobody"
    again: bool = False
    here: bool = False

    def code(self, question: Question) -> Secret:
        """Nothing but the error."""
        raise CodeSourceError(
            f"an MFA code of device `{question.device}` is needed, and {self.why}",
            hint=f"run `iamfa login{profile_option(question.profile)}` in a terminal",
        )
