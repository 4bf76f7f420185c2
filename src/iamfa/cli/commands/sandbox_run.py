"""`iamfa sandbox run -- COMMAND`: a command against a fresh sandbox."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from iamfa.cli.boxes import box_of, box_options, environment_with, logged, told
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.errors import IamfaError


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
            code = _run(arguments, environment)
        finally:
            if options["save"] is not None:
                box.save(options["save"])
    return code


def _run(arguments: tuple[str, ...], environment: dict[str, str]) -> int:
    """Run and wait; the command ends it: a terminal sends an interrupt to both, and SIGTERM is passed on."""
    try:
        process = subprocess.Popen(arguments, env=environment)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise IamfaError(f"`{arguments[0]}` cannot be run: {reason}", hint="name a program on your PATH") from error
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        while True:
            with suppress(KeyboardInterrupt):
                code = process.wait()
                return code if code >= 0 else 128 - code
    finally:
        signal.signal(signal.SIGTERM, before)
