"""Proofs and differences as programs and people read them: every agreed field, and nothing that moves a cursor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamfa.evaluate.explain import reasons_alone
from iamfa.evaluate.request import Request
from iamfa.policy.policy import Policy
from iamfa.report.diff_json_v1 import diff_json
from iamfa.report.diff_text import change_lines
from iamfa.report.paper import Paper, plain
from iamfa.report.prove_json_v1 import prove_json, verified_json
from iamfa.report.prove_text import answer_lines, verified_lines
from iamfa.report.shown import Explained, ShownAnswer, ShownCertificate, ShownChange, ShownSide

POLICY = Policy.parse(
    '{"Version": "2012-10-17", "Statement": ['
    + ", ".join(f'{{"Sid": "S{i}", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}}' for i in range(5))
    + "]}",
    path="p.json",
)
REQUEST = Request("s3:GetObject", "arn:aws:s3:::b/k", context={"aws:TagKeys": ["a", "b"], "aws:userid": "AID"})
REASONS = reasons_alone({"identity[0]": POLICY.document}, REQUEST)
WHY = Explained(True, "p.json", REASONS, {"identity[0]": POLICY})
WHY_NOT = Explained(False, "q.json", (), {})
REFUTED = ShownAnswer(
    "refuted", "nothing passes", REQUEST, "token", True, apart_from=("sts:GetSessionToken",), outside=("iam:*",),
    outside_from_file=True, explained=(WHY,), read=("p.json (identity[0])",), not_read="other policies",
)  # fmt: skip
PROVED = ShownAnswer("proved", "nothing passes", certificate={"version": 1}, of_the_catalogue=False)
UNKNOWN = ShownAnswer("unknown", "nothing passes", reason="too \x1b[2J many")
CHANGE = ShownChange(
    "p.json", "q.json", "b_less", "unknown", ShownSide(REQUEST, (WHY, WHY_NOT)), None, ("why",), ("x",)
)
REQUEST_JSON = {
    "principal": None,
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::b/k",
    "context": {"aws:TagKeys": ["a", "b"], "aws:userid": "AID"},
}


def test_the_shape_of_prove_is_the_one_that_was_agreed() -> None:
    assert prove_json(REFUTED) == {
        "version": 1,
        "answer": "refuted",
        "statement": "nothing passes",
        "witness": REQUEST_JSON,
        "credential": "token",
        "closed": True,
        "certificate": None,
        "reason": None,
        "apart_from": ["sts:GetSessionToken"],
        "outside": ["iam:*"],
        "outside_from_file": True,
    }
    assert prove_json(PROVED)["certificate"] == {"version": 1}
    assert prove_json(PROVED)["outside"] is None
    assert prove_json(UNKNOWN)["witness"] is None


def test_the_shape_of_diff_is_the_one_that_was_agreed() -> None:
    assert diff_json(CHANGE) == {
        "version": 1,
        "relation": "b_less",
        "closed_relation": "unknown",
        "only_a": REQUEST_JSON,
        "only_b": None,
        "reasons": ["why"],
    }


def test_the_shape_of_a_checked_certificate_is_frozen() -> None:
    shown = ShownCertificate("c.json", "never", "words", (("boundary", "ab"),), (("p.json", "cd", False),), 1, ("x:Y",))
    assert verified_json(shown) == {
        "version": 1,
        "verified": True,
        "claim": "never",
        "statement": "words",
        "policies": [{"policy": "boundary", "sha256": "ab"}],
        "files": [{"path": "p.json", "sha256": "cd", "claimed": False}],
        "cases": 1,
        "apart_from": ["x:Y"],
    }
    text = plain(verified_lines(Paper(200), shown))
    assert "checked: c.json, 1 case\n" in text
    assert "apart from x:Y" in text
    assert "apart from" not in plain(verified_lines(Paper(200), replace(shown, apart_from=())))


def test_a_witness_shows_the_context_that_is_not_of_every_request() -> None:
    text = plain(answer_lines(Paper(200), REFUTED))
    assert "with a session token obtained without MFA" not in text, "nobody is named, so nobody shows anything"
    assert "where aws:TagKeys = ['a', 'b']\n" in text
    assert "aws:userid = AID" in plain(answer_lines(Paper(200), REFUTED, verbose=True))


def test_many_statements_that_decide_are_cut_short_and_said_so() -> None:
    text = plain(answer_lines(Paper(200), REFUTED))
    assert ("`S2`" in text, "`S3`" in text) == (True, False)
    assert "and 2 more statements (--verbose shows them)" in text
    assert "`S4`" in plain(answer_lines(Paper(200), REFUTED, verbose=True))


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (REFUTED, "in both worlds: AWS has this action today (closed world)"),
        (replace(REFUTED, of_the_catalogue=False), "that today's do it too (closed world) was not shown"),
        (PROVED, "also those that AWS does not have yet (open world)"),
        (UNKNOWN, "why nothing was shown: too \\x1b[2J many"),
    ],
)
def test_the_worlds_are_told_and_nothing_moves_a_cursor(shown: ShownAnswer, said: str) -> None:
    assert said in plain(answer_lines(Paper(200), shown))


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        ("equivalent", "`p.json` and `q.json` permit the same"),
        ("a_less", "`p.json` permits less than `q.json`"),
        ("b_less", "`p.json` permits more than `q.json`"),
        ("incomparable", "`p.json` and `q.json` each permit what the other does not"),
        ("unknown", "whether `p.json` and `q.json` permit the same is unknown"),
    ],
)
def test_every_relation_is_said_in_words(relation: str, said: str) -> None:
    text = plain(change_lines(Paper(200), replace(CHANGE, relation=relation)))
    assert text.startswith(said + "\n")
    assert "not known: why" in text
    assert "left aside: x" in text
    assert "not permitted by q.json, of which no Allow fits" in text
