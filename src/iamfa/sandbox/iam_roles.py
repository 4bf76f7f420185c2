"""IAM's operations on roles, their trust policies, boundaries and tags.

AWS's pages: the API_… pages of the IAM API Reference of the same names; quotas from reference_iam-quotas. Sign-in
sessions of roles (`MaxSigninSessionDuration`) the sandbox does not have, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from iamfa.account.details import role_out, tags_out
from iamfa.account.entities import Account, Role
from iamfa.arn import role_arn
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.iam_users import asked_policy
from iamfa.sandbox.live import State
from iamfa.sandbox.paging import page
from iamfa.sandbox.refusals import already_exists, delete_conflict, limit_exceeded, no_such, protected_role
from iamfa.sandbox.tags import merged_tags, new_tags, without_tags
from iamfa.sandbox.targets import anything, existing, new, with_boundary, with_tags
from iamfa.sandbox.trust import checked_trust, shown_trust
from iamfa.sandbox.work import Parameters, Result, Row, Work

_MOST_ROLES: Final = 1000
_DEFAULT_SESSION: Final = 3600
_PROTECTED_PATHS: Final = ("/aws-service-role/", "/aws-reserved/")
_PROTECTED_NAME: Final = "AWSServiceRoleFor"
_SIGN_IN: Final = ("MaxSigninSessionDuration", "ResetMaxSigninSessionDuration")


def role_of(account: Account, name: str) -> Role:
    """The role with this name. Raises AWS's NoSuchEntity."""
    found = account.roles.get(name)
    if found is None:
        raise no_such("role", name)
    return found


def own_role(account: Account, name: str) -> Role:
    """The role with this name, to be changed. Raises NoSuchEntity, and UnmodifiableEntity for roles that AWS keeps."""
    found = role_of(account, name)
    if found.path.startswith(_PROTECTED_PATHS):
        raise protected_role(name)
    return found


def role_shown(state: State, role: Role) -> dict[str, Any]:
    """A role as lists have it, its trust policy as AWS shows it."""
    return role_out(replace(role, trust=shown_trust(state, role)), lambda text: quote(text, safe=""))


def whole_role(state: State, role: Role) -> dict[str, Any]:
    """A role as GetRole has it, with boundary, tags and last use."""
    found = role_shown(state, role)
    if role.boundary is not None:
        found["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": role.boundary,
        }
    found["Tags"] = tags_out(role.tags) or None
    used = role.last_used is not None
    found["RoleLastUsed"] = {"LastUsedDate": role.last_used, "Region": role.last_used_region} if used else {}
    return found


def _create_role(work: Work, parameters: Parameters) -> Result:
    account, name, path = work.account, parameters["RoleName"], parameters.get("Path", "/")
    _require_known(parameters)
    if path.startswith(_PROTECTED_PATHS) or name.startswith(_PROTECTED_NAME):
        # Such roles stand outside of service control policies, so that nobody but AWS makes them; its words are not
        # known.
        raise ApiError("InvalidInput", f"The role {path}{name} is reserved for roles that AWS makes.", 400)
    if any(each.lower() == name.lower() for each in account.roles):
        raise already_exists("Role", name)
    if len(account.roles) >= _MOST_ROLES:
        raise limit_exceeded("RolesPerAccount", _MOST_ROLES)
    trust, trusted = checked_trust(work.state, account.partition, parameters["AssumeRolePolicyDocument"])
    role = Role(
        name,
        path,
        work.state.ids.unique("AROA"),
        str(role_arn(name, account.number, path=path, partition=account.partition)),
        work.now,
        trust,
        new_tags(parameters.get("Tags")),
        boundary=asked_policy(account, parameters.get("PermissionsBoundary")),
        description=parameters.get("Description"),
        max_session=parameters.get("MaxSessionDuration", _DEFAULT_SESSION),
        trusted=trusted,
    )
    account.roles[name] = role
    found = whole_role(work.state, role)
    del found["RoleLastUsed"]
    return {"Role": found}


def _require_known(parameters: Parameters) -> None:
    for name in _SIGN_IN:
        if parameters.get(name) is not None:
            raise ApiError("NotImplemented", f"The sandbox does not have the parameter {name}.", 501)


def _get_role(work: Work, parameters: Parameters) -> Result:
    return {"Role": whole_role(work.state, role_of(work.seen, parameters["RoleName"]))}


def _list_roles(work: Work, parameters: Parameters) -> Result:
    prefix = parameters.get("PathPrefix", "/")
    roles = (role for role in work.seen.roles.values() if role.path.startswith(prefix))
    found, rest = page(roles, parameters, lambda role: role.name)
    return {"Roles": [role_shown(work.state, role) for role in found], **rest}


def _update_role(work: Work, parameters: Parameters) -> Result:
    """Change a role; "if you do not specify a value for this setting", its sessions last an hour at most (the page)."""
    _require_known(parameters)
    role = own_role(work.account, parameters["RoleName"])
    work.account.roles[role.name] = replace(
        role,
        description=parameters.get("Description", role.description),
        max_session=parameters.get("MaxSessionDuration", _DEFAULT_SESSION),
    )
    return {}


def _update_role_description(work: Work, parameters: Parameters) -> Result:
    role = replace(own_role(work.account, parameters["RoleName"]), description=parameters["Description"])
    work.account.roles[role.name] = role
    return {"Role": role_shown(work.state, role)}


def _delete_role(work: Work, parameters: Parameters) -> None:
    account, name = work.account, parameters["RoleName"]
    role = own_role(account, name)
    for held, what in (
        (
            any(name in profile.roles for profile in account.instance_profiles.values()),
            "remove roles from instance profile",
        ),
        (role.attached, "detach all policies"),
        (role.inline, "delete policies"),
    ):
        if held:
            raise delete_conflict(f"Cannot delete entity, must {what} first.")
    del account.roles[name]


def _update_assume_role_policy(work: Work, parameters: Parameters) -> None:
    role = own_role(work.account, parameters["RoleName"])
    trust, trusted = checked_trust(work.state, work.account.partition, parameters["PolicyDocument"])
    work.account.roles[role.name] = replace(role, trust=trust, trusted=trusted)


def _changing(change: Callable[[Account, Role, Parameters], Role]) -> Callable[[Work, Parameters], None]:
    """A handler that puts another role in the place of the one that a call names."""

    def handler(work: Work, parameters: Parameters) -> None:
        role = own_role(work.account, parameters["RoleName"])
        work.account.roles[role.name] = change(work.account, role, parameters)

    return handler


def _bounded(account: Account, role: Role, parameters: Parameters) -> Role:
    return replace(role, boundary=asked_policy(account, parameters["PermissionsBoundary"]))


def _unbounded(account: Account, role: Role, parameters: Parameters) -> Role:
    if role.boundary is None:
        raise ApiError("NoSuchEntity", f"There is no permission boundary set for the given principal {role.name}", 404)
    return replace(role, boundary=None)


def _tagged(account: Account, role: Role, parameters: Parameters) -> Role:
    return replace(role, tags=merged_tags(role.tags, parameters["Tags"]))


def _untagged(account: Account, role: Role, parameters: Parameters) -> Role:
    return replace(role, tags=without_tags(role.tags, parameters["TagKeys"]))


def _list_role_tags(work: Work, parameters: Parameters) -> Result:
    role = role_of(work.seen, parameters["RoleName"])
    found, rest = page(tags_out(role.tags), parameters, lambda tag: str(tag["Key"]))
    return {"Tags": found, **rest}


_ROLE = existing("role", "RoleName")
_BOUNDED = with_boundary(_ROLE)

OPERATIONS = (
    Row("CreateRole", _create_role, new("role", "RoleName")),
    Row("GetRole", _get_role, _BOUNDED),
    Row("ListRoles", _list_roles, anything),
    Row("UpdateRole", _update_role, _BOUNDED),
    Row("UpdateRoleDescription", _update_role_description, _BOUNDED),
    Row("DeleteRole", _delete_role, _BOUNDED),
    Row("UpdateAssumeRolePolicy", _update_assume_role_policy, _BOUNDED),
    Row("PutRolePermissionsBoundary", _changing(_bounded), _BOUNDED),
    Row("DeleteRolePermissionsBoundary", _changing(_unbounded), _BOUNDED),
    Row("TagRole", _changing(_tagged), with_tags(_ROLE)),
    Row("UntagRole", _changing(_untagged), with_tags(_ROLE)),
    Row("ListRoleTags", _list_role_tags, _ROLE),
)
