"""`iamfa credential-process` on its long way: where nothing is kept that the short one would give out."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"/usr/bin/python3\0/usr/local/bin/aws\0s3\0ls\0--secret\0", "aws"),
        (b"node\0-e\0secret()\0", "node"),
        (b"/usr/bin/terraform\0plan\0", "terraform"),
        (b"", None),
    ],
)
def test_whoever_asks_is_named_without_his_arguments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: bytes, name: str | None
) -> None:
    (tmp_path / "cmdline").write_bytes(line)
    monkeypatch.setattr(sessions, "Path", lambda path: tmp_path / "cmdline")
    assert sessions.caller_name() == name
    monkeypatch.setattr(sessions, "Path", lambda path: tmp_path / "nothing")
    assert sessions.caller_name() is None
