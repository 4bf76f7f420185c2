"""Accounts from saved files: a snapshot, an answer of GetAccountAuthorizationDetails, or a folder of such and more.

What the files do not hold is noted as not read: a dump without devices is no account without devices.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from iamfa.account.details import SnapshotError
from iamfa.account.documents import time_out
from iamfa.account.snapshot import checked
from iamfa.arn import Arn, ArnError, is_account_id
from iamfa.gateway.collect_assembled import (
    DETAILS,
    Collected,
    add_settings_of_roles,
    assemble,
    empty_snapshot,
    of_snapshot,
)
from iamfa.gateway.collect_calls import Noted
from iamfa.gateway.collect_kept import Json
from iamfa.gateway.collect_people import (
    People,
    devices_unasked,
    key_out,
    listed_devices,
    profiles_of_report,
    root_keys_unlisted,
    virtual_devices,
    with_last_use,
)
from iamfa.gateway.collect_recognised import Recognised, recognise
from iamfa.gateway.collect_report import has_sign_of_key, take_report

_SUFFIXES: Final = (".json", ".json.gz", ".csv", ".csv.gz")
_NUMBER: Final = re.compile(r"\d{12}(?!\d)")


@dataclass(frozen=True, slots=True)
class Saved:
    """What was found in files."""

    accounts: tuple[Collected, ...]
    """By number."""
    refused: tuple[SnapshotError, ...] = ()
    """Of a folder: what is wrong with the files that could not be taken."""


def from_path(path: str | Path) -> Saved:
    """The accounts in a file or below a folder.

    In a folder, a file belongs to the account that its name begins with, else to the one account of the nearest folder
    above it. What cannot be read of a folder is in `refused`, and the rest is read. Raises `SnapshotError`, with file
    and place, for a single file that cannot be read, and for a folder without any that can.
    """
    place = Path(path)
    if not place.is_dir():
        found = recognise(place)
        if not found.is_of_an_account:
            raise SnapshotError(f"`{place}`: it tells something about an account, and not who is in it", hint=_DETAILS)
        return Saved((_account(_number_of(found), [found]),))
    refused: list[SnapshotError] = []
    grouped = _grouped(place, _recognised(place, refused), refused)
    accounts = []
    for number in sorted(grouped):
        try:
            accounts.append(_account(number, grouped[number]))
        except SnapshotError as error:
            refused.append(error)
    if not accounts:
        if refused:
            raise refused[0]
        raise SnapshotError(f"`{place}`: no file of an account lies below this folder", hint=_DETAILS)
    return Saved(tuple(accounts), tuple(refused))


_DETAILS: Final = "write `aws iam get-account-authorization-details > ACCOUNT.json` there"


def _recognised(folder: Path, refused: list[SnapshotError]) -> Iterator[Recognised]:
    for path in sorted(folder.rglob("*")):
        if path.name.lower().endswith(_SUFFIXES) and path.is_file():
            try:
                yield recognise(path)
            except SnapshotError as error:
                refused.append(error)


def _grouped(root: Path, files: Iterable[Recognised], refused: list[SnapshotError]) -> dict[str, list[Recognised]]:
    """The files by the account that they are about."""
    grouped: dict[str, list[Recognised]] = defaultdict(list)
    in_folder: dict[Path, set[str]] = defaultdict(set)
    others = []
    for found in files:
        if not found.is_of_an_account:
            others.append(found)
            continue
        try:
            number = _number_of(found)
        except SnapshotError as error:
            refused.append(error)
            continue
        grouped[number].append(found)
        in_folder[found.path.parent].add(number)
    for found in others:
        named = _NUMBER.match(found.path.name)
        near = next((in_folder[folder] for folder in found.path.parents if folder in in_folder), set())
        candidates = near & {named.group()} if named else near
        if len(candidates) == 1:
            grouped[next(iter(candidates))].append(found)
        else:
            why = f"begin its name with the number of the account, as in `ACCOUNT-{found.path.name}`"
            refused.append(SnapshotError(f"`{found.path}`: nothing tells which account it is about", hint=why))
    return grouped


def _number_of(found: Recognised) -> str:
    """The account of a file, by the ARNs in it; where it holds nobody, by its name."""
    if found.snapshot is not None:
        return str(found.snapshot.get("account"))
    numbers = sorted({number for number in _accounts_in(found.details) if is_account_id(number)})
    if len(numbers) > 1:
        shown, hint = ", ".join(f"`{each}`" for each in numbers[:3]), "give each in a file of its own"
        raise SnapshotError(
            f"`{found.path}`: it holds more than one account: {shown}", hint="give each in its own file"
        )
    if numbers:
        return numbers[0]
    named = _NUMBER.match(found.path.name)
    if named is None:
        hint = "call the file `ACCOUNT.json`, with the number of the account"
        raise SnapshotError(f"`{found.path}`: nothing in it tells which account it is", hint=hint)
    return named.group()


def _accounts_in(pages: Iterable[Json]) -> Iterator[str]:
    for arn in _arns(pages):
        try:
            yield Arn.parse(arn).account
        except ArnError:
            continue  # the shape is looked at later, with its place


def _arns(pages: Iterable[Json]) -> Iterator[str]:
    for page in pages:
        for name in DETAILS:
            listed = page.get(name)
            for each in listed if isinstance(listed, list) else ():
                if isinstance(each, dict) and isinstance(each.get("Arn"), str):
                    yield each["Arn"]


def _account(number: str, files: list[Recognised]) -> Collected:
    """One account from the files about it. Raises `SnapshotError` with their names."""
    named = ", ".join(f"`{found.path}`" for found in files if found.is_of_an_account)
    try:
        snapshots = [found for found in files if found.snapshot is not None]
        if not snapshots:
            return _of_answers(number, files, named)
        if len([found for found in files if found.is_of_an_account]) > 1:
            raise SnapshotError(f"they hold the account `{number}` more than once", hint="give one of them")
        return of_snapshot(snapshots[0].snapshot or {}, str(snapshots[0].path))
    except SnapshotError as error:
        raise SnapshotError(f"{named}: {error.message}", hint=error.hint) from error


def _of_answers(number: str, files: list[Recognised], named: str) -> Collected:
    pages = [page for found in files for page in found.details]
    partition = next((Arn.parse(arn).partition for arn in _arns(pages)), "aws")
    taken = min(found.written_at for found in files if found.details)
    read = Noted(empty_snapshot(number, partition, time_out(taken)))
    inside = read.value["authorization_details"]
    for page in pages:
        for name in DETAILS:
            inside[name] += _list(page, name)
    checked(read.value)
    _hold_complete(read, "authorization_details", pages)
    _Answers(read, files).take()
    return assemble(read, source=named.strip("`") if len(files) == 1 else named)


class _Answers:
    """What lies beside the details of an account."""

    def __init__(self, read: Noted, files: list[Recognised]) -> None:
        self._read = read
        self._files = files

    def take(self) -> None:
        """Put it into the snapshot, and note what is missing."""
        read, value = self._read, self._read.value
        self._take_single("password_policy", "PasswordPolicy", "get-account-password-policy")
        self._take_single("account_summary", "SummaryMap", "get-account-summary", "summary")
        aliases = self._listed("aliases", "AccountAliases")
        value["alias"] = aliases[0] if aliases else None
        if not self._given("aliases"):
            read.note("alias", _missing("list-account-aliases"))
        read.note("organization", "files do not hold the policies of Organizations")
        self._take_roles()
        self._take_report()
        people = People.of(read)
        self._take_devices(people)
        self._take_keys(people)
        self._take_passwords(people)

    def _take_single(self, part: str, member: str, command: str, name: str | None = None) -> None:
        given = self._given(name or part)
        if given:
            self._read.value[part] = given[-1][member]
        else:
            self._read.note(part, _missing(command))

    def _take_roles(self) -> None:
        if not add_settings_of_roles(self._read.value, self._listed("roles", "Roles")):
            self._read.note("roles", _missing("list-roles"))

    def _take_report(self) -> None:
        reports = [found for found in self._files if found.report is not None]
        if not reports:
            self._read.note("credential_report", _missing("get-credential-report"))
            return
        take_report(self._read, reports[-1].report or [], reports[-1].report_at)

    def _take_devices(self, people: People) -> None:
        people.devices.update(virtual_devices(self._listed("virtual", "VirtualMFADevices")))
        people.devices.update(listed_devices(self._listed("devices", "MFADevices")))
        self._read.value["mfa_devices"] = list(people.devices.values())
        if self._given("virtual"):
            _hold_complete(self._read, "mfa_devices", self._given("virtual"))
            devices_unasked(people)
        else:
            self._read.note("mfa_devices", _missing("list-virtual-mfa-devices"))
        if people.rows is None:
            self._read.note("mfa_devices", "without a credential report nobody tells who has one that is not virtual")

    def _take_keys(self, people: People) -> None:
        keys = self._read.value.setdefault("access_keys", [])
        held: dict[str, list[Json]] = defaultdict(list)
        for key in self._listed("keys", "AccessKeyMetadata"):
            held[str(key.get("UserName"))].append(key)
        for user, listed in held.items():
            for key, used in with_last_use(listed, people.row(user), people.report_at):
                if used is None and people.rows is not None:
                    self._read.note("access_keys", "when it was used last is not told", f"key/{key['AccessKeyId']}")
                keys.append({**key_out(key, user), "AccessKeyLastUsed": used or {}})
        untold = [
            user
            for user in people.users
            if user not in held and ((row := people.row(user)) is None or has_sign_of_key(row))
        ]
        if untold and not held:
            self._read.note("access_keys", _missing("list-access-keys"))
        else:
            for user in untold:
                self._read.note("access_keys", "no file has his keys, and he may have some", f"user/{user}")
        if people.rows is not None:
            self._read.note("inactive_access_keys", "the credential report does not tell of them")
        root_keys_unlisted(people)

    def _take_passwords(self, people: People) -> None:
        given = {each["LoginProfile"]["UserName"]: each["LoginProfile"] for each in self._given("passwords")}
        for user in profiles_of_report(people):
            if user in given:
                self._read.value["login_profiles"].append(given[user])
            elif people.rows is not None:
                self._read.note("login_profiles", "the credential report does not tell", f"user/{user}")
        if people.rows is None:
            self._read.note("login_profiles", _missing("get-credential-report"))

    def _given(self, name: str) -> list[Json]:
        return [answer for found in self._files for answer in found.answers.get(name, ())]

    def _listed(self, name: str, member: str) -> list[Any]:
        return [each for answer in self._given(name) for each in _list(answer, member)]


def _list(page: Json, member: str) -> list[Any]:
    """A list of an answer; what is in it is looked at later. Raises `SnapshotError` for anything else."""
    found = page.get(member)
    if found is None:
        return []
    if not isinstance(found, list):
        raise SnapshotError(f"`{member}` is no list, and in AWS's answer it is one", hint=_DETAILS)
    return found


def _hold_complete(read: Noted, part: str, pages: list[Json]) -> None:
    """That the last page is there: the others say that more follows."""
    if all(page.get("IsTruncated") or page.get("NextToken") for page in pages):
        read.note(part, "the last page is missing: the answer says that there is more")


def _missing(command: str) -> str:
    return f"no file has what `aws iam {command}` prints"
