from __future__ import annotations

from tests.unit.proof.sides import ALL, GUARD, Json, attached, statement, when

from iamfa.proof.cases import user_cases
from iamfa.proof.closed import ClosedWorld, carrying, groups, resource_forms
from iamfa.proof.grants import Grants
from iamfa.proof.search import Closed, Witness
from iamfa.proof.situation import ABSENT
from iamfa.proof.texts import fits

(CASE,) = user_cases(["long-term-key"], [], user=None, has_boundary=False)


def found(*statements: Json) -> Closed | Witness:
    grants = Grants(attached(*statements))
    formula = grants.allowed(CASE, possible=False)
    outcome = ClosedWorld(grants.everything).search(formula, CASE, possible=False)
    assert isinstance(outcome, Closed | Witness)
    return outcome


def test_actions_that_every_statement_treats_alike_are_one_group() -> None:
    (alike,) = groups(Grants(attached(statement(action=["sqs:*", "sqs:Send*"]))).everything, ())
    assert "sqs:SendMessage" in alike.actions
    apart = groups(Grants(attached(statement(action="sqs:*"), statement(action="sqs:Send*"))).everything, ())
    assert sorted("sqs:SendMessage" in each.actions for each in apart) == [False, True]


def test_an_allow_of_everything_reaches_all_services() -> None:
    alike = groups(Grants(attached(GUARD, ALL)).everything, ())
    assert {"iam:ListUsers"} in [set(each.actions) for each in alike]


def test_an_action_without_types_of_resources_is_asked_on_a_star_alone() -> None:
    assert [pattern.text for pattern in resource_forms("iam:ListUsers")] == ["*"] or any(
        fits(form)("*") for form in resource_forms("s3:ListAllMyBuckets")
    )
    assert isinstance(found(statement(action="s3:ListAllMyBuckets", resource="arn:aws:s3:::*")), Closed)


def test_an_action_is_asked_on_resources_of_its_types() -> None:
    (form, *_) = resource_forms("sqs:SendMessage")
    assert fits(form)("arn:aws:sqs:eu-central-1:123456789012:queue")
    assert not fits(form)("arn:aws:sqs:eu-central-1:1234:queue")
    assert isinstance(found(statement(action="sqs:SendMessage", resource="arn:aws:s3:::bucket/*")), Closed)


def test_a_witness_is_on_a_resource_that_somebody_would_name() -> None:
    outcome = found(statement(action="sqs:SendMessage", resource="arn:aws:sqs:*:*:*"))
    assert isinstance(outcome, Witness)
    assert outcome.resource == "arn:aws:sqs:eu-central-1:123456789012:example"


def test_a_request_carries_a_key_only_where_its_action_can() -> None:
    tagged = when("StringEquals", "aws:RequestTag/team", "a")
    assert isinstance(found(statement(action="s3:ListAllMyBuckets", Condition=tagged)), Closed)
    outcome = found(statement(action="iam:CreateUser", Condition=tagged))
    assert isinstance(outcome, Witness)
    assert outcome.keys["aws:requesttag/team"] == "a"


def test_a_key_of_a_service_is_carried_by_its_own_actions_alone() -> None:
    case = carrying("sqs:SendMessage", CASE, ["s3:prefix"])
    assert case.domain("s3:prefix") == ABSENT
    assert carrying("s3:ListBucket", CASE, ["s3:prefix"]).domain("s3:prefix") != ABSENT
