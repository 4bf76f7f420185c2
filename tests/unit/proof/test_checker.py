from __future__ import annotations

import ast
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.unit.proof.certificates import (
    EVERYTHING,
    SOME_USER,
    Json,
    NoProof,
    certificate,
    closed,
    formulas,
    mutated,
    policy,
    proved,
    random_tree,
    split,
    without_mfa,
)

from iamfa.errors import IamfaError
from iamfa.evaluate.batch import bundle_of, request_of
from iamfa.evaluate.decide import Decider
from iamfa.proof import checker
from iamfa.proof.checker import CertificateError, Claim, _Path, verify

PRESENT = "key aws:multifactorauthpresent"
DENY: Json = {
    "Effect": "Deny",
    "NotAction": ["iam:ListUsers", "iam:EnableMFADevice"],
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}
TREE = split("not identity[0][0]", action=closed("action"), resource=closed("resource"), condition_0=closed(PRESENT))
P1 = Path(__file__).parents[2] / "data" / "policies" / "aws-p1.json"


def forced() -> Json:
    """A certificate that holds."""
    return without_mfa(TREE, {"identity_policies": [policy(deepcopy(DENY))]}, "iam:ListUsers", "iam:EnableMFADevice")


def statement(of: Json) -> Json:
    """The Deny of `forced`."""
    found: Json = of["a"]["identity_policies"][0]["Statement"][0]
    return found


def refusal(of: Any) -> CertificateError:
    with pytest.raises(CertificateError) as caught:
        verify(of)
    assert caught.value.message
    return caught.value


# What verifies


def test_a_small_proof_verifies_and_says_what_it_shows() -> None:
    claim = verify(forced())
    assert isinstance(claim, Claim)
    assert claim.id == "without-mfa"
    assert "outside `iam:ListUsers`, `iam:EnableMFADevice` is allowed" in claim.words
    assert "any IAM user" in claim.words
    assert [case.credential for case in claim.cases] == ["long-term-key", "token", "console"]


def test_the_page_of_aws_is_proved_to_force_even_with_everything_else_allowed() -> None:
    tree = split(
        "not identity[0][4]", action=closed("action"), resource=closed("resource"), condition_0=closed(PRESENT)
    )
    document = json.loads(P1.read_text())
    exempt = document["Statement"][4]["NotAction"]
    made = without_mfa(tree, {"identity_policies": [document]}, *exempt, valued={"aws:username": True})
    assert len(verify(made).cases) == 3
    narrower = without_mfa(tree, {"identity_policies": [document]}, *exempt[1:], valued={"aws:username": True})
    assert "`action` is closed here" in refusal(narrower).message


def test_a_claim_about_one_user_takes_his_name_for_a_variable() -> None:
    alice = "arn:aws:iam::123456789012:user/alice"
    allow = {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}"}
    claim = {
        "id": "never", "actions": ["iam:*"], "resources": ["arn:aws:iam::*:user/bob"], "credentials": ["token-mfa"],
        "user": alice,
    }  # fmt: skip
    cases = [{"principal": alice, "credential": "token-mfa", "valued": {}, "tree": closed("resource")}]
    assert "the user" in verify(certificate(claim, {"identity_policies": [policy(allow)]}, cases)).words
    claim["user"] = cases[0]["principal"] = "arn:aws:iam::123456789012:user/bob"
    assert (
        "may still have a value" in refusal(certificate(claim, {"identity_policies": [policy(allow)]}, cases)).message
    )


def test_one_document_implies_another() -> None:
    narrow = policy({"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/${aws:username}"})
    wide = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"})
    tree = split("not b.identity[0][0]", action=closed("action"), resource=closed("resource"))
    cases = [
        {"principal": None, "credential": None, "valued": {"aws:username": there}, "tree": tree}
        for there in (True, False)
    ]
    claim = {"id": "implies", "kind": "identity"}
    a, b = {"identity_policies": [narrow]}, {"identity_policies": [wide]}
    assert len(verify(certificate(claim, a, cases, b)).cases) == 2
    refusal(certificate(claim, b, cases, a))
    assert "lacks" in refusal(certificate(claim, a, cases[:1], b)).message
    assert "cannot be checked" in refusal(certificate({"id": "implies", "kind": "trust"}, a, cases, b)).message
    refusal(certificate(claim, a, cases))


def test_where_nothing_is_allowed_any_leaf_will_do() -> None:
    nothing = without_mfa(closed("nothing"), {"identity_policies": [policy(DENY)]}, plus=False)
    assert verify(nothing).cases
    without_tree = deepcopy(nothing)
    without_tree["cases"][0]["tree"] = {}
    refusal(without_tree)


@pytest.mark.parametrize(
    "layers",
    [
        {"scps": [[policy(DENY), policy(EVERYTHING)]]},
        {"boundary": policy(DENY, EVERYTHING)},
        {"session_policies": [policy(DENY, EVERYTHING)]},
        {"resource_policy": policy({**DENY, "Principal": "*"}, {**EVERYTHING, "Principal": "*"})},
        {"boundary": policy({"Effect": "Allow", "Action": ["iam:ListUsers", "iam:EnableMFADevice"], "Resource": "*"})},
        {"scps": [[policy(EVERYTHING)], [policy({"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"})]]},
    ],
)
def test_every_layer_can_force(layers: Json) -> None:
    bundle = {"identity_policies": [policy(EVERYTHING)], **layers}
    claim = {"id": "without-mfa", "outside": ["iam:ListUsers", "iam:EnableMFADevice"], "plus_everything": True}
    assert verify(proved(claim, bundle)).cases


def test_a_grant_by_the_resource_past_everything_is_not_overlooked() -> None:
    boundary = policy({"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"})
    claim = {"id": "without-mfa", "outside": ["iam:*"], "plus_everything": True}
    for principal, holds in (
        ("*", False),
        ({"AWS": "arn:aws:iam::123456789012:user/alice"}, False),
        ({"AWS": "arn:aws:iam::123456789012:root"}, True),
        ({"AWS": "arn:aws:iam::123456789012:role/some-role"}, True),
    ):
        resource = policy({"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*"})
        bundle = {"identity_policies": [], "boundary": boundary, "resource_policy": resource}
        if holds:
            assert verify(proved(claim, bundle)).cases
        else:
            with pytest.raises(NoProof):
                proved(claim, bundle)


def test_a_resource_control_policy_does_not_reach_every_service() -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    deny = {**DENY, "Principal": "*", "Action": ["s3:*", "kms:*"]}
    del deny["NotAction"]
    bundle = {"identity_policies": [], "rcps": [[policy(allow), policy(deny)]]}
    claim = {"id": "never", "resources": ["arn:aws:s3:::*"], "credentials": ["console"]}
    assert verify(proved({**claim, "actions": ["s3:*"]}, {**bundle, "identity_policies": [policy(EVERYTHING)]})).cases
    for actions in (["ec2:*"], ["kms:*"]):
        with pytest.raises(NoProof):
            proved({**claim, "actions": actions}, {**bundle, "identity_policies": [policy(EVERYTHING)]})


def test_another_account_needs_both_sides_and_one_partition() -> None:
    user = "arn:aws:iam::123456789012:user/alice"
    claim = {
        "id": "never", "actions": ["s3:*"], "resources": ["arn:aws-cn:s3:::*"], "credentials": ["console"], "user": user
    }  # fmt: skip
    resource = policy({"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:*", "Resource": "*"})
    bundle = {
        "identity_policies": [policy(EVERYTHING)], "resource_policy": resource, "resource_account": "210987654321",
    }  # fmt: skip
    assert verify(proved(claim, bundle)).cases
    with pytest.raises(NoProof):
        proved({**claim, "resources": ["arn:aws:s3:::*"]}, bundle)
    for side in ({"identity_policies": []}, {"resource_policy": None}):
        assert verify(proved({**claim, "resources": None}, {**bundle, **side})).cases


def test_a_deny_that_spares_somebody_spares_perhaps_any_user() -> None:
    spare = {**DENY, "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:user/alice"}}
    bundle = {"identity_policies": [], "resource_policy": policy(spare)}
    claim = {"id": "without-mfa", "outside": ["iam:*"], "plus_everything": True}
    with pytest.raises(NoProof):
        proved(claim, bundle)
    assert verify(proved(claim, {**bundle, "boundary": policy(EVERYTHING)})).cases


# What is refused


def test_every_field_counts() -> None:
    for name in ("version", "claim", "a", "cases"):
        made = forced()
        del made[name]
        assert f"`{name}`" in refusal(made).message


@pytest.mark.parametrize("version", [2, 0, "1", True, None, 1.0, []])
def test_another_version_is_refused(version: object) -> None:
    assert "version" in refusal({**forced(), "version": version}).message


def change(name: str, make: Callable[[Json], object]) -> Any:
    return pytest.param(make, id=name)


@pytest.mark.parametrize(
    "spoil",
    [
        change("another claim", lambda c: c["claim"].update(id="with-mfa")),
        change("no claim", lambda c: c["claim"].update(id=["without-mfa"])),
        change("a claim of another kind", lambda c: c.update(claim={"id": "implies", "kind": "identity"})),
        change("fewer actions outside", lambda c: c["claim"]["outside"].pop()),
        change("other actions outside", lambda c: c["claim"].update(outside=["iam:ListUsers", "iam:GetUser"])),
        change("outside that is no action", lambda c: c["claim"].update(outside=["iam"])),
        change("outside that is no text", lambda c: c["claim"].update(outside=[1])),
        change("outside that is no list", lambda c: c["claim"].update(outside="iam:ListUsers")),
        change("everything neither true nor false", lambda c: c["claim"].update(plus_everything=1)),
        change("a field that nobody knows", lambda c: c["claim"].update(except_for="iam:*")),
        change("a user that is none", lambda c: c["claim"].update(user="alice")),
        change("a role as the user", lambda c: c["claim"].update(user="arn:aws:iam::123456789012:role/r")),
        change("another user", lambda c: c["claim"].update(user="arn:aws:iam::123456789012:user/alice")),
        change("a user that is a list", lambda c: c["claim"].update(user=["arn"])),
        change("a second bundle", lambda c: c.update(b={"identity_policies": []})),
        change("a bundle that is none", lambda c: c.update(a=[])),
        change("a layer that nobody knows", lambda c: c["a"].update(groups=[])),
        change("a document that is none", lambda c: c["a"]["identity_policies"].append(None)),
        change("a document that is a text", lambda c: c["a"]["identity_policies"].append("{}")),
        change("an invalid document", lambda c: c["a"]["identity_policies"].append({"Version": "2012-10-17"})),
        change("a document that is no JSON", lambda c: c["a"]["identity_policies"].append({"Statement": {1, 2}})),
        change("documents that are no list", lambda c: c["a"].update(identity_policies={})),
        change("levels that are no list", lambda c: c["a"].update(scps=[{}])),
        change("an account that is none", lambda c: c["a"].update(resource_account="١٢٣٤٥٦٧٨٩٠١٢")),
        change("an account without a user", lambda c: c["a"].update(resource_account="123456789012")),
        change("a resource's policy without Principal", lambda c: c["a"].update(resource_policy=policy(EVERYTHING))),
        change("too many documents", lambda c: c["a"]["identity_policies"].extend([policy(EVERYTHING)] * 200)),
        change("a resource left out", lambda c: statement(c).update(Resource="arn:aws:s3:::*")),
        change("a looser condition", lambda c: statement(c).update(
            Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})),
        change("the Deny made an Allow", lambda c: statement(c).update(Effect="Allow")),
        change("more exempt", lambda c: statement(c)["NotAction"].append("s3:*")),
        change("a case that is missing", lambda c: c["cases"].pop(1)),
        change("a case that is there twice", lambda c: c["cases"].append(deepcopy(c["cases"][0]))),
        change("cases that are no list", lambda c: c.update(cases={})),
        change("no cases", lambda c: c.update(cases=[])),
        change("a case that is none", lambda c: c["cases"].append(None)),
        change("too many cases", lambda c: c["cases"].extend([None] * 5000)),
        change("another principal", lambda c: c["cases"][0].update(principal="arn:aws:iam::123456789012:user/alice")),
        change("no principal", lambda c: c["cases"][0].update(principal=None)),
        change("a credential with MFA", lambda c: c["cases"][0].update(credential="token-mfa")),
        change("no credential", lambda c: c["cases"][0].update(credential=None)),
        change("a credential that is a list", lambda c: c["cases"][0].update(credential=["console"])),
        change("a case with a field that nobody knows", lambda c: c["cases"][0].update(note="x")),
        change("a case without a tree", lambda c: c["cases"][0].pop("tree")),
        change("half of a key's values", lambda c: c["cases"][0].update(valued={"aws:principaltag/team": True})),
        change("a key that is always there", lambda c: c["cases"][0].update(valued={"aws:username": False})),
        change("a key in capitals", lambda c: c["cases"][0].update(valued={"aws:PrincipalTag/team": True})),
        change("a value that is no answer", lambda c: c["cases"][0].update(valued={"aws:username": 1})),
        change("values that are no object", lambda c: c["cases"][0].update(valued=[])),
        change("a tree that is none", lambda c: c["cases"][0].update(tree=None)),
        change("a leaf at once", lambda c: c["cases"][0].update(tree=closed("action"))),
        change("a leaf about nothing", lambda c: c["cases"][0].update(tree=closed("nothing"))),
        change("a leaf that names no text", lambda c: c["cases"][0].update(tree={"closed": ["action"]})),
        change("a split of another statement", lambda c: c["cases"][0]["tree"].update(split="not identity[0][1]")),
        change("a split that is no text", lambda c: c["cases"][0]["tree"].update(split=["not"])),
        change("a part that is missing", lambda c: c["cases"][0]["tree"]["parts"].pop("resource")),
        change("a part too many", lambda c: c["cases"][0]["tree"]["parts"].update(principal=closed("action"))),
        change("a part under another name", lambda c: c["cases"][0]["tree"]["parts"].update({1: closed("action")})),
        change("parts that are a list", lambda c: c["cases"][0]["tree"].update(parts=[])),
        change("another variable", lambda c: c["cases"][0]["tree"]["parts"].update(action=closed("resource"))),
        change("a key that is not asked", lambda c: c["cases"][0]["tree"]["parts"].update(action=closed(PRESENT))),
        change("a node with both", lambda c: c["cases"][0]["tree"].update(closed="action")),
        change("a split twice", lambda c: c["cases"][0]["tree"]["parts"].update(action=deepcopy(TREE))),
    ],
)  # fmt: skip
def test_a_spoilt_certificate_is_refused_with_a_place(spoil: Callable[[Json], object]) -> None:
    made = forced()
    spoil(made)
    assert "`" in str(refusal(made))


def test_a_wider_list_of_exempt_actions_is_another_claim_and_a_true_one() -> None:
    made = forced()
    made["claim"]["outside"].append("s3:*")
    assert "`s3:*`" in verify(made).words


def test_what_is_no_certificate_is_refused() -> None:
    for value in (None, [], "x", 1, {}):
        refusal(value)


def test_a_tree_that_is_very_deep_or_very_large_is_refused_and_not_a_crash() -> None:
    deep: Any = closed("action")
    for _ in range(100_000):
        deep = {"split": "identity", "parts": {"identity[0][0]": deep}}
    made = forced()
    made["cases"][0]["tree"] = deep
    refusal(made)
    made["cases"][0]["principal"] = deep
    refusal(made)
    made = forced()
    made["claim"]["id"] = deep
    refusal(made)
    made["claim"] = {"id": "without-mfa", "outside": [], "plus_everything": True, "user": deep}
    refusal(made)
    made = forced()
    made["a"]["identity_policies"] = [{"Statement": deep}]
    refusal(made)
    made = forced()
    made["cases"][0]["tree"]["split"] = deep
    refusal(made)


def test_a_claim_of_what_no_policy_controls_is_refused() -> None:
    claim = {"id": "never", "actions": ["STS:getCallerIdentity"], "resources": None, "credentials": ["console"]}
    assert "whatever the policies say" in refusal(certificate(claim, {"identity_policies": []}, [])).message


@pytest.mark.parametrize(
    "claim",
    [
        {"actions": []},
        {"resources": []},
        {"credentials": []},
        {"credentials": ["console", "console"]},
        {"credentials": ["role"]},
        {"credentials": ["nothing"]},
        {"credentials": [None]},
    ],
)
def test_a_claim_about_nothing_is_refused(claim: Json) -> None:
    whole = {"id": "never", "actions": ["s3:*"], "resources": None, "credentials": ["console"], **claim}
    refusal(certificate(whole, {"identity_policies": []}, []))


# What is false


FALSE_ONES = (
    # `Bool` where `BoolIfExists` is meant: an access key alone carries no such key.
    policy({**DENY, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}),
    policy({**DENY, "Condition": {"Null": {"aws:MultiFactorAuthPresent": "true"}}}),
    policy({**DENY, "Resource": "arn:aws:s3:::*"}),
    policy({**DENY, "NotResource": "arn:aws:iam::*:user/${aws:username}", "Resource": None}),
    policy(DENY, version="2012-10-17") | {"Statement": [{**DENY, "Effect": "Allow"}, DENY | {"NotAction": "s3:*"}]},
)
FALSE_ONES[3]["Statement"][0].pop("Resource")
VIOLATION = (
    {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/x", "context": {}},
    {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/x", "context": {"aws:MultiFactorAuthPresent": "false"}},
    {"action": "ec2:RunInstances", "resource": "*", "context": {}},
    {"action": "iam:CreateUser", "resource": "arn:aws:iam::123456789012:user/some-user", "context": {}},
    {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/x", "context": {}},
)


def try_trees(number: int, random: Random, count: int) -> None:
    """Refuses so many random certificates for a claim that a request breaks."""
    document, request = FALSE_ONES[number], VIOLATION[number]
    bundle = {"identity_policies": [document, policy(EVERYTHING)]}
    context = {"aws:username": "some-user", **request["context"]}
    asked = request_of({**request, "principal": SOME_USER, "context": context})
    assert Decider(bundle_of({**bundle, "request": {}})).decide(asked).decision == "allowed"
    claim = {"id": "without-mfa", "outside": ["iam:ListUsers", "iam:EnableMFADevice"], "plus_everything": True}
    roots = list(formulas(claim, bundle))
    for _ in range(count):
        cases = [
            {
                "principal": SOME_USER,
                "credential": case.credential,
                "valued": dict(case.valued),
                "tree": random_tree(_Path().entering(formula), random),
            }
            for case, formula in roots
        ]
        refusal(certificate(claim, bundle, cases))


@pytest.mark.parametrize("number", range(len(FALSE_ONES)))
def test_no_tree_proves_what_is_false(number: int) -> None:
    try_trees(number, Random(number), 250)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(len(FALSE_ONES)))
def test_none_of_many_trees_proves_what_is_false(number: int) -> None:
    try_trees(number, Random(100 + number), 5_000)


def try_changes(random: Random, count: int) -> tuple[int, int]:
    """How many changed certificates are refused and accepted; the accepted ones hold for requests that are tried."""
    refused = accepted = 0
    for _ in range(count):
        made = mutated(forced(), random)
        if random.random() < 0.3:
            made = mutated(made, random)
        try:
            claim = verify(made)
        except CertificateError:
            refused += 1
            continue
        accepted += 1
        assert len(claim.cases) == 3
        decider = Decider(bundle_of({**made["a"], "request": {}}))
        for action in ("s3:GetObject", "iam:CreateUser"):
            if any(text.rstrip("*") in action for text in made["claim"]["outside"] if text.endswith("*")):
                continue
            for context in ({}, {"aws:MultiFactorAuthPresent": "false"}):
                asked = request_of({"principal": SOME_USER, "action": action, "resource": "x", "context": context})
                assert decider.decide(asked).decision not in ("allowed", "unknown")
    return refused, accepted


def test_no_change_of_a_good_certificate_makes_it_prove_what_is_false() -> None:
    refused, accepted = try_changes(Random(7), 400)
    assert refused > 250
    assert accepted > 5


@pytest.mark.soak
def test_none_of_many_changes_of_a_good_certificate_makes_it_prove_what_is_false() -> None:
    refused, accepted = try_changes(Random(8), 20_000)
    assert refused > 15_000
    assert accepted > 200


def test_the_checker_shares_no_code_with_the_search() -> None:
    room = Path(checker.__file__).parent
    files = sorted(room.glob("checker*.py"))
    assert len(files) > 5
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not str(node.module).startswith("iamfa.proof") or str(node.module).startswith(
                    "iamfa.proof.checker"
                )
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith("iamfa.proof") for name in node.names)


def test_the_error_is_one_of_the_library() -> None:
    assert issubclass(CertificateError, IamfaError)
