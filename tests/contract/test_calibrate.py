"""`make calibrate`: what it asks, writes, compares and answers to a shell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.contract import calibrate, question
from tests.contract.calibrate import DIFFERENT, FILE, INTERRUPTED, REFUSED, SAME, UNSETTLED, USAGE, main
from tests.contract.rented import entities, live_in, rented
from tests.contract.stage import PREFIX
from tests.contract.venue import PROFILE, SandboxVenue, Venue

import iamfa

FEW = ("seed-length", "device-name-case", "own-device-rule-reach")


class Run:
    """One run, its file and what it said."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "answers.jsonl"
        self.said = ""

    def __call__(self, *arguments: str, environment: Mapping[str, str] | None = None, **more: Any) -> int:
        return main(arguments, {FILE: str(self.path), **(environment or {})}, self._write, **more)

    def _write(self, text: str) -> None:
        self.said += text

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[iamfa.Sandbox]:
    with rented(monkeypatch, tmp_path) as found:
        yield found


def sandbox(**assumptions: str) -> Any:
    def venue(_: Mapping[str, str]) -> Venue:
        return SandboxVenue({name.replace("_", "-"): value for name, value in assumptions.items()})

    return venue


def test_answers_are_dated_lines_and_a_table_that_says_they_are_as_assumed(run: Run) -> None:
    assert run(*FEW) == SAME
    assert [each["question"] for each in run.records] == [each for each in run.said.split() if each in FEW]
    for each in run.records:
        assert (each["version"], each["where"], each["endpoint"], each["unsettled"]) == (1, "sandbox", None, None)
        assert each["date"].endswith("+00:00") and each["evidence"]
    assert run.said.startswith(f"asking a sandbox: {PROFILE} names no account\n")
    assert run.said.count("the same") == 3


def test_a_further_run_adds_to_what_is_there(run: Run) -> None:
    run("seed-length")
    run("seed-length")
    assert len(run.records) == 2


def test_an_answer_that_is_not_the_default_is_shown_beside_it(run: Run) -> None:
    assert run("own-device-rule-order", venue=sandbox(own_device_rule_order="before-policy")) == DIFFERENT
    [record] = run.records
    assert (record["assumption"], record["assumed"]) == ("own-device-rule-order", "after-policy")
    assert record["answer"] == "before-policy"
    assert run.said.splitlines()[-1].split() == ["own-device-rule-order", "before-policy", "after-policy"]


def test_of_several_cases_those_that_differ_are_shown(run: Run) -> None:
    assert run("role-session-keys", venue=sandbox(role_session_mfa="true-when-chained")) == DIFFERENT
    assert "4 cases  1 of them otherwise" in run.said
    assert run.said.endswith("\nrole-session-keys, token-mfa\n  answer: true, age\n  iamfa:  false\n")


def test_what_cannot_be_told_says_why_and_the_others_go_on(run: Run) -> None:
    asked = ("own-device-rule-order", "seed-length")
    assert run(*asked, venue=sandbox(platform="2022-11")) == UNSETTLED
    assert [each["answer"] for each in run.records] == [None, "64"]
    assert "own-device-rule-order: a control failed: without the Deny the rule refuses" in run.said


def test_an_account_must_be_confirmed(run: Run) -> None:
    assert run(environment={PROFILE: "work"}) == USAGE
    assert "error: IAMFA_LIVE_PROFILE is set and the account is not confirmed" in run.said
    assert "hint: set IAMFA_LIVE_ACCOUNT" in run.said
    assert not run.path.exists()


def test_an_unknown_question_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        run("seed")
    assert raised.value.code == USAGE
    assert "`seed` is no question; one of totp-window, " in capsys.readouterr().err


def test_in_an_account_it_says_where_it_is_what_it_asks_and_leaves_nothing(run: Run, box: iamfa.Sandbox) -> None:
    assert run("deny-get-session-token", "seed-length", venue=lambda _: live_in(box)) == SAME
    assert f"asking 2 questions at {box.endpoint_url}; names begin with `{PREFIX}" in run.said
    assert "1/2 deny-get-session-token: has an explicit Deny of sts:GetSessionToken an effect\n" in run.said
    assert {each["where"] for each in run.records} == {"account"}
    assert {each["endpoint"] for each in run.records} == {box.endpoint_url}
    assert not [each for each in entities(box) if PREFIX in each]


def test_remains_of_a_run_that_was_killed_are_removed_without_asking(run: Run, box: iamfa.Sandbox) -> None:
    iam = live_in(box).client("iam")
    iam.create_user(UserName=f"{PREFIX}0000-1-user")
    assert run("--clean-up", venue=lambda _: live_in(box)) == SAME
    assert not [each for each in entities(box) if PREFIX in each]
    assert run.said == f"nothing whose name begins with `{PREFIX}` is left\n"
    assert not run.path.exists()


def test_what_cannot_be_removed_is_told(run: Run, box: iamfa.Sandbox) -> None:
    iam = live_in(box).client("iam")
    iam.create_user(UserName=f"{PREFIX}0000-1-user")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(GroupName="team", UserName=f"{PREFIX}0000-1-user")
    assert run("--clean-up", venue=lambda _: live_in(box)) == REFUSED
    assert run.said.startswith("error: not everything could be removed: arn:aws:iam::123456789012:user/")


def test_an_interrupted_run_removes_what_it_made(run: Run, box: iamfa.Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question.answer

    def interrupted(about: Any, stage: Any) -> Any:
        if about.id == "seed-length":
            stage.user()
            raise KeyboardInterrupt
        return asked(about, stage)

    monkeypatch.setattr(calibrate, "answer", interrupted)
    assert run("device-name-case", "seed-length", venue=lambda _: live_in(box)) == INTERRUPTED
    assert [each["question"] for each in run.records] == ["device-name-case"]
    assert not [each for each in entities(box) if PREFIX in each]


@pytest.mark.soak
def test_the_permissions_that_the_page_names_are_enough(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to-calibrate.md"
    [permissions] = re.findall(r"```json\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    with rented(monkeypatch, tmp_path, permissions) as box:
        assert run(venue=lambda _: live_in(box)) == DIFFERENT, run.said
        assert not [each for each in entities(box) if PREFIX in each]
    by_question = {each["question"]: each for each in run.records}
    texts = by_question.pop("error-texts")["answer"]
    refused = {situation for situation, text in texts.items() if "user/own-user" in text or "ADMINISTRATOR" in text}
    assert refused == {"delete: a hardware token's serial", "create: a name that is too long"}
    assert not [each["question"] for each in by_question.values() if each["unsettled"]]
    assert run.said.count("the same") == len(by_question)
