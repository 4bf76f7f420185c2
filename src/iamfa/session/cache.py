"""The cache of sessions: what was got with one code serves every program of the user until it ends.

A session is kept under who it belongs to and what it carries (`cached.session_key`), never under a profile: profiles
of the same user share it. Whose a long-term key is stands beside it, so that a hit asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from iamfa.device.own_user import OwnUser
from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret
from iamfa.session import cached
from iamfa.session.keyring_store import Keyring, SecretsInKeyring
from iamfa.session.private_file import CacheError, PrivateFile
from iamfa.session.turn import NobodyCanAskError, Turn, WaitedInVainError

__all__ = ["Cache", "CacheError", "Kept", "NobodyCanAskError", "Turn", "WaitedInVainError", "cache_folder"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A session that is kept."""

    credentials: Credentials
    """With the moment when they end, as the server told it."""
    owner: OwnUser
    endpoint: str
    """The URL of STS; empty for AWS itself."""
    obtained: datetime
    mfa_at: datetime | None
    """When the code was given; None for a session without MFA."""
    serial: str | None
    """The device of the code."""
    roles: tuple[str, ...]
    """ARNs of the roles in the order in which they were assumed; none for the user's own session."""
    key: str
    """Its name, from `cached.session_key`."""


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where sessions are kept. Raises `CacheError` where there is neither a home nor an IAMFA_CACHE_DIR."""
    found = cached.folder(environ)
    if not found:
        raise CacheError(
            "there is no folder to keep sessions in: no home, or a relative path",
            hint="name a folder of your own in IAMFA_CACHE_DIR, by its whole path",
        )
    return Path(found)


class Cache:
    """The sessions that are kept in a folder.

    Reading takes no lock and raises nothing: what cannot be trusted counts as empty, and `warning` says so. Writing
    raises `CacheError`; whoever asked goes on without. With *keyring* the secret parts lie in the keyring of the
    system, and the file holds the rest; then `credential-process` has no short way.
    """

    def __init__(self, folder: Path, *, now: Callable[[], datetime], keyring: Keyring | None = None) -> None:
        self.folder = folder
        self._file = PrivateFile(folder, cached.SESSIONS)
        self._now = now
        self._secrets = None if keyring is None else SecretsInKeyring(keyring)

    def warning(self) -> str | None:
        """Why what lies there is not trusted, and so counts as empty; None where all is well.

        To be asked before something is written: the next session that is kept replaces a file that is not trusted.
        """
        return self._file.read()[1]

    def owner(self, endpoint: str, key_id: str) -> OwnUser | None:
        """Whose a long-term key is, as far as it was seen before."""
        try:
            return _owner(self._part("owners")[cached.owner_key(endpoint, key_id)])
        except (KeyError, TypeError):
            return None

    def remember_owner(self, endpoint: str, key_id: str, owner: OwnUser) -> None:
        """Keep whose a long-term key is. Raises `CacheError`."""
        self._change(owners={cached.owner_key(endpoint, key_id): _owner_entry(owner)})

    def find(self, key: str, *, max_age: timedelta | None = None, margin: float = cached.MARGIN_SECONDS) -> Kept | None:
        """The session of this name, where it is good for more than *margin* seconds.

        With *max_age* only one whose code was given no longer ago.
        """
        seconds = None if max_age is None else max_age.total_seconds()
        try:
            entry = self._part("sessions")[key]
            return self._kept(key, entry) if cached.is_good(entry, self._now().timestamp(), seconds, margin) else None
        except (KeyError, TypeError):
            return None

    def everything(self) -> tuple[Kept, ...]:
        """Every session that has not ended, in the order of their names, however little time is left.

        Those in a keyring are among them only where the keyring is open.
        """
        now = self._now()
        found = [self._kept(key, entry) for key, entry in sorted(self._part("sessions").items())]
        return tuple(each for each in found if each is not None and _ends(each) > now)

    def keep(self, kept: Kept) -> None:
        """Keep a session in place of the one of its name. Raises `CacheError`."""
        self._change(sessions={kept.key: _entry(kept)})

    def forget(self, keys: Iterable[str]) -> int:
        """Take sessions out of the cache, and say how many were there. Raises `CacheError`.

        AWS knows no way to end them: whoever has a copy can use it until they end by themselves.
        """
        return self._change(forget=frozenset(keys))

    def turn(self, key: str, *, find: Callable[[], Kept | None] | None = None) -> Turn[Kept]:
        """Whose turn it is to ask for the session of this name; only one process at a time does.

        *find* looks whether there is one by now that does; unless it is given, any that is good.
        """
        name = sha256(key.encode()).hexdigest()[:32]
        return Turn(self.folder, f"turn-{name}.lock", find or (lambda: self.find(key)))

    def _part(self, name: str) -> Mapping[str, Any]:
        document, _ = self._file.read()
        part = (document or {}).get(name)
        return part if isinstance(part, dict) else {}

    def _change(
        self,
        *,
        owners: Mapping[str, object] | None = None,
        sessions: Mapping[str, dict[str, Any]] | None = None,
        forget: frozenset[str] = frozenset(),
    ) -> int:
        """Add, and take out what is to be forgotten, and what has ended; says how many of the former there were."""
        now, new, forgotten = self._now().timestamp(), sessions or {}, 0

        def changed(document: dict[str, Any]) -> dict[str, Any]:
            nonlocal forgotten
            stay = _objects(document.get("sessions"))
            for key, entry in [*stay.items()]:
                if key in forget or key in new or _has_ended(entry, now):
                    self._drop_secrets(key, entry, wanted=key in forget)
                    del stay[key]
                    forgotten += key in forget
            return {
                "owners": {**_objects(document.get("owners")), **(owners or {})},
                "sessions": {**stay, **{key: self._with_secrets_put(key, entry) for key, entry in new.items()}},
            }

        self._file.change(changed)
        return forgotten

    def _with_secrets_put(self, key: str, entry: dict[str, Any]) -> dict[str, Any]:
        """The entry as it is written into the file, its secrets in the keyring if there is one."""
        if self._secrets is None:
            return entry
        rest = {name: value for name, value in entry.items() if name not in ("secret", "token")}
        return {**rest, **self._secrets.put(key, entry["secret"], entry["token"])}

    def _drop_secrets(self, key: str, entry: Mapping[str, Any], *, wanted: bool) -> None:
        if "pieces" not in entry:
            return
        if self._secrets is not None:
            self._secrets.delete(key, entry)
        elif wanted:
            raise CacheError(
                f"the session `{key}` lies in the keyring, which is not open", hint="`pip install 'iamfa[keyring]'`"
            )

    def _kept(self, key: str, entry: Mapping[str, Any]) -> Kept | None:
        try:
            secrets = (entry["secret"], entry["token"]) if "secret" in entry else self._from_keyring(key, entry)
            if secrets is None:
                return None
            secret, token = secrets
            if not all(isinstance(text, str) for text in (entry["key_id"], secret, token)):
                return None
            expires = datetime.fromtimestamp(entry["expires_at"], UTC)
            return Kept(
                credentials=Credentials(entry["key_id"], Secret(secret), Secret(token), expires),
                owner=_owner(entry["owner"]),
                endpoint=entry["endpoint"],
                obtained=datetime.fromtimestamp(entry["obtained_at"], UTC),
                mfa_at=None if entry["mfa_epoch"] is None else datetime.fromtimestamp(entry["mfa_epoch"], UTC),
                serial=entry["serial"],
                roles=tuple(entry["roles"]),
                key=key,
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

    def _from_keyring(self, key: str, entry: Mapping[str, Any]) -> tuple[str, str] | None:
        return None if self._secrets is None else self._secrets.get(key, entry)


def _entry(kept: Kept) -> dict[str, Any]:
    """A session as it is written: moments twice, for people and for the short way."""
    return {
        "key_id": kept.credentials.key_id,
        "secret": kept.credentials.secret.reveal(),
        "token": "" if kept.credentials.token is None else kept.credentials.token.reveal(),
        "expires": _text(_ends(kept)),
        "expires_at": int(_ends(kept).timestamp()),
        "obtained": _text(kept.obtained),
        "obtained_at": int(kept.obtained.timestamp()),
        "mfa_at": None if kept.mfa_at is None else _text(kept.mfa_at),
        "mfa_epoch": None if kept.mfa_at is None else int(kept.mfa_at.timestamp()),
        "serial": kept.serial,
        "owner": _owner_entry(kept.owner),
        "endpoint": kept.endpoint,
        "roles": list(kept.roles),
    }


def _ends(kept: Kept) -> datetime:
    if kept.credentials.expires is None:
        raise ValueError("a session is kept only with the moment when it ends")
    return kept.credentials.expires


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _owner_entry(owner: OwnUser) -> dict[str, str]:
    return {"partition": owner.partition, "account": owner.account, "user": owner.name, "arn": owner.arn}


def _owner(entry: Mapping[str, str]) -> OwnUser:
    return OwnUser(entry["partition"], entry["account"], entry["user"], entry["arn"])


def _objects(part: object) -> dict[str, Any]:
    return {key: each for key, each in part.items() if isinstance(each, dict)} if isinstance(part, dict) else {}


def _has_ended(entry: Mapping[str, Any], now: float) -> bool:
    ends = entry.get("expires_at")
    return not isinstance(ends, int) or ends <= now
