"""`iamfa status` and `iamfa logout`: what is kept, and that it is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.terminal.people import person
from tests.unit.cli.desk import Desk


def test_where_nothing_is_kept_it_says_so_and_fails(desk: Desk) -> None:
    found = desk.run("status")
    assert (found.code, found.out) == (1, "")
    assert found.err == "no session is kept; get one: iamfa login\n"
    assert "iamfa login --profile default" in desk.run("status", "--profile", "default").err


def test_sessions_are_shown_with_their_time_left(desk: Desk) -> None:
    desk.who.profile("reader", role_arn=desk.who.role(f"{desk.who.name}-reader"), source_profile="default")
    desk.logged_in("--profile", "reader")
    found = desk.run("status")
    assert found.code == 0
    assert f"{desk.who.name} in account {desk.who.account}, device phone" in found.out
    assert f"role/{desk.who.name}-reader" in found.out
    assert "11 h 59 min left" in found.out or "12 h left" in found.out
    told = desk.run("status", "--format", "json").json
    assert sorted(len(each["roles"]) for each in told["sessions"]) == [0, 1]
    assert all(each["seconds_left"] > 0 for each in told["sessions"])


def test_a_profile_shows_and_forgets_its_own_user_only(desk: Desk, tmp_path: Path) -> None:
    bob = person(desk.who.box, tmp_path / "bob")
    desk.who.profile("bob", **bob.keys)
    desk.logged_in()
    assert desk.run("login", "--profile", "bob", answers=[bob.code]).code == 0
    assert len(desk.run("status", "--format", "json").json["sessions"]) == 2
    (own,) = desk.run("status", "--profile", "bob", "--format", "json").json["sessions"]
    assert own["user"].endswith(f"user/{bob.name}")

    assert desk.run("logout", "--profile", "bob").out == "1 session forgotten\n"
    assert desk.run("status", "--profile", "bob").code == 1
    assert desk.run("logout", "--profile", "bob", "--format", "json").json == {"version": 1, "forgotten": 0}
    assert desk.run("status").code == 0
    assert desk.run("logout", "--all").out == "1 session forgotten\n"
    assert desk.run("status").code == 1


def test_a_cache_that_others_may_read_is_told_and_not_used(desk: Desk) -> None:
    desk.logged_in()
    (desk.who.cache / "sessions.json").chmod(0o644)
    found = desk.run("status", "--quiet")
    assert found.code == 1
    assert "others may read it" in found.err


def test_without_a_place_for_the_cache_it_is_said_which_variable_names_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "relative")
    found = desk.run("status")
    assert (found.code, "IAMFA_CACHE_DIR" in found.err) == (2, True)
