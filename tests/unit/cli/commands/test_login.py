"""`iamfa login`: what it asks, keeps and says."""

from __future__ import annotations

import pytest
from tests.unit.cli.desk import Desk


def test_a_session_is_asked_for_once_and_kept(desk: Desk) -> None:
    first = desk.run("login", answers=[desk.who.code])
    assert first.code == 0
    assert first.out.startswith(f"a new session of {desk.who.name} in account {desk.who.account}, device phone: until")
    assert "use it: iamfa exec --profile default -- aws s3 ls" in first.err
    assert desk.seat is not None
    assert desk.seat.hidden == [f"MFA code of phone ({desk.who.name} in account {desk.who.account}): "]
    assert desk.seat.closed
    again = desk.run("login", "--quiet")
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith("a session that was kept of ")


def test_programs_read_json_without_a_secret(desk: Desk) -> None:
    found = desk.run("login", "--format", "json", answers=[desk.who.code])
    assert found.json["fresh"] is True
    assert (found.json["profile"], found.json["device"]) == ("default", desk.who.serial("phone"))
    assert found.json["access_key_id"] == desk.kept["key_id"]
    assert desk.kept["secret"] not in found.out
    assert desk.kept["token"] not in found.out


def test_each_refusal_is_told_with_the_next_question(desk: Desk) -> None:
    found = desk.run("login", answers=[desk.who.wrong(), "12345", desk.who.code])
    assert found.code == 0
    assert desk.seat is not None
    assert desk.seat.hidden[1].startswith("AWS refused the code of `phone`\nMFA code of phone")
    assert desk.seat.hidden[2].startswith("what was typed gave 5 digits instead of a code\nMFA code")


def test_a_terminal_that_is_closed_gives_no_session(desk: Desk) -> None:
    found = desk.run("login", answers=[None])
    assert found.code == 2
    assert "the terminal was closed before a code was typed" in found.err


def test_one_of_several_devices_is_chosen_by_its_number(desk: Desk) -> None:
    desk.who.device("tablet")
    found = desk.run("login", answers=["x", "0", "2", lambda: desk.who.code("tablet")])
    assert found.code == 0
    assert desk.seat is not None
    assert f"{desk.who.name} in account {desk.who.account} has 2 devices that give codes:" in desk.seat.shown
    assert "  2) tablet  (virtual, since " in desk.seat.shown
    assert desk.seat.shown.count("Which one? It is remembered: ") == 3
    closed = desk.run("login", "--renew", "--device", "phone", answers=[None])
    assert "the terminal was closed" in closed.err


def test_nobody_chooses_at_a_closed_terminal(desk: Desk) -> None:
    desk.who.device("tablet")
    found = desk.run("login", answers=[None])
    assert (found.code, "before a device was chosen" in found.err) == (2, True)


@pytest.mark.parametrize(
    ("duration", "words"),
    [("90m", None), ("2h", None), ("1800", None), ("x", "is no duration"), ("10", "cannot last 10 seconds")],
)
def test_a_duration_is_written_in_seconds_minutes_or_hours(desk: Desk, duration: str, words: str | None) -> None:
    found = desk.run("login", "--duration", duration, answers=[] if words else [desk.who.code])
    assert found.code == (0 if words is None else 2 if "no duration" in words else 3)
    assert words is None or words in found.err


def test_a_code_comes_with_the_command_or_on_standard_input(desk: Desk) -> None:
    given = desk.run("login", "--token-code", "-", stdin=desk.who.code() + "\n")
    assert given.code == 0, given.err
    again = desk.run("login", "--renew", "--token-code", desk.who.code(steps=1))
    assert again.code == 0, again.err
    none = desk.run("login", "--renew", "--token-code", "-")
    assert (none.code, "standard input gave no code" in none.err) == (2, True)


def test_a_code_comes_of_a_command_or_of_the_profile(desk: Desk) -> None:
    given = desk.run("login", "--code-command", f"echo {desk.who.code()}", "--explain")
    assert given.code == 0, given.err
    assert "$ aws sts get-session-token --serial-number" in given.err
    desk.who.profile("process", mfa_process=f"echo {desk.who.code(steps=1)}", source_profile="default")
    assert desk.run("login", "--renew", "--profile", "process").code == 0
    failing = desk.run("login", "--renew", "--code-command", "echo locked >&2; exit 3")
    assert failing.code == 2
    assert "the command of `--code-command` ended with code 3: locked" in failing.err


def test_what_cannot_be_kept_is_no_login(desk: Desk) -> None:
    (desk.home / ".cache").write_text("in the way")
    found = desk.run("login", answers=[desk.who.code])
    assert found.code == 3
    assert desk.seat is not None
    assert "the session is not kept" in desk.seat.shown
    assert "use it" not in found.err


def test_without_a_terminal_it_is_said_what_to_run(desk: Desk) -> None:
    found = desk.run("login")
    assert found.code == 2
    assert "help: run `iamfa login --profile default` in a terminal" in found.err


def test_a_used_code_is_waited_out_in_the_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from iamfa.session import with_code

    monkeypatch.setattr(with_code, "_until_next_step", lambda now: 0.02)
    desk.run("login", answers=[code := desk.who.code()])
    found = desk.run("login", "--renew", answers=[code, lambda: desk.who.code(steps=1)])
    assert found.code == 0
    assert desk.seat is not None
    assert "AWS takes each code once" in desk.seat.shown
    assert "waiting for the next code (0 s)" in desk.seat.shown


def test_a_serial_that_was_healed_is_offered_to_the_profiles_that_name_it(desk: Desk) -> None:
    stale = desk.who.serial("old")
    desk.who.profile("stale", mfa_serial=stale, source_profile="default")
    found = desk.run("login", "--profile", "stale", answers=[desk.who.code, "n"])
    assert (found.code, f"-mfa_serial = {stale}" in found.err) == (0, True), found.err
    assert stale in (desk.home / ".aws" / "config").read_text()
    again = desk.run("login", "--renew", "--profile", "stale", answers=[lambda: desk.who.code(steps=1), "y"])
    assert again.code == 0
    assert stale not in (desk.home / ".aws" / "config").read_text()


def test_a_session_is_written_into_a_profile_for_tools_that_know_nothing_else(desk: Desk) -> None:
    found = desk.run("login", "--write-profile", "work-mfa", answers=[desk.who.code])
    assert found.code == 0, found.err
    text = (desk.home / ".aws" / "credentials").read_text()
    assert f"aws_session_token = {desk.kept['token']}" in text.partition("[work-mfa]")[2]


def test_a_device_a_code_or_a_duration_that_is_named_makes_a_new_session(desk: Desk) -> None:
    desk.logged_in()
    desk.who.device("tablet")
    other = desk.run("login", "--device", "tablet", answers=[lambda: desk.who.code("tablet")])
    assert (other.code, "a new session" in other.out, "device tablet" in other.out) == (0, True, True)
    code = desk.who.code("tablet", steps=1)
    assert "a new session" in desk.run("login", "--device", "tablet", "--token-code", code).out


def test_a_session_is_written_over_no_long_term_key_and_that_is_said_before_a_code_is_used(desk: Desk) -> None:
    found = desk.run("login", "--write-profile", "default")
    assert (found.code, "has long-term keys, which are never overwritten" in found.err) == (3, True)
    moved = desk.home / ".aws" / "credentials"
    config = desk.home / ".aws" / "config"
    keys = "aws_access_key_id = AKIA\naws_secret_access_key = s\n"
    config.write_text(f"{config.read_text()}\n[profile mine]\n{keys}")
    before = moved.read_text() if moved.exists() else ""
    found = desk.run("login", "--write-profile", "mine")
    assert (found.code, "`mine` has long-term keys" in found.err) == (3, True)
    assert (moved.read_text() if moved.exists() else "") == before


def test_a_profile_that_is_written_leads_to_where_the_session_is_good(desk: Desk) -> None:
    found = desk.run("login", "--write-profile", "old-tool", answers=[desk.who.code])
    assert found.code == 0
    text = (desk.home / ".aws" / "credentials").read_text()
    section = text.partition("[old-tool]")[2]
    assert f"endpoint_url = {desk.who.box.endpoint_url}" in section
    assert desk.kept["token"] in section
