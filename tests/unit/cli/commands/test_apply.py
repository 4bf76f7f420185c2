"""`iamfa plan`, `iamfa apply` and `iamfa undo`, one after the other, as an administrator types them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.terminal.people import EVERYTHING, Person, person, policy
from tests.unit.audit.repairing import ADMINISTRATES, OUTDATED, box_with, managed, of, put, remembered_repairs, seed
from tests.unit.cli.conftest import Outcome, Run
from tests.unit.cli.sitting import Sitting

from iamfa.cli import sessions
from iamfa.cli import terminal as terminals
from iamfa.sandbox.embedded import Sandbox
from iamfa.sandbox.live import State


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    with remembered_repairs():
        yield


@pytest.fixture(scope="module")
def account_box() -> Iterator[Sandbox]:
    with box_with() as box:
        yield box


def reset(state: State) -> None:
    """The account as it was; people of other tests are gone."""
    for name in [name for name in state.account.users if name.startswith("user")]:
        del state.account.users[name]
    seed(state.account)


class Typing:
    """Whoever types the commands."""

    def __init__(self, box: Sandbox, run: Run, patch: pytest.MonkeyPatch, path: Path) -> None:
        self.box, self.run, self.patch, self.path = box, run, patch, path

    def answers(self, *answers: Any) -> None:
        found = Sitting(*answers) if answers else None
        for module in (sessions, terminals):
            self.patch.setattr(module, "open_terminal", lambda: found)

    def planned(self, *more: object) -> Outcome:
        found = self.run("plan", "live", "--key-only", "--output", self.path, *more)
        assert found.code == 0, found.err
        return found

    def force(self) -> str:
        return self.box.call(lambda state: state.account.policies[of("Force", "policy")].text)


@pytest.fixture
def typing(account_box: Sandbox, iamfa: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Typing:
    """The account as it was, and the administrator's key in the environment."""
    account_box.call(reset)
    for name in [each for each in os.environ if each.startswith(("AWS_", "XDG_", "IAMFA_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in account_box.environment.items():
        monkeypatch.setenv(name, value)
    found = Typing(account_box, iamfa, monkeypatch, tmp_path / "plan.json")
    found.answers()
    return found


def test_planned_applied_and_undone(typing: Typing) -> None:
    typing.planned()
    done = typing.run("apply", typing.path, "--yes", "--key-only")
    assert done.code == 0, done.err
    assert "3. `Force` is changed" in done.out
    assert "3 changed; to take it back: iamfa undo" in done.err.replace("\n", " ")
    assert "mfa/*" in typing.force()
    assert not typing.planned().out.startswith("account 123456789012: 3")
    back = typing.run("undo", typing.path.with_suffix(".json.journal"), "--yes", "--key-only")
    assert back.code == 0, back.err
    assert "1. " in back.out
    assert "3 taken back" in back.err
    assert typing.force() == OUTDATED


def test_a_second_time_there_is_nothing_to_do(typing: Typing) -> None:
    typing.planned()
    assert typing.run("apply", typing.path, "--yes", "--key-only", "--format", "json").json["steps_changed"] == 3
    again = typing.run("apply", typing.path, "--key-only")
    assert (again.code, again.out) == (0, "")
    assert "there is nothing to do" in again.err
    assert typing.run("apply", typing.path, "--key-only", "--format", "json").json["said"] == []
    undone = typing.run("undo", typing.path, "--yes", "--key-only", "--format", "json")
    assert undone.json["steps_changed"] == 3
    assert undone.json["said"][0] == {
        "step": 3, "policy": "Force", "held_by": None, "what": "says again what it said: v1 is in force",
    }  # fmt: skip
    assert "there is nothing to take back" in typing.run("undo", typing.path, "--key-only").err


def test_a_journal_lies_where_it_is_told_and_can_be_named_itself(typing: Typing) -> None:
    typing.planned()
    place = typing.path.parent / "elsewhere.jsonl"
    assert typing.run("apply", typing.path, "--yes", "--key-only", "--quiet", "--journal", place).code == 0
    missing = typing.run("undo", typing.path, "--yes", "--key-only")
    assert missing.code == 3
    assert "there is no such journal" in " ".join(missing.err.split())
    assert typing.run("undo", place, "--yes", "--key-only").code == 0
    assert typing.force() == OUTDATED


def test_it_asks_and_a_no_changes_nothing(typing: Typing) -> None:
    typing.planned()
    nobody = typing.run("apply", typing.path, "--key-only")
    assert nobody.code == 2
    assert "there is no terminal to ask on" in nobody.err
    typing.answers("n")
    refused = typing.run("apply", typing.path, "--key-only")
    assert refused.code == 1
    assert "nothing was changed" in refused.err
    assert typing.force() == OUTDATED
    typing.answers("yes")
    assert typing.run("apply", typing.path, "--key-only").code == 0
    typing.answers(None)
    kept = typing.run("undo", typing.path, "--key-only")
    assert kept.code == 1
    assert "mfa/*" in typing.force()
    typing.answers("y")
    assert typing.run("undo", typing.path, "--key-only").code == 0


def test_what_has_changed_since_ends_it(typing: Typing) -> None:
    typing.planned()
    other = policy(EVERYTHING)
    typing.box.call(lambda state: put(state.account, managed("Force", other)))
    found = typing.run("apply", typing.path, "--yes", "--key-only")
    assert found.code == 3
    assert "`Force` has changed since the plan was made" in found.err.replace("\n", " ")


def test_an_operator_who_would_lock_himself_out_is_stopped_when_he_applies_it(typing: Typing) -> None:
    """Somebody else than who made the plan applies it, and he may read and write and not take back."""
    typing.planned()
    actions = ["iam:Get*", "iam:List*", "iam:Generate*", "iam:CreatePolicyVersion", "organizations:*"]
    may = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    gus = person(typing.box, typing.path.parent / "gus", statements=[may])
    for name, value in typing.box.environment_of(gus.name).items():
        typing.patch.setenv(name, value)
    found = typing.run("apply", typing.path, "--yes", "--key-only")
    assert found.code == 3
    assert "could not undo it any more" in found.err.replace("\n", " ")


def test_credentials_of_another_account_are_refused(typing: Typing) -> None:
    typing.planned()
    with Sandbox(services=False, account="999999999999") as other:
        for name, value in other.environment.items():
            typing.patch.setenv(name, value)
        found = typing.run("apply", typing.path, "--yes", "--key-only")
    assert found.code == 3
    assert "the plan is for the account `123456789012`" in found.err.replace("\n", " ")


def canary_of(typing: Typing, *, allowed: bool = True) -> Person:
    """A user under the outdated policy with files of his own; the operator's key stays in the environment."""
    found = person(typing.box, typing.path.parent / "canary")
    attached = (ADMINISTRATES,) if allowed else ()

    def under(state: State) -> None:
        put(state.account, replace(state.account.users[found.name], inline={"own": OUTDATED}, attached=attached))

    typing.box.call(under)
    typing.patch.setenv("AWS_CONFIG_FILE", str(found.home / ".aws" / "config"))
    typing.patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(found.home / ".aws" / "credentials"))
    return found


def test_the_canary_is_tried_with_real_calls_after_the_first_step(typing: Typing) -> None:
    who = canary_of(typing)
    typing.planned("--canary", who.name)
    typing.answers(who.code)
    found = typing.run("apply", typing.path, "--yes", "--key-only", "--canary-profile", "default")
    assert found.code == 0, found.err
    assert "and allowed it with MFA" in " ".join(found.out.split())
    assert [call["errorCode"] for call in who.calls() if call.get("errorCode")][-1] == "AccessDenied"


def test_a_canary_whom_the_first_step_does_not_reach_is_told_before_anything_is_done(typing: Typing) -> None:
    canary_of(typing)
    typing.planned("--canary", "carol")
    found = typing.run("apply", typing.path, "--yes", "--key-only", "--canary-profile", "default")
    assert found.code == 3
    assert "whom the first step does not reach" in " ".join(found.err.split())
    assert typing.force() == OUTDATED


def test_a_plan_of_one_step_has_no_canary(typing: Typing) -> None:
    typing.planned()
    value = json.loads(typing.path.read_text(encoding="utf-8"))
    value["steps"][0]["canary"] = False
    typing.path.write_text(json.dumps(value), encoding="utf-8")
    found = typing.run("apply", typing.path, "--yes", "--key-only", "--canary-profile", "default")
    assert found.code == 3
    assert "the plan has no canary" in found.err
