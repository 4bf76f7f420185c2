"""The entry: finds the command, imports it alone, and ends the process with its exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Final, NoReturn

_INTERRUPTED: Final = 130
"""`ExitCode.INTERRUPTED`, before that can be imported."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line *argv* (without the program's name; that of the process where it is None) and exit."""
    try:
        code = run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:  # while modules were imported
        code = _INTERRUPTED
    sys.exit(code)


def run(argv: Sequence[str]) -> int:
    """Run a command line and give its exit code. Everything that may go wrong is said on stderr, in a line or two."""
    from iamfa.cli.exits import Ending, ExitCode, turn_away_output

    arguments = list(argv)
    _make_output_writable()
    with Ending(verbose="--verbose" in arguments) as ending:
        from iamfa.cli.group import GROUP, complete

        code = complete()
        if code is None:
            with GROUP.make_context("iamfa", arguments) as context:
                code = GROUP.invoke(context)
        ending.code = int(code or 0)
        sys.stdout.flush()
    if ending.code == ExitCode.INTERRUPTED:
        turn_away_output()
    return ending.code


def _make_output_writable() -> None:
    """A process may be started without output; then words go nowhere instead of failing."""
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()


def _nowhere() -> TextIOWrapper:
    import os

    return open(os.devnull, "w", encoding="utf-8")
