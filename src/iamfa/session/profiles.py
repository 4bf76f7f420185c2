"""Profiles of the AWS SDKs: what both files and the environment say, put together as botocore does.

Where both files set a key of the same profile, the credentials file holds; access keys are taken from one file whole.
https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypedDict

from iamfa.errors import InputError
from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret
from iamfa.session.aws_file import AwsFile, Section, Value

ENVIRONMENT: Final = "environment variables"
"""The name of the profile that the variables AWS_ACCESS_KEY_ID and its kin make up."""
KEY_ID: Final = "aws_access_key_id"
SECRET_KEY: Final = "aws_secret_access_key"
TOKENS: Final = ("aws_security_token", "aws_session_token")
"""Under either name botocore finds a session token; the first one wins."""

_VARIABLE = re.compile(r"\$(\w+)|\$\{([^}]*)\}", re.ASCII)
_OWN_PROCESS = re.compile(r"iamfa\S* credential-process --profile (.+)")
_INCLUDED = (
    "mfa_serial",
    "mfa_process",
    "region",
    "role_arn",
    "external_id",
    "role_session_name",
    "duration_seconds",
    "source_profile",
)
"""What aws-vault takes from the profile that `include_profile` names; the SDKs know nothing of it."""
_OTHER = (
    ("web_identity_token_file", "web identity"),
    ("sso_session", "sso"),
    ("sso_start_url", "sso"),
    ("sso_account_id", "sso"),
    ("login_session", "aws login"),
)


class ProfileError(InputError):
    """A profile is not there, or cannot be used as it is written."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile says, and what the environment says instead where that holds for every profile."""

    name: str
    """The name without `profile`; `ENVIRONMENT` for keys of the environment."""
    keys: Credentials | None = None
    """Access keys written in a file or in the environment; with a token they are a session, no long-term keys."""
    region: str | None = None
    """AWS_REGION, AWS_DEFAULT_REGION, or what the profile says."""
    endpoints: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """URLs by service, e.g. `sts`, as the file has them; under an empty name the URL for all services."""
    mfa_serial: str | None = None
    mfa_process: str | None = None
    """aws-vault's: a command that prints a code."""
    role_arn: str | None = None
    source_profile: str | None = None
    credential_source: str | None = None
    role_session_name: str | None = None
    external_id: str | None = None
    duration_seconds: int | None = None
    ca_bundle: str | None = None
    """AWS_CA_BUNDLE, or what the profile says."""
    credential_process: str | None = None
    other: str | None = None
    """What gives this profile its credentials where that is nothing that MFA sessions start from, in words."""
    ignores_endpoints: bool = False
    """Whether the profile sets `ignore_configured_endpoint_urls`."""


class _Connection(TypedDict):
    region: str | None
    endpoints: Mapping[str, str]
    ca_bundle: str | None
    ignores_endpoints: bool


class AwsFiles:
    """Both files, read once."""

    __slots__ = ("_environ", "config", "credentials")

    def __init__(self, config: AwsFile, credentials: AwsFile, environ: Mapping[str, str]) -> None:
        self.config = config
        self.credentials = credentials
        self._environ = environ

    @classmethod
    def read(cls, environ: Mapping[str, str], home: Path) -> AwsFiles:
        """The files at their usual places, or where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say.

        A file that is missing is empty. Raises `InputError` where one cannot be read, with its path and line.
        """
        config, credentials = file_paths(environ, home)
        return cls(AwsFile.read(config), AwsFile.read(credentials), environ)

    def with_files(self, config: AwsFile, credentials: AwsFile) -> AwsFiles:
        """The same environment with other texts."""
        return AwsFiles(config, credentials, self._environ)

    def names(self) -> tuple[str, ...]:
        """The profiles of both files, in their order, those of the config file first."""
        return tuple(dict.fromkeys((*self.config.named("profile"), *(each.name for each in self.credentials.sections))))

    def values(self, name: str) -> Mapping[str, Value]:
        """What both files set for a profile, the credentials file first; nothing for a profile that neither has."""
        found: dict[str, Value] = {}
        for file, section in reversed(tuple(self.places(name))):
            found.update(file.values(section))
        return found

    def places(self, name: str) -> Iterator[tuple[AwsFile, Section]]:
        """The sections of a profile: in the credentials file, then in the config file."""
        if section := self.credentials.section(name):
            yield self.credentials, section
        if section := self.config.named("profile").get(name):
            yield self.config, section

    def where(self, name: str, key: str) -> str:
        """The path and line that set a key of a profile, for messages."""
        for file, section in self.places(name):
            if setting := section.find(key):
                return f"`{file.path}`:{setting.line}"
        return f"`{self.config.path}`"

    def profile(self, name: str | None) -> Profile:
        """A profile by its name; for None the one that AWS_PROFILE or AWS_DEFAULT_PROFILE names, else the keys of the
        environment, else `default`.

        botocore takes keys of the environment before AWS_PROFILE, and only an option before them. Here they come after
        it: mostly they are a session that an earlier command put there, and no session starts from one. Raises
        `ProfileError` for a profile that is in neither file, or that no SDK could use.
        """
        name = name or self._environ.get("AWS_PROFILE") or self._environ.get("AWS_DEFAULT_PROFILE") or None
        if name == ENVIRONMENT or (name is None and self._environ.get("AWS_ACCESS_KEY_ID")):
            return self._environment()
        named, name = name is not None, name or "default"
        if name not in self.names():
            raise self._missing(name, named=named)
        values = self.with_included(name)
        duration = self._text(name, values, "duration_seconds")
        if duration is not None and not (duration.isascii() and duration.isdigit()):
            raise ProfileError(
                f"{self.where(name, 'duration_seconds')}: `duration_seconds` of profile `{name}` is no number of "
                f"seconds: `{duration}`"
            )
        return Profile(
            name,
            keys=self._keys(name),
            duration_seconds=None if duration is None else int(duration),
            other=self._other(values),
            mfa_serial=self._text(name, values, "mfa_serial"),
            mfa_process=self._text(name, values, "mfa_process"),
            role_arn=self._text(name, values, "role_arn"),
            source_profile=self._text(name, values, "source_profile"),
            credential_source=self._text(name, values, "credential_source"),
            role_session_name=self._text(name, values, "role_session_name"),
            external_id=self._text(name, values, "external_id"),
            credential_process=self._text(name, values, "credential_process"),
            **self._connection(name, values),
        )

    def chain(self, profile: Profile) -> tuple[Profile, ...]:
        """The profile, its source profile, and so on to the one whose credentials are used.

        Those that have a role are assumed from the last to the first. The last one stands for its credentials alone: a
        role that it has too is not assumed, and is left out. Raises
        `ProfileError` for a circle, and for a source that is missing or has no credentials.
        """
        found, names = [profile], [profile.name]
        while (source := self._source(found[-1], first=len(found) == 1)) is not None:
            if source == found[-1].name and self._has_keys(source):
                found.append(found[-1])
                break
            if source in names:
                circle = " → ".join((*names[names.index(source) :], source))
                raise ProfileError(
                    f"{self.where(names[-1], 'source_profile')}: the source profiles go in a circle: {circle}",
                    hint="let one of them name a profile with access keys",
                )
            if source != ENVIRONMENT and source not in self.names():
                raise ProfileError(
                    f"{self.where(names[-1], 'source_profile')}: profile `{names[-1]}` names the source profile "
                    f"`{source}`, which is in neither file",
                    hint=self._closest(source),
                )
            found.append(self.profile(source))
            names.append(source)
        last = found[-1]
        if len(found) > 1 and last.keys is None and last.credential_process is None and last.other is None:
            raise ProfileError(
                f"{self.where(names[-2], 'source_profile')}: profile `{names[-2]}` takes its credentials from "
                f"`{last.name}`, which has none",
                hint=f"put access keys below `[{last.name}]` in `{self.credentials.path}`",
            )
        if len(found) > 1:
            found[-1] = replace(last, role_arn=None, source_profile=None, credential_source=None)
        return tuple(found)

    def _source(self, profile: Profile, *, first: bool) -> str | None:
        """Where a profile's credentials come from, if not from itself.

        botocore heeds a source profile only where there is a role to assume; aws-vault and awsume, where the profile
        has no keys. Both are meant here. A profile that runs this program starts from the one that it names.
        """
        name = profile.name
        if profile.other is not None or (self._has_keys(name) and not (first and profile.role_arn)):
            return None
        if profile.role_arn is None and (own := own_source(profile.credential_process)):
            return own
        if profile.role_arn is None:
            followed = profile.credential_process is None and profile.source_profile != name
            return profile.source_profile if followed else None
        if profile.source_profile and profile.credential_source:
            raise ProfileError(
                f"{self.where(name, 'credential_source')}: profile `{name}` has both `source_profile` and "
                "`credential_source`",
                hint="remove one of the two",
            )
        if profile.source_profile is None and profile.credential_source is None:
            raise ProfileError(
                f"{self.where(name, 'role_arn')}: profile `{name}` has a role, and neither `source_profile` nor "
                "`credential_source`",
                hint="name the profile with your access keys as `source_profile`",
            )
        if profile.source_profile:
            return profile.source_profile
        if (profile.credential_source or "").lower() != "environment":
            raise ProfileError(
                f"{self.where(name, 'credential_source')}: profile `{name}` takes its credentials from "
                f"`{profile.credential_source}`, and no MFA session starts from there",
            )
        return ENVIRONMENT

    # Parts -----------------------------------------------------------------------------------------------------------

    def _text(self, name: str, values: Mapping[str, Value], key: str) -> str | None:
        """A value that must be one text; an empty one is none."""
        value = values.get(key)
        if isinstance(value, Mapping):
            raise ProfileError(
                f"{self.where(name, key)}: `{key}` of profile `{name}` has settings below it, and no value"
            )
        return value or None

    def with_included(self, name: str) -> Mapping[str, Value]:
        """A profile's values, and what it includes for those that it does not set itself."""
        values = dict(self.values(name))
        seen, included = [name], self._text(name, values, "include_profile")
        while included is not None:
            if included in seen or included not in self.names():
                what = "includes itself" if included in seen else f"includes `{included}`, which is in neither file"
                raise ProfileError(f"{self.where(seen[-1], 'include_profile')}: profile `{seen[-1]}` {what}")
            more = self.values(included)
            values.update({key: more[key] for key in _INCLUDED if key in more and key not in values})
            seen.append(included)
            included = self._text(included, more, "include_profile")
        return values

    def _connection(self, name: str, values: Mapping[str, Value]) -> _Connection:
        environ = self._environ
        region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
        ignores = (self._text(name, values, "ignore_configured_endpoint_urls") or "").lower() == "true"
        return {
            "region": region or self._text(name, values, "region"),
            "endpoints": MappingProxyType(self._endpoints(name, values)),
            "ca_bundle": environ.get("AWS_CA_BUNDLE") or self._text(name, values, "ca_bundle"),
            "ignores_endpoints": ignores,
        }

    def _endpoints(self, name: str, values: Mapping[str, Value]) -> dict[str, str]:
        url, services = self._text(name, values, "endpoint_url"), self._text(name, values, "services")
        found = {"": url} if url else {}
        if services is None:
            return found
        section = self.config.named("services").get(services)
        if section is None or not section.settings:
            raise ProfileError(
                f"{self.where(name, 'services')}: profile `{name}` names the services `{services}`, and "
                f"`{self.config.path}` has no `[services {services}]`"
            )
        for service, value in self.config.values(section).items():
            if not isinstance(value, Mapping):
                raise ProfileError(
                    f"`{self.config.path}`:{section.line}: `{service}` in `[services {services}]` needs its settings "
                    "on indented lines below it"
                )
            if value.get("endpoint_url"):
                found[service] = value["endpoint_url"]
        return found

    def _has_keys(self, name: str) -> bool:
        """botocore asks for either of the two."""
        return name == ENVIRONMENT or not {KEY_ID, SECRET_KEY}.isdisjoint(self.values(name))

    def _keys(self, name: str) -> Credentials | None:
        """The access keys of the credentials file, else those of the config file; never a mixture."""
        for file, section in self.places(name):
            values = file.values(section)
            if KEY_ID not in values:
                continue
            key_id, secret = self._text(name, values, KEY_ID), self._text(name, values, SECRET_KEY)
            if key_id is None or secret is None:
                absent = KEY_ID if key_id is None else SECRET_KEY
                raise ProfileError(f"`{file.path}`:{section.line}: profile `{name}` has no `{absent}`")
            token = next((self._text(name, values, each) for each in TOKENS if each in values), None)
            return Credentials(key_id, Secret(secret), Secret(token) if token else None)
        return None

    def _environment(self) -> Profile:
        """The keys of the environment; the SDKs take all else from `default` then."""
        environ = self._environ
        key_id, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
        if not key_id or not secret:
            absent = "AWS_SECRET_ACCESS_KEY" if key_id else "AWS_ACCESS_KEY_ID"
            raise ProfileError(f"the environment variable `{absent}` is not set", hint="set it, or name a profile")
        token = environ.get("AWS_SECURITY_TOKEN") or environ.get("AWS_SESSION_TOKEN")
        expires = _moment(environ.get("AWS_CREDENTIAL_EXPIRATION")) if token else None
        keys = Credentials(key_id, Secret(secret), Secret(token) if token else None, expires)
        return Profile(ENVIRONMENT, keys=keys, **self._connection("default", self.values("default")))

    @staticmethod
    def _other(values: Mapping[str, Value]) -> str | None:
        return next((words for key, words in _OTHER if values.get(key)), None)

    def _missing(self, name: str, *, named: bool) -> ProfileError:
        paths = f"`{self.config.path}` and `{self.credentials.path}`"
        if named:
            return ProfileError(
                f"there is no profile `{name}` in {paths}",
                hint=self._closest(name) or f"run `aws configure{profile_option(name)}`",
            )
        return ProfileError(
            f"no profile is named, the environment has no access keys, and there is no `default` in {paths}",
            hint=self._closest(name) or "run `aws configure`",
        )

    def _closest(self, name: str) -> str | None:
        from difflib import get_close_matches

        names = get_close_matches(name, self.names(), n=3, cutoff=0.5) or list(self.names()[:5])
        return f"did you mean {' or '.join(f'`{each}`' for each in names)}?" if names else None


def own_source(process: str | None) -> str | None:
    """The profile that a `credential_process` of this program starts from; None for any other command."""
    match = _OWN_PROCESS.search(process or "")
    try:
        names = shlex.split(match[1]) if match else []
    except ValueError:
        return None
    return names[0] if len(names) == 1 else None


def endpoint_for(service: str, profile: Profile, environ: Mapping[str, str], given: str | None) -> str | None:
    """The URL at which a service, e.g. `sts`, is asked: the one *given*; else AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL,
    the profile's for this service, the profile's for all; else None, which is AWS's own.

    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, or the profile's setting of that name, leaves the one that is given.
    """
    ignored = environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
    ignores = profile.ignores_endpoints if ignored is None else ignored.lower() == "true"
    if given or ignores:
        return given or None
    name = service.replace("-", "_").replace(" ", "_")
    return (
        environ.get(f"AWS_ENDPOINT_URL_{name.upper()}")
        or environ.get("AWS_ENDPOINT_URL")
        or profile.endpoints.get(name.lower())
        or profile.endpoints.get("")
        or None
    )


def file_paths(environ: Mapping[str, str], home: Path) -> tuple[Path, Path]:
    """Where the config file and the credentials file are looked for."""
    config = _path(environ.get("AWS_CONFIG_FILE") or "~/.aws/config", environ, home)
    credentials = _path(environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials", environ, home)
    return config, credentials


def _path(text: str, environ: Mapping[str, str], home: Path) -> Path:
    """A path as botocore takes it: variables first, then the home folder."""
    filled = _VARIABLE.sub(lambda match: environ.get(match[1] or match[2], match[0]), text)
    if filled == "~" or filled.startswith(("~/", f"~{os.sep}")):
        return home / filled[2:]
    return Path(os.path.expanduser(filled))


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ProfileError(f"the environment variable `AWS_CREDENTIAL_EXPIRATION` is no time: `{text}`") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def profile_option(name: str) -> str:
    """How a profile is named to a command, with a blank before it; nothing for keys of the environment."""
    return "" if name == ENVIRONMENT else f" --profile {shlex.quote(name)}"
