"""A sandbox that is killed while it saves: the file is whole, with the old state or the new one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

import iamfa

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows neither forks nor kills like this")
SAVING = Path(__file__).with_name("saving_forever.py")


def left(folder: Path) -> list[Path]:
    return list(folder.glob(".iamfa-*.tmp"))


def numbers(path: Path, users: int) -> set[int]:
    """The numbers that a saved state has, loaded as a sandbox loads it; every user must be there."""
    state = iamfa.Sandbox(load=path).state
    named = [user for name, user in state.account.users.items() if name.startswith("user")]
    assert len(named) == users
    return {int(value) for user in named for key, value in user.tags if key == "number"}


def killed_while_saving(folder: Path, *, kills: int, users: int, seed: int) -> int:
    """Kill so many times, half of them while a new file is there; gives how many left one behind."""
    random, path, caught, number = Random(seed), folder / "state.json", 0, 0
    arguments = [sys.executable, str(SAVING), str(path), str(users)]
    # Its own coverage would be lost with it.
    environment = {**os.environ, "COVERAGE_PROCESS_START": ""}
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as saving:
        assert saving.stdin is not None and saving.stdout is not None
        for n in range(kills):
            saving.stdin.write(f"{number}\n")
            saving.stdin.flush()
            process = int(saving.stdout.readline())
            patience = time.monotonic() + 30
            while not path.exists() and time.monotonic() < patience:
                time.sleep(0.001)
            time.sleep(random.random() * 0.02)
            if n % 2:
                while not left(folder) and time.monotonic() < patience:
                    pass
                time.sleep(random.choice((0, 0, 0.0005, 0.001)))
            else:
                time.sleep(random.random() * 0.1)
            os.kill(process, signal.SIGKILL)
            assert saving.stdout.readline() == "dead\n"
            caught += bool(left(folder))
            for each in left(folder):
                each.unlink()
            found = numbers(path, users)
            assert len(found) == 1, f"kill {n}: two states in one file: {found}"
            (now,) = found
            assert now >= number, f"kill {n}: an older state than the one before came back"
            number = now
        saving.stdin.close()
    assert number > 0
    return caught


def test_twenty_kills_leave_a_whole_state(tmp_path: Path) -> None:
    assert killed_while_saving(tmp_path, kills=20, users=60, seed=1) > 0


@pytest.mark.soak
def test_a_thousand_kills_leave_a_whole_state_a_hundred_of_them_between_open_and_rename(tmp_path: Path) -> None:
    assert killed_while_saving(tmp_path, kills=1000, users=800, seed=2) >= 100
