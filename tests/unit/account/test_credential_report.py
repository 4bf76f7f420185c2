"""The credential report: AWS's columns, forms of values, and what reads them back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iamfa.account import credential_report
from iamfa.account.credential_report import COLUMNS, ReportError, read, rows, write
from iamfa.account.entities import (
    ROOT_USER,
    AccessKey,
    Account,
    Device,
    LoginProfile,
    PasswordPolicy,
    User,
)
from iamfa.account.organization import Member, Organization

NUMBER = "123456789012"
MADE = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
USED = datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)


def account_with(*names: str) -> Account:
    users = {name: User(name, "/", "AIDA", f"arn:aws:iam::{NUMBER}:user/{name}", MADE) for name in names}
    return Account(NUMBER, created=MADE, users=users)


def test_the_columns_are_awss_in_awss_order() -> None:
    assert write([]) == (
        "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
        "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
        "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
        "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
        "cert_1_last_rotated,cert_2_active,cert_2_last_rotated,additional_credentials_info"
    )


def test_the_root_user_stands_first_and_users_follow_by_name() -> None:
    assert [row["user"] for row in rows(account_with("bob", "alice"))] == [ROOT_USER, "alice", "bob"]


def test_the_root_users_row_says_not_supported_where_aws_does() -> None:
    assert rows(account_with())[0] == {
        "user": "<root_account>",
        "arn": f"arn:aws:iam::{NUMBER}:root",
        "user_creation_time": "2026-03-01T12:00:00+00:00",
        "password_enabled": "true",
        "password_last_used": "no_information",
        "password_last_changed": "not_supported",
        "password_next_rotation": "not_supported",
        "mfa_active": "false",
        **{f"access_key_{n}_active": "false" for n in (1, 2)},
        **{
            f"access_key_{n}_last_{what}": "N/A"
            for n in (1, 2)
            for what in ("rotated", "used_date", "used_region", "used_service")
        },
        **{f"cert_{n}_active": "false" for n in (1, 2)},
        **{f"cert_{n}_last_rotated": "N/A" for n in (1, 2)},
        "additional_credentials_info": "N/A",
    }


@pytest.mark.parametrize(
    ("management", "invited", "enabled"),
    [("999999999999", False, "false"), ("999999999999", True, "true"), (NUMBER, False, "true")],
)
def test_an_account_that_its_organization_made_has_no_root_password(
    management: str, invited: bool, enabled: str
) -> None:
    member = Member(NUMBER, "name", "a@example.com", "r-1", MADE, invited=invited)
    organization = Organization("o-1", management, "r-1", {NUMBER: member})
    assert rows(account_with(), organization)[0]["password_enabled"] == enabled


def test_a_user_without_a_password_has_nothing_to_tell_of_it() -> None:
    row = rows(account_with("alice"))[1]
    assert row["password_enabled"] == "false"
    assert {row[f"password_{what}"] for what in ("last_used", "last_changed", "next_rotation")} == {"N/A"}


def test_a_password_that_was_never_used_says_no_information() -> None:
    account = account_with("alice")
    account.login_profiles = {"alice": LoginProfile("alice", MADE)}
    row = rows(account)[1]
    assert row["password_enabled"] == "true"
    assert row["password_last_used"] == "no_information"
    assert row["password_last_changed"] == "2026-03-01T12:00:00+00:00"
    assert row["password_next_rotation"] == "N/A"


def test_a_password_policy_says_when_the_password_must_change() -> None:
    account = account_with("alice")
    account.login_profiles = {"alice": LoginProfile("alice", MADE, changed=USED)}
    account.password_policy = PasswordPolicy(max_age_days=90)
    assert rows(account)[1]["password_next_rotation"] == "2026-05-31T00:00:01+00:00"
    account.password_policy = PasswordPolicy(max_age_days=10**9)
    assert rows(account)[1]["password_next_rotation"] == "N/A"


def test_devices_make_mfa_active_for_their_user_only() -> None:
    account = account_with("alice", "bob")
    account.devices = {
        "one": Device("one", "hardware", "alice"),
        "two": Device("two", "fido", ROOT_USER),
        "three": Device("three", "virtual"),
    }
    assert [row["mfa_active"] for row in rows(account)] == ["true", "true", "false"]


def test_keys_stand_with_the_older_first_and_an_inactive_one_tells_no_date() -> None:
    account = account_with("alice")
    account.access_keys = {
        "AKIANEW": AccessKey("AKIANEW", "alice", "Inactive", USED),
        "AKIAOLD": AccessKey("AKIAOLD", "alice", "Active", MADE, None, USED, "us-east-1", "iam"),
    }
    row = rows(account)[1]
    assert [row[column] for column in COLUMNS[8:18]] == [
        "true", "2026-03-01T12:00:00+00:00", "2026-03-02T00:00:01+00:00", "us-east-1", "iam",
        "false", "N/A", "N/A", "N/A", "N/A",
    ]  # fmt: skip


def test_a_report_that_was_written_reads_as_it_was() -> None:
    found = rows(account_with("alice", "bob,smith"))
    assert read(write(found)) == found
    assert read("\ufeff" + write(found).replace("\n", "\r\n") + "\r\n") == found


def test_a_column_that_aws_adds_some_day_is_kept() -> None:
    assert read("user,mfa_active,shoe_size\nalice,true,38") == [
        {"user": "alice", "mfa_active": "true", "shoe_size": "38"}
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no `user`"),
        ("<html></html>", "names no `user`"),
        ("user,mfa_active\nalice", "row 2 of the credential report has 1 columns, its head 2"),
        ("user,mfa_active\n" + "x" * 200_000 + ",true", "is no CSV"),
    ],
)
def test_what_is_no_report_is_refused(text: str, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        read(text)


def test_the_times_of_a_report_are_read_and_other_values_are_none() -> None:
    assert credential_report.time_of("2026-03-02T00:00:01+00:00") == USED
    assert credential_report.time_of("2026-03-02T00:00:01") == USED
    for value in ("N/A", "no_information", "not_supported", "9999-12-31T23:59:59-12:00"):
        assert credential_report.time_of(value) is None
