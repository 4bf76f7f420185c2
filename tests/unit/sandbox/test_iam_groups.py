"""Groups, and who is in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sandbox.direct import ADMINISTRATOR, NUMBER, START, Direct

from iamfa.account.entities import Group
from iamfa.sandbox.api_error import ApiError


@pytest.fixture
def box() -> Direct:
    return Direct()


def refusal(box: Direct, operation: str, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ApiError) as raised:
        box.call(operation, **parameters)
    return raised.value.code, raised.value.status, raised.value.message


def arn(name: str, path: str = "/") -> str:
    return f"arn:aws:iam::{NUMBER}:group{path}{name}"


def allow(action: str, resource: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}}


def test_a_group_is_made_read_and_deleted(box: Direct) -> None:
    made = box.call("CreateGroup", GroupName="developers", Path="/eu/")["Group"]
    assert made["GroupId"].startswith("AGPA")
    assert (made["Path"], made["GroupName"], made["Arn"]) == ("/eu/", "developers", arn("developers", "/eu/"))
    assert made["CreateDate"] == START
    assert box.call("GetGroup", GroupName="developers") == {"Group": made, "Users": [], "IsTruncated": False}
    box.call("DeleteGroup", GroupName="developers")
    assert refusal(box, "GetGroup", GroupName="developers") == (
        "NoSuchEntity",
        404,
        "The group with name developers cannot be found.",
    )


def test_names_of_groups_are_unique_without_regard_to_case(box: Direct) -> None:
    box.call("CreateGroup", GroupName="ADMINS")
    expected = ("EntityAlreadyExists", 409, "Group with name admins already exists.")
    assert refusal(box, "CreateGroup", GroupName="admins") == expected


def test_an_account_has_300_groups(box: Direct) -> None:
    for i in range(300):
        box.account.groups[f"g{i}"] = Group(f"g{i}", "/", "AGPA", arn(f"g{i}"), START)
    expected = ("LimitExceeded", 409, "Cannot exceed quota for GroupsPerAccount: 300")
    assert refusal(box, "CreateGroup", GroupName="one-more") == expected


def test_groups_are_listed_by_path_in_pages(box: Direct) -> None:
    for name, path in (("b", "/eu/"), ("a", "/eu/west/"), ("c", "/us/")):
        box.call("CreateGroup", GroupName=name, Path=path)
    assert [group["GroupName"] for group in box.call("ListGroups")["Groups"]] == ["a", "b", "c"]
    first = box.call("ListGroups", PathPrefix="/eu/", MaxItems=1)
    assert [group["GroupName"] for group in first["Groups"]] == ["a"] and first["IsTruncated"]
    second = box.call("ListGroups", PathPrefix="/eu/", MaxItems=1, Marker=first["Marker"])
    assert [group["GroupName"] for group in second["Groups"]] == ["b"] and not second["IsTruncated"]


def test_the_users_of_a_group_come_in_pages(box: Direct) -> None:
    box.call("CreateGroup", GroupName="developers")
    for name in ("carol", "alice", "bob"):
        box.user(name)
        box.call("AddUserToGroup", GroupName="developers", UserName=name)
    first = box.call("GetGroup", GroupName="developers", MaxItems=2)
    assert [user["UserName"] for user in first["Users"]] == ["alice", "bob"] and first["IsTruncated"]
    rest = box.call("GetGroup", GroupName="developers", Marker=first["Marker"])
    assert [user["UserName"] for user in rest["Users"]] == ["carol"] and not rest["IsTruncated"]


def test_a_user_is_put_into_a_group_and_taken_out_as_often_as_one_likes(box: Direct) -> None:
    box.user("alice")
    for name in ("b", "a"):
        box.call("CreateGroup", GroupName=name)
    for _ in range(2):
        box.call("AddUserToGroup", GroupName="b", UserName="alice")
    box.call("AddUserToGroup", GroupName="a", UserName="alice")
    assert [group["GroupName"] for group in box.call("ListGroupsForUser", UserName="alice")["Groups"]] == ["a", "b"]
    for _ in range(2):
        box.call("RemoveUserFromGroup", GroupName="b", UserName="alice")
    assert box.account.users["alice"].groups == ("a",)


@pytest.mark.parametrize("operation", ["AddUserToGroup", "RemoveUserFromGroup"])
def test_group_and_user_must_exist(box: Direct, operation: str) -> None:
    expected = ("NoSuchEntity", 404, "The group with name developers cannot be found.")
    assert refusal(box, operation, GroupName="developers", UserName="administrator") == expected
    box.call("CreateGroup", GroupName="developers")
    expected = ("NoSuchEntity", 404, "The user with name bob cannot be found.")
    assert refusal(box, operation, GroupName="developers", UserName="bob") == expected


def test_the_groups_of_a_user_who_is_not_there_are_not_found(box: Direct) -> None:
    assert refusal(box, "ListGroupsForUser", UserName="bob")[0] == "NoSuchEntity"


def test_a_user_is_in_ten_groups_at_most(box: Direct) -> None:
    box.user("alice")
    for i in range(11):
        box.call("CreateGroup", GroupName=f"g{i}")
    for i in range(10):
        box.call("AddUserToGroup", GroupName=f"g{i}", UserName="alice")
    expected = ("LimitExceeded", 409, "Cannot exceed quota for GroupsPerUser: 10")
    assert refusal(box, "AddUserToGroup", GroupName="g10", UserName="alice") == expected


def test_a_group_that_still_has_something_cannot_be_deleted(box: Direct) -> None:
    box.user("alice")
    box.call("CreateGroup", GroupName="developers")
    box.call("AddUserToGroup", GroupName="developers", UserName="alice")
    group = box.account.groups["developers"]
    box.account.groups["developers"] = replace(group, attached=(ADMINISTRATOR,), inline={"p": "{}"})
    conflict = "DeleteConflict", 409
    expected = (*conflict, "Cannot delete entity, must remove users from group first.")
    assert refusal(box, "DeleteGroup", GroupName="developers") == expected
    box.call("RemoveUserFromGroup", GroupName="developers", UserName="alice")
    expected = (*conflict, "Cannot delete entity, must detach all policies first.")
    assert refusal(box, "DeleteGroup", GroupName="developers") == expected
    box.call("DetachGroupPolicy", GroupName="developers", PolicyArn=ADMINISTRATOR)
    expected = (*conflict, "Cannot delete entity, must delete policies first.")
    assert refusal(box, "DeleteGroup", GroupName="developers") == expected
    box.call("DeleteGroupPolicy", GroupName="developers", PolicyName="p")
    box.call("DeleteGroup", GroupName="developers")
    assert not box.account.groups


def test_a_renamed_group_keeps_its_users_and_its_policies(box: Direct) -> None:
    box.user("alice")
    box.user("bob")
    for name in ("other", "developers"):
        box.call("CreateGroup", GroupName=name)
        box.call("AddUserToGroup", GroupName=name, UserName="alice")
    box.call("AttachGroupPolicy", GroupName="developers", PolicyArn=ADMINISTRATOR)
    before = box.account.groups["developers"]
    box.call("UpdateGroup", GroupName="developers", NewGroupName="Developers", NewPath="/eu/")
    after = box.account.groups["Developers"]
    assert after == replace(before, name="Developers", path="/eu/", arn=arn("Developers", "/eu/"))
    assert "developers" not in box.account.groups
    assert box.account.users["alice"].groups == ("other", "Developers")
    assert box.call("ListUsers", by="alice")["Users"]


def test_a_group_keeps_what_an_update_does_not_name(box: Direct) -> None:
    made = box.call("CreateGroup", GroupName="developers", Path="/eu/")["Group"]
    box.call("UpdateGroup", GroupName="developers")
    assert box.call("GetGroup", GroupName="developers")["Group"] == made


def test_a_group_cannot_take_the_name_of_another(box: Direct) -> None:
    for name in ("a", "b"):
        box.call("CreateGroup", GroupName=name)
    assert refusal(box, "UpdateGroup", GroupName="a", NewGroupName="B")[0] == "EntityAlreadyExists"
    assert refusal(box, "UpdateGroup", GroupName="c", NewGroupName="d")[0] == "NoSuchEntity"


def test_to_rename_a_group_takes_permission_for_both_names(box: Direct) -> None:
    box.call("CreateGroup", GroupName="developers", Path="/eu/")
    box.user("old", allow("iam:UpdateGroup", arn("developers", "/eu/")))
    box.user("both", allow("iam:UpdateGroup", arn("dev*", "/eu/")))
    assert refusal(box, "UpdateGroup", by="old", GroupName="developers", NewGroupName="devs") == (
        "AccessDenied",
        403,
        f"User: arn:aws:iam::{NUMBER}:user/old is not authorized to perform: iam:UpdateGroup on resource: "
        f"{arn('devs', '/eu/')} because no identity-based policy allows the iam:UpdateGroup action",
    )
    box.call("UpdateGroup", by="both", GroupName="developers", NewGroupName="devs")
    assert refusal(box, "UpdateGroup", by="both", GroupName="devs", NewPath="/us/")[0] == "AccessDenied"


@pytest.mark.parametrize(
    "operation", ["GetGroup", "DeleteGroup", "AddUserToGroup", "RemoveUserFromGroup", "UpdateGroup", "CreateGroup"]
)
def test_permission_is_asked_for_the_group_with_its_path(box: Direct, operation: str) -> None:
    box.user("fits", allow(f"iam:{operation}", arn("developers", "/eu/")))
    box.user("fails", allow(f"iam:{operation}", arn("developers")))
    parameters: dict[str, Any] = {"GroupName": "developers"}
    if operation == "CreateGroup":
        parameters["Path"] = "/eu/"
    else:
        box.call("CreateGroup", GroupName="developers", Path="/eu/")
    if "User" in operation:
        parameters["UserName"] = "administrator"
    assert refusal(box, operation, by="fails", **parameters)[0] == "AccessDenied"
    box.call(operation, by="fits", **parameters)


def test_whose_groups_are_listed_is_a_matter_of_the_user(box: Direct) -> None:
    box.user("alice", allow("iam:ListGroupsForUser", f"arn:aws:iam::{NUMBER}:user/alice"))
    assert box.call("ListGroupsForUser", by="alice", UserName="alice")["Groups"] == []
    assert refusal(box, "ListGroupsForUser", by="alice", UserName="administrator")[0] == "AccessDenied"
