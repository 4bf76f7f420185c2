"""Devices as JSON and as text, on values alone."""

from __future__ import annotations

from datetime import UTC, datetime

from iamfa.device.denied import Denied
from iamfa.device.inventory import Inventory, OwnDevice
from iamfa.device.kinds import DeviceKind
from iamfa.device.orphan import Orphan
from iamfa.device.own_user import OwnUser
from iamfa.device.retire import Retired
from iamfa.gateway.faults import UnreachableError
from iamfa.report.device_json_v1 import devices_json, removed_json
from iamfa.report.device_text import device_lines
from iamfa.report.paper import Paper, plain

ALICE = OwnUser("aws", "123456789012", "alice", "arn:aws:iam::123456789012:user/alice")
PHONE = "arn:aws:iam::123456789012:mfa/phone"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def device(serial: str = PHONE, kind: DeviceKind = "virtual", name: str = "phone", **more: object) -> OwnDevice:
    told = {"since": NOON, "is_default": False, "known_from": "list", **more}
    return OwnDevice(serial, kind, name, **told)  # type: ignore[arg-type]  # as they are told


def test_what_is_known_of_an_interrupted_attempt_is_said_so() -> None:
    denied = Denied("iam:ListMFADevices", None, None, "no")
    found = Inventory(ALICE, (device(since=None, known_from="journal"),), denied, PHONE)
    text = " ".join(plain(device_lines(Paper(60, unicode=False), found)).split())
    assert "+ phone: virtual (it was begun here, and perhaps never enabled)" in text
    assert "there may be others. Ask an administrator to allow `iam:ListMFADevices`." in text
    assert f"the default `{PHONE}` is gone, and forgotten" in text
    assert text.isascii()
    shown = devices_json(found)
    assert (shown["complete"], shown["devices"][0]["since"], shown["devices"][0]["known_from"]) == (
        False, None, "journal",
    )  # fmt: skip
    assert shown["denied"] == "`iam:ListMFADevices` is refused: AWS does not say which policy refuses it"


def test_nothing_from_outside_moves_the_cursor() -> None:
    found = Inventory(ALICE, (device("evil\x1b[2J", "unknown", "evil\x1b[2J"),))
    text = plain(device_lines(Paper(80), found))
    assert "\x1b" not in text
    assert "✗ evil\\x1b[2J: unknown" in text
    assert devices_json(found)["devices"][0]["kind"] == "unknown"


def test_a_device_that_stays_behind_without_a_denial_has_no_reason_to_name() -> None:
    error = UnreachableError("", "cut", operation="iam:DeleteVirtualMFADevice")
    left = removed_json(Retired(PHONE, "unassigned", Orphan(PHONE, "left", None, error)))
    assert (left["deleted"], left["denied"]) == (False, None)
    assert str(left["administrator_command"]).endswith(PHONE)
