"""`iamfa sandbox run -- COMMAND`: its environment, its exit code, its end."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.serving import wait_for

from iamfa.cli.commands.sandbox_run import COMMAND as RUN
from iamfa.sandbox.embedded import Sandbox

Run = Callable[..., Any]
OFFICIAL = "1-official-2022.json"
SHOW = "import json, os; json.dump(dict(os.environ), open('seen.json', 'w'))"
CREATE = """
import botocore.session
iam = botocore.session.Session().create_client("iam")
iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")
"""


def seen(folder: Path) -> dict[str, str]:
    """The environment that the command had."""
    found: dict[str, str] = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    return found


def python(text: str) -> tuple[str, ...]:
    return ("--", sys.executable, "-c", text)


@pytest.mark.parametrize("code", [0, 1, 7, 141])
def test_the_exit_code_is_the_command_s(iamfa: Run, code: int) -> None:
    found = iamfa("sandbox", "run", *python(f"raise SystemExit({code})"))
    assert (found.code, found.out, found.err) == (code, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of other systems")
def test_a_command_that_a_signal_ended_counts_as_in_a_shell(iamfa: Run) -> None:
    assert iamfa("sandbox", "run", *python("import os; os.kill(os.getpid(), 9)")).code == 137


def test_the_command_has_the_sandbox_s_settings_and_none_of_the_user_s(
    iamfa: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", "http://elsewhere")
    monkeypatch.setenv("SOMETHING_ELSE", "kept")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("no_proxy", "example.com")
    assert iamfa("sandbox", "run", "--region", "eu-west-1", *python(SHOW)).code == 0
    environment = seen(folder)
    assert {name for name in environment if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
        "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED",
    }  # fmt: skip
    assert environment["AWS_REGION"] == "eu-west-1"
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert not Path(environment["AWS_CONFIG_FILE"]).exists()
    assert environment["SOMETHING_ELSE"] == "kept"
    assert "127.0.0.1" in environment["no_proxy"].split(",")
    assert not Path(environment["IAMFA_SANDBOX"]).parent.exists(), "it is gone with the sandbox"
    assert os.environ["AWS_PROFILE"] == "work"


def test_the_command_is_the_own_user_under_a_policy_and_the_administrator_otherwise(iamfa: Run, folder: Path) -> None:
    with Sandbox(seed=1, policy=folder / OFFICIAL) as box:
        keys = {user: box.environment_of(user)["AWS_ACCESS_KEY_ID"] for user in ("administrator", "own-user")}
    for options, user in (
        (("--policy", OFFICIAL), "own-user"),
        (("--policy", OFFICIAL, "--user", "administrator"), "administrator"),
        ((), "administrator"),
    ):
        assert iamfa("sandbox", "run", "--seed", 1, *options, *python(SHOW)).code == 0
        assert seen(folder)["AWS_ACCESS_KEY_ID"] == keys[user]


@pytest.mark.broad
def test_a_program_with_an_sdk_works_inside_and_what_it_did_is_saved(iamfa: Run, folder: Path) -> None:
    code = f"""{CREATE}
import subprocess, sys
run = subprocess.run([sys.executable, "-m", "iamfa", "sandbox", "code", "phone"], stdout=open("code.txt", "w"))
raise SystemExit(run.returncode)
"""
    found = iamfa("sandbox", "run", "--save", "saved.json", *python(code))
    assert (found.code, found.err) == (0, "")
    shown = (folder / "code.txt").read_text(encoding="utf-8")
    assert shown.strip().isdigit() and len(shown.strip()) == 6
    with Sandbox(load=folder / "saved.json") as box:
        assert box.code("phone")


def test_the_state_is_saved_though_the_command_fails(iamfa: Run, folder: Path) -> None:
    assert iamfa("sandbox", "run", "--save", "saved.json", *python("raise SystemExit(3)")).code == 3
    assert (folder / "saved.json").exists()


def test_each_call_goes_to_the_end_of_a_log_with_what_decided_it(iamfa: Run, folder: Path) -> None:
    (folder / "calls.jsonl").write_text("what was there\n", encoding="utf-8")
    assert iamfa("sandbox", "run", "--policy", OFFICIAL, "--log", "calls.jsonl", *python(CREATE)).code == 1
    before, line = (folder / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    event = json.loads(line)
    assert before == "what was there"
    assert (event["eventName"], event["errorCode"]) == ("CreateVirtualMFADevice", "AccessDenied")
    assert event["iamfa"]["decisions"][-1]["decision"] == "implicit_deny"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_log_that_cannot_be_written_changes_no_answer_and_is_said_at_the_end(iamfa: Run) -> None:
    found = iamfa("sandbox", "run", "--log", "/dev/full", *python(CREATE))
    assert (found.code, found.err) == (3, "error: no space left on device\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--", "no-such-program-at-all"), 2, "`no-such-program-at-all` cannot be run: no such file"),
        ((), 2, "missing argument"),
        (("--user", "nobody", "--", "true"), 2, "`nobody` has no active access key"),
        (("--policy", "no-such.json", "--", "true"), 3, "`no-such.json`:1:1: there is no such file"),
        (("--format", "json", "--", "true"), 2, "json"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line(iamfa: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    found = iamfa("sandbox", "run", *arguments, width=200)
    assert (found.code, found.out) == (code, "")
    assert words in found.err
    assert found.err.startswith("error: ") and "Traceback" not in found.err


def test_what_stands_behind_the_command_is_the_command_s(iamfa: Run, folder: Path) -> None:
    code = "import sys; open('given.txt', 'w').write(' '.join(sys.argv[1:]))"
    assert iamfa("sandbox", "run", *python(code), "--user", "x", "--help", "--", "-q").code == 0
    assert (folder / "given.txt").read_text(encoding="utf-8") == "--user x --help -- -q"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of other systems")
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 5), (signal.SIGTERM, 143)])
def test_the_command_decides_what_an_interrupt_is_and_ends_at_sigterm(
    iamfa: Run, folder: Path, by: int, code: int
) -> None:
    # A terminal sends the interrupt to the command as well; here it ends by itself a little later.
    waits = "import os, time; open('there', 'w').close()\nwhile not os.path.exists('go'): time.sleep(0.01)\n"

    def interrupt() -> None:
        wait_for((folder / "there").exists)
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, by)
        if by == signal.SIGINT:
            (folder / "go").touch()

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    found = iamfa("sandbox", "run", "--save", "saved.json", *python(waits + "raise SystemExit(5)"))
    thread.join()
    assert (found.code, found.err) == (code, "")
    assert (folder / "saved.json").exists()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_it_is_told_how_it_is_called() -> None:
    assert RUN.get_short_help_str(80) == "Run a command against a fresh sandbox, and return its exit code."
