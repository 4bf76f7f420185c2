"""IAM's operations on instance profiles, which carry a role to an EC2 instance.

AWS's pages: the API_… pages of the IAM API Reference of the same names; quotas from reference_iam-quotas.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from iamfa.account.details import tags_out
from iamfa.account.entities import Account, InstanceProfile
from iamfa.arn import iam_arn
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.iam_roles import own_role, role_of, role_shown
from iamfa.sandbox.paging import page
from iamfa.sandbox.refusals import delete_conflict, limit_exceeded
from iamfa.sandbox.tags import merged_tags, new_tags, without_tags
from iamfa.sandbox.targets import anything, existing, new, with_tags
from iamfa.sandbox.work import Parameters, Result, Row, Target, Work

_MOST_PROFILES: Final = 1000
_MOST_ROLES: Final = 1


def _profile_of(account: Account, name: str) -> InstanceProfile:
    """The instance profile with this name. Raises AWS's NoSuchEntity."""
    found = account.instance_profiles.get(name)
    if found is None:
        raise ApiError("NoSuchEntity", f"Instance Profile {name} cannot be found.", 404)
    return found


def _profile_out(work: Work, profile: InstanceProfile, account: Account, *, tags: bool = True) -> dict[str, Any]:
    """An instance profile as `InstanceProfile`, with its role; lists leave the tags out."""
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": profile.arn,
        "CreateDate": profile.created,
        "Roles": [role_shown(work.state, account.roles[name]) for name in profile.roles if name in account.roles],
        "Tags": (tags_out(profile.tags) or None) if tags else None,
    }


def _create_instance_profile(work: Work, parameters: Parameters) -> Result:
    account, name, path = work.account, parameters["InstanceProfileName"], parameters.get("Path", "/")
    if any(each.lower() == name.lower() for each in account.instance_profiles):
        raise ApiError("EntityAlreadyExists", f"Instance Profile {name} already exists.", 409)
    if len(account.instance_profiles) >= _MOST_PROFILES:
        raise limit_exceeded("InstanceProfilesPerAccount", _MOST_PROFILES)
    arn = str(iam_arn("instance-profile", name, account.number, path=path, partition=account.partition))
    tags = new_tags(parameters.get("Tags"))
    profile = InstanceProfile(name, path, work.state.ids.unique("AIPA"), arn, work.now, tags=tags)
    account.instance_profiles[name] = profile
    return {"InstanceProfile": _profile_out(work, profile, account)}


def _get_instance_profile(work: Work, parameters: Parameters) -> Result:
    profile = _profile_of(work.seen, parameters["InstanceProfileName"])
    return {"InstanceProfile": _profile_out(work, profile, work.seen)}


def _list_instance_profiles(work: Work, parameters: Parameters) -> Result:
    prefix = parameters.get("PathPrefix", "/")
    return _listed(work, parameters, (each for each in _profiles(work) if each.path.startswith(prefix)))


def _list_instance_profiles_for_role(work: Work, parameters: Parameters) -> Result:
    role = role_of(work.seen, parameters["RoleName"])
    return _listed(work, parameters, (each for each in _profiles(work) if role.name in each.roles))


def _profiles(work: Work) -> Iterable[InstanceProfile]:
    return work.seen.instance_profiles.values()


def _listed(work: Work, parameters: Parameters, profiles: Iterable[InstanceProfile]) -> Result:
    found, rest = page(profiles, parameters, lambda profile: profile.name)
    return {"InstanceProfiles": [_profile_out(work, each, work.seen, tags=False) for each in found], **rest}


def _delete_instance_profile(work: Work, parameters: Parameters) -> None:
    profile = _profile_of(work.account, parameters["InstanceProfileName"])
    if profile.roles:
        raise delete_conflict("Cannot delete entity, must remove roles from instance profile first.")
    del work.account.instance_profiles[profile.name]


def _add_role(work: Work, parameters: Parameters) -> None:
    profile = _profile_of(work.account, parameters["InstanceProfileName"])
    role = own_role(work.account, parameters["RoleName"])
    if len(profile.roles) >= _MOST_ROLES:
        raise limit_exceeded("InstanceSessionsPerInstanceProfile", _MOST_ROLES)
    work.account.instance_profiles[profile.name] = replace(profile, roles=(*profile.roles, role.name))


def _remove_role(work: Work, parameters: Parameters) -> None:
    profile = _profile_of(work.account, parameters["InstanceProfileName"])
    role = own_role(work.account, parameters["RoleName"])
    if role.name not in profile.roles:
        # AWS's words for this are not known.
        message = f"Role {role.name} in Instance Profile {profile.name} cannot be found."
        raise ApiError("NoSuchEntity", message, 404)
    kept = tuple(each for each in profile.roles if each != role.name)
    work.account.instance_profiles[profile.name] = replace(profile, roles=kept)


def _tag(work: Work, parameters: Parameters) -> None:
    profile = _profile_of(work.account, parameters["InstanceProfileName"])
    tags = merged_tags(profile.tags, parameters["Tags"])
    work.account.instance_profiles[profile.name] = replace(profile, tags=tags)


def _untag(work: Work, parameters: Parameters) -> None:
    profile = _profile_of(work.account, parameters["InstanceProfileName"])
    tags = without_tags(profile.tags, parameters["TagKeys"])
    work.account.instance_profiles[profile.name] = replace(profile, tags=tags)


def _list_tags(work: Work, parameters: Parameters) -> Result:
    profile = _profile_of(work.seen, parameters["InstanceProfileName"])
    found, rest = page(tags_out(profile.tags), parameters, lambda tag: str(tag["Key"]))
    return {"Tags": found, **rest}


def _with_pass_role(work: Work, parameters: Parameters) -> Iterable[Target]:
    """The instance profile, and `iam:PassRole` on the role: it is handed to whoever runs as the profile.

    API_AddRoleToInstanceProfile: the caller "must be granted the PassRole permission on the IAM role", and
    `iam:AssociatedResourceArn` names all instances of his account. That `iam:PassedToService` is EC2 says list_iam, in
    its table of operations.
    """
    yield from _PROFILE(work, parameters)
    account = work.account
    passed: dict[str, str | list[str]] = {
        "iam:PassedToService": "ec2.amazonaws.com.cn" if account.partition == "aws-cn" else "ec2.amazonaws.com",
        "iam:AssociatedResourceArn": f"arn:{account.partition}:ec2:*:{account.number}:instance/*",
    }
    for target in _ROLE(work, parameters):
        yield Target(target.resource, {**target.context, **passed}, "iam:PassRole")


_PROFILE = existing("instance-profile", "InstanceProfileName")
_ROLE = existing("role", "RoleName")

OPERATIONS = (
    Row("CreateInstanceProfile", _create_instance_profile, new("instance-profile", "InstanceProfileName")),
    Row("GetInstanceProfile", _get_instance_profile, _PROFILE),
    Row("ListInstanceProfiles", _list_instance_profiles, anything),
    Row("ListInstanceProfilesForRole", _list_instance_profiles_for_role, _ROLE),
    Row("DeleteInstanceProfile", _delete_instance_profile, _PROFILE),
    Row("AddRoleToInstanceProfile", _add_role, _with_pass_role),
    Row("RemoveRoleFromInstanceProfile", _remove_role, _PROFILE),
    Row("TagInstanceProfile", _tag, with_tags(_PROFILE)),
    Row("UntagInstanceProfile", _untag, with_tags(_PROFILE)),
    Row("ListInstanceProfileTags", _list_tags, _PROFILE),
)
