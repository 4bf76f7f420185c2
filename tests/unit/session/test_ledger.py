"""The ledger of codes: what was used lately is known, and no code can be read in it."""

from __future__ import annotations

import json
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.session.examples import NOON, SERIAL

from iamfa.secret import Secret
from iamfa.session.ledger import Ledger
from iamfa.session.private_file import CacheError

CODE = Secret("123456")


def test_a_code_that_was_used_is_known_for_its_device_alone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "cache")
    assert ledger.used(SERIAL, CODE, NOON) is None
    ledger.record(SERIAL, CODE, NOON)
    later = NOON + timedelta(minutes=9)
    assert Ledger(tmp_path / "cache").used(SERIAL, CODE, later) == NOON
    assert ledger.used(SERIAL, Secret("123457"), later) is None
    assert ledger.used("GAHT12345678", CODE, later) is None


def test_after_ten_minutes_a_code_is_forgotten(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    tmp_path.chmod(0o700)
    ledger.record(SERIAL, CODE, NOON)
    later = NOON + timedelta(minutes=10)
    assert ledger.used(SERIAL, CODE, later) is None
    ledger.record(SERIAL, Secret("654321"), later)
    assert len(json.loads((tmp_path / "codes.json").read_text())["used"]) == 1
    assert ledger.used(SERIAL, Secret("654321"), later) == later


def test_the_file_shows_no_code_no_device_and_nobody_else_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    Ledger(folder).record(SERIAL, CODE, NOON)
    text = (folder / "codes.json").read_text()
    assert CODE.reveal() not in text and SERIAL not in text
    if os.name != "nt":
        assert stat.S_IMODE((folder / "codes.json").stat().st_mode) == 0o600


def test_two_ledgers_hash_the_same_code_differently(tmp_path: Path) -> None:
    names = set()
    for each in ("one", "other"):
        Ledger(tmp_path / each).record(SERIAL, CODE, NOON)
        names |= set(json.loads((tmp_path / each / "codes.json").read_text())["used"])
    assert len(names) == 2


@pytest.mark.parametrize(
    "text", ["", "{}", '{"version": 1}', '{"version": 1, "salt": "xyz", "used": {}}', '{"version": 1, "salt": "00"}']
)
def test_a_damaged_ledger_counts_as_empty_and_is_replaced(tmp_path: Path, text: str) -> None:
    ledger = Ledger(tmp_path / "cache")
    ledger.record(SERIAL, CODE, NOON)
    (tmp_path / "cache" / "codes.json").write_text(text)
    assert ledger.used(SERIAL, CODE, NOON) is None
    ledger.record(SERIAL, CODE, NOON)
    assert ledger.used(SERIAL, CODE, NOON) == NOON


def test_where_nothing_can_be_noted_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ledger = Ledger(tmp_path / "file")
    assert ledger.used(SERIAL, CODE, NOON) is None
    with pytest.raises(CacheError):
        ledger.record(SERIAL, CODE, NOON)
