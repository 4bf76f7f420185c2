"""What is installed is what was asked for: pinned, hashed, from no named place, the same in every file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import iamfa

FILES = ["runtime", "build", "dev"]
PIN = re.compile(
    r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^\s;\\]+)[^\n\\]*(?P<hashes>(?:\\\n\s+--hash=sha256:[0-9a-f]{64}\s*)*)",
    re.M,
)


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def asked_for(root: Path, file: str) -> set[str]:
    """The requirements that a `.in` file itself names."""
    lines = (root / "requirements" / f"{file}.in").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith(("#", "-"))}


def pins(root: Path, file: str) -> dict[str, str]:
    """What a `.txt` file pins: name to version."""
    text = (root / "requirements" / f"{file}.txt").read_text(encoding="utf-8")
    return {match["name"]: match["version"] for match in PIN.finditer(text)}


def test_what_runs_is_what_the_project_declares(root: Path, project: dict[str, Any]) -> None:
    assert asked_for(root, "runtime") == set(project["project"]["dependencies"])


def test_what_builds_is_what_the_project_declares(root: Path, project: dict[str, Any]) -> None:
    assert set(project["build-system"]["requires"]) <= asked_for(root, "build")


@pytest.mark.parametrize("file", FILES)
def test_all_that_is_asked_for_is_pinned(root: Path, file: str) -> None:
    wanted = {re.split(r"[<>=!~\[; ]", each)[0] for each in asked_for(root, file)}
    assert wanted
    assert wanted <= set(pins(root, file))


@pytest.mark.parametrize("file", FILES)
def test_every_pin_has_hashes_and_no_line_names_a_place(root: Path, file: str) -> None:
    text = (root / "requirements" / f"{file}.txt").read_text(encoding="utf-8")
    found = list(PIN.finditer(text))
    assert [match["name"] for match in found if "--hash=sha256:" not in match["hashes"]] == []
    entries = [line for line in text.splitlines() if line and not line[0].isspace() and not line.startswith("#")]
    assert len(entries) == len(found), "a line that is neither a pin nor a comment"


def test_developers_and_users_run_the_same_versions(root: Path) -> None:
    developed = pins(root, "dev").items()
    assert pins(root, "runtime").items() <= developed
    assert pins(root, "build").items() <= developed


def test_the_changelog_knows_the_version(root: Path) -> None:
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(iamfa.__version__)}\b", text, re.M)
    assert re.search(r"^## Unreleased$", text, re.M)
