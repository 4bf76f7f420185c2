"""The console's sign-in of an IAM user, as an endpoint of the sandbox's own: AWS has no API for it.

AWS's pages: console_sign-in-mfa (who has devices needs one of them, whichever) and
id_credentials_passwords_account-policy (when a password expires). Error codes are ours; texts are the console's where
it is known to show any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from iamfa.account.entities import LoginProfile, User
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.caller import Transport, caller_with_session, iso
from iamfa.sandbox.codes import accept_code
from iamfa.sandbox.iam_devices import devices_of
from iamfa.sandbox.iam_passwords import change_password
from iamfa.sandbox.live import LiveAccount, Session, State
from iamfa.sandbox.passwords import expired
from iamfa.sandbox.sessions import credentials_out, issue
from iamfa.sandbox.work import Work

_NEEDED: Final = ("user", "password")
_OPTIONAL: Final = ("account", "mfa_code", "serial", "security_key", "new_password")
_SESSION_SECONDS: Final = 43_200
"""Twelve hours, unless the user's MaxSigninSessionDuration says otherwise (API_CreateLoginProfile)."""


def sign_in(state: State, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Sign a user in; the answer is `AccessKeyId`, `SecretAccessKey`, `SessionToken`, `Expiration` (ISO 8601), `Kind`.

    *body* has texts: `user` and `password`; `account` (number or alias) where it is not the sandbox's own; with a
    device `mfa_code`, and `serial` where it is to be this one's code and no other's; or `security_key`, the serial of
    the user's FIDO device, which stands for touching it, as no code comes of one; and `new_password` where the password
    has expired or must be reset.

    Raises `ApiError`: `AccessDenied` for a wrong name, password, code or key, and for a new password that the user may
    not set; `MfaRequired` and `NewPasswordRequired` where these are missing; `InvalidInput` for a body that is none.
    """
    asked = _texts(body)
    account = _account_of(state, asked.get("account", state.main))
    user, profile = _known(account, asked)
    new_password = _new_password(state, account, profile, asked)
    code_given = _second_factor(state, account, user, asked)
    session = issue(
        state,
        account,
        "console-mfa" if code_given else "console",
        profile.max_session or _SESSION_SECONDS,
        user=user.name,
        user_id=user.id,
        code_given=state.clock.now() if code_given else None,
    )
    if new_password is not None:
        _change(state, session, asked["password"], new_password)
    newest = account.users.get(user.name, user)
    account.users.amend(user.name, replace(newest, password_last_used=state.clock.now()))
    return {**credentials_out(session), "Expiration": iso(session.expires), "Kind": session.kind}


def _texts(body: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in body.items():
        if name not in (*_NEEDED, *_OPTIONAL) or not isinstance(value, str):
            known = ", ".join((*_NEEDED, *_OPTIONAL))
            raise ApiError("InvalidInput", f"`{name}` is not taken as it is given", hint=f"texts are taken: {known}")
        found[name] = value
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise ApiError("InvalidInput", f"`{missing[0]}` is missing", hint=f"give {', '.join(_NEEDED)}")
    return found


def _account_of(state: State, name: str) -> LiveAccount:
    for account in state.accounts.values():
        if name in (account.number, account.alias):
            return account
    raise _refused()


def _known(account: LiveAccount, asked: Mapping[str, str]) -> tuple[User, LoginProfile]:
    """The user, when the password is his; a user that is not there is answered like a wrong password."""
    user = account.users.visible.get(asked["user"])
    profile = account.login_profiles.visible.get(asked["user"])
    password = None if profile is None else profile.password
    if user is None or profile is None or password is None or not password.matches(asked["password"]):
        raise _refused()
    return user, profile


def _new_password(state: State, account: LiveAccount, profile: LoginProfile, asked: Mapping[str, str]) -> str | None:
    """The new password, where one is due; asked for before the code, which would be used up."""
    late = expired(account, profile, state.clock.now())
    if late and account.password_policy is not None and account.password_policy.hard_expiry:
        raise ApiError("AccessDenied", "Your password has expired. Ask your administrator to reset it.", 403)
    if not late and not profile.reset_required:
        if "new_password" in asked:
            raise ApiError("InvalidInput", "`new_password` is taken only where the password must be changed")
        return None
    if "new_password" not in asked:
        raise ApiError("NewPasswordRequired", "You must change your password to continue.", 403)
    return asked["new_password"]


def _second_factor(state: State, account: LiveAccount, user: User, asked: Mapping[str, str]) -> bool:
    """Whether the user showed one of his devices; False where he has none."""
    given = [name for name in ("mfa_code", "security_key") if name in asked]
    if len(given) > 1 or ("serial" in asked and given != ["mfa_code"]):
        raise ApiError("InvalidInput", "give `mfa_code`, with a `serial` if you like, or `security_key`")
    devices = devices_of(account, user.name)
    if not devices:
        if given:
            raise ApiError("InvalidInput", f"`{given[0]}` is given, and the user has no MFA device")
        return False
    if not given:
        raise ApiError("MfaRequired", "Multi-factor authentication is required to sign in.", 403)
    if given == ["security_key"]:
        right = any(device.kind == "fido" and device.serial == asked["security_key"] for device in devices)
    else:
        right = any(
            accept_code(account, device, asked["mfa_code"], state.clock.now(), state.settings.assumptions, user.name)
            for device in devices
            if asked.get("serial", device.serial) == device.serial
        )
    if not right:
        raise ApiError("AccessDenied", "Multi-factor authentication failed. Please try again.", 403)
    return True


def _change(state: State, session: Session, old: str, new: str) -> None:
    """Set the new password with the permissions of the session that begins; without them the session ends at once.

    So a user who must reset his password and may not change it without MFA cannot sign in at all, as at AWS.
    """
    work = Work(state, caller_with_session(state, session), Transport(), state.clock.now())
    try:
        change_password(work, old, new)
    except ApiError as error:
        del state.sessions[session.key_id]
        message = "Either user is not authorized to perform iam:ChangePassword or entered password does not comply "
        message += "with account password policy set by administrator"
        raise ApiError("AccessDenied", message, 403, hint=error.message) from error


def _refused() -> ApiError:
    return ApiError("AccessDenied", "Your authentication information is incorrect. Please try again.", 403)
