"""AWS's own managed policies in the sandbox."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from tests.unit.sandbox.direct import ADMINISTRATOR, NUMBER, START, Direct

from iamfa.policy.policy import Policy
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authorise import decide
from iamfa.sandbox.awss import awss_policies
from iamfa.sandbox.caller import Transport
from iamfa.sandbox.policy_documents import managed_document
from iamfa.sandbox.work import Work

PAGES = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/"
LARGER = {"ViewOnlyAccess", "SecurityAudit"}
"""AWS's own policies may be larger than a customer's."""
ROWS: list[dict[str, Any]] = json.loads(
    resources.files("iamfa.sandbox").joinpath("awss_policies.json").read_text(encoding="utf-8")
)["policies"]


def test_what_people_attach_in_small_accounts_is_there() -> None:
    assert {row["path"] + row["name"] for row in ROWS} == {
        "/AdministratorAccess",
        "/PowerUserAccess",
        "/IAMFullAccess",
        "/IAMReadOnlyAccess",
        "/IAMUserChangePassword",
        "/IAMUserSSHKeys",
        "/IAMSelfManageServiceSpecificCredentials",
        "/SignInLocalDevelopmentAccess",
        "/AmazonS3FullAccess",
        "/AmazonS3ReadOnlyAccess",
        "/AmazonEC2FullAccess",
        "/AmazonEC2ReadOnlyAccess",
        "/AWSBillingReadOnlyAccess",
        "/AWSCodeCommitPowerUser",
        "/AWSCloudShellFullAccess",
        "/AWSCompromisedKeyQuarantineV3",
        "/AWSDenyAll",
        "/AmazonSSMManagedInstanceCore",
        "/SecurityAudit",
        "/job-function/ViewOnlyAccess",
        "/service-role/AWSLambdaBasicExecutionRole",
    }


def test_each_names_the_page_that_it_comes_from() -> None:
    assert all(row["source"] == f"{PAGES}{row['name']}.html" for row in ROWS)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_each_is_a_valid_policy_of_its_partition(partition: str) -> None:
    for policy in awss_policies(partition):
        assert policy.is_awss and policy.arn.startswith(f"arn:{partition}:iam::aws:policy/")
        assert Policy.parse(policy.text).statements
        assert policy.name in LARGER or managed_document(policy.text, partition) == policy.text
        assert partition == "aws" or "arn:aws:" not in policy.text


def test_no_two_have_the_same_identifier_and_each_has_the_form_of_one() -> None:
    identifiers = [policy.id for policy in awss_policies("aws")]
    assert len(set(identifiers)) == len(identifiers)
    assert all(len(each) == 21 and each.startswith("ANPA") and each.isalnum() for each in identifiers)


def may(box: Direct, name: str, action: str, resource: str) -> bool:
    work = Work(box.state, box.caller(name), Transport(), START)
    return decide(work, action, resource, {})[0].allowed


def test_a_user_with_a_path_changes_his_password_and_nobody_elses() -> None:
    """AWS's version 5 names paths; version 2, which many copies still show, did not."""
    box = Direct()
    change = "arn:aws:iam::aws:policy/IAMUserChangePassword"
    for name, path in (("alice", "/"), ("bob", "/eu/")):
        user = box.user(name, path=path, attached=(change,))
        assert may(box, name, "iam:ChangePassword", user.arn)
        assert not may(box, name, "iam:ChangePassword", f"arn:aws:iam::{NUMBER}:user/administrator")


def test_a_power_user_does_everything_but_manage_users() -> None:
    box = Direct()
    box.user("alice", attached=("arn:aws:iam::aws:policy/PowerUserAccess",))
    assert may(box, "alice", "s3:CreateBucket", "arn:aws:s3:::bucket") and may(box, "alice", "iam:ListRoles", "*")
    with pytest.raises(ApiError, match="is not authorized to perform: iam:ListUsers"):
        box.call("ListUsers", by="alice")


def test_a_leaked_key_under_awss_quarantine_gets_no_sessions_and_makes_no_users() -> None:
    box = Direct()
    quarantine = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
    box.user("leaked", attached=(ADMINISTRATOR, quarantine))
    for action in ("sts:GetSessionToken", "iam:CreateUser", "iam:DetachUserPolicy", "kms:CreateGrant"):
        assert not may(box, "leaked", action, "*")
    assert may(box, "leaked", "iam:ListGroups", "*")


def test_an_auditor_reads_what_an_audit_reads_and_writes_nothing() -> None:
    box = Direct()
    box.user("auditor", attached=("arn:aws:iam::aws:policy/SecurityAudit",))
    for action in ("iam:GetAccountAuthorizationDetails", "iam:GenerateCredentialReport", "iam:ListMFADevices"):
        assert may(box, "auditor", action, "*")
    assert not may(box, "auditor", "iam:DeactivateMFADevice", "*")


def test_in_china_the_policies_have_its_arns() -> None:
    box = Direct(partition="aws-cn")
    arn = ADMINISTRATOR.replace("aws:", "aws-cn:", 1)
    assert box.call("GetPolicy", PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert box.call("CreateGroup", GroupName="g")["Group"]["Arn"] == f"arn:aws-cn:iam::{NUMBER}:group/g"
    document = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b"}}'
    )
    with pytest.raises(ApiError, match='Partition "aws" is not valid for resource "arn:aws:s3:::b"'):
        box.call("PutUserPolicy", UserName="administrator", PolicyName="p", PolicyDocument=document)
