"""A command in a process of its own that is forked from one which has loaded everything: a tenth of a start's time.

All that a process has is its own and real: terminal, streams, environment, folder, signals, end.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

import iamfa.__main__
import iamfa.cli.commands.console
import iamfa.cli.commands.credential_process
import iamfa.cli.commands.env
import iamfa.cli.commands.exec
import iamfa.cli.commands.login
import iamfa.cli.commands.logout
import iamfa.cli.commands.status
import iamfa.cli.group
import iamfa.cli.main
from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret

for _service in ("sts", "iam"):
    Aws(Credentials("AKIA", Secret("none")), region="us-east-1", endpoint_url="http://127.0.0.1:1")._client(_service)


def command(
    arguments: Sequence[str],
    *,
    terminal: str | None,
    environment: Mapping[str, str],
    folder: str,
    streams: Mapping[int, str],
    copies: int | None = None,
    file_size: int | None = None,
) -> None:
    """Become a process of this terminal, and run `iamfa`; with *copies* so many at once, each with its own streams."""
    os.setsid()
    _connect(terminal, streams, "" if copies is None else ".0")
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    if file_size is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    for number in range(copies or 0):
        if os.fork() == 0:
            _connect(None, streams, f".{number}", anew=False)
            break
    else:
        if copies is not None:
            _wait_for_all()
    sys.argv = ["iamfa", *arguments]
    iamfa.__main__.main()


def _connect(terminal: str | None, streams: Mapping[int, str], suffix: str, *, anew: bool = True) -> None:
    """The three streams; the first terminal that a leader of a session opens is its own."""
    own = os.open(terminal, os.O_RDWR) if terminal is not None else None
    for number in range(3):
        path = streams.get(number)
        if path is not None:
            handle = os.open(path if number == 0 else path + suffix, os.O_RDWR | os.O_CREAT * (number > 0), 0o600)
        elif own is not None:
            handle = own
        elif anew:
            handle = os.open(os.devnull, os.O_RDWR)
        else:
            continue
        os.dup2(handle, number)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)


def _wait_for_all() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    codes = []
    while True:
        try:
            _, status = os.wait()
        except ChildProcessError:
            break
        codes.append(os.waitstatus_to_exitcode(status))
    with suppress(ValueError):
        sys.stdout.flush()
    os._exit(sum(code != 0 for code in codes))
