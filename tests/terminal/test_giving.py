"""What a session is given to: a command, a shell, the console."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.terminal.conftest import Start
from tests.terminal.people import Person


def log_in(alice: Person, at: Start, *arguments: str) -> None:
    login = at(alice, "login", *arguments, "--token-code", alice.code())
    assert login.end() == 0, login.screen


def test_a_command_gets_the_session_and_gives_its_code(alice: Person, at: Start, tmp_path: Path) -> None:
    log_in(alice, at)
    out = tmp_path / "out"
    script = "import json, os; print(json.dumps(dict(os.environ))); raise SystemExit(7)"
    more = {"AWS_PROFILE": "default", "AWS_SECURITY_TOKEN": "old", "KEPT": "kept"}
    ran = at(alice, "exec", "--", sys.executable, "-c", script, streams={1: out}, more=more)
    assert ran.end() == 7, ran.screen
    found = json.loads(out.read_text())
    (kept,) = alice.sessions().values()
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SESSION_TOKEN"]) == (kept["key_id"], kept["token"])
    assert found["AWS_SECRET_ACCESS_KEY"] == kept["secret"]
    assert found["AWS_CREDENTIAL_EXPIRATION"] == kept["expires"]
    assert (found["AWS_ENDPOINT_URL"], found["AWS_REGION"]) == (alice.box.endpoint_url, "us-east-1")
    assert found["KEPT"] == "kept"
    assert not {"AWS_PROFILE", "AWS_SECURITY_TOKEN"} & set(found)


def test_options_behind_the_command_are_its_own(alice: Person, at: Start, tmp_path: Path) -> None:
    log_in(alice, at)
    out = tmp_path / "out"
    ran = at(alice, "exec", "echo", "--profile", "x", "--verbose", "-q", streams={1: out})
    assert (ran.end(), out.read_text()) == (0, "--profile x --verbose -q\n"), ran.screen
    misspelled = at(alice, "exec", "--divice", "phone", "--", "true")
    assert misspelled.end() == 2
    assert "no such option" in misspelled.words
    absent = at(alice, "exec", "--", "no-such-program")
    assert absent.end() == 2
    assert "`no-such-program` cannot be run: no such file or directory" in absent.words


def test_a_code_on_standard_input_leaves_the_rest_to_the_command(alice: Person, at: Start, tmp_path: Path) -> None:
    given, out = tmp_path / "given", tmp_path / "out"
    given.write_text(f"{alice.code()}\nthe rest\n")
    ran = at(alice, "exec", "--token-code", "-", "--", "cat", streams={0: given, 1: out})
    assert ran.end() == 0, ran.screen
    assert out.read_text() == "the rest\n"


def test_signals_reach_the_command(alice: Person, at: Start) -> None:
    log_in(alice, at)
    interrupted = at(alice, "exec", "--", sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
    interrupted.expect("up")
    interrupted.interrupt()
    assert interrupted.end() == 130
    ended = at(alice, "exec", "--", "sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done")
    ended.expect("up")
    assert ended.process.pid is not None
    os.kill(ended.process.pid, signal.SIGTERM)
    assert ended.end() == 9
    killed = at(alice, "exec", "--", "sh", "-c", "kill -9 $$")
    assert killed.end() == 137


SHELLS = {
    "bash": ["bash", "-c", 'eval "$(cat)"; env'],
    "sh": ["sh", "-c", 'eval "$(cat)"; env'],
    "zsh": ["zsh", "-fc", 'eval "$(cat)"; env'],
    "fish": ["fish", "--no-config", "-c", "cat | source; env"],
    "powershell": ["pwsh", "-NoProfile", "-Command", "$input | Out-String | Invoke-Expression; env"],
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_takes_the_lines_in(alice: Person, at: Start, tmp_path: Path, shell: str) -> None:
    command = SHELLS[shell]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    log_in(alice, at)
    (kept,) = alice.sessions().values()
    for arguments, there in ((("env", "--shell", shell), True), (("env", "--unset", "--shell", shell), False)):
        lines = tmp_path / "lines"
        lines.unlink(missing_ok=True)
        assert at(alice, *arguments, streams={1: lines}).end() == 0
        before = {**alice.environment, "AWS_PROFILE": "x", "AWS_ACCESS_KEY_ID": "old"}
        done = subprocess.run(command, input=lines.read_text(), env=before, capture_output=True, text=True, timeout=20)
        assert (done.returncode, done.stderr) == (0, "")
        found = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        assert "AWS_PROFILE" not in found
        assert found.get("AWS_SECRET_ACCESS_KEY") == (kept["secret"] if there else None)
        assert found.get("AWS_SESSION_TOKEN") == (kept["token"] if there else None)


def test_a_shell_has_the_session_and_gives_it_back(alice: Person, tmp_path: Path) -> None:
    """As one types it: the second call stands in the environment that the first one made."""
    log = f"{sys.executable} -m iamfa login --token-code {alice.code()} > /dev/null 2>&1 || exit 9"
    ours = f"{sys.executable} -m iamfa env --shell sh"
    script = f'{log}; eval "$({ours})" || exit 8; env > with; eval "$({ours} --unset)"; env > without'
    path = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    done = subprocess.run(
        ["sh", "-ec", script],
        env={**alice.environment, **path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "AWS_SESSION_TOKEN=" in (tmp_path / "with").read_text()
    left = [line for line in (tmp_path / "without").read_text().splitlines() if line.startswith("AWS_")]
    assert left == ["AWS_EC2_METADATA_DISABLED=true"]


def test_env_asks_on_the_terminal_while_a_shell_takes_its_output(alice: Person, at: Start, tmp_path: Path) -> None:
    out = tmp_path / "out"
    env = at(alice, "env", streams={1: out}, more={"SHELL": "/bin/bash"})
    env.expect("MFA code of phone")
    env.type(alice.code())
    assert env.end() == 0
    assert "export AWS_SESSION_TOKEN='" in out.read_text()
    assert alice.keys["aws_secret_access_key"] not in out.read_text()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def test_a_link_leads_a_role_into_the_console(alice: Person, at: Start, tmp_path: Path) -> None:
    alice.profile("reader", role_arn=alice.role("reader"), source_profile="default")
    log_in(alice, at)
    out = tmp_path / "out"
    link = at(alice, "console", "--profile", "reader", "--destination", "s3/home", streams={1: out})
    assert link.end() == 0, link.screen
    url = out.read_text().strip()
    assert url.startswith(f"{alice.box.endpoint_url}/federation?Action=login")
    with pytest.raises(urllib.error.HTTPError) as went:
        urllib.request.build_opener(Stay).open(url, timeout=5)
    assert (went.value.code, went.value.headers["Location"]) == (302, "https://console.aws.amazon.com/s3/home")
    went.value.close()


def test_there_is_no_link_for_a_users_session_and_none_to_elsewhere(alice: Person, at: Start) -> None:
    refused = at(alice, "console")
    assert refused.end() == 2
    assert "AWS lets no session of a user into the console by a link" in refused.words
    assert "MFA code" not in refused.words
    alice.profile("reader", role_arn=alice.role("reader"), source_profile="default")
    log_in(alice, at)
    for page in (
        "https://evil.example/",
        "http://console.aws.amazon.com/",
        "https://console.aws.amazon.com.evil.example/",
    ):
        elsewhere = at(alice, "console", "--profile", "reader", "--destination", page)
        assert elsewhere.end() == 2
        assert "is no page of the console" in elsewhere.words


def test_the_browser_is_told_no_secret(alice: Person, at: Start, tmp_path: Path) -> None:
    """One that is a program of the terminal, and stays until it has what it came for."""
    alice.profile("reader", role_arn=alice.role("reader"), source_profile="default")
    log_in(alice, at)
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(
        f"#!{sys.executable}\n"
        "import json, sys, urllib.request, urllib.error\n"
        "class Stay(urllib.request.HTTPRedirectHandler):\n"
        "    def redirect_request(self, *_): return None\n"
        "try:\n"
        "    urllib.request.build_opener(Stay).open(sys.argv[1], timeout=9)\n"
        "except urllib.error.HTTPError as error:\n"
        f"    open({str(seen)!r}, 'w').write(json.dumps([sys.argv[1:], error.code, error.headers['Location']]))\n"
    )
    browser.chmod(0o700)
    opened = at(alice, "console", "--profile", "reader", "--open", more={"BROWSER": str(browser)})
    assert opened.end() == 0, opened.screen
    for _ in range(100):
        if seen.exists():
            break
        time.sleep(0.05)
    (address,), code, location = json.loads(seen.read_text())
    assert urlsplit(address).hostname == "127.0.0.1"
    assert code == 302
    token = parse_qs(urlsplit(location).query)["SigninToken"][0]
    assert token not in address
    assert token not in opened.written
