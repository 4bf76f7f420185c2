from __future__ import annotations

import pytest
from tests.unit.proof.sides import USER, Json, attached, policy, statement, when

from iamfa import Bundle
from iamfa.proof import compare as compared
from iamfa.proof.closed import ClosedWorld
from iamfa.proof.compare import compare
from iamfa.proof.search import Stuck, Witness

BUCKET = "arn:aws:s3:::bucket"


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        (["s3:Get*", "s3:GetObject"], ["s3:get*"], "equivalent"),
        (["s3:GetObject"], ["s3:Get*"], "a_less"),
        (["s3:Get*"], ["s3:GetObject"], "b_less"),
        (["s3:Get*"], ["s3:List*"], "incomparable"),
    ],
)
def test_policies_are_the_same_or_one_permits_less_or_neither(a: list[str], b: list[str], relation: str) -> None:
    change = compare(attached(statement(action=a)), attached(statement(action=b)))
    assert (change.relation, change.closed_relation, change.reasons) == (relation, relation, ())


def test_two_lists_that_only_differ_in_what_aws_has_not_invented_differ_in_the_open_world_only() -> None:
    a = attached(statement(action=["s3:ListAllMyBuckets", "s3:ListAllMyBucketsEver"]))
    change = compare(a, attached(statement(action="s3:ListAllMyBuckets")))
    assert (change.relation, change.closed_relation) == ("b_less", "equivalent")
    assert change.only_a.only is not None
    assert change.only_a.only.action == "s3:listallmybucketsever"


def test_what_is_excluded_leaves_a_certificate_of_both_sides() -> None:
    change = compare(attached(statement(action="s3:Get*")), attached(statement()))
    certificate = change.only_a.certificate
    assert certificate is not None
    found = certificate.as_json()
    assert found["claim"] == {"id": "implies", "kind": "identity"}
    assert found["b"]["identity_policies"][0]["Statement"][0]["Action"] == "*"
    assert change.only_b.certificate is None


def test_a_witness_of_a_real_action_is_preferred_and_spelled_as_aws_does() -> None:
    change = compare(attached(statement(action="s3:*")), attached(statement(action="s3:Get*")))
    only = change.only_a.only
    assert only is not None
    assert only.action == "s3:ListAllMyBuckets"


def test_too_many_policy_variables_are_not_compared() -> None:
    resources = [f"arn:aws:s3:::${{aws:PrincipalTag/t{i}}}" for i in range(7)]
    a = attached(statement(action="s3:*", resource=resources))
    change = compare(a, attached(statement("Allow", "s3:GetObject", f"{BUCKET}/*")))
    assert change.relation == "unknown"
    assert any("policy variables" in reason for reason in change.reasons)


def test_what_hangs_on_undocumented_behaviour_is_unknown() -> None:
    odd = statement(Condition=when("Null", "aws:username", "perhaps"))
    change = compare(attached(odd), attached(statement("Deny")))
    assert change.relation == "unknown"
    assert change.reasons == ("whether a request passes hangs on what AWS does not document",)


def named(principal: Json | str, **more: object) -> Json:
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"{BUCKET}/*", **more}


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        ("*", {"AWS": "*"}, "equivalent"),
        ({"AWS": USER}, "*", "a_less"),
        ({"AWS": "111122223333"}, {"AWS": "arn:aws:iam::111122223333:root"}, "equivalent"),
        ({"AWS": USER}, {"AWS": "arn:aws:iam::111122223333:user/bob"}, "incomparable"),
        ({"AWS": ["arn:aws:iam::111122223333:role/r", "444455556666"]}, {"AWS": "444455556666"}, "b_less"),
        ({"Service": "ec2.amazonaws.com"}, {"Service": ["ec2.amazonaws.com", "s3.amazonaws.com"]}, "a_less"),
        ({"AWS": "arn:aws:sts::111122223333:assumed-role/r/s"}, {"AWS": "arn:aws:iam::111122223333:role/r"}, "a_less"),
    ],
)
def test_policies_of_resources_are_compared_for_everybody_whom_they_tell_apart(
    a: Json | str, b: Json | str, relation: str
) -> None:
    change = compare(Bundle(resource=policy(named(a))), Bundle(resource=policy(named(b))))
    assert change.relation == relation


def test_a_resource_policy_permits_more_than_none_at_all() -> None:
    change = compare(Bundle(resource=policy(named("*"))), Bundle())
    assert change.relation == "b_less"
    assert change.only_b.certificate is not None
    assert change.only_b.certificate.as_json()["a"]["resource_policy"] is None


def test_a_search_that_is_stuck_makes_the_answer_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared, "search", lambda *_, **__: Stuck("no more"))
    monkeypatch.setattr(ClosedWorld, "search", lambda *_, **__: Stuck("no more here"))
    change = compare(attached(statement(action="s3:Get*")), attached(statement(action="s3:Get*")))
    assert change.relation == "unknown"
    assert change.reasons == ("no more", "no more here")


def test_a_witness_that_the_evaluator_does_not_confirm_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared, "search", lambda *_, **__: Witness("s3:getobject", "*", {}))
    monkeypatch.setattr(ClosedWorld, "search", lambda *_, **__: Witness("s3:getobject", "*", {}))
    change = compare(attached(statement()), attached(statement()))
    assert change.relation == "unknown"


def test_a_value_that_a_variable_fills_is_kept_until_the_whole_request_is_known() -> None:
    """Asked by itself, without the variable's value, the condition on the tag would hold of nothing."""
    condition = {"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}
    found = compare(Bundle([policy(statement(Condition=condition))]), Bundle([policy(statement("Deny"))]))
    assert found.relation == "b_less"
    assert found.only_a.only is not None
    keys = found.only_a.only.keys
    assert keys["aws:resourcetag/owner"] == keys["aws:username"]
