"""`iamfa sandbox`: what it says at the start, what it shows and saves meanwhile, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
from tests.unit.cli.serving import Visitor, aws_at, endpoint_in, wait_for

from iamfa.cli.boxes import runtime_folder
from iamfa.cli.commands.sandbox import COMMAND as COMPLETED
from iamfa.gateway.faults import AccessDeniedError
from iamfa.platform import ASSUMPTIONS

Run = Callable[..., Any]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of other systems")
OFFICIAL = "1-official-2022.json"
COMMAND = [sys.executable, "-m", "iamfa", "sandbox", "--no-services"]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody else's sandboxes."""
    monkeypatch.setattr("iamfa.cli.boxes.runtime_folder", lambda: tmp_path / "state" / "running")
    monkeypatch.setattr("iamfa.cli.commands.sandbox.runtime_folder", lambda: tmp_path / "state" / "running")
    monkeypatch.setattr("tests.unit.cli.serving.runtime_folder", lambda: tmp_path / "state" / "running")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state-of-others"))
    monkeypatch.delenv("IAMFA_SANDBOX", raising=False)
    return tmp_path / "state" / "running"


def exported(text: str, user: str) -> dict[str, str]:
    """The environment that is shown for a user."""
    block = text.partition(f"as {user}:\n")[2].partition("\n\n")[0]
    return dict(line.removeprefix("export ").split("=", 1) for line in block.splitlines())


def test_it_says_where_it_is_and_as_whom_it_is_called(iamfa: Run, state: Path) -> None:
    seen: list[Path] = []
    visitor = Visitor(seen.append)
    found = iamfa("sandbox", "--seed", 1, "--policy", OFFICIAL, width=200)
    visitor.left()
    assert (found.code, found.err) == (0, "")
    assert re.match(r"A local IAM and STS at http://127\.0\.0\.1:\d+\n", found.out)
    administrator, own = exported(found.out, "administrator"), exported(found.out, "own-user")
    assert set(administrator) == set(own) == {
        "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    }  # fmt: skip
    assert administrator["AWS_ACCESS_KEY_ID"] != own["AWS_ACCESS_KEY_ID"]
    for name, environment in (("sandbox", administrator), ("own-user", own)):
        assert (
            f"[profile {name}]\nregion = us-east-1\nendpoint_url = {administrator['AWS_ENDPOINT_URL']}\n" in found.out
        )
        assert f"aws_access_key_id = {environment['AWS_ACCESS_KEY_ID']}\n" in found.out
    assert f"named `--sandbox {seen[0]}`" in " ".join(found.out.split())
    assert not list(state.iterdir())


def test_while_it_runs_a_file_for_its_owner_says_where(iamfa: Run) -> None:
    modes: list[int] = []

    def look(file: Path) -> None:
        modes.extend((stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)))
        assert set(json.loads(file.read_text(encoding="utf-8"))) == {"endpoint", "token", "process"}

    visitor = Visitor(look, by=signal.SIGTERM)
    assert iamfa("sandbox").code == 0
    visitor.left()
    assert modes == [0o600, 0o700]


def test_programs_get_json_lines_where_it_is_and_then_each_call(iamfa: Run) -> None:
    environments: list[dict[str, str]] = []

    def visit(file: Path) -> None:
        aws_at(environments[0] | {"AWS_ENDPOINT_URL": endpoint_in(file)}).call("iam", "ListUsers")

    environments.append(administrators())
    visitor = Visitor(visit)
    found = iamfa("sandbox", "--format", "json", "--seed", 1)
    visitor.left()
    about, event = found.lines
    assert set(about) == {"endpoint", "environment", "file"}
    assert about["environment"]["AWS_ENDPOINT_URL"] == about["endpoint"]
    assert (event["eventName"], event["iamfa"]["decision"]) == ("ListUsers", "allowed")
    assert (found.code, found.err) == (0, "")


def administrators() -> dict[str, str]:
    """What a sandbox with the seed 1 gives its administrator."""
    return keys_of("administrator")


def keys_of(user: str, policy: str | None = None) -> dict[str, str]:
    from iamfa.sandbox.embedded import Sandbox

    with Sandbox(seed=1, policy=policy) as box:
        return box.environment_of(user)


def test_on_a_terminal_each_call_is_shown_with_why_it_was_refused(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    keys = keys_of("own-user", OFFICIAL)

    def visit(file: Path) -> None:
        aws = aws_at(keys | {"AWS_ENDPOINT_URL": endpoint_in(file)})
        aws.create_virtual_mfa_device("own-user")
        for call in (partial(aws.call, "s3", "ListBuckets"), partial(aws.create_virtual_mfa_device, "phone")):
            with pytest.raises(AccessDeniedError):
                call()

    visitor = Visitor(visit)
    found = iamfa("sandbox", "--seed", 1, "--policy", OFFICIAL, "--color", "never", width=200)
    visitor.left()
    lines = [line[9:] if line[2:3] == ":" else line.strip() for line in found.err.splitlines()]
    assert lines == [
        "✓ iam:CreateVirtualMFADevice on mfa/own-user by user/own-user (key)",
        "✗ s3:ListBuckets by user/own-user (key)",
        "AccessDenied: Deny `BlockMostAccessUnlessSignedInWithMFA` of arn:aws:iam::123456789012:policy/own-user-policy",
        "✗ iam:CreateVirtualMFADevice on mfa/phone by user/own-user (key)",
        "AccessDenied: no identity-based policy allows it",
    ]


def test_what_changes_is_saved_at_once_and_taken_up_again(iamfa: Run, folder: Path) -> None:
    file = folder / "saved.json"
    keys = administrators()

    def visit(where: Path) -> None:
        aws_at(keys | {"AWS_ENDPOINT_URL": endpoint_in(where)}).create_virtual_mfa_device("phone")
        wait_for(file.exists)

    visitor = Visitor(visit)
    assert iamfa("sandbox", "--seed", 1, "--save", file).code == 0
    visitor.left()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    visitor = Visitor(lambda _: None)
    again = iamfa("sandbox", "--load", file)
    visitor.left()
    assert exported(again.out, "administrator")["AWS_ACCESS_KEY_ID"] == keys["AWS_ACCESS_KEY_ID"]
    assert "mfa/phone" in file.read_text(encoding="utf-8")


def test_a_reader_that_goes_away_ends_it_with_141(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = administrators()

    def broken(_: str) -> int:
        raise BrokenPipeError

    def visit(file: Path) -> None:
        monkeypatch.setattr("iamfa.cli.console.Console.write", lambda _self, text: broken(text))
        monkeypatch.setattr("iamfa.cli.exits.turn_away_output", lambda: None)
        aws_at(keys | {"AWS_ENDPOINT_URL": endpoint_in(file)}).call("iam", "ListUsers")
        wait_for(lambda: not file.exists())

    visitor = Visitor(visit)
    found = iamfa("sandbox", "--format", "json", "--seed", 1)
    visitor.left()
    assert (found.code, found.err) == (141, "")


def test_the_assumptions_are_listed_as_they_are_settled(iamfa: Run) -> None:
    found = iamfa("sandbox", "--assumptions", "--assume", "totp-window=2", "--format", "json")
    rows = {row["id"]: row for row in found.json["assumptions"]}
    assert (found.code, found.json["version"]) == (0, 1)
    assert set(rows) == set(ASSUMPTIONS)
    assert (rows["totp-window"]["value"], rows["code-replay"]["value"]) == ("2", "per-device")
    assert all(row["value"] in row["values"] and row["about"] and row["source"] for row in rows.values())
    assert "totp-window = 1\n" in iamfa("sandbox", "--assumptions").out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--throttle", "0"), 2, "`--throttle` is a number of calls a second above 0"),
        (("--port", "65536"), 2, "65536"),
        (("--account", "12"), 2, "`12` is no number of an account"),
        (("--region", "Virginia"), 2, "`Virginia` is no Region"),
        (("--host", "0.0.0.0"), 2, "loopback"),
        (("--assume", "totp-window"), 2, "`totp-window` is no assumption"),
        (("--assume", "totp-window=9"), 2, "`9` is no value"),
        (("--fault", "iam:CreateUser"), 2, "iam:CreateUser"),
        (("--format", "sarif"), 2, "sarif"),
        (("--load", "no-such-file.json"), 3, "there is no such file"),
        (("--load", "broken.json"), 3, "`broken.json` is no snapshot"),
        (("--load", OFFICIAL), 3, f"`{OFFICIAL}`: `$` has no `version`"),
        (("--policy", "broken.json"), 3, "`broken.json`:1:2: the text ends"),
    ],
)
def test_what_it_cannot_start_with_is_said_in_a_line(
    iamfa: Run, folder: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (folder / "broken.json").write_text("{", encoding="utf-8")
    found = iamfa("sandbox", *arguments, width=200)
    assert (found.code, found.out) == (code, "")
    assert words in found.err
    assert found.err.startswith("error: ")
    assert "Traceback" not in found.err


def test_what_would_be_lost_in_front_of_a_command_of_its_own_is_wrong_usage(iamfa: Run) -> None:
    for arguments, words in (
        (("--policy", OFFICIAL, "run", "--", "true"), "`--policy` stands behind `run`"),
        (("--format", "json", "code", "phone"), "`--format` stands behind `code`"),
        (("no-such-command",), "no-such-command"),
        (("--lag", "-1"), "`--lag` is a number of seconds, not below 0"),
    ):
        found = iamfa("sandbox", *arguments)
        assert (found.code, found.out) == (2, "")
        assert words in found.err


def test_its_help_and_the_completion_of_shells_name_its_commands(iamfa: Run) -> None:
    assert "\n  run   Run a command against a fresh sandbox" in iamfa("sandbox", "--help").out
    assert isinstance(COMPLETED, click.Group)
    assert COMPLETED.list_commands(click.Context(COMPLETED)) == ["run", "code"]


def test_a_port_that_is_taken_is_an_error_and_a_free_one_is_used(iamfa: Run) -> None:
    ports: list[str] = []

    def visit(file: Path) -> None:
        ports.append(endpoint_in(file).rpartition(":")[2])
        taken = subprocess.run([*COMMAND, "--port", ports[0]], capture_output=True, text=True, timeout=20, check=False)
        assert (taken.returncode, taken.out if hasattr(taken, "out") else taken.stdout) == (2, "")
        assert ports[0] in taken.stderr
        assert "Traceback" not in taken.stderr

    visitor = Visitor(visit)
    assert iamfa("sandbox").code == 0
    visitor.left()
    visitor = Visitor(lambda file: ports.append(endpoint_in(file).rpartition(":")[2]))
    assert iamfa("sandbox", "--port", ports[0]).code == 0
    visitor.left()
    assert ports[0] == ports[1]


@pytest.mark.broad
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_real_one_ends_cleanly_saved_and_leaves_no_file(folder: Path, tmp_path: Path, by: int) -> None:
    file = folder / "saved.json"
    process = subprocess.Popen(
        [*COMMAND, "--format", "json", "--save", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    about = json.loads(process.stdout.readline())
    assert Path(about["file"]).is_relative_to(tmp_path) or sys.platform == "darwin"
    aws_at(about["environment"]).call("iam", "CreateUser", UserName="alice")
    process.send_signal(by)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["eventName"] == "CreateUser"
    assert '"alice"' in file.read_text(encoding="utf-8")
    assert not Path(about["file"]).exists()


@pytest.mark.broad
def test_a_real_pipe_that_is_closed_ends_it_without_a_traceback(folder: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stderr is not None
    about = json.loads(process.stdout.readline())
    process.stdout.close()
    aws_at(about["environment"]).call("iam", "ListUsers")
    assert process.wait(timeout=20) == 141
    assert process.stderr.read() == ""
    process.stderr.close()
    assert not Path(about["file"]).exists()


@pytest.mark.broad
def test_a_real_terminal_sees_the_calls(folder: Path) -> None:
    pty = pytest.importorskip("pty")
    keeper, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "--format", "text"], stdout=subprocess.PIPE, stderr=terminal, text=True,
        env=os.environ | {"NO_COLOR": "1", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    os.close(terminal)
    assert process.stdout is not None
    shown = ""
    while "Ctrl-C" not in shown:
        shown += process.stdout.readline()
    aws_at(exported(shown, "administrator")).call("iam", "ListUsers")
    seen = os.read(keeper, 4096).decode()
    process.terminate()
    process.communicate(timeout=20)
    os.close(keeper)
    assert "✓ iam:ListUsers by user/administrator (key)" in seen


def test_where_sandboxes_say_that_they_are_there_is_the_user_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert runtime_folder().parts[-2:] == ("iamfa", "running")
