"""Passwords as IAM has them: given, changed, taken away, and the policy for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.sandbox.direct import NUMBER, START, Direct

from iamfa.account.entities import ROOT_USER, ManagedPolicy, PolicyVersion, Role
from iamfa.platform import RULES
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.caller import Transport
from iamfa.sandbox.iam_passwords import change_password
from iamfa.sandbox.journal import Record
from iamfa.sandbox.live import Session
from iamfa.sandbox.sessions import issue
from iamfa.sandbox.work import Work

OLD, NEW = "Correct-Horse-1", "Battery-Staple-2"
OWN_PASSWORD = "arn:aws:iam::aws:policy/IAMUserChangePassword"
EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def statement(effect: str, action: str, resource: str = "*") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": action, "Resource": resource}}


@pytest.fixture
def box() -> Direct:
    found = Direct()
    found.user("alice")
    found.call("CreateLoginProfile", UserName="alice", Password=OLD)
    return found


def refused(box: Direct, code: str, status: int, operation: str, **parameters: Any) -> str:
    with pytest.raises(ApiError) as raised:
        box.call(operation, **parameters)
    assert (raised.value.code, raised.value.status) == (code, status)
    return raised.value.message


def role_session(box: Direct) -> Session:
    arn = f"arn:aws:iam::{NUMBER}:role/admin"
    text = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    box.account.roles["admin"] = Role("admin", "/", "AROA1", arn, START, "{}", inline={"all": text})
    return issue(box.state, box.account, "role", 900, role="admin", role_id="AROA1", name="session")


def must_reset(box: Direct) -> bool:
    return box.account.login_profiles["alice"].reset_required


def password_of(box: Direct, user: str = "alice") -> str:
    password = box.account.login_profiles[user].password
    assert password is not None
    return password.reveal()


def test_a_user_is_given_a_password_once(box: Direct) -> None:
    box.user("bob")
    found = box.call("CreateLoginProfile", UserName="bob", Password=OLD, PasswordResetRequired=True)["LoginProfile"]
    assert (found["UserName"], found["CreateDate"], found["PasswordResetRequired"]) == ("bob", START, True)
    assert box.call("GetLoginProfile", UserName="bob")["LoginProfile"] == found
    refused(box, "EntityAlreadyExists", 409, "CreateLoginProfile", UserName="bob", Password=OLD)


def test_a_password_must_be_given_fit_and_be_somebodys(box: Direct) -> None:
    box.user("bob")
    refused(box, "ValidationError", 400, "CreateLoginProfile", UserName="bob")
    refused(box, "PasswordPolicyViolation", 400, "CreateLoginProfile", UserName="bob", Password="short")
    refused(box, "NoSuchEntity", 404, "CreateLoginProfile", UserName="nobody", Password=OLD)
    assert "bob" not in box.account.login_profiles


def test_profiles_are_the_callers_own_where_nobody_is_named(box: Direct) -> None:
    box.call("CreateLoginProfile", Password=OLD)
    assert box.call("GetLoginProfile")["LoginProfile"]["UserName"] == "administrator"
    box.call("DeleteLoginProfile")
    refused(box, "NoSuchEntity", 404, "GetLoginProfile")
    for by in (ROOT_USER, role_session(box)):
        refused(box, "ValidationError", 400, "GetLoginProfile", by=by)


def test_who_has_no_password_has_no_profile(box: Direct) -> None:
    message = refused(box, "NoSuchEntity", 404, "GetLoginProfile", UserName="administrator")
    assert message == "Login Profile for User administrator cannot be found."
    refused(box, "NoSuchEntity", 404, "UpdateLoginProfile", UserName="administrator", Password=NEW)
    refused(box, "NoSuchEntity", 404, "DeleteLoginProfile", UserName="administrator")
    refused(box, "NoSuchEntity", 404, "GetLoginProfile", UserName="nobody")


def test_an_administrator_changes_what_he_names_and_nothing_else(box: Direct) -> None:
    box.call("UpdateLoginProfile", UserName="alice", PasswordResetRequired=True)
    assert password_of(box) == OLD
    box.call("UpdateLoginProfile", UserName="alice", Password=NEW)
    assert password_of(box) == NEW
    assert must_reset(box)
    box.call("UpdateLoginProfile", UserName="alice", PasswordResetRequired=False)
    assert not must_reset(box)
    refused(box, "PasswordPolicyViolation", 400, "UpdateLoginProfile", UserName="alice", Password="short")
    refused(box, "NoSuchEntity", 404, "UpdateLoginProfile", UserName="nobody", Password=NEW)


def test_the_longest_session_is_set_kept_and_unset(box: Direct) -> None:
    box.call("UpdateLoginProfile", UserName="alice", MaxSigninSessionDuration=3600)
    box.call("UpdateLoginProfile", UserName="alice", Password=NEW)
    assert box.call("GetLoginProfile", UserName="alice")["LoginProfile"]["MaxSigninSessionDuration"] == 3600
    both = {"MaxSigninSessionDuration": 7200, "ResetMaxSigninSessionDuration": True}
    refused(box, "InvalidInput", 400, "UpdateLoginProfile", UserName="alice", **both)
    box.call("UpdateLoginProfile", UserName="alice", ResetMaxSigninSessionDuration=True)
    assert box.account.login_profiles["alice"].max_session is None


def test_profiles_are_allowed_by_the_users_arn_with_its_path(box: Direct) -> None:
    box.user("bob", statement("Allow", "iam:*LoginProfile", f"arn:aws:iam::{NUMBER}:user/team/*"))
    box.user("carol", path="/team/")
    box.call("CreateLoginProfile", by="bob", UserName="carol", Password=OLD)
    for operation in ("GetLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile"):
        refused(box, "AccessDenied", 403, operation, by="bob", UserName="alice")
        box.call(operation, by="bob", UserName="carol")


def test_a_user_changes_his_own_password_with_the_old_one(box: Direct) -> None:
    box.user("bob", statement("Allow", "iam:ChangePassword", "arn:aws:iam::*:user/${aws:username}"))
    box.call("CreateLoginProfile", UserName="bob", Password=OLD, PasswordResetRequired=True)
    refused(box, "AccessDenied", 403, "ChangePassword", by="bob", OldPassword=NEW, NewPassword=NEW)
    refused(box, "PasswordPolicyViolation", 400, "ChangePassword", by="bob", OldPassword=OLD, NewPassword="short")
    box.state.clock.advance(60)
    box.call("ChangePassword", by="bob", OldPassword=OLD, NewPassword=NEW)
    profile = box.account.login_profiles["bob"]
    assert (password_of(box, "bob"), profile.reset_required) == (NEW, False)
    assert profile.changed == box.state.clock.now()


def test_only_users_with_a_password_can_change_it(box: Direct) -> None:
    given = {"OldPassword": OLD, "NewPassword": NEW}
    refused(box, "NoSuchEntity", 404, "ChangePassword", **given)
    for by in (ROOT_USER, role_session(box)):
        refused(box, "InvalidUserType", 400, "ChangePassword", by=by, **given)


def test_without_permission_a_user_changes_nothing(box: Direct) -> None:
    refused(box, "AccessDenied", 403, "ChangePassword", by="alice", OldPassword=OLD, NewPassword=NEW)
    box.call("UpdateAccountPasswordPolicy")
    refused(box, "AccessDenied", 403, "ChangePassword", by="alice", OldPassword=OLD, NewPassword=NEW)
    refused(box, "AccessDenied", 403, "GetAccountPasswordPolicy", by="alice")
    assert password_of(box) == OLD


def test_the_setting_of_the_account_lets_every_user_change_his_own(box: Direct) -> None:
    box.call("UpdateAccountPasswordPolicy", AllowUsersToChangePassword=True)
    assert box.call("GetAccountPasswordPolicy", by="alice")["PasswordPolicy"]["AllowUsersToChangePassword"] is True
    box.call("ChangePassword", by="alice", OldPassword=OLD, NewPassword=NEW)
    assert password_of(box) == NEW


def test_the_setting_stands_below_a_deny_and_below_a_boundary(box: Direct) -> None:
    box.call("UpdateAccountPasswordPolicy", AllowUsersToChangePassword=True)
    box.user("bob", statement("Deny", "iam:ChangePassword"), statement("Deny", "iam:GetAccountPasswordPolicy"))
    text = PolicyVersion("v1", json.dumps(statement("Allow", "s3:*")), START)
    boundary = f"arn:aws:iam::{NUMBER}:policy/storage"
    box.account.policies[boundary] = ManagedPolicy(boundary, "storage", "/", "ANPA1", START, START, (text,), "v1")
    box.user("carol")
    box.user("dave", EVERYTHING)
    box.user("erin")
    for name in ("carol", "dave"):
        box.call("PutUserPermissionsBoundary", UserName=name, PermissionsBoundary=boundary)
    box.call("PutUserPermissionsBoundary", UserName="erin", PermissionsBoundary=OWN_PASSWORD)
    for name in ("bob", "carol", "dave"):
        box.call("CreateLoginProfile", UserName=name, Password=OLD)
        refused(box, "AccessDenied", 403, "ChangePassword", by=name, OldPassword=OLD, NewPassword=NEW)
        refused(box, "AccessDenied", 403, "GetAccountPasswordPolicy", by=name)
    box.call("CreateLoginProfile", UserName="erin", Password=OLD)
    box.call("ChangePassword", by="erin", OldPassword=OLD, NewPassword=NEW)


def test_what_the_setting_let_pass_is_recorded_as_its_doing(box: Direct) -> None:
    box.call("UpdateAccountPasswordPolicy", AllowUsersToChangePassword=True)
    by = box.caller("alice")
    work = Work(box.state, by, Transport(), START)
    change_password(work, OLD, NEW)
    parameters = {"OldPassword": OLD, "NewPassword": NEW}
    event = Record(work, "iam", "ChangePassword", parameters, START, "1", None).event()
    assert event["iamfa"]["platform"] in RULES
    assert event["iamfa"]["decision"] == "allowed"
    assert event["iamfa"]["decisions"][0]["policy"] == f"account/{NUMBER}: AllowUsersToChangePassword"
    assert OLD not in str(event)
    assert NEW not in str(event)


def test_the_setting_is_for_users_and_not_for_roles(box: Direct) -> None:
    box.call("UpdateAccountPasswordPolicy", AllowUsersToChangePassword=True)
    role_session(box)
    box.account.roles["admin"] = Role("admin", "/", "AROA1", f"arn:aws:iam::{NUMBER}:role/admin", START, "{}")
    by = issue(box.state, box.account, "role", 900, role="admin", role_id="AROA1", name="session")
    refused(box, "AccessDenied", 403, "GetAccountPasswordPolicy", by=by)


def test_the_policy_of_the_account_is_set_whole_and_read_back(box: Direct) -> None:
    message = refused(box, "NoSuchEntity", 404, "GetAccountPasswordPolicy")
    assert message == f"The Password Policy with domain name {NUMBER} cannot be found."
    box.call(
        "UpdateAccountPasswordPolicy", MinimumPasswordLength=12, RequireSymbols=True, RequireNumbers=True,
        RequireUppercaseCharacters=True, RequireLowercaseCharacters=True, MaxPasswordAge=90,
        PasswordReusePrevention=24, HardExpiry=False,
    )  # fmt: skip
    assert box.call("GetAccountPasswordPolicy")["PasswordPolicy"] == {
        "MinimumPasswordLength": 12,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 24,
        "HardExpiry": False,
    }
    box.call("UpdateAccountPasswordPolicy")
    found = box.call("GetAccountPasswordPolicy")["PasswordPolicy"]
    assert (found["MinimumPasswordLength"], found["ExpirePasswords"], found["MaxPasswordAge"]) == (6, False, None)
    box.call("DeleteAccountPasswordPolicy")
    refused(box, "NoSuchEntity", 404, "DeleteAccountPasswordPolicy")


def test_the_policy_of_the_account_takes_a_star_and_keeps_its_bounds(box: Direct) -> None:
    box.user("bob", statement("Allow", "iam:*AccountPasswordPolicy", f"arn:aws:iam::{NUMBER}:*"))
    for operation in ("UpdateAccountPasswordPolicy", "GetAccountPasswordPolicy", "DeleteAccountPasswordPolicy"):
        refused(box, "AccessDenied", 403, operation, by="bob")
    for bad in ({"MinimumPasswordLength": 5}, {"MaxPasswordAge": 1096}, {"PasswordReusePrevention": 25}):
        refused(box, "ValidationError", 400, "UpdateAccountPasswordPolicy", **bad)
