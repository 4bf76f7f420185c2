"""Many processes that want the same session at once: `python asking.py FOLDER ABLE UNABLE SECONDS [first]`.

So many of each are started together, those that can ask a question and those that cannot; with `first` the others
wait until one asks. Whoever asks notes it in FOLDER/asked, takes so many SECONDS and keeps a session of its own; what
each one comes to is a line of FOLDER/found.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.unit.session.examples import NOON, named, session

from iamfa.errors import IamfaError
from iamfa.session.cache import Cache, Kept


def note(path: Path, line: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def want(folder: Path, *, can_ask: bool, seconds: float) -> None:
    """Take a turn, and note what came of it."""
    cache = Cache(folder / "cache", now=lambda: NOON)

    def ask() -> Kept:
        note(folder / "asked", str(os.getpid()))
        time.sleep(seconds)
        kept = session(number=os.getpid())
        cache.keep(kept)
        return kept

    try:
        found = cache.turn(named()).take(ask, can_ask=can_ask, patience=30)
    except IamfaError as error:
        note(folder / "found", type(error).__name__)
    else:
        note(folder / "found", f"{found.credentials.key_id} {found.credentials.secret.reveal()}")


def forked(run: Callable[[], None]) -> int:
    process = os.fork()
    if not process:
        try:
            run()
            os._exit(0)
        finally:
            os._exit(1)
    return process


def main() -> None:
    folder, able, unable, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    gate, go = os.pipe()
    started = []
    for n in range(able + unable):

        def run(can_ask: bool = n < able) -> None:
            os.close(go)
            os.read(gate, 1)
            want(folder, can_ask=can_ask, seconds=seconds)

        def first() -> None:
            want(folder, can_ask=True, seconds=seconds)

        started.append(forked(first if n == 0 and "first" in sys.argv else run))
    while "first" in sys.argv and not (folder / "asked").exists():
        time.sleep(0.005)
    os.close(go)
    for process in started:
        os.waitpid(process, 0)


if __name__ == "__main__":
    main()
