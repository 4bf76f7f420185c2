"""The small files: defaults and the journal."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from iamfa.device.defaults import Defaults
from iamfa.device.journal import Journal
from iamfa.device.kept import KeptFileError, NotKeptError
from iamfa.device.own_user import OwnUser

ALICE = OwnUser("aws", "123456789012", "alice", "arn:aws:iam::123456789012:user/alice")
BOB = OwnUser("aws", "123456789012", "bob", "arn:aws:iam::123456789012:user/bob")
PHONE = "arn:aws:iam::123456789012:mfa/phone"
TABLET = "arn:aws:iam::123456789012:mfa/tablet"
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_a_default_is_remembered_for_one_user_of_one_account(tmp_path: Path) -> None:
    defaults = Defaults(tmp_path / "state")
    assert defaults.get(ALICE) is None
    defaults.set(ALICE, PHONE)
    defaults.set(BOB, TABLET)
    assert (defaults.get(ALICE), defaults.get(BOB)) == (PHONE, TABLET)
    elsewhere = OwnUser("aws", "210987654321", "alice", "arn:aws:iam::210987654321:user/alice")
    assert Defaults(tmp_path / "state").get(elsewhere) is None
    assert not defaults.forget(ALICE, TABLET)
    assert defaults.forget(ALICE)
    assert not defaults.forget(ALICE)
    assert (defaults.get(ALICE), defaults.get(BOB)) == (None, TABLET)


def test_the_journal_knows_what_was_begun_at_its_own_endpoint(tmp_path: Path) -> None:
    journal, sandbox = Journal(tmp_path), Journal(tmp_path, endpoint="http://127.0.0.1:5000")
    journal.add(TABLET, NOON.replace(hour=13))
    journal.add(PHONE, NOON)
    sandbox.add(PHONE, NOON)
    assert [(each.serial, each.created) for each in journal.pending()] == [
        (PHONE, NOON), (TABLET, NOON.replace(hour=13)),
    ]  # fmt: skip
    journal.forget(PHONE)
    journal.forget(PHONE)
    assert journal.find(PHONE) is None
    assert sandbox.find(PHONE) is not None


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-27T12:00:00"])
def test_an_entry_whose_time_cannot_be_read_is_an_entry_all_the_same(tmp_path: Path, moment: str) -> None:
    Journal(tmp_path).add(PHONE, NOON)
    file = tmp_path / "pending-devices.json"
    file.write_text(file.read_text().replace(NOON.isoformat(), moment))
    (found,) = Journal(tmp_path).pending()
    assert (found.serial, found.created) == (PHONE, None)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    Defaults(folder).set(ALICE, PHONE)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is no JSON"),
        ("[]", "no entries"),
        ('{"version": 1, "entries": {"a": 1}}', "no entries"),
        ('{"version": 2, "entries": {}}', "another version"),
        ("\udcff", "is not UTF-8"),
    ],
)
def test_a_file_that_this_program_did_not_write_is_named_and_left_as_it_is(
    tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "default-devices.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    for use in (lambda: Defaults(tmp_path).get(ALICE), lambda: Defaults(tmp_path).set(ALICE, PHONE)):
        with pytest.raises(KeptFileError) as error:
            use()
        assert words in error.value.message
        assert f"move `{file}` away" in str(error.value.hint)
    assert file.read_bytes() == text.encode("utf-8", "surrogateescape")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(NotKeptError) as error:
        Defaults(tmp_path / "state" / "deeper").set(ALICE, PHONE)
    assert "cannot be written: not a directory" in error.value.message
    assert "permissions" in str(error.value.hint)


def test_another_process_that_never_ends_is_not_waited_for_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamfa.device.kept._PATIENCE_SECONDS", 0.05)
    Defaults(tmp_path).set(ALICE, PHONE)
    with FileLock(f"{tmp_path}/default-devices.json.lock"), pytest.raises(NotKeptError) as error:
        Defaults(tmp_path).set(ALICE, TABLET)
    assert "another process" in error.value.message
    assert Defaults(tmp_path).get(ALICE) == PHONE


def test_what_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    Defaults(tmp_path).set(ALICE, PHONE)
    before = (tmp_path / "default-devices.json").stat().st_mtime_ns
    Defaults(tmp_path).set(ALICE, PHONE)
    assert (tmp_path / "default-devices.json").stat().st_mtime_ns == before
    assert json.loads((tmp_path / "default-devices.json").read_text())["version"] == 1


def test_who_writes_at_the_same_time_loses_nothing(tmp_path: Path) -> None:
    serials = [f"{PHONE}-{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda serial: Journal(tmp_path).add(serial, NOON), serials))
    assert {each.serial for each in Journal(tmp_path).pending()} == set(serials)


def test_what_cannot_be_struck_out_of_the_journal_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    journal.add(PHONE, NOON)
    with monkeypatch.context() as patched:
        patched.setattr("iamfa.device.kept.write_text", full_disk)
        journal.forget(PHONE)
        with pytest.raises(NotKeptError, match="no space left"):
            journal.add(TABLET, NOON)
    assert [each.serial for each in journal.pending()] == [PHONE]


def full_disk(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_in_the_way_of_the_folder_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(KeptFileError, match=r"default-devices\.json") as error:
        Defaults(tmp_path / "state").get(ALICE)
    assert error.value.hint == "a file stands where a folder should be: move it away"
