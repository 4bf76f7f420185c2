"""IAM's roles: made, read, changed and deleted, by whom, and in AWS's words where not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from tests.unit.sandbox.direct import ADMINISTRATOR, NUMBER, START, Direct

from iamfa.sandbox.api_error import ApiError

ALICE = f"arn:aws:iam::{NUMBER}:user/alice"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}],
    }
)
EC2 = TRUST.replace(f'"AWS": "{ALICE}"', '"Service": "ec2.amazonaws.com"')


@pytest.fixture
def box() -> Direct:
    found = Direct()
    found.user("alice")
    return found


def create(box: Direct, name: str = "reader", **parameters: Any) -> dict[str, Any]:
    made = box.call("CreateRole", **{"RoleName": name, "AssumeRolePolicyDocument": TRUST, **parameters})
    found: dict[str, Any] = made["Role"]
    return found


def role(box: Direct, name: str = "reader") -> dict[str, Any]:
    found: dict[str, Any] = box.call("GetRole", RoleName=name)["Role"]
    return found


def refusal(box: Direct, operation: str, by: str = "administrator", **parameters: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        box.call(operation, by=by, **parameters)
    return caught.value


def allowing(*actions: str, resource: str = "*", **rest: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **rest}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_role_is_read_as_it_was_made(box: Direct) -> None:
    tags = [{"Key": "team", "Value": "blue"}]
    made = create(
        box,
        Path="/team/",
        Description="reads",
        MaxSessionDuration=7200,
        PermissionsBoundary=ADMINISTRATOR,
        Tags=tags,
    )
    assert made["Arn"] == f"arn:aws:iam::{NUMBER}:role/team/reader"
    assert made["RoleId"].startswith("AROA")
    assert unquote(made["AssumeRolePolicyDocument"]) == TRUST
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": ADMINISTRATOR}
    assert made["PermissionsBoundary"] == boundary
    assert (made["Description"], made["MaxSessionDuration"], made["Tags"]) == ("reads", 7200, tags)
    assert role(box) == {**made, "RoleLastUsed": {}}


def test_a_role_has_sessions_of_an_hour_unless_said_otherwise(box: Direct) -> None:
    assert create(box)["MaxSessionDuration"] == 3600
    for seconds in (3599, 43_201):
        refused = refusal(
            box, "CreateRole", RoleName="other", AssumeRolePolicyDocument=TRUST, MaxSessionDuration=seconds
        )
        assert refused.code == "ValidationError"


def test_names_of_roles_differ_in_more_than_case(box: Direct) -> None:
    create(box)
    refused = refusal(box, "CreateRole", RoleName="READER", AssumeRolePolicyDocument=TRUST)
    assert (refused.code, refused.message) == ("EntityAlreadyExists", "Role with name READER already exists.")


def test_an_account_has_a_thousand_roles_at_most(box: Direct) -> None:
    create(box)
    first = box.account.roles["reader"]
    for i in range(999):
        box.account.roles[f"r{i}"] = replace(first, name=f"r{i}")
    refused = refusal(box, "CreateRole", RoleName="one-more", AssumeRolePolicyDocument=TRUST)
    assert (refused.code, refused.status) == ("LimitExceeded", 409)
    assert refused.message == "Cannot exceed quota for RolesPerAccount: 1000"


@pytest.mark.parametrize(
    "parameters",
    [{"RoleName": "AWSServiceRoleForNobody"}, {"RoleName": "x", "Path": "/aws-service-role/x.amazonaws.com/"}],
)
def test_nobody_makes_a_role_that_only_aws_makes(box: Direct, parameters: dict[str, str]) -> None:
    refused = refusal(box, "CreateRole", AssumeRolePolicyDocument=TRUST, **parameters)
    assert (refused.code, refused.status) == ("InvalidInput", 400)


def test_sign_in_sessions_of_roles_are_not_there(box: Direct) -> None:
    refused = refusal(box, "CreateRole", RoleName="x", AssumeRolePolicyDocument=TRUST, MaxSigninSessionDuration=3600)
    assert refused.status == 501


def test_an_invalid_trust_policy_makes_no_role(box: Direct) -> None:
    for text in ("{", TRUST.replace("sts:AssumeRole", "s3:GetObject"), TRUST.replace(ALICE, f"{ALICE}-2")):
        refused = refusal(box, "CreateRole", RoleName="x", AssumeRolePolicyDocument=text)
        assert (refused.code, refused.status) == ("MalformedPolicyDocument", 400)
    assert not box.account.roles


def test_a_boundary_must_be_there(box: Direct) -> None:
    arn = f"arn:aws:iam::{NUMBER}:policy/nothing"
    refused = refusal(box, "CreateRole", RoleName="x", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=arn)
    assert refused.code == "NoSuchEntity"


def test_to_make_a_role_takes_permission_for_it_with_its_path_boundary_and_tags(box: Direct) -> None:
    condition = {"StringEquals": {"iam:PermissionsBoundary": ADMINISTRATOR, "aws:RequestTag/team": "blue"}}
    team = f"arn:aws:iam::{NUMBER}:role/team/*"
    box.user(
        "maker", allowing("iam:CreateRole", resource=team, Condition=condition), allowing("iam:TagRole", resource=team)
    )
    right: dict[str, Any] = {
        "Path": "/team/",
        "PermissionsBoundary": ADMINISTRATOR,
        "Tags": [{"Key": "team", "Value": "blue"}],
    }
    for wrong in ("Path", "PermissionsBoundary", "Tags"):
        parameters = {name: value for name, value in right.items() if name != wrong}
        refused = refusal(box, "CreateRole", "maker", RoleName="r", AssumeRolePolicyDocument=TRUST, **parameters)
        assert refused.code == "AccessDenied"
    assert box.call("CreateRole", by="maker", RoleName="r", AssumeRolePolicyDocument=TRUST, **right)


def test_a_role_that_is_not_there_is_said_to_be(box: Direct) -> None:
    for operation, parameters in (
        ("GetRole", {}),
        ("UpdateRole", {}),
        ("UpdateRoleDescription", {"Description": "x"}),
        ("DeleteRole", {}),
        ("UpdateAssumeRolePolicy", {"PolicyDocument": TRUST}),
        ("PutRolePermissionsBoundary", {"PermissionsBoundary": ADMINISTRATOR}),
        ("DeleteRolePermissionsBoundary", {}),
        ("TagRole", {"Tags": []}),
        ("UntagRole", {"TagKeys": []}),
        ("ListRoleTags", {}),
    ):
        refused = refusal(box, operation, RoleName="nobody", **parameters)
        assert (refused.code, refused.status) == ("NoSuchEntity", 404)
        assert refused.message == "The role with name nobody cannot be found."


def test_roles_are_listed_by_path_in_pages_without_boundary_and_tags(box: Direct) -> None:
    for name in ("c", "a", "b"):
        create(box, name, Path="/team/", Tags=[{"Key": "k", "Value": "v"}], PermissionsBoundary=ADMINISTRATOR)
    create(box, "elsewhere")
    first = box.call("ListRoles", PathPrefix="/team/", MaxItems=2)
    assert [each["RoleName"] for each in first["Roles"]] == ["a", "b"]
    assert first["IsTruncated"] is True
    assert not {"Tags", "PermissionsBoundary", "RoleLastUsed"} & set(first["Roles"][0])
    rest = box.call("ListRoles", PathPrefix="/team/", Marker=first["Marker"])
    assert [each["RoleName"] for each in rest["Roles"]] == ["c"]
    assert rest["IsTruncated"] is False


def test_a_role_that_is_updated_without_a_duration_gets_an_hour(box: Direct) -> None:
    create(box, MaxSessionDuration=7200, Description="old")
    assert box.call("UpdateRole", RoleName="reader", MaxSessionDuration=10_800) == {}
    assert (role(box)["MaxSessionDuration"], role(box)["Description"]) == (10_800, "old")
    box.call("UpdateRole", RoleName="reader", Description="new")
    assert (role(box)["MaxSessionDuration"], role(box)["Description"]) == (3600, "new")
    assert box.call("UpdateRoleDescription", RoleName="reader", Description="newer")["Role"]["Description"] == "newer"
    assert refusal(box, "UpdateRole", RoleName="reader", ResetMaxSigninSessionDuration=True).status == 501


def test_a_role_is_deleted_once_nothing_hangs_on_it(box: Direct) -> None:
    create(box)
    box.call("AttachRolePolicy", RoleName="reader", PolicyArn=ADMINISTRATOR)
    box.call("PutRolePolicy", RoleName="reader", PolicyName="p", PolicyDocument=json.dumps(allowing("s3:*")))
    box.call("CreateInstanceProfile", InstanceProfileName="web")
    box.call("AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="reader")
    for what, operation, parameters in (
        ("remove roles from instance profile", "RemoveRoleFromInstanceProfile", {"InstanceProfileName": "web"}),
        ("detach all policies", "DetachRolePolicy", {"PolicyArn": ADMINISTRATOR}),
        ("delete policies", "DeleteRolePolicy", {"PolicyName": "p"}),
    ):
        refused = refusal(box, "DeleteRole", RoleName="reader")
        assert (refused.code, refused.status) == ("DeleteConflict", 409)
        assert refused.message == f"Cannot delete entity, must {what} first."
        box.call(operation, RoleName="reader", **parameters)
    box.call("DeleteRole", RoleName="reader")
    assert refusal(box, "GetRole", RoleName="reader").code == "NoSuchEntity"


def test_the_trust_policy_is_replaced(box: Direct) -> None:
    create(box)
    box.call("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=EC2)
    assert unquote(role(box)["AssumeRolePolicyDocument"]) == EC2
    large = EC2.replace("}]}", ', "Sid": "' + "a" * 2048 + '"}]}')
    refused = refusal(box, "UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=large)
    assert (refused.code, refused.message) == ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")


def test_a_boundary_is_set_and_taken_away(box: Direct) -> None:
    create(box)
    box.call("PutRolePermissionsBoundary", RoleName="reader", PermissionsBoundary=ADMINISTRATOR)
    assert role(box)["PermissionsBoundary"]["PermissionsBoundaryArn"] == ADMINISTRATOR
    held = {"StringEquals": {"iam:PermissionsBoundary": ADMINISTRATOR}}
    box.user("warden", allowing("iam:DeleteRolePermissionsBoundary", "iam:DeleteRole", Condition=held))
    box.call("DeleteRolePermissionsBoundary", by="warden", RoleName="reader")
    assert "PermissionsBoundary" not in role(box)
    assert refusal(box, "DeleteRole", "warden", RoleName="reader").code == "AccessDenied"
    assert refusal(box, "DeleteRolePermissionsBoundary", RoleName="reader").code == "NoSuchEntity"


def test_tags_are_put_on_and_taken_off(box: Direct) -> None:
    create(box)
    box.call("TagRole", RoleName="reader", Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}])
    listed = box.call("ListRoleTags", RoleName="reader", MaxItems=1)
    assert (listed["Tags"], listed["IsTruncated"]) == ([{"Key": "a", "Value": "1"}], True)
    box.call("UntagRole", RoleName="reader", TagKeys=["a"])
    assert role(box)["Tags"] == [{"Key": "b", "Value": "2"}]
    box.user("tagger", allowing("iam:TagRole", Condition={"StringEquals": {"aws:RequestTag/a": "1"}}))
    assert (
        refusal(box, "TagRole", "tagger", RoleName="reader", Tags=[{"Key": "a", "Value": "2"}]).code == "AccessDenied"
    )
    box.call("TagRole", by="tagger", RoleName="reader", Tags=[{"Key": "a", "Value": "1"}])
    twice = [{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}]
    assert refusal(box, "TagRole", RoleName="reader", Tags=twice).code == "InvalidInput"


def test_roles_that_only_aws_changes_stay_as_they_are(box: Direct) -> None:
    create(box)
    path = "/aws-service-role/x.amazonaws.com/"
    box.account.roles["AWSServiceRoleForX"] = replace(
        box.account.roles["reader"], name="AWSServiceRoleForX", path=path, created=START
    )
    for operation, parameters in (
        ("UpdateRole", {}),
        ("DeleteRole", {}),
        ("AttachRolePolicy", {"PolicyArn": ADMINISTRATOR}),
        ("TagRole", {"Tags": []}),
    ):
        refused = refusal(box, operation, RoleName="AWSServiceRoleForX", **parameters)
        assert (refused.code, refused.status) == ("UnmodifiableEntity", 400)
        assert "'AWSServiceRoleForX' - this role is only modifiable by AWS" in refused.message
    assert role(box, "AWSServiceRoleForX")["Path"] == path


def test_inline_policies_of_a_role_come_and_go(box: Direct) -> None:
    create(box)
    text = json.dumps(allowing("s3:*"))
    box.call("PutRolePolicy", RoleName="reader", PolicyName="p", PolicyDocument=text)
    found = box.call("GetRolePolicy", RoleName="reader", PolicyName="p")
    assert (found["RoleName"], found["PolicyName"], unquote(found["PolicyDocument"])) == ("reader", "p", text)
    assert box.call("ListRolePolicies", RoleName="reader")["PolicyNames"] == ["p"]
    box.call("DeleteRolePolicy", RoleName="reader", PolicyName="p")
    refused = refusal(box, "GetRolePolicy", RoleName="reader", PolicyName="p")
    assert (refused.code, refused.message) == ("NoSuchEntity", "The role policy with name p cannot be found.")


def test_inline_policies_of_a_role_share_10240_characters(box: Direct) -> None:
    create(box)
    text = json.dumps(allowing("s3:*", resource="arn:aws:s3:::" + "a" * 6000))
    box.call("PutRolePolicy", RoleName="reader", PolicyName="p", PolicyDocument=text)
    refused = refusal(box, "PutRolePolicy", RoleName="reader", PolicyName="q", PolicyDocument=text)
    assert refused.message == "Maximum policy size of 10240 bytes exceeded for role reader"


def test_managed_policies_are_attached_and_detached(box: Direct) -> None:
    create(box)
    box.user("attacher", allowing("iam:AttachRolePolicy", Condition={"ArnEquals": {"iam:PolicyARN": ADMINISTRATOR}}))
    full = "arn:aws:iam::aws:policy/IAMFullAccess"
    assert refusal(box, "AttachRolePolicy", "attacher", RoleName="reader", PolicyArn=full).code == "AccessDenied"
    box.call("AttachRolePolicy", by="attacher", RoleName="reader", PolicyArn=ADMINISTRATOR)
    listed = box.call("ListAttachedRolePolicies", RoleName="reader")["AttachedPolicies"]
    assert listed == [{"PolicyName": "AdministratorAccess", "PolicyArn": ADMINISTRATOR}]
    box.call("DetachRolePolicy", RoleName="reader", PolicyArn=ADMINISTRATOR)
    assert refusal(box, "DetachRolePolicy", RoleName="reader", PolicyArn=ADMINISTRATOR).code == "NoSuchEntity"


def test_a_role_has_twenty_managed_policies_at_most(box: Direct) -> None:
    create(box)
    attached = tuple(f"arn:aws:iam::{NUMBER}:policy/p{i}" for i in range(20))
    box.account.roles["reader"] = replace(box.account.roles["reader"], attached=attached)
    refused = refusal(box, "AttachRolePolicy", RoleName="reader", PolicyArn=ADMINISTRATOR)
    assert (refused.code, refused.message) == ("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 20")
