"""The questions measure what they say: a sandbox that takes AWS to answer so is found to answer so.

These run on sandboxes always, whatever account is named: what AWS answers nobody knows beforehand.
"""

from __future__ import annotations

import re

import pytest
from tests.contract.open_questions import QUESTIONS
from tests.contract.question import Answer, Question, answer
from tests.contract.stage import Stage
from tests.contract.venue import SandboxVenue

from iamfa.platform import ASSUMPTIONS

ENFORCED_NOWHERE = {"code-guessing-limited"}
"""The sandbox counts no wrong codes, whatever this assumption says."""
SETTABLE = [
    (question, value)
    for question in QUESTIONS
    for value in (ASSUMPTIONS[question.assumption].values if question.assumption else ())
    if question.assumption not in ENFORCED_NOWHERE
]


def ask(question: Question, **assumptions: str) -> Answer:
    with Stage(SandboxVenue({name.replace("_", "-"): value for name, value in assumptions.items()})) as stage:
        return answer(question, stage)


@pytest.mark.parametrize(("question", "value"), SETTABLE, ids=lambda each: getattr(each, "id", each))
def test_the_answer_is_the_value_that_the_sandbox_was_set_to(question: Question, value: str) -> None:
    with Stage(SandboxVenue({str(question.assumption): value})) as stage:
        found = answer(question, stage)
    assert (found.found, found.unsettled) == (value, None)


def question(id_: str) -> Question:
    return next(each for each in QUESTIONS if each.id == id_)


SANDBOX_ANSWERS = {
    "older-code-after-newer": "refused",
    "code-guessing-limited": "no",
    "late-enabling": {
        "-240 steps": "InvalidAuthenticationCode",
        "-100 steps": "enabled",
        "-20 steps": "enabled",
        "-5 steps": "enabled",
        "-2 steps": "enabled",
        "+2 steps": "InvalidAuthenticationCode",
    },
    "own-device-rule-reach": dict.fromkeys(
        ("CreateVirtualMFADevice", "DeleteVirtualMFADevice", "ResyncMFADevice"), "allowed"
    ),
    "own-device-rule-after-removal": "allowed",
    "role-session-keys": dict.fromkeys(("key", "key-and-code", "token", "token-mfa"), "false"),
    "federated-session-keys": "absent",
    "session-survival": dict.fromkeys(("key inactive", "key deleted", "device deactivated", "device deleted"), "lives"),
    "partition-wildcard": "fits",
    "empty-tag-value": {
        "null-true": "holds",
        "null-false": "does not hold",
        "equals-empty": "holds",
        "like-star": "holds",
        "not-equals-other": "holds",
    },
    "arn-operator-on-text": dict.fromkeys(("arn-like", "arn-not-like", "arn-not-equals"), "does not hold"),
    "device-name-case": "two devices",
    "seed-length": "64",
}


MANY_CALLS = {"late-enabling", "session-survival", "code-guessing-limited"}


@pytest.mark.parametrize(
    "id_", [pytest.param(id_, marks=[pytest.mark.soak] * (id_ in MANY_CALLS)) for id_ in SANDBOX_ANSWERS]
)
def test_what_has_no_assumption_is_answered_as_the_sandbox_does_it(id_: str) -> None:
    assert ask(question(id_)).found == SANDBOX_ANSWERS[id_]


def test_what_moves_another_assumption_is_seen_by_the_questions_beside_it() -> None:
    chained = ask(question("role-session-keys"), role_session_mfa="true-when-chained").found
    assert chained == {"key": "false", "key-and-code": "false", "token": "false", "token-mfa": "true, age"}


def test_texts_are_literal_without_what_differs_from_run_to_run() -> None:
    first = ask(question("error-texts"))
    assert isinstance(first.found, dict) and len(first.found) > 35
    assert first.found["delete: a user with a device"] == (
        "409 DeleteConflict: Cannot delete entity, must delete MFA device first."
    )
    assert first.found["enable: the ninth device"].startswith("409 LimitExceeded: ")
    assert "accepted" not in first.found.values(), "each situation is one that AWS refuses"
    assert not re.search(r"iamfa-contract-|\d{12}|AKIA[A-Z0-9]", " ".join(first.found.values()))


def test_where_a_control_fails_the_question_stays_open_and_says_why() -> None:
    found = ask(question("own-device-rule-order"), platform="2022-11")
    assert (found.found, found.unsettled) == (None, "a control failed: without the Deny the rule refuses")
    strict = ask(question("older-code-after-newer"), totp_window="0")
    assert (strict.found, strict.unsettled) == (None, "a control failed: a code one step old is accepted at all")


def test_every_assumption_that_calls_can_settle_has_its_question() -> None:
    asked = {each.assumption for each in QUESTIONS}
    assert set(ASSUMPTIONS) - asked == {"console-deletes-unassigned"}, "the console's doing"
    assert len({each.id for each in QUESTIONS}) == len(QUESTIONS)


def test_evidence_shows_every_call_and_no_secret() -> None:
    with Stage(SandboxVenue()) as stage:
        found = answer(question("code-replay"), stage)
        text = str(found.record())
        calls = [each["call"] for each in found.evidence if "call" in each]
        assert calls.count("sts:GetSessionToken") == 3
        assert {"iam:CreateUser", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice"} <= set(calls)
        assert "'TokenCode': '***'" in text and "the code of the step +0 from the present one" in text
        assert stage.account not in text
        assert not re.search(r"AKIA[A-Z0-9]|ASIA[A-Z0-9]|\b\d{6}\b(?!\+)", text.replace(found.date, ""))
    refused = [each["answer"] for each in found.evidence if each.get("answer", "ok") != "ok"]
    assert [each["status"] for each in refused] == [403]
