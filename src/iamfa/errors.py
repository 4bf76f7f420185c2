"""The one error base of the project: what happened, where, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input, and the place of it.

    Lines and columns count from 1, in code points; a byte-order mark is not counted.
    """

    line: int
    """Line of the first offending character."""
    column: int
    """Column of the first offending character."""
    message: str
    """What is wrong, lower-case, with quoted input in backticks."""
    hint: str | None = None
    """What to write instead, where that is known."""

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


class IamfaError(Exception):
    """Everything that this library raises on purpose; `str()` says what happened, `hint` what to do next."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class PolicyError(IamfaError):
    """A text is no valid policy; `faults` carries every fault with line and column, the first one first."""

    def __init__(self, message: str, faults: tuple[Fault, ...] = (), *, path: str | None = None) -> None:
        super().__init__(message, hint=faults[0].hint if faults else None)
        self.faults = faults
        self.path = path


class InputError(IamfaError):
    """A file that was given is not what it should be."""


class OutsideError(IamfaError):
    """A service outside of this program refused, or could not be reached."""


class RequestError(IamfaError):
    """A request is not one that AWS could receive: a malformed action, principal or context."""


class UnknownOperatorError(IamfaError):
    """A condition operator that is not in the table; nothing may be concluded from its condition."""


class BaselineError(InputError):
    """A file of known findings cannot be read, so that nobody can say which findings are new."""


class JudgementError(IamfaError):
    """No verdict could be given honestly: the input asks for more than can be looked at."""


class EditError(IamfaError):
    """Edits overlap or lie outside the text; nothing was changed."""
