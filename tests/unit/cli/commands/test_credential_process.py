"""`iamfa credential-process` on its long way: where nothing is kept that the short one would give out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.unit.cli.desk import Desk

from iamfa.cli import sessions


def test_it_asks_on_the_terminal_for_whom_and_answers_as_the_sdks_read(desk: Desk) -> None:
    found = desk.run("credential-process", answers=[desk.who.code])
    assert found.code == 0, found.err
    kept = desk.kept
    assert found.json == {
        "Version": 1,
        "AccessKeyId": kept["key_id"],
        "SecretAccessKey": kept["secret"],
        "SessionToken": kept["token"],
        "Expiration": kept["expires"],
    }
    assert desk.seat is not None
    assert ", for " in desk.seat.hidden[0]
    assert desk.run("credential-process").json == found.json


def test_without_a_terminal_it_fails_with_the_command_to_run(desk: Desk) -> None:
    found = desk.run("credential-process", "--profile", "default")
    assert (found.code, found.out) == (2, "")
    assert "run `iamfa login --profile default` in a terminal, and then this again" in found.err


def test_whoever_asks_is_named_without_his_arguments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """/proc as Linux has it, in a folder of our own."""
    mine = os.getppid()
    monkeypatch.setattr(sessions, "Path", lambda path: tmp_path / str(path).removeprefix("/proc/"))
    assert sessions.caller_name() is None

    def process(number: int, line: bytes, parent: int) -> None:
        (tmp_path / str(number)).mkdir(exist_ok=True)
        (tmp_path / str(number) / "cmdline").write_bytes(line)
        (tmp_path / str(number) / "stat").write_text(f"{number} (a ) name) S {parent} 1 1")

    for line, name in (
        (b"/usr/bin/python3.11\0/usr/local/bin/aws\0s3\0ls\0--secret\0", "aws"),
        (b"/usr/bin/python\0-m\0awscli\0s3\0", "awscli"),
        (b"node\0-e\0secret()\0", "node"),
        (b"/usr/bin/terraform\0plan\0", "terraform"),
        (b"bash\0", "bash"),
        (b"", None),
    ):
        process(mine, line, 1)
        assert sessions.caller_name() == name
    process(mine, b"/bin/sh\0-c\0iamfa credential-process --profile work\0", 9_000_001)
    assert sessions.caller_name() is None
    process(9_000_001, b"node\0/app/session.mjs\0", 1)
    assert sessions.caller_name() == "session.mjs"
    process(9_000_001, b"sh\0-c\0x\0", 9_000_001)
    assert sessions.caller_name() is None
