"""The environment: which of its variables go before what the profiles say.

botocore looks at AWS_ACCESS_KEY_ID before all profiles, unless one is named by an option: AWS_PROFILE does not count as
that. https://docs.aws.amazon.com/boto3/latest/guide/credentials.html
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # it is there, typeshed has it not

from iamfa.session.doctor_checkup import Checkup, State, host_of, is_web_address, shown_url
from iamfa.session.profiles import AwsFiles, ProfileError, file_paths

_KEY_ID: Final = "AWS_ACCESS_KEY_ID"
_SECRET: Final = "AWS_SECRET_ACCESS_KEY"
_TOKENS: Final = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
_CHOOSERS: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM")
_FILES: Final = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


def keys_checkup(environ: Mapping[str, str], profile: str | None, now: datetime) -> Checkup:
    """Access keys of the environment; *profile* is the one that an option names."""
    key_id, secret = environ.get(_KEY_ID), environ.get(_SECRET)
    tokens = [name for name in _TOKENS if environ.get(name)]
    drop = f"unset {' '.join(name for name in (_KEY_ID, _SECRET, *_TOKENS) if name in environ)}"

    def found(state: State, sentence: str, hint: str | None = drop) -> Checkup:
        place = next(name for name in (_KEY_ID, _SECRET, *_TOKENS) if environ.get(name))
        return Checkup("environment-keys", state, sentence, hint, place)

    if not key_id and not secret:
        if not tokens:
            return Checkup("environment-keys", "ok", "the environment holds no access keys")
        return found("warning", f"`{tokens[0]}` is set without a key: it is left over from a session")
    if not key_id or not secret:
        there, absent = (_KEY_ID, _SECRET) if key_id else (_SECRET, _KEY_ID)
        ends = "the AWS CLI and the SDKs stop there" if key_id else "it does nothing by itself"
        return found("problem" if key_id else "warning", f"`{there}` is set and `{absent}` is not: {ends}")
    if tokens and key_id.startswith("AKIA"):
        return found(
            "problem",
            f"`{_KEY_ID}` is the long-term key `{key_id}`, and `{tokens[0]}` belongs to another one: AWS refuses the "
            "two together",
            f"unset {' '.join(tokens)}",
        )
    if not tokens and key_id.startswith("ASIA"):
        return found("problem", f"`{_KEY_ID}` is that of a session, `{key_id}`, and its `{_TOKENS[0]}` is not set")
    named = profile or next((environ[name] for name in _CHOOSERS if environ.get(name)), None)
    if not tokens:
        return found("warning", f"the long-term key `{key_id}` of the environment {_goes_before(named)}")
    ends = environ.get("AWS_CREDENTIAL_EXPIRATION", "")
    moment = moment_in(ends)
    if moment is not None and moment <= now:
        return found(
            "problem",
            f"the session `{key_id}` of the environment ended at {_told(moment)}, and {_goes_before(named)}",
        )
    if named is not None:
        return found("warning", f"the session `{key_id}` of the environment {_goes_before(named)}")
    if moment is None:
        return found(
            "warning",
            f"the session `{key_id}` of the environment, which does not say until when it lasts, {_goes_before(named)}",
        )
    words = f"the session `{key_id}` of the environment, until {_told(moment)}, {_goes_before(named)}"
    return Checkup("environment-keys", "ok", words, place=_KEY_ID)


def _goes_before(named: str | None) -> str:
    if named is None:
        return "is used in place of every profile"
    return f"goes before profile `{named}` in the AWS CLI, boto3 and other SDKs, unless an option names the profile"


def profile_checkups(environ: Mapping[str, str], files: AwsFiles | None) -> Iterator[Checkup]:
    """Which profile the environment names."""
    names = {variable: environ[variable] for variable in _CHOOSERS if environ.get(variable)}
    if len(set(names.values())) > 1:
        first, second = names.values()
        yield Checkup(
            "environment-profile",
            "problem",
            f"`AWS_PROFILE` is `{first}` and `AWS_DEFAULT_PROFILE` is `{second}`: botocore takes the latter, other "
            "SDKs and this program the former",
            "unset AWS_DEFAULT_PROFILE",
            "AWS_DEFAULT_PROFILE",
        )
    missing = False
    for variable, name in names.items():
        if files is None or name in files.names():
            continue
        missing = True
        try:
            files.profile(name)
        except ProfileError as error:
            hint = f"{error.hint} or unset {variable}" if error.hint else f"unset {variable}"
            yield Checkup("environment-profile", "problem", f"`{variable}`: {error.message}", hint, variable)
    if len(set(names.values())) < 2 and not missing:
        words = next((f"`{variable}` names profile `{name}`" for variable, name in names.items()), None)
        yield Checkup("environment-profile", "ok", words or "the environment names no profile")


def files_checkups(environ: Mapping[str, str], home: Path) -> Iterator[Checkup]:
    """Where the environment says that the files are."""
    usual = file_paths({}, home)
    fine = True
    for variable, path, default in zip(_FILES, file_paths(environ, home), usual, strict=True):
        if not environ.get(variable) or path == default:
            continue
        if not os.path.exists(path):
            fine = False
            words = f"`{variable}` leads to `{path}`, and there is nothing"
            yield Checkup("environment-files", "problem", words, f"unset {variable}, or write the file", variable)
        elif os.path.exists(default):
            fine = False
            words = f"`{variable}` leads to `{path}`: `{default}` is there too, and nobody reads it"
            yield Checkup("environment-files", "warning", words, f"unset {variable}, if that is not meant", variable)
    if fine:
        yield Checkup("environment-files", "ok", "the AWS files are where they are looked for")


def endpoint_checkups(environ: Mapping[str, str]) -> Iterator[Checkup]:
    """Where the environment leads programs that want to ask AWS."""
    there = {variable: environ[variable] for variable in _ENDPOINTS if environ.get(variable)}
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        there = {}
    for variable, url in there.items():
        of = {"STS": "of STS", "IAM": "of IAM"}.get(variable.rpartition("_")[2], "of every service")
        state: State = "warning"
        words = f"`{variable}` leads the SDKs to `{shown_url(url)}` in place of AWS's endpoint {of}"
        if not is_web_address(url):
            state, words = "problem", f"`{variable}` is no address: `{shown_url(url)}`"
        yield Checkup("environment-endpoints", state, words, f"unset {variable}, if AWS itself is meant", variable)
    if not there:
        yield Checkup("environment-endpoints", "ok", "the environment leads no service away from AWS")


def certificates_checkup(bundle: str | None, environ: Mapping[str, str]) -> Checkup:
    """The file of certificates that are trusted, from the environment or the profile."""
    if bundle is None:
        return Checkup("ca-bundle", "ok", "the usual certificates are trusted")
    place = "AWS_CA_BUNDLE" if environ.get("AWS_CA_BUNDLE") else "ca_bundle"
    if not Path(bundle).exists():
        words = f"`{place}` names `{bundle}` for the certificates to trust, and there is no such file: no call is made"
        return Checkup("ca-bundle", "problem", words, f"correct the path, or take `{place}` out", place)
    return Checkup("ca-bundle", "ok", f"the certificates of `{bundle}` are trusted", place=place)


def proxy_checkup(environ: Mapping[str, str], endpoints: Iterable[str]) -> Checkup:
    """Whether a proxy catches what is meant for an endpoint on this machine; *endpoints* are those that are asked."""
    proxies = _proxies(environ)
    for url in endpoints:
        host, scheme = host_of(url), url.partition(":")[0]
        proxy = proxies.get(scheme)
        if proxy is not None and _is_loopback(host) and not _is_bypassed(url, environ):
            variable = next(name for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY") if environ.get(name))
            return Checkup(
                "proxies",
                "problem",
                f"the SDKs send what is meant for `{shown_url(url)}` on this machine to the proxy `{shown_url(proxy)}`",
                f"export NO_PROXY={','.join(filter(None, (environ.get('NO_PROXY'), host)))}",
                variable,
            )
    if not proxies:
        return Checkup("proxies", "ok", "there is no proxy")
    through = ", ".join(sorted({f"`{shown_url(url)}`" for url in proxies.values()}))
    return Checkup("proxies", "ok", f"calls go through the proxy {through}")


def _proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """By scheme; names in lower case hold before those in upper case, as `urllib` has it."""
    found = {}
    for scheme in ("http", "https"):
        proxy = environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY")
        if proxy:
            found[scheme] = proxy
    return found


def _is_bypassed(url: str, environ: Mapping[str, str]) -> bool:
    named = environ.get("no_proxy") or environ.get("NO_PROXY")
    return bool(named) and bool(proxy_bypass_environment(host_of(url), {"no": named or ""}))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def moment_in(text: str) -> datetime | None:
    """A moment in ISO 8601; without a zone in UTC; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
