"""Deciding AssumeRole: a trust policy that is resolved first decides as one that is asked in one go."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sandbox.direct import NUMBER, Direct

from iamfa.evaluate.decide import decide
from iamfa.evaluate.request import Request
from iamfa.policy.document import Document, Kind
from iamfa.policy.policy import Policy
from iamfa.sandbox.assume import decide_assume, resolved, wanted_role
from iamfa.sandbox.authorise import bearing_of, request_of
from iamfa.sandbox.caller import Transport
from iamfa.sandbox.trust import trusted_document
from iamfa.sandbox.work import Work

ROLE = f"arn:aws:iam::{NUMBER}:role/reader"
ALICE = f"arn:aws:iam::{NUMBER}:user/alice"
CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"Null": {"aws:MultiFactorAuthAge": "true"}},
    {"StringEquals": {"sts:ExternalId": "42"}},
    {"StringLike": {"sts:RoleSessionName": "${aws:username}*"}},
)
ACTIONS = ("sts:AssumeRole", "sts:TagSession", "sts:*")


def some_trust(dice: random.Random) -> str:
    statements = [
        {
            "Effect": dice.choice(("Allow", "Allow", "Deny")),
            "Principal": {"AWS": dice.choice((ALICE, NUMBER, "*", f"arn:aws:iam::{NUMBER}:user/administrator"))},
            "Action": dice.choice(ACTIONS[:2]),
            **({"Condition": condition} if (condition := dice.choice(CONDITIONS)) else {}),
        }
        for _ in range(dice.randint(1, 3))
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def some_identity(dice: random.Random) -> dict[str, Any]:
    statement = {"Effect": dice.choice(("Allow", "Allow", "Deny")), "Action": dice.choice(ACTIONS), "Resource": "*"}
    condition = dice.choice(CONDITIONS[:4])
    return {"Version": "2012-10-17", "Statement": [{**statement, **({"Condition": condition} if condition else {})}]}


@pytest.mark.parametrize("seed", range(60))
def test_without_a_code_a_resolved_trust_policy_decides_as_the_whole_one(seed: int) -> None:
    dice = random.Random(seed)
    box = Direct()
    box.user("alice", *(some_identity(dice) for _ in range(dice.randint(0, 2))))
    box.call("CreateRole", RoleName="reader", AssumeRolePolicyDocument=some_trust(dice))
    caller = box.caller("alice")
    work = Work(box.state, caller, Transport(), box.state.clock.now())
    keys = {"sts:RoleSessionName": dice.choice(("alice-1", "bob")), **dice.choice(({}, {"sts:ExternalId": "42"}))}
    action = dice.choice(ACTIONS[:2])
    verdict, _ = decide_assume(work, wanted_role(work, ROLE), action, keys, code=False)
    trust = trusted_document(box.account.roles["reader"])
    bundle = replace(bearing_of(box.state, caller).texts.bundle(), resource=trust, resource_account=NUMBER)
    assert verdict.decision == decide(request_of(work, action, ROLE, keys), bundle).decision


def test_what_is_not_known_opens_nothing_and_still_shuts() -> None:
    """Requests of the sandbox tell everything; a key that nobody tells shows what would be."""
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    statements = [
        {"Effect": effect, "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole", "Condition": condition}
        for effect in ("Allow", "Deny")
    ]
    trust = Policy.parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), kind=Kind.TRUST).document
    untold = Request("sts:AssumeRole", ROLE, principal=ALICE, unspecified=frozenset({"aws:multifactorauthpresent"}))
    kept = resolved(trust, untold)
    assert isinstance(kept, Document)
    assert [(statement.effect, statement.conditions) for statement in kept.statements] == [("Deny", ())]
