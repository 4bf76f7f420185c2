"""Everything whose name begins with a prefix is removed; one thing that does not go keeps nothing else from going."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from iamfa.errors import IamfaError


class CleanUpError(IamfaError):
    """Something that was made is still there."""


def clean_up(iam: Any, prefix: str) -> None:
    """Remove the users, roles, policies and virtual devices with this prefix. Raises `CleanUpError`, last of all.

    They are looked for by name rather than remembered: what was made by a call whose answer was lost goes as well.
    """
    remaining: list[str] = []
    for find, remove in (
        (partial(_named, iam, prefix, "list_users", "Users", "UserName"), _remove_user),
        (partial(_named, iam, prefix, "list_roles", "Roles", "RoleName"), _remove_role),
        (partial(_named, iam, prefix, "list_policies", "Policies", "PolicyName", Scope="Local"), _remove_policy),
        (partial(_devices, iam, prefix), _remove_device),
    ):
        remaining += _each(iam, find, remove)
    if remaining:
        raise CleanUpError("not everything could be removed: " + "; ".join(remaining), hint=f"remove `{prefix}…`")


def _each(
    iam: Any, find: Callable[[], Iterator[dict[str, Any]]], remove: Callable[[Any, dict[str, Any]], None]
) -> list[str]:
    failed = []
    try:
        found = list(find())
    except (BotoCoreError, ClientError) as error:
        return [str(error)]
    for each in found:
        try:
            remove(iam, each)
        except (BotoCoreError, ClientError) as error:
            failed.append(f"{each.get('Arn') or each.get('SerialNumber')} ({error})")
    return failed


def _named(iam: Any, prefix: str, operation: str, members: str, name: str, **more: Any) -> Iterator[dict[str, Any]]:
    for page in iam.get_paginator(operation).paginate(**more):
        yield from (each for each in page[members] if each[name].startswith(prefix))


def _devices(iam: Any, prefix: str) -> Iterator[dict[str, Any]]:
    for page in iam.get_paginator("list_virtual_mfa_devices").paginate(AssignmentStatus="Unassigned"):
        devices = page["VirtualMFADevices"]
        yield from (each for each in devices if each["SerialNumber"].rpartition("/")[2].startswith(prefix))


def _remove_user(iam: Any, user: dict[str, Any]) -> None:
    name = user["UserName"]
    for device in iam.list_mfa_devices(UserName=name)["MFADevices"]:
        iam.deactivate_mfa_device(UserName=name, SerialNumber=device["SerialNumber"])
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for inline in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=inline)
    for attached in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=attached["PolicyArn"])
    try:
        iam.delete_login_profile(UserName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
    iam.delete_user(UserName=name)


def _remove_role(iam: Any, role: dict[str, Any]) -> None:
    name = role["RoleName"]
    for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=inline)
    iam.delete_role(RoleName=name)


def _remove_policy(iam: Any, policy: dict[str, Any]) -> None:
    iam.delete_policy(PolicyArn=policy["Arn"])


def _remove_device(iam: Any, device: dict[str, Any]) -> None:
    iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
