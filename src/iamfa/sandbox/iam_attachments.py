"""IAM's operations that attach managed policies to users and groups; what they share with roles is `attachments.py`.

AWS's pages: API_AttachUserPolicy, API_AttachGroupPolicy and their like.
"""

from __future__ import annotations

from iamfa.sandbox.attachments import attached_policies, attached_to, detached_from
from iamfa.sandbox.iam_groups import group_of
from iamfa.sandbox.iam_users import user_of
from iamfa.sandbox.targets import existing, user_named, with_boundary, with_policy
from iamfa.sandbox.work import Parameters, Result, Row, Work


def _attach_user_policy(work: Work, parameters: Parameters) -> None:
    user = user_of(work.account, parameters["UserName"])
    work.account.users[user.name] = attached_to(work.account, user, parameters["PolicyArn"])


def _detach_user_policy(work: Work, parameters: Parameters) -> None:
    user = user_of(work.account, parameters["UserName"])
    work.account.users[user.name] = detached_from(work.account, user, parameters["PolicyArn"])


def _list_attached_user_policies(work: Work, parameters: Parameters) -> Result:
    return attached_policies(work.seen, user_of(work.seen, parameters["UserName"]), parameters)


def _attach_group_policy(work: Work, parameters: Parameters) -> None:
    group = group_of(work.account, parameters["GroupName"])
    work.account.groups[group.name] = attached_to(work.account, group, parameters["PolicyArn"])


def _detach_group_policy(work: Work, parameters: Parameters) -> None:
    group = group_of(work.account, parameters["GroupName"])
    work.account.groups[group.name] = detached_from(work.account, group, parameters["PolicyArn"])


def _list_attached_group_policies(work: Work, parameters: Parameters) -> Result:
    return attached_policies(work.seen, group_of(work.seen, parameters["GroupName"]), parameters)


_USER = user_named()
_ON_USER = with_boundary(with_policy(_USER))
_GROUP = existing("group", "GroupName")
_ON_GROUP = with_policy(_GROUP)

OPERATIONS = (
    Row("AttachUserPolicy", _attach_user_policy, _ON_USER),
    Row("DetachUserPolicy", _detach_user_policy, _ON_USER),
    Row("ListAttachedUserPolicies", _list_attached_user_policies, _USER),
    Row("AttachGroupPolicy", _attach_group_policy, _ON_GROUP),
    Row("DetachGroupPolicy", _detach_group_policy, _ON_GROUP),
    Row("ListAttachedGroupPolicies", _list_attached_group_policies, _GROUP),
)
