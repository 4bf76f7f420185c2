"""Session policies and tags: what cannot go into a session, and how large its token gets."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.unit.sandbox.direct import ADMINISTRATOR, Direct

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.session_contents import contents_of

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


@pytest.fixture(scope="module")
def box() -> Direct:
    return Direct()


def refusal(box: Direct, **parameters: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        contents_of(box.account, parameters)
    return caught.value


def test_nothing_passed_is_nothing(box: Direct) -> None:
    found = contents_of(box.account, {})
    assert (found.policies, found.tags, found.packed) == (None, (), 0)


def test_policies_come_inline_and_by_arn(box: Direct) -> None:
    found = contents_of(box.account, {"Policy": POLICY, "PolicyArns": [{"arn": ADMINISTRATOR}]})
    assert found.policies == (POLICY, box.account.policies[ADMINISTRATOR].text)


@pytest.mark.parametrize("text", ["{", "{}", '{"Statement": [{"Effect": "Allow", "Action": "s3:*"}]}'])
def test_an_invalid_session_policy_is_malformed(box: Direct, text: str) -> None:
    refused = refusal(box, Policy=text)
    assert (refused.code, refused.status) == ("MalformedPolicyDocument", 400)


def test_a_managed_policy_must_be_there(box: Direct) -> None:
    assert refusal(box, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/Nothing"}]).code == "MalformedPolicyDocument"


def test_at_most_ten_managed_policies_are_taken(box: Direct) -> None:
    assert contents_of(box.account, {"PolicyArns": [{"arn": ADMINISTRATOR}] * 10}).policies
    assert refusal(box, PolicyArns=[{"arn": ADMINISTRATOR}] * 11).code == "ValidationError"


def test_an_inline_policy_has_2048_characters_at_most(box: Direct) -> None:
    assert contents_of(box.account, {"Policy": POLICY.ljust(2048)}).policies
    refused = refusal(box, Policy=POLICY.ljust(2049))
    assert refused.code == "ValidationError"
    assert refused.message.endswith("Member must have length less than or equal to 2048")


def test_inline_and_managed_policies_share_the_2048_characters(box: Direct) -> None:
    arns = [{"arn": ADMINISTRATOR}]
    assert contents_of(box.account, {"Policy": POLICY.ljust(2048 - len(ADMINISTRATOR)), "PolicyArns": arns}).policies
    refused = refusal(box, Policy=POLICY.ljust(2049 - len(ADMINISTRATOR)), PolicyArns=arns)
    assert (refused.code, refused.status) == ("PackedPolicyTooLarge", 400)
    assert "2049 characters" in refused.message
    assert "2048" in refused.message


def test_tags_that_pack_badly_are_too_much(box: Direct) -> None:
    letters = random.Random(1)
    tags = [{"Key": f"k{i}", "Value": "".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=256))} for i in range(50)]
    assert contents_of(box.account, {"Tags": tags[:10]}).packed > 0
    assert refusal(box, Tags=tags).code == "PackedPolicyTooLarge"


def test_inherited_tags_take_room_as_well(box: Direct) -> None:
    assert contents_of(box.account, {}, (("team", "blue"),)).packed > 0
