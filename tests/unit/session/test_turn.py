"""Who asks: one of all, and nobody where nobody can."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.session.examples import NOON, Place, named, session

from iamfa.session import turn as turns
from iamfa.session.cache import Kept, NobodyCanAskError, WaitedInVainError
from iamfa.session.private_file import acquired

ROOT = Path(__file__).parents[3]
PROCESSES = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")


def started(folder: Path, *arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.unit.session.asking", str(folder), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def never() -> Kept:
    raise AssertionError("asked, though nobody should have")


def test_what_is_kept_is_taken_without_a_question(place: Place) -> None:
    assert place.cache.turn(named()).take(never, can_ask=True) == session()
    assert place.cache.turn(named()).take(never, can_ask=False) == session()
    place.now = NOON + timedelta(hours=1)
    with pytest.raises(NobodyCanAskError):
        place.cache.turn(named(), find=lambda: place.cache.find(named(), max_age=timedelta(minutes=1))).take(
            never, can_ask=False
        )


def test_who_can_ask_asks_and_who_cannot_fails_at_once(place: Place) -> None:
    key = named(user="bob")
    begun = time.monotonic()
    with pytest.raises(NobodyCanAskError, match="no process that could ask"):
        place.cache.turn(key).take(never, can_ask=False)
    assert time.monotonic() - begun < 5
    assert place.cache.turn(key).take(lambda: session(key), can_ask=True) == session(key)


def test_a_question_that_was_broken_off_leaves_the_turn_to_the_next(place: Place) -> None:
    def broken_off() -> Kept:
        raise KeyboardInterrupt

    key = named(user="bob")
    with pytest.raises(KeyboardInterrupt):
        place.cache.turn(key).take(broken_off, can_ask=True)
    assert place.cache.turn(key).take(lambda: session(key), can_ask=True) == session(key)


@pytest.mark.parametrize("can_ask", [True, False])
def test_waiting_is_counted_down_and_has_an_end(place: Place, monkeypatch: pytest.MonkeyPatch, can_ask: bool) -> None:
    monkeypatch.setattr(turns, "_SLICE_SECONDS", 0.05)
    turn = place.cache.turn(named(user="bob"))
    told: list[float] = []
    held = acquired(turn.folder, turn.name, seconds=0)
    assert held is not None
    with held, pytest.raises(WaitedInVainError, match=r"more than 0\.2 seconds"):
        turn.take(never, can_ask=can_ask, patience=0.2, waiting=told.append)
    assert told == sorted(told, reverse=True) and 3 <= len(told) <= 5


def test_names_of_locks_tell_nothing_and_the_files_hold_nothing(place: Place) -> None:
    place.cache.turn(named(user="bob")).take(lambda: session(named(user="bob")), can_ask=True)
    (left,) = (place.home / "cache").glob("turn-*.lock")
    assert "bob" not in left.name and left.stat().st_size == 0


def test_a_question_that_was_broken_off_passes_to_one_who_can_ask(place: Place) -> None:
    key = named(user="bob")
    turn = place.cache.turn(key)
    held = acquired(turn.folder, turn.name, seconds=0)
    assert held is not None

    def ask() -> Kept:
        place.cache.keep(session(key, number=3))
        return session(key, number=3)

    with ThreadPoolExecutor() as threads:
        with held:
            unable = [threads.submit(turn.take, never, can_ask=False) for _ in range(2)]
            able = threads.submit(turn.take, ask, can_ask=True)
            time.sleep(0.1)
        assert {each.result(30) for each in [able, *unable]} == {session(key, number=3)}


def test_a_question_that_was_broken_off_leaves_those_who_cannot_ask_with_nothing(place: Place) -> None:
    turn = place.cache.turn(named(user="bob"))
    held = acquired(turn.folder, turn.name, seconds=0)
    assert held is not None
    with ThreadPoolExecutor() as threads:
        with held:
            unable = threads.submit(turn.take, never, can_ask=False)
            time.sleep(0.1)
        with pytest.raises(NobodyCanAskError):
            unable.result(30)


@PROCESSES
def test_of_fifty_processes_one_asks_and_all_get_the_same(tmp_path: Path) -> None:
    assert started(tmp_path, 50, 0, 0.2).wait(60) == 0
    assert len(lines(tmp_path / "asked")) == 1
    found = lines(tmp_path / "found")
    assert len(found) == 50 and len(set(found)) == 1 and found[0].startswith("ASIA")


@PROCESSES
def test_who_cannot_ask_waits_for_the_one_that_is_asking(tmp_path: Path) -> None:
    assert started(tmp_path, 1, 9, 0.3, "first").wait(60) == 0
    assert len(lines(tmp_path / "asked")) == 1
    assert len(lines(tmp_path / "found")) == 10 and len(set(lines(tmp_path / "found"))) == 1


@PROCESSES
def test_where_none_of_many_can_ask_all_fail(tmp_path: Path) -> None:
    assert started(tmp_path, 0, 9, 0).wait(60) == 0
    assert lines(tmp_path / "found") == ["NobodyCanAskError"] * 9
    assert not lines(tmp_path / "asked")


@PROCESSES
def test_one_who_is_killed_while_asking_stops_nobody(tmp_path: Path) -> None:
    asking = started(tmp_path, 1, 0, 60)
    patience = time.monotonic() + 30
    while not lines(tmp_path / "asked") and time.monotonic() < patience:
        time.sleep(0.01)
    (process,) = map(int, lines(tmp_path / "asked"))
    place = Place(tmp_path)
    turn = place.cache.turn(named())
    assert acquired(turn.folder, turn.name, seconds=0) is None
    os.kill(process, signal.SIGKILL)
    assert turn.take(lambda: session(number=5), can_ask=True, patience=10) == session(number=5)
    asking.wait(30)
