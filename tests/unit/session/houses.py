"""Homes for the doctor: one where all is well, and what can be done to make it sick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.unit.device.stage import Stage

from iamfa.device.own_user import OwnUser
from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import Credentials
from iamfa.session.cache import Cache
from iamfa.session.doctor import House, examine
from iamfa.session.doctor_aws import Dial
from iamfa.session.doctor_checkup import Checkup
from iamfa.session.wanted import Wanted

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
KEYS = f"aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
SESSION_KEYS = f"aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = {SECRET}\naws_session_token = tok\n"


@dataclass
class Ward:
    """A home, and what the doctor is told of it."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)
    now: datetime = NOON
    clock: Callable[[], datetime] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    served_at: str | None = None

    @classmethod
    def sound(cls, home: Path) -> Ward:
        """Where all is well: a key, a region, modes as they should be."""
        ward = cls(home, {"HOME": str(home), "IAMFA_CACHE_DIR": str(home / "cache"), "PATH": "/usr/bin:/bin"})
        (home / ".aws").mkdir(mode=0o700)
        ward.config("[default]\nregion = us-east-1\n")
        ward.credentials(f"[default]\n{KEYS}")
        return ward

    @property
    def aws(self) -> Path:
        """The folder of the AWS files."""
        return self.home / ".aws"

    def config(self, text: str) -> None:
        """Write the config file."""
        (self.aws / "config").write_text(text, encoding="utf-8")
        (self.aws / "config").chmod(0o600)

    def credentials(self, text: str) -> None:
        """Write the credentials file."""
        (self.aws / "credentials").write_text(text, encoding="utf-8")
        (self.aws / "credentials").chmod(0o600)

    def cache(self) -> Cache:
        """The sessions that are kept."""
        return Cache(self.home / "cache", now=lambda: self.now)

    @property
    def state(self) -> Path:
        """Where what is remembered lies."""
        return self.home / "state"

    def examined(self, connect: Callable[[Wanted], Dial] | None = None) -> tuple[Checkup, ...]:
        """What the doctor finds."""
        told = {"endpoint_url": self.served_at, **self.options}
        return examine(House(self.environ, self.home, self.state, self.clock or (lambda: self.now), **told), connect)

    def sick(self, connect: Callable[[Wanted], Dial] | None = None) -> dict[str, Checkup]:
        """What is not fine, by id; of several the first."""
        found: dict[str, Checkup] = {}
        for each in self.examined(connect):
            if each.state != "ok":
                found.setdefault(each.id, each)
        return found


def at_sandbox(ward: Ward, stage: Stage, user: OwnUser, profile: str = "") -> Ward:
    """The home of a user of a sandbox, by its clock; *profile* is what his profile says besides."""
    given = stage.box.environment_of(user.name)
    ward.config(f"[default]\nregion = {stage.box.region}\n{profile}")
    ward.credentials(
        f"[default]\naws_access_key_id = {given['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {given['AWS_SECRET_ACCESS_KEY']}\n"
    )
    ward.served_at = stage.box.endpoint_url
    ward.clock = stage.box.clock.now
    return ward


def dial(wanted: Wanted) -> Dial:
    """The real way out, tried once."""

    def line(credentials: Credentials, service: str) -> Aws:
        return Aws(credentials, region=wanted.region, endpoint_url=wanted.endpoints[service], attempts=1)

    return line
