"""`iamfa watch`: rounds of an audit, and only what changed between them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Run
from tests.unit.cli.everyone import calls_of, furnish

from iamfa.cli.commands import watch
from iamfa.gateway.aws import Aws
from iamfa.sandbox.embedded import Sandbox

Between = Callable[..., None]
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=11, services=False) as found:
        furnish(found)
        yield found


@pytest.fixture
def admin(box: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The administrator at home, with his key in the environment and nobody's settings besides."""
    for name in os.environ:
        if name.startswith(("AWS_", "IAMFA_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    for name, value in box.environment.items():
        monkeypatch.setenv(name, value)
    return calls_of(box)


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Between:
    """What happens between one round and the next; nobody waits."""

    def put(*happenings: Callable[[], object]) -> None:
        rest = list(happenings)
        monkeypatch.setattr(watch, "_wait", lambda _seconds: rest.pop(0)())

    return put


def freed(admin: Aws) -> Callable[[], object]:
    def call() -> None:
        admin.call("iam", "RemoveUserFromGroup", GroupName="developers", UserName="alice")
        admin.call("iam", "AttachUserPolicy", UserName="alice", PolicyArn=EVERYTHING)

    return call


def bound(admin: Aws) -> Callable[[], object]:
    def call() -> None:
        admin.call("iam", "DetachUserPolicy", UserName="alice", PolicyArn=EVERYTHING)
        admin.call("iam", "AddUserToGroup", GroupName="developers", UserName="alice")

    return call


def test_only_what_changed_is_told(admin: Aws, iamfa: Run, between: Between) -> None:
    between(lambda: None, freed(admin), bound(admin))
    found = iamfa("watch", "--key-only", "--rounds", 4)
    assert found.code == 1
    assert "from here on what changes is told" in found.err
    assert found.out.index("worse: alice: enforced:") < found.out.index("better: alice: enforced:")
    assert "nothing has changed" not in found.out


def test_without_a_change_nothing_is_told(admin: Aws, iamfa: Run, between: Between) -> None:
    between(lambda: None)
    quiet = iamfa("watch", "--key-only", "--rounds", 2)
    assert (quiet.code, quiet.out) == (0, "")
    between(lambda: None)
    assert "nothing has changed" in iamfa("watch", "--key-only", "--rounds", 2, "--verbose").out


def test_programs_read_a_line_for_each_change(admin: Aws, iamfa: Run, between: Between) -> None:
    between(freed(admin), lambda: None)
    found = iamfa("watch", "--key-only", "--rounds", 3, "--format", "json")
    (line,) = [json.loads(each) for each in found.out.splitlines()]
    assert (line["version"], line["account"]) == (1, "123456789012")
    change = next(each for each in line["changes"] if each["user"] == "alice" and each["question"] == "enforced")
    assert (change["before"], change["direction"]) == ("denied", "worse")
    assert found.code == 1


def test_what_changed_while_nobody_watched_is_told_at_the_next_start(admin: Aws, iamfa: Run, folder: Path) -> None:
    state = folder / "state.json"
    assert iamfa("watch", "--key-only", "--rounds", 1, "--state", state).code == 0
    freed(admin)()
    found = iamfa("watch", "--key-only", "--rounds", 1, "--state", state)
    assert (found.code, "worse: alice: enforced:" in found.out) == (1, True)
    state.write_text("{")
    assert iamfa("watch", "--key-only", "--rounds", 1, "--state", state).code == 3


def test_a_round_that_fails_is_told_and_the_next_one_goes_on(
    box: Sandbox, admin: Aws, iamfa: Run, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mend() -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", box.endpoint_url)
        freed(admin)()

    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    between(lambda: monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), mend)
    found = iamfa("watch", "--key-only", "--rounds", 3)
    assert " UTC: " in found.err and "error: " in found.err
    assert (found.code, "worse: alice" in found.out) == (1, True)


def test_the_first_round_shows_whether_it_can_be_done(admin: Aws, iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    assert iamfa("watch", "--key-only", "--rounds", 1).code == 4
    assert iamfa("watch", "--every", "5").code == 2
