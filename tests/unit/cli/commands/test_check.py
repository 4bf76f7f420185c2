"""`iamfa check`: what it takes, what it says, and its exit codes."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

INNOCENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def write(path: Path, value: object) -> Path:
    """A file that holds the value as JSON."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_a_policy_without_findings_ends_with_0(iamfa: Run, folder: Path) -> None:
    found = iamfa("check", write(folder / "read.json", INNOCENT))
    assert (found.code, found.err) == (0, "")
    assert found.out.endswith("nothing found in 1 policy\n")


@pytest.mark.parametrize(
    ("name", "fail_on", "code"),
    [
        ("2-required-only.json", "error", 1),
        ("3-repaired.jsonc", "error", 0),
        ("3-repaired.jsonc", "warning", 1),
        ("3-repaired.jsonc", None, 1),
        ("3-repaired.jsonc", "note", 1),
    ],
)
def test_findings_at_or_above_fail_on_end_with_1(iamfa: Run, name: str, fail_on: str | None, code: int) -> None:
    assert iamfa("check", name, *(("--fail-on", fail_on) if fail_on else ())).code == code


def test_notes_alone_fail_only_when_asked(iamfa: Run) -> None:
    arguments = ("check", "3-repaired.jsonc", "--select", "resource-never-authorised")
    assert iamfa(*arguments).code == 0
    assert iamfa(*arguments, "--fail-on", "note").code == 1


def test_the_finding_is_shown_with_its_line_underlined_and_the_reason_in_place(iamfa: Run) -> None:
    shown = iamfa("check", "2-required-only.json", width=120).out
    at = shown.index("  --> 2-required-only.json:16:20\n")
    lines = shown[at:].splitlines()
    assert lines[2].startswith('16 |       "Resource": ["arn:aws:iam::*:mfa/${aws:username}", "arn:')
    column = lines[2].index('"arn:aws:iam::*:mfa')
    assert lines[3][column:].split(" ")[0] == "^" * len('"arn:aws:iam::*:mfa/${aws:username}"')
    assert "fits only a device named exactly as the user" in "".join(lines[3:5])


def test_the_trace_is_numbered_calls_in_the_words_of_aws(iamfa: Run) -> None:
    shown = iamfa("check", "2-required-only.json", width=200).out
    assert "1. iam:CreateVirtualMFADevice on arn:aws:iam::123456789012:mfa/" in shown
    assert "refused: User: arn:aws:iam::123456789012:user/own-user is not authorized to perform: iam:Create" in shown


def test_notes_have_no_excerpt_unless_asked(iamfa: Run) -> None:
    assert iamfa("check", "3-repaired.jsonc").out.count("-->") == 2
    assert iamfa("check", "3-repaired.jsonc", "--verbose").out.count("-->") > 4


def test_quiet_shows_only_what_fails(iamfa: Run) -> None:
    found = iamfa("check", "--quiet", "2-required-only.json", "--fail-on", "error").out
    assert found.startswith("error[device-name-tied-to-user]")
    assert "warning[" not in found
    assert "which flows work" not in found
    assert iamfa("check", "--quiet", "3-repaired.jsonc", "--fail-on", "error").out == ""
    assert "note[" in iamfa("check", "--quiet", "3-repaired.jsonc", "--fail-on", "note").out


def test_standard_input_is_judged_and_named(iamfa: Run, folder: Path) -> None:
    text = (folder / "2-required-only.json").read_text()
    found = iamfa("check", "-", stdin=text)
    assert found.code == 1
    assert " --> <stdin>:16:20" in found.out
    assert "iamfa fix" not in found.out
    assert iamfa("check", "-", "--format", "json", stdin=text).json["files"][0]["path"] == "-"


def test_the_json_has_the_agreed_shape(iamfa: Run) -> None:
    found = iamfa("check", "--format", "json", "2-required-only.json")
    assert (found.code, found.json["version"]) == (1, 1)
    (file,) = found.json["files"]
    assert (file["path"], file["document"], file["class"], file["valid"], file["faults"]) == (
        "2-required-only.json", None, "forces-by-deny", True, []
    )  # fmt: skip
    finding = next(f for f in file["findings"] if f["rule"] == "device-name-tied-to-user")
    assert (finding["severity"], finding["line"], finding["column"]) == ("error", 16, 20)
    assert finding["statement"] == {"index": 0, "sid": "AllowIndividualUserToManageTheirOwnMFA"}
    assert finding["repair"]["edits"][0]["text"] == '"arn:aws:iam::*:mfa/*"'
    call = finding["trace"][0]
    assert set(call) == {"call", "resource", "credential", "outcome", "by", "message"}
    assert (call["call"], call["outcome"]) == ("iam:CreateVirtualMFADevice", "refused")
    flows = {(f["flow"], f["credential"], f["device"]): f["result"] for f in file["flows"]}
    assert flows["enrol-first-device", "long-term-key", "virtual-any-name"] == "blocked"
    assert flows["enrol-first-device", "long-term-key", "virtual-own-name"] == "works"
    by = next(f for f in file["flows"] if f["flow"] == "remove-device" and f["result"] == "blocked")["trace"][-1]["by"]
    assert by == {"platform": "own-device-needs-existing-mfa"}
    assert {a["attack"]: a["result"] for a in file["attacks"]}["leaked-key-of-fresh-user"] == "succeeds"


def test_the_offsets_of_an_edit_are_code_points_of_the_text_without_its_mark(iamfa: Run, folder: Path) -> None:
    text = (folder / "2-required-only.json").read_text()
    (folder / "marked.json").write_text("\ufeff" + text, encoding="utf-8")
    (file,) = iamfa("check", "--format", "json", "marked.json").json["files"]
    (edit,) = next(f for f in file["findings"] if f["rule"] == "device-name-tied-to-user")["repair"]["edits"]
    assert text[edit["start"] : edit["end"]] == '"arn:aws:iam::*:mfa/${aws:username}"'


def test_an_invalid_file_ends_with_3_and_the_others_are_judged_all_the_same(iamfa: Run, folder: Path) -> None:
    (folder / "bad.json").write_text('{"Version": "2012-10-17", "Statement": [{"Effect": "allow", "Action": "*"}]}')
    found = iamfa("check", "--format", "json", "bad.json", "no-such.json", "2-required-only.json")
    assert found.code == 3
    bad, missing, good = found.json["files"]
    assert (bad["valid"], bad["class"], bad["findings"]) == (False, None, [])
    assert {(fault["line"], fault["column"]) for fault in bad["faults"]} >= {(1, 52)}
    assert missing["faults"] == [{"line": 1, "column": 1, "message": "there is no such file", "hint": None}]
    assert good["valid"] and good["findings"]


def test_faults_are_shown_underlined_with_a_hint(iamfa: Run, folder: Path) -> None:
    (folder / "bad.json").write_text('{"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}')
    shown = iamfa("check", "bad.json").out
    assert "error: `allow` is no Effect\n --> bad.json:1:27\n" in shown
    assert "^^^^^^^\n  = help: did you mean `Allow`?" in shown
    assert shown.endswith("1 invalid policy\n")


def test_many_faults_are_counted_and_not_all_shown(iamfa: Run, folder: Path) -> None:
    statement = {"Effect": "allow", "Action": "*", "Resource": "*"}
    write(folder / "bad.json", {"Statement": [statement] * 30})
    shown = iamfa("check", "bad.json").out
    assert shown.count("is no Effect") == 20
    assert "and 10 more faults (--format json lists them)" in shown
    assert len(iamfa("check", "bad.json", "--format", "json").json["files"][0]["faults"]) == 30


@pytest.mark.parametrize("value", [{"name": "package"}, [], 3, "text"])
def test_a_file_that_was_named_and_is_no_policy_is_invalid(iamfa: Run, folder: Path, value: object) -> None:
    found = iamfa("check", write(folder / "other.json", value))
    assert found.code == 3


def test_a_folder_is_searched_and_what_is_no_policy_is_passed_over(iamfa: Run, folder: Path) -> None:
    write(folder / "package.json", {"name": "package"})
    (folder / "broken.json").write_text("{")
    (folder / "latin.json").write_bytes(b'{"name": "\xe9"}')
    below = folder / "deeper"
    below.mkdir()
    write(below / "read.json", INNOCENT)
    found = iamfa("check", ".", "--format", "json")
    assert [Path(file["path"]).name for file in found.json["files"]] == [
        "1-official-2022.json", "2-required-only.json", "3-repaired.jsonc", "read.json",
    ]  # fmt: skip
    assert (found.code, found.err) == (1, "")
    assert iamfa("check", ".", "--verbose").err == "3 files hold no policy and were passed over\n"


def test_a_policy_that_cannot_be_read_below_a_folder_is_not_passed_over(iamfa: Run, folder: Path) -> None:
    below = folder / "deeper"
    below.mkdir()
    (below / "wide.json").write_bytes(json.dumps(INNOCENT).encode("utf-16"))
    (below / "cut.json").write_text('{"Statement": [')
    found = iamfa("check", below, "--format", "json")
    assert found.code == 3
    assert [file["valid"] for file in found.json["files"]] == [False, False]


def test_a_file_below_a_folder_that_vanishes_is_told(iamfa: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from iamfa.cli import inputs

    monkeypatch.setattr(inputs, "find_policy_files", lambda _folder: iter([folder / "gone.json"]))
    found = iamfa("check", ".")
    assert found.code == 3
    assert "there is no such file" in found.out


def test_a_folder_without_policies_is_told_and_ends_with_0(iamfa: Run, folder: Path) -> None:
    (folder / "empty").mkdir()
    found = iamfa("check", "empty")
    assert (found.code, found.out, found.err) == (0, "", "no policy found below `empty`\n")
    assert iamfa("check", "empty", "--quiet").err == ""
    assert iamfa("check", "empty", "--format", "json").json == {"version": 1, "files": []}


def test_the_documents_of_a_dump_are_judged_by_name(iamfa: Run, folder: Path) -> None:
    policy = json.loads((folder / "2-required-only.json").read_text())
    users = [{"UserName": "alice", "UserPolicyList": [{"PolicyName": "ForceMFA", "PolicyDocument": policy}]}]
    write(folder / "dump.json", {"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": []})
    (file,) = iamfa("check", "dump.json", "--format", "json").json["files"]
    assert file["document"] == "user/alice/inline/ForceMFA"
    assert "dump.json (user/alice/inline/ForceMFA): forces MFA" in iamfa("check", "dump.json", width=120).out


def test_a_document_embedded_as_text_is_judged_with_places_of_its_own(iamfa: Run, folder: Path) -> None:
    text = (folder / "2-required-only.json").read_text()
    write(folder / "answer.json", {"UserName": "alice", "PolicyName": "ForceMFA", "PolicyDocument": text})
    found = iamfa("check", "answer.json", "--format", "json")
    (file,) = found.json["files"]
    assert (file["findings"][0]["line"], found.code) == (16, 1)
    github = iamfa("check", "answer.json", "--format", "github").out
    assert "::error file=answer.json,title=device-name-tied-to-user::" in github
    write(folder / "answer.json", {"UserName": "alice", "PolicyName": "ForceMFA", "PolicyDocument": text[:-3]})
    assert iamfa("check", "answer.json").code == 3


def test_annotations_name_file_line_and_column(iamfa: Run) -> None:
    found = iamfa("check", "2-required-only.json", "--format", "github")
    assert found.code == 1
    assert "::error file=2-required-only.json,line=16,col=20,title=device-name-tied-to-user::a virtual" in found.out
    assert "::warning file=2-required-only.json,line=24,col=9,title=deactivate-without-mfa::" in found.out
    assert "::notice " in found.out
    assert all(line.startswith("::") for line in found.out.splitlines())


def test_a_comment_with_a_reason_silences_a_finding_and_others_are_remarked(iamfa: Run, folder: Path) -> None:
    text = (folder / "3-repaired.jsonc").read_text()
    first, action, second = text.rpartition('        "iam:DeactivateMFADevice",')
    silent = f"{first}        // iamfa: ignore[deactivate-without-mfa] helpdesk guards it\n{action}{second}"
    others = "// iamfa: ignore[no-such-rule] because\n  // iamfa: ignore[cannot-enrol] why not\n  "
    silent = silent.replace('"Version"', others + '"Version"')
    (folder / "silent.jsonc").write_text(silent)
    found = iamfa("check", "silent.jsonc", "--format", "json")
    (file,) = found.json["files"]
    assert "deactivate-without-mfa" not in [f["rule"] for f in file["findings"]]
    assert [f["rule"] for f in file["suppressed"]] == ["deactivate-without-mfa"]
    assert [(r["line"], r["message"]) for r in file["remarks"]] == [
        (2, "`no-such-rule` is no rule"), (3, "ignoring `cannot-enrol` silences nothing here"),
    ]  # fmt: skip
    shown = iamfa("check", "silent.jsonc", width=120).out
    assert "remark: `no-such-rule` is no rule; `iamfa rules` lists them (line 2)" in shown
    assert "1 finding is silenced" in shown
    assert "::notice file=silent.jsonc,line=2," in iamfa("check", "silent.jsonc", "--format", "github").out


def test_rules_are_selected_and_ignored_and_an_unknown_one_is_wrong_usage(iamfa: Run) -> None:
    def rules(*arguments: str) -> set[str]:
        (file,) = iamfa("check", "2-required-only.json", "--format", "json", *arguments).json["files"]
        return {finding["rule"] for finding in file["findings"]}

    everything = rules()
    assert rules("--select", "device-name-tied-to-user,deactivate-without-mfa") == {
        "device-name-tied-to-user", "deactivate-without-mfa",
    }  # fmt: skip
    assert rules("--ignore", "device-name-tied-to-user", "--ignore", "deactivate-without-mfa") == everything - {
        "device-name-tied-to-user", "deactivate-without-mfa",
    }  # fmt: skip
    found = iamfa("check", "2-required-only.json", "--ignore", "device-name-tied-to-usr")
    assert found.code == 2
    assert "`device-name-tied-to-usr` is no rule; did you mean `device-name-tied-to-user`" in found.err


def test_the_platform_can_be_that_of_2022(iamfa: Run) -> None:
    def enrolled(*arguments: str) -> str:
        (file,) = iamfa("check", "2-required-only.json", "--format", "json", *arguments).json["files"]
        return str({a["attack"]: a["result"] for a in file["attacks"]}["leaked-key-of-enrolled-user"])

    assert enrolled() == "stopped"
    assert enrolled("--platform", "2022-11") == "succeeds"
    assert enrolled("--assume", "platform=2022-11") == "succeeds"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--assume", "nonsense"), "`nonsense` is no assumption: write ID=VALUE"),
        (("--assume", "nonsense=1"), "`nonsense` is no assumption"),
        (("--assume", "totp-window=9"), "`9` is no value of `totp-window`"),
        (("--partition", "mars"), "'mars' is not one of"),
        (("--platform", "2020-01"), "'2020-01' is not one of"),
    ],
)
def test_what_cannot_be_assumed_is_wrong_usage(iamfa: Run, arguments: tuple[str, ...], said: str) -> None:
    found = iamfa("check", "2-required-only.json", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_another_policy_that_reaches_the_same_user_is_told_with_with(iamfa: Run, folder: Path) -> None:
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    write(folder / "admin.json", everything)
    (file,) = iamfa("check", "3-repaired.jsonc", "--with", "admin.json", "--format", "json").json["files"]
    severity = {f["rule"]: f["severity"] for f in file["findings"]}
    assert severity["exempt-reaches-other-users"] != "note"


@pytest.mark.parametrize("text", ["{", '{"Statement": [{}, {}]}'])
def test_a_policy_of_with_that_is_none_ends_with_3(iamfa: Run, folder: Path, text: str) -> None:
    (folder / "bad.json").write_text(text)
    found = iamfa("check", "3-repaired.jsonc", "--with", "bad.json")
    assert (found.code, found.out) == (3, "")
    assert found.err.startswith("error: `bad.json`:1:")


def test_a_dump_cannot_stand_behind_with(iamfa: Run, folder: Path) -> None:
    policies = [{"PolicyName": name, "PolicyDocument": INNOCENT} for name in "ab"]
    write(folder / "dump.json", {"UserDetailList": [{"UserName": "alice", "UserPolicyList": policies}]})
    found = iamfa("check", "3-repaired.jsonc", "--with", "dump.json")
    assert found.code == 3
    assert "holds 2 policies" in found.err


def test_what_a_file_is_attached_as_can_be_told(iamfa: Run, folder: Path) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}
    write(folder / "trust.json", {"Version": "2012-10-17", "Statement": [trust]})
    assert iamfa("check", "trust.json", "--as", "trust").code == 0
    assert iamfa("check", "trust.json", "--as", "identity").code == 3


def test_bytes_that_are_no_text_are_named_by_place(iamfa: Run) -> None:
    found = iamfa("check", "-", stdin=b'{"Statement":\n "\xff"}')
    assert found.code == 3
    assert " --> <stdin>:2:3" in found.out


@pytest.mark.broad
def test_a_file_s_control_characters_do_not_reach_the_terminal(iamfa: Run, folder: Path) -> None:
    (folder / "evil\x1b[31m.json").write_text('{"Statement": "\x1b]0;title\x07 \u202e"}', encoding="utf-8")
    for arguments in (("check", "."), ("check", ".", "--format", "github"), ("fix", ".")):
        found = iamfa(*arguments)
        assert not {"\x1b", "\x07", "\u202e"} & set(found.out + found.err)


@pytest.mark.broad
def test_a_line_as_long_as_a_file_is_shown_in_part(iamfa: Run, folder: Path) -> None:
    policy = json.loads((folder / "2-required-only.json").read_text())
    policy["Statement"].insert(0, INNOCENT["Statement"][0] | {"Resource": [f"arn:aws:s3:::b{n}" for n in range(999)]})
    write(folder / "flat.json", policy)
    shown = iamfa("check", "flat.json").out
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "1 | …" in shown


def test_standard_input_that_is_a_terminal_s_end_is_an_empty_text(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert iamfa("check", "-").code == 3
