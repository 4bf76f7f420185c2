"""Users and their access keys: made, found, renamed, tagged, deleted, and what AWS refuses."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sandbox.direct import NUMBER, START, Direct

from iamfa.account.entities import ROOT_USER, Device, LoginProfile
from iamfa.sandbox.api_error import ApiError

ARN = f"arn:aws:iam::{NUMBER}"
BOUNDARY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture
def box() -> Direct:
    return Direct()


def refused(box: Direct, operation: str, **parameters: Any) -> str:
    with pytest.raises(ApiError) as error:
        box.call(operation, **parameters)
    return error.value.code


def allow(action: str, resource: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}}


def test_a_user_is_made_with_path_tags_and_boundary_and_found_again(box: Direct) -> None:
    tags = [{"Key": "team", "Value": "red"}]
    made = box.call("CreateUser", UserName="alice", Path="/people/", Tags=tags, PermissionsBoundary=BOUNDARY)["User"]
    assert made["Arn"] == f"{ARN}:user/people/alice"
    assert made["UserId"].startswith("AIDA")
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    assert box.call("GetUser", UserName="alice")["User"] == made
    (listed,) = box.call("ListUsers", PathPrefix="/people/")["Users"]
    assert "Tags" not in listed and "PermissionsBoundary" not in listed
    assert box.call("ListUserTags", UserName="alice")["Tags"] == tags


def test_a_caller_who_names_nobody_means_himself(box: Direct) -> None:
    assert box.call("GetUser")["User"]["UserName"] == "administrator"
    root = box.call("GetUser", by=ROOT_USER)["User"]
    assert (root["Arn"], root["UserId"]) == (f"{ARN}:root", NUMBER)
    made = box.call("CreateAccessKey")["AccessKey"]
    assert made["UserName"] == "administrator"
    assert box.call("ListAccessKeys", by=ROOT_USER)["AccessKeyMetadata"][0]["UserName"] is None


def test_names_are_unique_without_regard_to_case(box: Direct) -> None:
    box.user("Alice")
    assert refused(box, "CreateUser", UserName="aLICE") == "EntityAlreadyExists"
    box.user("bob")
    assert refused(box, "UpdateUser", UserName="bob", NewUserName="ALICE") == "EntityAlreadyExists"
    box.call("UpdateUser", UserName="Alice", NewUserName="alice")
    assert "alice" in box.account.users


def test_more_users_than_the_quota_are_refused(box: Direct, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamfa.sandbox.iam_users._MOST_USERS", 1)
    assert refused(box, "CreateUser", UserName="alice") == "LimitExceeded"


def test_what_is_not_there_is_no_such_entity(box: Direct) -> None:
    for operation in ("GetUser", "DeleteUser", "ListUserTags", "ListAccessKeys", "CreateAccessKey"):
        assert refused(box, operation, UserName="nobody") == "NoSuchEntity"
    for operation, parameters in (
        ("DeleteAccessKey", {}),
        ("UpdateAccessKey", {"Status": "Inactive"}),
        ("GetAccessKeyLastUsed", {}),
    ):
        assert refused(box, operation, AccessKeyId="AKIA0000000000000000", **parameters) == "NoSuchEntity"
    assert refused(box, "CreateUser", UserName="x", PermissionsBoundary=f"{ARN}:policy/none-such") == "NoSuchEntity"


def test_a_renamed_user_keeps_keys_devices_and_password(box: Direct) -> None:
    box.user("alice")
    box.account.devices["phone-0001"] = Device("phone-0001", "hardware", "alice")
    box.account.login_profiles["alice"] = LoginProfile("alice", START)
    box.call("UpdateUser", UserName="alice", NewUserName="alicia", NewPath="/x/")
    assert box.account.users["alicia"].arn == f"{ARN}:user/x/alicia"
    assert box.account.devices["phone-0001"].user == "alicia"
    assert box.account.login_profiles["alicia"].user == "alicia"
    assert len(box.call("ListAccessKeys", UserName="alicia")["AccessKeyMetadata"]) == 1
    assert "alice" not in box.account.users
    assert "alice" not in box.account.login_profiles


def test_to_rename_takes_permission_for_both_names(box: Direct) -> None:
    box.user("alice")
    box.user("clerk", allow("iam:UpdateUser", f"{ARN}:user/alice"))
    assert refused(box, "UpdateUser", by="clerk", UserName="alice", NewUserName="root-2") == "AccessDenied"
    box.call("UpdateUser", by="clerk", UserName="alice", NewPath="/")
    box.user("chief", allow("iam:UpdateUser", f"{ARN}:user/*"))
    box.call("UpdateUser", by="chief", UserName="alice", NewUserName="alicia")


def test_a_user_who_has_something_is_not_deleted(box: Direct) -> None:
    box.user("alice")
    assert refused(box, "DeleteUser", UserName="alice") == "DeleteConflict"
    (key,) = box.call("ListAccessKeys", UserName="alice")["AccessKeyMetadata"]
    box.call("DeleteAccessKey", UserName="alice", AccessKeyId=key["AccessKeyId"])
    box.account.devices["phone-0001"] = Device("phone-0001", "hardware", "alice")
    assert refused(box, "DeleteUser", UserName="alice") == "DeleteConflict"
    del box.account.devices["phone-0001"]
    box.call("DeleteUser", UserName="alice")
    assert "alice" not in box.account.users


def test_tags_are_added_changed_and_taken_away(box: Direct) -> None:
    box.user("alice")
    box.call("TagUser", UserName="alice", Tags=[{"Key": "team", "Value": "red"}, {"Key": "floor", "Value": "1"}])
    box.call("TagUser", UserName="alice", Tags=[{"Key": "TEAM", "Value": "blue"}])
    box.call("UntagUser", UserName="alice", TagKeys=["Floor", "none-such"])
    assert box.call("ListUserTags", UserName="alice")["Tags"] == [{"Key": "TEAM", "Value": "blue"}]


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (["team", "Team"], "InvalidInput"),
        (["aws:team"], "InvalidInput"),
        ([f"k{i}" for i in range(50)], "LimitExceeded"),
    ],
)
def test_tags_that_aws_does_not_take_change_nothing(box: Direct, keys: list[str], code: str) -> None:
    box.user("alice")
    box.call("TagUser", UserName="alice", Tags=[{"Key": "held", "Value": "v"}])
    assert refused(box, "TagUser", UserName="alice", Tags=[{"Key": key, "Value": "v"} for key in keys]) == code
    assert box.account.users["alice"].tags == (("held", "v"),)


def test_a_boundary_is_put_and_taken_away_once(box: Direct) -> None:
    box.user("alice")
    box.call("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=BOUNDARY)
    assert box.account.users["alice"].boundary == BOUNDARY
    box.call("DeleteUserPermissionsBoundary", UserName="alice")
    assert refused(box, "DeleteUserPermissionsBoundary", UserName="alice") == "NoSuchEntity"


def test_a_user_has_two_keys_and_each_has_a_status_and_a_last_use(box: Direct) -> None:
    box.user("alice")
    made = box.call("CreateAccessKey", UserName="alice")["AccessKey"]
    assert (made["Status"], len(made["SecretAccessKey"])) == ("Active", 40)
    assert refused(box, "CreateAccessKey", UserName="alice") == "LimitExceeded"
    box.call("UpdateAccessKey", UserName="alice", AccessKeyId=made["AccessKeyId"], Status="Inactive")
    listed = {
        key["AccessKeyId"]: key["Status"] for key in box.call("ListAccessKeys", UserName="alice")["AccessKeyMetadata"]
    }
    assert listed[made["AccessKeyId"]] == "Inactive"
    used = box.call("GetAccessKeyLastUsed", AccessKeyId=made["AccessKeyId"])
    assert (used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]) == ("alice", "N/A")


def test_another_users_key_is_not_found_under_ones_own_name(box: Direct) -> None:
    box.user("alice")
    (key,) = box.call("ListAccessKeys", UserName="alice")["AccessKeyMetadata"]
    assert refused(box, "DeleteAccessKey", AccessKeyId=key["AccessKeyId"]) == "NoSuchEntity"


def test_the_last_use_of_a_key_is_told_to_whoever_may_ask_of_its_user(box: Direct) -> None:
    box.user("alice", allow("iam:GetAccessKeyLastUsed", f"{ARN}:user/alice"))
    key = box.key("alice")
    other = box.key("administrator")
    root = box.key(ROOT_USER)
    assert box.call("GetAccessKeyLastUsed", by="alice", AccessKeyId=key.id)["UserName"] == "alice"
    assert refused(box, "GetAccessKeyLastUsed", by="alice", AccessKeyId=other.id) == "AccessDenied"
    assert box.call("GetAccessKeyLastUsed", AccessKeyId=root.id)["UserName"] is None
