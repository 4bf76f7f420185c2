"""`iamfa fix`: the diff, what it says besides, what it writes, and its exit codes."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_the_repair_is_a_diff_and_changes_line_16_alone(iamfa: Run, folder: Path) -> None:
    before = (folder / "2-required-only.json").read_bytes()
    found = iamfa("fix", "2-required-only.json")
    assert found.code == 1
    changed = [line for line in found.out.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == [
        '-      "Resource": ["arn:aws:iam::*:mfa/${aws:username}", "arn:aws:iam::*:user/${aws:username}"]',
        '+      "Resource": ["arn:aws:iam::*:mfa/*", "arn:aws:iam::*:user/${aws:username}"]',
    ]
    assert found.out.startswith("--- a/2-required-only.json\n+++ b/2-required-only.json\n@@ -13,7 +13,7 @@\n")
    assert (folder / "2-required-only.json").read_bytes() == before


def test_what_the_repair_does_besides_is_said_on_standard_error(iamfa: Run) -> None:
    said = iamfa("fix", "2-required-only.json", width=160).err
    assert "it newly permits:\n  · iam:CreateVirtualMFADevice on devices under any other name" in said
    assert "it newly refuses: nothing" in said
    assert "it introduces:\n  · warning[delete-devices-without-mfa]" in said


def test_write_changes_the_line_and_no_other_byte(iamfa: Run, folder: Path) -> None:
    path = folder / "2-required-only.json"
    before = path.read_bytes()
    found = iamfa("fix", "--write", "2-required-only.json")
    assert (found.code, found.out) == (1, "")  # warnings remain, and are said
    assert "written: 2-required-only.json" in found.err
    assert path.read_bytes() == before.replace(b"mfa/${aws:username}", b"mfa/*", 1)


def test_write_ends_with_0_when_nothing_that_fails_remains(iamfa: Run) -> None:
    assert iamfa("fix", "--write", "--fail-on", "error", "2-required-only.json").code == 0
    again = iamfa("fix", "--write", "2-required-only.json")
    assert (again.code, again.out) == (0, "")
    assert again.err == "2-required-only.json: nothing to repair\n"


def test_write_keeps_mode_mark_line_ends_and_the_link(iamfa: Run, folder: Path) -> None:
    text = (folder / "2-required-only.json").read_text().replace("\n", "\r\n")
    target = folder / "target.json"
    target.write_bytes(b"\xef\xbb\xbf" + text.encode())
    target.chmod(0o640)
    link = folder / "link.json"
    link.symlink_to(target)
    iamfa("fix", "--write", "link.json")
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert target.read_bytes() == b"\xef\xbb\xbf" + text.replace("mfa/${aws:username}", "mfa/*", 1).encode()


def test_the_diff_of_a_file_with_windows_line_ends_keeps_them(iamfa: Run, folder: Path) -> None:
    text = (folder / "2-required-only.json").read_text().replace("\n", "\r\n")
    (folder / "crlf.json").write_bytes(text.encode())
    assert '+      "Resource": ["arn:aws:iam::*:mfa/*"' in iamfa("fix", "crlf.json").out


def test_a_file_that_cannot_be_written_ends_with_3_and_stays(
    iamfa: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from iamfa.cli.commands import fix

    def refuse(path: str, _text: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(fix, "write_text", refuse)
    found = iamfa("fix", "--write", "2-required-only.json")
    assert (found.code, found.err) == (3, "error: `2-required-only.json`: permission denied\n")


def test_a_file_without_errors_says_so_and_ends_with_0(iamfa: Run) -> None:
    found = iamfa("fix", "3-repaired.jsonc")
    assert (found.code, found.out, found.err) == (0, "", "3-repaired.jsonc: nothing to repair\n")


def test_hardened_repairs_the_warnings_and_the_comment_stays(iamfa: Run, folder: Path) -> None:
    found = iamfa("fix", "--hardened", "--write", "3-repaired.jsonc")
    assert found.code == 0
    assert "// any device name" in (folder / "3-repaired.jsonc").read_text()
    assert iamfa("check", "3-repaired.jsonc").code == 0


def test_one_rule_can_be_repaired_alone(iamfa: Run) -> None:
    found = iamfa("fix", "--rule", "deactivate-without-mfa", "2-required-only.json")
    assert found.code == 1
    assert '-        "iam:DeactivateMFADevice",' in found.out
    assert "mfa/*" not in found.out
    unknown = iamfa("fix", "--rule", "no-rule", "2-required-only.json")
    assert (unknown.code, unknown.out) == (2, "")


def test_a_repair_can_be_read_from_standard_input_but_not_written_there(iamfa: Run, folder: Path) -> None:
    text = (folder / "2-required-only.json").read_text()
    assert iamfa("fix", "-", stdin=text).out.startswith("--- a/stdin\n+++ b/stdin\n")
    found = iamfa("fix", "-", "--write", stdin=text)
    assert (found.code, found.out) == (2, "")


def test_the_json_carries_text_edits_and_what_changes(iamfa: Run, folder: Path) -> None:
    found = iamfa("fix", "--format", "json", "2-required-only.json", "3-repaired.jsonc")
    assert (found.code, found.err) == (1, "")
    changed, same = found.json["files"]
    before = (folder / "2-required-only.json").read_text()
    assert changed["repaired_text"] == before.replace("mfa/${aws:username}", "mfa/*", 1)
    assert (changed["changes"], changed["written"], changed["valid"]) == (True, False, True)
    (document,) = changed["documents"]
    assert [f["rule"] for f in document["applied"]] == ["device-name-tied-to-user"]
    (edit,) = document["edits"]
    assert before[: edit["start"]] + edit["text"] + before[edit["end"] :] == changed["repaired_text"]
    assert document["newly_refuses"] == []
    assert [f["rule"] for f in document["introduced"]] == ["delete-devices-without-mfa"]
    assert (same["changes"], same["repaired_text"], same["diff"]) == (False, None, "")


def test_an_invalid_file_ends_with_3_and_the_others_are_repaired(iamfa: Run, folder: Path) -> None:
    (folder / "bad.json").write_text('{"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}')
    found = iamfa("fix", "--write", "bad.json", "2-required-only.json")
    assert found.code == 3
    assert "`allow` is no Effect" in found.err
    assert "mfa/*" in (folder / "2-required-only.json").read_text()
    (bad,) = iamfa("fix", "--format", "json", "bad.json").json["files"]
    assert (bad["valid"], bad["faults"][0]["document"], bad["documents"]) == (False, None, [])


def test_quiet_still_tells_what_is_no_policy(iamfa: Run, folder: Path) -> None:
    (folder / "bad.json").write_text("{")
    found = iamfa("fix", "--quiet", "bad.json", "3-repaired.jsonc")
    assert found.code == 3
    assert "--> bad.json:1:2" in found.err
    assert "3-repaired.jsonc" not in found.err


def test_every_policy_of_a_dump_is_repaired_in_its_place(iamfa: Run, folder: Path) -> None:
    policy = json.loads((folder / "2-required-only.json").read_text())
    users = [
        {"UserName": name, "UserPolicyList": [{"PolicyName": "ForceMFA", "PolicyDocument": policy}]}
        for name in ("alice", "bob")
    ]
    dump = folder / "dump.json"
    dump.write_text(json.dumps({"UserDetailList": users}, indent=1))
    before = dump.read_text()
    found = iamfa("fix", "--write", "dump.json", width=160)
    assert dump.read_text() == before.replace("mfa/${aws:username}", "mfa/*")
    for name in ("alice", "bob"):
        assert f"dump.json (user/{name}/inline/ForceMFA): the repair mends" in found.err


def test_a_policy_embedded_as_text_is_not_repaired_in_place_and_said_so(iamfa: Run, folder: Path) -> None:
    answer = {"UserName": "alice", "PolicyName": "ForceMFA"}
    for name, code in (("2-required-only.json", 1), ("3-repaired.jsonc", 0)):
        text = (folder / name).read_text()
        (folder / "answer.json").write_text(json.dumps({**answer, "PolicyDocument": text}))
        found = iamfa("fix", "answer.json", width=160)
        assert (found.code, found.out) == (code, "")
        assert ("save it in a file of its own" in found.err) is (code == 1)
    (file,) = iamfa("fix", "answer.json", "--format", "json").json["files"]
    assert file["not_in_place"] == []


def test_a_folder_is_searched_and_an_empty_one_told(iamfa: Run, folder: Path) -> None:
    (folder / "empty").mkdir()
    found = iamfa("fix", "--quiet", ".")
    assert found.out.count("--- a/") == 2
    assert "no policy found below `empty`" in iamfa("fix", "empty").err


def test_the_path_of_a_diff_can_be_patched_from_the_root(iamfa: Run, folder: Path) -> None:
    found = iamfa("fix", folder / "2-required-only.json")
    assert found.out.startswith(f"--- a{folder}/2-required-only.json".replace(os.sep, "/"))


@pytest.mark.broad
def test_minimise_shows_what_no_flow_needs_and_writes_it_when_told(iamfa: Run, folder: Path) -> None:
    shown = iamfa("fix", "--minimise", "1-official-2022.json")
    assert shown.code == 1
    assert '-        "iam:ListUsers",' in shown.out
    assert "what no flow needs is dropped" in shown.err
    assert "it shows everybody's names" in " ".join(shown.err.split())
    done = iamfa("fix", "--minimise", "--write", "--format", "json", "1-official-2022.json")
    ((each,),) = [file["documents"] for file in done.json["files"]]
    assert [d["action"] for d in each["dropped"]] == ["iam:ListUsers", "iam:ListUsers"]
    assert each["dropped"][0]["whole_statement"] is False
    assert each["applied"] == []
    assert "iam:ListUsers" not in (folder / "1-official-2022.json").read_text()
    again = iamfa("fix", "--minimise", "1-official-2022.json")
    assert again.code == 0
    assert "nothing to drop" in again.err


@pytest.mark.broad
def test_minimise_keeps_what_the_named_flows_need(iamfa: Run, folder: Path) -> None:
    iamfa("fix", "--minimise", "--write", "--flow", "enrol-first-device, work-with-mfa", "1-official-2022.json")
    text = (folder / "1-official-2022.json").read_text()
    assert text.count("iam:EnableMFADevice") == 2
    assert "iam:DeactivateMFADevice" not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--minimise", "--hardened"), "--minimise repairs nothing"),
        (("--minimise", "--rule", "cannot-enrol"), "--minimise repairs nothing"),
        (("--flow", "get-session"), "--flow goes with --minimise"),
        (("--minimise", "--flow", "fly"), "`fly` is no flow"),
    ],
)
def test_what_minimise_does_not_go_with_is_wrong_usage(iamfa: Run, arguments: tuple[str, ...], words: str) -> None:
    done = iamfa("fix", *arguments, "1-official-2022.json")
    assert done.code == 2
    assert words in done.err
