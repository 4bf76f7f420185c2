"""Whose the credentials are."""

from __future__ import annotations

import pytest
from tests.unit.device.stage import ARN, Stage

from iamfa.device.own_user import NotAUserError, own_user, user_of
from iamfa.gateway.ports import Identity


def test_the_user_is_told_by_his_key_with_and_without_a_path(stage: Stage) -> None:
    user = stage.user(path="/division/", name="bob")
    assert user == own_user(stage.calls("bob"))
    assert (user.partition, user.account, user.name) == ("aws", "123456789012", "bob")
    assert user.arn == f"{ARN}:user/division/bob"
    assert str(user) == "`bob` of the account 123456789012"


@pytest.mark.parametrize(
    ("arn", "who", "instead"),
    [
        (f"{ARN}:root", "the root user", "in the console only"),
        ("arn:aws:sts::123456789012:assumed-role/deploy/ci", "a session of a role", "`--profile`"),
        ("arn:aws:sts::123456789012:federated-user/bob", "a federated user", "`--profile`"),
        (f"{ARN}:user/", "no IAM user", "`--profile`"),
        ("arn:aws:sts::123456789012:user/bob", "no IAM user", "`--profile`"),
    ],
)
def test_anybody_else_is_refused_and_told_what_to_do_instead(arn: str, who: str, instead: str) -> None:
    with pytest.raises(NotAUserError) as error:
        user_of(Identity("123456789012", arn, "AIDA"))
    assert who in error.value.message
    assert f"`{arn}`" in error.value.message
    assert instead in str(error.value.hint)


def test_an_answer_that_is_no_arn_is_no_user() -> None:
    with pytest.raises(NotAUserError, match="is no ARN"):
        user_of(Identity("1", "bob", "AIDA"))
