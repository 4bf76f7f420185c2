"""What a saved file is: a snapshot, answers of AWS, or a credential report; told by what is in it, not by its name.

The AWS CLI writes an answer as one JSON object; people put several pages one behind the other, or into a list.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from iamfa.account import credential_report
from iamfa.account.credential_report import ReportError, Row
from iamfa.account.details import SnapshotError
from iamfa.account.shape import Check, any_text, list_of, map_of, needed, optional, plain, shape, text, time, whole
from iamfa.errors import PolicyError
from iamfa.files import decode
from iamfa.gateway.collect_assembled import DETAILS
from iamfa.gateway.collect_kept import Json

_LARGEST: Final = 1 << 30
"""Bytes of one file, unpacked: ten times what the largest account takes."""
_GZIP: Final = b"\x1f\x8b"

_USER: Final = shape({"UserName": optional(text), "Arn": optional(text)})
_ANSWERS: Final[Mapping[str, tuple[str, Check]]] = {
    "VirtualMFADevices": (
        "virtual",
        list_of(shape({"SerialNumber": needed(text), "User": optional(_USER), "EnableDate": optional(time)})),
    ),
    "MFADevices": (
        "devices",
        list_of(shape({"SerialNumber": needed(text), "UserName": needed(text), "EnableDate": optional(time)})),
    ),
    "AccessKeyMetadata": (
        "keys",
        list_of(
            shape(
                {
                    "AccessKeyId": needed(text),
                    "UserName": needed(text),
                    "Status": needed(text),
                    "CreateDate": needed(time),
                }
            )
        ),
    ),
    "LoginProfile": ("passwords", shape({"UserName": needed(text), "CreateDate": needed(time)})),
    "PasswordPolicy": ("password_policy", shape({})),
    "AccountAliases": ("aliases", list_of(text)),
    "SummaryMap": ("summary", map_of(whole)),
    "Roles": (
        "roles",
        list_of(shape({"Arn": needed(text), "MaxSessionDuration": optional(whole), "Description": optional(any_text)})),
    ),
}
"""The answers that are known, by the member that only they have: what they are called here, and their shape."""
_KNOWN: Final = "give a snapshot of `iamfa`, or what `aws iam get-account-authorization-details` prints"


@dataclass(slots=True)
class Recognised:
    """What one file holds."""

    path: Path
    snapshot: Json | None = None
    details: list[Json] = field(default_factory=list)
    """Pages of GetAccountAuthorizationDetails."""
    answers: dict[str, list[Json]] = field(default_factory=dict)
    """Other answers, by a name of `_ANSWERS`."""
    report: list[Row] | None = None
    report_at: str | None = None

    @property
    def is_of_an_account(self) -> bool:
        """Whether it holds an account, and not only something about one."""
        return self.snapshot is not None or bool(self.details)

    @property
    def written_at(self) -> datetime:
        """When the file was written: answers of AWS do not tell when they were given."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)


def recognise(path: Path) -> Recognised:
    """Read a file. Raises `SnapshotError`, with the file's name, for what is none of these."""
    content = _text(path)
    found = Recognised(path)
    if content.removeprefix("\ufeff").startswith("user,"):
        found.report = _report(path, content)
        return found
    for value in _values(path, content):
        _sort_in(found, value)
    return found


def _sort_in(found: Recognised, value: Any) -> None:
    if not isinstance(value, dict):
        raise _refused(found.path, "a part of it is no JSON object, and every answer of AWS is one")
    if "authorization_details" in value:
        if found.snapshot is not None:
            raise _refused(found.path, "it holds two snapshots", hint="give each one in a file of its own")
        found.snapshot = value
    elif any(name in value for name in DETAILS):
        found.details.append(value)
    elif "Content" in value:
        found.report = _report(found.path, _decoded(found.path, value["Content"]))
        made = value.get("GeneratedTime")
        found.report_at = made if isinstance(made, str) else None
    else:
        for member, (name, check) in _ANSWERS.items():
            if member in value:
                _hold(found.path, check, value[member], member)
                found.answers.setdefault(name, []).append(value)
                return
        named = ", ".join(f"`{str(key)[:40]}`" for key in list(value)[:4]) or "nothing"
        raise _refused(found.path, f"it is no answer of AWS that is known here: it has {named}")


def _hold(path: Path, check: Check, value: Any, member: str) -> None:
    try:
        plain(value)
        check(value, f"$.{member}")
    except SnapshotError as error:
        raise _refused(path, error.message) from error


def _values(path: Path, content: str) -> Iterator[Any]:
    """The JSON values of a file, one behind the other; the entries of a list count as such."""
    decoder, at, end = json.JSONDecoder(), 0, len(content)
    if content.startswith("\ufeff"):
        at = 1
    while True:
        while at < end and content[at] in " \t\r\n":
            at += 1
        if at == end:
            break
        try:
            value, at = decoder.raw_decode(content, at)
        except json.JSONDecodeError as error:
            cut = not content[error.pos :].strip() or error.msg.startswith("Unterminated")
            what = "the file ends in the middle" if cut else f"this is no JSON: {error.msg}"
            hint = "write it again: it was cut off" if cut else _KNOWN
            raise _refused(path, f"{error.lineno}:{error.colno}: {what}", hint=hint) from error
        except (ValueError, RecursionError) as error:
            raise _refused(path, "it is no JSON that anything of AWS is written in") from error
        yield from value if isinstance(value, list) else [value]
    if not content.strip("\ufeff \t\r\n"):
        raise _refused(path, "the file is empty")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if data.startswith(_GZIP):
            with gzip.open(BytesIO(data)) as packed:
                data = packed.read(_LARGEST + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _refused(path, "the file cannot be unpacked: it was cut off or is damaged") from error
    except OSError as error:
        raise _refused(path, f"the file cannot be read: {error.strerror or error}") from error
    if len(data) > _LARGEST:
        raise _refused(path, f"the file is larger than {_LARGEST} bytes")
    try:
        return decode(data, str(path))
    except PolicyError as error:
        raise _refused(path, error.message, hint=error.hint) from error


def _report(path: Path, content: str) -> list[Row]:
    try:
        return credential_report.read(content)
    except ReportError as error:
        raise _refused(path, error.message, hint=error.hint) from error


def _decoded(path: Path, content: Any) -> str:
    """The report in what `aws iam get-credential-report` prints."""
    try:
        return base64.b64decode(content, validate=True).decode("utf-8")
    except (TypeError, ValueError, binascii.Error) as error:
        raise _refused(path, "the `Content` of the credential report is not base64") from error


def _refused(path: Path, message: str, hint: str | None = _KNOWN) -> SnapshotError:
    return SnapshotError(f"`{path}`: {message}", hint=hint)
