"""What an account asks of passwords, and how a user's password is changed.

AWS's page: id_credentials_passwords_account-policy of the IAM User Guide. The texts of PasswordPolicyViolation are not
documented; the code and its status are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from iamfa.account.entities import Account, LoginProfile, PasswordPolicy
from iamfa.sandbox.api_error import ApiError
from iamfa.secret import Secret

SYMBOLS: Final = frozenset("!@#$%^&*()_+-=[]{}|'")
"""What counts as a non-alphanumeric character."""
_DEFAULT_LENGTH: Final = 8
_DEFAULT_CLASSES: Final = 3
_MOST_REMEMBERED: Final = 24
"""The most former passwords that a policy can forbid to reuse."""


def require_fit(account: Account, password: str) -> None:
    """Hold a new password against the policy of the account, or against AWS's default where it has none.

    Raises AWS's PasswordPolicyViolation for the first rule that it breaks.
    """
    policy = account.password_policy
    for fault in _against_default(account, password) if policy is None else _against(policy, password):
        raise violation(fault)


def changed(account: Account, profile: LoginProfile, password: str, now: datetime) -> LoginProfile:
    """The profile with a new password; the setting that it must be reset is left as it is.

    Raises AWS's PasswordPolicyViolation for one that does not fit or was used before. The present password is one of
    those that may not come back, as was seen in the console.
    """
    require_fit(account, password)
    present = () if profile.password is None else (profile.password,)
    used = (*present, *profile.former)
    policy = account.password_policy
    forbidden = used[: policy.reuse_prevention or 0] if policy is not None else ()
    if any(each.matches(password) for each in forbidden):
        raise violation("Policy constraint violation with password reuse prevention when setting password.")
    return replace(profile, password=Secret(password), changed=now, former=used[:_MOST_REMEMBERED])


def expired(account: Account, profile: LoginProfile, now: datetime) -> bool:
    """Whether the password is older than the policy of the account lets it be."""
    policy = account.password_policy
    if policy is None or not policy.max_age_days:
        return False
    return now - (profile.changed or profile.created) >= timedelta(days=policy.max_age_days)


def violation(message: str) -> ApiError:
    """AWS's answer to a password that the policy of the account does not let pass."""
    return ApiError("PasswordPolicyViolation", message, 400)


def _against(policy: PasswordPolicy, password: str) -> Iterator[str]:
    if len(password) < policy.minimum_length:
        yield f"Password should have a minimum length of {policy.minimum_length}"
    has = _classes(password)
    for required, kind in (
        (policy.require_uppercase, "uppercase letter"),
        (policy.require_lowercase, "lowercase letter"),
        (policy.require_numbers, "number"),
        (policy.require_symbols, "symbol"),
    ):
        if required and kind not in has:
            yield f"Password should have at least one {kind}"


def _against_default(account: Account, password: str) -> Iterator[str]:
    """Eight characters, three of four kinds, and not the name of the account; e-mail addresses it has none here."""
    if len(password) < _DEFAULT_LENGTH:
        yield f"Password should have a minimum length of {_DEFAULT_LENGTH}"
    if len(_classes(password)) < _DEFAULT_CLASSES:
        kinds = "uppercase letters, lowercase letters, numbers, and symbols"
        yield f"Password should have at least three of the following: {kinds}"
    if account.alias is not None and password.lower() == account.alias.lower():
        yield "Password should not be identical to the account name"


def _classes(password: str) -> set[str]:
    """Which of the four kinds of character a password has: letters and digits of ASCII, and AWS's list of symbols."""
    found = set()
    for letter in password:
        if letter in SYMBOLS:
            found.add("symbol")
        elif letter.isascii() and letter.isalnum():
            found.add("number" if letter.isdigit() else "uppercase letter" if letter.isupper() else "lowercase letter")
    return found
