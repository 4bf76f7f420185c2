"""What a verdict tells, and that it computes nothing before somebody looks."""

from __future__ import annotations

from typing import Any

import pytest

from iamfa.evaluate.decide import decide
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Explanation, Reason, Verdict, Why
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

USER = "arn:aws:iam::111122223333:user/alice"
OBJECT = "arn:aws:s3:::bucket/key"
REQUEST = Request("s3:GetObject", OBJECT, principal=USER)


def policy(*statements: dict[str, Any]) -> Policy:
    filled = [{"Effect": "Allow", "Action": "*", "Resource": "*", **each} for each in statements]
    return Policy.from_document({"Version": "2012-10-17", "Statement": filled})


OPEN = {"Sid": "Open", "Condition": {"Null": {"aws:x": "perhaps"}}}
ALL = {"Sid": "All"}
NONE = {"Sid": "None", "Effect": "Deny"}
ELSEWHERE = {"Sid": "Elsewhere", "Action": "iam:*"}


def verdict(*statements: dict[str, Any]) -> Verdict:
    return decide(REQUEST, Bundle([policy(*statements)]))


def sids(reasons: tuple[Reason, ...]) -> list[str | None]:
    return [reason.statement.sid for reason in reasons]


def test_the_explanation_is_computed_once_and_only_when_looked_at() -> None:
    asked: list[Request] = []

    def explain(request: Request) -> Explanation:
        asked.append(request)
        return Explanation("allowed", ())

    found = Verdict("allowed", REQUEST, explain)
    assert found.allowed
    assert repr(found) == f"<Verdict allowed s3:GetObject on {OBJECT}>"
    assert asked == []
    assert found.explanation is found.explanation
    assert found.reasons == ()
    assert asked == [REQUEST]


@pytest.mark.parametrize(
    ("statements", "decision", "deciding"),
    [
        ([ELSEWHERE, ALL], "allowed", ["All"]),
        ([ALL, ELSEWHERE, NONE], "explicit_deny", ["None"]),
        ([ELSEWHERE], "implicit_deny", []),
        ([OPEN, ELSEWHERE], "unknown", ["Open"]),
    ],
)
def test_the_deciding_statements_are_those_that_made_the_decision(
    statements: list[dict[str, Any]], decision: str, deciding: list[str]
) -> None:
    found = verdict(*statements)
    assert found.decision == decision
    assert sids(found.deciding) == deciding
    assert found.allowed is (decision == "allowed")


def test_the_deciding_reasons_come_first_and_those_that_do_not_fit_last() -> None:
    assert sids(verdict(ELSEWHERE, OPEN, ALL, NONE).reasons) == ["None", "All", "Open", "Elsewhere"]


def test_a_reason_tells_whether_it_fits_or_that_this_is_open() -> None:
    matched = {reason.statement.sid: reason.matched for reason in verdict(ELSEWHERE, OPEN, ALL).reasons}
    assert matched == {"Elsewhere": False, "Open": None, "All": True}


def test_every_statement_of_a_layer_that_does_not_bear_on_the_requester_says_so() -> None:
    bundle = Bundle(scps=[[policy(NONE)]], resource=Policy.from_document(
        {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}, kind=Kind.RESOURCE
    ))  # fmt: skip
    found = decide(Request("s3:GetObject", OBJECT), bundle)
    assert found.decision == "allowed"
    by_layer = {reason.policy: reason.why for reason in found.reasons}
    assert by_layer == {"scp[0][0]": Why.LAYER_NOT_APPLICABLE, "resource": Why.FITS}


def test_a_verdict_reads_as_sentences() -> None:
    assert str(verdict(ALL)) == (f"allowed: s3:GetObject on {OBJECT}\n  identity[0] Allow `All`: every element fits")
    assert str(verdict(NONE, ALL)) == (
        f"denied by an explicit Deny: s3:GetObject on {OBJECT}\n  identity[0] Deny `None`: every element fits"
    )
    assert str(verdict({**ELSEWHERE, "Resource": "*"})) == (
        f"denied because nothing allows it: s3:GetObject on {OBJECT}\n  no identity-based policy allows it\n"
        "  identity[0] Allow `Elsewhere`: the action is not in Action"
    )
    assert str(verdict(OPEN)) == (
        f"unknown: s3:GetObject on {OBJECT}\n"
        "  identity[0] Allow `Open`: a condition hangs on what is not known here (`aws:x` is absent)"
    )


def test_a_verdict_names_awss_own_rule_and_the_assumption_that_decide() -> None:
    who = decide(Request("sts:GetCallerIdentity", "*", principal=USER), Bundle([policy(NONE)]))
    assert "by AWS's own rule `get-caller-identity-always-allowed`" in str(who)
    deep = Request("logs:PutLogEvents", "arn:aws:logs:us-east-1:111122223333:group:stream", principal=USER)
    hanging = decide(deep, Bundle([policy({"Resource": "arn:aws:logs:us-east-1:*:stream"})]))
    assert str(hanging).endswith("the assumption `resource-star-crosses-colons` decides")
