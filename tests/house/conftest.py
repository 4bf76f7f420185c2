"""Where the project is, and which of its files the checks of the house look at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Made by tools, never committed.
GENERATED = {
    ".git", "__pycache__", "build", "dist", ".venv", ".venv-lock", ".benchmarks", ".hypothesis", "node_modules",
}  # fmt: skip


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def sources() -> list[Path]:
    """Every Python file of the package."""
    found = sorted((ROOT / "src" / "iamfa").rglob("*.py"))
    assert found, "the package has no source"
    return found


@pytest.fixture(scope="session")
def project_files() -> list[Path]:
    """Every file of the project but those that tools make; asks no version control, so that an archive will do."""
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in GENERATED and not name.endswith(("_cache", ".egg-info"))]
        found += [Path(folder, name) for name in names if name != ".git" and not name.startswith(".coverage")]
    assert ROOT / "pyproject.toml" in found
    return sorted(found)


@pytest.fixture(scope="session")
def plain_environment() -> dict[str, str]:
    """What a started program gets: nothing of the settings of whoever runs the tests, and no measuring of coverage."""
    return {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR") if name in os.environ}
