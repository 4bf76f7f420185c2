"""What the checker accepts is held against the evaluator, on bundles and requests made at random."""

from __future__ import annotations

from random import Random

import pytest
from tests.unit.proof.certificates import EVERYTHING, WITHOUT_MFA, Json, NoProof, policy, proved
from tests.unit.proof.randomly import USERS, random_bundle, random_policy, random_request

from iamfa.evaluate.batch import bundle_of, request_of
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.match import action_matches, resource_matches
from iamfa.policy.bundle import Bundle, document_of
from iamfa.policy.policy import Policy
from iamfa.proof.checker import verify


def random_claim(random: Random, user: str | None) -> Json:
    named = {} if user is None else {"user": user}
    if random.random() < 0.5:
        outside = random.choice(([], ["iam:ListUsers"], ["iam:*", "kms:*"]))
        return {"id": "without-mfa", "outside": outside, "plus_everything": random.random() < 0.5, **named}
    return {
        "id": "never",
        "actions": random.choice((["iam:*"], ["s3:*"], ["iam:CreateUser"], ["kms:*"], ["*"])),
        "resources": random.choice((None, None, ["arn:aws:s3:::b/*"], ["*mfa/*"])),
        "credentials": random.sample(["long-term-key", "token", "token-mfa", "console"], 2),
        **named,
    }


def concerns(claim: Json, request: Json) -> bool:
    """Whether the claim speaks about the request."""
    action = request["action"]
    if action == "sts:GetSessionToken":
        return False
    if claim["id"] == "without-mfa":
        return not any(action_matches(text, action) for text in claim["outside"])
    listed = claim["resources"]
    if listed is not None and not any(resource_matches(text, request["resource"], {}) for text in listed):
        return False
    return any(action_matches(text, action) for text in claim["actions"])


def asks_twice(bundle: Bundle) -> bool:
    """Whether one condition stands in several places; what is unknown of it is the same in all of them."""
    found = [
        (each.operator.text, each.key.text.lower(), each.values, document_of(layer.document).variables)
        for layer in bundle.layers()
        for statement in document_of(layer.document).statements
        for each in statement.conditions
    ]
    return len(found) > len(set(found))


def found_violation(claim: Json, a: Json, random: Random, tries: int) -> Json | None:
    bundle = bundle_of({**a, "request": {}})
    if claim.get("plus_everything"):
        bundle = bundle.plus(Policy.from_document(policy(EVERYTHING)))
    wrong = {"allowed"} if asks_twice(bundle) else {"allowed", "unknown"}
    decider = Decider(bundle)
    for _ in range(tries):
        kind = random.choice(claim.get("credentials", WITHOUT_MFA))
        request = random_request(random, kind, claim.get("user") or random.choice(USERS))
        if concerns(claim, request) and decider.decide(request_of(request)).decision in wrong:
            return request
    return None


def try_bundles(random: Random, count: int) -> tuple[int, int]:
    """How many of so many bundles were proved, and of how many others a request shows that nothing can be proved."""
    proofs = violated = 0
    for _ in range(count):
        user = random.choice((None, None, USERS[0]))
        a = random_bundle(random, resource_account=user is not None)
        claim = random_claim(random, user)
        try:
            certificate = proved(claim, a, patience=300)
        except NoProof:
            violated += found_violation(claim, a, random, 200) is not None
            continue
        assert verify(certificate).cases
        proofs += 1
        assert found_violation(claim, a, random, 300) is None, (claim, a)
    return proofs, violated


def test_no_request_breaks_what_is_proved() -> None:
    proofs, violated = try_bundles(Random(0), 25)
    assert proofs > 7
    assert violated > 3


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_no_request_breaks_what_is_proved_of_many_bundles(seed: int) -> None:
    proofs, violated = try_bundles(Random(seed), 120)
    assert proofs > 30
    assert violated > 10


def test_what_one_document_permits_beyond_another_is_never_proved_away() -> None:
    random = Random(3)
    proofs = 0
    for _ in range(25):
        first, second = (random_policy(random, most=2) for _ in range(2))
        if random.random() < 0.7:
            second["Statement"].append({**first["Statement"][0], "Effect": "Allow", "Action": "*"})
            second["Statement"][-1].pop("NotAction", None)
            second["Statement"] = [each for each in second["Statement"] if each["Effect"] == "Allow"]
        a, b = {"identity_policies": [first]}, {"identity_policies": [second]}
        try:
            certificate = proved({"id": "implies", "kind": "identity"}, a, b, patience=300)
        except NoProof:
            continue
        assert verify(certificate).cases
        proofs += 1
        deciders = [Decider(bundle_of({**each, "request": {}})) for each in (a, b)]
        for _ in range(200):
            request = random_request(random, random.choice(["token", "token-mfa", "long-term-key"]), USERS[0])
            request["action"] = random.choice(("s3:GetObject", "iam:CreateUser", "iam:ListUsers", "x:y"))
            of_first, of_second = (each.decide(request_of(request)).decision for each in deciders)
            assert of_first != "allowed" or of_second in ("allowed", "unknown"), (first, second, request)
    assert proofs > 3
