"""Imports only go down, in no circle, and the face is for others; and the check that says so does bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

CHECK = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"


def check_imports(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Checks the contracts of pyproject.toml for the package that lies in the folder's src."""
    return subprocess.run(
        [sys.executable, "-c", CHECK],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(folder / "src"), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.fixture
def toy_house(root: Path, tmp_path: Path) -> Path:
    """A package of four rooms under the contracts of the real one."""
    shutil.copy(root / "pyproject.toml", tmp_path)
    package = tmp_path / "src" / "iamfa"
    for name in (
        "__init__",
        "__main__",
        "arn",
        "clock",
        "errors",
        "files",
        "policy/__init__",
        "policy/parse",
        "policy/document",
    ):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / f"{name}.py").touch()
    return tmp_path


def test_every_import_of_the_package_goes_down_and_in_no_circle(root: Path, plain_environment: dict[str, str]) -> None:
    result = check_imports(root, plain_environment)
    assert result.returncode == 0, result.stdout.partition("Broken contracts")[2] or result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_the_graph_holds_every_file_of_the_package(root: Path, sources: list[Path]) -> None:
    expected = set()
    for path in sources:
        parts = path.relative_to(root / "src").with_suffix("").parts
        expected.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    assert grimp.build_graph("iamfa", cache_dir=None).modules == expected, "a folder without an __init__.py is not seen"


def test_a_house_without_a_fault_passes(toy_house: Path, plain_environment: dict[str, str]) -> None:
    (toy_house / "src/iamfa/policy/parse.py").write_text("import iamfa.arn, iamfa.policy.document, iamfa.errors\n")
    result = check_imports(toy_house, plain_environment)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "text", "contract"),
    [
        ("arn.py", "import iamfa.policy\n", "an import only goes down"),
        ("files.py", "import iamfa.clock\n", "an import only goes down"),
        ("policy/parse.py", "def late() -> None:\n    import iamfa.__main__\n", "an import only goes down"),
        ("an_unnamed_room.py", "", "an import only goes down"),
        ("policy/parse.py", "from iamfa import __version__\n", "the face is for others"),
    ],
    ids=["upward", "sideways", "inside-a-function", "unnamed-room", "the-face"],
)
def test_an_import_that_breaks_the_house_is_refused(
    toy_house: Path, plain_environment: dict[str, str], file: str, text: str, contract: str
) -> None:
    (toy_house / "src/iamfa" / file).write_text(text)
    result = check_imports(toy_house, plain_environment)
    assert result.returncode == 1, result.stdout + result.stderr
    assert any(line.startswith(contract) and "BROKEN" in line for line in result.stdout.splitlines()), result.stdout


def test_a_circle_inside_a_room_is_refused(toy_house: Path, plain_environment: dict[str, str]) -> None:
    (toy_house / "src/iamfa/policy/parse.py").write_text("import iamfa.policy.document\n")
    (toy_house / "src/iamfa/policy/document.py").write_text("import iamfa.policy.parse\n")
    result = check_imports(toy_house, plain_environment)
    assert result.returncode == 1, result.stdout + result.stderr
    assert any(line.startswith("no circle") and "BROKEN" in line for line in result.stdout.splitlines()), result.stdout
