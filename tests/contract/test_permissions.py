"""What policies permit: with and without MFA, by resource, by variable; and AWS's words when they do not.

AWS's pages: reference_policies_evaluation-logic, reference_policies_variables, troubleshoot_access-denied, the
Service Authorization Reference of IAM (which resource an action is asked on).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from tests.contract.context import PRESENT
from tests.contract.stage import Stage, attempt, refusal
from tests.contract.values import Person, Refusal, allow, deny, policy

READ_IAM = ["iam:Get*", "iam:List*"]
"""What an administrator stands for here: nobody in a live account is made one."""
WITHOUT_MFA = {PRESENT: "false"}
ACCESS_DENIED = ("AccessDenied", 403)


def code(found: Refusal | None) -> tuple[str, int] | None:
    return None if found is None else (found.code, found.status)


def test_a_deny_without_mfa_refuses_the_key_of_who_is_allowed_and_lets_his_mfa_session_pass(stage: Stage) -> None:
    user = stage.user(allow(READ_IAM), deny("*", BoolIfExists=WITHOUT_MFA))
    session = stage.session(user, stage.enable(user))
    found = refusal(stage.client("iam", user).list_users)
    assert code(found) == ACCESS_DENIED
    assert found.message.startswith(f"User: {user.arn} is not authorized to perform: iam:ListUsers on resource: ")
    assert " with an explicit deny in an identity-based policy" in found.message
    assert stage.client("iam", session).list_users(MaxItems=1)["Users"]


def test_an_allow_only_with_mfa_refuses_the_key(stage: Stage) -> None:
    user = stage.user(allow(READ_IAM, Bool={PRESENT: "true"}))
    session = stage.session(user, stage.enable(user))
    assert code(refusal(stage.client("iam", user).list_users)) == ACCESS_DENIED
    assert stage.client("iam", session).list_users(MaxItems=1)["Users"]


def test_a_deny_with_not_resource_spares_these_resources_only(stage: Stage) -> None:
    other = stage.user()
    name = stage.name("user")
    own = stage.arn("user", name)
    user = stage.user(
        allow("iam:GetUser"),
        {"Effect": "Deny", "Action": "iam:GetUser", "NotResource": own},
        name=name,
    )
    iam = stage.client("iam", user)
    assert iam.get_user(UserName=name)["User"]["Arn"] == own
    assert code(refusal(iam.get_user, UserName=other.name)) == ACCESS_DENIED


def test_a_deny_with_not_action_spares_these_actions_only(stage: Stage) -> None:
    spares = {"Effect": "Deny", "NotAction": ["iam:GetUser", "sts:*"], "Resource": "*"}
    user = stage.user(allow(["iam:GetUser", "iam:ListMFADevices"]), spares)
    iam = stage.client("iam", user)
    assert iam.get_user()["User"]["UserName"] == user.name
    assert code(refusal(iam.list_mfa_devices)) == ACCESS_DENIED


def test_the_variable_of_the_users_name_reaches_himself(stage: Stage) -> None:
    own = stage.arn("user", "${aws:username}")
    user, other = stage.user(allow("iam:GetUser", own)), stage.user()
    iam = stage.client("iam", user)
    assert iam.get_user()["User"]["Arn"] == user.arn
    assert iam.get_user(UserName=user.name)["User"]["Arn"] == user.arn
    assert code(refusal(iam.get_user, UserName=other.name)) == ACCESS_DENIED


def test_the_variable_of_the_users_name_does_not_reach_a_user_with_a_path(stage: Stage) -> None:
    with_path = ["user", "user/*"]
    plain, reaching = (stage.arn(kind, "${aws:username}") for kind in with_path)
    refused = stage.user(allow("iam:GetUser", plain), path="/division/")
    reached = stage.user(allow("iam:GetUser", [plain, reaching]), path="/division/")
    assert code(refusal(stage.client("iam", refused).get_user)) == ACCESS_DENIED
    assert stage.client("iam", reached).get_user()["User"]["Arn"] == reached.arn


@pytest.fixture
def by_name(stage: Stage) -> Person:
    """The outdated policy: a device is named as its user."""
    return stage.user(allow("iam:CreateVirtualMFADevice", stage.arn("mfa", "${aws:username}")))


def test_a_device_with_a_free_name_is_created_under_the_present_policy_only(stage: Stage, by_name: Person) -> None:
    present = stage.user(allow("iam:CreateVirtualMFADevice", stage.arn("mfa", "*")))
    free = stage.name("phone")
    found = refusal(stage.client("iam", by_name).create_virtual_mfa_device, VirtualMFADeviceName=free)
    assert code(found) == ACCESS_DENIED
    action, resource = "iam:CreateVirtualMFADevice", stage.arn("mfa", free)
    assert found.message.startswith(
        f"User: {by_name.arn} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )
    for person, name in ((by_name, by_name.name), (present, free), (present, stage.name("other"))):
        made = stage.client("iam", person).create_virtual_mfa_device(VirtualMFADeviceName=name)
        assert made["VirtualMFADevice"]["SerialNumber"] == stage.arn("mfa", name)


def test_enabling_is_asked_on_the_user_and_never_on_the_device(stage: Stage) -> None:
    on_device = stage.user(allow("iam:EnableMFADevice", stage.arn("mfa", "*")))
    on_user = stage.user(allow("iam:EnableMFADevice", stage.arn("user", "${aws:username}")))
    device = stage.device()
    parameters = {"UserName": on_device.name, "SerialNumber": device.serial, **stage.pair(device, on_device)}
    found = refusal(stage.client("iam", on_device).enable_mfa_device, **parameters)
    assert code(found) == ACCESS_DENIED and on_device.arn in found.message.partition("on resource: ")[2]
    stage.enable(on_user, device, by=stage.client("iam", on_user))


def test_permission_is_asked_before_anything_is_looked_up(stage: Stage) -> None:
    user = stage.user()
    iam = stage.client("iam", user)
    never = stage.arn("mfa", stage.name("never"))
    codes = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
    for found in (
        attempt(iam.enable_mfa_device, UserName=user.name, SerialNumber=never, **codes),
        attempt(iam.delete_virtual_mfa_device, SerialNumber=never),
        attempt(iam.get_user, UserName=stage.name("nobody")),
    ):
        assert code(found) == ACCESS_DENIED


def test_a_boundary_limits_what_is_allowed(stage: Stage) -> None:
    boundary = stage.iam.create_policy(
        PolicyName=stage.name("boundary"), PolicyDocument=json.dumps(policy(allow("iam:GetUser")))
    )["Policy"]["Arn"]
    user = stage.user(allow(["iam:GetUser", "iam:ListMFADevices"]))
    stage.iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=boundary)
    iam = stage.client("iam", user)
    assert iam.get_user()["User"]["UserName"] == user.name
    found = refusal(iam.list_mfa_devices)
    assert code(found) == ACCESS_DENIED
    assert "because no permissions boundary allows the iam:ListMFADevices action" in found.message
    stage.iam.delete_user_permissions_boundary(UserName=user.name)


def test_simulation_says_what_policies_say(stage: Stage) -> None:
    user = stage.user(allow("iam:GetUser"), deny("iam:DeleteUser", BoolIfExists=WITHOUT_MFA))
    actions = ["iam:GetUser", "iam:DeleteUser", "iam:ListUsers"]
    found = stage.iam.simulate_principal_policy(PolicySourceArn=user.arn, ActionNames=actions)
    decisions = {each["EvalActionName"]: each["EvalDecision"] for each in found["EvaluationResults"]}
    assert decisions == {"iam:GetUser": "allowed", "iam:DeleteUser": "explicitDeny", "iam:ListUsers": "implicitDeny"}


def test_simulation_of_a_document_takes_the_keys_that_it_is_given(stage: Stage) -> None:
    document = json.dumps(policy(allow("iam:GetUser", Bool={PRESENT: "true"})))

    def decided(*entries: Mapping[str, object]) -> dict[str, object]:
        [found] = stage.iam.simulate_custom_policy(
            PolicyInputList=[document], ActionNames=["iam:GetUser"], ContextEntries=list(entries)
        )["EvaluationResults"]
        return dict(found)

    absent = decided()
    assert (absent["EvalDecision"], absent["MissingContextValues"]) == ("implicitDeny", [PRESENT])
    for value, decision in (("true", "allowed"), ("false", "implicitDeny")):
        entry = {"ContextKeyName": PRESENT, "ContextKeyType": "boolean", "ContextKeyValues": [value]}
        assert decided(entry)["EvalDecision"] == decision
