"""A program that saves a sandbox again and again, to be killed: `python saving_forever.py FILE USERS`.

For each line, a number, that comes in, it starts a process that numbers its states from there on and saves each, and
says the id of that process; when it is dead it says so.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import iamfa
from iamfa.account.entities import User
from iamfa.sandbox.live import State


def filled(users: int) -> iamfa.Sandbox:
    """A sandbox with many users, the first and the last of which tell the number of its state."""
    box = iamfa.Sandbox(seed=1, services=False)
    state = box.state
    for i in range(users):
        name, now = f"user{i:06}", state.clock.now()
        arn = f"arn:aws:iam::123456789012:user/{name}"
        state.account.users[name] = User(name, "/", state.ids.unique("AIDA"), arn, now, tags=(("padding", "x" * 200),))
    return box


def mark(state: State, number: int) -> None:
    users = state.account.users
    for name in (min(users), max(each for each in users if each.startswith("user"))):
        users[name] = replace(users[name], tags=(("number", str(number)),))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    path, users = sys.argv[1], int(sys.argv[2])
    box = filled(users)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            number = int(line)
            box.start()
            while True:
                number += 1
                box.call(lambda state, number=number: mark(state, number))
                box.save(path)
        _say(str(process))
        os.waitpid(process, 0)
        _say("dead")


if __name__ == "__main__":
    main()
