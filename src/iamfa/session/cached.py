"""The short way to a session that is kept: what `credential-process` does on nearly every call, and nothing else.

AWS's tools start `credential-process` again for each of their own calls, so its whole life is what people wait for.
Therefore this file imports json, os, sys, time and nothing else, and even json only where the part of it that is
written in C is missing: its decoder alone takes longer to load (regular expressions) than everything here.

It answers where everything is plain. Where anything is unusual, unclear, absent or too old it says nothing (None),
and the whole program takes over, which knows what to do and how to say it. So it need not read all that the AWS files
can hold; but what it takes from them must be what the whole program would take.

The place of the cache, the names of sessions and how a file of secrets is trusted are decided here for both ways.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

SESSIONS = "sessions.json"
"""The name of the file."""
VERSION = 1
"""The form of the file; another one is not read."""
MARGIN_SECONDS = 300
"""A session with no more than this left is not given out: what is started with it shall not fail on its way."""
_LARGEST_BYTES = 4_000_000
_CLOCK_SECONDS = 300
"""So far in the future a session may have been obtained; a clock that was set back further makes every age a guess."""


class _UnsureError(Exception):
    """Something is not in the plain form that is understood here."""


def answer(arguments: "list[str]", environ: "Mapping[str, str]", now: float) -> "str | None":
    """The JSON that the SDKs read from a `credential_process`, or None where the whole program must look at it.

    *arguments* are those after the command's name: `--profile NAME`, `--endpoint-url URL`, `--max-age SECONDS` (how
    long ago the code may have been given), in any order. *now* is in seconds since 1970.

    The form is AWS's: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
    """
    try:
        options = _options(arguments)
        key_id, endpoint, roles = _asked_for(options, environ)
        document, _ = read(folder(environ), SESSIONS)
        store: Any = document
        owner = store["owners"][owner_key(endpoint, key_id)]
        key = session_key(endpoint, owner["partition"], owner["account"], owner["user"], *carried(roles))
        entry = store["sessions"][key]
        max_age = options.get("--max-age")
        if not is_good(entry, now, None if max_age is None else _number(max_age)):
            return None
        fields = (entry["key_id"], entry["secret"], entry["token"], entry["expires"])
    except (_UnsureError, OSError, KeyError, TypeError, ValueError):
        return None
    if not all(isinstance(text, str) and text and _is_plain(text) for text in fields):
        return None
    key_id, secret, token, expires = fields
    return (
        f'{{"Version": 1, "AccessKeyId": "{key_id}", "SecretAccessKey": "{secret}", "SessionToken": "{token}", '
        f'"Expiration": "{expires}"}}'
    )


# Names, for both ways.


def session_key(endpoint: str, partition: str, account: str, user: str, *carries: str) -> str:
    """The name of a session in the cache: who asked where, and what the session carries; never the profile.

    *endpoint* is the URL of STS, empty for AWS itself. *carries* is `"mfa"` for the user's own session with MFA, or
    for each role in the order in which they are assumed `"role"`, its ARN, the session's name and the external ID,
    each empty where none is written. Different parts give different names, whatever stands in them.
    """
    parts = (endpoint.rstrip("/"), partition, account, user, *carries)
    return " ".join(part.replace("%", "%25").replace(" ", "%20") for part in parts)


def carried(roles: "Iterable[tuple[str, str, str]]") -> "tuple[str, ...]":
    """What `session_key` wants told of roles (ARN, session name, external ID), the first one assumed first."""
    return tuple(part for role in roles for part in ("role", *role)) or ("mfa",)


def owner_key(endpoint: str, key_id: str) -> str:
    """The name under which the owner of a long-term key is remembered."""
    return f"{endpoint.rstrip('/')} {key_id}"


def is_good(
    entry: "Mapping[str, Any]", now: float, max_age: "float | None" = None, margin: float = MARGIN_SECONDS
) -> bool:
    """Whether a kept session has more than *margin* left, and its code was given no more than *max_age* seconds ago."""
    if entry["expires_at"] - now <= margin or entry["obtained_at"] - now > _CLOCK_SECONDS:
        return False
    mfa_at: float | None = entry["mfa_epoch"]
    return max_age is None or (mfa_at is not None and now - mfa_at <= max_age)


# The place, for both ways.


def folder(environ: "Mapping[str, str]", system: str = sys.platform) -> str:
    """The folder of the cache: IAMFA_CACHE_DIR, or the system's own place; empty where there is no home.

    The place is the one that platformdirs names: `~/.cache/iamfa` on Linux, `~/Library/Caches/iamfa` on macOS, on both
    in XDG_CACHE_HOME where that is set, `%LOCALAPPDATA%\\iamfa\\iamfa\\Cache` on Windows. A path that is not absolute
    counts as none: it would be another folder in each folder that a program is started from.
    """
    given = environ.get("IAMFA_CACHE_DIR", "")
    if given:
        return given if os.path.isabs(given) else ""
    if system == "win32":
        local = environ.get("LOCALAPPDATA", "")
        return os.path.join(os.path.normpath(local), "iamfa", "iamfa", "Cache") if local else ""
    base = environ.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        home = environ.get("HOME", "")
        if not home.startswith("/"):
            return ""
        base = home.rstrip("/") + ("/Library/Caches" if system == "darwin" else "/.cache")
    return os.path.join(base, "iamfa")


def folder_fault(path: str) -> "str | None":
    """Why a folder is not to be trusted with secrets; None where it is, or is not there yet.

    On Windows nothing is looked at but that it is a folder: what protects it there is that it lies in the user's own.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    if status.st_mode & 0o170000 == 0o120000:
        return "it is a symbolic link"
    if status.st_mode & 0o170000 != 0o040000:
        return "it is not a folder"
    if os.name == "nt":
        return None
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    if status.st_mode & 0o022:
        return "others may write into it"
    return None


def read(path: str, name: str) -> "tuple[dict[str, Any] | None, str | None]":
    """The document of a file of secrets, and why it is not to be trusted, if so; both None where there is none.

    It must be a file of this user's own that nobody else may even read, and hold the version that is understood. The
    check is made on the open file, so that nobody can put another one in its place meanwhile.

    On Windows neither modes nor owners are looked at.
    """
    if not path:
        return None, None
    try:
        fault = folder_fault(path)
        if fault is not None:
            return None, f"the folder `{path}` is not used: {fault}"
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        handle = os.open(os.path.join(path, name), flags)
    except FileNotFoundError:
        return None, None
    except OSError as error:
        return None, f"`{os.path.join(path, name)}` cannot be read: {error.strerror}"
    data = b""
    try:
        fault = _file_fault(os.fstat(handle))
        while fault is None and (piece := os.read(handle, _LARGEST_BYTES)):
            data += piece
    finally:
        os.close(handle)
    if fault is None:
        try:
            document = _parsed(data.decode("utf-8"))
        except (ValueError, RecursionError):
            fault = "it is damaged"
        else:
            if document.get("version") == VERSION:
                return document, None
            fault = "another version of this program wrote it"
    return None, f"`{os.path.join(path, name)}` is not used: {fault}"


def _file_fault(status: os.stat_result) -> "str | None":
    if status.st_mode & 0o170000 != 0o100000:
        return "it is not a file"
    if status.st_size > _LARGEST_BYTES:
        return "it is too large"
    if os.name == "nt":
        return None
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    if status.st_mode & 0o077:
        return f"others may read it (mode {status.st_mode & 0o777:04o}); what it held must be taken as known to them"
    return None


def _parsed(text: str) -> "dict[str, Any]":
    """The object that a JSON text is, as `json.loads` gives it. Raises ValueError.

    `_json` is the part of json that is written in C, and does the whole work; json itself would only look for white
    space around it, with regular expressions.
    """
    try:
        from _json import make_scanner

        scan = make_scanner(_Context)  # type: ignore[arg-type]  # it looks at the attributes alone, see json.decoder
    except (ImportError, AttributeError):
        import json

        whole = json.loads(text)
    else:
        try:
            whole, end = scan(text, 0)
        except StopIteration as error:
            raise ValueError("no JSON") from error
        if text[end:].strip(" \t\n\r"):
            raise ValueError("more than one JSON text")
    if not isinstance(whole, dict):
        raise ValueError("no object")
    return whole


class _Context:
    """What the decoder is told: as `json.loads` tells it."""

    strict = True
    object_hook = object_pairs_hook = array_hook = None
    parse_float, parse_int, parse_constant = float, int, float


# The question: whose session, of which roles.


def _options(arguments: "list[str]") -> "dict[str, str]":
    """The options by name, each given once."""
    found: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        name, has_value, value = rest.pop(0).partition("=")
        if not has_value and rest:
            value = rest.pop(0)
        if name not in ("--profile", "--endpoint-url", "--max-age") or name in found or not value or value[0] == "-":
            raise _UnsureError
        found[name] = value
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _UnsureError
    return int(text)


def _asked_for(
    options: "Mapping[str, str]", environ: "Mapping[str, str]"
) -> "tuple[str, str, list[tuple[str, str, str]]]":
    """The id of the long-term key, the endpoint of STS, and the roles in the order in which they are assumed."""
    config = _sections(_text(_path(environ, "AWS_CONFIG_FILE", "config")))
    credentials = _sections(_text(_path(environ, "AWS_SHARED_CREDENTIALS_FILE", "credentials")))
    name = options.get("--profile") or _profile(environ)
    endpoint = _endpoint(options, environ)
    roles: list[tuple[str, str, str]] = []
    seen = {name}
    settings = _settings(name, config, credentials)
    if endpoint is None:
        endpoint = _url(settings.get("endpoint_url", ""))
    while "role_arn" in settings:
        if "aws_access_key_id" in settings or "aws_secret_access_key" in settings:
            raise _UnsureError
        role = settings["role_arn"], settings.get("role_session_name", ""), settings.get("external_id", "")
        roles.append(role)
        name = settings["source_profile"]
        if name in seen:
            raise _UnsureError
        seen.add(name)
        above, settings = settings, _settings(name, config, credentials)
        if settings.get("endpoint_url") != above.get("endpoint_url"):
            raise _UnsureError
    if "source_profile" in settings:
        raise _UnsureError
    key_id = settings["aws_access_key_id"]
    if not (key_id.isascii() and key_id.isalnum() and settings["aws_secret_access_key"]):
        raise _UnsureError
    return key_id, endpoint, roles[::-1]


def _profile(environ: "Mapping[str, str]") -> str:
    """The profile where none is named: what the environment says, where it says one thing."""
    if "AWS_ACCESS_KEY_ID" in environ or "AWS_SECRET_ACCESS_KEY" in environ:
        raise _UnsureError
    named = {environ[name] for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE") if name in environ} or {"default"}
    (name,) = named
    return name


def _endpoint(options: "Mapping[str, str]", environ: "Mapping[str, str]") -> "str | None":
    """The endpoint that an option or the environment names; None where the profile is to be asked."""
    if "--endpoint-url" in options:
        return _url(options["--endpoint-url"])
    if "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" in environ:
        raise _UnsureError
    for name in ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"):
        if name in environ:
            if not environ[name]:
                raise _UnsureError
            return _url(environ[name])
    return None


def _url(text: str) -> str:
    if text and not (text.startswith(("http://", "https://")) and _is_plain(text) and " " not in text):
        raise _UnsureError
    return text


_DECIDES_OTHERWISE = (
    "aws_security_token", "aws_session_token", "credential_process", "credential_source",
    "ignore_configured_endpoint_urls", "include_profile", "login_session", "services", "sso_",
    "web_identity_token_file",
)  # fmt: skip
"""Settings, by how they begin, with which a profile is not one of long-term keys, or says a part of it elsewhere."""
_TAKEN = (
    "aws_access_key_id", "aws_secret_access_key", "duration_seconds", "endpoint_url", "external_id", "role_arn",
    "role_session_name", "source_profile",
)  # fmt: skip


def _settings(
    name: str, config: "dict[str, dict[str, str]]", credentials: "dict[str, dict[str, str]]"
) -> "dict[str, str]":
    """The settings of a profile that are needed here, from both files, where nothing in them is in doubt."""
    if not name or " " in name or not _is_plain(name):
        raise _UnsureError
    others = [f"profile {name}" in credentials, name != "default" and name in config]
    headers = [header for header in ("default", f"profile {name}")[name != "default" :] if header in config]
    if any(others) or len(headers) > 1:
        raise _UnsureError
    written = [*(config[header] for header in headers), *([credentials[name]] if name in credentials else [])]
    found: dict[str, str] = {}
    for section in written:
        if any(setting.startswith(_DECIDES_OTHERWISE) for setting in section):
            raise _UnsureError
        if ("aws_access_key_id" in section) != ("aws_secret_access_key" in section):
            raise _UnsureError
        for setting in _TAKEN:
            if setting in section:
                value = section[setting]
                if setting in found or not value or not _is_plain(value) or "#" in value or ";" in value:
                    raise _UnsureError
                found[setting] = value
    _number(found.get("duration_seconds", "0"))
    return found


def _sections(text: str) -> "dict[str, dict[str, str]]":
    """The sections of an AWS file by their headers; what goes on over several lines counts as empty.

    Raises `_UnsureError` for what readers of these files take in different ways.
    """
    if text.startswith("\ufeff") or "\r" in text:
        raise _UnsureError
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] | None = None
    name = ""
    for line in text.split("\n"):
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        if line[0].isspace():
            # A line that goes on: fine below a setting without a value of its own, as `s3 =` is.
            if not section or section[name]:
                raise _UnsureError
        elif bare[0] == "[":
            header = bare[1:-1]
            if bare[-1] != "]" or not _is_header(header) or header in found:
                raise _UnsureError
            section = found[header] = {}
        else:
            name, is_setting, value = bare.partition("=")
            name = name.rstrip()
            if section is None or not is_setting or name in section or not _is_name(name):
                raise _UnsureError
            section[name] = value.lstrip()
    return found


def _is_plain(text: str) -> bool:
    """Whether a text means the same in JSON, in an AWS file and to a shell-like splitter: no quotes, no escapes."""
    return text.isascii() and text.isprintable() and not ('"' in text or "'" in text or "\\" in text)


def _is_header(text: str) -> bool:
    return _is_plain(text) and text == " ".join(text.split()) != "" and not ("[" in text or "]" in text)


def _is_name(text: str) -> bool:
    """Whether a setting's name is in the letters that every reader leaves as they are."""
    return text.isascii() and text == text.lower() and text.replace("_", "").replace("-", "").isalnum()


def _path(environ: "Mapping[str, str]", variable: str, name: str) -> str:
    """Where an AWS file is."""
    home = environ.get("USERPROFILE" if os.name == "nt" else "HOME", "")
    path = environ.get(variable)
    if path is None:
        path = os.path.join("~", ".aws", name)
    if path.startswith("~") and path[1:2] in ("/", os.sep):
        if not os.path.isabs(home):
            raise _UnsureError
        path = os.path.join(home, path[2:])
    if not path or path.startswith("~") or "$" in path or "%" in path:
        raise _UnsureError
    return path


def _text(path: str) -> str:
    """The text of a file, empty where there is none; a pipe is left alone, for it can be read only once."""
    try:
        if os.stat(path).st_mode & 0o170000 != 0o100000:
            raise _UnsureError
    except FileNotFoundError:
        return ""
    with open(path, "rb") as file:
        return file.read().decode("utf-8").replace("\r\n", "\n")
