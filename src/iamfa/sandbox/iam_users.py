"""IAM's operations on users and their access keys.

AWS's pages: the API_… pages of the IAM API Reference of the same names; quotas from reference_iam-quotas.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from iamfa.account.details import tags_out
from iamfa.account.entities import ROOT_USER, AccessKey, Account, User
from iamfa.arn import user_arn
from iamfa.sandbox import other_credentials
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.codes import follow_user
from iamfa.sandbox.paging import page
from iamfa.sandbox.refusals import already_exists, delete_conflict, limit_exceeded, no_such, no_such_key
from iamfa.sandbox.tags import merged_tags, new_tags, without_tags
from iamfa.sandbox.targets import (
    anything,
    new,
    own_name,
    user_named,
    user_target,
    with_boundary,
    with_tags,
)
from iamfa.sandbox.work import Parameters, Result, Row, Target, Work
from iamfa.secret import Secret

_MOST_USERS = 5000
_MOST_KEYS = 2


def user_of(account: Account, name: str) -> User:
    """The user with this name. Raises AWS's NoSuchEntity."""
    found = account.users.get(name)
    if found is None:
        raise no_such("user", name)
    return found


def asked_user(work: Work, parameters: Parameters, account: Account) -> User:
    """The user that a call is about: named, or else the caller himself."""
    return user_of(account, parameters.get("UserName") or own_name(work))


def user_out(user: User, *, tags: bool = True) -> dict[str, Any]:
    """A user as `User`; lists leave the tags and the boundary out."""
    found: dict[str, Any] = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.created,
        "PasswordLastUsed": user.password_last_used,
    }
    if tags:
        if user.boundary is not None:
            found["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": user.boundary,
            }
        found["Tags"] = tags_out(user.tags) or None
    return found


def _create_user(work: Work, parameters: Parameters) -> Result:
    account, name, path = work.account, parameters["UserName"], parameters.get("Path", "/")
    _require_free(account, name)
    if len(account.users) >= _MOST_USERS:
        raise limit_exceeded("UsersPerAccount", _MOST_USERS)
    boundary = asked_policy(account, parameters.get("PermissionsBoundary"))
    arn = str(user_arn(name, account.number, path=path, partition=account.partition))
    user = User(
        name, path, work.state.ids.unique("AIDA"), arn, work.now, new_tags(parameters.get("Tags")), boundary=boundary
    )
    account.users[name] = user
    return {"User": user_out(user)}


def asked_policy(account: Account, arn: str | None) -> str | None:
    """The ARN of a managed policy that a call names. Raises AWS's NoSuchEntity where there is none."""
    if arn is not None and arn not in account.policies:
        raise ApiError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)
    return arn


def _require_free(account: Account, name: str, present: str | None = None) -> None:
    """Names of users are unique without regard to case."""
    if any(each.lower() == name.lower() for each in account.users if each != present):
        raise already_exists("User", name)


def _get_user(work: Work, parameters: Parameters) -> Result:
    if parameters.get("UserName") is None and work.caller.is_root:
        account = work.account
        root = {"UserId": account.number, "Arn": account.root_arn, "CreateDate": account.created}
        return {"User": {**root, "Path": "/", "UserName": account.alias or account.number}}
    return {"User": user_out(asked_user(work, parameters, work.seen))}


def _list_users(work: Work, parameters: Parameters) -> Result:
    prefix = parameters.get("PathPrefix", "/")
    users = (user for user in work.seen.users.values() if user.path.startswith(prefix))
    found, rest = page(users, parameters, lambda user: user.name)
    return {"Users": [user_out(user, tags=False) for user in found], **rest}


def _update_user(work: Work, parameters: Parameters) -> None:
    account, name = work.account, parameters["UserName"]
    user = user_of(account, name)
    renamed, path = parameters.get("NewUserName", name), parameters.get("NewPath", user.path)
    _require_free(account, renamed, present=name)
    arn = str(user_arn(renamed, account.number, path=path, partition=account.partition))
    if renamed != name:
        del account.users[name]
        _follow_name(account, name, renamed)
        follow_user(account, name, renamed)
    account.users[renamed] = replace(user, name=renamed, path=path, arn=arn)


def _follow_name(account: Any, name: str, renamed: str) -> None:
    """Whatever belongs to a user goes with him to his new name."""
    for table in (account.devices, account.access_keys, account.other_credentials):
        for key, entity in list(table.items()):
            if entity.user == name:
                table[key] = replace(entity, user=renamed)
    profile = account.login_profiles.get(name)
    if profile is not None:
        del account.login_profiles[name]
        account.login_profiles[renamed] = replace(profile, user=renamed)


def _both_names(work: Work, parameters: Parameters) -> Iterable[Target]:
    """To change a name takes permission for the user as he is and as he will be (page id_users_rename)."""
    target = user_target(work, parameters["UserName"])
    yield target
    user = work.seen.users.get(parameters["UserName"])
    name, path = parameters.get("NewUserName"), parameters.get("NewPath")
    if user is not None and (name or path):
        account = work.account
        arn = user_arn(name or user.name, account.number, path=path or user.path, partition=account.partition)
        if str(arn) != user.arn:
            yield Target(str(arn), target.context)


def _delete_user(work: Work, parameters: Parameters) -> None:
    account, name = work.account, parameters["UserName"]
    user = user_of(account, name)
    for held, what in (
        (user.attached, "must detach all policies first."),
        (user.groups, "must remove users from group first."),
        ([key for key in account.access_keys.values() if key.user == name], "must delete access keys first."),
        ([device for device in account.devices.values() if device.user == name], "must delete MFA device first."),
        ([name] if name in account.login_profiles else [], "must delete login profile first."),
        (user.inline, "must delete policies first."),
    ):
        if held:
            raise delete_conflict(f"Cannot delete entity, {what}")
    if other := other_credentials.delete_conflict(account.other_credentials.values(), name):
        raise delete_conflict(f"Cannot delete entity, {other}")
    del account.users[name]
    follow_user(account, name, None)


def _tag_user(work: Work, parameters: Parameters) -> None:
    user = user_of(work.account, parameters["UserName"])
    work.account.users[user.name] = replace(user, tags=merged_tags(user.tags, parameters["Tags"]))


def _untag_user(work: Work, parameters: Parameters) -> None:
    user = user_of(work.account, parameters["UserName"])
    work.account.users[user.name] = replace(user, tags=without_tags(user.tags, parameters["TagKeys"]))


def _list_user_tags(work: Work, parameters: Parameters) -> Result:
    user = user_of(work.seen, parameters["UserName"])
    found, rest = page(tags_out(user.tags), parameters, lambda tag: str(tag["Key"]))
    return {"Tags": found, **rest}


def _put_user_permissions_boundary(work: Work, parameters: Parameters) -> None:
    user = user_of(work.account, parameters["UserName"])
    boundary = asked_policy(work.account, parameters["PermissionsBoundary"])
    work.account.users[user.name] = replace(user, boundary=boundary)


def _delete_user_permissions_boundary(work: Work, parameters: Parameters) -> None:
    user = user_of(work.account, parameters["UserName"])
    if user.boundary is None:
        raise ApiError("NoSuchEntity", f"There is no permission boundary set for the given principal {user.name}", 404)
    work.account.users[user.name] = replace(user, boundary=None)


def _create_access_key(work: Work, parameters: Parameters) -> Result:
    account = work.account
    name = _key_owner(work, parameters, account)
    if sum(key.user == name for key in account.access_keys.values()) >= _MOST_KEYS:
        raise limit_exceeded("AccessKeysPerUser", _MOST_KEYS)
    ids = work.state.ids
    key = AccessKey(ids.access_key(), name, "Active", work.now, Secret(ids.secret_key()))
    account.access_keys[key.id] = key
    return {
        "AccessKey": {
            "UserName": shown_owner(account, name),
            "AccessKeyId": key.id,
            "Status": key.status,
            "SecretAccessKey": key.secret.reveal() if key.secret is not None else None,
            "CreateDate": key.created,
        }
    }


def shown_owner(account: Account, owner: str) -> str:
    """The name of a key's or device's owner where the model needs one; for the root user AWS documents none."""
    return owner if owner != ROOT_USER else account.alias or account.number


def _key_owner(work: Work, parameters: Parameters, account: Account) -> str:
    """Whose keys a call is about; the root user's own where he names nobody."""
    if parameters.get("UserName") is None and work.caller.is_root:
        return ROOT_USER
    return asked_user(work, parameters, account).name


def _key_of(work: Work, parameters: Parameters, account: Account) -> AccessKey:
    owner = _key_owner(work, parameters, account)
    key = account.access_keys.get(parameters["AccessKeyId"])
    if key is None or key.user != owner:
        raise no_such_key(parameters["AccessKeyId"])
    return key


def _list_access_keys(work: Work, parameters: Parameters) -> Result:
    owner = _key_owner(work, parameters, work.seen)
    keys = (key for key in work.seen.access_keys.values() if key.user == owner)
    found, rest = page(keys, parameters, lambda key: key.id)
    name = owner if owner != ROOT_USER else None
    shown = [
        {"UserName": name, "AccessKeyId": key.id, "Status": key.status, "CreateDate": key.created} for key in found
    ]
    return {"AccessKeyMetadata": shown, **rest}


def _update_access_key(work: Work, parameters: Parameters) -> None:
    key = _key_of(work, parameters, work.account)
    work.account.access_keys[key.id] = replace(key, status=parameters["Status"])


def _delete_access_key(work: Work, parameters: Parameters) -> None:
    del work.account.access_keys[_key_of(work, parameters, work.account).id]


def _get_access_key_last_used(work: Work, parameters: Parameters) -> Result:
    key = work.seen.access_keys.get(parameters["AccessKeyId"])
    if key is None:
        raise no_such_key(parameters["AccessKeyId"])
    used: dict[str, Any] = {
        "LastUsedDate": key.last_used,
        "ServiceName": key.last_used_service or "N/A",
        "Region": key.last_used_region or "N/A",
    }
    return {"UserName": key.user if key.user != ROOT_USER else None, "AccessKeyLastUsed": used}


def _owner_of_key(work: Work, parameters: Parameters) -> Iterable[Target]:
    key = work.seen.access_keys.get(parameters["AccessKeyId"])
    if key is None or key.user == ROOT_USER:
        return (Target(work.account.root_arn if key is not None else "*"),)
    return (user_target(work, key.user),)


_SELF = user_named()
_BOUNDED = with_boundary(_SELF)

OPERATIONS = (
    Row("CreateUser", _create_user, new("user", "UserName")),
    Row("GetUser", _get_user, _SELF),
    Row("ListUsers", _list_users, anything),
    Row("UpdateUser", _update_user, _both_names),
    Row("DeleteUser", _delete_user, _SELF),
    Row("TagUser", _tag_user, with_tags(_SELF)),
    Row("UntagUser", _untag_user, with_tags(_SELF)),
    Row("ListUserTags", _list_user_tags, _SELF),
    Row("PutUserPermissionsBoundary", _put_user_permissions_boundary, _BOUNDED),
    Row("DeleteUserPermissionsBoundary", _delete_user_permissions_boundary, _BOUNDED),
    Row("CreateAccessKey", _create_access_key, _SELF),
    Row("ListAccessKeys", _list_access_keys, _SELF),
    Row("UpdateAccessKey", _update_access_key, _SELF),
    Row("DeleteAccessKey", _delete_access_key, _SELF),
    Row("GetAccessKeyLastUsed", _get_access_key_last_used, _owner_of_key),
)
