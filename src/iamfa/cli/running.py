"""A program that is run with an environment of its own: its exit code, and what is passed on to it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence

from iamfa.errors import IamfaError


def run_with(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run and wait; the program ends it: a terminal sends an interrupt to both, and SIGTERM is passed on.

    Gives the program's code, 128 and the number of the signal where one ended it. Raises `IamfaError` where it cannot
    be run.
    """
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []
    """What came while the program was being started."""

    def pass_on(number: int, _frame: object) -> None:
        if process is None:
            early.append(number)
        else:
            process.send_signal(number)

    def go_on(_number: int, _frame: object) -> None:
        """Not an exception, which may come just when the program's code was told, and lose it."""

    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on)}
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        before[signal.SIGINT] = signal.signal(signal.SIGINT, go_on)
    try:
        process = subprocess.Popen(list(arguments), env=dict(environment))
        for number in early:
            process.send_signal(number)
        code = process.wait()
        return code if code >= 0 else 128 - code
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise IamfaError(f"`{arguments[0]}` cannot be run: {reason}", hint="name a program on your PATH") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
