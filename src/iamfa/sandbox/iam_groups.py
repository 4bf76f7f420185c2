"""IAM's operations on groups and on who is in them.

AWS's pages: the API_… pages of the IAM API Reference of the same names. Quotas: 300 groups (reference_iam-quotas), ten
groups a user (endpoints and quotas of IAM, AWS General Reference). In which order AWS checks is not documented: here
what is named must exist, then the quota is counted, then a name must be free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from iamfa.account.entities import Account, Group
from iamfa.arn import iam_arn
from iamfa.sandbox.iam_users import user_of, user_out
from iamfa.sandbox.paging import page
from iamfa.sandbox.refusals import already_exists, delete_conflict, limit_exceeded, no_such
from iamfa.sandbox.targets import anything, existing, new, user_named
from iamfa.sandbox.work import Parameters, Result, Row, Target, Work

_MOST_GROUPS = 300
_MOST_OF_A_USER = 10


def group_of(account: Account, name: str) -> Group:
    """The group with this name. Raises AWS's NoSuchEntity."""
    found = account.groups.get(name)
    if found is None:
        raise no_such("group", name)
    return found


def _group_out(group: Group) -> dict[str, Any]:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": group.created,
    }


def _create_group(work: Work, parameters: Parameters) -> Result:
    account, name, path = work.account, parameters["GroupName"], parameters.get("Path", "/")
    if len(account.groups) >= _MOST_GROUPS:
        raise limit_exceeded("GroupsPerAccount", _MOST_GROUPS)
    _require_free(account, name)
    group = Group(name, path, work.state.ids.unique("AGPA"), _arn(account, name, path), work.now)
    account.groups[name] = group
    return {"Group": _group_out(group)}


def _require_free(account: Account, name: str, present: str | None = None) -> None:
    """Names of groups are unique without regard to case."""
    if any(each.lower() == name.lower() for each in account.groups if each != present):
        raise already_exists("Group", name)


def _arn(account: Account, name: str, path: str) -> str:
    return str(iam_arn("group", name, account.number, path=path, partition=account.partition))


def _get_group(work: Work, parameters: Parameters) -> Result:
    group = group_of(work.seen, parameters["GroupName"])
    members = (user for user in work.seen.users.values() if group.name in user.groups)
    found, rest = page(members, parameters, lambda user: user.name)
    return {"Group": _group_out(group), "Users": [user_out(user, tags=False) for user in found], **rest}


def _list_groups(work: Work, parameters: Parameters) -> Result:
    prefix = parameters.get("PathPrefix", "/")
    groups = (group for group in work.seen.groups.values() if group.path.startswith(prefix))
    found, rest = page(groups, parameters, lambda group: group.name)
    return {"Groups": [_group_out(group) for group in found], **rest}


def _list_groups_for_user(work: Work, parameters: Parameters) -> Result:
    user = user_of(work.seen, parameters["UserName"])
    found, rest = page((work.seen.groups[name] for name in user.groups), parameters, lambda group: group.name)
    return {"Groups": [_group_out(group) for group in found], **rest}


def _update_group(work: Work, parameters: Parameters) -> None:
    account, name = work.account, parameters["GroupName"]
    group = group_of(account, name)
    renamed, path = parameters.get("NewGroupName", name), parameters.get("NewPath", group.path)
    _require_free(account, renamed, present=name)
    if renamed != name:
        del account.groups[name]
        for user in list(account.users.values()):
            if name in user.groups:
                groups = tuple(renamed if each == name else each for each in user.groups)
                account.users[user.name] = replace(user, groups=groups)
    account.groups[renamed] = replace(group, name=renamed, path=path, arn=_arn(account, renamed, path))


def _both_names(work: Work, parameters: Parameters) -> Iterable[Target]:
    """Page API_UpdateGroup: it takes permission for the group as it is and as it will be."""
    yield from existing("group", "GroupName")(work, parameters)
    group = work.seen.groups.get(parameters["GroupName"])
    if group is not None:
        name, path = parameters.get("NewGroupName", group.name), parameters.get("NewPath", group.path)
        arn = _arn(work.account, name, path)
        if arn != group.arn:
            yield Target(arn)


def _delete_group(work: Work, parameters: Parameters) -> None:
    """In which order AWS names what must go first is not documented."""
    account = work.account
    group = group_of(account, parameters["GroupName"])
    for held, what in (
        ([user for user in account.users.values() if group.name in user.groups], "must remove users from group first."),
        (group.attached, "must detach all policies first."),
        (group.inline, "must delete policies first."),
    ):
        if held:
            raise delete_conflict(f"Cannot delete entity, {what}")
    del account.groups[group.name]


def _add_user_to_group(work: Work, parameters: Parameters) -> None:
    """Whoever is in the group already stays in it: AWS was seen to answer that without an error."""
    account = work.account
    group = group_of(account, parameters["GroupName"])
    user = user_of(account, parameters["UserName"])
    if group.name in user.groups:
        return
    if len(user.groups) >= _MOST_OF_A_USER:
        raise limit_exceeded("GroupsPerUser", _MOST_OF_A_USER)
    account.users[user.name] = replace(user, groups=(*user.groups, group.name))


def _remove_user_from_group(work: Work, parameters: Parameters) -> None:
    """Whoever is not in the group is no error either: AWS was seen to answer so."""
    account = work.account
    group = group_of(account, parameters["GroupName"])
    user = user_of(account, parameters["UserName"])
    if group.name in user.groups:
        account.users[user.name] = replace(user, groups=tuple(each for each in user.groups if each != group.name))


_GROUP = existing("group", "GroupName")

OPERATIONS = (
    Row("CreateGroup", _create_group, new("group", "GroupName")),
    Row("GetGroup", _get_group, _GROUP),
    Row("ListGroups", _list_groups, anything),
    Row("ListGroupsForUser", _list_groups_for_user, user_named()),
    Row("UpdateGroup", _update_group, _both_names),
    Row("DeleteGroup", _delete_group, _GROUP),
    Row("AddUserToGroup", _add_user_to_group, _GROUP),
    Row("RemoveUserFromGroup", _remove_user_from_group, _GROUP),
)
