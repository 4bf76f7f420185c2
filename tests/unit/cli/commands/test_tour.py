"""`iamfa tour`: the whole story, lived in a sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iamfa.cli.stage import DEVICE, Stage
from iamfa.policy.policy import Policy

Run = Callable[..., Any]
STORY = (
    "1. The console asks for a device name",
    "is not authorized to perform: iam:CreateVirtualMFADevice on resource: arn:aws:iam::999999999999:mfa/google",
    "✓ ok: arn:aws:iam::999999999999:mfa/own-user",
    "2. Check it",
    "error[device-name-tied-to-user]",
    "✗ [1]",
    "3. Fix it",
    '+      "Resource": ["arn:aws:iam::*:mfa/*", "arn:aws:iam::*:user/${aws:username}"]',
    "it newly permits:",
    "warning[delete-devices-without-mfa]",
    "4. Enrol the device",
    "✓ ok: v2",
    "✓ ok: arn:aws:iam::999999999999:mfa/googleAuthentication",
    "$ aws iam enable-mfa-device --user-name own-user",
    "✓ ok",
    "5. The command line",
    "s3:ListAllMyBuckets with an explicit deny in an identity-based policy",
    "--serial-number arn:aws:iam::999999999999:mfa/own-user ",
    "✗ AccessDenied: MultiFactorAuthentication failed",
    "--serial-number arn:aws:iam::999999999999:mfa/googleAuthentication ",
    "✓ ok: ASIA",
    "✓ ok: the list of buckets",
    "6. A leaked key",
    "✗ AccessDenied: To complete this action, please ensure that you are authenticated with an MFA device",
    "(--platform 2022-11):",
    "mfa/thief",
    "✓ ok: the list of buckets",
    "Never run without MFA.",
    "Now yours:",
    "iamfa sandbox --policy policy.json",
)


def test_it_needs_nothing_and_tells_the_whole_story(iamfa: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in folder.iterdir():
        path.unlink()
    # What somebody has configured for AWS does not reach it, and no proxy is asked.
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    found = iamfa("tour", width=200)
    assert (found.code, found.err) == (0, "")
    at = -1
    for part in STORY:
        found_at = found.out.find(part, at + 1)
        assert found_at > at, part
        at = found_at
    assert not list(folder.iterdir())


def test_a_command_can_be_copied_though_it_goes_on_in_the_next_line(iamfa: Run) -> None:
    shown = iamfa("tour", width=60).out
    command = shown[shown.index("  $ aws sts") :].partition("✗")[0]
    words = " ".join(command.replace("\\\n", " ").split())
    start, _, end = words.partition(" --token-code ")
    assert start == "$ aws sts get-session-token --serial-number arn:aws:iam::999999999999:mfa/own-user"
    assert end[:6].isdigit() and end[6:] == " --profile hogehoge"


def test_a_call_that_fails_where_the_story_has_it_work_is_shown_as_it_is() -> None:
    nothing = Policy.parse('{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}')
    with Stage(nothing) as stage:
        created = stage.create_device(stage.own_user, DEVICE)
        assert created.refused is not None
        assert (created.answer, created.refused.code) == ("", "AccessDenied")
        played, session = stage.session(stage.own_user, "arn:aws:iam::999999999999:mfa/nobodys")
        assert session is None and played.refused is not None


def test_a_pause_wants_somebody_at_a_terminal(iamfa: Run) -> None:
    found = iamfa("tour", "--pause")
    assert (found.code, found.out) == (2, "")
    assert "`--pause` waits for somebody at a terminal, and there is none" in found.err


def test_it_waits_for_enter_between_its_steps(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = SimpleNamespace(isatty=lambda: True, flush=lambda: None)
    monkeypatch.setattr("iamfa.cli.commands.tour.sys", SimpleNamespace(stdin=terminal, stdout=terminal))
    asked: list[str] = []
    monkeypatch.setattr("click.prompt", lambda text, **_: asked.append(text))
    assert iamfa("tour", "--pause").code == 0
    assert len(asked) == 6


@pytest.mark.broad
@pytest.mark.skipif(sys.platform == "win32", reason="terminals of other systems")
def test_at_a_real_terminal_it_goes_on_with_enter_and_ends_with_the_input(folder: Path) -> None:
    pty = pytest.importorskip("pty")
    keeper, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "iamfa", "tour", "--pause"],
        stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
        env=os.environ | {"NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"},
    )  # fmt: skip
    os.close(terminal)
    shown = read_until(keeper, "mfa/own-user\r\n")
    assert "2. Check it" not in shown
    os.write(keeper, b"\n")
    shown = read_until(keeper, "✓ works")
    assert "2. Check it" in shown and "3. Fix it" not in shown
    os.write(keeper, b"\x04")
    assert process.wait(timeout=20) == 130
    os.close(keeper)


def read_until(terminal: int, words: str) -> str:
    """What the terminal shows up to these words."""
    shown = b""
    while words not in shown.decode("utf-8", "replace"):
        shown += os.read(terminal, 4096)
    return shown.decode("utf-8", "replace")
