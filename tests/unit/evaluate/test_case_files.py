"""The one runner of the evaluation suite: every case of tests/cases/decide and tests/cases/match, three ways.

The case files are data written from AWS's pages; tests/cases/README.md says how. Each case is put to the evaluator
of the package, and to the plain slow one in tests/reference, which shares no code with it; and the suite is held to
its own promises about what it covers.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from tests import reference

from iamfa.evaluate import batch

CASES = Path(__file__).parents[2] / "cases"
DECISIONS = ("allowed", "explicit_deny", "implicit_deny")
SOURCE = r"(derived from )?https://(docs\.aws\.amazon\.com|repost\.aws|www\.w3\.org)/"
"""AWS's own pages, its knowledge centre, and the note on dates to which its operators page refers."""

Case = dict[str, Any]


def cases_of(folder: str) -> list[tuple[str, Case]]:
    """Every case of a folder with its address, `file: name`."""
    return [
        (f"{path.stem}: {case['name']}", case)
        for path in sorted((CASES / folder).glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))
    ]


DECIDE = cases_of("decide")
MATCH = cases_of("match")

each_decision = pytest.mark.parametrize("case", [pytest.param(case, id=address) for address, case in DECIDE])
each_match = pytest.mark.parametrize("case", [pytest.param(case, id=address) for address, case in MATCH])


@each_decision
def test_a_case_is_decided_as_awss_page_says_and_by_the_statement_that_it_names(case: Case) -> None:
    answer = batch.decide_line(case["line"])
    assert answer["decision"] == case["expected"], answer
    because = case["because"]
    if because is not None:
        decided_by = [
            {"policy": reason["policy"], "sid": reason["statement"]["sid"], "effect": reason["effect"]}
            for reason in answer["reasons"]
            if reason["matched"] is True
        ]
        assert because in decided_by, answer["reasons"]


@each_match
def test_a_comparison_gives_what_awss_page_says(case: Case) -> None:
    assert batch.match_line(case["line"])["matches"] is case["expected"]


SLOW_READS_ONE_WAY = {
    "pitfall 13: whether ArnNotLike fits a value that is no ARN is not documented": "allowed",
}
"""Where AWS's pages leave a question open and the slow evaluator, by its list of open readings, takes one answer."""


@each_decision
def test_the_slow_evaluator_decides_a_case_alike(case: Case) -> None:
    assert reference.decide(case["line"]) == SLOW_READS_ONE_WAY.get(case["name"], case["expected"])


@each_match
def test_the_slow_evaluator_compares_alike(case: Case) -> None:
    assert reference.matches(case["line"]) is case["expected"]


def test_there_are_enough_cases_and_a_fifth_of_them_for_each_decision() -> None:
    counts = Counter(case["expected"] for _, case in DECIDE)
    assert sum(counts.values()) >= 400
    assert len(MATCH) >= 350
    assert set(counts) <= {*DECISIONS, "unknown", "error"}
    for decision in DECISIONS:
        assert counts[decision] * 5 >= sum(counts.values()), counts
    for expected, count in Counter(case["expected"] for _, case in MATCH).items():
        assert count * 5 >= len(MATCH) * 2, expected


def test_every_case_has_the_fields_of_its_kind_a_source_and_a_name_of_its_own() -> None:
    for folder, fields in (
        (DECIDE, {"name", "source", "line", "expected", "because"}),
        (MATCH, {"name", "source", "line", "expected"}),
    ):
        for address, case in folder:
            assert set(case) == fields, address
            assert re.match(SOURCE, case["source"]), address
        assert [a for a, n in Counter(address for address, _ in folder).items() if n > 1] == []


def test_a_case_that_names_the_deciding_statement_names_one_of_its_own_policies() -> None:
    for address, case in DECIDE:
        because = case["because"]
        if because is None:
            assert case["expected"] != "explicit_deny", address
            continue
        statements = _policies(case["line"])[because["policy"]]
        assert any(s["Sid"] == because["sid"] and s["Effect"] == because["effect"] for s in statements), address
        assert because["effect"] == ("Deny" if case["expected"] == "explicit_deny" else "Allow"), address


OPERATORS = (
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike"),
    *("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals"),
    *("NumericGreaterThan", "NumericGreaterThanEquals"),
    *("DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"),
    *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress"),
    *("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null"),
)
"""All of AWS's page reference_policies_elements_condition_operators."""


def test_every_operator_is_decided_on_a_present_an_absent_and_a_multivalued_key() -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for _, case in DECIDE:
        context = {key.lower(): value for key, value in case["line"]["request"]["context"].items()}
        for statements in _policies(case["line"]).values():
            for statement in statements:
                for operator, keys in statement.get("Condition", {}).items():
                    for key in keys:
                        seen[_base(operator)].add(_presence(context.get(key.lower())))
    _assert_all_seen(seen)


def test_every_operator_is_compared_on_a_present_an_absent_and_a_multivalued_key() -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    forms: dict[str, set[str]] = defaultdict(set)
    for _, case in MATCH:
        line = case["line"]
        if "operator" not in line:
            continue
        values = line.get("request_values")
        seen[line["operator"]].add(_presence(values[0] if values and len(values) == 1 else values))
        forms[line["operator"]] |= {str(line["qualifier"]), *(["IfExists"] if line["if_exists"] else [])}
    _assert_all_seen(seen)
    for operator in OPERATORS[:-1]:
        assert {"ForAllValues", "ForAnyValue", "None", "IfExists"} <= forms[operator], operator


def test_every_pitfall_of_the_list_has_a_case_of_its_number() -> None:
    named = {int(n) for _, case in DECIDE for n in re.findall(r"^pitfall (\d+):", case["name"])}
    assert named == set(range(1, 24))


def _assert_all_seen(seen: dict[str, set[str]]) -> None:
    for operator in OPERATORS:
        assert seen[operator] >= {"present", "absent", "multivalued"}, (operator, seen[operator])


def _base(operator: str) -> str:
    return operator.rpartition(":")[2].removesuffix("IfExists")


def _presence(value: object) -> str:
    if value is None:
        return "absent"
    return "multivalued" if isinstance(value, list) else "present"


def _policies(line: Case) -> dict[str, list[dict[str, Any]]]:
    """The statements of every policy of a line under the name by which reasons call it."""
    found: dict[str, Any] = {f"identity[{i}]": p for i, p in enumerate(line.get("identity_policies") or [])}
    found |= {f"session[{i}]": p for i, p in enumerate(line.get("session_policies") or [])}
    for name in ("scp", "rcp"):
        for level, policies in enumerate(line.get(f"{name}s") or []):
            found |= {f"{name}[{level}][{i}]": p for i, p in enumerate(policies)}
    found |= {"boundary": line.get("boundary"), "resource": line.get("resource_policy")}
    return {
        name: s if isinstance(s := policy.get("Statement", []), list) else [s]
        for name, policy in found.items()
        if policy is not None
    }
