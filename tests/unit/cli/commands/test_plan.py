"""`iamfa plan`: an account read from AWS or from files, and the plan that repairs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.audit.repairing import OUTDATED, SECOND, box_with, managed, of, put, remembered_repairs
from tests.unit.cli.conftest import Run

from iamfa.audit import plan_file
from iamfa.sandbox.embedded import ADMINISTRATOR, Sandbox


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    with remembered_repairs():
        yield


@pytest.fixture(scope="module")
def account_box() -> Iterator[Sandbox]:
    with box_with() as box:
        yield box


@pytest.fixture(scope="module")
def saved(account_box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "account.json"
    account_box.save(path)
    return path


@pytest.fixture
def at(account_box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The administrator's key in the environment."""
    for name in [each for each in os.environ if each.startswith(("AWS_", "XDG_", "IAMFA_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in account_box.environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("at")
def test_a_live_account_is_planned_and_nothing_in_it_changes(iamfa: Run, account_box: Sandbox, tmp_path: Path) -> None:
    before = account_box.call(lambda state: dict(state.account.policies))
    path = tmp_path / "plan.json"
    found = iamfa("plan", "live", "--key-only", "--output", path, "--canary", "carol")
    assert found.code == 0, found.err
    assert found.out.startswith("account 123456789012: 3 steps, 4 users reached")
    assert "1. `own` of `user/carol` (user-inline) (canary: the others wait for it)" in found.out
    assert "the plan is in" in found.err
    made = plan_file.read(path)
    assert (made.operator.arn, made.operator.credential) == (of(ADMINISTRATOR), "long-term-key")
    assert made.steps[0].can_undo[1].arn == of(SECOND)
    assert account_box.call(lambda state: dict(state.account.policies)) == before


def test_a_saved_account_is_planned_for_who_is_named(iamfa: Run, saved: Path) -> None:
    found = iamfa("plan", saved, "--operator", ADMINISTRATOR, "--second", "root", "--format", "json")
    assert found.code == 0, found.err
    assert plan_file.plan_in(found.json).operator.credential == "long-term-key"
    assert found.json["steps"][0]["can_undo"][1]["arn"] == of("root").replace("user/", "")


def test_what_is_left_out_makes_exit_code_one(iamfa: Run, saved: Path) -> None:
    found = iamfa("plan", saved, "--operator", "alice", "--verbose")
    assert found.code == 1
    assert "left out" in found.out
    assert "could not undo it any more" in found.out.replace("\n    ", " ")
    assert '"arn:aws:iam::*:mfa/*"' in found.out or "mfa/*" in found.out


def refused(iamfa: Run, saved: Path, *arguments: str) -> tuple[int, str]:
    found = iamfa("plan", saved, *arguments)
    return found.code, found.err.replace("\n", " ")


def test_what_is_asked_wrongly_is_told(iamfa: Run, saved: Path) -> None:
    code, said = refused(iamfa, saved)
    assert (code, "say who will apply the plan" in said) == (2, True)
    code, said = refused(iamfa, saved, "--operator", "alice", "--lose", "enrol-frist-device")
    assert (code, "did you mean `enrol-first-device`" in said) == (2, True)
    code, said = refused(iamfa, saved, "--operator", "alice", "--rule", "nothing")
    assert (code, "`nothing` is no rule" in said) == (2, True)


def test_who_is_not_in_the_account_is_told(iamfa: Run, saved: Path) -> None:
    code, said = refused(iamfa, saved, "--operator", "nobody")
    assert (code, "`nobody` is no user or role" in said) == (3, True)
    code, said = refused(iamfa, saved, "--operator", "alice", "--credential", "role")
    assert (code, "no user holds `role`" in said) == (3, True)
    code, said = refused(iamfa, saved, "--operator", "alice", "--account", "999999999999")
    assert (code, "holds 1 accounts" in said) == (3, True)


@pytest.mark.usefixtures("at")
def test_tags_that_no_list_tells_keep_a_policy_out_of_the_plan(iamfa: Run, account_box: Sandbox) -> None:
    kept = managed("Kept", OUTDATED, tags=(("managed-by", "terraform"),))
    account_box.call(lambda state: put(state.account, kept))
    found = iamfa("plan", "live", "--key-only", "--format", "json")
    account_box.call(lambda state: state.account.policies.pop(kept.arn))
    assert found.code == 1
    assert [each["policy"] for each in found.json["left_out"]] == ["Kept"]
