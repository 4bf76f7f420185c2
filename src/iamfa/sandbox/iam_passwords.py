"""IAM's operations on users' passwords and on the password policy of the account.

AWS's pages: the API_… pages of the IAM API Reference of the same names, id_credentials_passwords_account-policy, and
id_credentials_passwords_enable-user-change: a setting of the account grants every user iam:ChangePassword on himself
and iam:GetAccountPasswordPolicy without any policy document. That a Deny stands above this grant was seen (question
992027 of serverfault.com); that boundaries and control policies do, too, AWS does not say.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from iamfa.account.bearing import Source
from iamfa.account.details import password_policy_out
from iamfa.account.entities import Account, LoginProfile, PasswordPolicy
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authorise import authorise, bearing_of, decider_of, request_of
from iamfa.sandbox.iam_devices import asked_name
from iamfa.sandbox.iam_users import user_of
from iamfa.sandbox.passwords import changed, require_fit
from iamfa.sandbox.refusals import validation_error
from iamfa.sandbox.targets import anything, user_named
from iamfa.sandbox.work import Parameters, Result, Row, Target, Work
from iamfa.secret import Secret

_SELF = user_named()
_OWN_PASSWORD_RULE: Final = "users-may-change-own-password"
_SETTING: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": ["iam:ChangePassword", "iam:GetAccountPasswordPolicy"],
            "Resource": "*",
        },
    }
)
"""What the setting grants, as a policy; ChangePassword works on nobody but the caller."""


def change_password(work: Work, old: str, new: str) -> None:
    """Change the caller's own password, as ChangePassword does it.

    Raises AWS's AccessDenied without the permission or with a wrong old password (its text is not documented).
    """
    for target in _SELF(work, {}):
        _ask_or_setting(work, "iam:ChangePassword", target)
    user, account = work.caller.user, work.account
    if user is None:
        raise ApiError("InvalidUserType", "ChangePassword can only be called by IAM users.", 400)
    profile = _profile_of(account, user.name)
    if profile.password is None or not profile.password.matches(old):
        raise ApiError("AccessDenied", "The old password was incorrect.", 403)
    account.login_profiles[user.name] = replace(changed(account, profile, new, work.now), reset_required=False)


def _change_password(work: Work, parameters: Parameters) -> None:
    change_password(work, parameters["OldPassword"], parameters["NewPassword"])


def _ask_or_setting(work: Work, action: str, target: Target) -> None:
    """Ask the policies; where they do not allow, ask again with the setting of the account beside the user's own."""
    policy, user = work.account.password_policy, work.caller.user
    if policy is not None and policy.allow_users_to_change and user is not None:
        bearing = bearing_of(work.state, work.caller)
        request = request_of(work, action, target.resource, target.context)
        texts = replace(bearing.texts, identity=(*bearing.texts.identity, _SETTING))
        verdict = decider_of(work.state, texts).decide(request)
        if verdict.allowed and not decider_of(work.state, bearing.texts).decide(request).allowed:
            label = f"identity[{len(bearing.texts.identity)}]"
            setting = Source("AllowUsersToChangePassword", f"account/{work.account.number}")
            work.verdicts.append((verdict, {**bearing.sources, label: setting}))
            work.platform = _OWN_PASSWORD_RULE
            return
    authorise(work, action, target)


def _create_login_profile(work: Work, parameters: Parameters) -> Result:
    account = work.account
    user = user_of(account, asked_name(work, parameters))
    password = parameters.get("Password")
    if password is None:
        # API_CreateLoginProfile: required but for a session of AssumeRoot. The text is not documented.
        raise validation_error("Password is required.")
    if user.name in account.login_profiles:
        raise ApiError("EntityAlreadyExists", f"Login Profile for user {user.name} already exists.", 409)
    require_fit(account, password)
    profile = LoginProfile(
        user.name, work.now, parameters.get("PasswordResetRequired", False), work.now, Secret(password),
        max_session=parameters.get("MaxSigninSessionDuration"),
    )  # fmt: skip
    account.login_profiles[user.name] = profile
    return {"LoginProfile": _shown(profile)}


def _get_login_profile(work: Work, parameters: Parameters) -> Result:
    user = user_of(work.seen, asked_name(work, parameters))
    return {"LoginProfile": _shown(_profile_of(work.seen, user.name))}


def _update_login_profile(work: Work, parameters: Parameters) -> None:
    """What is left out stays as it is (API_UpdateLoginProfile says so of the duration)."""
    account = work.account
    profile = _profile_of(account, user_of(account, parameters["UserName"]).name)
    if parameters.get("Password") is not None:
        profile = changed(account, profile, parameters["Password"], work.now)
    longest, unset = parameters.get("MaxSigninSessionDuration"), parameters.get("ResetMaxSigninSessionDuration")
    if longest is not None and unset:
        message = "MaxSigninSessionDuration cannot be specified when ResetMaxSigninSessionDuration is true."
        raise ApiError("InvalidInput", message, 400)
    account.login_profiles[profile.user] = replace(
        profile,
        reset_required=parameters.get("PasswordResetRequired", profile.reset_required),
        max_session=None if unset else longest or profile.max_session,
    )


def _delete_login_profile(work: Work, parameters: Parameters) -> None:
    account = work.account
    profile = _profile_of(account, user_of(account, asked_name(work, parameters)).name)
    del account.login_profiles[profile.user]


def _profile_of(account: Account, user: str) -> LoginProfile:
    profile = account.login_profiles.get(user)
    if profile is None:
        raise ApiError("NoSuchEntity", f"Login Profile for User {user} cannot be found.", 404)
    return profile


def _shown(profile: LoginProfile) -> Result:
    return {
        "UserName": profile.user,
        "CreateDate": profile.created,
        "PasswordResetRequired": profile.reset_required,
        "MaxSigninSessionDuration": profile.max_session,
    }


def _update_account_password_policy(work: Work, parameters: Parameters) -> None:
    """What is left out goes back to its default (API_UpdateAccountPasswordPolicy)."""
    work.account.password_policy = PasswordPolicy(
        minimum_length=parameters.get("MinimumPasswordLength", 6),
        require_symbols=parameters.get("RequireSymbols", False),
        require_numbers=parameters.get("RequireNumbers", False),
        require_uppercase=parameters.get("RequireUppercaseCharacters", False),
        require_lowercase=parameters.get("RequireLowercaseCharacters", False),
        allow_users_to_change=parameters.get("AllowUsersToChangePassword", False),
        max_age_days=parameters.get("MaxPasswordAge"),
        reuse_prevention=parameters.get("PasswordReusePrevention"),
        hard_expiry=parameters.get("HardExpiry"),
    )


def _get_account_password_policy(work: Work, parameters: Parameters) -> Result:
    _ask_or_setting(work, "iam:GetAccountPasswordPolicy", Target("*"))
    return {"PasswordPolicy": password_policy_out(_policy_of(work))}


def _delete_account_password_policy(work: Work, parameters: Parameters) -> None:
    _policy_of(work)
    work.account.password_policy = None


def _policy_of(work: Work) -> PasswordPolicy:
    """The password policy; AWS's default is none, and says nothing when it is asked for."""
    policy = work.account.password_policy
    if policy is None:
        message = f"The Password Policy with domain name {work.account.number} cannot be found."
        raise ApiError("NoSuchEntity", message, 404)
    return policy


OPERATIONS = (
    Row("CreateLoginProfile", _create_login_profile, _SELF),
    Row("GetLoginProfile", _get_login_profile, _SELF),
    Row("UpdateLoginProfile", _update_login_profile, _SELF),
    Row("DeleteLoginProfile", _delete_login_profile, _SELF),
    Row("ChangePassword", _change_password, None),
    Row("UpdateAccountPasswordPolicy", _update_account_password_policy, anything),
    Row("GetAccountPasswordPolicy", _get_account_password_policy, None),
    Row("DeleteAccountPasswordPolicy", _delete_account_password_policy, anything),
)
"""ChangePassword and GetAccountPasswordPolicy ask for themselves: a setting of the account may do for an Allow."""
