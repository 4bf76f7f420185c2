"""One user with a key, a session of his, and the AWS files that lead to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamfa.device.own_user import OwnUser
from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret
from iamfa.session import cached
from iamfa.session.cache import Cache, Kept

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SERIAL = "arn:aws:iam::123456789012:mfa/phone"
ROLE = "arn:aws:iam::123456789012:role/admin"
ALICE = OwnUser("aws", "123456789012", "alice", "arn:aws:iam::123456789012:user/alice")
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
CONFIG = "[default]\nregion = us-east-1\n\n[profile work]\nregion = eu-west-1\n"
CREDENTIALS = f"[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = wJalrXUtnFEMI\n"


def named(*carries: str, endpoint: str = "", user: str = "alice") -> str:
    """The name of a session of a user of the account."""
    return cached.session_key(endpoint, "aws", "123456789012", user, *(carries or ("mfa",)))


def session(
    key: str = "", *, number: int = 0, hours: float = 12, mfa_at: datetime | None = NOON, endpoint: str = ""
) -> Kept:
    """A session that was obtained at noon; the number tells it from others."""
    return Kept(
        credentials=Credentials(
            f"ASIA{number:016}",
            Secret(f"secret{number:034}"),
            Secret(f"{number}T" * 300),
            NOON + timedelta(hours=hours),
        ),
        owner=ALICE,
        endpoint=endpoint,
        obtained=NOON,
        mfa_at=mfa_at,
        serial=SERIAL,
        roles=(),
        key=key or named(endpoint=endpoint),
    )


@dataclass
class Place:
    """A home with AWS files and a cache; what time it is there can be set."""

    home: Path
    now: datetime = NOON

    @property
    def cache(self) -> Cache:
        """The cache, opened anew."""
        return Cache(self.home / "cache", now=lambda: self.now)

    @property
    def environ(self) -> dict[str, str]:
        """What a program of this home is started with."""
        return {"HOME": str(self.home), "USERPROFILE": str(self.home), "IAMFA_CACHE_DIR": str(self.home / "cache")}

    def write(self, config: str | None = CONFIG, credentials: str | None = CREDENTIALS) -> None:
        """Lay the AWS files down."""
        (self.home / ".aws").mkdir(exist_ok=True)
        for name, text in (("config", config), ("credentials", credentials)):
            if text is not None:
                (self.home / ".aws" / name).write_bytes(text.encode("utf-8", "surrogateescape"))

    def answer(self, *arguments: str, **environ: str) -> str | None:
        """What the short way says."""
        return cached.answer(list(arguments), self.environ | environ, self.now.timestamp())


def furnished(home: Path) -> Place:
    """A home in which alice's session is kept."""
    place = Place(home)
    place.write()
    place.cache.remember_owner("", KEY_ID, ALICE)
    place.cache.keep(session())
    return place
