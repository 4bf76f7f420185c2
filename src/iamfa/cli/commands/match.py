"""`iamfa match --batch FILE`: single comparisons, for conformance runs."""

from __future__ import annotations

from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode, worst
from iamfa.cli.lines import answer_lines
from iamfa.errors import IamfaError
from iamfa.evaluate.batch import match_line


@command(name="match", hidden=True)
@click.option("--batch", metavar="FILE", required=True, help="JSON lines to answer; `-` is standard input.")
def COMMAND(asked: Asked, console: Console, /, batch: str) -> ExitCode:
    """Answer single comparisons: a condition operator, an action, a resource or a string against a pattern."""
    codes = [_code(answer) for answer in answer_lines(batch, match_line, _unreadable)]
    return worst(codes)


def _code(answer: dict[str, Any]) -> ExitCode:
    if answer["matches"] is not None:
        return ExitCode.CLEAN
    # What AWS does not document has a message and nothing that could be put right.
    return ExitCode.INVALID if "hint" in answer["error"] else ExitCode.UNKNOWN


def _unreadable(error: IamfaError) -> dict[str, Any]:
    return {"id": None, "matches": None, "error": {"message": error.message, "hint": error.hint}}
