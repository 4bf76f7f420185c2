"""What is decided by policies that cannot be read, by many, and where nobody can know."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.sandbox.direct import Direct

from iamfa.account.bearing import Texts
from iamfa.evaluate.decide import decide
from iamfa.evaluate.request import Request
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authorise import access_denied, decider_of

ALLOW = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
SESSION = "arn:aws:sts::123456789012:assumed-role/deploy/ci"


@pytest.mark.parametrize(
    ("inline", "attached"), [({"broken": "{"}, ()), ({}, ("arn:aws:iam::123456789012:policy/no",))]
)
def test_a_policy_that_cannot_be_read_decides_nothing(inline: dict[str, str], attached: tuple[str, ...]) -> None:
    box = Direct()
    box.account.users["administrator"] = replace(box.account.users["administrator"], inline=inline, attached=attached)
    with pytest.raises(ApiError) as error:
        box.call("ListUsers")
    assert (error.value.code, error.value.status) == ("InternalFailure", 500)


def test_compiled_policies_are_kept_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamfa.sandbox.authorise._KEPT_DECIDERS", 2)
    state = Direct().state
    first = decider_of(state, Texts((ALLOW,)))
    assert decider_of(state, Texts((ALLOW,))) is first
    for i in range(5):
        decider_of(state, Texts((ALLOW + " " * i,)))
    assert len(state.deciders) <= 2


def test_what_nobody_can_know_is_refused_and_says_so() -> None:
    text = ALLOW[:-2] + f', "Principal": {{"AWS": "{SESSION}"}}}}}}'
    some = Request("s3:GetObject", "arn:aws:s3:::b/k", principal="arn:aws:iam::123456789012:role/deploy")
    verdict = decide(some, Bundle(resource=Policy.parse(text)))
    assert verdict.decision == "unknown"
    refused = access_denied(verdict, {}, Direct().state)
    assert (refused.code, refused.status) == ("AccessDenied", 403)
    assert "does not know what AWS would answer" in refused.message
