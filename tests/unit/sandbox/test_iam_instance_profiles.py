"""Instance profiles: made, given a role, read and deleted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sandbox.direct import NUMBER, Direct

from iamfa.sandbox.api_error import ApiError

ROLE = f"arn:aws:iam::{NUMBER}:role/reader"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.fixture
def box() -> Direct:
    found = Direct()
    found.call("CreateRole", RoleName="reader", AssumeRolePolicyDocument=TRUST)
    found.call("CreateInstanceProfile", InstanceProfileName="web", Path="/site/", Tags=[{"Key": "k", "Value": "v"}])
    return found


def refusal(box: Direct, operation: str, by: str = "administrator", **parameters: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        box.call(operation, by=by, **{"InstanceProfileName": "web", **parameters})
    return caught.value


def add(box: Direct, by: str = "administrator", profile: str = "web", role: str = "reader") -> None:
    box.call("AddRoleToInstanceProfile", by=by, InstanceProfileName=profile, RoleName=role)


def profile(box: Direct) -> dict[str, Any]:
    found: dict[str, Any] = box.call("GetInstanceProfile", InstanceProfileName="web")["InstanceProfile"]
    return found


def test_a_profile_is_read_as_it_was_made(box: Direct) -> None:
    found = profile(box)
    assert found["Arn"] == f"arn:aws:iam::{NUMBER}:instance-profile/site/web"
    assert found["InstanceProfileId"].startswith("AIPA")
    assert (found["Roles"], found["Tags"]) == ([], [{"Key": "k", "Value": "v"}])
    add(box)
    assert [role["Arn"] for role in profile(box)["Roles"]] == [ROLE]


def test_names_of_profiles_differ_in_more_than_case(box: Direct) -> None:
    refused = refusal(box, "CreateInstanceProfile", InstanceProfileName="WEB")
    assert (refused.code, refused.status) == ("EntityAlreadyExists", 409)
    assert refused.message == "Instance Profile WEB already exists."


def test_an_account_has_a_thousand_profiles_at_most(box: Direct) -> None:
    first = box.account.instance_profiles["web"]
    for i in range(999):
        box.account.instance_profiles[f"p{i}"] = replace(first, name=f"p{i}")
    refused = refusal(box, "CreateInstanceProfile", InstanceProfileName="one-more")
    assert refused.message == "Cannot exceed quota for InstanceProfilesPerAccount: 1000"


def test_a_profile_holds_one_role(box: Direct) -> None:
    add(box)
    for role in ("reader", "other"):
        if role == "other":
            box.call("CreateRole", RoleName=role, AssumeRolePolicyDocument=TRUST)
        refused = refusal(box, "AddRoleToInstanceProfile", RoleName=role)
        assert (refused.code, refused.status) == ("LimitExceeded", 409)
        assert refused.message == "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"


def test_to_put_a_role_into_a_profile_takes_permission_to_pass_it(box: Direct) -> None:
    to_ec2 = {
        "StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"},
        "ArnLike": {"iam:AssociatedResourceArn": f"arn:aws:ec2:*:{NUMBER}:instance/*"},
    }
    adding = {"Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": "*"}
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE, "Condition": to_ec2}
    box.user("adder", {"Version": "2012-10-17", "Statement": [adding]})
    box.user("passer", {"Version": "2012-10-17", "Statement": [adding, passing]})
    refused = refusal(box, "AddRoleToInstanceProfile", "adder", RoleName="reader")
    assert f"iam:PassRole on resource: {ROLE}" in refused.message
    add(box, "passer")


def test_in_china_a_role_is_passed_to_chinas_ec2() -> None:
    box = Direct(partition="aws-cn")
    box.call("CreateInstanceProfile", InstanceProfileName="web")
    box.call(
        "CreateRole", RoleName="reader", AssumeRolePolicyDocument=TRUST.replace(".amazonaws.com", ".amazonaws.com.cn")
    )
    condition = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com.cn"}}
    statements = [
        {"Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": condition},
    ]
    box.user("passer", {"Version": "2012-10-17", "Statement": statements})
    add(box, "passer")


def test_a_role_is_taken_out_again(box: Direct) -> None:
    add(box)
    box.call("RemoveRoleFromInstanceProfile", InstanceProfileName="web", RoleName="reader")
    assert profile(box)["Roles"] == []
    refused = refusal(box, "RemoveRoleFromInstanceProfile", RoleName="reader")
    assert (refused.code, refused.status) == ("NoSuchEntity", 404)


def test_a_profile_with_a_role_is_not_deleted(box: Direct) -> None:
    add(box)
    refused = refusal(box, "DeleteInstanceProfile")
    assert (refused.code, refused.status) == ("DeleteConflict", 409)
    assert refused.message == "Cannot delete entity, must remove roles from instance profile first."
    box.call("RemoveRoleFromInstanceProfile", InstanceProfileName="web", RoleName="reader")
    box.call("DeleteInstanceProfile", InstanceProfileName="web")
    assert refusal(box, "GetInstanceProfile").message == "Instance Profile web cannot be found."


def test_profiles_are_listed_by_path_and_by_role(box: Direct) -> None:
    box.call("CreateInstanceProfile", InstanceProfileName="api", Path="/site/")
    box.call("CreateInstanceProfile", InstanceProfileName="elsewhere")
    add(box)
    listed = box.call("ListInstanceProfiles", PathPrefix="/site/", MaxItems=1)
    assert [each["InstanceProfileName"] for each in listed["InstanceProfiles"]] == ["api"]
    assert listed["InstanceProfiles"][0]["Tags"] is None
    rest = box.call("ListInstanceProfiles", PathPrefix="/site/", Marker=listed["Marker"])
    assert [each["InstanceProfileName"] for each in rest["InstanceProfiles"]] == ["web"]
    of_role = box.call("ListInstanceProfilesForRole", RoleName="reader")["InstanceProfiles"]
    assert [each["InstanceProfileName"] for each in of_role] == ["web"]
    with pytest.raises(ApiError):
        box.call("ListInstanceProfilesForRole", RoleName="nobody")


def test_tags_are_put_on_and_taken_off(box: Direct) -> None:
    box.call("TagInstanceProfile", InstanceProfileName="web", Tags=[{"Key": "a", "Value": "1"}])
    assert box.call("ListInstanceProfileTags", InstanceProfileName="web")["Tags"] == [
        {"Key": "a", "Value": "1"},
        {"Key": "k", "Value": "v"},
    ]
    box.call("UntagInstanceProfile", InstanceProfileName="web", TagKeys=["a", "k"])
    assert box.call("ListInstanceProfileTags", InstanceProfileName="web")["Tags"] == []


def test_permission_may_hang_on_a_profiles_tags(box: Direct) -> None:
    for name in ("red", "blue"):
        box.call("CreateInstanceProfile", InstanceProfileName=name, Tags=[{"Key": "team", "Value": name}])
    red = {"StringEquals": {"aws:ResourceTag/team": "red"}, "Null": {"iam:ResourceTag/team": "true"}}
    statement = {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": red}
    box.user("paula", {"Version": "2012-10-17", "Statement": statement})
    box.call("DeleteInstanceProfile", by="paula", InstanceProfileName="red")
    assert refusal(box, "DeleteInstanceProfile", by="paula", InstanceProfileName="blue").code == "AccessDenied"


def test_a_profile_is_named_with_its_path_where_permission_is_asked(box: Direct) -> None:
    arn = f"arn:aws:iam::{NUMBER}:instance-profile/site/*"
    statement = {"Effect": "Allow", "Action": "iam:*InstanceProfile", "Resource": arn}
    box.user("keeper", {"Version": "2012-10-17", "Statement": [statement]})
    box.call("GetInstanceProfile", by="keeper", InstanceProfileName="web")
    box.call("CreateInstanceProfile", by="keeper", InstanceProfileName="new", Path="/site/")
    assert refusal(box, "CreateInstanceProfile", "keeper", InstanceProfileName="new2").code == "AccessDenied"
