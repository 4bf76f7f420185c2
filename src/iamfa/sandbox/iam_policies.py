"""IAM's operations on managed policies, their versions and tags.

AWS's pages: the API_… pages of the IAM API Reference of the same names. Quotas: 1500 policies an account
(reference_iam-quotas), five versions a policy (access_policies_managed-versioning). In which order AWS checks is not
documented: here what is named must exist, then the document is judged, then the quota is counted, then a name must be
free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from iamfa.account.details import attachment_count, boundary_count, policy_out, tags_out, version_out
from iamfa.account.entities import Account, ManagedPolicy, PolicyVersion
from iamfa.arn import iam_arn
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.paging import page
from iamfa.sandbox.policy_arns import named_policy, own_policy
from iamfa.sandbox.policy_documents import managed_document
from iamfa.sandbox.refusals import delete_conflict, limit_exceeded
from iamfa.sandbox.tags import merged_tags, new_tags, without_tags
from iamfa.sandbox.targets import anything, new, policy_named, with_tags
from iamfa.sandbox.work import Parameters, Result, Row, Work

_MOST_POLICIES: Final = 1500
_MOST_VERSIONS: Final = 5


def _create_policy(work: Work, parameters: Parameters) -> Result:
    account, name, path = work.account, parameters["PolicyName"], parameters.get("Path", "/")
    text = managed_document(parameters["PolicyDocument"], account.partition)
    own = [policy for policy in account.policies.values() if not policy.is_awss]
    if len(own) >= _MOST_POLICIES:
        raise limit_exceeded("PoliciesPerAccount", _MOST_POLICIES)
    if any(policy.name.lower() == name.lower() for policy in own):
        message = f"A policy called {name} already exists. Duplicate names are not allowed."
        raise ApiError("EntityAlreadyExists", message, 409)
    arn = str(iam_arn("policy", name, account.number, path=path, partition=account.partition))
    versions = (PolicyVersion("v1", text, work.now),)
    identifier, tags = work.state.ids.unique("ANPA"), new_tags(parameters.get("Tags"))
    policy = ManagedPolicy(
        arn, name, path, identifier, work.now, work.now, versions, "v1", 1, parameters.get("Description"), tags
    )
    account.policies[arn] = policy
    return {"Policy": {**policy_out(policy, account), "Tags": tags_out(tags) or None}}


def _get_policy(work: Work, parameters: Parameters) -> Result:
    policy = named_policy(work.seen, parameters["PolicyArn"])
    more = {"Description": policy.description, "Tags": tags_out(policy.tags)}
    return {"Policy": {**policy_out(policy, work.seen), **more}}


def _list_policies(work: Work, parameters: Parameters) -> Result:
    """Which policies `OnlyAttached` leaves beside a `PolicyUsageFilter` is not documented: those used in that way."""
    account = work.seen
    scope, prefix = parameters.get("Scope", "All"), parameters.get("PathPrefix", "/")
    usage = parameters.get("PolicyUsageFilter")
    counts: list[Callable[[Account, str], int]] = []
    if usage == "PermissionsBoundary":
        counts = [boundary_count]
    elif usage == "PermissionsPolicy" or parameters.get("OnlyAttached"):
        counts = [attachment_count]
    policies = (
        policy
        for policy in account.policies.values()
        if (scope == "All" or policy.is_awss == (scope == "AWS"))
        and policy.path.startswith(prefix)
        and all(count(account, policy.arn) for count in counts)
    )
    found, rest = page(policies, parameters, lambda policy: f"{policy.name} {policy.arn}")
    return {"Policies": [policy_out(policy, account) for policy in found], **rest}


def _delete_policy(work: Work, parameters: Parameters) -> None:
    account = work.account
    policy = own_policy(work, parameters["PolicyArn"], "DeletePolicy")
    if attachment_count(account, policy.arn) or boundary_count(account, policy.arn):
        raise delete_conflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        message = "This policy has more than one version. Before you delete a policy, you must delete the policy's "
        raise delete_conflict(message + "versions. The default version is deleted with the policy.")
    del account.policies[policy.arn]


# Versions ------------------------------------------------------------------------------------------------------------


def _create_policy_version(work: Work, parameters: Parameters) -> Result:
    account = work.account
    policy = own_policy(work, parameters["PolicyArn"], "CreatePolicyVersion")
    text = managed_document(parameters["PolicyDocument"], account.partition)
    if len(policy.versions) >= _MOST_VERSIONS:
        message = f"A managed policy can have up to {_MOST_VERSIONS} versions. Before you create a new version, you "
        raise ApiError("LimitExceeded", message + "must delete an existing version.", 409)
    newest = policy.newest + 1
    version = PolicyVersion(f"v{newest}", text, work.now)
    default = version.id if parameters.get("SetAsDefault") else policy.default
    changed = replace(policy, versions=(*policy.versions, version), newest=newest, default=default, updated=work.now)
    account.policies[policy.arn] = changed
    return {"PolicyVersion": version_out(version, changed)}


def _version_of(policy: ManagedPolicy, identifier: str) -> PolicyVersion:
    found = next((version for version in policy.versions if version.id == identifier), None)
    if found is None:
        message = f"Policy {policy.arn} version {identifier} does not exist or is not attachable."
        raise ApiError("NoSuchEntity", message, 404)
    return found


def _get_policy_version(work: Work, parameters: Parameters) -> Result:
    policy = named_policy(work.seen, parameters["PolicyArn"])
    version = _version_of(policy, parameters["VersionId"])
    return {"PolicyVersion": {"Document": quote(version.text, safe=""), **version_out(version, policy)}}


def _list_policy_versions(work: Work, parameters: Parameters) -> Result:
    """The newest first, as AWS's examples show them."""
    policy = named_policy(work.seen, parameters["PolicyArn"])
    newest_first = {version.id: f"{_AFTER - int(version.id[1:]):0{len(str(_AFTER))}}" for version in policy.versions}
    found, rest = page(policy.versions, parameters, lambda version: newest_first[version.id])
    return {"Versions": [version_out(version, policy) for version in found], **rest}


_AFTER: Final = 10**9
"""More versions than any policy ever had."""


def _set_default_policy_version(work: Work, parameters: Parameters) -> None:
    policy = own_policy(work, parameters["PolicyArn"], "SetDefaultPolicyVersion")
    version = _version_of(policy, parameters["VersionId"])
    work.account.policies[policy.arn] = replace(policy, default=version.id)


def _delete_policy_version(work: Work, parameters: Parameters) -> None:
    policy = own_policy(work, parameters["PolicyArn"], "DeletePolicyVersion")
    version = _version_of(policy, parameters["VersionId"])
    if version.id == policy.default:
        raise delete_conflict("Cannot delete the default version of a policy.")
    versions = tuple(each for each in policy.versions if each.id != version.id)
    work.account.policies[policy.arn] = replace(policy, versions=versions)


# Tags and entities ---------------------------------------------------------------------------------------------------


def _tag_policy(work: Work, parameters: Parameters) -> None:
    policy = own_policy(work, parameters["PolicyArn"], "TagPolicy")
    work.account.policies[policy.arn] = replace(policy, tags=merged_tags(policy.tags, parameters["Tags"]))


def _untag_policy(work: Work, parameters: Parameters) -> None:
    policy = own_policy(work, parameters["PolicyArn"], "UntagPolicy")
    work.account.policies[policy.arn] = replace(policy, tags=without_tags(policy.tags, parameters["TagKeys"]))


def _list_policy_tags(work: Work, parameters: Parameters) -> Result:
    policy = named_policy(work.seen, parameters["PolicyArn"])
    found, rest = page(tags_out(policy.tags), parameters, lambda tag: str(tag["Key"]))
    return {"Tags": found, **rest}


def _list_entities_for_policy(work: Work, parameters: Parameters) -> Result:
    """Users, groups and roles that use a policy. Policies, which `EntityFilter` knows too, are never among them.

    A page holds users, groups and roles together; which come first is ours.
    """
    account, prefix = work.seen, parameters.get("PathPrefix", "/")
    policy = named_policy(account, parameters["PolicyArn"])
    usage, wanted = parameters.get("PolicyUsageFilter"), parameters.get("EntityFilter")
    holders = [("User", each) for each in account.users.values()]
    rest_of_holders: list[tuple[str, Any]] = [("Group", each) for each in account.groups.values()]
    rest_of_holders += [("Role", each) for each in account.roles.values()]
    using = (
        (kind, holder)
        for kind, holder in (*holders, *rest_of_holders)
        if wanted in (None, kind)
        and holder.path.startswith(prefix)
        and (
            (usage != "PermissionsBoundary" and policy.arn in holder.attached)
            or (usage != "PermissionsPolicy" and kind != "Group" and holder.boundary == policy.arn)
        )
    )
    found, rest = page(using, parameters, lambda each: f"{each[0]} {each[1].name}")
    shown: dict[str, list[dict[str, str]]] = {"User": [], "Group": [], "Role": []}
    for kind, holder in found:
        shown[kind].append({f"{kind}Name": holder.name, f"{kind}Id": holder.id})
    return {"PolicyUsers": shown["User"], "PolicyGroups": shown["Group"], "PolicyRoles": shown["Role"], **rest}


OPERATIONS = (
    Row("CreatePolicy", _create_policy, new("policy", "PolicyName")),
    Row("GetPolicy", _get_policy, policy_named),
    Row("ListPolicies", _list_policies, anything),
    Row("DeletePolicy", _delete_policy, policy_named),
    Row("CreatePolicyVersion", _create_policy_version, policy_named),
    Row("GetPolicyVersion", _get_policy_version, policy_named),
    Row("ListPolicyVersions", _list_policy_versions, policy_named),
    Row("SetDefaultPolicyVersion", _set_default_policy_version, policy_named),
    Row("DeletePolicyVersion", _delete_policy_version, policy_named),
    Row("TagPolicy", _tag_policy, with_tags(policy_named)),
    Row("UntagPolicy", _untag_policy, with_tags(policy_named)),
    Row("ListPolicyTags", _list_policy_tags, policy_named),
    Row("ListEntitiesForPolicy", _list_entities_for_policy, policy_named),
)
