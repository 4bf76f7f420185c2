"""`iamfa setup`: profiles that give sessions by themselves; shown first, written when somebody agrees, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cli.desk import Desk


def config(desk: Desk) -> Path:
    return desk.home / ".aws" / "config"


WRITTEN = "credential-process --profile default"


def test_the_change_is_shown_and_written_when_somebody_agrees(desk: Desk) -> None:
    before = config(desk).read_text()
    found = desk.run("setup", answers=["y"])
    assert found.code == 0
    assert "+[profile default-mfa]" in found.out
    assert "try it: aws --profile default-mfa sts get-caller-identity" in found.out
    assert desk.seat is not None and "Write this? [y/N] " in desk.seat.shown
    assert config(desk).read_text().startswith(before) and WRITTEN in config(desk).read_text()
    again = desk.run("setup")
    assert (again.code, "nothing to write" in again.out) == (0, True)
    # A profile that gives sessions stands for the one that has the key.
    through = desk.run("setup", "--profile", "default-mfa")
    assert (through.code, "nothing to write" in through.out) == (0, True)
    back = desk.run("setup", "--undo")
    assert (back.code, "taken back in" in back.out) == (0, True)
    assert config(desk).read_text() == before
    nothing = desk.run("setup", "--undo")
    assert (nothing.code, "nothing to undo" in nothing.err) == (3, True)


@pytest.mark.parametrize("answer", ["n", "", None])
def test_without_a_yes_nothing_is_written(desk: Desk, answer: str | None) -> None:
    before = config(desk).read_text()
    found = desk.run("setup", answers=[answer])
    assert (found.code, "nothing is written" in found.err) == (1, True)
    assert config(desk).read_text() == before


def test_without_a_terminal_it_says_how_to_write(desk: Desk) -> None:
    before = config(desk).read_text()
    found = desk.run("setup")
    assert (found.code, "--yes writes it" in found.err) == (1, True)
    assert config(desk).read_text() == before
    assert desk.run("setup", "--yes", "--name", "mine").code == 0
    assert "[profile mine]" in config(desk).read_text()


def test_programs_read_diffs_and_notes(desk: Desk) -> None:
    shown = desk.run("setup", "--format", "json")
    assert (shown.code, shown.json["written"], shown.json["profiles"]) == (1, False, ["default-mfa"])
    assert WRITTEN in shown.json["diffs"][0]
    done = desk.run("setup", "--format", "json", "--yes")
    assert (done.code, done.json["written"]) == (0, True)
    back = desk.run("setup", "--format", "json", "--undo")
    assert (back.code, back.json["restored"]) == (0, [str(config(desk))])


def test_another_tools_profiles_are_taken_over(desk: Desk) -> None:
    text = config(desk).read_text()
    serial = desk.who.serial("phone")
    config(desk).write_text(f"{text}\n[profile old]\nmfa_serial = {serial}\nregion = us-east-1\n")
    found = desk.run("setup", "--import", "aws-vault", "--yes")
    assert found.code == 0
    assert "[profile old-mfa]" in config(desk).read_text()
    assert "aws-vault export" in found.err


@pytest.mark.parametrize("wrong", [("--undo", "--roles"), ("--import", "awsume", "--name", "x")])
def test_options_that_exclude_each_other_are_wrong_usage(desk: Desk, wrong: tuple[str, ...]) -> None:
    assert desk.run("setup", *wrong).code == 2


def test_the_program_is_named_by_its_whole_path(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from iamfa.cli import changes

    assert changes.own_command()[0].startswith("/")
    monkeypatch.setattr(changes.sys, "executable", "/nowhere/python")
    monkeypatch.setattr(changes.shutil, "which", lambda _name: "/elsewhere/iamfa")
    assert changes.own_command() == ["/elsewhere/iamfa"]
    monkeypatch.setattr(changes.shutil, "which", lambda _name: None)
    assert changes.own_command() == ["/nowhere/python", "-I", "-m", "iamfa"]
