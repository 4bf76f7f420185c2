"""A program that keeps sessions again and again, to be killed: `python keeping_forever.py FOLDER`.

For each line, a number, that comes in, it starts a process that numbers sessions from there on and keeps each in the
place of the one before, and says the id of that process; when it is dead it says so.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.unit.session.examples import NOON, session

from iamfa.session.cache import Cache


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    cache = Cache(Path(sys.argv[1]), now=lambda: NOON)
    for n in range(30):
        cache.keep(session(f"another session {n}"))
    for line in sys.stdin:
        process = os.fork()
        if not process:
            number = int(line)
            while True:
                number += 1
                cache.keep(session(number=number))
        _say(str(process))
        os.waitpid(process, 0)
        _say("dead")


if __name__ == "__main__":
    main()
