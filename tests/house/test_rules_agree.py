"""A rule has one name everywhere: its id, its file, its page and its tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iamfa.advise.rules import RULES

IDS = [rule.id for rule in RULES]


def on_disk(ids: set[str]) -> set[str]:
    """The ids as files spell them."""
    return {each.replace("-", "_") for each in ids}


def test_the_rules_are_many_and_each_is_there_once() -> None:
    assert len(IDS) >= 20
    assert len(set(IDS)) == len(IDS)
    assert {"device-name-tied-to-user", "cannot-enrol", "mfa-not-enforced", "policy-too-large"} <= set(IDS)


@pytest.mark.parametrize("rule_id", IDS)
def test_an_id_is_words_in_lower_case_joined_by_hyphens(rule_id: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule_id)


def test_every_rule_has_one_file_and_every_file_one_rule(root: Path) -> None:
    files = {path.stem for path in (root / "src/iamfa/advise/rules").glob("*.py") if not path.stem.startswith("_")}
    assert files == on_disk(set(IDS))


def test_every_rule_has_one_page_and_every_page_one_rule(root: Path) -> None:
    pages = {path.stem for path in (root / "docs/rules").glob("*.md")} - {"README"}
    assert pages == set(IDS)


@pytest.mark.parametrize("rule_id", IDS)
def test_the_page_of_a_rule_is_headed_by_its_id(root: Path, rule_id: str) -> None:
    heading = (root / "docs/rules" / f"{rule_id}.md").read_text(encoding="utf-8").splitlines()[0]
    assert heading.replace("`", "") == f"# {rule_id}"


def test_every_rule_has_one_file_of_tests_and_every_such_file_one_rule(root: Path) -> None:
    files = {path.stem.removeprefix("test_") for path in (root / "tests/unit/advise/rules").glob("test_*.py")}
    assert files == on_disk(set(IDS))
