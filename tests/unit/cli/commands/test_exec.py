"""`iamfa exec` and `iamfa env`: the session in an environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.desk import Desk

from iamfa.cli.running import run_with
from iamfa.errors import IamfaError


def test_the_command_has_the_session_and_its_code_is_ours(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w')); sys.exit(7)"
    found = desk.run("exec", "--", sys.executable, "-c", script, out, answers=[desk.who.code])
    assert found.code == 7, found.err
    told = json.loads(out.read_text())
    assert (told["AWS_ACCESS_KEY_ID"], told["AWS_SESSION_TOKEN"]) == (desk.kept["key_id"], desk.kept["token"])
    assert "AWS_PROFILE" not in told


def test_options_behind_the_command_go_to_it(desk: Desk) -> None:
    desk.logged_in()
    check = "import sys; sys.exit(sys.argv[1:] != ['--profile', 'x', '--quiet'])"
    assert desk.run("exec", sys.executable, "-c", check, "--profile", "x", "--quiet").code == 0
    assert "no such option" in desk.run("exec", "--divice", "x", "--", "true").err


def test_a_program_that_is_not_there_is_told(desk: Desk) -> None:
    desk.logged_in()
    found = desk.run("exec", "--", "no-such-program-here")
    assert found.code == 2
    assert "`no-such-program-here` cannot be run: no such file or directory" in found.err


def test_a_signal_that_ended_the_program_is_in_its_code() -> None:
    assert run_with(["sh", "-c", "kill -9 $$"], os.environ) == 137
    with pytest.raises(IamfaError, match="cannot be run: permission denied"):
        run_with(["/"], os.environ)


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 9), ("SIGINT", 5)])
def test_ending_is_passed_on_and_an_interrupt_waited_out(
    name: str, code: int, tmp_path: Path, interruptible: None
) -> None:
    up = tmp_path / "up"

    def send() -> None:
        while not up.exists():
            time.sleep(0.005)
        os.kill(os.getpid(), getattr(signal, name))

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    threading.Thread(target=send, daemon=True).start()
    script = f"trap 'exit 9' TERM; touch {up}; i=0; while [ $i -lt 10 ]; do sleep 0.02; i=$((i+1)); done; exit 5"
    assert run_with(["sh", "-c", script], os.environ) == code
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_ending_that_comes_while_the_program_starts_is_passed_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(subprocess.Popen[bytes]):
        """One that is started, and not yet known."""

        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(subprocess, "Popen", Slow)
    assert run_with(["sleep", "20"], os.environ) == 128 + signal.SIGTERM


def test_env_prints_lines_for_a_shell(desk: Desk) -> None:
    found = desk.run("env", "--shell", "bash", answers=[desk.who.code])
    assert found.code == 0
    assert f"export AWS_SESSION_TOKEN='{desk.kept['token']}'\n" in found.out
    assert "unset AWS_PROFILE\n" in found.out
    told = desk.run("env", "--shell", "sh", "--format", "json").json
    assert told["AWS_SECRET_ACCESS_KEY"] == desk.kept["secret"]
    assert "AWS_PROFILE" not in told
    gone = desk.run("env", "--unset", "--shell", "fish")
    assert "set -e AWS_SESSION_TOKEN;\n" in gone.out
    assert "set -e AWS_ENDPOINT_URL;\n" in gone.out


def test_a_session_is_taken_away_whatever_became_of_its_profile(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "of the session")
    assert "unset AWS_ENDPOINT_URL\n" in desk.run("env", "--unset", "--shell", "sh").out
    found = desk.run("env", "--unset", "--shell", "sh", "--profile", "gone")
    assert (found.code, "unset AWS_SESSION_TOKEN\n" in found.out) == (0, True)


def test_env_asks_for_the_shell_that_it_does_not_know(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/nu")
    found = desk.run("env")
    assert found.code == 2
    assert "name it: --shell bash|zsh|sh|fish|powershell|cmd" in found.err
    monkeypatch.setenv("SHELL", "/bin/zsh")
    assert desk.run("env", "--unset").out.startswith("unset AWS_ACCESS_KEY_ID\n")
