"""Users sign in to the console: password, device, new password, and the session that comes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.unit.sandbox.codes_at import created, enabled, pair, shown
from tests.unit.sandbox.direct import NUMBER, START, Direct

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.caller import caller_with_session, mfa_context
from iamfa.sandbox.live import add_account
from iamfa.sandbox.seeding import add_fido_device
from iamfa.sandbox.signin import sign_in

PASSWORD, NEW = "Correct-Horse-1", "Battery-Staple-2"
OWN_PASSWORD = {"Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "arn:aws:iam::*:user/${aws:username}"}
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
FORCE_MFA = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": NO_MFA}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture
def box() -> Direct:
    found = Direct()
    found.user("alice", policy(OWN_PASSWORD, FORCE_MFA))
    found.user("bob", policy(OWN_PASSWORD))
    for name in ("alice", "bob"):
        found.call("CreateLoginProfile", UserName=name, Password=PASSWORD)
    return found


def enter(box: Direct, user: str = "alice", **more: Any) -> Any:
    return sign_in(box.state, {"account": NUMBER, "user": user, "password": PASSWORD, **more})


def refused(box: Direct, code: str, user: str = "alice", **more: Any) -> str:
    before = dict(box.state.sessions)
    with pytest.raises(ApiError) as raised:
        enter(box, user, **more)
    assert raised.value.code == code
    assert 400 <= raised.value.status < 500
    assert box.state.sessions == before, "no session is left behind"
    return raised.value.message


def test_without_a_device_the_password_is_enough_and_mfa_is_said_to_be_absent(box: Direct) -> None:
    found = enter(box)
    session = box.state.sessions[found["AccessKeyId"]]
    assert found == {
        "AccessKeyId": session.key_id,
        "SecretAccessKey": session.secret.reveal(),
        "SessionToken": session.token.reveal(),
        "Expiration": "2026-03-02T00:00:00Z",
        "Kind": "console",
    }
    caller = caller_with_session(box.state, session)
    assert mfa_context(caller, box.state, START) == {"aws:MultiFactorAuthPresent": "false"}
    assert box.account.users["alice"].password_last_used == START
    assert box.call("GetCallerIdentity", service="sts", by=session)["Arn"] == f"arn:aws:iam::{NUMBER}:user/alice"


def test_the_account_may_be_told_by_its_alias_and_each_has_its_own_users(box: Direct) -> None:
    box.account.alias = "example-corp"
    other = add_account(box.state, "210987654321", "aws")
    assert enter(box, account="example-corp")["Kind"] == "console"
    refused(box, "AccessDenied", account=other.number)


def test_a_wrong_password_a_wrong_user_and_a_wrong_account_are_answered_alike(box: Direct) -> None:
    answers = {
        refused(box, "AccessDenied", password="wrong"),
        refused(box, "AccessDenied", user="nobody"),
        refused(box, "AccessDenied", user="administrator"),
        refused(box, "AccessDenied", account="999999999999"),
        refused(box, "AccessDenied", account="none"),
    }
    assert answers == {"Your authentication information is incorrect. Please try again."}
    assert box.account.users["alice"].password_last_used is None


def test_who_has_a_device_shows_it(box: Direct) -> None:
    serial = enabled(box, "alice")
    refused(box, "MfaRequired")
    found = enter(box, mfa_code=shown(box, serial))
    session = box.state.sessions[found["AccessKeyId"]]
    assert (found["Kind"], session.code_given) == ("console-mfa", box.state.clock.now())
    box.state.clock.advance(10)
    caller = caller_with_session(box.state, session)
    assert mfa_context(caller, box.state, box.state.clock.now()) == {
        "aws:MultiFactorAuthPresent": "true",
        "aws:MultiFactorAuthAge": "10",
    }


def test_a_wrong_a_used_and_a_foreign_code_are_refused(box: Direct) -> None:
    serial, foreign = enabled(box, "alice"), enabled(box, "bob", "other")
    code = shown(box, serial)
    refused(box, "AccessDenied", mfa_code="000000" if code != "000000" else "000001")
    refused(box, "AccessDenied", mfa_code=shown(box, foreign))
    enter(box, mfa_code=code)
    refused(box, "AccessDenied", mfa_code=code)
    refused(box, "AccessDenied", mfa_code=shown(box, foreign), serial=foreign)


def test_a_code_that_enabled_a_device_does_not_sign_in(box: Direct) -> None:
    serial = created(box)
    box.call("EnableMFADevice", UserName="alice", SerialNumber=serial, **pair(box, serial))
    refused(box, "AccessDenied", mfa_code=shown(box, serial))


def test_any_device_of_the_user_does_and_one_that_is_named_only_itself(box: Direct) -> None:
    first, second = enabled(box, "alice", "first"), enabled(box, "alice", "second")
    refused(box, "AccessDenied", mfa_code=shown(box, second), serial=first)
    enter(box, mfa_code=shown(box, second))
    enter(box, mfa_code=shown(box, first), serial=first)


def test_a_security_key_signs_in_its_own_user_without_a_code(box: Direct) -> None:
    key = add_fido_device(box.account, box.state.ids, "alice", "key", {}, START).serial
    serial = enabled(box, "alice")
    assert enter(box, security_key=key)["Kind"] == "console-mfa"
    refused(box, "AccessDenied", security_key=serial)
    refused(box, "AccessDenied", security_key=key + "A")
    refused(box, "AccessDenied", mfa_code="123456", serial=key)
    enabled(box, "bob", "other")
    refused(box, "AccessDenied", user="bob", security_key=key)


def test_an_expired_password_is_changed_at_sign_in_and_lasts_again(box: Direct) -> None:
    box.call("UpdateAccountPasswordPolicy", MaxPasswordAge=90)
    assert enter(box, "bob")
    refused(box, "InvalidInput", "bob", new_password=NEW)
    box.state.clock.advance(timedelta(days=90).total_seconds())
    refused(box, "NewPasswordRequired", "bob")
    refused(box, "AccessDenied", "bob", new_password="tiny")
    assert enter(box, "bob", new_password=NEW)["Kind"] == "console"
    assert enter(box, "bob", password=NEW)["Kind"] == "console"
    refused(box, "AccessDenied", "bob")


def test_a_password_that_expired_hard_is_the_administrators_to_reset(box: Direct) -> None:
    box.call("UpdateAccountPasswordPolicy", MaxPasswordAge=90, HardExpiry=True)
    box.state.clock.advance(timedelta(days=91).total_seconds())
    assert "administrator" in refused(box, "AccessDenied", "bob", new_password=NEW)
    box.call("UpdateLoginProfile", UserName="bob", Password=NEW)
    assert enter(box, "bob", password=NEW)


def test_who_must_reset_his_password_and_may_not_without_mfa_cannot_sign_in(box: Direct) -> None:
    for name in ("alice", "bob"):
        box.call("UpdateLoginProfile", UserName=name, PasswordResetRequired=True)
        refused(box, "NewPasswordRequired", name)
    assert enter(box, "bob", new_password=NEW)["Kind"] == "console"
    assert not box.account.login_profiles["bob"].reset_required
    assert "not authorized to perform iam:ChangePassword" in refused(box, "AccessDenied", new_password=NEW)
    assert box.account.login_profiles["alice"].reset_required


def test_with_a_device_the_same_user_can_and_his_code_is_not_used_up_before(box: Direct) -> None:
    serial = enabled(box, "alice")
    box.call("UpdateLoginProfile", UserName="alice", PasswordResetRequired=True)
    code = shown(box, serial)
    refused(box, "NewPasswordRequired", mfa_code=code)
    assert enter(box, mfa_code=code, new_password=NEW)["Kind"] == "console-mfa"


def test_a_session_lasts_as_long_as_the_user_is_set_to(box: Direct) -> None:
    box.call("UpdateLoginProfile", UserName="bob", MaxSigninSessionDuration=3600)
    assert enter(box, "bob")["Expiration"] == "2026-03-01T13:00:00Z"


@pytest.mark.parametrize(
    "more",
    [
        {"colour": "red"},
        {"password": 5},
        {"mfa_code": 123456},
        {"mfa_code": "123456"},
        {"security_key": "key"},
        {"serial": "GAHT12345678"},
        {"mfa_code": "123456", "security_key": "key"},
        {"security_key": "key", "serial": "key"},
    ],
    ids=str,
)
def test_what_is_not_understood_is_not_ignored(box: Direct, more: dict[str, Any]) -> None:
    refused(box, "InvalidInput", **more)


def test_without_an_account_it_is_the_sandboxs_own(box: Direct) -> None:
    add_account(box.state, "210987654321", "aws")
    assert sign_in(box.state, {"user": "alice", "password": PASSWORD})["Kind"] == "console"


@pytest.mark.parametrize("name", ["user", "password"])
def test_what_is_missing_is_named(box: Direct, name: str) -> None:
    body = {"account": NUMBER, "user": "alice", "password": PASSWORD}
    del body[name]
    with pytest.raises(ApiError, match=f"`{name}` is missing"):
        sign_in(box.state, body)
