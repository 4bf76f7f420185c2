"""Valid and invalid documents from AWS's pages, as files: one runner, each case a sentence with its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iamfa.errors import PolicyError
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy
from iamfa.policy.render import render

FOLDER = Path(__file__).parents[2] / "cases" / "documents"
CASES: dict[str, dict[str, Any]] = {
    f"{file.stem}: {case['name']}": case
    for file in sorted(FOLDER.glob("*.json"))
    for case in json.loads(file.read_text("utf-8"))["cases"]
}
VALID = {name: case for name, case in CASES.items() if not case["faults"]}


def read_case(case: dict[str, Any]) -> Policy:
    kind = Kind(case["kind"])
    if "text" in case:
        return Policy.parse(case["text"], kind=kind)
    return Policy.from_document(case["document"], kind=kind)


def test_there_are_enough_cases_of_both_sorts() -> None:
    assert len(VALID) >= 250
    assert len(CASES) - len(VALID) >= 250


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_document_is_judged_as_aws_would(case: dict[str, Any]) -> None:
    assert case["source"].startswith("https://")
    if not case["faults"]:
        policy = read_case(case)
        found = [remark.message for remark in policy.remarks]
        expected = case.get("remarks", [])
        assert len(found) == len(expected), found
        assert all(part in message for part, message in zip(expected, found, strict=True)), found
        return
    with pytest.raises(PolicyError) as caught:
        read_case(case)
    faults = [str(fault) for fault in caught.value.faults]
    assert len(faults) == len(case["faults"]), faults
    for expected, fault in zip(case["faults"], faults, strict=True):
        assert expected in fault


@pytest.mark.parametrize("case", VALID.values(), ids=VALID)
def test_what_is_rendered_reads_back_as_the_same_document(case: dict[str, Any]) -> None:
    policy = read_case(case)
    text = render(policy.document)
    again = Policy.parse(text, kind=policy.kind)
    assert again.document == policy.document
    assert render(again.document) == text
