"""`iamfa explain`: what it takes, what it says at every width, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iamfa.report.paper import cells

Run = Callable[..., Any]

OFFICIAL, REQUIRED, REPAIRED = "1-official-2022.json", "2-required-only.json", "3-repaired.jsonc"


def judgements(found: Any) -> list[str]:
    return [row["judgement"] for row in found.json["files"][0]["statements"]]


@pytest.mark.broad
def test_the_story_is_judged_and_nothing_in_it_is_harmful(iamfa: Run) -> None:
    found = iamfa("explain", OFFICIAL, "--format", "json")
    assert (found.code, found.err) == (0, "")
    assert judgements(found) == ["not_needed", "required", "optional", "required"]


@pytest.mark.broad
def test_something_harmful_ends_with_1(iamfa: Run) -> None:
    assert iamfa("explain", REQUIRED).code == 1
    assert iamfa("explain", REQUIRED, "--fail-on", "error").code == 0
    assert iamfa("explain", REQUIRED, "--fail-on", "note").code == 1
    assert iamfa("explain", REQUIRED, "--ignore", "deactivate-without-mfa").code == 0


def test_quiet_shows_what_fails_and_nothing_else(iamfa: Run) -> None:
    shown = " ".join(iamfa("explain", "--quiet", REQUIRED).out.split())
    assert shown.startswith("harmful iam:DeactivateMFADevice (exempt, line 24): warning[deactivate-without-mfa] goes ")
    assert "AllowIndividual" not in shown
    assert iamfa("explain", "--quiet", REQUIRED, "--fail-on", "error").out == ""


@pytest.mark.broad
def test_verbose_shows_every_flow_that_changes(iamfa: Run) -> None:
    shown = " ".join(iamfa("explain", "--verbose", OFFICIAL).out.split())
    assert "enrol-first-device (an access key alone, virtual-own-name, hardware): works → not decided here" in shown
    assert "list-own-devices (a session token obtained with MFA): works → not decided here" in shown


def test_what_is_no_policy_ends_with_3_and_the_others_are_explained_all_the_same(iamfa: Run, folder: Path) -> None:
    (folder / "broken.json").write_text('{"Statement": [{"Effect": "allow"}]}', encoding="utf-8")
    found = iamfa("explain", "broken.json", "no-such.json", OFFICIAL)
    assert found.code == 3
    assert "AllowListActions" in found.out
    assert "error: " in found.out
    shapes = iamfa("explain", "broken.json", "--format", "json").json["files"]
    assert (shapes[0]["valid"], shapes[0]["statements"], shapes[0]["class"]) == (False, [], None)
    assert shapes[0]["faults"]
    assert "* line 1: " in iamfa("explain", "broken.json", "--format", "markdown").out


def test_what_is_too_large_to_be_looked_at_ends_with_5(iamfa: Run, folder: Path) -> None:
    actions = [f"s3:A{n}" for n in range(400)]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    (folder / "large.json").write_text(json.dumps(policy), encoding="utf-8")
    found = iamfa("explain", "large.json")
    assert found.code == 5
    assert "too many to leave out one after another" in " ".join(found.out.split())
    assert iamfa("explain", "large.json", "--format", "json").json["files"][0]["valid"] is True


def test_a_folder_without_policies_is_told(iamfa: Run, folder: Path) -> None:
    (folder / "empty").mkdir()
    found = iamfa("explain", "empty")
    assert (found.code, found.out) == (0, "")
    assert "no policy found below `empty`" in found.err


@pytest.mark.broad
def test_policies_inside_a_dump_are_explained_by_their_names(iamfa: Run, folder: Path) -> None:
    document = json.loads((folder / OFFICIAL).read_text(encoding="utf-8"))
    policies = [{"PolicyName": "ForceMFA", "PolicyDocument": document}]
    dump = {"UserDetailList": [{"UserName": "alice", "UserPolicyList": policies}]}
    (folder / "dump.json").write_text(json.dumps(dump, indent=2), encoding="utf-8")
    found = iamfa("explain", "dump.json", "--format", "json")
    (file,) = found.json["files"]
    assert file["document"] == "user/alice/inline/ForceMFA"
    lines = (folder / "dump.json").read_text(encoding="utf-8").splitlines()
    for statement in file["statements"]:
        for entry in statement["entries"]:
            assert entry["value"] in lines[entry["line"] - 1]
    assert "dump.json (user/alice/inline/ForceMFA): forces MFA" in iamfa("explain", "dump.json", width=200).out


@pytest.mark.broad
@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("name", [OFFICIAL, REPAIRED])
def test_no_line_is_wider_than_the_paper_unless_a_word_is(iamfa: Run, name: str, width: int) -> None:
    for line in iamfa("explain", name, width=width).out.splitlines():
        assert cells(line) <= width or len(line.split()) <= 2


@pytest.mark.broad
def test_the_options_of_the_judge_are_taken(iamfa: Run, folder: Path) -> None:
    grants = json.loads((folder / REQUIRED).read_text(encoding="utf-8"))
    del grants["Statement"][1]
    (folder / "grants.json").write_text(json.dumps(grants), encoding="utf-8")
    beside = iamfa("explain", REQUIRED, "--with", "grants.json", "--format", "json")
    assert judgements(beside)[0] == "not_needed"
    honoured = ("--assume", "deny-get-session-token=honoured", "--partition", "aws", "--platform", "2022-11")
    assert iamfa("explain", REQUIRED, *honoured, "--format", "json").code == 1
    assert iamfa("explain", REQUIRED, "--as", "boundary", "--format", "json").code in (0, 1)
    assert iamfa("explain", REQUIRED, "--as", "nothing").code == 2
    assert iamfa("explain", REQUIRED, "--format", "github").code == 2


def test_every_field_of_the_shape_is_there(iamfa: Run) -> None:
    found = iamfa("explain", REQUIRED, "--format", "json").json
    assert list(found) == ["version", "main_flows", "files"]
    assert found["version"] == 1
    (file,) = found["files"]
    assert list(file) == ["path", "document", "class", "valid", "faults", "walked", "statements"]
    part = [
        "line", "column", "judgement", "severity", "reason", "flows", "attacks", "passes", "findings_gone",
        "findings_new", "needed_without", "changes_verdicts",
    ]  # fmt: skip
    for statement in file["statements"]:
        assert list(statement) == ["statement", "effect", *part, "entries"]
        for entry in statement["entries"]:
            assert list(entry) == ["element", "value", *part]
    deny = file["statements"][1]
    assert list(deny["passes"][0]) == ["action", "resource", "credential", "stale"]
    assert deny["passes"][0]["action"] == "unheard-of:NoCatalogueHoldsThisAction"
    assert {passing["credential"] for passing in deny["passes"]} == {"long-term-key", "token", "console"}
    harmful = next(e for e in deny["entries"] if e["judgement"] == "harmful")
    assert (harmful["severity"], harmful["findings_gone"][0]["rule"]) == ("warning", "deactivate-without-mfa")


@pytest.mark.broad
def test_what_stands_in_for_a_part_is_named(iamfa: Run, folder: Path) -> None:
    policy = json.loads((folder / OFFICIAL).read_text(encoding="utf-8"))
    policy["Statement"].append({**policy["Statement"][1], "Sid": "Again"})
    (folder / "twice.json").write_text(json.dumps(policy), encoding="utf-8")
    found = iamfa("explain", "twice.json", "--format", "json").json["files"][0]["statements"]
    assert found[1]["judgement"] == "not_needed"
    assert found[1]["needed_without"] == [{"statement": {"index": 4, "sid": "Again"}, "element": None, "value": None}]


def test_the_table_for_pull_requests_escapes_what_a_policy_says(iamfa: Run, folder: Path) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Odd", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::a|b`c", "arn:aws:s3:::d`"]}
        ],
    }
    (folder / "odd.json").write_text(json.dumps(policy), encoding="utf-8")
    shown = iamfa("explain", "odd.json", "--format", "markdown").out
    assert "``arn:aws:s3:::a\\|b`c``" in shown
    assert "`` arn:aws:s3:::d` ``" in shown
    rows = [line for line in shown.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {5}


def test_a_fault_with_an_odd_backtick_does_not_open_code_in_the_table(iamfa: Run, folder: Path) -> None:
    (folder / "odd.json").write_text('{"Statement": [{"Effect": "al`low", "Action": "*", "Resource": "*"}]}', "utf-8")
    shown = iamfa("explain", "odd.json", "--format", "markdown").out
    assert "al'low" in shown
    assert "`al" not in shown


def test_a_file_whose_flows_are_not_walked_says_so(iamfa: Run, folder: Path) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
    (folder / "read.json").write_text(json.dumps(policy), encoding="utf-8")
    found = iamfa("explain", "read.json", width=200)
    assert found.code == 0
    assert "no flow is walked for such a file" in found.out
    assert "not decided  statement 1 (Allow, line 1): no flow is walked for a file of this class" in found.out
    assert "Main flows" not in iamfa("explain", "read.json", "--format", "markdown").out


@pytest.mark.broad
def test_settings_are_heeded(iamfa: Run, folder: Path) -> None:
    (folder / "iamfa.toml").write_text('ignore = ["deactivate-without-mfa"]\n', encoding="utf-8")
    assert iamfa("explain", REQUIRED).code == 0
