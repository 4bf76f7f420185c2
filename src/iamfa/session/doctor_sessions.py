"""Sessions that are kept, and the keyring that they may lie in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from iamfa.errors import IamfaError
from iamfa.session.cache import Cache, CacheError
from iamfa.session.doctor_checkup import Checkup
from iamfa.session.doctor_profiles import named
from iamfa.session.keyring_store import Keyring
from iamfa.session.wanted import Wanted

_SOON: Final = timedelta(minutes=15)


def keyring_checkup(open_keyring: Callable[[], Keyring] | None) -> tuple[Checkup, Keyring | None]:
    """Whether the keyring is there; *open_keyring* raises `IamfaError` where it is not, and is None where nobody wants
    it."""
    if open_keyring is None:
        return Checkup("keyring", "ok", "sessions are kept in a file"), None
    try:
        keyring = open_keyring()
    except IamfaError as error:
        return Checkup("keyring", "problem", error.message, error.hint, "IAMFA_KEYRING"), None
    return Checkup("keyring", "ok", "sessions are kept in the keyring of the system", place="IAMFA_KEYRING"), keyring


def session_checkup(wanted: Wanted, cache: Cache, now: datetime) -> Checkup:
    """The session of the profile that is asked for."""
    login = f"iamfa login{named(wanted.profile)}"
    owner = cache.owner(wanted.endpoint, wanted.keys.key_id)
    key = wanted.key(owner.partition, owner.account, owner.name) if owner is not None else None
    try:
        kept = next((each for each in cache.everything() if each.key == key), None)
    except CacheError as error:
        return Checkup("session", "unknown", f"whether a session is kept cannot be seen: {error.message}", error.hint)
    if kept is None or kept.credentials.expires is None:
        words = f"no session of profile `{wanted.profile}` is kept: whoever needs one is asked for a code"
        return Checkup("session", "ok", words, f"`{login}` gets one")
    left = kept.credentials.expires - now
    minutes = int(left.total_seconds()) // 60
    words = f"the session of profile `{wanted.profile}` lasts {minutes // 60} h {minutes % 60} min"
    if left <= _SOON:
        return Checkup(
            "session", "warning", f"{words}, and is not given out for its last 5 minutes", f"{login} --renew"
        )
    return Checkup("session", "ok", words)
