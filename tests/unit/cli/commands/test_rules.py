"""`iamfa rules`: what people read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iamfa.advise.rules import RULES, page

Run = Callable[..., Any]


def test_every_rule_is_listed_with_severity_and_summary(iamfa: Run) -> None:
    shown = " ".join(iamfa("rules").out.split())
    for rule in RULES:
        assert f"{rule.id} ({rule.severity})" in shown
        assert rule.summary in shown


def test_the_list_can_be_read_by_programs(iamfa: Run) -> None:
    found = iamfa("rules", "--format", "json").json
    assert found["version"] == 1
    assert [row["id"] for row in found["rules"]] == [rule.id for rule in RULES]


@pytest.mark.parametrize("rule_id", [rule.id for rule in RULES])
def test_the_page_of_a_rule_says_everything_that_is_written(iamfa: Run, rule_id: str) -> None:
    shown = iamfa("rules", rule_id)
    assert shown.code == 0
    assert shown.out.startswith(f"{rule_id}\n\nSeverity: ")
    assert "```" not in shown.out
    words = " ".join(page(rule_id).replace("**", "").split())
    for sentence in words.split(". ")[3:5]:
        assert sentence.split(" ")[-1] in shown.out
    assert iamfa("rules", rule_id, "--format", "json").json["page"] == page(rule_id)


def test_an_unknown_rule_is_wrong_usage_with_close_names(iamfa: Run) -> None:
    found = iamfa("rules", "device-name-tied")
    assert (found.code, found.out) == (2, "")
    assert "`device-name-tied` is no rule; did you mean `device-name-tied-to-user`" in found.err
