"""Entities in the shapes of GetAccountAuthorizationDetails (API_GetAccountAuthorizationDetails), both ways.

AWS's answer holds the texts of policies URL-encoded, SDKs give them as JSON values: both are read; written is whatever
*document* makes of a text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from iamfa.account.entities import (
    Account,
    Group,
    InstanceProfile,
    ManagedPolicy,
    PasswordPolicy,
    PolicyVersion,
    Role,
    Tags,
    User,
)
from iamfa.errors import InputError

Json = dict[str, Any]
Document = Callable[[str], object]


class SnapshotError(InputError):
    """A snapshot of an account cannot be read, or says something that cannot be."""


def user_details(user: User, account: Account, document: Document) -> Json:
    """A user as `UserDetail`."""
    return _without_none(
        {
            "Path": user.path,
            "UserName": user.name,
            "UserId": user.id,
            "Arn": user.arn,
            "CreateDate": user.created,
            "UserPolicyList": _inline(user.inline, document),
            "GroupList": list(user.groups),
            "AttachedManagedPolicies": _attached(user.attached, account),
            "PermissionsBoundary": _boundary(user.boundary),
            "Tags": tags_out(user.tags),
        }
    )


def group_details(group: Group, account: Account, document: Document) -> Json:
    """A group as `GroupDetail`."""
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": group.created,
        "GroupPolicyList": _inline(group.inline, document),
        "AttachedManagedPolicies": _attached(group.attached, account),
    }


def role_details(role: Role, account: Account, document: Document) -> Json:
    """A role as `RoleDetail`."""
    profiles = [each for each in account.instance_profiles.values() if role.name in each.roles]
    used: Json = {} if role.last_used is None else {"LastUsedDate": role.last_used, "Region": role.last_used_region}
    return _without_none(
        {
            "Path": role.path,
            "RoleName": role.name,
            "RoleId": role.id,
            "Arn": role.arn,
            "CreateDate": role.created,
            "AssumeRolePolicyDocument": document(role.trust),
            "InstanceProfileList": [profile_details(each, account, document) for each in profiles],
            "RolePolicyList": _inline(role.inline, document),
            "AttachedManagedPolicies": _attached(role.attached, account),
            "PermissionsBoundary": _boundary(role.boundary),
            "Tags": tags_out(role.tags),
            "RoleLastUsed": used,
        }
    )


def profile_details(profile: InstanceProfile, account: Account, document: Document) -> Json:
    """An instance profile as `InstanceProfile`, with its role."""
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": profile.arn,
        "CreateDate": profile.created,
        "Roles": [role_out(account.roles[name], document) for name in profile.roles],
        "Tags": tags_out(profile.tags),
    }


def role_out(role: Role, document: Document) -> Json:
    """A role as `Role`, as GetRole and the lists have it."""
    return _without_none(
        {
            "Path": role.path,
            "RoleName": role.name,
            "RoleId": role.id,
            "Arn": role.arn,
            "CreateDate": role.created,
            "AssumeRolePolicyDocument": document(role.trust),
            "Description": role.description,
            "MaxSessionDuration": role.max_session,
        }
    )


def policy_out(policy: ManagedPolicy, account: Account) -> Json:
    """A policy as `Policy`, without its description and tags, which GetPolicy alone tells (page API_Policy)."""
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default,
        "AttachmentCount": attachment_count(account, policy.arn),
        "PermissionsBoundaryUsageCount": boundary_count(account, policy.arn),
        "IsAttachable": True,
        "CreateDate": policy.created,
        "UpdateDate": policy.updated,
    }


def version_out(version: PolicyVersion, policy: ManagedPolicy) -> Json:
    """A version without its document, which GetPolicyVersion alone tells (page API_PolicyVersion)."""
    return {
        "VersionId": version.id,
        "IsDefaultVersion": version.id == policy.default,
        "CreateDate": version.created,
    }


def password_policy_out(policy: PasswordPolicy) -> Json:
    """The password policy as `PasswordPolicy`."""
    return {
        "MinimumPasswordLength": policy.minimum_length,
        "RequireSymbols": policy.require_symbols,
        "RequireNumbers": policy.require_numbers,
        "RequireUppercaseCharacters": policy.require_uppercase,
        "RequireLowercaseCharacters": policy.require_lowercase,
        "AllowUsersToChangePassword": policy.allow_users_to_change,
        "ExpirePasswords": bool(policy.max_age_days),
        "MaxPasswordAge": policy.max_age_days,
        "PasswordReusePrevention": policy.reuse_prevention,
        "HardExpiry": policy.hard_expiry,
    }


def policy_details(policy: ManagedPolicy, account: Account, document: Document) -> Json:
    """A managed policy as `ManagedPolicyDetail`, the newest version first."""
    versions = [{**version_out(each, policy), "Document": document(each.text)} for each in reversed(policy.versions)]
    return _without_none(
        {**policy_out(policy, account), "Description": policy.description, "PolicyVersionList": versions}
    )


def attachment_count(account: Account, arn: str) -> int:
    """To how many users, groups and roles a managed policy is attached."""
    holders: list[User | Group | Role] = [*account.users.values(), *account.groups.values(), *account.roles.values()]
    return sum(arn in holder.attached for holder in holders)


def boundary_count(account: Account, arn: str) -> int:
    """Of how many users and roles a managed policy is the permissions boundary."""
    holders: list[User | Role] = [*account.users.values(), *account.roles.values()]
    return sum(holder.boundary == arn for holder in holders)


def used_policies(account: Account) -> frozenset[str]:
    """The ARNs of the managed policies that somebody has, attached or as a boundary."""
    holders: list[User | Group | Role] = [*account.users.values(), *account.groups.values(), *account.roles.values()]
    attached = {arn for holder in holders for arn in holder.attached}
    bounded = (holder.boundary for holder in holders if not isinstance(holder, Group))
    return frozenset(attached | {arn for arn in bounded if arn is not None})


def tags_out(tags: Tags) -> list[Json]:
    """Tags as AWS lists them, sorted by key."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags)]


def user_in(value: Mapping[str, Any]) -> User:
    """A user from `UserDetail`."""
    return User(
        value["UserName"],
        value.get("Path", "/"),
        value.get("UserId", ""),
        value["Arn"],
        time_in(value["CreateDate"]),
        tags_in(value),
        tuple(value.get("GroupList", ())),
        _inline_in(value.get("UserPolicyList", ())),
        _attached_in(value),
        _boundary_in(value),
    )


def group_in(value: Mapping[str, Any]) -> Group:
    """A group from `GroupDetail`."""
    return Group(
        value["GroupName"],
        value.get("Path", "/"),
        value.get("GroupId", ""),
        value["Arn"],
        time_in(value["CreateDate"]),
        _inline_in(value.get("GroupPolicyList", ())),
        _attached_in(value),
    )


def role_in(value: Mapping[str, Any]) -> Role:
    """A role from `RoleDetail`."""
    used = value.get("RoleLastUsed") or {}
    return Role(
        value["RoleName"],
        value.get("Path", "/"),
        value.get("RoleId", ""),
        value["Arn"],
        time_in(value["CreateDate"]),
        text_in(value["AssumeRolePolicyDocument"]),
        tags_in(value),
        _inline_in(value.get("RolePolicyList", ())),
        _attached_in(value),
        _boundary_in(value),
        value.get("Description"),
        value.get("MaxSessionDuration", 3600),
        time_in(used["LastUsedDate"]) if used.get("LastUsedDate") else None,
        used.get("Region"),
    )


def profile_in(value: Mapping[str, Any]) -> InstanceProfile:
    """An instance profile from `InstanceProfile`."""
    return InstanceProfile(
        value["InstanceProfileName"],
        value.get("Path", "/"),
        value.get("InstanceProfileId", ""),
        value["Arn"],
        time_in(value["CreateDate"]),
        tuple(role["RoleName"] for role in value.get("Roles", ())),
        tags_in(value),
    )


def policy_in(value: Mapping[str, Any]) -> ManagedPolicy:
    """A managed policy from `ManagedPolicyDetail`."""
    versions = tuple(
        PolicyVersion(each["VersionId"], text_in(each["Document"]), time_in(each["CreateDate"]))
        for each in sorted(value["PolicyVersionList"], key=lambda each: _number(each["VersionId"]))
    )
    default = value["DefaultVersionId"]
    if default not in {version.id for version in versions}:
        raise SnapshotError(f"the policy `{value['Arn']}` has no version `{default}`, which is said to be its default")
    return ManagedPolicy(
        value["Arn"],
        value["PolicyName"],
        value.get("Path", "/"),
        value.get("PolicyId", ""),
        time_in(value["CreateDate"]),
        time_in(value.get("UpdateDate", value["CreateDate"])),
        versions,
        default,
        max(_number(version.id) for version in versions),
        value.get("Description"),
        tags_in(value),
    )


def text_in(document: object) -> str:
    """The text of a policy from what AWS or an SDK gives: URL-encoded, plain, or a JSON value."""
    if isinstance(document, str):
        return unquote(document) if document.lstrip()[:1] == "%" else document
    return json.dumps(document, indent=2)


def time_in(value: object) -> datetime:
    """A time from ISO 8601 text or from what SDKs give. Raises `SnapshotError` for anything else."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise SnapshotError(f"`{value}` is no time", hint="write `2026-01-31T12:00:00Z`") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def tags_in(value: Mapping[str, Any]) -> Tags:
    """The tags of an entity."""
    return tuple((tag["Key"], tag["Value"]) for tag in value.get("Tags") or ())


def _number(version: str) -> int:
    digits = version.removeprefix("v")
    if not digits.isdecimal():
        raise SnapshotError(f"`{version}` is no version of a policy", hint="versions are `v1`, `v2` and so on")
    return int(digits)


def _inline(policies: Mapping[str, str], document: Document) -> list[Json]:
    return [{"PolicyName": name, "PolicyDocument": document(text)} for name, text in sorted(policies.items())]


def _attached(arns: tuple[str, ...], account: Account) -> list[Json]:
    return [{"PolicyName": policy_name(arn, account), "PolicyArn": arn} for arn in arns]


def policy_name(arn: str, account: Account) -> str:
    """The name of a managed policy; of one that is not there, as its ARN has it."""
    policy = account.policies.get(arn)
    return policy.name if policy is not None else arn.rpartition("/")[2]


def _boundary(arn: str | None) -> Json | None:
    return None if arn is None else {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def _inline_in(values: Any) -> dict[str, str]:
    return {value["PolicyName"]: text_in(value["PolicyDocument"]) for value in values}


def _attached_in(value: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(each["PolicyArn"] for each in value.get("AttachedManagedPolicies", ()))


def _boundary_in(value: Mapping[str, Any]) -> str | None:
    found = value.get("PermissionsBoundary") or {}
    arn: str | None = found.get("PermissionsBoundaryArn")
    return arn


def _without_none(value: Json) -> Json:
    return {name: each for name, each in value.items() if each is not None}
