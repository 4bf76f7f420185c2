"""Keys: inactive ones, unknown ones, wrong secrets; and the user's own password.

AWS's pages: CommonErrors of the IAM API Reference, API_UpdateAccessKey, API_ChangePassword.
"""

from __future__ import annotations

import secrets

import pytest
from tests.contract.stage import Stage, refusal
from tests.contract.values import Credentials, allow

from iamfa.secret import Secret


@pytest.mark.parametrize("service", ["sts", "iam"])
def test_an_inactive_key_is_nobodys(stage: Stage, service: str) -> None:
    user = stage.user(allow("iam:GetUser"))
    call = stage.client("sts", user).get_caller_identity if service == "sts" else stage.client("iam", user).get_user
    call()
    key = user.key.key_id
    stage.iam.update_access_key(UserName=user.name, AccessKeyId=key, Status="Inactive")
    found = refusal(call)
    assert (found.code, found.status) == ("InvalidClientTokenId", 403)
    stage.iam.update_access_key(UserName=user.name, AccessKeyId=key, Status="Active")
    call()
    stage.iam.delete_access_key(UserName=user.name, AccessKeyId=key)
    assert refusal(call).code == "InvalidClientTokenId"


def test_a_wrong_secret_does_not_sign(stage: Stage) -> None:
    user = stage.user()
    wrong = Credentials(user.key.key_id, Secret(secrets.token_urlsafe(30)))
    found = refusal(stage.new_client("sts", wrong).get_caller_identity)
    assert (found.code, found.status) == ("SignatureDoesNotMatch", 403)


def test_an_unknown_key_is_nobodys(stage: Stage) -> None:
    unknown = Credentials("AKIA" + "A" * 16, Secret("x" * 40))
    found = refusal(stage.new_client("sts", unknown).get_caller_identity)
    assert (found.code, found.status) == ("InvalidClientTokenId", 403)


def test_a_user_has_two_keys_and_no_third(stage: Stage) -> None:
    user = stage.user()
    stage.iam.create_access_key(UserName=user.name)
    found = refusal(stage.iam.create_access_key, UserName=user.name)
    assert (found.code, found.status) == ("LimitExceeded", 409)


def test_a_user_changes_his_own_password_if_he_knows_it_and_may(stage: Stage) -> None:
    user = stage.user(allow("iam:ChangePassword"))
    old, new = (f"Aa1!{secrets.token_urlsafe(24)}" for _ in range(2))
    iam = stage.client("iam", user)
    stage.iam.create_login_profile(UserName=user.name, Password=old)
    found = refusal(iam.change_password, OldPassword=new, NewPassword=old)
    assert (found.code, found.status) in {("AccessDenied", 403), ("InvalidInput", 400)}, "AWS names no error for it"
    iam.change_password(OldPassword=old, NewPassword=new)
    iam.change_password(OldPassword=new, NewPassword=old)
