"""Encoded authorization messages: opaque, opened by their own sandbox alone, in the form that AWS's page shows."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode

import pytest
from tests.unit.sandbox.direct import NUMBER, Direct

from iamfa.evaluate.decide import decide
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Verdict
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authorization_message import encoded

INSTANCE = f"arn:aws:ec2:us-east-1:{NUMBER}:instance/i-1"


def verdict(*policies: str, principal: str = f"arn:aws:iam::{NUMBER}:user/bob") -> Verdict:
    context = {"aws:MultiFactorAuthPresent": "false", "aws:TagKeys": ["a", "b"]}
    request = Request("ec2:StopInstances", INSTANCE, principal=principal, context=context)
    return decide(request, Bundle([Policy.parse(text) for text in policies]))


def opened(box: Direct, text: str) -> dict[str, object]:
    found = box.call("DecodeAuthorizationMessage", service="sts", EncodedMessage=text)["DecodedMessage"]
    value: dict[str, object] = json.loads(found)
    return value


def test_a_message_tells_who_asked_for_what_in_which_context() -> None:
    box = Direct()
    found = opened(box, encoded(box.state, verdict(), "AIDABOB"))
    assert found == {
        "allowed": False,
        "explicitDeny": False,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": "AIDABOB", "name": "bob", "arn": f"arn:aws:iam::{NUMBER}:user/bob"},
            "action": "ec2:StopInstances",
            "resource": INSTANCE,
            "conditions": {
                "items": [
                    {"key": "aws:MultiFactorAuthPresent", "values": {"items": [{"value": "false"}]}},
                    {"key": "aws:TagKeys", "values": {"items": [{"value": "a"}, {"value": "b"}]}},
                ]
            },
        },
    }


def test_an_explicit_deny_is_shown_with_its_statement() -> None:
    box = Direct()
    statement = {
        "Sid": "NoMfaNoStop",
        "Effect": "Deny",
        "Action": "ec2:Stop*",
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
    denying = json.dumps({"Version": "2012-10-17", "Statement": statement})
    role = f"arn:aws:sts::{NUMBER}:assumed-role/Developer/Ana"
    found = opened(box, encoded(box.state, verdict(denying, principal=role), "AROADEV:Ana"))
    assert found["explicitDeny"] is True
    assert found["matchedStatements"] == {
        "items": [
            {
                "statementId": "NoMfaNoStop",
                "effect": "DENY",
                "principals": {"items": [{"value": "AROADEV"}]},
                "principalGroups": {"items": []},
                "actions": {"items": [{"value": "ec2:Stop*"}]},
                "resources": {"items": [{"value": "*"}]},
                "conditions": {
                    "items": [{"key": "aws:MultiFactorAuthPresent", "values": {"items": [{"value": "false"}]}}]
                },
            }
        ]
    }
    context = found["context"]
    assert isinstance(context, dict)
    assert context["principal"] == {"id": "AROADEV:Ana", "arn": role}


def test_a_message_shows_nothing_to_whoever_holds_it() -> None:
    box = Direct()
    text = encoded(box.state, verdict(), "AIDABOB")
    assert text != encoded(box.state, verdict(), "AIDABOB"), "not even that two refusals were the same"
    assert b"StopInstances" not in urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_what_was_tampered_with_is_refused() -> None:
    box = Direct()
    text = encoded(box.state, verdict(), "AIDABOB")
    other = "A" if text[40] != "A" else "B"
    for bad in (
        text[:40] + other + text[41:],
        text[:-4],
        text + "\n",
        text + "AAAA",
        "x",
        "ünïcode",
        "!" + text,
        "A" * 64,
    ):
        with pytest.raises(ApiError) as caught:
            opened(box, bad)
        assert (caught.value.code, caught.value.status) == ("InvalidAuthorizationMessageException", 400)


def test_another_sandbox_does_not_open_it() -> None:
    box, elsewhere = Direct(), Direct()
    with pytest.raises(ApiError):
        opened(elsewhere, encoded(box.state, verdict(), "AIDABOB"))


def test_to_open_one_takes_a_permission() -> None:
    box = Direct()
    box.user("bob")
    text = encoded(box.state, verdict(), "AIDABOB")
    with pytest.raises(ApiError) as caught:
        box.call("DecodeAuthorizationMessage", by="bob", service="sts", EncodedMessage=text)
    assert caught.value.code == "AccessDenied"
