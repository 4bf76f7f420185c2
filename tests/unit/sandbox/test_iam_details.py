"""The two operations that tell of a whole account at once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from tests.unit.sandbox.direct import NUMBER, START, Direct

from iamfa.account.entities import (
    ROOT_USER,
    Device,
    Group,
    InstanceProfile,
    ManagedPolicy,
    PolicyVersion,
    Role,
)
from iamfa.account.organization import Member, Organization
from iamfa.sandbox.api_error import ApiError

GRANT: dict[str, Any] = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
TEXT = json.dumps(GRANT)
ARN = f"arn:aws:iam::{NUMBER}"


KEYS = """
Users UsersQuota Groups GroupsQuota ServerCertificates ServerCertificatesQuota UserPolicySizeQuota GroupPolicySizeQuota
GroupsPerUserQuota SigningCertificatesPerUserQuota AccessKeysPerUserQuota MFADevices MFADevicesInUse AccountMFAEnabled
AccountAccessKeysPresent AccountPasswordPresent AccountSigningCertificatesPresent AttachedPoliciesPerGroupQuota
AttachedPoliciesPerRoleQuota AttachedPoliciesPerUserQuota Policies PoliciesQuota PolicySizeQuota PolicyVersionsInUse
PolicyVersionsInUseQuota VersionsPerPolicyQuota GlobalEndpointTokenVersion AssumeRolePolicySizeQuota InstanceProfiles
InstanceProfilesQuota Providers RolePolicySizeQuota Roles RolesQuota
"""
"""The valid keys of API_GetAccountSummary."""


@pytest.fixture
def box() -> Direct:
    """An account with one of everything, and an administrator."""
    box = Direct()
    account = box.account
    box.user("alice", GRANT)
    account.groups["team"] = Group(
        "team", "/", "AGPA1", f"{ARN}:group/team", START, {"p": TEXT}, (f"{ARN}:policy/own",)
    )
    account.roles["job"] = Role("job", "/", "AROA1", f"{ARN}:role/job", START, TEXT)
    account.instance_profiles["job"] = InstanceProfile(
        "job", "/", "AIPA1", f"{ARN}:instance-profile/job", START, ("job",)
    )
    versions = (PolicyVersion("v1", TEXT, START), PolicyVersion("v2", TEXT, START))
    account.policies[f"{ARN}:policy/own"] = ManagedPolicy(
        f"{ARN}:policy/own", "own", "/", "ANPA1", START, START, versions, "v2", 2
    )
    return box


def names(found: Any) -> list[str]:
    return [
        *(user["UserName"] for user in found["UserDetailList"]),
        *(group["GroupName"] for group in found["GroupDetailList"]),
        *(role["RoleName"] for role in found["RoleDetailList"]),
        *(policy["PolicyName"] for policy in found["Policies"]),
    ]


def test_everything_is_told_with_awss_policies_that_somebody_has(box: Direct) -> None:
    found = box.call("GetAccountAuthorizationDetails")
    assert names(found) == ["administrator", "alice", "team", "job", "AdministratorAccess", "own"]
    assert found["IsTruncated"] is False


def test_documents_are_url_encoded_and_come_back_letter_for_letter(box: Direct) -> None:
    found = box.call("GetAccountAuthorizationDetails")
    encoded = [
        found["UserDetailList"][1]["UserPolicyList"][0]["PolicyDocument"],
        found["GroupDetailList"][0]["GroupPolicyList"][0]["PolicyDocument"],
        found["RoleDetailList"][0]["AssumeRolePolicyDocument"],
        found["RoleDetailList"][0]["InstanceProfileList"][0]["Roles"][0]["AssumeRolePolicyDocument"],
        found["Policies"][1]["PolicyVersionList"][0]["Document"],
    ]
    for each in encoded:
        assert each.startswith("%7B%22Version%22%3A%20%22")
        assert unquote(each) == TEXT


def test_a_trust_policy_shows_the_present_name_of_whom_it_trusts(box: Direct) -> None:
    alice = box.account.users["alice"]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"{ARN}:user/before"}, "Action": "sts:AssumeRole"}
    job = replace(
        box.account.roles["job"],
        trust=json.dumps({"Version": "2012-10-17", "Statement": trust}),
        trusted=((f"{ARN}:user/before", alice.id),),
    )
    box.account.roles["job"] = job
    (role,) = box.call("GetAccountAuthorizationDetails", Filter=["Role"])["RoleDetailList"]
    nested = role["InstanceProfileList"][0]["Roles"][0]
    for document in (role["AssumeRolePolicyDocument"], nested["AssumeRolePolicyDocument"]):
        assert json.loads(unquote(document))["Statement"]["Principal"] == {"AWS": alice.arn}


def test_a_policy_says_to_how_many_it_is_attached_and_which_version_is_in_force(box: Direct) -> None:
    own = box.call("GetAccountAuthorizationDetails", Filter=["LocalManagedPolicy"])["Policies"][0]
    assert (own["AttachmentCount"], own["PermissionsBoundaryUsageCount"], own["DefaultVersionId"]) == (1, 0, "v2")
    assert [(version["VersionId"], version["IsDefaultVersion"]) for version in own["PolicyVersionList"]] == [
        ("v2", True),
        ("v1", False),
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["User"], ["administrator", "alice"]),
        (["Group", "Role"], ["team", "job"]),
        (["LocalManagedPolicy"], ["own"]),
        (["AWSManagedPolicy"], ["AdministratorAccess"]),
    ],
)
def test_a_filter_leaves_the_other_lists_empty(box: Direct, wanted: list[str], expected: list[str]) -> None:
    assert names(box.call("GetAccountAuthorizationDetails", Filter=wanted)) == expected


@pytest.mark.parametrize("size", [1, 2, 4, 5, 6])
def test_one_marker_leads_through_all_kinds(box: Direct, size: int) -> None:
    found: list[str] = []
    pages = 0
    marker: dict[str, Any] = {}
    while True:
        page = box.call("GetAccountAuthorizationDetails", MaxItems=size, **marker)
        assert len(names(page)) <= size
        found += names(page)
        pages += 1
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert found == ["administrator", "alice", "team", "job", "AdministratorAccess", "own"]
    assert pages == -(-6 // size)


def test_a_policy_that_is_only_a_boundary_is_told_too(box: Direct) -> None:
    full = "arn:aws:iam::aws:policy/IAMFullAccess"
    box.account.users["alice"] = replace(box.account.users["alice"], boundary=full)
    found = box.call("GetAccountAuthorizationDetails", Filter=["AWSManagedPolicy"])
    assert names(found) == ["AdministratorAccess", "IAMFullAccess"]
    assert found["Policies"][1]["PermissionsBoundaryUsageCount"] == 1


def test_a_marker_of_another_make_is_refused(box: Direct) -> None:
    with pytest.raises(ApiError, match="Invalid Marker"):
        box.call("GetAccountAuthorizationDetails", Marker="AAAA")


@pytest.mark.parametrize("operation", ["GetAccountAuthorizationDetails", "GetAccountSummary"])
def test_the_whole_account_takes_its_own_permission_on_everything(box: Direct, operation: str) -> None:
    grant = {"Effect": "Allow", "Action": f"iam:{operation}", "Resource": "*"}
    box.user("auditor", {"Version": "2012-10-17", "Statement": grant})
    box.user("other", {"Version": "2012-10-17", "Statement": {**grant, "Action": "iam:List*"}})
    assert box.call(operation, by="auditor")
    with pytest.raises(ApiError, match=f"not authorized to perform: iam:{operation} on resource: "):
        box.call(operation, by="other")


def test_the_summary_has_every_key_of_awss_page(box: Direct) -> None:
    assert set(box.call("GetAccountSummary")["SummaryMap"]) == set(KEYS.split())


def test_the_summary_counts_what_is_there(box: Direct) -> None:
    account = box.account
    account.devices["one"] = Device("one", "virtual")
    account.devices["two"] = Device("two", "virtual", "alice", START)
    found = box.call("GetAccountSummary")["SummaryMap"]
    counted = {
        "Users": 2, "Groups": 1, "Roles": 1, "InstanceProfiles": 1, "Policies": 1, "PolicyVersionsInUse": 3,
        "MFADevices": 2, "MFADevicesInUse": 1, "AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0,
        "AccountPasswordPresent": 1, "Providers": 0,
    }  # fmt: skip
    assert {key: found[key] for key in counted} == counted


def test_the_summary_tells_of_the_root_users_device_key_and_password(box: Direct) -> None:
    box.account.devices["three"] = Device("three", "hardware", ROOT_USER, START)
    box.key(ROOT_USER)
    member = Member(NUMBER, "name", "a@example.com", "r-1", START)
    box.state.organization = Organization("o-1", "999999999999", "r-1", {NUMBER: member})
    found = box.call("GetAccountSummary")["SummaryMap"]
    assert (found["AccountMFAEnabled"], found["MFADevicesInUse"]) == (1, 1)
    assert (found["AccountAccessKeysPresent"], found["AccountPasswordPresent"]) == (1, 0)
