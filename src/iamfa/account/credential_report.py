"""The credential report: one row for the root user and for each user, in AWS's columns and forms of values.

AWS's page id_credentials_getting-report of the IAM User Guide. It writes TRUE and FALSE; the reports themselves have
small letters. What the page leaves open: the order of the rows (here the root user first, then users by name), what
`additional_credentials_info` holds where there is nothing to say (`N/A`), and when the root user's password was set
(`not_supported`, as in reports that were seen).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from iamfa.account.entities import ROOT_USER, AccessKey, Account, LoginProfile, User
from iamfa.account.organization import Organization
from iamfa.errors import IamfaError

Row = dict[str, str]
"""One row of the report by its columns."""

_KEY_COLUMNS: Final = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")

COLUMNS: Final = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
    "password_next_rotation", "mfa_active",
    *(f"access_key_{n}_{column}" for n in (1, 2) for column in _KEY_COLUMNS),
    "cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated", "additional_credentials_info",
)  # fmt: skip
"""AWS's columns in AWS's order."""

NOT_APPLICABLE: Final = "N/A"
NO_INFORMATION: Final = "no_information"
NOT_SUPPORTED: Final = "not_supported"

_CERTIFICATES: Final[Row] = {
    "cert_1_active": "false",
    "cert_1_last_rotated": NOT_APPLICABLE,
    "cert_2_active": "false",
    "cert_2_last_rotated": NOT_APPLICABLE,
}


class ReportError(IamfaError):
    """A text is no credential report."""


def rows(account: Account, organization: Organization | None = None) -> list[Row]:
    """The rows of the report as of now: the root user's, then the users' by name.

    *organization* tells whether the root user has a password: accounts that an organization made have none by default.
    """
    protected = {device.user for device in account.devices.values() if device.user is not None}
    keys = _keys_by_user(account)
    users = sorted(account.users.values(), key=lambda user: user.name)
    return [
        _root_row(account, organization, protected, keys),
        *(_user_row(user, account, protected, keys.get(user.name, [])) for user in users),
    ]


def root_has_password(account: Account, organization: Organization | None) -> bool:
    """Whether the root user can sign in: not in an account that its organization made (page id_root-user)."""
    member = organization.members.get(account.number) if organization is not None else None
    if member is None or organization is None:
        return True
    return member.invited or organization.management_account == account.number


def write(report: Iterable[Mapping[str, str]]) -> str:
    """The report as CSV, lines ended by LF and none after the last row, as AWS's are."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row[column] for column in COLUMNS] for row in report)
    return lines.getvalue().removesuffix("\n")


def read(text: str) -> list[Row]:
    """The rows of a report; columns that AWS adds some day are kept.

    Raises `ReportError` where the text is no credential report.
    """
    try:
        lines = [line for line in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")) if line]
    except csv.Error as error:
        raise ReportError(f"the credential report is no CSV: {error}", hint=_HINT) from error
    if not lines or "user" not in lines[0] or "mfa_active" not in lines[0]:
        raise ReportError(
            "the text is no credential report: its first line names no `user` and `mfa_active`", hint=_HINT
        )
    header = lines[0]
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(header):
            raise ReportError(
                f"row {number} of the credential report has {len(line)} columns, its head {len(header)}", hint=_HINT
            )
    return [dict(zip(header, line, strict=True)) for line in lines[1:]]


_HINT: Final = "give the content of GetCredentialReport, decoded from base64"


def time_of(value: str) -> datetime | None:
    """The time in a column, None for `N/A`, `no_information`, `not_supported` and the like."""
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _root_row(
    account: Account,
    organization: Organization | None,
    protected: set[str],
    keys: Mapping[str, Sequence[AccessKey]],
) -> Row:
    has_password = root_has_password(account, organization)
    return {
        "user": ROOT_USER,
        "arn": account.root_arn,
        "user_creation_time": _time(account.created, NOT_SUPPORTED),
        "password_enabled": _flag(has_password),
        "password_last_used": NO_INFORMATION if has_password else NOT_APPLICABLE,
        "password_last_changed": NOT_SUPPORTED,
        "password_next_rotation": NOT_SUPPORTED,
        "mfa_active": _flag(ROOT_USER in protected),
        **_key_columns(keys.get(ROOT_USER, [])),
        **_CERTIFICATES,
        "additional_credentials_info": NOT_APPLICABLE,
    }


def _user_row(user: User, account: Account, protected: set[str], keys: Sequence[AccessKey]) -> Row:
    profile = account.login_profiles.get(user.name)
    return {
        "user": user.name,
        "arn": user.arn,
        "user_creation_time": _time(user.created),
        "password_enabled": _flag(profile is not None),
        "password_last_used": NOT_APPLICABLE if profile is None else _time(user.password_last_used, NO_INFORMATION),
        "password_last_changed": NOT_APPLICABLE if profile is None else _time(profile.changed or profile.created),
        "password_next_rotation": _next_rotation(profile, account),
        "mfa_active": _flag(user.name in protected),
        **_key_columns(keys),
        **_CERTIFICATES,
        "additional_credentials_info": NOT_APPLICABLE,
    }


def _next_rotation(profile: LoginProfile | None, account: Account) -> str:
    """When the password must be changed, where the password policy lets passwords expire."""
    policy = account.password_policy
    if profile is None or policy is None or not policy.max_age_days:
        return NOT_APPLICABLE
    try:
        return _time((profile.changed or profile.created) + timedelta(days=policy.max_age_days))
    except OverflowError:
        return NOT_APPLICABLE


def _keys_by_user(account: Account) -> dict[str, list[AccessKey]]:
    """Each user's keys, the older first."""
    found: dict[str, list[AccessKey]] = {}
    for key in sorted(account.access_keys.values(), key=lambda key: (key.created, key.id)):
        found.setdefault(key.user, []).append(key)
    return found


def _key_columns(keys: Sequence[AccessKey]) -> Row:
    return {
        f"access_key_{n}_{column}": value
        for n in (1, 2)
        for column, value in zip(_KEY_COLUMNS, _key(keys[n - 1] if len(keys) >= n else None), strict=True)
    }


def _key(key: AccessKey | None) -> tuple[str, ...]:
    """A key's five columns; when an inactive one was made is not told ("does not have an active access key")."""
    if key is None:
        return ("false", *(NOT_APPLICABLE,) * 4)
    active = key.status == "Active"
    return (
        _flag(active),
        _time(key.created) if active else NOT_APPLICABLE,
        _time(key.last_used),
        key.last_used_region or NOT_APPLICABLE,
        key.last_used_service or NOT_APPLICABLE,
    )


def _time(moment: datetime | None, otherwise: str = NOT_APPLICABLE) -> str:
    return otherwise if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _flag(value: bool) -> str:
    return "true" if value else "false"
