"""`user/${aws:username}` does not fit a user with a path: noted, warned of where the file names one, mended."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    ANY_DEVICE,
    CREATE,
    DEACTIVATE,
    ENABLE,
    LIST,
    OWN_DEVICE,
    OWN_USER,
    PRESENT,
    RESYNC,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    judge_text,
    mended,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "user-path-not-matched"
ANY_PATH = "arn:aws:iam::*:user/*/${aws:username}"


@pytest.mark.parametrize(
    "resource",
    [
        OWN_USER,
        [OWN_USER],
        [OWN_DEVICE, OWN_USER],
        "arn:aws:iam::123456789012:user/${aws:username}",
        "arn:*:iam::*:user/${aws:username}",
        "arn:aws:iam::*:user/${AWS:USERNAME}",
        ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::123456789012:user/${aws:username}"],
    ],
)
def test_it_is_noted_in_any_spelling_and_mended(resource: Any) -> None:
    report = judge(forcing(), *grants(user=resource))
    finding = the(report, RULE, "note")
    assert finding.params == {"actions": [ENABLE, RESYNC, LIST]}
    assert finding.statement_sid == "ManageOwn"
    assert finding.reason == "fits users without a path only"
    assert "user/${aws:username}" in underlined(report, finding).lower()
    assert finding.message.startswith("users with a path are not matched: `arn:")
    assert silent(mended(report, finding), RULE)


def test_every_place_is_mended_and_comments_stay() -> None:
    text = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "iam:ListMFADevices", "Resource": "arn:aws:iam::*:user/${aws:username}"}, // list
  {"Effect": "Allow", "Action": ["iam:EnableMFADevice"], "Resource": [
     "arn:aws:iam::*:user/${aws:username}" // enable
  ]}]}"""
    report = judge_text(text)
    after = mended(report, the(report, RULE)).policy.source.text
    assert after.count("user/*/${aws:username}") == 2
    assert "// list" in after
    assert "// enable" in after


def test_a_statement_that_names_both_gets_no_second() -> None:
    report = judge(allow(LIST, [OWN_USER, ANY_PATH]), allow(ENABLE, OWN_USER), forcing())
    after = mended(report, the(report, RULE)).policy
    assert [v.text for v in after.statements[0].resource.values] == [OWN_USER, ANY_PATH]  # type: ignore[union-attr] # it is there
    assert [v.text for v in after.statements[1].resource.values] == [OWN_USER, ANY_PATH]  # type: ignore[union-attr] # it is there


def test_a_file_that_names_users_with_a_path_and_does_not_match_them_is_warned() -> None:
    condition = {"BoolIfExists": {PRESENT: "false"}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/staff/*"}}
    report = judge(*grants(), forcing(condition=condition))
    finding = the(report, RULE, "warning")
    assert finding.notes == ("the file itself names users with a path",)
    mended(report, finding)


def test_a_deny_that_spares_only_the_pathless_user_is_found() -> None:
    confined = deny([ENABLE, RESYNC], "*", None, NotResource=[OWN_USER, ANY_DEVICE])
    report = judge(*grants(user="arn:aws:iam::*:user/*"), confined, forcing())
    finding = the(report, RULE, "note")
    assert finding.statement_index == 2
    assert silent(mended(report, finding), RULE)


def test_a_deny_that_bears_only_on_the_pathless_user_is_found() -> None:
    report = judge(allow("iam:*MFADevice*", "*"), deny(DEACTIVATE, OWN_USER))
    finding = the(report, RULE, "note")
    assert finding.params == {"actions": [DEACTIVATE]}
    assert finding.statement_index == 1
    assert silent(mended(report, finding), RULE)


def test_that_a_deny_is_meant_for_some_paths_only_is_no_mismatch() -> None:
    condition = {"BoolIfExists": {PRESENT: "false"}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/staff/*"}}
    assert silent(judge(*grants(user=[OWN_USER, ANY_PATH]), forcing(condition=condition)), RULE)


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.GROUP])
def test_it_is_noted_whatever_the_file_is_attached_as(kind: Kind) -> None:
    statements = (allow([ENABLE, LIST, CREATE], [OWN_USER, ANY_DEVICE]),)
    report = judge(*statements, kind=kind)
    mended(report, the(report, RULE, "note"))


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(user=[OWN_USER, ANY_PATH]), forcing()],
        [*grants(user="arn:aws:iam::*:user/*${aws:username}"), forcing()],
        [*grants(user="*"), forcing()],
        [*grants(user=OWN_USER), allow("iam:*", "arn:aws:iam::*:user/*")],
        [allow("iam:GetUser", OWN_USER)],
        [allow(ENABLE, "arn:aws:iam::123456789012:user/bob"), forcing()],
        [forcing()],
        [allow("*")],
    ],
)
def test_it_is_silent_where_both_are_matched_or_no_device_action_hangs_on_it(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_a_resource_policy_is_not_its_matter() -> None:
    assert silent(judge(allow("iam:*", OWN_USER, Principal="*"), kind=Kind.RESOURCE), RULE)


def test_a_file_that_names_the_user_very_often_is_left_to_its_author() -> None:
    many = [allow(LIST, f"arn:aws:iam::{number:012}:user/${{aws:username}}") for number in range(40)]
    finding = the(judge(*many, kind=Kind.ROLE), RULE, "note")
    assert finding.repair is None
