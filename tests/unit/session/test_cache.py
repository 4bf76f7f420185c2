"""The cache: what is kept is found again, by this user alone, whatever others do at the same time."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.session.examples import ALICE, KEY_ID, NOON, ROLE, SERIAL, Place, named, session

from iamfa.session import private_file
from iamfa.session.cache import Cache, CacheError, cache_folder

MODES = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")


def test_what_is_kept_is_found_again(place: Place) -> None:
    assert place.cache.find(named()) == session()
    assert place.cache.owner("", KEY_ID) == ALICE
    assert place.cache.owner("", "AKIAOTHER") is place.cache.owner("http://other", KEY_ID) is None
    assert place.cache.find(named(user="bob")) is None


def test_what_shows_a_session_shows_no_secret(place: Place) -> None:
    kept = place.cache.find(named())
    assert kept is not None and SERIAL in repr(kept)
    assert kept.credentials.secret.reveal() not in repr(kept)


def test_a_session_that_is_too_near_its_end_is_not_found_but_listed_until_it_ends(place: Place) -> None:
    place.now = NOON + timedelta(hours=12, minutes=-5)
    assert place.cache.find(named()) is None
    assert place.cache.everything() == (session(),)
    place.now = NOON + timedelta(hours=12)
    assert place.cache.everything() == ()


def test_a_session_whose_code_was_given_too_long_ago_is_not_found(place: Place) -> None:
    place.now = NOON + timedelta(minutes=10)
    assert place.cache.find(named(), max_age=timedelta(minutes=10)) == session()
    assert place.cache.find(named(), max_age=timedelta(minutes=9)) is None


def test_ended_sessions_go_with_the_next_write_and_their_owners_stay(place: Place) -> None:
    role = named("role", ROLE, "", "")
    place.now = NOON + timedelta(hours=12)
    place.cache.keep(session(role, hours=13))
    assert [each.key for each in place.cache.everything()] == [role]
    assert named() not in (place.home / "cache" / "sessions.json").read_text()
    assert place.cache.owner("", KEY_ID) == ALICE


def test_forgotten_sessions_are_gone_and_counted(place: Place) -> None:
    role = named("role", ROLE, "", "")
    place.cache.keep(session(role))
    assert place.cache.forget([role, role, "none"]) == 1
    assert place.cache.everything() == (session(),)
    assert place.cache.forget(each.key for each in place.cache.everything()) == 1
    assert "secret0" not in (place.home / "cache" / "sessions.json").read_text()


@MODES
def test_the_file_and_its_folder_are_the_users_alone(place: Place) -> None:
    folder = place.home / "cache"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.iterdir()]}
    assert modes == {"cache": 0o700, "sessions.json": 0o600, "sessions.json.lock": 0o600}
    assert (folder / "sessions.json.lock").stat().st_size == 0


@MODES
def test_what_others_could_read_is_replaced_and_nothing_of_it_kept(place: Place) -> None:
    path = place.home / "cache" / "sessions.json"
    path.chmod(0o644)
    assert "what it held must be taken as known to them" in (place.cache.warning() or "")
    assert place.cache.find(named()) is None
    place.cache.keep(session(named("role", ROLE, "", "")))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert place.cache.warning() is None and place.cache.find(named()) is None


def test_a_damaged_file_is_replaced(place: Place) -> None:
    path = place.home / "cache" / "sessions.json"
    for text in ("{", '{"version": 1, "owners": [], "sessions": {"x": 7}}'):
        path.write_text(text)
        assert place.cache.owner("", KEY_ID) is None and place.cache.everything() == ()
        place.cache.keep(session())
        assert place.cache.everything() == (session(),)


@pytest.mark.parametrize(
    ("field", "value"), [("token", 7), ("roles", None), ("owner", {}), ("expires_at", 10**30), ("secret", None)]
)
def test_an_entry_that_is_not_as_it_was_written_counts_as_none(place: Place, field: str, value: object) -> None:
    path = place.home / "cache" / "sessions.json"
    document = json.loads(path.read_text())
    document["sessions"][named()][field] = value
    document["owners"] = {key: {} for key in document["owners"]}
    path.write_text(json.dumps(document))
    assert place.cache.find(named()) is None and place.cache.everything() == ()
    assert place.cache.owner("", KEY_ID) is None
    assert place.cache.warning() is None


def test_a_session_without_an_end_is_not_kept(place: Place) -> None:
    kept = session()
    with pytest.raises(ValueError, match="ends"):
        place.cache.keep(replace(kept, credentials=replace(kept.credentials, expires=None)))


# Where nothing can be kept.


def refusal(act: Callable[[], object]) -> CacheError:
    with pytest.raises(CacheError) as caught:
        act()
    assert caught.value.hint
    return caught.value


@MODES
def test_a_link_in_place_of_the_folder_is_refused_and_one_in_place_of_the_file_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "cache").symlink_to(tmp_path / "real")
    cache = Cache(tmp_path / "cache", now=lambda: NOON)
    assert "symbolic link" in str(refusal(lambda: cache.keep(session())))
    assert not list((tmp_path / "real").iterdir())
    (tmp_path / "cache").unlink()
    (tmp_path / "cache").mkdir(mode=0o700)
    (tmp_path / "theirs").write_text("as it was")
    (tmp_path / "cache" / "sessions.json").symlink_to(tmp_path / "theirs")
    cache.keep(session())
    assert (tmp_path / "theirs").read_text() == "as it was"
    assert cache.everything() == (session(),)


@MODES
def test_a_folder_of_others_is_refused_with_what_to_do(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.home / "cache").chmod(0o777)
    assert refusal(lambda: place.cache.keep(session())).hint == f"`chmod 700 {place.home / 'cache'}`"
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert "another user" in str(refusal(lambda: place.cache.forget([])))


def test_no_home_and_no_folder_say_what_to_name(tmp_path: Path) -> None:
    assert cache_folder({"IAMFA_CACHE_DIR": str(tmp_path)}) == tmp_path
    assert "IAMFA_CACHE_DIR" in (refusal(lambda: cache_folder({})).hint or "")
    refusal(lambda: cache_folder({"IAMFA_CACHE_DIR": "here", "HOME": "/people/alice"}))
    refusal(lambda: Cache(Path("here"), now=lambda: NOON).keep(session()))


def test_a_file_where_a_folder_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "not a folder" in str(refusal(lambda: Cache(tmp_path / "file", now=lambda: NOON).keep(session())))
    deeper = Cache(tmp_path / "file" / "cache", now=lambda: NOON)
    assert deeper.find(named()) is None and "nothing can be kept" in str(refusal(lambda: deeper.keep(session())))


@pytest.mark.parametrize(
    ("number", "words", "hint"),
    [(errno.ENOSPC, "no space left", "make room"), (errno.EROFS, "read-only", "IAMFA_CACHE_DIR")],
)
def test_a_full_or_read_only_disk_leaves_the_old_file_and_says_what_to_do(
    place: Place, monkeypatch: pytest.MonkeyPatch, number: int, words: str, hint: str
) -> None:
    def refused(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refused)
    error = refusal(lambda: place.cache.keep(session(number=2)))
    assert words in str(error) and hint in (error.hint or "")
    assert place.cache.everything() == (session(),)
    assert not list((place.home / "cache").glob("*.tmp"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written(place: Place) -> None:
    (place.home / "cache").chmod(0o500)
    assert "denied" in str(refusal(lambda: place.cache.keep(session(number=2))))
    assert place.cache.everything() == (session(),)


def test_a_file_system_without_locks_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(private_file.FileLock, "acquire", unknown)
    assert "no locks" in str(refusal(lambda: place.cache.keep(session())))


def test_a_writer_that_does_not_let_go_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_file, "_PATIENCE_SECONDS", 0.05)
    lock = private_file.acquired(place.home / "cache", "sessions.json.lock", seconds=0)
    assert lock is not None
    with lock:
        assert "another process" in str(refusal(lambda: place.cache.keep(session())))
    place.cache.keep(session())


WRITERS = """
import os, sys
from pathlib import Path
from tests.unit.session.asking import forked
from tests.unit.session.examples import Place, session

def write(writer):
    for n in range(10):
        Place(Path(sys.argv[1])).cache.keep(session(f"{writer} {n}", number=n))

started = [forked(lambda writer=writer: write(writer)) for writer in range(4)]
assert [os.waitpid(process, 0)[1] for process in started] == [0] * 4
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
def test_writers_at_once_never_lose_each_others_entries(place: Place) -> None:
    subprocess.run([sys.executable, "-c", WRITERS, str(place.home)], cwd=Path(__file__).parents[3], check=True)
    assert len(place.cache.everything()) == 41
