"""Managed policies attached to users, groups and roles: what is the same for all three.

Quotas from the page reference_iam-quotas; AWS raises those of users and roles on request, the sandbox keeps to the
defaults. In which order AWS checks is not documented: here the policy must exist, then what is attached already stays
so without an error (page API_AttachUserPolicy knows no such error), then the quota is counted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeVar

from iamfa.account.details import policy_name
from iamfa.account.entities import Account, Group, Role, User
from iamfa.arn import Arn
from iamfa.sandbox.paging import page
from iamfa.sandbox.policy_arns import known_arn
from iamfa.sandbox.refusals import limit_exceeded, no_such_policy, policy_not_found
from iamfa.sandbox.work import Parameters, Result

Holder = TypeVar("Holder", User, Group, Role)

_QUOTAS: Final = {
    User: ("PoliciesPerUser", 10),
    Group: ("PoliciesPerGroup", 10),
    Role: ("PoliciesPerRole", 20),
}


def attached_to(account: Account, holder: Holder, arn: str) -> Holder:
    """The holder with a managed policy attached. Raises NoSuchEntity, InvalidInput for no ARN, or LimitExceeded."""
    if known_arn(account, arn) not in account.policies:
        raise no_such_policy(arn)
    if arn in holder.attached:
        return holder
    quota, most = _QUOTAS[type(holder)]
    if len(holder.attached) >= most:
        raise limit_exceeded(quota, most)
    return replace(holder, attached=(*holder.attached, arn))


def detached_from(account: Account, holder: Holder, arn: str) -> Holder:
    """The holder without this managed policy. Raises NoSuchEntity where it is not attached, InvalidInput for no ARN."""
    if known_arn(account, arn) not in holder.attached:
        raise policy_not_found(arn)
    return replace(holder, attached=tuple(each for each in holder.attached if each != arn))


def attached_policies(account: Account, holder: User | Group | Role, parameters: Parameters) -> Result:
    """The answer of ListAttached…Policies: name and ARN of each, those with the `PathPrefix`, in pages."""
    prefix = parameters.get("PathPrefix", "/")
    arns = (arn for arn in holder.attached if Arn.parse(arn).path.startswith(prefix))
    shown = [{"PolicyName": policy_name(arn, account), "PolicyArn": arn} for arn in arns]
    found, rest = page(shown, parameters, lambda each: f"{each['PolicyName']} {each['PolicyArn']}")
    return {"AttachedPolicies": found, **rest}
