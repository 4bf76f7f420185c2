"""Devices, keys and passwords of users: from lists of the whole account as far as they tell, else user by user.

ListVirtualMFADevices has all virtual devices, and nobody lists hardware tokens and FIDO keys of all users: a user is
asked about where the credential report says that he has MFA and no virtual device of his is known, and where the
account counts more devices in use than were found. The report tells of a key everything but its id; of a password
everything but whether it must be changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from iamfa.account.credential_report import NOT_APPLICABLE, Row, time_of
from iamfa.account.details import time_in
from iamfa.account.documents import time_out
from iamfa.account.entities import ROOT_USER, DeviceKind
from iamfa.arn import Arn, ArnError
from iamfa.gateway.collect_calls import Noted, Progress, Reading, is_end
from iamfa.gateway.collect_kept import Json
from iamfa.gateway.collect_report import by_user, has_sign_of_key, is_true, key_columns
from iamfa.gateway.faults import AccessDeniedError, AwsError, NotThereError

_REFUSALS: Final = 3
"""After so many refusals and no answer, an operation is not tried for the other users."""
_KINDS: Final[Mapping[str, DeviceKind]] = {"mfa": "virtual", "u2f": "fido"}


@dataclass
class People:
    """The users of an account, and what is known of their credentials without asking about each."""

    noted: Noted
    users: tuple[str, ...]
    rows: Mapping[str, Row] | None
    """Of the credential report by user; None where it was not read."""
    root: Row | None
    """The root user's."""
    report_at: str | None
    in_use: int | None
    """How many devices the account counts as somebody's."""
    devices: dict[str, Json] = field(default_factory=dict)
    """By serial, as a snapshot has them."""

    @classmethod
    def of(cls, noted: Noted) -> People:
        """The users of a snapshot on its way, with what the credential report and the counts in it tell."""
        value = noted.value
        rows = value.get("credential_report")
        return cls(
            noted,
            tuple(each["UserName"] for each in value["authorization_details"]["UserDetailList"]),
            None if rows is None else by_user(rows),
            next((row for row in rows or () if row["user"] == ROOT_USER), None),
            value.get("credential_report_at"),
            (value.get("account_summary") or {}).get("MFADevicesInUse"),
        )

    def row(self, user: str) -> Row | None:
        """The user's row; None where the report was not read, or was made before he was."""
        return None if self.rows is None else self.rows.get(user)

    def holders(self) -> set[str]:
        """The users of whom a device is known."""
        return {device["UserName"] for device in self.devices.values() if device.get("UserName")}

    def missing(self) -> int:
        """How many devices the account counts beyond those that are known.

        One of the root user's that is not virtual is in no list; the credential report tells that it is there.
        """
        if self.in_use is None:
            return 0
        known = sum(bool(device.get("UserName")) for device in self.devices.values())
        return max(self.in_use - known - int(self.root_has_unlisted()), 0)

    def root_has_unlisted(self) -> bool:
        """Whether the root user has a device that no list tells."""
        return self.root is not None and is_true(self.root, "mfa_active") and ROOT_USER not in self.holders()

    def without_known_device(self) -> list[str]:
        """The users who have MFA, or of whom nobody says whether, and no device that is known."""
        known = self.holders()
        return [
            user
            for user in self.users
            if user not in known and ((row := self.row(user)) is None or is_true(row, "mfa_active"))
        ]


class _UserByUser:
    """One operation that is asked for single users."""

    def __init__(self, read: Reading, part: str, operation: str, member: str, *, may_lack: bool = False) -> None:
        self.read = read
        self.part = part
        self.operation = operation
        self.member = member
        self.may_lack = may_lack
        """Whether a user who is there may have nothing that the operation could give."""
        self._refused = 0
        self._answered = False

    def ask(self, user: str) -> list[Json]:
        """What the operation gives; what could not be asked is noted."""
        if self._is_hopeless():
            return []
        self.read.calls.part = self.part
        try:
            pages = self.read.calls.pages("iam", self.operation, UserName=user)
        except NotThereError:
            if not self.may_lack:
                self.read.note(self.part, "the user was deleted while the account was read", f"user/{user}")
            return []
        except AwsError as error:
            if is_end(error):
                raise
            self.read.note(self.part, error.message, f"user/{user}")
            self._refused += isinstance(error, AccessDeniedError)
            if self._is_hopeless():
                self.read.note(self.part, f"{error.message} (nobody else was asked about)")
            return []
        self._answered = True
        found = [page[self.member] for page in pages]
        return [each for given in found for each in (given if isinstance(given, list) else [given])]

    def _is_hopeless(self) -> bool:
        """Whether it is refused for everybody, as far as it was tried."""
        return self._refused >= _REFUSALS and not self._answered

    def each(self, users: Iterable[str]) -> Iterator[tuple[str, list[Json]]]:
        """The answers for these users, with progress."""
        asked = list(users)
        for number, user in enumerate(asked, 1):
            yield user, self.ask(user)
            self.read.calls.tell(Progress(self.part, number, len(asked)))


def read_virtual(read: Reading, total: int | None) -> dict[str, Json]:
    """All virtual devices by serial: one list for the whole account."""
    with read.reading("mfa_devices"):
        pages = read.calls.pages("iam", "ListVirtualMFADevices", "VirtualMFADevices", total=total, MaxItems=1000)
        return virtual_devices(each for page in pages for each in page["VirtualMFADevices"])
    return {}


def virtual_devices(listed: Iterable[Mapping[str, Any]]) -> dict[str, Json]:
    """Devices of ListVirtualMFADevices by serial, in a snapshot's form."""
    return {
        each["SerialNumber"]: {
            "SerialNumber": each["SerialNumber"],
            "kind": "virtual",
            "UserName": _holder(each.get("User") or {}),
            "EnableDate": each.get("EnableDate"),
        }
        for each in listed
    }


def listed_devices(listed: Iterable[Mapping[str, Any]], user: str | None = None) -> dict[str, Json]:
    """Devices of ListMFADevices by serial, in a snapshot's form."""
    return {
        each["SerialNumber"]: {
            "SerialNumber": each["SerialNumber"],
            "kind": kind_of_serial(each["SerialNumber"]),
            "UserName": user or each.get("UserName"),
            "EnableDate": each.get("EnableDate"),
        }
        for each in listed
    }


def kind_of_serial(serial: str) -> DeviceKind:
    """What a device that belongs to somebody is: a virtual one's and a FIDO key's serials are ARNs, a token's is not.

    Page API_MFADevice of the IAM API Reference; the form of FIDO keys is that of the AWS CLI's get-mfa-device.
    """
    try:
        return _KINDS.get(Arn.parse(serial).kind, "hardware")
    except ArnError:
        return "hardware"


def read_other_devices(read: Reading, people: People) -> None:
    """The devices that are in no list of the account."""
    asking = _UserByUser(read, "mfa_devices", "ListMFADevices", "MFADevices")
    for user, found in asking.each(people.without_known_device()):
        people.devices.update(listed_devices(found, user))
    if people.missing():
        # Somebody with a virtual device has another one that is not.
        _look_for_more(people, asking)
    if people.root_has_unlisted():
        read.note("mfa_devices", "the root user's device is not virtual, and nobody else can list it", "root")
    _hold_against_count(people)


def _look_for_more(people: People, asking: _UserByUser) -> None:
    asked = sorted(people.holders() - {ROOT_USER})
    for user, found in asking.each(asked):
        people.devices.update(listed_devices(found, user))
        if not people.missing():
            return


def _hold_against_count(people: People) -> None:
    """That the account counts no more devices than were found."""
    if missing := people.missing():
        people.noted.note(
            "mfa_devices", f"the account counts {people.in_use} devices in use, {missing} more than were found"
        )


def devices_unasked(people: People) -> None:
    """The same for files, where nobody can be asked: what the report and the count tell is noted."""
    for user in people.without_known_device():
        if people.row(user) is not None:
            people.noted.note("mfa_devices", "he has MFA, and no file has the device", f"user/{user}")
    if people.root_has_unlisted():
        people.noted.note("mfa_devices", "the root user has MFA, and no file has the device", "root")
    _hold_against_count(people)


def read_keys(read: Reading, people: People, *, every_key: bool) -> None:
    """The access keys with their ids: of users who have any by the report, or of all."""
    asking = _UserByUser(read, "access_keys", "ListAccessKeys", "AccessKeyMetadata")
    asked = [user for user in people.users if every_key or (row := people.row(user)) is None or has_sign_of_key(row)]
    keys = read.value.setdefault("access_keys", [])
    for user, found in asking.each(asked):
        for key, used in with_last_use(found, people.row(user), people.report_at):
            last = _asked_last_use(read, key) if used is None else used
            keys.append({**key_out(key, user), "AccessKeyLastUsed": last})
    if len(asked) < len(people.users):
        read.note("inactive_access_keys", "only users whom the credential report gives a key were asked about")
    root_keys_unlisted(people)


def root_keys_unlisted(people: People) -> None:
    """The root user's keys nobody else can list; the report tells that there are some."""
    if people.root is not None and has_sign_of_key(people.root):
        people.noted.note("access_keys", "the root user's keys nobody else can list", "root")


def key_out(key: Mapping[str, Any], user: str) -> Json:
    """A key of ListAccessKeys in a snapshot's form, without its last use."""
    return {
        "AccessKeyId": key["AccessKeyId"],
        "UserName": user,
        "Status": key["Status"],
        "CreateDate": key["CreateDate"],
    }


def with_last_use(keys: list[Json], row: Row | None, report_at: str | None) -> list[tuple[Json, Json | None]]:
    """A user's keys with their last use as the report has it; None where it does not tell which key is meant.

    The report names no key: its columns are told apart by when a key was made. A key that is younger than the report
    is not in it.
    """
    if row is None:
        return [(key, None) for key in keys]
    columns = key_columns(row)
    found: list[tuple[Json, Json | None]] = []
    rest = []
    for key in keys:
        made = time_in(key["CreateDate"])
        same = [each for each in columns if (at := time_of(each[1])) is not None and at == made.replace(microsecond=0)]
        if len(same) == 1:
            columns.remove(same[0])
            found.append((key, _last_use(*same[0][2:])))
        else:
            rest.append((key, report_at is not None and made > time_in(report_at)))
    for key, is_younger in rest:
        used = [each for each in columns if time_of(each[2]) is not None and each[0] == (key["Status"] == "Active")]
        if is_younger or (used and (len(rest) > 1 or len(used) > 1)):
            found.append((key, None))
        else:
            found.append((key, _last_use(*used[0][2:]) if used else {}))
    return found


def _last_use(date: str, region: str, service: str) -> Json:
    at = time_of(date)
    told = {"LastUsedDate": None if at is None else time_out(at), "Region": region, "ServiceName": service}
    return {name: value for name, value in told.items() if value not in (None, "", NOT_APPLICABLE)}


def _asked_last_use(read: Reading, key: Mapping[str, Any]) -> Json:
    with read.reading("access_keys", f"key/{key['AccessKeyId']}"):
        used = read.calls.call("iam", "GetAccessKeyLastUsed", AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
        return {name: value for name, value in used.items() if value not in (None, "", NOT_APPLICABLE)}
    return {}


def read_passwords(read: Reading, people: People) -> None:
    """Who has a password: as the report tells, else asked of each."""
    asking = _UserByUser(read, "login_profiles", "GetLoginProfile", "LoginProfile", may_lack=True)
    for _, found in asking.each(profiles_of_report(people)):
        read.value["login_profiles"] += found


def profiles_of_report(people: People) -> list[str]:
    """Put what the report tells of passwords into the snapshot; the users of whom it does not tell."""
    profiles = people.noted.value.setdefault("login_profiles", [])
    untold = []
    for user in people.users:
        row = people.row(user)
        changed = None if row is None else time_of(row.get("password_last_changed", ""))
        if row is None or (is_true(row, "password_enabled") and changed is None):
            untold.append(user)
        elif is_true(row, "password_enabled") and changed is not None:
            at = time_out(changed)
            profiles.append({"UserName": user, "CreateDate": at, "PasswordLastChanged": at})
    return untold


def _holder(user: Mapping[str, Any]) -> str | None:
    """Whose a virtual device is; the root user is told by his ARN. None for one that is assigned to nobody."""
    if str(user.get("Arn", "")).endswith(":root"):
        return ROOT_USER
    name: str | None = user.get("UserName")
    return name
