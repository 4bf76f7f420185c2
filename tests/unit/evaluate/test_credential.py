"""The kinds of credential and what each carries into a request."""

from __future__ import annotations

import pytest

from iamfa.errors import RequestError
from iamfa.evaluate.credential import CREDENTIALS, WITH_MFA, WITHOUT_MFA, carried, context_of
from iamfa.evaluate.principal import Principal

ALICE = Principal.parse("arn:aws:iam::111122223333:user/team/alice")
PRESENT = "aws:MultiFactorAuthPresent"
AGE = "aws:MultiFactorAuthAge"
ISSUED = "aws:TokenIssueTime"


@pytest.mark.parametrize(
    ("kind", "present", "has_age", "is_temporary"),
    [
        ("long-term-key", None, False, False),
        ("token", "false", False, True),
        ("token-mfa", "true", True, True),
        ("console", "false", False, True),
        ("console-mfa", "true", True, True),
    ],
)
def test_each_credential_of_a_user_carries_what_the_page_says(
    kind: str, present: str | None, has_age: bool, is_temporary: bool
) -> None:
    made = context_of(ALICE, kind)
    assert made.values.get(PRESENT) == present
    assert (AGE in made.values) is has_age
    assert (ISSUED in made.unspecified) is is_temporary
    assert made.values["aws:username"] == "alice"
    assert made.values["aws:PrincipalArn"] == ALICE.text
    assert made.values["aws:PrincipalType"] == "User"
    assert not made.unspecified & set(made.values)


def test_the_age_of_a_code_can_be_told() -> None:
    assert context_of(ALICE, "token-mfa", mfa_age="3600").values[AGE] == "3600"


def test_the_kinds_are_a_closed_list_and_the_users_own_are_with_or_without_mfa() -> None:
    assert set(CREDENTIALS) == {
        "long-term-key", "token", "token-mfa", "console", "console-mfa", "role", "federated", "service",
    }  # fmt: skip
    assert {kind for kind, row in CREDENTIALS.items() if row.by_user} == {*WITHOUT_MFA, *WITH_MFA}
    assert all(CREDENTIALS[kind].mfa_present == "true" for kind in WITH_MFA)
    assert all(CREDENTIALS[kind].mfa_present != "true" for kind in WITHOUT_MFA)
    assert CREDENTIALS["role"].mfa_present == "false"
    assert CREDENTIALS["federated"].mfa_present is None
    assert CREDENTIALS["service"].principal_type is None


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(RequestError) as caught:
        context_of(ALICE, "passport")
    assert "passport" in caught.value.message
    assert "token-mfa" in str(caught.value.hint)


@pytest.mark.parametrize("kind", ["role", "federated", "service"])
def test_a_user_holds_no_credential_of_others(kind: str) -> None:
    with pytest.raises(RequestError, match="no IAM user holds"):
        context_of(ALICE, kind)


def test_only_a_user_holds_a_users_credential() -> None:
    with pytest.raises(RequestError, match="no IAM user holds"):
        context_of(Principal.parse("arn:aws:iam::111122223333:role/app"), "token")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("long-term-key", set()),
        ("token", {ISSUED}),
        ("token-mfa", {ISSUED, AGE}),
        ("console-mfa", {ISSUED, AGE}),
        ("federated", {ISSUED}),
    ],
)
def test_no_credential_takes_its_mfa_keys_from_what_is_told(kind: str, expected: set[str]) -> None:
    told = {PRESENT: "true", AGE: "5", ISSUED: "2026-01-01T00:00:00Z"}
    assert set(carried(told, kind)) == expected
    assert carried({"aws:SourceIp": "10.0.0.1", "AWS:multifactorauthPRESENT": "true"}, kind) == {
        "aws:SourceIp": "10.0.0.1"
    }
