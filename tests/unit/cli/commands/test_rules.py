"""`iamfa rules` and `iamfa tour`: what people read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iamfa.advise.rules import RULES, page

Run = Callable[..., Any]


def test_every_rule_is_listed_with_severity_and_summary(iamfa: Run) -> None:
    shown = " ".join(iamfa("rules").out.split())
    for rule in RULES:
        assert f"{rule.id} ({rule.severity})" in shown
        assert rule.summary in shown


def test_the_list_can_be_read_by_programs(iamfa: Run) -> None:
    found = iamfa("rules", "--format", "json").json
    assert found["version"] == 1
    assert [row["id"] for row in found["rules"]] == [rule.id for rule in RULES]


@pytest.mark.parametrize("rule_id", [rule.id for rule in RULES])
def test_the_page_of_a_rule_says_everything_that_is_written(iamfa: Run, rule_id: str) -> None:
    shown = iamfa("rules", rule_id)
    assert shown.code == 0
    assert shown.out.startswith(f"{rule_id}\n\nSeverity: ")
    assert "```" not in shown.out
    words = " ".join(page(rule_id).replace("**", "").split())
    for sentence in words.split(". ")[3:5]:
        assert sentence.split(" ")[-1] in shown.out
    assert iamfa("rules", rule_id, "--format", "json").json["page"] == page(rule_id)


def test_an_unknown_rule_is_wrong_usage_with_close_names(iamfa: Run) -> None:
    found = iamfa("rules", "device-name-tied")
    assert (found.code, found.out) == (2, "")
    assert "`device-name-tied` is no rule; did you mean `device-name-tied-to-user`" in found.err


def test_the_tour_needs_nothing_and_tells_the_whole_story(iamfa: Run, folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    found = iamfa("tour", width=200)
    assert (found.code, found.err) == (0, "")
    story = [
        "1. The console asks for a device name",
        "is not authorized to perform: iam:CreateVirtualMFADevice on resource: arn:aws:iam::123456789012:mfa/google",
        "2. Check it",
        "error[device-name-tied-to-user]",
        "✗ [1]",
        "3. Fix it",
        '+      "Resource": ["arn:aws:iam::*:mfa/*", "arn:aws:iam::*:user/${aws:username}"]',
        "it newly permits:",
        "warning[delete-devices-without-mfa]",
        "4. Check the result",
        "✓ works",
        "5. The command line",
        "--serial-number arn:aws:iam::999999999999:mfa/own-user ",
        "--serial-number arn:aws:iam::999999999999:mfa/googleAuthentication ",
        "6. A leaked key",
        "(--platform 2022-11): succeeds",
        "(--platform 2023-04): stopped",
        "Now yours:",
    ]
    at = -1
    for part in story:
        found_at = found.out.find(part, at + 1)
        assert found_at > at, part
        at = found_at


def test_the_tour_leaves_the_folder_as_it_was(iamfa: Run, folder: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    iamfa("tour")
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_command_of_the_tour_can_be_copied_though_it_goes_on_in_the_next_line(iamfa: Run) -> None:
    shown = iamfa("tour", width=60).out
    command = shown[shown.index("  $ aws sts") :].split("\n\n")[0]
    assert " ".join(command.replace("\\\n", " ").split()) == (
        "$ aws sts get-session-token --serial-number arn:aws:iam::999999999999:mfa/own-user"
        " --token-code 000000 --profile hogehoge"
    )
