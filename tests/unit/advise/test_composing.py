"""Each wish leaves its mark on the statements, and leaves the others alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from iamfa.advise.composing import Composed, exempt_actions, main_document
from iamfa.advise.lifting import guard_document
from iamfa.advise.wishes import Wishes, wishes_from
from iamfa.policy.document import Kind
from iamfa.policy.render import statement_as_json

OWN = ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"]
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
FORCING = "DenyAllExceptListedIfNoMFA"


def statements(**told: Any) -> dict[str, dict[str, Any]]:
    document = main_document(wishes_from(told))
    assert all(commented.comment.endswith(".") for commented in document.statements)
    found = {str(c.statement.sid): dict(statement_as_json(c.statement)) for c in document.statements}
    assert len(found) == len(document.statements)
    assert [c.statement.index for c in document.statements] == list(range(len(found)))
    return found


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def granted(**told: Any) -> set[str]:
    allows = [s for s in statements(**told).values() if s["Effect"] == "Allow"]
    return {action for s in allows for action in listed(s["Action"])}


def test_the_forcing_deny_exempts_what_comes_before_mfa_and_nothing_else() -> None:
    made = statements()[FORCING]
    assert made["Condition"] == NO_MFA
    assert made["Resource"] == "*"
    assert made["NotAction"] == [
        "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetMFADevice", "iam:GetUser", "iam:ListMFADevices",
        "iam:ResyncMFADevice", "sts:GetSessionToken",
    ]  # fmt: skip
    assert tuple(made["NotAction"]) == exempt_actions(Wishes())


@pytest.mark.parametrize(
    ("told", "gone", "come"),
    [
        ({"enrolment": "administrator"}, {"iam:CreateVirtualMFADevice", "iam:EnableMFADevice"}, set()),
        ({"devices": ["fido"]}, {"iam:CreateVirtualMFADevice", "iam:ResyncMFADevice", "sts:GetSessionToken"}, set()),
        ({"devices": ["hardware", "fido"]}, {"iam:CreateVirtualMFADevice"}, set()),
        ({"devices": ["hardware"], "attach": "scp"}, set(), set()),
        ({"command_line": "none"}, {"sts:GetSessionToken"}, set()),
        ({"listing": "no"}, {"iam:GetMFADevice", "iam:GetUser", "iam:ListMFADevices"}, set()),
        ({"listing": "virtual"}, set(), {"iam:ListVirtualMFADevices"}),
        ({"password": "without-mfa"}, set(), {"iam:ChangePassword", "iam:GetAccountPasswordPolicy"}),
        ({"deletion": "without-mfa"}, set(), {"iam:DeleteVirtualMFADevice"}),
        ({"keys": True, "login_profile": True}, set(), set()),
    ],
)
def test_the_list_of_what_needs_no_mfa_follows_the_wishes(told: dict[str, Any], gone: set[str], come: set[str]) -> None:
    usual = set(exempt_actions(Wishes()))
    assert set(exempt_actions(wishes_from(told))) == (usual - gone) | come


def test_where_nothing_is_exempt_everything_is_denied_without_mfa() -> None:
    told = {"enrolment": "administrator", "devices": ["fido"], "listing": "no", "command_line": "none"}
    made = statements(**told)
    assert FORCING not in made
    assert made["DenyAllIfNoMFA"]["Action"] == "*"
    assert "DenyOthersIfNoMFA" not in made


def test_what_is_granted_with_mfa_only_says_so_itself() -> None:
    made = statements(keys=True, login_profile=True)["ManageOwnWithMFA"]
    assert made["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    assert {"iam:DeactivateMFADevice", "iam:ChangePassword", "iam:CreateAccessKey"} <= set(made["Action"])
    assert made["Resource"] == OWN
    assert statements()["DeleteUnassignedDevices"]["Condition"] == made["Condition"]
    assert "Condition" not in statements(deletion="without-mfa")["DeleteUnassignedDevices"]


def test_grants_are_those_that_were_wished_for() -> None:
    usual = granted()
    assert granted(keys=True) - usual == {
        "iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:GetAccessKeyLastUsed", "iam:ListAccessKeys",
        "iam:UpdateAccessKey",
    }  # fmt: skip
    assert usual - granted(password="no") == {"iam:ChangePassword", "iam:GetAccountPasswordPolicy"}
    assert usual - granted(removal=False) == {"iam:DeactivateMFADevice"}
    assert usual - granted(deletion="no") == {"iam:DeleteVirtualMFADevice"}
    assert granted(command_line="both") - usual == {"signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"}
    assert "iam:ListUsers" not in granted(listing="virtual", keys=True, login_profile=True)
    assert granted(attach="scp") == set()


@pytest.mark.parametrize(("partition", "written"), [("aws-cn", "aws-cn"), ("aws-us-gov", "aws-us-gov"), ("any", "*")])
def test_every_arn_is_of_the_partition(partition: str, written: str) -> None:
    made = statements(partition=partition, exempt_path="/service/", command_line="both", first_enrolment="tag")
    arns = [
        value
        for s in made.values()
        for value in (*listed(s.get("Resource", s.get("NotResource"))), *_arns(s.get("Condition", {})))
        if value.startswith("arn:")
    ]
    assert arns
    assert {arn.split(":")[1] for arn in arns} == {written}


def _arns(condition: dict[str, Any]) -> list[str]:
    return [v for keys in condition.values() for values in keys.values() for v in listed(values)]


def test_users_with_a_path_are_named_unless_there_are_none() -> None:
    assert statements()["ManageOwn"]["Resource"] == OWN
    without = statements(paths=False)
    assert without["ManageOwn"]["Resource"] == OWN[0]
    assert without["DenyOthersIfNoMFA"]["NotResource"] == OWN


def test_a_kind_of_device_that_is_not_wanted_is_denied_where_aws_can_tell_it() -> None:
    assert statements(devices=["fido"])["DenyDevicesWithCodes"]["Condition"] == {
        "Null": {"iam:RegisterSecurityKey": "true"}
    }
    assert statements(devices=["virtual"])["DenySecurityKeys"]["Condition"] == {
        "Null": {"iam:RegisterSecurityKey": "false"}
    }
    assert not {"DenyDevicesWithCodes", "DenySecurityKeys"} & set(statements(devices=["hardware", "fido"]))


def test_a_tag_opens_the_first_enrolment_until_it_is_taken_away() -> None:
    made = statements(first_enrolment="tag")
    assert made["DenyFirstDeviceWithoutTag"]["Condition"] == {
        **NO_MFA, "StringNotEquals": {"aws:PrincipalTag/mfa-enrolment": "open"},
    }  # fmt: skip
    assert made["DenyFirstDeviceWithoutTag"]["Action"] == ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"]
    assert made["DenyOwnTags"] == {
        "Sid": "DenyOwnTags",
        "Effect": "Deny",
        "Action": ["iam:TagUser", "iam:UntagUser", "sts:TagSession"],
        "Resource": [*OWN, "arn:aws:sts::*:federated-user/*"],
        "Condition": {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": "mfa-enrolment"}},
    }


def test_a_tag_that_names_a_last_day_is_worth_nothing_after_it() -> None:
    made = statements(enrolment_days=(date(2026, 12, 31), date(2027, 1, 31)))
    assert made["DenyFirstDeviceWithoutTag"]["Condition"]["StringNotEquals"] == {
        "aws:PrincipalTag/mfa-enrolment": ["2026-12-31", "2027-01-31"]
    }
    assert made["DenyFirstDeviceAfter20261231"]["Condition"] == {
        **NO_MFA,
        "StringEquals": {"aws:PrincipalTag/mfa-enrolment": "2026-12-31"},
        "DateGreaterThanEquals": {"aws:CurrentTime": "2027-01-01T00:00:00Z"},
    }


def test_a_first_enrolment_can_be_confined_to_networks() -> None:
    made = statements(networks=("192.0.2.0/24", "2001:db8::/48"))
    assert made["DenyFirstDeviceElsewhere"]["Condition"] == {
        **NO_MFA, "NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/48"]},
    }  # fmt: skip
    assert "DenyOwnTags" not in made


def test_ages_are_denied_without_if_exists() -> None:
    made = statements(fresh_for=1800, session_age=43_200)
    assert made["DenyLastingChangesIfStale"]["Condition"] == {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "1800"}}
    assert made["DenyAllIfTooOld"]["Condition"] == {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "43200"}}
    assert not {"DenyLastingChangesIfStale", "DenyAllIfTooOld"} & set(statements(fresh_for="no"))


def test_whoever_is_exempt_is_named_in_the_forcing_deny_and_nobody_exempts_himself() -> None:
    made = statements(exempt_tag=("mfa-exempt", "true"), exempt_path="/service/", first_enrolment="tag")
    assert made[FORCING]["Condition"] == {
        **NO_MFA,
        "StringNotEquals": {"aws:PrincipalTag/mfa-exempt": "true"},
        "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/service/*"},
    }
    assert made["DenyOwnTags"]["Condition"]["ForAnyValue:StringEqualsIgnoreCase"] == {
        "aws:TagKeys": ["mfa-enrolment", "mfa-exempt"]
    }
    assert made["DenyMovingOneself"]["Action"] == "iam:UpdateUser"


def test_a_service_control_policy_denies_users_only() -> None:
    made = statements(attach="scp", exempt_tag=("a", "b"), session_age=43_200, first_enrolment="tag")
    assert {s["Effect"] for s in made.values()} == {"Deny"}
    for statement in made.values():
        assert statement["Condition"]["ArnLike"] == {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}


def test_the_guard_names_the_policy_and_leaves_roles_alone() -> None:
    guard = guard_document(wishes_from({"guard": True, "name": "MustMFA", "group": "staff", "exempt_tag": ("a", "b")}))
    assert (guard.name, guard.kind) == ("GuardMustMFA", Kind.SCP)
    made = {str(c.statement.sid): dict(statement_as_json(c.statement)) for c in guard.statements}
    policy = "arn:aws:iam::*:policy/MustMFA"
    assert made["DenyChangingThePolicy"]["Resource"] == policy
    assert "iam:SetDefaultPolicyVersion" in made["DenyChangingThePolicy"]["Action"]
    assert made["DenyDetachingThePolicy"]["Condition"]["ArnEquals"] == {"iam:PolicyARN": policy}
    assert made["DenyChangingTheGroup"]["Resource"] == "arn:aws:iam::*:group/staff"
    assert made["DenyExemptingByTag"]["Action"] == ["iam:TagUser", "iam:UntagUser"]
    assert all(s["Condition"]["ArnLike"] == {"aws:PrincipalArn": "arn:aws:iam::*:user/*"} for s in made.values())


@pytest.mark.parametrize(
    ("told", "sids"),
    [
        ({"attach": "user"}, ["DenyChangingInlinePolicies"]),
        ({"attach": "group"}, ["DenyChangingTheGroup"]),
        ({"attach": "managed"}, ["DenyChangingThePolicy", "DenyDetachingThePolicy"]),
        ({"exempt_path": "/x/"}, ["DenyChangingThePolicy", "DenyDetachingThePolicy", "DenyExemptingByPath"]),
    ],
)
def test_the_guard_holds_what_undoes_this_kind_of_attachment(told: dict[str, Any], sids: list[str]) -> None:
    guard = guard_document(wishes_from({**told, "guard": True}))
    assert [c.statement.sid for c in guard.statements] == sids
    if told.get("attach") == "group":
        assert "iam:DeleteGroupPolicy" in {v.text for v in guard.statements[0].statement.action.values}


def test_documents_come_with_the_forcing_one_first() -> None:
    wishes = wishes_from({"guard": True})
    main, guard = main_document(wishes), guard_document(wishes)
    assert Composed(wishes, main).documents == (main,)
    assert Composed(wishes, main, guard).documents == (main, guard)
