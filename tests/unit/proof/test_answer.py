from __future__ import annotations

from typing import Any

import pytest
from tests.unit.proof.sides import ALL, GUARD, USER, attached, policy, statement, when

from iamfa import Bundle
from iamfa.evaluate.decide import decide
from iamfa.proof import answer as answers
from iamfa.proof.answer import Proved, Refuted, Unknown, prove, spelled, spelled_keys
from iamfa.proof.closed import ClosedWorld
from iamfa.proof.question import never, without_mfa
from iamfa.proof.search import Closed, Stuck, Witness


def test_what_is_forced_is_proved_and_the_proof_can_be_handed_on() -> None:
    answer = prove(without_mfa(outside=["iam:ListUsers"]), attached(GUARD, ALL))
    assert isinstance(answer, Proved)
    found = answer.certificate.as_json()
    assert found["claim"]["outside"] == ["iam:ListUsers"]
    assert [case["credential"] for case in found["cases"]] == ["long-term-key", "token", "console"]


def test_whatever_else_is_attached_nothing_passes_a_guard() -> None:
    question = without_mfa(outside=["iam:ListUsers"], plus_everything=True)
    assert isinstance(prove(question, attached(GUARD)), Proved)


def test_what_passes_is_shown_with_an_action_that_somebody_can_send() -> None:
    answer = prove(without_mfa(), attached(GUARD, ALL))
    assert isinstance(answer, Refuted)
    assert answer.of_the_catalogue
    assert answer.witness.action == "iam:ListUsers"
    assert decide(answer.witness, attached(GUARD, ALL)).decision == "allowed"


def test_the_long_term_key_passes_a_guard_by_bool_alone() -> None:
    guard = {**GUARD, "Condition": when("Bool", "aws:MultiFactorAuthPresent", "false")}
    answer = prove(without_mfa(outside=["iam:ListUsers"]), attached(guard, ALL))
    assert isinstance(answer, Refuted)
    assert answer.credential == "long-term-key"
    assert "aws:MultiFactorAuthPresent" not in answer.witness.context


def test_an_action_that_aws_does_not_have_is_told_from_one_that_it_has() -> None:
    answer = prove(never(["s3:Invented"]), attached(ALL))
    assert isinstance(answer, Refuted)
    assert not answer.of_the_catalogue


def test_a_claim_about_one_user_is_refuted_by_him() -> None:
    mine = statement(action="iam:*", resource="arn:aws:iam::*:user/${aws:username}")
    answer = prove(never(["iam:DeleteUser"], ["arn:aws:iam::*:user/alice"], user=USER), attached(mine))
    assert isinstance(answer, Refuted)
    assert answer.witness.principal.text == USER
    other = never(["iam:DeleteUser"], ["arn:aws:iam::111122223333:user/bob"], user=USER)
    answer = prove(other, attached(mine))
    assert isinstance(answer, Proved)
    claim = answer.certificate.as_json()["claim"]
    assert claim["resources"] == ["arn:aws:iam::111122223333:user/bob"]
    assert claim["user"] == USER


def test_a_claim_about_any_user_is_refuted_by_one_of_a_name_that_fits() -> None:
    named = statement(action="s3:GetObject", Condition=when("StringLike", "aws:username", "admin-?"))
    answer = prove(never(["s3:GetObject"]), attached(named))
    assert isinstance(answer, Refuted)
    assert str(answer.witness.keys["aws:username"]).startswith("admin-")
    assert answer.witness.principal.name == answer.witness.keys["aws:username"]


@pytest.mark.parametrize(
    "bundle",
    [
        Bundle(resource=policy({**ALL, "Principal": "*"})),
        Bundle([policy(ALL)], resource_account="444455556666"),
    ],
)
def test_who_is_meant_must_be_said_where_a_resources_own_policy_bears_on_the_claim(bundle: Bundle) -> None:
    answer = prove(without_mfa(), bundle)
    assert isinstance(answer, Unknown)
    assert "say which user" in answer.reason
    assert not isinstance(prove(without_mfa(user=USER), bundle), Unknown)


def test_too_many_policy_variables_are_not_looked_at() -> None:
    resources = [f"arn:aws:s3:::${{aws:PrincipalTag/t{i}}}" for i in range(7)]
    answer = prove(without_mfa(), attached(statement(action="s3:GetObject", resource=resources)))
    assert isinstance(answer, Unknown)
    assert "policy variables" in answer.reason


def test_what_hangs_on_undocumented_behaviour_is_neither_proved_nor_refuted() -> None:
    odd = statement(Condition=when("Null", "aws:SourceIp", "perhaps"))
    answer = prove(without_mfa(), attached(odd))
    assert isinstance(answer, Unknown)
    assert "does not document" in answer.reason


def test_a_request_that_surely_passes_is_found_behind_one_that_only_may() -> None:
    odd = statement("Deny", Condition=when("Null", "aws:SourceIp", "perhaps"))
    sure = statement("Deny", Condition=when("Null", "aws:SourceIp", "perhaps"), action="s3:*")
    assert isinstance(prove(without_mfa(), attached(odd, ALL)), Unknown)
    assert isinstance(prove(without_mfa(), attached(sure, ALL)), Refuted)


class _Outcomes:
    """Answers of the search, one after the other."""

    def __init__(self, *outcomes: Any) -> None:
        self._outcomes = list(outcomes)

    def __call__(self, *_: object, **__: object) -> Any:
        return self._outcomes.pop(0)


MAY = Witness("s3:getobject", "arn:aws:s3:::b/x", {})


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ([Stuck("no more")], "no more"),
        ([MAY, Stuck("no more")], "no more"),
        ([MAY, Closed({})], "whether a request passes hangs on what AWS does not document"),
        ([MAY, MAY], "a request was found that may pass, and the evaluator does not confirm it"),
    ],
)
def test_a_search_without_a_sure_end_is_unknown(
    monkeypatch: pytest.MonkeyPatch, outcomes: list[Any], reason: str
) -> None:
    monkeypatch.setattr(answers, "search", _Outcomes(*outcomes))
    monkeypatch.setattr(ClosedWorld, "search", lambda *_, **__: Closed({}))
    answer = prove(never(["s3:GetObject"], credentials=["console"]), attached(statement("Deny")))
    assert answer == Unknown(answer.statement, reason)


def test_a_request_behind_one_that_only_may_pass_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "search", _Outcomes(Witness("s3:putobject", "x", {}), MAY))
    monkeypatch.setattr(ClosedWorld, "search", lambda *_, **__: Closed({}))
    answer = prove(never(["s3:*"], credentials=["console"]), attached(statement(action="s3:GetObject")))
    assert isinstance(answer, Refuted)
    assert not answer.of_the_catalogue


def test_a_user_without_a_readable_arn_of_his_own_gets_one_of_his_name() -> None:
    witness = Witness("s3:getobject", "x", {"aws:principalarn": "arn:aws:iam::1:user/", "aws:username": "bob"})
    ((user, keys),) = list(answers._users(witness, SITUATION, None))
    assert user.text == "arn:aws:iam::123456789012:user/bob" == keys["aws:principalarn"]


SITUATION: Any = None


def test_actions_and_keys_are_spelled_as_aws_does_where_it_has_them() -> None:
    assert spelled("s3:getobject") == "s3:GetObject"
    assert spelled("s3:invented") == "s3:invented"
    assert spelled_keys({"aws:principaltag/Team": "a", "app:x": "b"}) == {"aws:PrincipalTag/Team": "a", "app:x": "b"}
