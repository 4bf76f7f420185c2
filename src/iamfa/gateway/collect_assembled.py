"""From what was read to a snapshot: the parts held against each other, what does not fit noted, the rest kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from iamfa.account import snapshot
from iamfa.account.bearing import parsed
from iamfa.account.details import time_in
from iamfa.account.entities import ROOT_USER, Account, Group, Role, User
from iamfa.account.not_read import NotRead
from iamfa.account.organization import Organization
from iamfa.errors import PolicyError
from iamfa.files import write_text
from iamfa.gateway.collect_calls import Noted
from iamfa.gateway.collect_kept import Json
from iamfa.policy.document import Kind

DETAILS: Final = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
"""The lists of GetAccountAuthorizationDetails."""
_ADDED: Final = ("credential_report_at", "account_summary")
"""What a snapshot holds that is no part of an account's entities."""


@dataclass(frozen=True, slots=True)
class Collected:
    """An account as it was read."""

    snapshot: Json
    """The snapshot, without secrets, as it is saved."""
    account: Account
    organization: Organization | None
    not_read: tuple[NotRead, ...]
    calls: int = 0
    """How many calls it took."""
    operations: Mapping[str, int] = field(default_factory=dict)
    """The same by operation, `iam:ListAccessKeys`."""
    source: str | None = None
    """The file that it comes from."""

    def save(self, path: str | Path) -> None:
        """Write the snapshot to a file that only its owner may read; whole or not at all. Raises `OSError`."""
        write_text(path, json.dumps(self.snapshot, indent=1) + "\n", mode=0o600)


def empty_snapshot(account: str, partition: str, taken_at: str) -> Json:
    """A snapshot that nothing was read into yet."""
    return {
        "version": snapshot.VERSION,
        "account": account,
        "partition": partition,
        "taken_at": taken_at,
        "authorization_details": {name: [] for name in DETAILS},
    }


def merge_details(read: Noted, pages: list[Json]) -> None:
    """Put the pages of GetAccountAuthorizationDetails together; who stands on two of them counts as on the last."""
    for name in DETAILS:
        found = {each["Arn"]: each for page in pages for each in page.get(name) or ()}
        read.value["authorization_details"][name] = list(found.values())


def add_settings_of_roles(value: Json, listed: Iterable[Mapping[str, Any]]) -> bool:
    """Add what the details leave out of roles and ListRoles has; whether it had all of them."""
    told = {role["Arn"]: role for role in listed}
    roles = value["authorization_details"]["RoleDetailList"]
    for role in roles:
        for name in ("MaxSessionDuration", "Description"):
            if name in told.get(role["Arn"], ()):
                role[name] = told[role["Arn"]][name]
    return all(role["Arn"] in told for role in roles)


def assemble(read: Noted, made: Mapping[str, int] | None = None, *, source: str | None = None) -> Collected:
    """The snapshot of what was read with the calls *made*.

    Raises `SnapshotError`, with the place, for what cannot be.
    """
    value = read.value
    snapshot.checked(value)
    _hold_groups(read)
    _hold_owners(read)
    _hold_report(read)
    account, organization, _ = snapshot.read(value)
    for about, fault in faulty_policies(account):
        read.note("policies", fault, about)
    told = {each.about for each in read.noted if each.part == "policies"}
    for arn, holder in missing_policies(value):
        if arn not in told:
            read.note("policies", f"{holder} has it, and it was not read", arn)
    written = snapshot.write(
        account,
        organization,
        time_in(value["taken_at"]),
        report=value.get("credential_report") or (),
        not_read=[str(each) for each in read.not_read],
    )
    written |= {name: value[name] for name in _ADDED if value.get(name) is not None}
    counted = dict(sorted((made or {}).items()))
    return Collected(written, account, organization, read.not_read, sum(counted.values()), counted, source)


def of_snapshot(value: Json, source: str | None) -> Collected:
    """A saved snapshot, without the section of a sandbox, which holds secrets. Raises `SnapshotError`."""
    account, organization, not_read = snapshot.read(value)
    kept = {name: each for name, each in value.items() if name != "sandbox"}
    return Collected(kept, account, organization, tuple(NotRead.parse(each) for each in not_read), source=source)


def missing_policies(value: Json) -> list[tuple[str, str]]:
    """The managed policies that somebody has and no list holds, with one who has each."""
    inside = value["authorization_details"]
    there = {each["Arn"] for each in inside.get("Policies") or ()}
    found: dict[str, str] = {}
    for name in DETAILS[:3]:
        for holder in inside.get(name) or ():
            held = [each["PolicyArn"] for each in holder.get("AttachedManagedPolicies") or ()]
            boundary = (holder.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
            for arn in (*held, *([boundary] if boundary else ())):
                if arn not in there:
                    found.setdefault(arn, f"`{holder['Arn'].rpartition(':')[2]}`")
    return sorted(found.items())


def faulty_policies(account: Account) -> Iterator[tuple[str, str]]:
    """The policies that are none, by whom they belong to, with what is wrong with each."""
    for about, text, kind in _texts(account):
        try:
            parsed(text, kind)
        except PolicyError as error:
            yield about, f"this is no policy: {error.message}"


def _texts(account: Account) -> Iterator[tuple[str, str, Kind | None]]:
    holders: list[User | Group | Role] = [*account.users.values(), *account.groups.values(), *account.roles.values()]
    for holder in holders:
        for name, text in holder.inline.items():
            yield f"{type(holder).__name__.lower()}/{holder.name}/{name}", text, None
    for role in account.roles.values():
        yield f"role/{role.name}", role.trust, Kind.TRUST
    for policy in account.policies.values():
        yield policy.arn, policy.text, None


def _hold_groups(read: Noted) -> None:
    """That the groups of users are there: one that was made meanwhile is noted with whoever is in it."""
    inside = read.value["authorization_details"]
    there = {each["GroupName"] for each in inside.get("GroupDetailList") or ()}
    for user in inside.get("UserDetailList") or ():
        for group in [each for each in user.get("GroupList") or () if each not in there]:
            user["GroupList"] = [each for each in user["GroupList"] if each != group]
            about = f"user/{user['UserName']}"
            read.note("authorization_details", f"he is in the group `{group}`, which was not read", about)


def _hold_owners(read: Noted) -> None:
    """That whoever has a device, a key or a password is there; who is not came or went meanwhile."""
    there = {ROOT_USER, None, *_names(read.value)}
    for part, what in (("mfa_devices", "a device"), ("access_keys", "a key"), ("login_profiles", "a password")):
        kept = []
        for each in read.value.get(part) or ():
            if each.get("UserName") in there:
                kept.append(each)
            else:
                reason = f"he has {what} and was not read: he came or went meanwhile"
                read.note(part, reason, f"user/{each['UserName']}")
        read.value[part] = kept


def _hold_report(read: Noted) -> None:
    """That the users of the report are there, and the other way round."""
    rows = read.value.get("credential_report")
    if rows is None:
        return
    there, reported = set(_names(read.value)), {row.get("user", "") for row in rows} - {ROOT_USER}
    for name in sorted(reported - there):
        reason = "he stands in the credential report only: he came or went meanwhile"
        read.note("authorization_details", reason, f"user/{name}")
    for name in sorted(there - reported):
        read.note("credential_report", "he is not in it: he is younger", f"user/{name}")


def _names(value: Json) -> list[str]:
    return [each["UserName"] for each in value["authorization_details"].get("UserDetailList") or ()]


def policy_of(policy: Mapping[str, Any], version: Mapping[str, Any]) -> Json:
    """A managed policy as the details have it, from GetPolicy and GetPolicyVersion: with the version in force only."""
    return {
        "Arn": policy["Arn"],
        "PolicyName": policy["PolicyName"],
        "PolicyId": policy.get("PolicyId"),
        "Path": policy.get("Path"),
        "CreateDate": policy["CreateDate"],
        "UpdateDate": policy.get("UpdateDate"),
        "DefaultVersionId": policy["DefaultVersionId"],
        "Description": policy.get("Description"),
        "PolicyVersionList": [
            {
                "VersionId": version["VersionId"],
                "Document": version["Document"],
                "CreateDate": version["CreateDate"],
            }
        ],
    }
