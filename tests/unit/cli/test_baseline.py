"""`check --baseline`: what is known is not reported again; what is new, worse or doubled is, and faults always."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
POLICY = "2-required-only.json"
KNOWN = "known.json"


@pytest.fixture
def recorded(iamfa: Run, folder: Path) -> Path:
    """The baseline of one policy of the story."""
    assert iamfa("check", POLICY, "--baseline", KNOWN, "--write-baseline").code == 0
    return folder / KNOWN


def entries(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["findings"]
    return found


def rewrite(file: Path, findings: list[dict[str, Any]]) -> None:
    file.write_text(json.dumps({"version": 1, "findings": findings}), encoding="utf-8")


def test_what_was_written_is_known_and_everything_ends_with_0(iamfa: Run, recorded: Path) -> None:
    found = iamfa("check", POLICY, "--baseline", KNOWN, "--fail-on", "note")
    assert (found.code, found.err) == (0, "")
    assert "error[" not in found.out and "note[" not in found.out
    assert found.out.endswith("nothing found in 1 policy; 7 findings are in the baseline\n")


def test_writing_says_how_many_and_shows_no_finding(iamfa: Run, folder: Path) -> None:
    found = iamfa("check", POLICY, "--baseline", KNOWN, "--write-baseline")
    assert (found.code, found.err) == (0, f"7 findings written to `{KNOWN}`\n")
    assert "error[" not in found.out
    one = iamfa(
        "check", POLICY, "--select", "cannot-enrol,device-name-tied-to-user", "--baseline", "b", "--write-baseline"
    )
    assert one.err == "1 finding written to `b`\n"


def test_the_file_names_policies_from_its_own_folder_with_forward_slashes(iamfa: Run, folder: Path) -> None:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / POLICY).rename(folder / "deep" / "er" / POLICY)
    path = os.path.join("deep", "er", POLICY)
    iamfa("check", path, "--baseline", KNOWN, "--write-baseline")
    assert {each["path"] for each in entries(folder / KNOWN)} == {f"deep/er/{POLICY}"}
    os.chdir(folder / "deep")
    assert iamfa("check", os.path.join("er", POLICY), "--baseline", os.path.join("..", KNOWN)).code == 0
    assert iamfa("check", str(folder / path), "--baseline", str(folder / KNOWN)).code == 0


def test_moved_lines_and_another_layout_are_the_same_findings(iamfa: Run, folder: Path, recorded: Path) -> None:
    text = (folder / POLICY).read_text(encoding="utf-8")
    (folder / POLICY).write_text("// moved\n\n" + text.replace("  ", "\t"), encoding="utf-8")
    assert iamfa("check", POLICY, "--baseline", KNOWN, "--fail-on", "note").code == 0


def test_a_new_finding_is_reported_alone(iamfa: Run, folder: Path, recorded: Path) -> None:
    text = (folder / POLICY).read_text(encoding="utf-8")
    (folder / POLICY).write_text(text.replace('"iam:ListMFADevices"', '"iam:ListMFADevices", "iam:PutUserPolicy"'))
    found = iamfa("check", POLICY, "--baseline", KNOWN, "--format", "json")
    assert found.code == 1
    (file,) = found.json["files"]
    assert "exempt-takes-over" in {each["rule"] for each in file["findings"]}
    assert "device-name-tied-to-user" not in {each["rule"] for each in file["findings"]}
    assert "device-name-tied-to-user" in {each["rule"] for each in file["baseline"]}


def test_a_finding_that_became_worse_is_reported_and_its_entry_is_not_gone(iamfa: Run, recorded: Path) -> None:
    findings = entries(recorded)
    for each in findings:
        each["severity"] = "note" if each["rule"] == "device-name-tied-to-user" else "error"
    rewrite(recorded, findings)
    found = iamfa("check", POLICY, "--baseline", KNOWN, "--format", "json")
    assert [each["rule"] for each in found.json["files"][0]["findings"]] == ["device-name-tied-to-user"]
    assert (found.code, found.err, found.json["gone"]) == (1, "", [])


def test_a_second_finding_like_a_known_one_is_reported(iamfa: Run, folder: Path) -> None:
    statement = {"Sid": "A", "Effect": "Allow", "Action": ["s3:Gett"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    (folder / "twice.json").write_text(json.dumps(policy))
    iamfa("check", "twice.json", "--baseline", KNOWN, "--write-baseline")
    statement["Action"] = ["s3:Gett", "s3:Gett"]
    (folder / "twice.json").write_text(json.dumps(policy))
    found = iamfa("check", "twice.json", "--baseline", KNOWN, "--format", "json")
    (file,) = found.json["files"]
    assert ([each["rule"] for each in file["findings"]], len(file["baseline"])) == (["unknown-action"], 1)
    assert found.code == 1


def test_the_same_finding_of_another_file_is_reported(iamfa: Run, folder: Path, recorded: Path) -> None:
    (folder / "copy.json").write_bytes((folder / POLICY).read_bytes())
    found = iamfa("check", POLICY, "copy.json", "--baseline", KNOWN, "--format", "json")
    assert [len(file["findings"]) for file in found.json["files"]] == [0, 7]


def test_a_file_that_is_named_twice_is_known_twice(iamfa: Run, recorded: Path) -> None:
    assert iamfa("check", POLICY, f"./{POLICY}", ".", "--ignore", "cannot-enrol", "--baseline", KNOWN).code == 1
    found = iamfa("check", POLICY, f"./{POLICY}", "--baseline", KNOWN, "--fail-on", "note")
    assert (found.code, found.err) == (0, "")


def test_faults_of_the_grammar_are_never_hidden(iamfa: Run, folder: Path, recorded: Path) -> None:
    (folder / POLICY).write_text('{"Version": "2012-10-17", "Statement": [{"Effect": "allow"}]}')
    found = iamfa("check", POLICY, "--baseline", KNOWN)
    assert found.code == 3
    assert "`allow` is no Effect" in found.out
    assert found.err == "", "nobody knows what of it is gone"
    found = iamfa("check", POLICY, "--baseline", "other.json", "--write-baseline")
    assert found.code == 3
    assert entries(folder / "other.json") == []
    assert iamfa("check", POLICY, "--baseline", "other.json").code == 3


def test_what_no_longer_occurs_is_told(iamfa: Run, folder: Path, recorded: Path) -> None:
    narrow = "arn:aws:iam::*:mfa/${aws:username}"
    text = (folder / POLICY).read_text(encoding="utf-8")
    (folder / POLICY).write_text(text.replace(f'"{narrow}"', f'"{narrow}", "arn:aws:iam::*:mfa/*"'))
    found = iamfa("check", POLICY, "--baseline", KNOWN, "--verbose")
    first, *others = found.err.splitlines()
    assert first == f"{len(others)} findings of the baseline are gone; `--write-baseline` writes it anew"
    assert any(line.startswith(f"  {POLICY}: device-name-tied-to-user: a virtual device") for line in others)
    told = iamfa("check", POLICY, "--baseline", KNOWN, "--format", "json").json["gone"]
    assert len(told) == len(others)
    assert (POLICY, None, "device-name-tied-to-user", "error") in {
        (each["path"], each["document"], each["rule"], each["severity"]) for each in told
    }
    assert iamfa("check", POLICY, "--baseline", KNOWN, "--quiet").err == ""


def test_of_what_was_not_looked_at_nothing_is_gone(iamfa: Run, folder: Path, recorded: Path) -> None:
    assert iamfa("check", "3-repaired.jsonc", "--baseline", KNOWN).err == ""
    assert iamfa("check", POLICY, "--baseline", KNOWN, "--select", "unknown-action").err == ""
    assert iamfa("check", POLICY, "--baseline", KNOWN, "--ignore", "device-name-tied-to-user").err == ""


def test_of_a_file_that_is_away_everything_is_gone(iamfa: Run, folder: Path, recorded: Path) -> None:
    (folder / POLICY).unlink()
    found = iamfa("check", "3-repaired.jsonc", "--baseline", KNOWN)
    assert found.err.startswith("7 findings of the baseline are gone")


def test_a_silenced_finding_needs_no_entry(iamfa: Run, folder: Path, recorded: Path) -> None:
    text = (folder / POLICY).read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    lines.insert(15, "// iamfa: ignore[device-name-tied-to-user] wanted\n")
    (folder / POLICY).write_text("".join(lines))
    found = iamfa("check", POLICY, "--baseline", KNOWN)
    assert "1 finding is silenced; 6 findings are in the baseline" in " ".join(found.out.split())
    assert found.err.startswith("1 finding of the baseline is gone")


def dump(*policies: tuple[str, str]) -> str:
    inline = [{"PolicyName": name, "PolicyDocument": json.loads(text)} for name, text in policies]
    users = [{"UserName": "alice", "UserPolicyList": inline}]
    return json.dumps({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": []})


def test_the_policies_of_a_dump_are_told_apart_by_name(iamfa: Run, folder: Path) -> None:
    text = (folder / POLICY).read_text(encoding="utf-8")
    (folder / "dump.json").write_text(dump(("a", text)))
    iamfa("check", "dump.json", "--baseline", KNOWN, "--write-baseline")
    assert {each["document"] for each in entries(folder / KNOWN)} == {"user/alice/inline/a"}
    (folder / "dump.json").write_text(dump(("a", text), ("b", text)))
    found = iamfa("check", "dump.json", "--baseline", KNOWN, "--format", "json")
    assert [len(file["findings"]) for file in found.json["files"]] == [0, 7]
    (folder / "dump.json").write_text(dump(("b", text)))
    assert iamfa("check", "dump.json", "--baseline", KNOWN).err.startswith("7 findings of the baseline are gone")


def test_standard_input_has_a_baseline_too(iamfa: Run, folder: Path) -> None:
    text = (folder / POLICY).read_text(encoding="utf-8")
    iamfa("check", "-", "--baseline", KNOWN, "--write-baseline", stdin=text)
    assert {each["path"] for each in entries(folder / KNOWN)} == {"-"}
    assert iamfa("check", "-", "--baseline", KNOWN, stdin=text).code == 0
    assert iamfa("check", POLICY, "--baseline", KNOWN).err == ""


def test_a_baseline_below_the_folder_that_is_judged_is_no_policy(iamfa: Run, folder: Path) -> None:
    iamfa("check", ".", "--baseline", KNOWN, "--write-baseline")
    found = iamfa("check", ".", "--baseline", KNOWN, "--format", "json")
    assert (found.code, len(found.json["files"])) == (0, 3)


def test_annotations_and_sarif_tell_new_from_known(iamfa: Run, recorded: Path) -> None:
    rewrite(recorded, [each for each in entries(recorded) if each["rule"] != "device-name-tied-to-user"])
    lines = iamfa("check", POLICY, "--baseline", KNOWN, "--format", "github").out.splitlines()
    assert [line.split("title=")[1].split("::")[0] for line in lines] == ["device-name-tied-to-user"]
    (run,) = iamfa("check", POLICY, "--baseline", KNOWN, "--format", "sarif").json["runs"]
    states = {each["ruleId"]: each["baselineState"] for each in run["results"]}
    assert states.pop("device-name-tied-to-user") == "new"
    assert set(states.values()) == {"unchanged"}
    fingerprints = {each["partialFingerprints"]["iamfaFinding/v1"] for each in run["results"]}
    assert {each["fingerprint"] for each in entries(recorded)} < fingerprints


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such file"),
        ("{", "is no baseline: line 1, column 2"),
        ('{"version": 2, "findings": []}', "is no baseline: version 2 is not known"),
        (b"\xff", "0xFF is not UTF-8"),
    ],
)
def test_a_baseline_that_cannot_be_read_ends_with_3(iamfa: Run, folder: Path, text: Any, said: str) -> None:
    if text is not None:
        (folder / KNOWN).write_bytes(text if isinstance(text, bytes) else text.encode())
    found = iamfa("check", POLICY, "--baseline", KNOWN, "--format", "sarif")
    assert (found.code, found.out) == (3, "")
    assert said in found.err and f"`{KNOWN}`" in found.err and "help: " in found.err


def test_a_file_that_is_no_baseline_is_not_written_over(iamfa: Run, folder: Path) -> None:
    before = (folder / POLICY).read_bytes()
    found = iamfa("check", "3-repaired.jsonc", "--baseline", POLICY, "--write-baseline")
    assert (found.code, (folder / POLICY).read_bytes()) == (3, before)
    assert "this one is left as it is" in found.err


def test_a_baseline_that_cannot_be_written_ends_with_3(iamfa: Run, folder: Path) -> None:
    found = iamfa("check", POLICY, "--baseline", os.path.join("nowhere", KNOWN), "--write-baseline")
    assert found.code == 3
    assert "no such file or directory" in found.err


@pytest.mark.skipif(sys.platform == "win32", reason="links want a privilege there")
def test_a_link_to_a_baseline_that_is_not_there_yet_is_written_through(iamfa: Run, folder: Path) -> None:
    (folder / KNOWN).symlink_to(folder / "target.json")
    assert iamfa("check", POLICY, "--baseline", KNOWN, "--write-baseline").code == 0
    assert len(entries(folder / "target.json")) == 7
    assert (folder / KNOWN).is_symlink()


def test_to_write_without_a_file_is_wrong_usage(iamfa: Run) -> None:
    found = iamfa("check", POLICY, "--write-baseline")
    assert (found.code, found.out) == (2, "")
    assert "`--write-baseline` needs `--baseline FILE`" in found.err


def test_no_other_command_writes_sarif(iamfa: Run) -> None:
    found = iamfa("--format", "sarif", "fix", POLICY)
    assert (found.code, found.out) == (2, "")
    assert "has no format `sarif`" in found.err


def test_sarif_is_all_there_is_on_standard_output_and_the_exit_code_stays(iamfa: Run, folder: Path) -> None:
    (folder / "bad.json").write_text('{"Statement": [{"Effect": "allow"}]}')
    for arguments, code in (((POLICY,), 1), (("bad.json", POLICY), 3), (("3-repaired.jsonc", "--fail-on", "error"), 0)):
        found = iamfa("check", *arguments, "--format", "sarif", "--verbose")
        assert found.code == code
        assert found.json["version"] == "2.1.0"
        assert found.json["runs"][0]["invocations"] == [{"executionSuccessful": True, "exitCode": code}]
        assert found.out.isascii()


def test_a_policy_on_another_drive_is_named_whole(iamfa: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: str, _start: str) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(os.path, "relpath", refuse)
    iamfa("check", POLICY, "--baseline", KNOWN, "--write-baseline")
    assert {each["path"] for each in entries(folder / KNOWN)} == {(folder / POLICY).as_posix()}
    assert iamfa("check", POLICY, "--baseline", KNOWN).code == 0
