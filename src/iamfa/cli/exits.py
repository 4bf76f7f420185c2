"""The exit codes, and the one place where an error becomes one: a line or two on standard error, never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from enum import IntEnum
from types import TracebackType

from iamfa.errors import (
    EditError,
    IamfaError,
    InputError,
    JudgementError,
    OutsideError,
    PolicyError,
    UnknownOperatorError,
)


class ExitCode(IntEnum):
    """What the end of a command says to whoever started it."""

    CLEAN = 0
    """Nothing to report; allowed; all expectations met."""
    FOUND = 1
    """Findings that fail; denied; an expectation not met."""
    USAGE = 2
    """The command was called wrongly, or its settings are wrong."""
    INVALID = 3
    """An input is no policy, or cannot be read (or an output not be written)."""
    AWS = 4
    """AWS refused or could not be reached."""
    UNKNOWN = 5
    """No verdict could be given honestly; a defect of this program is such a case too."""
    INTERRUPTED = 130
    CLOSED_PIPE = 141


_PRECEDENCE = (ExitCode.USAGE, ExitCode.INVALID, ExitCode.AWS, ExitCode.UNKNOWN, ExitCode.FOUND)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The code that goes out when several apply."""
    there = set(codes)
    return next((code for code in _PRECEDENCE if code in there), ExitCode.CLEAN)


_OF_ERRORS: tuple[tuple[type[IamfaError], ExitCode], ...] = (
    (PolicyError, ExitCode.INVALID),
    (UnknownOperatorError, ExitCode.INVALID),
    (InputError, ExitCode.INVALID),
    (OutsideError, ExitCode.AWS),
    (EditError, ExitCode.UNKNOWN),
    (JudgementError, ExitCode.UNKNOWN),
    (IamfaError, ExitCode.USAGE),
)
"""Which code an error means, the first that fits; what is not about an input is about how the command was called."""


def code_of(error: IamfaError) -> ExitCode:
    """The exit code of an error that ends a command."""
    return next(code for kind, code in _OF_ERRORS if isinstance(error, kind))


def complain(message: str, hint: str | None = None) -> None:
    """Say on standard error what is wrong and what to do; where that is closed, nobody is told."""
    from iamfa.report.paper import printable

    text = f"error: {printable(message)}\n" + (f"help: {printable(hint)}\n" if hint else "")
    encoding = sys.stderr.encoding or "ascii"
    with suppress(OSError):
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stderr.flush()


class Ending:
    """Around a command: every way in which it may end becomes an exit code.

    Interrupted and broken off by a closed pipe it says nothing; every other error is said in a line, with a hint. A
    defect of the program itself is told as one; with *verbose* its traceback goes on as it is.
    """

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self.code: int = ExitCode.CLEAN
        """An `ExitCode`, or the code of a command that was run."""

    def __enter__(self) -> Ending:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            return True
        if isinstance(error, SystemExit):
            return False
        code = self._code_of(error)
        if code is None:
            return False
        self.code = code
        return True

    def _code_of(self, error: BaseException) -> ExitCode | None:
        if isinstance(error, KeyboardInterrupt):
            return ExitCode.INTERRUPTED
        if isinstance(error, BrokenPipeError):
            turn_away_output()
            return ExitCode.CLOSED_PIPE
        if isinstance(error, IamfaError):
            complain(error.message, error.hint)
            return code_of(error)
        if isinstance(error, OSError):
            turn_away_output()
            name = f"`{error.filename}`: " if error.filename else ""
            complain(f"{name}{(error.strerror or str(error)).lower()}")
            return ExitCode.INVALID
        code = _of_click(error)
        if code is not None or self._verbose:
            return code
        complain(
            f"a defect of iamfa itself: {type(error).__name__}: {error}",
            "run the same with --verbose and report what it prints, with the policy that led here",
        )
        return ExitCode.UNKNOWN


def _of_click(error: BaseException) -> ExitCode | None:
    """What the parser of the command line means; None for errors that are not its own."""
    import click

    if isinstance(error, click.exceptions.Exit):
        return ExitCode(error.exit_code)
    if isinstance(error, click.Abort):
        return ExitCode.INTERRUPTED
    if not isinstance(error, click.ClickException):
        return None
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    message = error.format_message().rstrip(".")
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx is not None else "iamfa"
    complain(message[:1].lower() + message[1:], f"`{path} --help` tells how it is called")
    return ExitCode.USAGE


def turn_away_output() -> None:
    """Nobody reads on: what is still buffered goes nowhere, so that the interpreter does not complain at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
