"""The habits that a machine can watch: who prints, exits and reads what; sizes; a reason on every suppression."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

LONGEST_FILE = 450

# Built-in names that ruff's banned-api does not see, and what only cli may do with them.
BUILTINS_OF_THE_CLI = {"input", "breakpoint", "exit", "quit", "SystemExit", "KeyboardInterrupt"}

# A comment that switches a check off, up to the codes that it names; a reason is two words or more after them.
SWITCH = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no\s+\w+|nosec|ruff:\s*noqa)"
    r"[\s:]*(?:\[[^]]*\]|[A-Z]+\d+[,\s]*)*(?P<rest>.*)"
)
WORDS = re.compile(r"[^\W\d]{2,}\s+[^\W\d]{2,}|[^\W\d]+ [^\W\d]+ [^\W\d]+")


def lint(root: Path, text: str, file: str) -> str:
    """What ruff says of a text as if it stood in that file."""
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", "--stdin-filename", file, "-"],
        input=text,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode in (0, 1), result.stderr
    return result.stdout


@pytest.mark.parametrize(
    "line",
    [
        "print(1)",
        "sys.exit(1)",
        "os._exit(1)",
        "sys.argv.pop()",
        "sys.stdout.write('')",
        "sys.stderr.write('')",
        "sys.stdin.read()",
        "os.environ['HOME']",
        "os.getenv('HOME')",
        "getpass.getpass()",
        "time.time()",
        "time.monotonic()",
        "datetime.datetime.now(datetime.UTC)",
        "datetime.datetime.utcnow()",
        "datetime.date.today()",
    ],
)
@pytest.mark.parametrize("room", ["advise/check.py", "evaluate/decide.py", "arn.py", "report/text.py"])
def test_only_the_cli_and_the_clock_may(root: Path, line: str, room: str) -> None:
    text = f'"""One room."""\n\nimport datetime\nimport getpass\nimport os\nimport sys\nimport time\n\n{line}\n'
    found = [each for each in lint(root, text, f"src/iamfa/{room}").splitlines() if f"{room}:9:" in each]
    assert any("T201" in each or "TID251" in each for each in found), found


@pytest.mark.parametrize(("line", "file"), [("print(sys.argv)", "cli/main.py"), ("print(sys.stdin)", "cli/console.py")])
def test_the_cli_prints(root: Path, line: str, file: str) -> None:
    assert "All checks passed" in lint(root, f'"""The room."""\n\nimport sys\n\n{line}\n', f"src/iamfa/{file}")


def built_in_uses(path: Path) -> set[str]:
    """The names of the cli's built-ins that a file calls or raises."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & BUILTINS_OF_THE_CLI


def test_no_room_but_the_cli_prompts_or_exits_by_a_built_in(root: Path, sources: list[Path], tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("def f() -> None:\n    raise SystemExit(input())\n")
    assert built_in_uses(bad) == {"SystemExit", "input"}
    found = {
        str(path.relative_to(root)): names
        for path in sources
        if "cli" not in path.relative_to(root / "src" / "iamfa").parts[:1] and (names := built_in_uses(path))
    }
    assert not found


def test_no_file_is_too_long_to_be_read_at_a_sitting(root: Path, sources: list[Path]) -> None:
    lengths = {str(path.relative_to(root)): path.read_text(encoding="utf-8").count("\n") for path in sources}
    assert not {name: length for name, length in lengths.items() if length > LONGEST_FILE}


def reasonless_suppressions(text: str) -> list[str]:
    """The lines that switch a check off and do not say why, in a comment of words after the switch."""
    switches = ((line.strip(), SWITCH.search(line)) for line in text.splitlines())
    return [line for line, match in switches if match and not WORDS.search(match["rest"])]


@pytest.mark.parametrize(
    "line",
    ["x = 1  # noqa: E501", "x = 1  # noqa", "x = f()  # type: ignore[no-any-return]", "if x:  # pragma: no cover"],
)
def test_a_suppression_without_a_reason_is_found(line: str) -> None:
    assert reasonless_suppressions(line) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa: E501 - the address is one word",
        "x = f()  # type: ignore[no-any-return]  # the library ships no types",
    ],
)
def test_a_suppression_with_a_reason_is_left_alone(line: str) -> None:
    assert not reasonless_suppressions(line)


def test_every_suppression_has_a_reason(root: Path, project_files: list[Path]) -> None:
    found = {
        str(path.relative_to(root)): lines
        for path in project_files
        if path.suffix == ".py"
        and path != Path(__file__)
        and (lines := reasonless_suppressions(path.read_text(encoding="utf-8")))
    }
    assert not found


def test_no_line_is_exempt_from_coverage(root: Path, sources: list[Path]) -> None:
    exempt = [str(path.relative_to(root)) for path in sources if "pragma: no" in path.read_text(encoding="utf-8")]
    assert not exempt


def blind_handlers(text: str) -> list[int]:
    """The lines where anything at all is caught and not raised again, so that it would never be seen."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]


def test_a_handler_that_swallows_everything_is_found_and_one_that_raises_again_is_not() -> None:
    assert blind_handlers("try:\n    f()\nexcept Exception:\n    pass\n") == [3]
    assert blind_handlers("try:\n    f()\nexcept:\n    g()\n") == [3]
    assert not blind_handlers("try:\n    f()\nexcept BaseException:\n    clean()\n    raise\n")


def test_nothing_is_caught_blindly(root: Path, sources: list[Path]) -> None:
    found = {str(path.relative_to(root)): blind_handlers(path.read_text(encoding="utf-8")) for path in sources}
    assert not {name: lines for name, lines in found.items() if lines}
