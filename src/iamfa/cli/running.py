"""A program that is run with an environment of its own: its exit code, and what is passed on to it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from iamfa.errors import IamfaError


def run_with(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run and wait; the program ends it: a terminal sends an interrupt to both, and SIGTERM is passed on.

    Gives the program's code, 128 and the number of the signal where one ended it. Raises `IamfaError` where it cannot
    be run.
    """
    try:
        process = subprocess.Popen(list(arguments), env=dict(environment))
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
