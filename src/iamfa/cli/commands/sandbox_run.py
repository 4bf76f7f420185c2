"""`iamfa sandbox run -- COMMAND`: a command against a fresh sandbox."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from iamfa.cli.boxes import box_of, box_options, environment_with, logged, told
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.running import run_with


@command(name="run", formats=("text",), context_settings={"ignore_unknown_options": True})
@click.option("--user", metavar="NAME", help="Whose key the command gets; own-user with --policy, else administrator.")
@box_options
@click.argument("arguments", metavar="-- COMMAND [ARGUMENT]...", nargs=-1, required=True, type=click.UNPROCESSED)
def COMMAND(asked: Asked, console: Console, /, arguments: tuple[str, ...], user: str | None, **options: Any) -> int:
    """Run a command against a fresh sandbox, and return its exit code.

    The command's environment names the sandbox's endpoint, a Region and a key; no settings of yours for AWS reach it.
    A sandbox of its own is started and ended with it; `iamfa sandbox code DEVICE` works inside.
    """
    from iamfa.sandbox.embedded import ADMINISTRATOR, OWN_USER

    box = box_of(options)
    with (
        tempfile.TemporaryDirectory(prefix="iamfa-") as folder,
        box,
        logged(box, options["log"]),
        told(box, Path(folder)) as where,
    ):
        chosen = user or (OWN_USER if options["policy"] is not None else ADMINISTRATOR)
        environment = environment_with(box, chosen, where)
        try:
            code = run_with(arguments, environment)
        finally:
            if options["save"] is not None:
                box.save(options["save"])
    return code
