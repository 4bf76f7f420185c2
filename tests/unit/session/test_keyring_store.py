"""Sessions whose secret parts lie in a keyring: the file holds none of them, and mixed pieces count as none."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest
from tests.unit.session.examples import ALICE, CREDENTIALS, KEY_ID, NOON, Place, named, session

from iamfa.errors import IamfaError
from iamfa.session.cache import Cache, CacheError
from iamfa.session.keyring_store import SERVICE, system_keyring


class InMemory(keyring.backend.KeyringBackend):
    """A keyring as small as Windows': 2,560 bytes for each secret, in UTF-16."""

    priority = 1  # type: ignore[assignment]  # a plain value, as keyring's own documentation does it

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password.encode("utf-16-le")) > 2560:
            raise keyring.errors.PasswordSetError(f"too long: {password}")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError("not there")
        del self.kept[service, username]


class Locked(InMemory):
    """A keyring that stays shut."""

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked("secret words")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked(password)

    def delete_password(self, service: str, username: str) -> None:
        raise keyring.errors.KeyringLocked("secret words")


@pytest.fixture
def ring() -> InMemory:
    return InMemory()


@pytest.fixture
def cache(tmp_path: Path, ring: InMemory) -> Cache:
    found = Cache(tmp_path / "cache", now=lambda: NOON, keyring=ring)
    found.remember_owner("", KEY_ID, ALICE)
    found.keep(session())
    return found


def test_a_session_in_the_keyring_is_found_again(cache: Cache) -> None:
    assert cache.find(named()) == session()
    assert cache.everything() == (session(),)


def test_the_file_holds_no_secret_and_the_keyring_names_nobody(cache: Cache, ring: InMemory) -> None:
    text = (cache.folder / "sessions.json").read_text()
    kept = session().credentials
    assert kept.token is not None
    assert kept.secret.reveal() not in text and kept.token.reveal()[:20] not in text
    assert {service for service, _ in ring.kept} == {SERVICE}
    assert not [name for _, name in ring.kept if "alice" in name]


def test_the_short_way_leaves_it_to_the_program(cache: Cache) -> None:
    place = Place(cache.folder.parent)
    place.write(credentials=CREDENTIALS)
    assert place.answer("--profile", "work") is None


def test_without_the_keyring_the_session_is_not_found_and_not_forgotten_by_halves(cache: Cache) -> None:
    bare = Cache(cache.folder, now=lambda: NOON)
    assert bare.find(named()) is None and bare.everything() == ()
    with pytest.raises(CacheError) as caught:
        bare.forget([named()])
    assert "iamfa[keyring]" in (caught.value.hint or "")
    assert cache.find(named()) == session()


def test_forgetting_empties_the_keyring(cache: Cache, ring: InMemory) -> None:
    assert cache.forget([named()]) == 1
    assert not ring.kept and cache.everything() == ()


def test_a_new_session_takes_the_place_of_the_old_one_whole(cache: Cache, ring: InMemory) -> None:
    before = set(ring.kept)
    cache.keep(session(number=2))
    assert set(ring.kept) == before
    assert cache.find(named()) == session(number=2)


def test_ended_sessions_leave_the_keyring_with_the_next_write(cache: Cache, ring: InMemory) -> None:
    later = Cache(cache.folder, now=lambda: NOON + timedelta(hours=12), keyring=ring)
    later.remember_owner("", "AKIA2", ALICE)
    assert not ring.kept
    bare = Cache(cache.folder, now=lambda: NOON)
    bare.remember_owner("", "AKIA3", ALICE)
    assert bare.owner("", "AKIA2") == ALICE


def test_pieces_of_two_sessions_or_missing_ones_count_as_none(cache: Cache, ring: InMemory) -> None:
    first = sorted(ring.kept)[0]
    assert ring.kept[first].startswith('["secret')
    ring.kept[first] = ring.kept[first].replace("secret0", "secret1")
    assert cache.find(named()) is None
    del ring.kept[first]
    assert cache.find(named()) is None
    assert cache.forget([named()]) == 1


# The keyring of the system.


def test_the_keyring_of_the_system_keeps_reads_and_takes_away(ring: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
    found = system_keyring()
    found.set_password(SERVICE, "name", "secret")
    assert found.get_password(SERVICE, "name") == "secret"
    found.delete_password(SERVICE, "name")
    assert found.get_password(SERVICE, "name") is None


def test_what_a_keyring_refuses_is_told_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", Locked)
    found = system_keyring()
    for act in (
        lambda: found.get_password(SERVICE, "name"),
        lambda: found.set_password(SERVICE, "name", "secret"),
        lambda: found.delete_password(SERVICE, "name"),
    ):
        with pytest.raises(CacheError, match="KeyringLocked") as caught:
            act()
        assert "secret" not in str(caught.value)


def test_a_system_without_a_keyring_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", keyring.backends.fail.Keyring)
    with pytest.raises(IamfaError, match="no keyring"):
        system_keyring()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(IamfaError) as caught:
        system_keyring()
    assert caught.value.hint == "`pip install 'iamfa[keyring]'`"
