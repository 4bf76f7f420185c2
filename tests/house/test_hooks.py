"""What others start by `.pre-commit-hooks.yaml` and `action.yml` runs, on names with blanks and quotes too."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

POLICY = "2-required-only.json"
ODD = """my policies/it's "the" policy, $(touch pwned) `touch pwned`; ${{ x }} *.json"""
BIN = Path(sys.executable).parent
BASH = shutil.which("bash")

needs_bash = pytest.mark.skipif(
    BASH is None or sys.platform == "win32", reason="there is no bash, or not the one meant"
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with a policy whose name a shell would take apart."""
    file = tmp_path / ODD
    file.parent.mkdir()
    file.write_bytes(resources.files("iamfa.cli.story").joinpath(POLICY).read_bytes())
    return tmp_path


@pytest.fixture
def environment(plain_environment: dict[str, str]) -> dict[str, str]:
    """Programs of this environment are found, and nothing else is set."""
    return {**plain_environment, "PATH": f"{BIN}{os.pathsep}{plain_environment['PATH']}"}


# Hooks ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hooks(root: Path) -> dict[str, dict[str, Any]]:
    """The hooks by their ids."""
    found = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return {each["id"]: each for each in found}


def run_hook(hook: dict[str, Any], repository: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Start a hook as pre-commit does: the entry's words, and behind them the files."""
    program, *arguments = shlex.split(hook["entry"])
    return subprocess.run(
        [BIN / program, *arguments, ODD],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def test_the_hooks_are_installed_as_python_and_take_policies_in_json(hooks: dict[str, dict[str, Any]]) -> None:
    assert list(hooks) == ["iamfa-check", "iamfa-fix"]
    for hook in hooks.values():
        assert (hook["language"], hook["types"]) == ("python", ["json"])
        assert {"name", "description", "entry", "files"} <= set(hook)


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("policies/force.json", True),
        ("terraform/Policy-ForceMFA.json", True),
        ("force-mfa.json", True),
        ("force mfa.json", True),
        ("iam/alice.json", True),
        ("org/scp/deny.json", True),
        ("package.json", False),
        ("src/diamonds.json", False),
        ("tsconfig.json", False),
    ],
)
def test_the_names_of_policies_are_taken_and_others_are_not(
    hooks: dict[str, dict[str, Any]], path: str, taken: bool
) -> None:
    assert [bool(re.search(hook["files"], path)) for hook in hooks.values()] == [taken, taken]


def test_the_checking_hook_fails_on_findings_and_changes_nothing(
    hooks: dict[str, dict[str, Any]], repository: Path, environment: dict[str, str]
) -> None:
    before = (repository / ODD).read_bytes()
    found = run_hook(hooks["iamfa-check"], repository, environment)
    assert (found.returncode, found.stderr) == (1, "")
    assert "error[device-name-tied-to-user]" in found.stdout
    assert (repository / ODD).read_bytes() == before


def test_the_fixing_hook_writes_the_repair(
    hooks: dict[str, dict[str, Any]], repository: Path, environment: dict[str, str]
) -> None:
    found = run_hook(hooks["iamfa-fix"], repository, environment)
    assert found.returncode in (0, 1), found.stderr
    assert '"arn:aws:iam::*:mfa/*"' in (repository / ODD).read_text(encoding="utf-8")
    assert "error[" not in run_hook(hooks["iamfa-check"], repository, environment).stdout


# The action ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def action(root: Path) -> dict[str, Any]:
    """The action's metadata."""
    found: dict[str, Any] = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    return found


Start = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def start(action: dict[str, Any], repository: Path, environment: dict[str, str]) -> Start:
    """Runs the step that checks as GitHub does, with these inputs and otherwise the defaults."""
    place = repository / "of the runner"
    place.mkdir()
    (place / "bin").symlink_to(BIN)

    def run(**inputs: str) -> subprocess.CompletedProcess[str]:
        told = {name: each["default"] for name, each in action["inputs"].items()}
        told |= {name.replace("_", "-"): value for name, value in inputs.items()}
        step = action["runs"]["steps"][1]
        values = {name: told.get(expression(value) or "", str(place)) for name, value in step["env"].items()}
        script = place / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        return subprocess.run(
            [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=repository,
            env={**environment, **values, "GITHUB_OUTPUT": str(place / "output")},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )

    return run


def expression(value: str) -> str | None:
    """The input that an environment variable holds, and nothing besides."""
    match = re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value)
    return match[1] if match else None


def test_no_script_of_the_action_has_anything_pasted_into_it(action: dict[str, Any]) -> None:
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]


def test_every_input_is_described_has_a_default_and_reaches_the_script(action: dict[str, Any]) -> None:
    step = action["runs"]["steps"][1]
    reached = {expression(value): name for name, value in step["env"].items()}
    for name, each in action["inputs"].items():
        assert each["description"] and isinstance(each["default"], str)
        assert f"${reached[name]}" in step["run"]


@needs_bash
def test_the_scripts_of_the_action_are_well_formed(action: dict[str, Any]) -> None:
    for step in action["runs"]["steps"]:
        found = subprocess.run([str(BASH), "-n"], input=step["run"], capture_output=True, text=True, timeout=60)
        assert (found.returncode, found.stderr) == (0, "")


def test_no_module_of_the_judged_repository_is_loaded(action: dict[str, Any]) -> None:
    for step in action["runs"]["steps"]:
        assert not re.search(r'python" (?!-I )', step["run"])


@needs_bash
def test_the_action_annotates_a_file_with_any_name_and_fails(start: Start, repository: Path) -> None:
    found = start(paths=ODD)
    assert (found.returncode, found.stderr) == (1, "")
    assert found.stdout.startswith('::error file=my policies/it\'s "the" policy%2C $(touch pwned) `touch pwned`; ')
    assert (repository / "of the runner" / "output").read_text(encoding="utf-8") == "exit-code=1\n"
    assert not (repository / "pwned").exists()


@needs_bash
def test_the_action_judges_the_repository_unless_told(start: Start) -> None:
    assert start().returncode == 1
    assert start(fail_on="error", args="--ignore=device-name-tied-to-user\n").returncode == 0


@needs_bash
def test_several_paths_and_arguments_stand_on_lines_of_their_own(start: Start, repository: Path) -> None:
    (repository / "-with.json").write_text('{"Statement": [{"Effect": "allow"}]}')
    found = start(paths=f"\n{ODD}\r\n-with.json\n", args="--select\nunknown-action\n", format="text")
    assert found.returncode == 3
    assert "nothing found in 1 policy; 1 invalid policy" in found.stdout


@needs_bash
@pytest.mark.parametrize("name", ["fail_on", "format", "args"])
def test_an_input_is_one_word_whatever_stands_in_it(start: Start, repository: Path, name: str) -> None:
    found = start(**{name: "--x; touch pwned #$(touch pwned)"})
    assert found.returncode == 2
    assert not (repository / "pwned").exists()


@needs_bash
def test_the_action_writes_sarif_beside_its_answer(start: Start, repository: Path) -> None:
    found = start(sarif_file="a b.sarif", format="json")
    assert found.returncode == 1
    assert found.stdout.startswith('{\n  "version": 1')
    assert '"columnKind": "unicodeCodePoints"' in (repository / "a b.sarif").read_text(encoding="utf-8")
