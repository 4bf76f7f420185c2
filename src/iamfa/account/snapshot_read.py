"""From a snapshot whose shape was checked to entities, held against each other: names, ARNs, whom things belong to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from iamfa.account import credential_report, details
from iamfa.account.details import SnapshotError, time_in
from iamfa.account.entities import (
    ROOT_USER,
    AccessKey,
    Account,
    Device,
    Group,
    InstanceProfile,
    LoginProfile,
    ManagedPolicy,
    PasswordPolicy,
    Role,
    User,
)
from iamfa.account.organization import ControlPolicy, Creation, Member, Organization, Unit
from iamfa.account.shape import CORRECT, refuse
from iamfa.arn import PARTITIONS, iam_arn
from iamfa.errors import PolicyError
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

T = TypeVar("T")
Value = Mapping[str, Any]


def account_in(value: Value) -> Account:
    """The account of a snapshot. Raises `SnapshotError` where it contradicts itself."""
    number, partition = value["account"], value.get("partition") or "aws"
    if partition not in PARTITIONS:
        refuse("$.partition", f"is `{partition}`, which is none of AWS's partitions", "one of " + ", ".join(PARTITIONS))
    account = Account(number, partition, _moment(value, "created"), value.get("alias"))
    inside, place = value["authorization_details"], "$.authorization_details"
    account.groups = _table(inside, f"{place}.GroupDetailList", details.group_in, _name)
    account.policies = _table(inside, f"{place}.Policies", _policy_in, lambda policy: policy.arn)
    account.roles = _table(inside, f"{place}.RoleDetailList", _role_in, _name)
    account.users = _table(inside, f"{place}.UserDetailList", _user_in(value), _name)
    account.instance_profiles = _profiles_in(value)
    account.devices = _table(value, "$.mfa_devices", _device_in, lambda device: device.serial)
    account.access_keys = _table(value, "$.access_keys", _key_in, lambda key: key.id)
    account.login_profiles = _table(value, "$.login_profiles", _login_profile_in, lambda profile: profile.user)
    policy = value.get("password_policy")
    account.password_policy = None if policy is None else _password_policy_in(policy)
    _hold_arns(account)
    _hold_references(account)
    return account


def organization_in(value: Value | None) -> Organization | None:
    """The organization of a snapshot. Raises `SnapshotError` where it contradicts itself."""
    if value is None:
        return None
    place = "$.organization"
    found = Organization(
        value["Id"],
        value["MasterAccountId"],
        value["RootId"],
        _table(value, f"{place}.Accounts", _member_in, lambda member: member.id),
        _table(value, f"{place}.OrganizationalUnits", _unit_in, lambda unit: unit.id),
        _table(value, f"{place}.Policies", _control_in, lambda policy: policy.id),
        {target: tuple(policies) for target, policies in (value.get("Attachments") or {}).items()},
        tuple(value.get("EnabledPolicyTypes") or ()),
        {each: details.tags_in({"Tags": tags}) for each, tags in (value.get("Tags") or {}).items()},
        _table(value, f"{place}.CreateAccountStatuses", _creation_in, lambda creation: creation.id),
    )
    if found.management_account not in found.members:
        refuse(f"{place}.MasterAccountId", f"is `{found.management_account}`, which is not among its accounts")
    for member in found.members.values():
        _hold_way(found, member)
    for target, policies in found.attached.items():
        for identifier in policies:
            if identifier not in found.policies:
                refuse(f"{place}.Attachments", f"has `{identifier}` at `{target}`, and there is no such policy")
    return found


def _hold_way(organization: Organization, member: Member) -> None:
    """That the way up from an account ends at the root."""
    parent, seen = member.parent, set[str]()
    while parent != organization.root:
        unit = organization.units.get(parent)
        if unit is None or parent in seen:
            refuse("$.organization", f"has no way from the account `{member.id}` to the root: `{parent}` leads nowhere")
        seen.add(parent)
        parent = unit.parent


def _table(value: Value, place: str, read: Callable[[Value], T], key: Callable[[T], str]) -> dict[str, T]:
    """The entities of one list by their keys, none of which stands twice."""
    found: dict[str, T] = {}
    for index, each in enumerate(value.get(place.rpartition(".")[2]) or ()):
        at = f"{place}[{index}]"
        try:
            entity = read({name: inner for name, inner in each.items() if inner is not None})
        except SnapshotError as error:
            raise SnapshotError(f"`{at}`: {error.message}", hint=error.hint or CORRECT) from error
        if key(entity) in found:
            refuse(at, f"is a second `{key(entity)}`")
        found[key(entity)] = entity
    return found


def _name(entity: Any) -> str:
    name: str = entity.name
    return name


def _moment(value: Value, name: str) -> Any:
    found = value.get(name)
    return None if found is None else time_in(found)


def _user_in(snapshot: Value) -> Callable[[Value], User]:
    """How to read a user: when he last used his password may stand with him or in the credential report."""
    report = {row.get("user"): row.get("password_last_used", "") for row in snapshot.get("credential_report") or ()}

    def read(value: Value) -> User:
        used = _moment(value, "PasswordLastUsed")
        user = details.user_in(value)
        return replace(user, password_last_used=used or credential_report.time_of(report.get(user.name, "")))

    return read


def _role_in(value: Value) -> Role:
    role = details.role_in(value)
    trusted = tuple((each["Arn"], each["Id"]) for each in value.get("TrustedPrincipals", ()))
    if trusted:
        try:
            Policy.parse(role.trust, kind=Kind.TRUST)
        except PolicyError as error:
            raise SnapshotError(f"the trust policy of the role `{role.name}` is none: {error.message}") from error
    return replace(role, trusted=trusted)


def _policy_in(value: Value) -> ManagedPolicy:
    if not value["PolicyVersionList"]:
        raise SnapshotError(f"the policy `{value['Arn']}` has no version")
    policy = details.policy_in(value)
    return replace(policy, newest=max(policy.newest, value.get("NewestVersion", 1)))


def _profiles_in(value: Value) -> dict[str, InstanceProfile]:
    """Those of the list, and those that stand with the roles only, as AWS's answer has them."""
    found = _table(value, "$.instance_profiles", details.profile_in, _name)
    for index, role in enumerate(value["authorization_details"].get("RoleDetailList") or ()):
        place = f"$.authorization_details.RoleDetailList[{index}].InstanceProfileList"
        for profile in _table(role, place, details.profile_in, _name).values():
            found.setdefault(profile.name, profile)
    return found


def _device_in(value: Value) -> Device:
    return Device(
        value["SerialNumber"],
        value["kind"],
        value.get("UserName"),
        _moment(value, "EnableDate"),
        _moment(value, "CreateDate"),
        details.tags_in(value),
        certifications=dict(value.get("Certifications", {})),
    )


def _key_in(value: Value) -> AccessKey:
    used = value.get("AccessKeyLastUsed", {})
    return AccessKey(
        value["AccessKeyId"],
        value["UserName"],
        value["Status"],
        time_in(value["CreateDate"]),
        None,
        _moment(used, "LastUsedDate"),
        used.get("Region"),
        used.get("ServiceName"),
    )


def _login_profile_in(value: Value) -> LoginProfile:
    return LoginProfile(
        value["UserName"],
        time_in(value["CreateDate"]),
        value.get("PasswordResetRequired", False),
        _moment(value, "PasswordLastChanged"),
        max_session=value.get("MaxSigninSessionDuration"),
    )


def _password_policy_in(value: Value) -> PasswordPolicy:
    least = value.get("MinimumPasswordLength")
    return PasswordPolicy(
        6 if least is None else least,
        bool(value.get("RequireSymbols")),
        bool(value.get("RequireNumbers")),
        bool(value.get("RequireUppercaseCharacters")),
        bool(value.get("RequireLowercaseCharacters")),
        bool(value.get("AllowUsersToChangePassword")),
        value.get("MaxPasswordAge"),
        value.get("PasswordReusePrevention"),
        value.get("HardExpiry"),
    )


def _member_in(value: Value) -> Member:
    return Member(
        value["Id"],
        value["Name"],
        value["Email"],
        value["ParentId"],
        time_in(value["JoinedTimestamp"]),
        value.get("Status", "ACTIVE"),
        value.get("JoinedMethod") == "INVITED",
    )


def _unit_in(value: Value) -> Unit:
    return Unit(value["Id"], value["Name"], value["ParentId"])


def _creation_in(value: Value) -> Creation:
    return Creation(
        value["Id"],
        value["AccountName"],
        time_in(value["RequestedTimestamp"]),
        value.get("AccountId"),
        value.get("FailureReason"),
    )


def _control_in(value: Value) -> ControlPolicy:
    return ControlPolicy(
        value["Id"],
        value["Name"],
        value["Type"],
        details.text_in(value["Content"]),
        value.get("Description", ""),
        value.get("AwsManaged", False),
    )


_NAME: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
_PATH: Final = re.compile(r"/(?:[\x21-\x7e]{0,510}/)?")


def _hold_arns(account: Account) -> None:
    """That every ARN is the one that the account, the path and the name make."""
    entities: list[tuple[str, Iterable[User | Group | Role | InstanceProfile | ManagedPolicy]]] = [
        ("user", account.users.values()),
        ("group", account.groups.values()),
        ("role", account.roles.values()),
        ("instance-profile", account.instance_profiles.values()),
        ("policy", account.policies.values()),
    ]
    for kind, found in entities:
        for entity in found:
            if not _NAME.fullmatch(entity.name) or not _PATH.fullmatch(entity.path):
                raise SnapshotError(
                    f"the {kind} `{entity.name}` with the path `{entity.path}` is named as IAM lets nobody name it",
                    hint="names are made of letters, digits and `_+=,.@-`, paths begin and end with a slash",
                )
            owner = "aws" if kind == "policy" and entity.arn.split(":")[4] == "aws" else account.number
            arn = str(iam_arn(kind, entity.name, owner, path=entity.path, partition=account.partition))
            if arn != entity.arn:
                raise SnapshotError(
                    f"the {kind} `{entity.name}` has the ARN `{entity.arn}`, and in this account it would be `{arn}`",
                    hint="`account`, `partition`, `Path` and the name must fit to the ARN",
                )


_WHOLE: Final = "add what is missing, or take out what names it"


def _hold_references(account: Account) -> None:
    """That whoever is named is there."""
    for user in account.users.values():
        for group in user.groups:
            if group not in account.groups:
                raise SnapshotError(
                    f"the user `{user.name}` is in the group `{group}`, which is not there", hint=_WHOLE
                )
    for profile in account.instance_profiles.values():
        for role in profile.roles:
            if role not in account.roles:
                raise SnapshotError(
                    f"the instance profile `{profile.name}` has the role `{role}`, which is not there", hint=_WHOLE
                )
    owned: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("MFA device", account.devices),
        ("access key", account.access_keys),
        ("login profile of", account.login_profiles),
    )
    for what, table in owned:
        for key, entity in table.items():
            if entity.user not in (None, ROOT_USER) and entity.user not in account.users:
                raise SnapshotError(
                    f"the {what} `{key}` belongs to the user `{entity.user}`, who is not there",
                    hint=_WHOLE,
                )
