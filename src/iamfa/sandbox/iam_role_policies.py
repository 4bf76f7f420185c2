"""IAM's operations on the policies of roles, inline and attached.

AWS's pages: the API_… pages of the IAM API Reference of the same names.
"""

from __future__ import annotations

from iamfa.sandbox.attachments import attached_policies, attached_to, detached_from
from iamfa.sandbox.iam_roles import own_role, role_of
from iamfa.sandbox.inline_policies import inline_names, inline_policy, with_inline, without_inline
from iamfa.sandbox.targets import existing, with_boundary, with_policy
from iamfa.sandbox.work import Parameters, Result, Row, Work


def _put_role_policy(work: Work, parameters: Parameters) -> None:
    role = own_role(work.account, parameters["RoleName"])
    work.account.roles[role.name] = with_inline(role, parameters)


def _get_role_policy(work: Work, parameters: Parameters) -> Result:
    return inline_policy(role_of(work.seen, parameters["RoleName"]), parameters["PolicyName"])


def _delete_role_policy(work: Work, parameters: Parameters) -> None:
    role = own_role(work.account, parameters["RoleName"])
    work.account.roles[role.name] = without_inline(role, parameters["PolicyName"])


def _list_role_policies(work: Work, parameters: Parameters) -> Result:
    return inline_names(role_of(work.seen, parameters["RoleName"]), parameters)


def _attach_role_policy(work: Work, parameters: Parameters) -> None:
    role = own_role(work.account, parameters["RoleName"])
    work.account.roles[role.name] = attached_to(work.account, role, parameters["PolicyArn"])


def _detach_role_policy(work: Work, parameters: Parameters) -> None:
    role = own_role(work.account, parameters["RoleName"])
    work.account.roles[role.name] = detached_from(work.account, role, parameters["PolicyArn"])


def _list_attached_role_policies(work: Work, parameters: Parameters) -> Result:
    return attached_policies(work.seen, role_of(work.seen, parameters["RoleName"]), parameters)


_ROLE = existing("role", "RoleName")
_BOUNDED = with_boundary(_ROLE)
_ATTACHED = with_policy(_BOUNDED)

OPERATIONS = (
    Row("PutRolePolicy", _put_role_policy, _BOUNDED),
    Row("GetRolePolicy", _get_role_policy, _ROLE),
    Row("DeleteRolePolicy", _delete_role_policy, _BOUNDED),
    Row("ListRolePolicies", _list_role_policies, _ROLE),
    Row("AttachRolePolicy", _attach_role_policy, _ATTACHED),
    Row("DetachRolePolicy", _detach_role_policy, _ATTACHED),
    Row("ListAttachedRolePolicies", _list_attached_role_policies, _ROLE),
)
