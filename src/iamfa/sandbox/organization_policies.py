"""Organizations: service control policies and resource control policies, and what they are attached to.

AWS's pages: the API_… pages of the Organizations API Reference of the same names, orgs_manage_policies_scps,
orgs_manage_policies_rcps, and for numbers and sizes orgs_reference_limits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from iamfa.account.organization import ControlKind, ControlPolicy, Organization
from iamfa.errors import PolicyError
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy
from iamfa.policy.size import QUOTAS
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.organizations import (
    FULL_ACCESS,
    Asked,
    arn_of,
    arn_under,
    change,
    everything,
    is_target,
    kind_of,
    on,
    organization_of,
    part,
    refused,
    retagged,
    root_out,
    row,
    too_many,
    with_new_tags,
    without,
)
from iamfa.sandbox.work import Parameters, Result, Target, Work

_DOCUMENTS: Mapping[ControlKind, Kind] = {"SERVICE_CONTROL_POLICY": Kind.SCP, "RESOURCE_CONTROL_POLICY": Kind.RCP}
_MOST_POLICIES: Mapping[ControlKind, int] = {"SERVICE_CONTROL_POLICY": 10_000, "RESOURCE_CONTROL_POLICY": 2_000}
_MOST_ATTACHED: Mapping[ControlKind, int] = {"SERVICE_CONTROL_POLICY": 10, "RESOURCE_CONTROL_POLICY": 5}


# The kinds of policy at the root -------------------------------------------------------------------------------------


def _root_of(work: Work, parameters: Parameters) -> Organization:
    organization = organization_of(work)
    if parameters["RootId"] != organization.root:
        raise refused("RootNotFoundException", "We can't find a root with the RootId that you specified.")
    return organization


def _enable(work: Work, parameters: Parameters) -> Result:
    """AWS attaches the policy that permits everything to the root, every unit and every account."""
    organization, kind = _root_of(work, parameters), kind_of(parameters["PolicyType"])
    if kind in organization.enabled:
        raise refused("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.")
    targets = (organization.root, *organization.units, *organization.members)
    attached = {each: (*organization.attached.get(each, ()), FULL_ACCESS[kind]) for each in targets}
    found = change(work, enabled=(*organization.enabled, kind), attached=attached)
    return {"Root": root_out(work, found)}


def _disable(work: Work, parameters: Parameters) -> Result:
    """All policies of the kind are detached from everything (page orgs_manage_policies_enable-disable)."""
    organization, kind = _root_of(work, parameters), kind_of(parameters["PolicyType"])
    _require_enabled(organization, kind)
    attached = {
        target: tuple(each for each in held if organization.policies[each].kind != kind)
        for target, held in organization.attached.items()
    }
    enabled = tuple(each for each in organization.enabled if each != kind)
    return {"Root": root_out(work, change(work, enabled=enabled, attached=attached))}


def _require_enabled(organization: Organization, kind: ControlKind) -> None:
    if kind not in organization.enabled:
        message = "This operation can be performed only for enabled policy types."
        raise refused("PolicyTypeNotEnabledException", message)


# Policies ------------------------------------------------------------------------------------------------------------


def _create_policy(work: Work, parameters: Parameters) -> Result:
    organization, kind, name = organization_of(work), kind_of(parameters["Type"]), parameters["Name"]
    _require_free(organization, kind, name)
    if sum(each.kind == kind for each in organization.policies.values()) >= _MOST_POLICIES[kind]:
        message = "You have exceeded the number of policies of this type in an organization."
        raise too_many("POLICY_NUMBER_LIMIT_EXCEEDED", message)
    text = _valid(parameters["Content"], kind)
    policy = ControlPolicy(f"p-{work.state.ids.word(8)}", name, kind, text, parameters["Description"])
    found = change(
        work,
        policies={**organization.policies, policy.id: policy},
        tags=retagged(organization, policy.id, parameters.get("Tags")),
    )
    return {"Policy": _policy_out(work, found, policy)}


def _require_free(organization: Organization, kind: ControlKind, name: str, present: str | None = None) -> None:
    for policy in organization.policies.values():
        if policy.kind == kind and policy.name == name and policy.id != present:
            message = "A policy with the specified name and type already exists."
            raise refused("DuplicatePolicyException", message)


def _valid(text: str, kind: ControlKind) -> str:
    """The text of a policy, as it came. Its size counts white space: the API saves it exactly as provided."""
    most = QUOTAS[_DOCUMENTS[kind]].characters
    if len(text) > most:
        message = f"You have exceeded the maximum policy size of {most} characters."
        raise too_many("POLICY_CONTENT_LIMIT_EXCEEDED", message)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _malformed(f"it is no JSON: {error}") from error
    if not isinstance(whole, dict) or "Statement" not in whole:
        raise _malformed("a policy is an object with `Statement`")
    try:
        policy = Policy.parse(text, kind=_DOCUMENTS[kind])
    except PolicyError as error:
        raise _malformed(error.message) from error
    if kind == "RESOURCE_CONTROL_POLICY" and any(statement.effect != "Deny" for statement in policy.statements):
        raise _malformed("only AWS's own resource control policy allows, all others deny")
    return text


def _malformed(hint: str) -> ApiError:
    """AWS says this and no more; what is wrong is told to whoever runs the sandbox."""
    message = "The provided policy document does not meet the requirements of the specified policy type."
    return ApiError("MalformedPolicyDocumentException", message, 400, hint=hint)


def _policy_of(work: Work, parameters: Parameters) -> ControlPolicy:
    policy = organization_of(work).policies.get(parameters["PolicyId"])
    if policy is None:
        message = "We can't find a policy with the PolicyId that you specified."
        raise refused("PolicyNotFoundException", message)
    return policy


def _own_policy_of(work: Work, parameters: Parameters) -> ControlPolicy:
    """A policy that can be changed: AWS's own ones cannot."""
    policy = _policy_of(work, parameters)
    if policy.aws_managed:
        message = "You specified a policy that is managed by AWS and can't be modified."
        raise refused("InvalidInputException", message, "IMMUTABLE_POLICY")
    return policy


def _summary(work: Work, organization: Organization, policy: ControlPolicy) -> dict[str, Any]:
    return {
        "Id": policy.id,
        "Arn": organization.policy_arn(policy, work.account.partition),
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.kind,
        "AwsManaged": policy.aws_managed,
    }


def _policy_out(work: Work, organization: Organization, policy: ControlPolicy) -> dict[str, Any]:
    return {"PolicySummary": _summary(work, organization, policy), "Content": policy.text}


def _describe_policy(work: Work, parameters: Parameters) -> Result:
    return {"Policy": _policy_out(work, organization_of(work), _policy_of(work, parameters))}


def _update_policy(work: Work, parameters: Parameters) -> Result:
    organization, policy = organization_of(work), _own_policy_of(work, parameters)
    name = parameters.get("Name", policy.name)
    _require_free(organization, policy.kind, name, present=policy.id)
    text = _valid(parameters["Content"], policy.kind) if "Content" in parameters else policy.text
    changed = replace(policy, name=name, text=text, description=parameters.get("Description", policy.description))
    found = change(work, policies={**organization.policies, policy.id: changed})
    return {"Policy": _policy_out(work, found, changed)}


def _delete_policy(work: Work, parameters: Parameters) -> None:
    organization, policy = organization_of(work), _own_policy_of(work, parameters)
    if any(policy.id in held for held in organization.attached.values()):
        message = "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts"
        raise refused("PolicyInUseException", f"{message} before performing this operation.")
    change(work, policies=without(organization.policies, policy.id), tags=without(organization.tags, policy.id))


def _list_policies(work: Work, parameters: Parameters) -> Result:
    organization, kind = organization_of(work), kind_of(parameters["Filter"])
    policies = (policy for policy in organization.policies.values() if policy.kind == kind)
    return _summaries(work, parameters, policies)


def _summaries(work: Work, parameters: Parameters, policies: Iterable[ControlPolicy]) -> Result:
    organization = organization_of(work)
    found, rest = part(policies, parameters, lambda policy: policy.id)
    return {"Policies": [_summary(work, organization, policy) for policy in found], **rest}


# What they are attached to -------------------------------------------------------------------------------------------


def _target_of(work: Work, parameters: Parameters) -> str:
    identifier = str(parameters["TargetId"])
    if not is_target(organization_of(work), identifier):
        message = "We can't find a root, OU, account, or policy with the TargetId that you specified."
        raise refused("TargetNotFoundException", message)
    return identifier


def _attach(work: Work, parameters: Parameters) -> None:
    organization = organization_of(work)
    policy, target = _policy_of(work, parameters), _target_of(work, parameters)
    _require_enabled(organization, policy.kind)
    held = organization.attached.get(target, ())
    if policy.id in held:
        message = "The selected policy is already attached to the specified target."
        raise refused("DuplicatePolicyAttachmentException", message)
    if _count(organization, target, policy.kind) >= _MOST_ATTACHED[policy.kind]:
        message = "You have attached the maximum number of policies to the specified target."
        raise too_many("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", message)
    change(work, attached={**organization.attached, target: (*held, policy.id)})


def _count(organization: Organization, target: str, kind: ControlKind) -> int:
    return sum(organization.policies[each].kind == kind for each in organization.attached.get(target, ()))


def _detach(work: Work, parameters: Parameters) -> None:
    """The last service control policy stays, and so does RCPFullAWSAccess (page orgs_reference_limits)."""
    organization = organization_of(work)
    policy, target = _policy_of(work, parameters), _target_of(work, parameters)
    held = organization.attached.get(target, ())
    if policy.id not in held:
        message = "The policy isn't attached to the specified target in the specified root."
        raise refused("PolicyNotAttachedException", message)
    if policy.id == FULL_ACCESS["RESOURCE_CONTROL_POLICY"] or _count(organization, target, policy.kind) == 1:
        message = "You cannot remove the last policy attached to the specified target."
        raise too_many("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", message)
    change(work, attached={**organization.attached, target: tuple(each for each in held if each != policy.id)})


def _list_policies_for_target(work: Work, parameters: Parameters) -> Result:
    organization, kind = organization_of(work), kind_of(parameters["Filter"])
    held = organization.attached.get(_target_of(work, parameters), ())
    policies = (organization.policies[each] for each in held)
    return _summaries(work, parameters, (policy for policy in policies if policy.kind == kind))


def _list_targets_for_policy(work: Work, parameters: Parameters) -> Result:
    organization, policy = organization_of(work), _policy_of(work, parameters)
    targets = (target for target, held in organization.attached.items() if policy.id in held)
    found, rest = part(targets, parameters, str)
    return {"Targets": [_target_out(work, organization, target) for target in found], **rest}


def _target_out(work: Work, organization: Organization, target: str) -> dict[str, Any]:
    if target == organization.root:
        name, kind = "Root", "ROOT"
    elif target in organization.units:
        name, kind = organization.units[target].name, "ORGANIZATIONAL_UNIT"
    else:
        name, kind = organization.members[target].name, "ACCOUNT"
    return {"TargetId": target, "Arn": arn_of(work, organization, target), "Name": name, "Type": kind}


# Permission ----------------------------------------------------------------------------------------------------------


def _typed(asked: Asked, parameter: str | None = None) -> Asked:
    """The same with the key organizations:PolicyType, of a parameter or of the policy that is named."""

    def found(work: Work, organization: Organization, parameters: Parameters) -> Iterable[Target]:
        policy = organization.policies.get(parameters.get("PolicyId", parameters.get("ResourceId", "")))
        kind = parameters[parameter] if parameter is not None else policy.kind if policy is not None else None
        context = {} if kind is None else {"organizations:PolicyType": kind}
        for target in asked(work, organization, parameters):
            yield Target(target.resource, {**target.context, **context}, target.action)

    return found


def _new_policy(work: Work, organization: Organization, parameters: Parameters) -> Iterable[Target]:
    """The policy that is to be made: `*` in the place of its id, as `new` has it."""
    return (Target(arn_under(work, organization, "policy", f"{str(parameters['Type']).lower()}/*")),)


_POLICY = _typed(on("PolicyId"))
_ATTACHMENT = _typed(on("PolicyId", "TargetId"))

OPERATIONS = (
    row("EnablePolicyType", _enable, _typed(on("RootId"), "PolicyType")),
    row("DisablePolicyType", _disable, _typed(on("RootId"), "PolicyType")),
    row("CreatePolicy", _create_policy, _typed(with_new_tags(_new_policy, _new_policy), "Type")),
    row("DescribePolicy", _describe_policy, _POLICY),
    row("UpdatePolicy", _update_policy, _POLICY),
    row("DeletePolicy", _delete_policy, _POLICY),
    row("ListPolicies", _list_policies, _typed(everything, "Filter")),
    row("AttachPolicy", _attach, _ATTACHMENT),
    row("DetachPolicy", _detach, _ATTACHMENT),
    row("ListPoliciesForTarget", _list_policies_for_target, _typed(on("TargetId"), "Filter")),
    row("ListTargetsForPolicy", _list_targets_for_policy, _POLICY),
)
