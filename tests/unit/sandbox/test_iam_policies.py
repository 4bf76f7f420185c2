"""Managed policies, their versions and tags, and who uses them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from tests.unit.sandbox.direct import ADMINISTRATOR, NUMBER, START, Direct

from iamfa.account.entities import PolicyVersion, Role
from iamfa.sandbox.api_error import ApiError

DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]}'
OTHER = DOCUMENT.replace("ListUsers", "ListGroups")
ARN = f"arn:aws:iam::{NUMBER}:policy/eu/p"
ON_ONE_POLICY = (
    "GetPolicy",
    "DeletePolicy",
    "CreatePolicyVersion",
    "GetPolicyVersion",
    "ListPolicyVersions",
    "SetDefaultPolicyVersion",
    "DeletePolicyVersion",
    "TagPolicy",
    "UntagPolicy",
    "ListPolicyTags",
    "ListEntitiesForPolicy",
)
CHANGING = tuple(name for name in ON_ONE_POLICY if not name.startswith(("Get", "List")))


@pytest.fixture
def box() -> Direct:
    box = Direct()
    box.call("CreatePolicy", PolicyName="p", Path="/eu/", PolicyDocument=DOCUMENT)
    return box


def refusal(box: Direct, operation: str, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ApiError) as raised:
        box.call(operation, **parameters)
    return raised.value.code, raised.value.status, raised.value.message


def allow(action: str, resource: str, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}
    return {"Version": "2012-10-17", "Statement": statement}


def parameters_of(operation: str, arn: str = ARN) -> dict[str, Any]:
    """Parameters with which an operation on one policy works."""
    found: dict[str, Any] = {"PolicyArn": arn}
    if operation in ("GetPolicyVersion", "SetDefaultPolicyVersion"):
        found["VersionId"] = "v1"
    if operation == "DeletePolicyVersion":
        found["VersionId"] = "v2"
    if operation == "CreatePolicyVersion":
        found["PolicyDocument"] = OTHER
    if operation == "TagPolicy":
        found["Tags"] = [{"Key": "team", "Value": "red"}]
    if operation == "UntagPolicy":
        found["TagKeys"] = ["team"]
    return found


def versions(box: Direct, **parameters: Any) -> list[str]:
    return [each["VersionId"] for each in box.call("ListPolicyVersions", PolicyArn=ARN, **parameters)["Versions"]]


def test_a_policy_is_made_and_read_with_its_description_and_tags() -> None:
    box = Direct()
    tags = [{"Key": "team", "Value": "red"}]
    made = box.call(
        "CreatePolicy", PolicyName="p", Path="/eu/", PolicyDocument=DOCUMENT, Description="lists users", Tags=tags
    )["Policy"]
    assert made["PolicyId"].startswith("ANPA")
    assert made == {
        "PolicyName": "p",
        "PolicyId": made["PolicyId"],
        "Arn": ARN,
        "Path": "/eu/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": START,
        "UpdateDate": START,
        "Tags": tags,
    }
    assert box.call("GetPolicy", PolicyArn=ARN)["Policy"] == {**made, "Description": "lists users"}
    version = box.call("GetPolicyVersion", PolicyArn=ARN, VersionId="v1")["PolicyVersion"]
    assert (version["IsDefaultVersion"], version["CreateDate"]) == (True, START)
    assert version["Document"].startswith("%7B") and unquote(version["Document"]) == DOCUMENT


def test_names_of_policies_are_unique_without_regard_to_case_and_path(box: Direct) -> None:
    expected = ("EntityAlreadyExists", 409, "A policy called P already exists. Duplicate names are not allowed.")
    assert refusal(box, "CreatePolicy", PolicyName="P", PolicyDocument=DOCUMENT) == expected
    box.call("CreatePolicy", PolicyName="AdministratorAccess", PolicyDocument=DOCUMENT)


def test_an_invalid_document_is_refused(box: Direct) -> None:
    document = DOCUMENT.replace('"Resource"', '"Resources"')
    expected = ("MalformedPolicyDocument", 400, "Policy statement must contain resources.")
    assert refusal(box, "CreatePolicy", PolicyName="q", PolicyDocument=document) == expected
    assert refusal(box, "CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=document) == expected


def test_an_account_has_1500_policies_of_its_own(box: Direct) -> None:
    policy = box.account.policies[ARN]
    for i in range(1499):
        arn = f"arn:aws:iam::{NUMBER}:policy/p{i}"
        box.account.policies[arn] = replace(policy, arn=arn, name=f"p{i}")
    expected = ("LimitExceeded", 409, "Cannot exceed quota for PoliciesPerAccount: 1500")
    assert refusal(box, "CreatePolicy", PolicyName="more", PolicyDocument=DOCUMENT) == expected


def test_a_policy_is_deleted_once_nothing_uses_it_and_one_version_is_left(box: Direct) -> None:
    box.user("alice")
    box.call("AttachUserPolicy", UserName="alice", PolicyArn=ARN)
    attached = ("DeleteConflict", 409, "Cannot delete a policy attached to entities.")
    assert refusal(box, "DeletePolicy", PolicyArn=ARN) == attached
    box.call("DetachUserPolicy", UserName="alice", PolicyArn=ARN)
    box.call("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=ARN)
    assert refusal(box, "DeletePolicy", PolicyArn=ARN) == attached
    box.call("DeleteUserPermissionsBoundary", UserName="alice")
    box.call("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=OTHER)
    assert refusal(box, "DeletePolicy", PolicyArn=ARN) == (
        "DeleteConflict",
        409,
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
        "The default version is deleted with the policy.",
    )
    box.call("DeletePolicyVersion", PolicyArn=ARN, VersionId="v2")
    box.call("DeletePolicy", PolicyArn=ARN)
    assert refusal(box, "GetPolicy", PolicyArn=ARN) == ("NoSuchEntity", 404, f"Policy {ARN} was not found.")


def test_a_new_version_counts_only_once_it_is_the_default(box: Direct) -> None:
    box.user("alice", attached=(ARN,))
    made = box.call("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=OTHER)["PolicyVersion"]
    assert made == {"VersionId": "v2", "IsDefaultVersion": False, "CreateDate": START}
    assert box.call("ListUsers", by="alice")["Users"]
    assert refusal(box, "ListGroups", by="alice")[0] == "AccessDenied"
    box.call("SetDefaultPolicyVersion", PolicyArn=ARN, VersionId="v2")
    assert box.call("ListGroups", by="alice")["Groups"] == []
    assert refusal(box, "ListUsers", by="alice")[0] == "AccessDenied"
    made = box.call("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=DOCUMENT, SetAsDefault=True)["PolicyVersion"]
    assert (made["VersionId"], made["IsDefaultVersion"]) == ("v3", True)
    assert box.call("ListUsers", by="alice")["Users"]


def test_a_policy_was_updated_when_its_latest_version_was_made(box: Direct) -> None:
    earlier = START - timedelta(days=2)
    box.account.policies[ARN] = replace(box.account.policies[ARN], created=earlier, updated=earlier)
    box.call("SetDefaultPolicyVersion", PolicyArn=ARN, VersionId="v1")
    assert box.call("GetPolicy", PolicyArn=ARN)["Policy"]["UpdateDate"] == earlier
    box.call("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=OTHER)
    policy = box.call("GetPolicy", PolicyArn=ARN)["Policy"]
    assert (policy["CreateDate"], policy["UpdateDate"], policy["DefaultVersionId"]) == (earlier, START, "v1")


def test_a_policy_has_five_versions_and_numbers_never_come_back(box: Direct) -> None:
    for _ in range(4):
        box.call("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=OTHER)
    assert refusal(box, "CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=OTHER) == (
        "LimitExceeded",
        409,
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
        "version.",
    )
    box.call("DeletePolicyVersion", PolicyArn=ARN, VersionId="v5")
    box.call("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=OTHER)
    assert versions(box) == ["v6", "v4", "v3", "v2", "v1"]


def test_versions_come_in_pages_the_newest_first(box: Direct) -> None:
    policy = box.account.policies[ARN]
    numbered = tuple(PolicyVersion(f"v{i}", DOCUMENT, START) for i in (9, 10, 11))
    box.account.policies[ARN] = replace(policy, versions=numbered, default="v9", newest=11)
    page = box.call("ListPolicyVersions", PolicyArn=ARN, MaxItems=2)
    assert [each["VersionId"] for each in page["Versions"]] == ["v11", "v10"] and page["IsTruncated"]
    assert versions(box, Marker=page["Marker"]) == ["v9"]


def test_the_default_version_cannot_be_deleted(box: Direct) -> None:
    expected = ("DeleteConflict", 409, "Cannot delete the default version of a policy.")
    assert refusal(box, "DeletePolicyVersion", PolicyArn=ARN, VersionId="v1") == expected


@pytest.mark.parametrize("operation", ["GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"])
def test_a_version_that_is_not_there_is_not_found(box: Direct, operation: str) -> None:
    expected = ("NoSuchEntity", 404, f"Policy {ARN} version v7 does not exist or is not attachable.")
    assert refusal(box, operation, PolicyArn=ARN, VersionId="v7") == expected


@pytest.mark.parametrize("operation", ON_ONE_POLICY)
def test_a_policy_that_is_not_there_is_not_found(box: Direct, operation: str) -> None:
    arn = f"arn:aws:iam::{NUMBER}:policy/p"
    expected = ("NoSuchEntity", 404, f"Policy {arn} was not found.")
    assert refusal(box, operation, **parameters_of(operation, arn)) == expected


@pytest.mark.parametrize("operation", ON_ONE_POLICY)
def test_what_is_no_arn_of_a_policy_here_is_refused(box: Direct, operation: str) -> None:
    for arn in ("AdministratorAccess-of-AWS", "arn:aws:iam:us-east-1:aws:policy/p", "arn:aws:s3::aws:policy/p"):
        expected = ("InvalidInput", 400, f"ARN {arn} is not valid.")
        assert refusal(box, operation, **parameters_of(operation, arn)) == expected
    expected = ("ValidationError", 400, "Invalid ARN partition")
    arn = ADMINISTRATOR.replace("aws:", "aws-us-gov:", 1)
    assert refusal(box, operation, **parameters_of(operation, arn)) == expected


@pytest.mark.parametrize("operation", CHANGING)
def test_nobody_changes_a_policy_of_awss(box: Direct, operation: str) -> None:
    before = box.account.policies[ADMINISTRATOR]
    assert refusal(box, operation, **parameters_of(operation, ADMINISTRATOR)) == (
        "AccessDenied",
        403,
        f"User: arn:aws:iam::{NUMBER}:user/administrator is not authorized to perform: iam:{operation} on resource: "
        f"policy {ADMINISTRATOR}",
    )
    assert box.account.policies[ADMINISTRATOR] is before


@pytest.mark.parametrize("operation", ON_ONE_POLICY)
def test_permission_is_asked_for_the_policy_with_its_path_and_tags(box: Direct, operation: str) -> None:
    box.call("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=OTHER)
    box.call("TagPolicy", PolicyArn=ARN, Tags=[{"Key": "team", "Value": "red"}])
    if operation == "DeletePolicy":
        box.call("DeletePolicyVersion", PolicyArn=ARN, VersionId="v2")
    red = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    box.user("fits", allow(f"iam:{operation}", ARN, **red))
    box.user("fails", allow(f"iam:{operation}", ARN.replace("/eu/", "/"), **red))
    parameters = parameters_of(operation)
    assert refusal(box, operation, by="fails", **parameters)[0] == "AccessDenied"
    box.call(operation, by="fits", **parameters)


def test_permission_to_make_a_policy_is_asked_for_its_path_and_tags() -> None:
    box = Direct()
    create = allow("iam:CreatePolicy", ARN, StringEquals={"aws:RequestTag/team": "red"})
    box.user("alice", create, allow("iam:TagPolicy", ARN))
    new = {"by": "alice", "PolicyName": "p", "PolicyDocument": DOCUMENT}
    red = [{"Key": "team", "Value": "red"}]
    assert refusal(box, "CreatePolicy", **new, Path="/us/", Tags=red)[0] == "AccessDenied"
    assert refusal(box, "CreatePolicy", **new, Path="/eu/")[0] == "AccessDenied"
    box.call("CreatePolicy", **new, Path="/eu/", Tags=red)


def test_permission_to_tag_is_asked_for_the_tags_that_are_named(box: Direct) -> None:
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": "team"}, "Null": {"aws:TagKeys": "false"}}
    box.user("alice", allow("iam:*agPolicy", ARN, **only))
    for key, allowed in (("team", True), ("owner", False)):
        for call in ({"Tags": [{"Key": key, "Value": "x"}]}, {"TagKeys": [key]}):
            operation = "TagPolicy" if "Tags" in call else "UntagPolicy"
            if allowed:
                box.call(operation, by="alice", PolicyArn=ARN, **call)
            else:
                assert refusal(box, operation, by="alice", PolicyArn=ARN, **call)[0] == "AccessDenied"


def test_tags_are_added_changed_listed_in_pages_and_removed(box: Direct) -> None:
    box.call("TagPolicy", PolicyArn=ARN, Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "1"}])
    box.call("TagPolicy", PolicyArn=ARN, Tags=[{"Key": "b", "Value": "2"}])
    page = box.call("ListPolicyTags", PolicyArn=ARN, MaxItems=1)
    assert page["Tags"] == [{"Key": "a", "Value": "1"}] and page["IsTruncated"]
    assert box.call("ListPolicyTags", PolicyArn=ARN, Marker=page["Marker"])["Tags"] == [{"Key": "b", "Value": "2"}]
    box.call("UntagPolicy", PolicyArn=ARN, TagKeys=["b", "missing"])
    assert box.call("GetPolicy", PolicyArn=ARN)["Policy"]["Tags"] == [{"Key": "a", "Value": "1"}]


# Lists ---------------------------------------------------------------------------------------------------------------


def names(box: Direct, **parameters: Any) -> set[str]:
    found = box.call("ListPolicies", **parameters)
    assert not found["IsTruncated"]
    assert not any({"Description", "Tags"} & set(each) for each in found["Policies"])
    return {each["PolicyName"] for each in found["Policies"]}


def test_policies_are_listed_by_scope_path_and_use(box: Direct) -> None:
    for name in ("attached", "bounding", "both"):
        box.call("CreatePolicy", PolicyName=name, PolicyDocument=DOCUMENT)
    arns = {name: f"arn:aws:iam::{NUMBER}:policy/{name}" for name in ("attached", "bounding", "both")}
    box.call("CreateGroup", GroupName="developers")
    box.call("AttachGroupPolicy", GroupName="developers", PolicyArn=arns["attached"])
    for user, arn in (("alice", arns["bounding"]), ("bob", arns["both"])):
        box.user(user)
        box.call("PutUserPermissionsBoundary", UserName=user, PermissionsBoundary=arn)
    box.call("AttachUserPolicy", UserName="bob", PolicyArn=arns["both"])
    own = {"p", "attached", "bounding", "both"}
    awss = names(box, Scope="AWS")
    assert "AdministratorAccess" in awss and not awss & own
    assert names(box, Scope="Local") == own
    assert names(box) == names(box, Scope="All", OnlyAttached=False) == own | awss
    assert names(box, PathPrefix="/eu/") == {"p"}
    assert names(box, Scope="AWS", PathPrefix="/job-function/") == {"ViewOnlyAccess"}
    assert names(box, OnlyAttached=True) == {"AdministratorAccess", "attached", "both"}
    assert names(box, Scope="Local", PolicyUsageFilter="PermissionsPolicy") == {"attached", "both"}
    assert names(box, PolicyUsageFilter="PermissionsBoundary") == {"bounding", "both"}
    assert names(box, PolicyUsageFilter="PermissionsBoundary", OnlyAttached=True) == {"bounding", "both"}
    both = box.call("GetPolicy", PolicyArn=arns["both"])["Policy"]
    assert (both["AttachmentCount"], both["PermissionsBoundaryUsageCount"]) == (1, 1)


def test_policies_come_in_pages(box: Direct) -> None:
    seen: list[str] = []
    marker: dict[str, str] = {}
    while True:
        page = box.call("ListPolicies", MaxItems=3, **marker)
        seen += [each["PolicyName"] for each in page["Policies"]]
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert seen == sorted(seen) and set(seen) == names(box)


def entities(box: Direct, **parameters: Any) -> dict[str, list[str]]:
    found = box.call("ListEntitiesForPolicy", PolicyArn=ARN, **parameters)
    return {kind: [each[f"{kind}Name"] for each in found[f"Policy{kind}s"]] for kind in ("User", "Group", "Role")}


@pytest.fixture
def used(box: Direct) -> Direct:
    """A policy that a user, a group and a role have, and that bounds another user and another role."""
    box.user("alice", attached=(ARN,))
    bob = box.user("bob", path="/eu/")
    box.account.users["bob"] = replace(bob, boundary=ARN)
    box.call("CreateGroup", GroupName="developers")
    box.call("AttachGroupPolicy", GroupName="developers", PolicyArn=ARN)
    for name, attached, boundary in (("admin", (ARN,), None), ("bounded", (), ARN), ("both", (ARN,), ARN)):
        arn = f"arn:aws:iam::{NUMBER}:role/{name}"
        box.account.roles[name] = Role(name, "/", f"AROA{name}", arn, START, "{}", attached=attached, boundary=boundary)
    return box


def test_the_users_groups_and_roles_of_a_policy_are_listed(used: Direct) -> None:
    everyone = {"User": ["alice", "bob"], "Group": ["developers"], "Role": ["admin", "both", "bounded"]}
    assert entities(used) == everyone
    nobody: dict[str, list[str]] = {"User": [], "Group": [], "Role": []}
    for kind in everyone:
        assert entities(used, EntityFilter=kind) == {**nobody, kind: everyone[kind]}
    for kind in ("LocalManagedPolicy", "AWSManagedPolicy"):
        assert entities(used, EntityFilter=kind) == nobody
    attached = {"User": ["alice"], "Group": ["developers"], "Role": ["admin", "both"]}
    assert entities(used, PolicyUsageFilter="PermissionsPolicy") == attached
    assert entities(used, PolicyUsageFilter="PermissionsBoundary") == {
        "User": ["bob"],
        "Group": [],
        "Role": ["both", "bounded"],
    }
    assert entities(used, PathPrefix="/eu/") == {**nobody, "User": ["bob"]}
    found = used.call("ListEntitiesForPolicy", PolicyArn=ARN, EntityFilter="Role")["PolicyRoles"]
    assert found[0] == {"RoleName": "admin", "RoleId": "AROAadmin"}


def test_entities_come_in_pages_that_lose_and_repeat_nobody(used: Direct) -> None:
    seen: list[str] = []
    marker: dict[str, str] = {}
    for size in (2, 2, 2):
        page = used.call("ListEntitiesForPolicy", PolicyArn=ARN, MaxItems=2, **marker)
        members = [*page["PolicyUsers"], *page["PolicyGroups"], *page["PolicyRoles"]]
        assert len(members) == size
        seen += [next(iter(each.values())) for each in members]
        marker = {"Marker": page.get("Marker", "")}
    assert not page["IsTruncated"]
    assert sorted(seen) == ["admin", "alice", "bob", "both", "bounded", "developers"]


def test_readers_see_a_policy_once_it_has_spread(box: Direct) -> None:
    box.state.lag.seconds = 10
    box.call("CreatePolicy", PolicyName="late", PolicyDocument=DOCUMENT)
    late = f"arn:aws:iam::{NUMBER}:policy/late"
    assert refusal(box, "GetPolicy", PolicyArn=late)[0] == "NoSuchEntity"
    assert "late" not in names(box, Scope="Local")
    assert refusal(box, "CreatePolicy", PolicyName="late", PolicyDocument=DOCUMENT)[0] == "EntityAlreadyExists"
    box.state.clock.advance(11)
    assert box.call("GetPolicy", PolicyArn=late)["Policy"]["PolicyName"] == "late"
