"""`iamfa doctor` from the command line: against a sandbox, offline, and what its exit code says."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Run
from tests.unit.device.stage import EVERYTHING, Stage

from iamfa.cli.commands.doctor import _system
from iamfa.sandbox.embedded import Sandbox


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Sandbox(seed=10, services=False) as box:
        yield Stage(box)


@pytest.fixture
def home(folder: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user of the sandbox who has a device, with files as they should be."""
    for name in os.environ:
        if name.startswith(("AWS_", "IAMFA_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    place = folder / "home"
    (place / ".aws").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("USERPROFILE", str(place))
    user = stage.user(EVERYTHING)
    key = stage.box.environment_of(user.name)
    stage.enrolled(user, f"{user.name}-phone")
    stage.box.clock.advance(-60)
    (place / ".aws" / "config").write_text(
        f"[default]\nregion = us-east-1\nendpoint_url = {stage.box.endpoint_url}\n", encoding="utf-8"
    )
    secrets = (
        f"aws_access_key_id = {key['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {key['AWS_SECRET_ACCESS_KEY']}\n"
    )
    (place / ".aws" / "credentials").write_text(f"[default]\n{secrets}", encoding="utf-8")
    for name in ("config", "credentials"):
        (place / ".aws" / name).chmod(0o600)
    return place


def test_where_all_is_well_the_exit_code_is_0(home: Path, iamfa: Run) -> None:
    found = iamfa("doctor")
    assert (found.code, found.err) == (0, ""), found.out
    assert "✓ codes come from `alice" in found.out
    assert found.out.endswith("nothing stands in the way\n")
    assert iamfa("doctor", "--quiet").out == ""


def test_offline_nothing_is_asked_of_aws(home: Path, iamfa: Run, stage: Stage) -> None:
    before = len(stage.box.events)
    found = iamfa("doctor", "--offline", "--format", "json")
    assert (found.code, found.json["offline"]) == (0, True)
    assert {each["family"] for each in found.json["checkups"]} == {"environment", "profiles", "files", "sessions"}
    assert len(stage.box.events) == before


def test_a_problem_makes_the_exit_code_1_and_is_told_with_its_remedy(home: Path, iamfa: Run) -> None:
    (home / ".aws" / "credentials").chmod(0o644)
    found = iamfa("doctor", "--offline", "--quiet", width=200)
    assert found.code == 1
    assert "→ chmod 600" in found.out
    secret = (home / ".aws" / "credentials").read_text(encoding="utf-8").split()[-1]
    assert secret not in found.out


def test_a_warning_fails_unless_only_errors_shall(home: Path, iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "old")
    assert iamfa("doctor", "--offline").code == 1
    assert iamfa("doctor", "--offline", "--fail-on", "error").code == 0


def test_where_aws_is_not_reached_the_exit_code_is_4(home: Path, iamfa: Run) -> None:
    (home / ".aws" / "credentials").chmod(0o644)
    found = iamfa("doctor", "--endpoint-url", "http://127.0.0.1:9", "--format", "json")
    assert found.code == 4
    assert {each["id"] for each in found.json["checkups"] if each["state"] != "ok"} == {
        "aws-reached",
        "credentials-file",
    }


def test_where_something_important_stays_unknown_the_exit_code_is_5(home: Path, iamfa: Run, stage: Stage) -> None:
    stage.fault("iam:ListMFADevices=failure*2")
    found = iamfa("doctor", "--format", "json")
    assert found.code == 5
    assert found.json["summary"]["unknown"] == 1


def test_a_profile_that_is_not_there_is_a_problem_of_its_own(home: Path, iamfa: Run) -> None:
    found = iamfa("doctor", "--profile", "wrok", "--format", "json")
    (bad,) = [each for each in found.json["checkups"] if each["state"] == "problem"]
    assert (found.code, found.json["profile"], bad["id"]) == (1, "wrok", "profile")


def test_the_keyring_is_looked_for_only_where_it_is_wanted(
    home: Path, iamfa: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "sessions are kept in a file" in iamfa("doctor", "--offline").out
    monkeypatch.setenv("IAMFA_KEYRING", "1")
    assert "sessions are kept in a file" not in iamfa("doctor", "--offline").out


def test_a_system_without_proc_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(self: Path, **_more: object) -> str:
        raise FileNotFoundError(str(self))

    monkeypatch.setattr(Path, "read_text", missing)
    assert _system() == sys.platform
