from __future__ import annotations

import pytest
from tests.unit.proof.sides import USER

from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.principal import Principal
from iamfa.proof.cases import TooManyCases, closed_cases, free_cases, user_cases

TAG = "aws:principaltag/team"


def test_a_variable_that_may_lack_a_value_makes_two_cases() -> None:
    found = list(user_cases(["console"], [TAG], user=None, has_boundary=False))
    assert [case.valued for case in found] == [{TAG: True}, {TAG: False}]
    assert [case.lookup(TAG) is None for case in found] == [False, True]


def test_the_name_of_a_user_who_is_given_is_known() -> None:
    (case,) = user_cases(["console"], ["aws:username"], user=Principal.parse(USER), has_boundary=True)
    assert case.lookup("aws:username") == "alice"
    assert case.has_boundary


def test_a_name_that_nobody_told_is_always_there() -> None:
    (case,) = user_cases(["console"], ["aws:username"], user=None, has_boundary=False)
    assert case.lookup("aws:username") is not None


def test_a_key_that_a_credential_never_carries_has_no_value() -> None:
    (case,) = user_cases(["long-term-key"], ["aws:tokenissuetime"], user=None, has_boundary=False)
    assert case.valued == {"aws:tokenissuetime": False}


def test_with_many_variables_there_are_too_many_cases() -> None:
    with pytest.raises(TooManyCases, match="more than 6 policy variables"):
        list(free_cases(None, [f"aws:principaltag/{i}" for i in range(7)]))


@pytest.mark.parametrize(
    ("who", "kinds"),
    [
        (USER, {"long-term-key", "token", "token-mfa", "console", "console-mfa"}),
        ("arn:aws:iam::111122223333:role/r", {"role"}),
        ("arn:aws:sts::111122223333:assumed-role/r/s", {"role"}),
        ("arn:aws:sts::111122223333:federated-user/bob", {"federated"}),
        ("ec2.amazonaws.com", {"service"}),
        ("arn:aws:iam::111122223333:root", {None}),
        (None, {None}),
    ],
)
def test_in_the_closed_world_everybody_has_his_own_kinds_of_credential(who: str | None, kinds: set[str | None]) -> None:
    found = {case.credential for case in closed_cases(Principal.parse(who), CREDENTIALS, [])}
    assert found == kinds
