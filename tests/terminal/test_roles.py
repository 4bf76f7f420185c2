"""Roles: one session with MFA serves them all."""

from __future__ import annotations

from tests.terminal.conftest import Start
from tests.terminal.people import Person


def arns(alice: Person) -> list[list[str]]:
    return sorted(entry["roles"] for entry in alice.sessions().values())


def test_one_session_serves_two_roles(alice: Person, at: Start) -> None:
    names = ("reader", "writer")
    for name in names:
        alice.profile(name, role_arn=alice.role(name), source_profile="default", mfa_serial=alice.serial("phone"))
    login = at(alice, "login", "--profile", "reader")
    login.expect("MFA code of phone")
    login.type(alice.code())
    assert login.end() == 0, login.screen
    assert f"arn:aws:iam::{alice.account}:role/reader" in login.words
    other = at(alice, "login", "--profile", "writer", "--explain")
    assert other.end() == 0, other.screen
    assert "MFA code" not in other.written
    assert f"aws sts assume-role --role-arn arn:aws:iam::{alice.account}:role/writer" in other.words
    assert len(arns(alice)) == 3
    assert len(alice.calls("GetSessionToken")) == 1


def test_a_chain_of_roles_is_gone_through(alice: Person, at: Start) -> None:
    first = alice.role("first")
    second = alice.role("second", by=first, trust={})
    alice.profile("first", role_arn=first, source_profile="default")
    alice.profile("second", role_arn=second, source_profile="first", duration_seconds=7200, external_id="eleven")
    login = at(alice, "login", "--profile", "second")
    login.expect("MFA code of phone")
    login.type(alice.code())
    assert login.end() == 0, login.screen
    assert "lasts an hour instead of 2" in login.words
    assert arns(alice) == [[], [first], [first, second]]


def test_a_role_for_longer_is_assumed_with_the_code_itself(alice: Person, at: Start) -> None:
    role = alice.role("long", longest=43_200)
    alice.profile("long", role_arn=role, source_profile="default", duration_seconds=14_400)
    login = at(alice, "login", "--profile", "long", "--explain")
    login.expect("for 4 h the role is assumed with the key and a code")
    login.expect("MFA code of phone")
    login.type(alice.code())
    assert login.end() == 0, login.screen
    assert "3 h 59 min" in login.words or "4 h" in login.words
    assert "--token-code CODE --duration-seconds 14400" in login.words
    assert arns(alice) == [[role]]
    assert not alice.calls("GetSessionToken")


def test_an_external_id_is_told_and_one_that_is_missing_is_explained(alice: Person, at: Start) -> None:
    demanded = {"StringEquals": {"sts:ExternalId": "eleven"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}
    role = alice.role("partner", trust=demanded)
    alice.profile("partner", role_arn=role, source_profile="default", external_id="eleven")
    alice.profile("forgetful", role_arn=role, source_profile="default")
    login = at(alice, "login", "--profile", "partner")
    login.expect("MFA code of phone")
    login.type(alice.code())
    assert login.end() == 0, login.screen
    refused = at(alice, "login", "--profile", "forgetful")
    assert refused.end() == 4
    assert f"may not assume `{role}` (profile `forgetful`)" in refused.words
    assert "an external id" in refused.words
    assert f"the session has MFA, with the device `{alice.serial('phone')}`" in refused.words


def test_an_old_code_is_asked_for_again_where_a_new_one_is_demanded(alice: Person, at: Start) -> None:
    first = at(alice, "login")
    first.expect("MFA code")
    first.type(alice.code())
    assert first.end() == 0
    assert at(alice, "login", "--max-age", "1h").end() == 0
    fresh = at(alice, "login", "--max-age", "0")
    fresh.expect("MFA code")
    fresh.type(alice.code(steps=1))
    assert fresh.end() == 0, fresh.screen
