"""Service control policies and resource control policies: kept as AWS keeps them, and in force."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.unit.sandbox.organization_box import DENY_WITHOUT_MFA, NUMBER, OrganizationBox, document

from iamfa.account.entities import ROOT_USER
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.caller import caller_with_key
from iamfa.sandbox.live import Session

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
RCP = "RESOURCE_CONTROL_POLICY"
SCP = "SERVICE_CONTROL_POLICY"
STS_FROM_OUTSIDE = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sts:AssumeRole",
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalAccount": NUMBER}},
}


@pytest.fixture
def box() -> OrganizationBox:
    return OrganizationBox()


def refusal(box: OrganizationBox, operation: str, **parameters: object) -> tuple[str, str]:
    with pytest.raises(ApiError) as caught:
        box.ask(operation, **parameters)
    assert caught.value.status == 400
    return caught.value.code, caught.value.fields.get("Reason", "")


def attached(box: OrganizationBox, target: str, kind: str = SCP) -> list[str]:
    found = box.ask("ListPoliciesForTarget", TargetId=target, Filter=kind)["Policies"]
    return [each["Id"] for each in found]


@pytest.mark.parametrize("where", ["root", "unit", "account"])
def test_a_policy_that_denies_without_mfa_stops_a_members_user(box: OrganizationBox, where: str) -> None:
    number, unit = box.member(), box.unit()
    box.ask("MoveAccount", AccountId=number, SourceParentId=box.root, DestinationParentId=unit)
    caller = box.caller_in(number)
    assert box.call("ListUsers", by=caller)["Users"]
    box.ask(
        "AttachPolicy",
        PolicyId=box.policy(document(DENY_WITHOUT_MFA)),
        TargetId={"root": box.root, "unit": unit, "account": number}[where],
    )
    with pytest.raises(ApiError, match="with an explicit deny in a service control policy"):
        box.call("ListUsers", by=caller)
    assert box.call("ListUsers")["Users"], "the management account is free of it"


def test_the_root_user_of_a_member_is_stopped_too(box: OrganizationBox) -> None:
    number = box.member()
    box.ask("AttachPolicy", PolicyId=box.policy(document(DENY_WITHOUT_MFA)), TargetId=number)
    account = box.state.accounts[number]
    box.caller_in(number, "alice")
    key = next(iter(account.access_keys.values()))
    root = caller_with_key(box.state, account, replace(key, user=ROOT_USER))
    with pytest.raises(ApiError, match="service control policy"):
        box.call("ListUsers", by=root)


def test_what_no_policy_of_a_level_allows_is_refused(box: OrganizationBox) -> None:
    number = box.member()
    only_s3 = box.policy(document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))
    box.ask("AttachPolicy", PolicyId=only_s3, TargetId=number)
    box.ask("DetachPolicy", PolicyId="p-FullAWSAccess", TargetId=number)
    with pytest.raises(ApiError, match="because no service control policy allows the iam:ListUsers action"):
        box.call("ListUsers", by=box.caller_in(number))


def test_disabling_the_kind_lifts_it_and_detaches_everything(box: OrganizationBox) -> None:
    number = box.member()
    policy = box.policy(document(DENY_WITHOUT_MFA))
    box.ask("AttachPolicy", PolicyId=policy, TargetId=number)
    found = box.ask("DisablePolicyType", RootId=box.root, PolicyType=SCP)
    assert found["Root"]["PolicyTypes"] == []
    assert box.call("ListUsers", by=box.caller_in(number))["Users"]
    assert refusal(box, "DisablePolicyType", RootId=box.root, PolicyType=SCP)[0] == "PolicyTypeNotEnabledException"
    assert refusal(box, "AttachPolicy", PolicyId=policy, TargetId=number)[0] == "PolicyTypeNotEnabledException"
    box.ask("EnablePolicyType", RootId=box.root, PolicyType=SCP)
    assert attached(box, number) == ["p-FullAWSAccess"]
    assert refusal(box, "EnablePolicyType", RootId=box.root, PolicyType=SCP)[0] == "PolicyTypeAlreadyEnabledException"
    assert refusal(box, "EnablePolicyType", RootId="r-0000", PolicyType=RCP)[0] == "RootNotFoundException"


def assume(box: OrganizationBox, number: str) -> Session:
    """A session of the role by which the management account reaches a member."""
    arn = f"arn:aws:iam::{number}:role/OrganizationAccountAccessRole"
    found = box.call("AssumeRole", service="sts", RoleArn=arn, RoleSessionName="visit")
    return box.state.sessions[found["Credentials"]["AccessKeyId"]]


def test_a_member_is_reached_by_its_role_until_a_policy_stops_it(box: OrganizationBox) -> None:
    number = box.member()
    session = assume(box, number)
    assert box.call("ListUsers", by=session)["Users"] == []
    box.ask("AttachPolicy", PolicyId=box.policy(document(DENY_WITHOUT_MFA)), TargetId=number)
    with pytest.raises(ApiError, match="with an explicit deny in a service control policy"):
        box.call("ListUsers", by=session)


def test_a_resource_control_policy_stops_assuming_a_role_from_another_account(box: OrganizationBox) -> None:
    number = box.member()
    box.ask("EnablePolicyType", RootId=box.root, PolicyType=RCP)
    assert attached(box, number, RCP) == ["p-RCPFullAWSAccess"]
    assert assume(box, number)
    box.ask("AttachPolicy", PolicyId=box.policy(document(STS_FROM_OUTSIDE), kind=RCP), TargetId=number)
    with pytest.raises(ApiError, match="with an explicit deny in a resource control policy"):
        assume(box, number)


def test_a_new_member_has_everything_permitted_from_the_beginning(box: OrganizationBox) -> None:
    box.ask("EnablePolicyType", RootId=box.root, PolicyType=RCP)
    number, unit = box.member(), box.unit()
    for target in (number, unit):
        assert attached(box, target) == ["p-FullAWSAccess"]
        assert attached(box, target, RCP) == ["p-RCPFullAWSAccess"]


def test_policies_are_made_changed_and_deleted(box: OrganizationBox) -> None:
    text = document(DENY_WITHOUT_MFA)
    policy = box.policy(text)
    found = box.ask("DescribePolicy", PolicyId=policy)["Policy"]
    assert found["Content"] == text
    organization = box.state.organization
    assert organization is not None
    arn = f"arn:aws:organizations::{NUMBER}:policy/{organization.id}/service_control_policy/{policy}"
    assert found["PolicySummary"]["Arn"] == arn
    assert refusal(box, "CreatePolicy", Content=text, Description="", Name="guard", Type=SCP)[0] == (
        "DuplicatePolicyException"
    )
    changed = box.ask("UpdatePolicy", PolicyId=policy, Name="gate", Description="x", Content=document(ALLOW))["Policy"]
    assert (changed["PolicySummary"]["Name"], changed["Content"]) == ("gate", document(ALLOW))
    box.ask("UpdatePolicy", PolicyId=policy, Name="gate")
    names = [each["Name"] for each in box.ask("ListPolicies", Filter=SCP)["Policies"]]
    assert sorted(names) == ["FullAWSAccess", "gate"]
    box.ask("AttachPolicy", PolicyId=policy, TargetId=box.root)
    assert refusal(box, "DeletePolicy", PolicyId=policy)[0] == "PolicyInUseException"
    box.ask("DetachPolicy", PolicyId=policy, TargetId=box.root)
    box.ask("DeletePolicy", PolicyId=policy)
    assert refusal(box, "DescribePolicy", PolicyId=policy)[0] == "PolicyNotFoundException"


def test_awss_own_policies_cannot_be_changed(box: OrganizationBox) -> None:
    found = box.ask("DescribePolicy", PolicyId="p-FullAWSAccess")["Policy"]
    assert found["PolicySummary"]["Arn"] == "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
    assert json.loads(found["Content"])["Statement"] == [ALLOW]
    assert json.loads(box.ask("DescribePolicy", PolicyId="p-RCPFullAWSAccess")["Policy"]["Content"])["Statement"] == [
        {**ALLOW, "Principal": "*"}
    ]
    for operation in ("UpdatePolicy", "DeletePolicy"):
        assert refusal(box, operation, PolicyId="p-FullAWSAccess") == ("InvalidInputException", "IMMUTABLE_POLICY")


def test_a_target_keeps_at_least_one_service_control_policy(box: OrganizationBox) -> None:
    found = refusal(box, "DetachPolicy", PolicyId="p-FullAWSAccess", TargetId=box.root)
    assert found == ("ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    policy = box.policy(document(ALLOW))
    assert refusal(box, "DetachPolicy", PolicyId=policy, TargetId=box.root)[0] == "PolicyNotAttachedException"
    box.ask("AttachPolicy", PolicyId=policy, TargetId=box.root)
    assert refusal(box, "AttachPolicy", PolicyId=policy, TargetId=box.root)[0] == "DuplicatePolicyAttachmentException"
    box.ask("DetachPolicy", PolicyId="p-FullAWSAccess", TargetId=box.root)
    assert attached(box, box.root) == [policy]


def test_the_resource_control_policy_of_aws_stays_attached(box: OrganizationBox) -> None:
    box.ask("EnablePolicyType", RootId=box.root, PolicyType=RCP)
    box.ask("AttachPolicy", PolicyId=box.policy(document(STS_FROM_OUTSIDE), kind=RCP), TargetId=box.root)
    found = refusal(box, "DetachPolicy", PolicyId="p-RCPFullAWSAccess", TargetId=box.root)
    assert found == ("ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")


def test_ten_service_control_policies_fit_on_a_target(box: OrganizationBox) -> None:
    for n in range(9):
        box.ask("AttachPolicy", PolicyId=box.policy(document(ALLOW), name=f"p{n}"), TargetId=box.root)
    found = refusal(box, "AttachPolicy", PolicyId=box.policy(document(ALLOW), name="p10"), TargetId=box.root)
    assert found == ("ConstraintViolationException", "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")


def test_targets_of_a_policy_are_told_by_kind(box: OrganizationBox) -> None:
    number, unit = box.member(), box.unit()
    found = box.ask("ListTargetsForPolicy", PolicyId="p-FullAWSAccess")["Targets"]
    kinds = {each["TargetId"]: (each["Type"], each["Name"]) for each in found}
    assert kinds == {
        NUMBER: ("ACCOUNT", "management"),
        number: ("ACCOUNT", "member"),
        unit: ("ORGANIZATIONAL_UNIT", "people"),
        box.root: ("ROOT", "Root"),
    }
    assert refusal(box, "ListPoliciesForTarget", TargetId="000000000000", Filter=SCP)[0] == "TargetNotFoundException"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SCP, "{"),
        (SCP, "[]"),
        (SCP, document({**ALLOW, "Principal": "*"})),
        (SCP, '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},}'),
        (RCP, document({**ALLOW, "Principal": "*"})),
        (RCP, document({**STS_FROM_OUTSIDE, "Principal": {"AWS": NUMBER}})),
        (RCP, document({**STS_FROM_OUTSIDE, "Action": "*"})),
        (RCP, document({"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"})),
    ],
)
def test_a_document_that_is_no_such_policy_is_refused(box: OrganizationBox, kind: str, text: str) -> None:
    found = refusal(box, "CreatePolicy", Content=text, Description="", Name="bad", Type=kind)
    assert found[0] == "MalformedPolicyDocumentException"


@pytest.mark.parametrize(("kind", "most"), [(SCP, 10_240), (RCP, 5_120)])
def test_white_space_counts_for_the_size(box: OrganizationBox, kind: str, most: int) -> None:
    text = document(ALLOW if kind == SCP else STS_FROM_OUTSIDE)
    box.policy(text + " " * (most - len(text)), kind=kind)
    longer = text + " " * (most - len(text) + 1)
    found = refusal(box, "CreatePolicy", Content=longer, Description="", Name="longer", Type=kind)
    assert found == ("ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED")


def test_the_number_of_policies_is_limited(box: OrganizationBox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamfa.sandbox.organization_policies._MOST_POLICIES", {SCP: 1})
    found = refusal(box, "CreatePolicy", Content=document(ALLOW), Description="", Name="one", Type=SCP)
    assert found == ("ConstraintViolationException", "POLICY_NUMBER_LIMIT_EXCEEDED")


def test_kinds_of_policy_that_decide_nothing_are_not_there(box: OrganizationBox) -> None:
    with pytest.raises(ApiError) as caught:
        box.ask("ListPolicies", Filter="TAG_POLICY")
    assert caught.value.status == 501


def test_the_kind_of_policy_counts_for_permission(box: OrganizationBox) -> None:
    only = {"StringEquals": {"organizations:PolicyType": RCP}}
    statement = {"Effect": "Allow", "Action": "organizations:*", "Resource": "*", "Condition": only}
    box.user("keeper", {"Version": "2012-10-17", "Statement": [statement]})
    assert box.ask("ListPolicies", by="keeper", Filter=RCP)["Policies"]
    assert box.ask("DescribePolicy", by="keeper", PolicyId="p-RCPFullAWSAccess")
    for operation, parameters in (("ListPolicies", {"Filter": SCP}), ("DescribePolicy", {"PolicyId": "p-nonsense"})):
        with pytest.raises(ApiError, match="not authorized"):
            box.ask(operation, by="keeper", **parameters)
