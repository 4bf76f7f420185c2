"""Settings: found upward, keys mirror options, and what means nothing is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iamfa.cli.settings import SettingsError, defaults_below

Run = Callable[..., Any]


def test_without_settings_there_are_no_defaults(tmp_path: Path) -> None:
    assert defaults_below(tmp_path) == {}


def test_settings_are_found_from_the_folder_upward(tmp_path: Path) -> None:
    (tmp_path / "iamfa.toml").write_text('partition = "aws-cn"')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert defaults_below(below) == {"partition": "aws-cn"}


def test_the_nearest_settings_hold_and_iamfa_toml_goes_before_pyproject(tmp_path: Path) -> None:
    (tmp_path / "iamfa.toml").write_text('platform = "2022-11"')
    below = tmp_path / "a"
    below.mkdir()
    (below / "pyproject.toml").write_text('[tool.iamfa]\nplatform = "2023-04"')
    assert defaults_below(below) == {"platform": "2023-04"}
    (below / "iamfa.toml").write_text('fail-on = "note"')
    assert defaults_below(below) == {"fail_on": "note"}


@pytest.mark.parametrize("text", ["", '[project]\nname = "iamfa"', '[tool.other]\nname = "iamfa"', "tool = 3 # iamfa"])
def test_a_pyproject_without_a_table_of_ours_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert defaults_below(tmp_path) == {}


def test_every_key_gives_the_default_of_its_option(tmp_path: Path) -> None:
    (tmp_path / "iamfa.toml").write_text(
        """
        select = ["cannot-enrol", "policy-too-large"]
        ignore = "unknown-key"
        fail-on = "error"
        assume = { totp-window = "2", platform = "2022-11" }
        expect-exempt = ["iam:ListMFADevices"]
        partition = "aws"
        platform = "2023-04"
        """
    )
    assert defaults_below(tmp_path) == {
        "select": ["cannot-enrol,policy-too-large"],
        "ignore": ["unknown-key"],
        "fail_on": "error",
        "assume": ["totp-window=2", "platform=2022-11"],
        "expect_exempt": ["iam:ListMFADevices"],
        "partition": "aws",
        "platform": "2023-04",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('fail_on = "error"', "`fail_on`"),
        ("[nothing]", "`nothing`"),
        ('fail-on = "all"', "`fail-on`"),
        ("select = 3", "`select`"),
        ("select = [3]", "`select`"),
        ('assume = ["a=b"]', "`assume`"),
        ("assume = { a = [] }", "`assume`"),
        ('platform = ""', "`platform`"),
        ("= 3", "no TOML"),
        ("tool = { iamfa = 3 }", "`tool`"),
    ],
)
def test_what_means_nothing_is_refused_by_file_and_key(iamfa: Run, folder: Path, text: str, said: str) -> None:
    (folder / "iamfa.toml").write_text(text)
    with pytest.raises(SettingsError) as raised:
        defaults_below(folder)
    assert said in raised.value.message
    assert str(folder / "iamfa.toml") in raised.value.message
    found = iamfa("check", "2-required-only.json")
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_a_table_of_ours_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("tool.iamfa = 3")
    with pytest.raises(SettingsError, match=r"`tool\.iamfa` in .* is no table"):
        defaults_below(tmp_path)


def test_settings_that_are_not_utf_8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "iamfa.toml").write_bytes(b'platform = "\xff"')
    with pytest.raises(SettingsError, match="no TOML"):
        defaults_below(tmp_path)


def test_settings_that_cannot_be_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(SettingsError, match="cannot be read: permission denied"):
        defaults_below(tmp_path)


def test_settings_hold_for_the_commands_that_judge(iamfa: Run, folder: Path) -> None:
    assert iamfa("check", "3-repaired.jsonc").code == 1
    (folder / "iamfa.toml").write_text('fail-on = "error"\nselect = ["deactivate-without-mfa"]')
    found = iamfa("check", "--format", "json", "3-repaired.jsonc")
    assert found.code == 0
    assert [finding["rule"] for finding in found.json["files"][0]["findings"]] == ["deactivate-without-mfa"]


def test_an_option_goes_before_the_settings_on_either_side_of_the_command(iamfa: Run, folder: Path) -> None:
    (folder / "iamfa.toml").write_text('fail-on = "error"\nselect = ["deactivate-without-mfa"]')
    assert iamfa("check", "--fail-on", "warning", "3-repaired.jsonc").code == 1
    assert iamfa("--fail-on", "warning", "check", "3-repaired.jsonc").code == 1
    assert iamfa("check", "--select", "cannot-enrol", "--fail-on", "note", "3-repaired.jsonc").code == 0


def test_wrong_settings_do_not_stop_the_commands_that_need_none(iamfa: Run, folder: Path) -> None:
    (folder / "iamfa.toml").write_text("nothing = 3")
    assert iamfa("rules").code == 0
    assert iamfa("tour").code == 0


def test_settings_do_not_stand_in_the_way_of_a_batch(iamfa: Run, folder: Path) -> None:
    (folder / "iamfa.toml").write_text('assume = { totp-window = "2" }\npartition = "aws-cn"')
    assert iamfa("can", "--batch", "-").code == 0


def test_the_audit_has_a_table_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "iamfa.toml").write_text(
        """
        [audit]
        select = ["exposed-now"]
        ignore = "keys-only"
        fail-on = "error"
        [[audit.exceptions]]
        principal = "emergency"
        """
    )
    (entry,) = (found := defaults_below(tmp_path)["audit"]).pop("exceptions")
    assert entry.principal == "emergency"
    assert found == {"select": ["exposed-now"], "ignore": ["keys-only"], "fail_on": "error"}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("audit = 3", "the value of `audit` in", "it is a table"),
        ("[audit]\nselct = 'a'", "`audit.selct` in", "one of select, ignore, fail-on, exceptions"),
        ("[audit]\nfail-on = 'never'", "the value of `audit.fail-on` in", "it is one of error, warning, note"),
        (
            "[audit]\nexceptions = 3",
            "the value of `audit.exceptions` in",
            "it is a list of tables, [[audit.exceptions]]",
        ),
    ],
)
def test_what_is_wrong_in_a_table_is_named_by_its_whole_key(tmp_path: Path, text: str, message: str, hint: str) -> None:
    (tmp_path / "iamfa.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        defaults_below(tmp_path)
    assert message in caught.value.message
    assert caught.value.hint == hint
