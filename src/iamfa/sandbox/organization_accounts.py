"""Organizations: its accounts, where they stand, and the tags of everything in it.

AWS's pages: the API_… pages of the Organizations API Reference of the same names; the role of a new account from
orgs_manage_accounts_access.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from iamfa.account.details import tags_out
from iamfa.account.entities import Role
from iamfa.account.organization import Creation, Member, Organization
from iamfa.arn import iam_arn
from iamfa.sandbox.live import add_account
from iamfa.sandbox.organizations import (
    above,
    arn_of,
    attached_by_default,
    change,
    everything,
    is_parent,
    is_target,
    new,
    on,
    organization_of,
    part,
    refused,
    require_parent,
    retagged,
    row,
    too_many,
    with_asked_tags,
    with_new_tags,
)
from iamfa.sandbox.work import Parameters, Result, Work

_MOST_ACCOUNTS = 10
"""AWS's default; AWS raises it on request."""
_ACCESS_ROLE = "OrganizationAccountAccessRole"


def _create_account(work: Work, parameters: Parameters) -> Result:
    """The account is there at once, the answer says `IN_PROGRESS` all the same, as AWS's does."""
    organization, state = organization_of(work), work.state
    if len(organization.members) >= _MOST_ACCOUNTS:
        message = "You have exceeded the allowed number of AWS accounts."
        raise too_many("ACCOUNT_NUMBER_LIMIT_EXCEEDED", message)
    name, email = parameters["AccountName"], parameters["Email"]
    creation = Creation(f"car-{state.ids.word(32)}", name, work.now)
    if any(member.email.lower() == email.lower() for member in organization.members.values()):
        failed = replace(creation, failure="EMAIL_ALREADY_EXISTS")
        change(work, creations={**organization.creations, failed.id: failed})
    else:
        number = _free_number(work)
        member = Member(number, name, email, organization.root, work.now)
        change(
            work,
            members={**organization.members, number: member},
            attached={**organization.attached, number: attached_by_default(organization)},
            tags=retagged(organization, number, parameters.get("Tags")),
            creations={**organization.creations, creation.id: replace(creation, account=number)},
        )
        _add_account(work, number, parameters.get("RoleName", _ACCESS_ROLE))
    return {"CreateAccountStatus": _creation_out(creation)}


def _free_number(work: Work) -> str:
    while True:
        number = work.state.ids.account()
        if number not in work.state.accounts:
            return number


def _add_account(work: Work, number: str, role: str) -> None:
    """An account with the role by which the management account reaches it."""
    partition = work.account.partition
    account = add_account(work.state, number, partition)
    root = f"arn:{partition}:iam::{work.account.number}:root"
    statement = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = str(iam_arn("role", role, number, partition=partition))
    attached = (f"arn:{partition}:iam::aws:policy/AdministratorAccess",)
    account.roles[role] = Role(role, "/", work.state.ids.unique("AROA"), arn, work.now, trust, attached=attached)


def _creation_out(creation: Creation) -> dict[str, Any]:
    state = "SUCCEEDED" if creation.account else "FAILED" if creation.failure else "IN_PROGRESS"
    return {
        "Id": creation.id,
        "AccountName": creation.name,
        "State": state,
        "RequestedTimestamp": creation.requested,
        "CompletedTimestamp": creation.requested if state != "IN_PROGRESS" else None,
        "AccountId": creation.account,
        "FailureReason": creation.failure,
    }


def _describe_create_account_status(work: Work, parameters: Parameters) -> Result:
    creation = organization_of(work).creations.get(parameters["CreateAccountRequestId"])
    if creation is None:
        message = "We can't find an create account request with the CreateAccountRequestId that you specified."
        raise refused("CreateAccountStatusNotFoundException", message)
    return {"CreateAccountStatus": _creation_out(creation)}


def _member_of(organization: Organization, number: str) -> Member:
    found = organization.members.get(number)
    if found is None:
        raise refused("AccountNotFoundException", "You specified an account that doesn't exist.")
    return found


def _member_out(work: Work, organization: Organization, member: Member) -> dict[str, Any]:
    return {
        "Id": member.id,
        "Arn": arn_of(work, organization, member.id),
        "Email": member.email,
        "Name": member.name,
        "Status": member.status,
        "State": member.status,
        "Paths": [f"{organization.path_of(member.id)}{member.id}/"],
        "JoinedMethod": "INVITED" if member.invited else "CREATED",
        "JoinedTimestamp": member.joined,
    }


def _describe_account(work: Work, parameters: Parameters) -> Result:
    organization = organization_of(work)
    return {"Account": _member_out(work, organization, _member_of(organization, parameters["AccountId"]))}


def _list_accounts(work: Work, parameters: Parameters) -> Result:
    return _accounts(work, parameters, None)


def _list_accounts_for_parent(work: Work, parameters: Parameters) -> Result:
    return _accounts(work, parameters, require_parent(organization_of(work), parameters["ParentId"]))


def _accounts(work: Work, parameters: Parameters, parent: str | None) -> Result:
    organization = organization_of(work)
    members = (each for each in organization.members.values() if parent is None or each.parent == parent)
    found, rest = part(members, parameters, lambda member: member.id)
    return {"Accounts": [_member_out(work, organization, member) for member in found], **rest}


def _move_account(work: Work, parameters: Parameters) -> None:
    organization = organization_of(work)
    member = _member_of(organization, parameters["AccountId"])
    source, destination = parameters["SourceParentId"], parameters["DestinationParentId"]
    if not is_parent(organization, source) or member.parent != source:
        message = "We can't find a source root or OU with the ParentId that you specified."
        raise refused("SourceParentNotFoundException", message)
    if not is_parent(organization, destination):
        message = "We can't find the destination container (a root or OU) with the ParentId that you specified."
        raise refused("DestinationParentNotFoundException", message)
    if destination == source:
        message = "That account is already present in the specified destination."
        raise refused("DuplicateAccountException", message)
    change(work, members={**organization.members, member.id: replace(member, parent=destination)})


def _list_parents(work: Work, parameters: Parameters) -> Result:
    organization, child = organization_of(work), parameters["ChildId"]
    found = organization.members.get(child) or organization.units.get(child)
    if found is None:
        message = "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified."
        raise refused("ChildNotFoundException", message)
    kind = "ORGANIZATIONAL_UNIT" if above(organization, found.parent) else "ROOT"
    return {"Parents": [{"Id": found.parent, "Type": kind}]}


def _list_children(work: Work, parameters: Parameters) -> Result:
    organization, kind = organization_of(work), parameters["ChildType"]
    parent = require_parent(organization, parameters["ParentId"])
    held = organization.members if kind == "ACCOUNT" else organization.units
    found, rest = part((each.id for each in held.values() if each.parent == parent), parameters, str)
    return {"Children": [{"Id": identifier, "Type": kind} for identifier in found], **rest}


# Tags ----------------------------------------------------------------------------------------------------------------


def _taggable(work: Work, parameters: Parameters) -> str:
    """The id of what carries tags: AWS's own policies carry none."""
    organization, identifier = organization_of(work), str(parameters["ResourceId"])
    policy = organization.policies.get(identifier)
    if not is_target(organization, identifier) and (policy is None or policy.aws_managed):
        message = "We can't find a root, OU, account, or policy with the TargetId that you specified."
        raise refused("TargetNotFoundException", message)
    return identifier


def _tag_resource(work: Work, parameters: Parameters) -> None:
    change(work, tags=retagged(organization_of(work), _taggable(work, parameters), parameters["Tags"]))


def _untag_resource(work: Work, parameters: Parameters) -> None:
    organization, identifier = organization_of(work), _taggable(work, parameters)
    held = organization.tags.get(identifier, ())
    kept = tuple((key, value) for key, value in held if key not in parameters["TagKeys"])
    change(work, tags={**organization.tags, identifier: kept})


def _list_tags_for_resource(work: Work, parameters: Parameters) -> Result:
    held = organization_of(work).tags.get(_taggable(work, parameters), ())
    found, rest = part(tags_out(held), parameters, lambda tag: str(tag["Key"]))
    return {"Tags": found, **rest}


def _delete_organization(work: Work, parameters: Parameters) -> None:
    """Only an organization that has no other accounts (API_DeleteOrganization); its units and policies go with it."""
    if len(organization_of(work).members) > 1:
        message = "To delete an organization you must first remove all member accounts (except the management account)."
        raise refused("OrganizationNotEmptyException", message)
    work.state.organization = None


def _list_service_access(work: Work, parameters: Parameters) -> Result:
    """None: there is no operation that lets a service into the organization."""
    none: list[str] = []
    found, rest = part(none, parameters, str)
    return {"EnabledServicePrincipals": found, **rest}


_TAGGED = on("ResourceId")

OPERATIONS = (
    row("DeleteOrganization", _delete_organization, everything),
    row("ListAWSServiceAccessForOrganization", _list_service_access, everything),
    row("CreateAccount", _create_account, with_new_tags(everything, new("account"))),
    row("DescribeCreateAccountStatus", _describe_create_account_status, everything),
    row("DescribeAccount", _describe_account, on("AccountId")),
    row("ListAccounts", _list_accounts, everything),
    row("ListAccountsForParent", _list_accounts_for_parent, on("ParentId")),
    row("MoveAccount", _move_account, on("AccountId", "SourceParentId", "DestinationParentId")),
    row("ListParents", _list_parents, on("ChildId")),
    row("ListChildren", _list_children, on("ParentId")),
    row("TagResource", _tag_resource, with_asked_tags(_TAGGED)),
    row("UntagResource", _untag_resource, with_asked_tags(_TAGGED)),
    row("ListTagsForResource", _list_tags_for_resource, _TAGGED),
)
