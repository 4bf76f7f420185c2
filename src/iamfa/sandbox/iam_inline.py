"""IAM's operations on inline policies of users and groups; what they share with roles is `inline_policies.py`.

AWS's pages: API_PutUserPolicy, API_PutGroupPolicy and their like.
"""

from __future__ import annotations

from iamfa.sandbox.iam_groups import group_of
from iamfa.sandbox.iam_users import user_of
from iamfa.sandbox.inline_policies import inline_names, inline_policy, with_inline, without_inline
from iamfa.sandbox.targets import existing, user_named, with_boundary
from iamfa.sandbox.work import Parameters, Result, Row, Work


def _put_user_policy(work: Work, parameters: Parameters) -> None:
    user = user_of(work.account, parameters["UserName"])
    work.account.users[user.name] = with_inline(user, parameters)


def _get_user_policy(work: Work, parameters: Parameters) -> Result:
    return inline_policy(user_of(work.seen, parameters["UserName"]), parameters["PolicyName"])


def _delete_user_policy(work: Work, parameters: Parameters) -> None:
    user = user_of(work.account, parameters["UserName"])
    work.account.users[user.name] = without_inline(user, parameters["PolicyName"])


def _list_user_policies(work: Work, parameters: Parameters) -> Result:
    return inline_names(user_of(work.seen, parameters["UserName"]), parameters)


def _put_group_policy(work: Work, parameters: Parameters) -> None:
    group = group_of(work.account, parameters["GroupName"])
    work.account.groups[group.name] = with_inline(group, parameters)


def _get_group_policy(work: Work, parameters: Parameters) -> Result:
    return inline_policy(group_of(work.seen, parameters["GroupName"]), parameters["PolicyName"])


def _delete_group_policy(work: Work, parameters: Parameters) -> None:
    group = group_of(work.account, parameters["GroupName"])
    work.account.groups[group.name] = without_inline(group, parameters["PolicyName"])


def _list_group_policies(work: Work, parameters: Parameters) -> Result:
    return inline_names(group_of(work.seen, parameters["GroupName"]), parameters)


_USER = user_named()
_BOUNDED = with_boundary(_USER)
_GROUP = existing("group", "GroupName")

OPERATIONS = (
    Row("PutUserPolicy", _put_user_policy, _BOUNDED),
    Row("GetUserPolicy", _get_user_policy, _USER),
    Row("DeleteUserPolicy", _delete_user_policy, _BOUNDED),
    Row("ListUserPolicies", _list_user_policies, _USER),
    Row("PutGroupPolicy", _put_group_policy, _GROUP),
    Row("GetGroupPolicy", _get_group_policy, _GROUP),
    Row("DeleteGroupPolicy", _delete_group_policy, _GROUP),
    Row("ListGroupPolicies", _list_group_policies, _GROUP),
)
