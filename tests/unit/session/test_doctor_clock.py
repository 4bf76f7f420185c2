"""How far the clocks are apart is told only as far as it is sure, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.session.houses import NOON

from iamfa.session.doctor_clock import clock_checkup, seconds_ahead

LINUX = "Linux version 6.1.0-18-amd64 (gcc-12)"
WSL = "Linux version 5.15.133.1-microsoft-standard-WSL2"


@pytest.mark.parametrize(
    ("off", "state", "words"),
    [
        (0, "ok", "goes with AWS's"),
        (4, "ok", "4 s behind it"),
        (-4, "ok", "s ahead of it"),
        (20, "warning", "20 s behind AWS's: codes that are made here are refused near the end"),
        (-20, "warning", "ahead of AWS's"),
        (60, "problem", "codes that are made here (ykman"),
        (-60, "problem", "ahead of AWS's"),
        (400, "problem", "AWS refuses signatures"),
    ],
)
def test_a_clock_that_is_off_is_told_with_what_it_does(off: int, state: str, words: str) -> None:
    found = clock_checkup(NOON, NOON, NOON + timedelta(seconds=off), LINUX)
    assert (found.state, words in found.sentence) == (state, True), found.sentence
    assert (found.hint is None) == (state == "ok")


def test_an_answer_that_was_long_on_its_way_says_less() -> None:
    heard = NOON + timedelta(seconds=10)
    assert seconds_ahead(NOON, heard, NOON + timedelta(seconds=4)) == 0
    assert seconds_ahead(NOON, heard, NOON) == 0
    assert seconds_ahead(NOON, heard, NOON + timedelta(seconds=50)) == 40
    assert seconds_ahead(NOON, heard, NOON - timedelta(seconds=50)) == -49


@pytest.mark.parametrize(
    ("system", "words"), [(LINUX, "timedatectl"), (WSL, "sudo hwclock -s"), ("darwin", "by the network")]
)
def test_what_to_do_depends_on_the_system(system: str, words: str) -> None:
    assert words in str(clock_checkup(NOON, NOON, NOON + timedelta(seconds=99), system).hint)


def test_where_no_time_was_told_nothing_is_claimed() -> None:
    assert clock_checkup(NOON, NOON, None, LINUX).state == "unknown"
