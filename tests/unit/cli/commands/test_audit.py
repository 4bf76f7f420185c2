"""`iamfa audit` from the command line: saved accounts and one that runs, what is chosen, and its exit code."""

from __future__ import annotations

import gzip
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.conftest import Run
from tests.unit.cli.desk import Desk
from tests.unit.cli.everyone import ACCOUNT, EVERYBODY, calls_of, document, furnish

from iamfa.cli import accounts
from iamfa.cli.console import Console
from iamfa.gateway.collect_calls import Progress
from iamfa.report.paper import Paper
from iamfa.sandbox.embedded import Sandbox

Json = dict[str, Any]


@pytest.fixture
def saved(folder: Path) -> Path:
    """A saved account in the working folder."""
    place = folder / "everyone.json"
    place.write_bytes(EVERYBODY.read_bytes())
    return place


def rules(found: Json) -> set[str]:
    return {each["rule"] for each in found["accounts"][0]["findings"]}


def answers(found: Json, question: str = "enforced") -> dict[str, str]:
    return {each["name"]: each[question]["answer"] for each in found["accounts"][0]["users"]}


# Saved accounts ------------------------------------------------------------------------------------------------------


def test_a_saved_account_is_judged_user_by_user(saved: Path, iamfa: Run) -> None:
    found = iamfa("audit", saved, "--format", "json")
    assert (found.code, found.err) == (1, "")
    assert answers(found.json) | {"=leo": "", "administrator": ""} == {
        "alice": "denied", "bob": "denied", "carol": "denied", "dave": "denied", "erin": "denied", "mia": "denied",
        "heidi": "denied", "frank": "not-enforced", "grace": "not-enforced", "nina": "not-enforced",
        "ivan": "exempt-undeclared", "judy": "exempt-undeclared", "ken": "not-granted", "=leo": "", "administrator": "",
    }  # fmt: skip
    enrolled = answers(found.json, "enrolled")
    assert {enrolled[name] for name in ("erin", "frank")} == {"exposed-now"}
    assert (enrolled["heidi"], enrolled["nina"], enrolled["ken"]) == ("locked-out", "none-needed", "enrolled")
    assert found.json["faults"] == []


def test_everything_that_can_be_read_from_files_is_read_packed_too(saved: Path, iamfa: Run) -> None:
    account = json.loads(saved.read_text())
    packed = saved.with_name(f"{ACCOUNT}.json.gz")
    packed.write_bytes(gzip.compress(json.dumps(account["authorization_details"]).encode()))
    found = iamfa("audit", packed, "--format", "json")
    assert found.code == 5
    assert answers(found.json)["alice"] == "denied"
    assert answers(found.json, "enrolled")["alice"] == "unknown"


def test_several_accounts_are_judged_one_after_the_other_and_what_is_none_is_told(saved: Path, iamfa: Run) -> None:
    place = saved.parent / "accounts"
    place.mkdir()
    text = saved.read_text()
    (place / "a.json").write_text(text)
    (place / "b.json").write_text(text.replace(ACCOUNT, "210987654321"))
    found = iamfa("audit", place)
    assert found.code == 1
    assert found.out.index(f"account {ACCOUNT}") < found.out.index("\n\naccount 210987654321")
    (place / "broken.json").write_text(text[:-200])
    (place / "foreign.json").write_text('{"hello": "world"}')
    both = iamfa("audit", place, "--format", "json")
    assert both.code == 3
    assert [each["account"] for each in both.json["accounts"]] == [ACCOUNT, "210987654321"]
    assert both.err.count("error: ") == len(both.json["faults"]) == 2
    assert "broken.json" in both.err
    assert "foreign.json" in both.err
    page = iamfa("audit", place, "--format", "html")
    assert (page.code, page.out, "a page is for one account, and there are 2" in page.err) == (2, "", True)
    saving = iamfa("audit", place, "--save-snapshot", "out.json")
    assert (saving.code, "--save-snapshot is for one account, and there are 2" in saving.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "everyone.json"),
        ('{"hello": "world"}', "everyone.json"),
        ("", "everyone.json"),
        ("[1, 2]", "everyone.json"),
    ],
)
def test_what_is_no_account_is_invalid_input(saved: Path, iamfa: Run, text: str, words: str) -> None:
    saved.write_text(text)
    found = iamfa("audit", saved)
    assert (found.code, found.out) == (3, "")
    assert found.err.startswith("error: ")
    assert "everyone.json" in found.err


def test_a_truncated_snapshot_is_invalid_input(saved: Path, iamfa: Run) -> None:
    text = saved.read_text()
    for length in (len(text) // 3, len(text) - 10):
        saved.write_text(text[:length])
        assert iamfa("audit", saved).code == 3
    assert iamfa("audit", "none.json").code == 3


def test_an_account_that_cannot_be_judged_leaves_the_others_alone(
    saved: Path, iamfa: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = saved.read_text()
    other = json.loads(text.replace(ACCOUNT, "210987654321"))
    other["taken_at"] = "2026-10-01T00:00:00Z"
    place = saved.parent / "accounts"
    place.mkdir()
    (place / "a.json").write_text(text)
    (place / "b.json").write_text(json.dumps(other))
    found = iamfa("audit", place, "--since", saved, "--format", "json")
    assert found.code == 3
    assert [each["account"] for each in found.json["accounts"]] == [ACCOUNT]
    assert "error: account `210987654321`: the earlier snapshot does not hold it" in found.err


# What is chosen ------------------------------------------------------------------------------------------------------


def test_only_some_users_are_judged(saved: Path, iamfa: Run) -> None:
    found = iamfa("audit", saved, "--user", "alice", "--user", "=leo", "--format", "json")
    assert list(answers(found.json)) == ["=leo", "alice"]
    assert "locked-out" not in rules(found.json)
    wrong = iamfa("audit", saved, "--user", "alise")
    assert (wrong.code, wrong.out) == (2, "")
    assert "there is no user `alise`; did you mean `alice`" in wrong.err


def test_rules_are_selected_and_ignored_and_decide_the_exit_code(saved: Path, iamfa: Run) -> None:
    found = iamfa("audit", saved, "--select", "exposed-now,locked-out", "--ignore", "locked-out", "--format", "json")
    assert rules(found.json) == {"exposed-now"}
    assert iamfa("audit", saved, "--select", "keys-only").code == 0
    assert iamfa("audit", saved, "--select", "keys-only", "--fail-on", "note").code == 1
    wrong = iamfa("audit", saved, "--select", "exposed")
    assert (wrong.code, "`exposed` is no rule; did you mean `exposed-now`" in wrong.err) == (2, True)


def test_the_settings_hold_the_register_and_the_rules_of_the_audit(saved: Path, iamfa: Run) -> None:
    (saved.parent / "iamfa.toml").write_text(
        """
        select = "unknown-key"
        fail-on = "note"
        [audit]
        fail-on = "error"
        ignore = ["exposed-now", "locked-out"]
        [[audit.exceptions]]
        principal = "judy"
        reason = "emergencies"
        owner = "security"
        expires = 2099-12-31
        compensating_control = "a safe"
        """
    )
    found = iamfa("audit", saved, "--format", "json")
    assert answers(found.json)["judy"] == "exempt-declared"
    assert answers(found.json)["ivan"] == "exempt-undeclared"
    assert rules(found.json) & {"exposed-now", "locked-out"} == set()
    told = iamfa("audit", saved, "--ignore", "keys-only", "--format", "json")
    assert "exposed-now" in rules(told.json)
    (saved.parent / "other.toml").write_text("exceptions = []")
    other = iamfa("audit", saved, "--register", "other.toml", "--format", "json")
    assert answers(other.json)["judy"] == "exempt-undeclared"
    assert iamfa("audit", saved, "--register", "none.toml").code == 3
    # What the audit alone knows is no rule of policies, and their commands heed their own settings.
    assert iamfa("check", "3-repaired.jsonc").code == 0


def test_what_has_changed_since_an_earlier_snapshot_is_told(saved: Path, iamfa: Run) -> None:
    earlier = json.loads(saved.read_text())
    for user in earlier["authorization_details"]["UserDetailList"]:
        if user["UserName"] == "alice":
            user["GroupList"] = []
    (saved.parent / "earlier.json").write_text(json.dumps(earlier))
    found = iamfa("audit", saved, "--since", "earlier.json", "--format", "json")
    (change, *_) = found.json["accounts"][0]["since"]["changes"]
    assert (change["user"], change["question"], change["after"]) == ("alice", "enforced", "denied")
    shown = iamfa("audit", saved, "--since", "earlier.json")
    assert "\nsince 2026-" in shown.out
    assert "nothing has changed" in iamfa("audit", saved, "--since", saved).out
    place = saved.parent / "earlier"
    place.mkdir()
    (saved.parent / "earlier.json").rename(place / "earlier.json")
    (place / "broken.json").write_text("{")
    partly = iamfa("audit", saved, "--since", place)
    assert (partly.code, "broken.json" in partly.err) == (1, True)


def test_every_format_tells_the_same_users_and_findings(saved: Path, iamfa: Run) -> None:
    whole = iamfa("audit", saved, "--format", "json").json["accounts"][0]
    rows = iamfa("audit", saved, "--format", "csv")
    assert rows.out.count("\n") == 1 + len(whole["users"])
    assert "'=leo" in rows.out
    log = iamfa("audit", saved, "--format", "sarif")
    events = iamfa("audit", saved, "--format", "ocsf")
    fingerprints = [each["fingerprint"] for each in whole["findings"]]
    results = log.json["runs"][0]["results"]
    assert [each["partialFingerprints"]["iamfaAuditFinding/v1"] for each in results] == fingerprints
    assert [each["finding_info"]["uid"] for each in events.json] == fingerprints
    assert len(set(fingerprints)) == len(fingerprints)
    assert (rows.code, log.code, events.code) == (1, 1, 1)


def test_the_page_is_written_whole_with_the_texts_of_policies(saved: Path, iamfa: Run) -> None:
    found = iamfa("audit", saved, "--format", "html")
    assert (found.code, found.err) == (1, "")
    assert found.out.startswith("<!DOCTYPE html>")
    assert "DenyAllWithoutMfa" in found.out
    assert found.out == iamfa("audit", saved, "--format", "html").out


# An account that runs ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=11, services=False) as found:
        furnish(found)
        yield found


@pytest.fixture
def at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's settings."""
    for name in os.environ:
        if name.startswith(("AWS_", "IAMFA_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    home = folder / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    return home


def use(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_an_account_is_read_with_the_key_of_the_environment_and_saved(
    box: Sandbox, at_home: Path, iamfa: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, box.environment)
    found = iamfa("audit", "--key-only", "--save-snapshot", "out.json", "--format", "json")
    assert found.code == 1
    assert found.err == "the snapshot is in `out.json`\n"
    assert found.json["accounts"][0]["source"] is None
    # Keys that were never used and are inactive were not asked about, and no answer hangs on them.
    assert [each["part"] for each in found.json["accounts"][0]["not_read"]] == ["inactive_access_keys"]
    place = Path("out.json")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    again = iamfa("audit", place, "--format", "json")
    for part, value in found.json["accounts"][0].items():
        assert again.json["accounts"][0][part] == (value if part != "source" else "out.json"), part
    every = iamfa("audit", "--key-only", "--every-key", "--format", "json")
    assert every.json["accounts"][0]["not_read"] == []
    # What was kept while it was read is gone.
    assert not list(at_home.rglob("collect-*"))


def test_a_reader_who_may_not_read_all_gets_what_he_may_and_is_told_the_rest(
    box: Sandbox, at_home: Path, iamfa: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = calls_of(box)
    reading = {
        "Effect": "Allow",
        "Action": ["iam:Get*", "iam:List*", "iam:Generate*", "organizations:*"],
        "Resource": "*",
    }
    lacking = {"Effect": "Deny", "Action": ["iam:ListVirtualMFADevices", "iam:*CredentialReport"], "Resource": "*"}
    admin.call("iam", "CreateUser", UserName="reader")
    admin.call("iam", "PutUserPolicy", UserName="reader", PolicyName="own", PolicyDocument=document(reading, lacking))
    admin.call("iam", "CreateAccessKey", UserName="reader")
    use(monkeypatch, box.environment_of("reader"))
    found = iamfa("audit", "--key-only", "--format", "json")
    assert found.code == 5
    (account,) = found.json["accounts"]
    assert {"mfa_devices", "credential_report"} <= {each["part"] for each in account["not_read"]}
    told = iamfa("audit", "--key-only", width=100)
    assert told.code == 5
    assert "not read; answers with * hang on it\n" in told.out
    assert "iam:ListVirtualMFADevices: AccessDenied" in told.out
    assert iamfa("audit", "--key-only", "--select", "keys-only").code == 5
    admin.call("iam", "PutUserPolicy", UserName="reader", PolicyName="own", PolicyDocument=document(lacking))
    refused = iamfa("audit", "--key-only")
    assert (refused.code, refused.out) == (4, "")
    assert "iam:GetAccountAuthorizationDetails: AccessDenied" in refused.err


def test_where_nobody_answers_that_is_told(
    box: Sandbox, at_home: Path, iamfa: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, box.environment)
    monkeypatch.setattr(accounts.time, "sleep", lambda seconds: None)
    found = iamfa("audit", "--key-only", "--endpoint-url", "http://127.0.0.1:9")
    assert (found.code, found.out) == (4, "")
    wrong = iamfa("audit", "--profile", "nobody")
    assert (wrong.code, "nobody" in wrong.err) == (3, True)


# How far it is -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress("authorization_details"), "reading authorization details"),
        (Progress("authorization_details", 1200, 5000), "reading authorization details: 1200 of 5000"),
        (Progress("access_keys", 7), "reading access keys: 7"),
        (Progress("access_keys", waits=4.4), "reading access keys: AWS asks for patience, 4 s"),
    ],
)
def test_a_terminal_shows_how_far_it_is_in_one_line(
    progress: Progress, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    shown = accounts.Shown(Console(Paper(60), colour=False, colour_of_messages=False))
    shown.tell(progress)
    shown.end()
    assert capsys.readouterr().err == f"\r{words}\x1b[K\r\x1b[K"


def test_a_pipe_and_the_quiet_see_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for quiet, terminal in ((False, False), (True, True)):
        monkeypatch.setattr("sys.stderr.isatty", lambda terminal=terminal: terminal)
        shown = accounts.Shown(Console(Paper(), colour=False, colour_of_messages=False, quiet=quiet))
        shown.tell(Progress("roles", 3))
        shown.end()
    assert capsys.readouterr().err == ""


# With a session ------------------------------------------------------------------------------------------------------


def test_a_session_with_mfa_is_made_where_none_is_kept_and_taken_where_one_is(desk: Desk) -> None:
    first = desk.run("audit", "--format", "json", answers=[desk.who.code])
    assert first.code == 1, first.err
    assert answers(first.json)[desk.who.name] == "not-enforced"
    again = desk.run("audit", "--format", "json", "--user", desk.who.name)
    assert answers(again.json) == {desk.who.name: "not-enforced"}
    assert desk.who.codes_tried() == 1


def test_a_session_of_a_role_reads_the_account_too(desk: Desk) -> None:
    arn = desk.who.role(f"auditor-{desk.who.name}")
    desk.who.profile("auditor", role_arn=arn, source_profile="default")
    found = desk.run("audit", "--profile", "auditor", "--format", "json", answers=[desk.who.code])
    assert answers(found.json)[desk.who.name] == "not-enforced"


def test_a_session_in_the_environment_is_used_as_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.logged_in()
    kept = desk.kept
    for name, key in (("ACCESS_KEY_ID", "key_id"), ("SECRET_ACCESS_KEY", "secret"), ("SESSION_TOKEN", "token")):
        monkeypatch.setenv(f"AWS_{name}", kept[key])
    monkeypatch.setenv("AWS_ENDPOINT_URL", desk.who.box.endpoint_url)
    found = desk.run("audit", "--format", "json", "--user", desk.who.name)
    assert answers(found.json) == {desk.who.name: "not-enforced"}
    assert kept["secret"] not in found.out + found.err
    assert desk.who.codes_tried() == 1


def test_where_nobody_can_give_a_code_that_is_told(desk: Desk) -> None:
    found = desk.run("audit")
    assert (found.code, found.out) == (2, "")
    assert "or call with the key alone, where that may read the account: --key-only" in found.err
