"""Which key of a user the credential report means, and what a serial says of a device."""

from __future__ import annotations

from typing import Any

import pytest

from iamfa.gateway.collect_people import kind_of_serial, with_last_use

MARCH, MAY, JULY = (f"2026-0{month}-01T00:00:00Z" for month in (3, 5, 7))
REPORT_AT = "2026-06-01T00:00:00Z"


def key(name: str, made: str, status: str = "Active") -> dict[str, Any]:
    return {"AccessKeyId": name, "CreateDate": made, "Status": status}


def row(*columns: tuple[str, str, str]) -> dict[str, str]:
    found = {}
    for n, (active, rotated, used) in enumerate(columns, 1):
        name = f"access_key_{n}"
        found |= {f"{name}_active": active, f"{name}_last_rotated": rotated, f"{name}_last_used_date": used}
        found |= {f"{name}_last_used_region": "us-east-1", f"{name}_last_used_service": "iam"}
    return found


def used(keys: list[dict[str, Any]], columns: dict[str, str] | None) -> dict[str, str | None]:
    """When each key was used last; None where it has to be asked."""
    found = with_last_use(keys, columns, REPORT_AT)
    return {each["AccessKeyId"]: None if last is None else last.get("LastUsedDate", "never") for each, last in found}


def test_keys_are_told_apart_by_when_they_were_made() -> None:
    report = row(("true", MAY, JULY), ("TRUE", MARCH, "N/A"))
    assert used([key("old", MARCH), key("new", MAY)], report) == {"old": "never", "new": JULY}
    ((_, last),) = with_last_use([key("new", MAY)], report, REPORT_AT)
    assert last == {"LastUsedDate": JULY, "Region": "us-east-1", "ServiceName": "iam"}


def test_an_inactive_key_is_the_one_that_is_left() -> None:
    report = row(("true", MAY, "N/A"), ("false", "N/A", MARCH))
    assert used([key("new", MAY), key("off", MARCH, "Inactive")], report) == {"new": "never", "off": MARCH}
    assert used([key("off", MARCH, "Inactive")], row(("false", "N/A", "N/A"))) == {"off": "never"}


@pytest.mark.parametrize(
    ("keys", "report"),
    [
        ([key("a", MARCH)], None),
        ([key("younger", JULY)], row(("false", "N/A", "N/A"))),
        ([key("a", MARCH, "Inactive"), key("b", MAY, "Inactive")], row(("false", "N/A", JULY))),
        ([key("a", MARCH, "Inactive")], row(("false", "N/A", JULY), ("false", "N/A", MAY))),
    ],
)
def test_what_the_report_does_not_tell_is_asked(keys: list[dict[str, Any]], report: dict[str, str] | None) -> None:
    assert set(used(keys, report).values()) == {None}


def test_the_use_of_another_key_is_not_taken_for_this_ones() -> None:
    """The active key of the report is gone; the one that is left is inactive."""
    assert used([key("off", MARCH, "Inactive")], row(("true", MAY, JULY))) == {"off": "never"}


@pytest.mark.parametrize(
    ("serial", "kind"),
    [
        ("arn:aws:iam::123456789012:mfa/phone", "virtual"),
        ("arn:aws-cn:iam::123456789012:mfa/team/phone", "virtual"),
        ("arn:aws:iam::123456789012:u2f/user/bob/key-ABC", "fido"),
        ("GAHT12345678", "hardware"),
        ("arn:aws:iam::123456789012:user/bob", "hardware"),
    ],
)
def test_a_serial_tells_the_kind_of_a_device(serial: str, kind: str) -> None:
    assert kind_of_serial(serial) == kind
