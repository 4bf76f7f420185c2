"""What an account asks of passwords."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.sandbox.direct import START

from iamfa.account.entities import Account, LoginProfile, PasswordPolicy
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.passwords import changed, expired, require_fit
from iamfa.secret import Secret

NUMBER = "123456789012"


def account(policy: PasswordPolicy | None = None, alias: str | None = None) -> Account:
    return Account(NUMBER, alias=alias, password_policy=policy)


def refused(of: Account, password: str) -> str:
    with pytest.raises(ApiError) as raised:
        require_fit(of, password)
    assert (raised.value.code, raised.value.status) == ("PasswordPolicyViolation", 400)
    return raised.value.message


@pytest.mark.parametrize("password", ["Abcdefg1", "abcdef1!", "ABCDEF1'", "Abcdefg|", "Ab 12345"])
def test_awss_default_asks_for_eight_characters_of_three_kinds(password: str) -> None:
    require_fit(account(), password)


@pytest.mark.parametrize(
    "password", ["Abcdef1", "abcdefg1", "ABCDEFG1", "Abcdefgh", "abcdefg!", "Abcdefg~", "Äbcdefgh", "abcdefg\u00b2!"]
)
def test_awss_default_refuses_shorter_ones_and_those_of_fewer_kinds(password: str) -> None:
    refused(account(), password)


def test_awss_default_refuses_the_name_of_the_account() -> None:
    assert refused(account(alias="example-corp1"), "Example-Corp1") == (
        "Password should not be identical to the account name"
    )
    require_fit(account(PasswordPolicy(), alias="example-corp1"), "example-corp1")


@pytest.mark.parametrize(
    ("policy", "bad", "good", "words"),
    [
        (PasswordPolicy(minimum_length=10), "123456789", "1234567890", "a minimum length of 10"),
        (PasswordPolicy(require_uppercase=True), "abcdef", "abcdeF", "at least one uppercase letter"),
        (PasswordPolicy(require_lowercase=True), "ABCDEF", "ABCDEf", "at least one lowercase letter"),
        (PasswordPolicy(require_numbers=True), "abcdef", "abcde1", "at least one number"),
        (PasswordPolicy(require_symbols=True), "abcde~", "abcde=", "at least one symbol"),
        (PasswordPolicy(), "12345", "123456", "a minimum length of 6"),
    ],
)
def test_a_policy_asks_for_what_it_says_and_no_more(policy: PasswordPolicy, bad: str, good: str, words: str) -> None:
    assert words in refused(account(policy), bad)
    require_fit(account(policy), good)


def test_the_last_passwords_cannot_come_back_as_many_as_the_policy_says() -> None:
    of = account(PasswordPolicy(reuse_prevention=2))
    profile = LoginProfile("alice", START, password=Secret("first1"))
    for password in ("second", "third3"):
        profile = changed(of, profile, password, START)
    for password in ("third3", "second"):
        with pytest.raises(ApiError, match="reuse prevention"):
            changed(of, profile, password, START)
    assert changed(of, profile, "first1", START).password == Secret("first1")
    assert changed(account(PasswordPolicy()), profile, "third3", START).changed == START


def test_as_many_former_passwords_are_remembered_as_a_policy_can_ask_for() -> None:
    profile = LoginProfile("alice", START)
    for n in range(30):
        profile = changed(account(PasswordPolicy()), profile, f"password{n}", START)
    assert [each.reveal() for each in profile.former] == [f"password{n}" for n in range(28, 4, -1)]


def test_a_password_expires_days_after_it_was_set() -> None:
    policy = PasswordPolicy(max_age_days=90)
    profile = LoginProfile("alice", START, changed=START + timedelta(days=10))
    assert not expired(account(policy), profile, START + timedelta(days=100) - timedelta(seconds=1))
    assert expired(account(policy), profile, START + timedelta(days=100))
    assert expired(account(policy), LoginProfile("alice", START), START + timedelta(days=90))
    assert not expired(account(PasswordPolicy()), profile, START + timedelta(days=9999))
    assert not expired(account(), profile, START + timedelta(days=9999))
