"""What the doctor says: a closed list of things that are looked at, and how each was found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import urlsplit

State = Literal["ok", "warning", "problem", "unknown"]
Family = Literal["environment", "profiles", "files", "sessions", "clock", "aws", "policies"]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is looked at."""

    id: str
    family: Family
    about: str
    """What is the case where all is well."""
    important: bool = False
    """Whether nobody can say that sessions work as long as this is unknown."""
    outside: bool = False
    """Whether a problem here is that AWS refused or was not reached."""


ROWS: Final = (
    Row("environment-keys", "environment", "no access keys of the environment go before the profiles"),
    Row("environment-profile", "environment", "AWS_PROFILE and AWS_DEFAULT_PROFILE name one profile, and it is there"),
    Row("environment-files", "environment", "AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE lead to files"),
    Row("environment-endpoints", "environment", "AWS_ENDPOINT_URL and its kin lead nowhere else than to AWS"),
    Row("ca-bundle", "environment", "the file of certificates that is to be trusted is there"),
    Row("proxies", "environment", "no proxy stands between this machine and an endpoint on it"),
    Row("profile", "profiles", "the profile leads to a long-term access key"),
    Row("source-profile", "profiles", "every other profile can be used as it is written"),
    Row("process-shadowed", "profiles", "nothing goes before a `credential_process`"),
    Row("process-program", "profiles", "the program of a `credential_process` is there"),
    Row("mfa-serial", "profiles", "`mfa_serial` is the serial number of a device that gives codes"),
    Row("native-prompt", "profiles", "no SDK asks for codes by itself"),
    Row("expired-keys", "profiles", "no profile holds keys of a session that has ended"),
    Row("region-partition", "profiles", "the Region lies in the partition of the ARNs"),
    Row("code-command", "profiles", "the program of `mfa_process` is there"),
    Row("config-file", "files", "the config file can be read, by the right people"),
    Row("credentials-file", "files", "the credentials file can be read, by its owner alone"),
    Row("cache-folder", "files", "there is a folder to keep sessions in"),
    Row("cache-file", "files", "what is kept there can be trusted"),
    Row("state-files", "files", "what is remembered can be read and written"),
    Row("pending-devices", "files", "no device was begun and left"),
    Row("session", "sessions", "a session of this profile is kept"),
    Row("keyring", "sessions", "the keyring that is asked for is there"),
    Row("clock", "clock", "this machine's clock goes with AWS's", important=True),
    Row("aws-reached", "aws", "AWS answers", outside=True),
    Row("key", "aws", "AWS knows the access key", important=True, outside=True),
    Row("key-owner", "aws", "it is an IAM user's", important=True),
    Row("device-list", "aws", "AWS lists the user's devices", important=True),
    Row("devices", "aws", "there is a device with which a session can be obtained", important=True),
    Row("profile-device", "aws", "the device that the profile names is the user's"),
    Row("policies", "policies", "the user's own policies can be read"),
    Row("flow-enrol-first-device", "policies", "a first device can be enrolled"),
    Row("flow-enrol-second-device", "policies", "a further device can be enrolled"),
    Row("flow-get-session", "policies", "a session can be obtained"),
    Row("flow-work-with-mfa", "policies", "nothing is denied in a session with MFA"),
    Row("flow-resync-device", "policies", "a device can be resynchronised"),
    Row("flow-remove-device", "policies", "a device can be removed"),
    Row("flow-list-own-devices", "policies", "the own devices can be listed"),
)
"""In the order in which they are told."""
BY_ID: Final[Mapping[str, Row]] = MappingProxyType({row.id: row for row in ROWS})


@dataclass(frozen=True, slots=True)
class Checkup:
    """How one thing was found."""

    id: str
    """One of `ROWS`."""
    state: State
    sentence: str
    hint: str | None = None
    """What to do, a command where there is one; None where nothing needs to be done."""
    place: str | None = None
    """`` `path`:line ``, a variable, a profile or an ARN."""

    def __post_init__(self) -> None:
        if self.id not in BY_ID:
            raise ValueError(f"`{self.id}` is nothing that is looked at")

    @property
    def row(self) -> Row:
        """What was looked at."""
        return BY_ID[self.id]


_USERINFO: Final = re.compile(r"([A-Za-z][\w+.-]*://)?\S*@")
_IN_TEXT: Final = re.compile(r"://[^\s\"'`]*@")


def shown_url(url: str) -> str:
    """A URL without the name and password that addresses of proxies may hold."""
    return _USERINFO.sub(r"\1…@", url, count=1)


def without_passwords(text: str) -> str:
    """A text that others wrote, without the names and passwords of addresses in it."""
    return _IN_TEXT.sub("://…@", text)


def host_of(url: str) -> str:
    """The host of a URL; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_web_address(url: str) -> bool:
    """Whether a URL is one that the SDKs take: http or https, and a host."""
    return url.startswith(("http://", "https://")) and host_of(url) != ""
