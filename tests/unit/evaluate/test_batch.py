"""One line of `can --batch` or `match --batch` in, one out."""

from __future__ import annotations

from typing import Any

import pytest

from iamfa.errors import PolicyError
from iamfa.evaluate import batch
from iamfa.evaluate.batch import LineError, bundle_of, decide_line, match_line, reason_json, request_of
from iamfa.evaluate.decide import Decider, decide
from iamfa.evaluate.request import Request
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
OBJECT = "arn:aws:s3:::bucket/key"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    filled = [{"Effect": "Allow", "Action": "*", "Resource": "*", **each} for each in statements or ({},)]
    return {"Version": "2012-10-17", "Statement": filled}


ALLOW = document()
DENY = document({"Sid": "Stop", "Effect": "Deny"})
REQUEST = {"principal": USER, "action": "s3:GetObject", "resource": OBJECT, "context": {}}


def line(*identity: Any, **fields: Any) -> dict[str, Any]:
    return {"id": "one", "request": REQUEST, "identity_policies": list(identity), **fields}


def trust(principal: Any = "*", *, single: bool = False) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": statement if single else [statement]}


# can --batch


def test_a_line_is_answered_with_its_id_the_decision_and_the_reasons() -> None:
    assert decide_line(line(ALLOW)) == {
        "id": "one",
        "decision": "allowed",
        "reasons": [
            {
                "policy": "identity[0]",
                "statement": {"index": 0, "sid": None},
                "effect": "Allow",
                "matched": True,
                "why": "every element fits",
            }
        ],
    }


def test_an_allow_that_does_not_fit_is_told_only_where_nothing_allows() -> None:
    elsewhere = document({"Sid": "Elsewhere", "Resource": "arn:aws:s3:::other"})
    told = decide_line(line(elsewhere))
    assert told["decision"] == "implicit_deny"
    assert told["reasons"][0]["why"] == f"no entry of Resource fits: {OBJECT}"
    assert [r["policy"] for r in decide_line(line(elsewhere, ALLOW))["reasons"]] == ["identity[1]"]
    assert [r["statement"]["sid"] for r in decide_line(line(elsewhere, DENY))["reasons"]] == ["Stop"]


def test_what_was_expected_is_met_or_not() -> None:
    assert decide_line(line(ALLOW, expected="allowed"))["met"] is True
    assert decide_line(line(ALLOW, expected="explicit_deny"))["met"] is False
    assert "met" not in decide_line(line(ALLOW, expected=None))
    assert decide_line({"id": 7, "expected": "error"}) == {
        "id": 7,
        "decision": "error",
        "reasons": [],
        "error": {"message": "the line has no object `request`", "hint": None},
        "met": True,
    }


def test_an_assumption_on_which_the_decision_hangs_is_named() -> None:
    deep = document({"Resource": "arn:aws:logs:us-east-1:*:stream"})
    asked = {**REQUEST, "resource": f"arn:aws:logs:us-east-1:{ACCOUNT}:group:stream"}
    assert decide_line({**line(deep), "request": asked})["assumption"] == "resource-star-crosses-colons"
    assert "assumption" not in decide_line(line(ALLOW))


@pytest.mark.parametrize("bad", [None, 5, "line", [], [1]])
def test_what_is_no_object_is_an_error_without_an_id(bad: Any) -> None:
    answer = decide_line(bad)
    assert (answer["id"], answer["decision"]) == (None, "error")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"request": {**REQUEST, "context": ["a"]}}, "`context`"),
        ({"request": {**REQUEST, "principal": 5}}, "`principal`"),
        ({"request": {**REQUEST, "principals": USER}}, "unknown field `principals`"),
        ({"request": {**REQUEST, "action": 5}}, "no action"),
        ({"request": {**REQUEST, "resource": 5}}, "no resource"),
        ({"request": {"principal": USER}}, "no action"),
        ({"identity_policies": ALLOW}, "`identity_policies` is no list"),
        ({"identity_policies": [None]}, "holds null"),
        ({"identity_policies": [{}]}, "`identity_policies[0]` is no valid policy"),
        ({"boundary": {"Statement": []}}, "`boundary` is no valid policy"),
        ({"scps": [ALLOW]}, "`scps` is no list of lists"),
        ({"scps": {}}, "`scps` is no list of lists"),
        ({"scps": [[None]]}, "holds null"),
        ({"rcps": [[], [ALLOW]]}, "`rcps[1][0]` is no valid policy"),
        ({"session_policies": "all"}, "`session_policies` is no list"),
        ({"resource_policy": "all"}, "`resource_policy` is no valid policy"),
        ({"resource_account": "1"}, "12 digits"),
        ({"resource_account": 111122223333}, "12 digits"),
    ],
)
def test_a_bad_line_is_an_error_that_says_what_is_wrong(fields: dict[str, Any], words: str) -> None:
    answer = decide_line(line(ALLOW, **fields))
    assert answer["decision"] == "error"
    assert words in answer["error"]["message"]


def test_the_faults_of_a_policy_are_told_with_their_places() -> None:
    answer = decide_line(line(document({"Effect": "allow"})))
    (fault,) = answer["error"]["faults"]
    assert (fault["line"], fault["column"]) == (5, 17)
    assert fault["hint"] == "did you mean `Allow`?"


def test_equal_policies_are_compiled_once_where_the_caller_keeps_a_memory() -> None:
    memory: dict[str, Decider] = {}
    for context in ({}, {"aws:username": "alice"}):
        assert decide_line({**line(ALLOW), "request": {**REQUEST, "context": context}}, memory)["decision"] == "allowed"
    assert len(memory) == 1
    assert decide_line(line(DENY), memory)["decision"] == "explicit_deny"
    assert len(memory) == 2
    assert decide_line(line({}), memory)["decision"] == "error"
    assert len(memory) == 2


def test_a_memory_does_not_confuse_a_trust_policy_with_another() -> None:
    memory: dict[str, Decider] = {}
    asked = line(ALLOW, resource_policy=trust())
    assume = {**REQUEST, "action": "sts:AssumeRole", "resource": ROLE}
    assert decide_line({**asked, "request": assume}, memory)["decision"] == "allowed"
    assert decide_line(asked, memory)["decision"] == "error"


def test_a_memory_does_not_grow_without_end() -> None:
    memory: dict[str, Decider] = {}
    for number in range(1005):
        decide_line(line(document({"Sid": f"S{number}"})), memory)
    assert 0 < len(memory) <= 1000


def test_a_request_is_read_with_its_context() -> None:
    assert request_of({**REQUEST, "context": {"aws:TagKeys": ["a"]}}) == Request(
        "s3:GetObject", OBJECT, principal=USER, context={"aws:TagKeys": ["a"]}
    )
    assert request_of({"action": "s3:GetObject", "resource": OBJECT, "context": None}) == Request(
        "s3:GetObject", OBJECT
    )


def test_a_bundle_file_has_the_policy_fields_of_a_line_and_no_request() -> None:
    bundle = bundle_of(
        {
            "identity_policies": [ALLOW],
            "boundary": ALLOW,
            "scps": [[ALLOW], []],
            "rcps": None,
            "session_policies": [],
            "resource_policy": document({"Principal": "*"}),
            "resource_account": ACCOUNT,
        }
    )
    assert [layer.label for layer in bundle.layers()] == ["identity[0]", "boundary", "scp[0][0]", "resource"]
    assert (bundle.rcps, bundle.session, bundle.resource_account) == (None, (), ACCOUNT)
    assert bundle_of({}) == Bundle()
    with pytest.raises(LineError):
        bundle_of({"scps": 5})
    with pytest.raises(PolicyError):
        bundle_of({"boundary": 5})


@pytest.mark.parametrize("single", [False, True])
def test_a_trust_policy_may_name_everybody_with_a_star(single: bool) -> None:
    assume = {**REQUEST, "action": "sts:AssumeRole", "resource": ROLE}
    for principal in ("*", {"AWS": "*"}):
        asked = {**line(), "request": assume, "resource_policy": trust(principal, single=single)}
        assert decide_line(asked)["decision"] == "allowed"
    broken = {**line(), "request": assume, "resource_policy": {"Version": "2012-10-17", "Statement": [5]}}
    assert decide_line(broken)["decision"] == "error"
    assert decide_line({**broken, "resource_policy": 5})["decision"] == "error"


def test_a_reason_names_statement_effect_and_why() -> None:
    verdict = decide(Request("s3:GetObject", OBJECT, principal=USER), Bundle([Policy.from_document(DENY)]))
    assert reason_json(verdict.reasons[0]) == {
        "policy": "identity[0]",
        "statement": {"index": 0, "sid": "Stop"},
        "effect": "Deny",
        "matched": True,
        "why": "every element fits",
    }


# match --batch


def compare(operator: str, policy_values: Any, request_values: Any = None, **fields: Any) -> bool | None:
    asked = {"id": "one", "operator": operator, "key": "aws:x", "policy_values": policy_values, **fields}
    if request_values is not None:
        asked["request_values"] = request_values
    answer = match_line(asked)
    assert answer["id"] == "one"
    found = answer["matches"]
    assert ("error" in answer) is (found is None)
    assert found is None or isinstance(found, bool)
    return found


def test_one_value_without_a_set_operator_is_a_single_valued_key() -> None:
    assert compare("StringEquals", ["a", "b"], ["a"]) is True
    assert compare("StringEquals", ["a", "b"], ["c"]) is False
    assert compare("StringEquals", ["a"], ["a", "a"]) is False
    assert compare("StringEquals", ["a"], ["a"], qualifier="ForAnyValue") is True
    assert compare("StringEquals", ["a"], ["a", "b"], qualifier="ForAllValues") is False


def test_a_key_without_values_is_absent() -> None:
    assert compare("StringEquals", ["a"]) is False
    assert compare("StringEquals", ["a"], if_exists=True) is True
    assert compare("StringNotEquals", ["a"], []) is True
    assert compare("StringEquals", ["a"], [], qualifier="ForAllValues") is True


def test_a_single_value_needs_no_list_and_no_quotes() -> None:
    assert compare("NumericEquals", 5, "5") is True
    assert compare("Bool", True, "true") is True
    assert compare("Bool", False, "true") is False
    assert compare("NumericEquals", [5.5], 5.5) is True
    assert compare("StringEquals", "a", "a") is True


def test_variables_take_their_values_from_the_other_keys() -> None:
    assert compare("StringEquals", "${aws:y}", ["v"], context={"AWS:Y": "v", "aws:z": ["a"]}) is True
    assert compare("StringEquals", "${aws:z}", ["a"], context={"AWS:Y": "v", "aws:z": ["a"]}) is False
    assert compare("StringEquals", "a", ["a"], context={"aws:X": "b"}) is True
    assert compare("StringEquals", "a", context={"aws:X": "a"}) is False


def test_what_aws_does_not_decide_has_no_answer() -> None:
    assert compare("Null", "perhaps", ["a"]) is None
    answer = match_line({"operator": "Null", "key": "aws:x", "policy_values": ["perhaps"]})
    assert answer == {
        "id": None, "matches": None, "error": {"message": "AWS does not document what this comparison gives"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "pattern", "value", "expected"),
    [
        ("action", "S3:Get*", "s3:getobject", True),
        ("action", "s3:Put*", "s3:GetObject", False),
        ("resource", "arn:aws:s3:::${aws:y}/*", "arn:aws:s3:::v/key", True),
        ("resource", "arn:aws:s3:::v/*", "arn:aws:s3:::V/key", False),
        ("resource", "arn:aws:s3:::${aws:none}/*", "arn:aws:s3:::v/key", False),
        ("string", "a*${aws:y}?", "abcvd", True),
        ("string", "${aws:list}", "a", False),
        ("string", "${aws:none}", "a", False),
    ],
)
def test_a_pattern_is_compared_by_its_kind(kind: str, pattern: str, value: str, expected: bool) -> None:
    asked = {"kind": kind, "pattern": pattern, "value": value, "context": {"aws:y": "v", "aws:list": ["a"]}}
    assert match_line(asked) == {"id": None, "matches": expected}


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        {},
        {"context": ["a"]},
        {"context": {"aws:x": {}}, "kind": "string", "pattern": "a", "value": "a"},
        {"kind": "number", "pattern": "a", "value": "a"},
        {"kind": "string", "pattern": 5, "value": "a"},
        {"kind": "string", "pattern": "a"},
        {"operator": "StringEquals", "key": "aws:x"},
        {"operator": "StringEquals", "key": 5, "policy_values": []},
        {"operator": 5, "key": "aws:x", "policy_values": []},
        {"operator": "StringEquals", "key": "aws:x", "policy_values": [None]},
        {"operator": "StringEquals", "key": "aws:x", "policy_values": ["a"], "request_values": {}},
        {"operator": "StringEquals", "key": "aws:x", "policy_values": ["a"], "request_values": [[]]},
        {"operator": "StringMatches", "key": "aws:x", "policy_values": ["a"]},
        {"operator": "StringEquals", "key": "aws:x", "policy_values": ["a"], "qualifier": "ForSome"},
    ],
)
def test_a_comparison_that_is_none_has_an_error_and_no_answer(bad: Any) -> None:
    answer = match_line(bad)
    assert answer["matches"] is None
    assert answer["error"]["message"]


def test_the_hint_of_an_error_is_handed_on() -> None:
    answer = match_line({"operator": "stringEquals", "key": "aws:x", "policy_values": ["a"]})
    assert answer["error"]["hint"] == "did you mean `StringEquals`?"
    assert batch.decide_line(line(resource_account="1"))["error"]["hint"].startswith("write it as a text")
