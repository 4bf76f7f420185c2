"""A process that is killed while it keeps a session: the file is whole, with the old session or the new one."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from tests.unit.session.examples import NOON, named, session

from iamfa.session.cache import Cache

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows neither forks nor kills like this")
ROOT = Path(__file__).parents[3]


def left(folder: Path) -> list[Path]:
    return list(folder.glob(".iamfa-*.tmp"))


def killed_while_keeping(folder: Path, *, kills: int, seed: int) -> int:
    """Kill so many times, half of them while a new file is there; gives how many left one behind."""
    random, path, caught, number = Random(seed), folder / "sessions.json", 0, 0
    cache = Cache(folder, now=lambda: NOON)
    command = [sys.executable, "-m", "tests.unit.session.keeping_forever", str(folder)]
    # Its own coverage would be lost with it.
    environment = {**os.environ, "COVERAGE_PROCESS_START": ""}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    ) as keeping:
        assert keeping.stdin is not None and keeping.stdout is not None
        for n in range(kills):
            keeping.stdin.write(f"{number}\n")
            keeping.stdin.flush()
            process = int(keeping.stdout.readline())
            time.sleep(random.random() * 0.03)
            patience = time.monotonic() + 30
            if n % 2:
                while not left(folder) and time.monotonic() < patience:
                    pass
                time.sleep(random.choice((0, 0, 0.0002, 0.001)))
            os.kill(process, signal.SIGKILL)
            assert keeping.stdout.readline() == "dead\n"
            caught += bool(left(folder))
            assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in [path, *left(folder)])
            for each in left(folder):
                each.unlink()
            assert cache.warning() is None, f"kill {n}"
            assert len(cache.everything()) == 30 + (cache.find(named()) is not None), f"kill {n}: a session was lost"
            now = cache.find(named())
            found = 0 if now is None else int(now.credentials.key_id.removeprefix("ASIA"))
            assert now is None or now == session(number=found)
            assert found >= number, f"kill {n}: an older session than the one before came back"
            number = found
        keeping.stdin.close()
    assert number > 0
    return caught


def test_fifteen_kills_leave_a_whole_file(tmp_path: Path) -> None:
    assert killed_while_keeping(tmp_path / "cache", kills=15, seed=1) > 0


@pytest.mark.soak
def test_a_thousand_kills_leave_a_whole_file_a_hundred_of_them_between_open_and_rename(tmp_path: Path) -> None:
    assert killed_while_keeping(tmp_path / "cache", kills=1000, seed=2) >= 100
