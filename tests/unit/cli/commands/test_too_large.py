"""A file too large to be judged: exit code 5, with the reason; the others are judged and repaired all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

LARGE = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}] * 3000})


@pytest.fixture
def large(folder: Path) -> Path:
    path = folder / "large.json"
    path.write_text(LARGE, encoding="utf-8")
    return path


def test_check_says_that_no_verdict_can_be_given_and_why(iamfa: Run, large: Path) -> None:
    found = iamfa("check", large)
    assert found.code == 5
    assert "no more than 131,072 are judged" in found.out + found.err


def test_check_tells_programs_that_the_policy_is_valid_and_has_no_class(iamfa: Run, large: Path) -> None:
    found = iamfa("check", "--format", "json", large, "2-required-only.json")
    first, second = found.json["files"]
    assert (first["valid"], first["class"], first["findings"]) == (True, None, [])
    assert "characters" in first["faults"][0]["message"]
    assert second["class"] == "forces-by-deny"
    assert found.code == 5


def test_fix_leaves_it_and_repairs_the_others(iamfa: Run, large: Path, folder: Path) -> None:
    found = iamfa("fix", "--write", large, "2-required-only.json")
    assert found.code == 5
    assert large.read_text(encoding="utf-8") == LARGE
    assert "mfa/*" in (folder / "2-required-only.json").read_text(encoding="utf-8")
