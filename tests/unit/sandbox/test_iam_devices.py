"""MFA devices as IAM has them: made, enabled with codes, resynced, deactivated, listed, tagged."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import pytest
import segno
from tests.unit.sandbox.codes_at import created, enabled, pair, shown
from tests.unit.sandbox.direct import NUMBER, START, Direct

from iamfa.account.entities import ROOT_USER, Role
from iamfa.otp import provisioning_uri
from iamfa.platform import RULES, Assumptions
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.live import Session
from iamfa.sandbox.seeding import add_fido_device, add_hardware_device, add_root_device
from iamfa.sandbox.sessions import issue
from iamfa.secret import Secret

SEED = Secret("JBSWY3DPEHPK3PXP" * 2)
OWN_RULE = "own-device-needs-existing-mfa"


def allow(action: str, resource: str | list[str], **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [{**statement, **({"Condition": condition} if condition else {})}]}


@pytest.fixture
def box() -> Direct:
    found = Direct()
    found.user("alice")
    return found


def refused(box: Direct, code: str, status: int, operation: str, **parameters: Any) -> str:
    with pytest.raises(ApiError) as raised:
        box.call(operation, **parameters)
    assert (raised.value.code, raised.value.status) == (code, status)
    return raised.value.message


def session(box: Direct, user: str, kind: Any) -> Session:
    code_given = START if kind.endswith("-mfa") else None
    identifier = box.account.users[user].id
    return issue(box.state, box.account, kind, 3600, user=user, user_id=identifier, code_given=code_given)


def dark_modules(png: bytes) -> list[list[int]]:
    """The QR code's modules, read from a PNG of one bit a pixel, four pixels a module, four modules of border."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, data, position = int.from_bytes(png[16:20], "big"), b"", 8
    assert png[24:26] == b"\x01\x00", "one bit a pixel, greyscale"
    while position < len(png):
        length, kind = int.from_bytes(png[position : position + 4], "big"), png[position + 4 : position + 8]
        data += png[position + 8 : position + 8 + length] if kind == b"IDAT" else b""
        position += 12 + length
    raw, stride = zlib.decompress(data), (width + 7) // 8 + 1
    rows = [raw[n * stride + 1 : (n + 1) * stride] for n in range(width)]
    light = [[rows[y][x // 8] >> (7 - x % 8) & 1 for x in range(16, width - 16, 4)] for y in range(16, width - 16, 4)]
    return [[1 - bit for bit in row] for row in light]


def test_a_virtual_device_comes_with_a_seed_and_a_qr_code_that_apps_read(box: Direct) -> None:
    found = box.call("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    serial, seed = found["SerialNumber"], found["Base32StringSeed"].decode()
    assert serial == f"arn:aws:iam::{NUMBER}:mfa/phone"
    assert len(seed) == 64
    base64.b32decode(seed)
    uri = provisioning_uri(Secret(seed), "phone", NUMBER)
    assert dark_modules(found["QRCodePNG"]) == [
        [*row] for row in segno.make_qr(uri, error="l", mask=0, boost_error=False).matrix
    ]
    assert "Tags" not in found or found["Tags"] is None


def test_the_qr_code_names_the_accounts_alias_where_it_has_one(box: Direct) -> None:
    box.account.alias = "example-corp"
    found = box.call("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    uri = provisioning_uri(Secret(found["Base32StringSeed"].decode()), "phone", "example-corp")
    expected = segno.make_qr(uri, error="l", mask=0, boost_error=False).matrix
    assert dark_modules(found["QRCodePNG"]) == [[*row] for row in expected]


def test_the_same_seed_makes_the_same_devices_and_two_devices_never_share_theirs() -> None:
    made = [
        [Direct().call("CreateVirtualMFADevice", VirtualMFADeviceName="a")["VirtualMFADevice"]["Base32StringSeed"]]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    box = Direct()
    seeds = {box.account.devices[created(box, f"device{n}")].seed for n in range(20)}
    assert len(seeds) == 20


def test_a_name_may_come_again_under_another_path_only(box: Direct) -> None:
    created(box)
    assert created(box, Path="/team/") == f"arn:aws:iam::{NUMBER}:mfa/team/phone"
    message = refused(box, "EntityAlreadyExists", 409, "CreateVirtualMFADevice", VirtualMFADeviceName="phone")
    assert message == "MFADevice entity at the same path and name already exists."


def test_a_name_that_would_make_the_serial_too_long_is_refused(box: Direct) -> None:
    fits = "n" * (256 - len(f"arn:aws:iam::{NUMBER}:mfa/"))
    assert len(fits) == 226
    assert len(created(box, fits)) == 256
    refused(box, "ValidationError", 400, "CreateVirtualMFADevice", VirtualMFADeviceName=fits + "n")


def test_names_with_spaces_are_refused(box: Direct) -> None:
    refused(box, "ValidationError", 400, "CreateVirtualMFADevice", VirtualMFADeviceName="a b")


def test_an_account_has_at_most_five_thousand_virtual_devices(box: Direct) -> None:
    first = box.account.devices[created(box)]
    add_hardware_device(box.account, "GAHT12345678", SEED, START)
    for n in range(4999):
        box.account.devices[f"{first.serial}{n}"] = first
    refused(box, "LimitExceeded", 409, "CreateVirtualMFADevice", VirtualMFADeviceName="tablet")


def test_creation_is_allowed_by_the_devices_arn_with_its_path_and_by_tags(box: Direct) -> None:
    own = f"arn:aws:iam::{NUMBER}:mfa/team/phone"
    create = allow("iam:CreateVirtualMFADevice", own, StringEquals={"aws:RequestTag/team": "a"})
    box.user("bob", create, allow("iam:TagMFADevice", own))
    tags = [{"Key": "team", "Value": "a"}]
    found = box.call("CreateVirtualMFADevice", by="bob", VirtualMFADeviceName="phone", Path="/team/", Tags=tags)
    assert found["VirtualMFADevice"]["Tags"] == tags
    for parameters in (
        {"VirtualMFADeviceName": "phone", "Path": "/other/", "Tags": tags},
        {"VirtualMFADeviceName": "phone", "Path": "/team/"},
        {"VirtualMFADeviceName": "phone", "Path": "/team/", "Tags": [{"Key": "team", "Value": "b"}]},
    ):
        refused(box, "AccessDenied", 403, "CreateVirtualMFADevice", by="bob", **parameters)


def test_a_device_with_a_free_name_cannot_be_created_under_the_outdated_policy(box: Direct) -> None:
    for user, resource in (("bob", "mfa/${aws:username}"), ("carol", "mfa/*")):
        box.user(user, allow("iam:CreateVirtualMFADevice", f"arn:aws:iam::*:{resource}"))
    box.call("CreateVirtualMFADevice", by="bob", VirtualMFADeviceName="bob")
    box.call("CreateVirtualMFADevice", by="carol", VirtualMFADeviceName="free")
    message = refused(box, "AccessDenied", 403, "CreateVirtualMFADevice", by="bob", VirtualMFADeviceName="phone")
    asked = f"iam:CreateVirtualMFADevice on resource: arn:aws:iam::{NUMBER}:mfa/phone"
    assert f"is not authorized to perform: {asked} because no identity-based policy allows" in message


def test_two_consecutive_codes_enable_a_device(box: Direct) -> None:
    serial = created(box)
    box.call("EnableMFADevice", UserName="alice", SerialNumber=serial, **pair(box, serial))
    listed = box.call("ListMFADevices", UserName="alice")["MFADevices"]
    assert listed == [{"UserName": "alice", "SerialNumber": serial, "EnableDate": START}]


@pytest.mark.parametrize("codes", [("000000", "000000"), (0, 0), (0, -1)], ids=["zeros", "twice", "backwards"])
def test_other_codes_do_not_enable_it(box: Direct, codes: tuple[Any, Any]) -> None:
    serial = created(box)
    first, second = (each if isinstance(each, str) else shown(box, serial, each) for each in codes)
    given = {"AuthenticationCode1": first, "AuthenticationCode2": second}
    message = refused(
        box, "InvalidAuthenticationCode", 403, "EnableMFADevice", UserName="alice", SerialNumber=serial, **given
    )
    assert message == "Authentication code for device is not valid."
    assert box.account.devices[serial].user is None


def test_enabling_needs_a_user_and_a_device_that_are_there(box: Direct) -> None:
    serial = created(box)
    codes = pair(box, serial)
    missing = f"arn:aws:iam::{NUMBER}:mfa/none"
    foreign = "arn:aws:iam::999999999999:mfa/phone"
    for user, each in (("nobody", serial), ("alice", missing), ("alice", foreign), ("alice", "GAHT12345678")):
        refused(box, "NoSuchEntity", 404, "EnableMFADevice", UserName=user, SerialNumber=each, **codes)


def test_a_device_is_assigned_to_one_user_only(box: Direct) -> None:
    serial = enabled(box, "alice")
    for user in ("alice", "administrator"):
        codes = pair(box, serial)
        refused(box, "EntityAlreadyExists", 409, "EnableMFADevice", UserName=user, SerialNumber=serial, **codes)


def test_a_ninth_device_is_refused_whatever_the_kinds(box: Direct) -> None:
    add_hardware_device(box.account, "GAHT12345678", SEED, START, "alice")
    add_fido_device(box.account, box.state.ids, "alice", "key", {}, START)
    for n in range(6):
        enabled(box, "alice", f"phone{n}")
    serial = created(box, "ninth")
    codes = pair(box, serial)
    message = refused(box, "LimitExceeded", 409, "EnableMFADevice", UserName="alice", SerialNumber=serial, **codes)
    assert message == "Cannot exceed quota for MFADevicesPerUser: 8"


def test_a_hardware_token_is_enabled_with_its_codes_and_can_be_again(box: Direct) -> None:
    token = add_hardware_device(box.account, "GAHT12345678", SEED, START)
    box.call("EnableMFADevice", UserName="alice", SerialNumber=token.serial, **pair(box, token.serial))
    box.call("DeactivateMFADevice", UserName="alice", SerialNumber=token.serial)
    assert box.call("ListMFADevices", UserName="alice")["MFADevices"] == []
    assert box.call("ListVirtualMFADevices")["VirtualMFADevices"] == []
    refused(box, "NoSuchEntity", 404, "DeleteVirtualMFADevice", SerialNumber=token.serial)
    box.state.clock.advance(60)
    box.call("EnableMFADevice", UserName="alice", SerialNumber=token.serial, **pair(box, token.serial))


def test_enabling_asks_for_the_user_and_not_for_the_device(box: Direct) -> None:
    serial = created(box)
    box.user("bob", allow("iam:EnableMFADevice", f"arn:aws:iam::{NUMBER}:mfa/*"))
    box.user("carol", allow("iam:EnableMFADevice", f"arn:aws:iam::{NUMBER}:user/team/carol"), path="/team/")
    given = {"SerialNumber": serial, **pair(box, serial)}
    refused(box, "AccessDenied", 403, "EnableMFADevice", by="bob", UserName="bob", **given)
    refused(box, "AccessDenied", 403, "EnableMFADevice", by="carol", UserName="alice", **given)
    box.call("EnableMFADevice", by="carol", UserName="carol", **given)


def test_the_keys_of_security_keys_are_not_there_for_other_devices(box: Direct) -> None:
    box.user("bob", allow("iam:EnableMFADevice", "*", Null={"iam:RegisterSecurityKey": "false"}))
    box.user("carol", allow("iam:EnableMFADevice", "*", Null={"iam:RegisterSecurityKey": "true"}))
    serial = created(box)
    given = {"SerialNumber": serial, **pair(box, serial)}
    refused(box, "AccessDenied", 403, "EnableMFADevice", by="bob", UserName="bob", **given)
    box.call("EnableMFADevice", by="carol", UserName="carol", **given)


def test_who_has_a_device_enables_and_deactivates_his_own_with_mfa_only(box: Direct) -> None:
    box.user("bob", allow("*", "*"))
    first, second = enabled(box, "bob"), created(box, "tablet")
    enable = {"UserName": "bob", "SerialNumber": second, **pair(box, second)}
    disable = {"UserName": "bob", "SerialNumber": first}
    for by in ("bob", session(box, "bob", "console")):
        for operation, parameters in (("EnableMFADevice", enable), ("DeactivateMFADevice", disable)):
            message = refused(box, "AccessDenied", 403, operation, by=by, **parameters)
            assert message == RULES[OWN_RULE].message
    refused(box, "AccessDenied", 403, "DeactivateMFADevice", by="bob", SerialNumber=first)
    box.call("EnableMFADevice", by=session(box, "bob", "token-mfa"), **enable)
    box.call("DeactivateMFADevice", by=session(box, "bob", "console-mfa"), **disable)


def test_a_first_device_and_other_users_devices_are_not_concerned(box: Direct) -> None:
    enabled(box, "administrator", "boss")
    serial = enabled(box, "alice")
    box.call("DeactivateMFADevice", UserName="alice", SerialNumber=serial)


def test_before_the_change_of_2023_a_key_alone_was_enough(box: Direct) -> None:
    box.state.settings.assumptions = Assumptions({"platform": "2022-11"})
    serial = enabled(box, "administrator")
    box.call("DeactivateMFADevice", SerialNumber=serial)
    assert box.account.devices[serial].user is None


@pytest.mark.parametrize(("order", "own_words"), [("after-policy", False), ("before-policy", True)])
def test_the_own_device_rule_stands_before_or_after_the_policies(box: Direct, order: str, own_words: bool) -> None:
    box.state.settings.assumptions = Assumptions({"own-device-rule-order": order})
    serial = enabled(box, "alice")
    message = refused(box, "AccessDenied", 403, "DeactivateMFADevice", by="alice", SerialNumber=serial)
    assert (message == RULES[OWN_RULE].message) is own_words


def test_with_the_rule_first_the_policies_are_asked_all_the_same(box: Direct) -> None:
    box.state.settings.assumptions = Assumptions({"own-device-rule-order": "before-policy"})
    serial = created(box)
    message = refused(
        box, "AccessDenied", 403, "EnableMFADevice", by="alice", UserName="alice", SerialNumber=serial,
        **pair(box, serial),
    )  # fmt: skip
    assert "no identity-based policy allows" in message


def test_a_deactivated_device_remains_and_serves_somebody_else_with_new_codes(box: Direct) -> None:
    serial = enabled(box, "alice")
    used = pair(box, serial, -4)
    box.account.drifts[serial] = 5
    box.call("DeactivateMFADevice", UserName="alice", SerialNumber=serial)
    assert box.account.drifts == {}
    refused(
        box, "InvalidAuthenticationCode", 403, "EnableMFADevice", UserName="administrator", SerialNumber=serial, **used
    )
    box.call("EnableMFADevice", UserName="administrator", SerialNumber=serial, **pair(box, serial))


def test_deactivating_needs_the_device_to_be_that_users(box: Direct) -> None:
    serial = enabled(box, "alice")
    refused(box, "NoSuchEntity", 404, "DeactivateMFADevice", UserName="nobody", SerialNumber=serial)
    refused(box, "NoSuchEntity", 404, "DeactivateMFADevice", UserName="administrator", SerialNumber=serial)
    refused(box, "NoSuchEntity", 404, "DeactivateMFADevice", UserName="alice", SerialNumber=serial + "x")


def test_the_root_user_names_whose_device_he_deactivates(box: Direct) -> None:
    serial = enabled(box, "alice")
    message = refused(box, "ValidationError", 400, "DeactivateMFADevice", by=ROOT_USER, SerialNumber=serial)
    assert message == "Must specify userName when calling with non-User credentials"
    box.call("DeactivateMFADevice", by=ROOT_USER, UserName="alice", SerialNumber=serial)


def test_a_fido_key_goes_when_it_is_deactivated(box: Direct) -> None:
    key = add_fido_device(box.account, box.state.ids, "alice", "key", {"FIDO": "L1"}, START)
    refused(
        box, "InvalidAuthenticationCode", 403, "ResyncMFADevice", UserName="alice", SerialNumber=key.serial,
        AuthenticationCode1="123456", AuthenticationCode2="654321",
    )  # fmt: skip
    box.call("DeactivateMFADevice", UserName="alice", SerialNumber=key.serial)
    assert key.serial not in box.account.devices


def test_an_assigned_device_is_not_deleted(box: Direct) -> None:
    serial = enabled(box, "alice")
    refused(box, "DeleteConflict", 409, "DeleteVirtualMFADevice", SerialNumber=serial)
    box.call("DeactivateMFADevice", UserName="alice", SerialNumber=serial)
    box.call("DeleteVirtualMFADevice", SerialNumber=serial)
    refused(box, "NoSuchEntity", 404, "DeleteVirtualMFADevice", SerialNumber=serial)


def test_a_new_device_of_an_old_name_knows_nothing_of_the_old_ones_codes(box: Direct) -> None:
    serial = created(box)
    box.call("EnableMFADevice", UserName="alice", SerialNumber=serial, **pair(box, serial))
    box.call("DeactivateMFADevice", UserName="alice", SerialNumber=serial)
    box.call("DeleteVirtualMFADevice", SerialNumber=serial)
    assert created(box) == serial
    box.call("EnableMFADevice", UserName="alice", SerialNumber=serial, **pair(box, serial))


def test_deletion_is_allowed_by_the_devices_arn_and_tags_and_for_what_has_no_arn_by_a_star(box: Direct) -> None:
    tag = [{"Key": "team", "Value": "a"}]
    red, blue = created(box, "red", Tags=tag), created(box, "blue")
    box.user(
        "bob", allow("iam:DeleteVirtualMFADevice", "arn:aws:iam::*:mfa/*", StringEquals={"aws:ResourceTag/team": "a"})
    )
    refused(box, "AccessDenied", 403, "DeleteVirtualMFADevice", by="bob", SerialNumber=blue)
    refused(box, "AccessDenied", 403, "DeleteVirtualMFADevice", by="bob", SerialNumber="GAHT12345678")
    box.call("DeleteVirtualMFADevice", by="bob", SerialNumber=red)


@pytest.mark.parametrize("serial", ["arn:aws:iam", ":::::::::", "arn::::::", f"arn:aws:iam::{NUMBER}:user/alice"])
def test_what_is_no_serial_is_no_device(box: Direct, serial: str) -> None:
    for operation in ("DeleteVirtualMFADevice", "ListMFADeviceTags"):
        refused(box, "NoSuchEntity", 404, operation, SerialNumber=serial)
        refused(box, "AccessDenied", 403, operation, by="alice", SerialNumber=serial)
    refused(box, "NoSuchEntity", 404, "GetMFADevice", SerialNumber=serial)


def test_a_resync_brings_a_wrong_clock_back(box: Direct) -> None:
    serial = enabled(box, "alice")
    given = {"UserName": "alice", "SerialNumber": serial}
    box.call("ResyncMFADevice", **given, **pair(box, serial, 20))
    assert box.account.drifts[serial] == 20
    refused(box, "InvalidAuthenticationCode", 403, "ResyncMFADevice", **given, **pair(box, serial, 20))


def test_a_resync_asks_for_the_user_and_needs_no_mfa(box: Direct) -> None:
    box.user("bob", allow("iam:ResyncMFADevice", f"arn:aws:iam::{NUMBER}:user/bob"))
    serial = enabled(box, "bob")
    refused(
        box,
        "AccessDenied",
        403,
        "ResyncMFADevice",
        by="bob",
        UserName="alice",
        SerialNumber=serial,
        **pair(box, serial),
    )
    box.call("ResyncMFADevice", by="bob", UserName="bob", SerialNumber=serial, **pair(box, serial))
    refused(box, "NoSuchEntity", 404, "ResyncMFADevice", UserName="alice", SerialNumber=serial, **pair(box, serial))


def test_the_devices_of_a_user_are_listed_in_pages_his_own_by_default(box: Direct) -> None:
    box.user("bob", allow("iam:ListMFADevices", f"arn:aws:iam::{NUMBER}:user/bob"))
    serials = sorted(enabled(box, "bob", name) for name in ("c", "a", "b"))
    found: list[str] = []
    marker: dict[str, str] = {}
    for _ in range(3):
        answer = box.call("ListMFADevices", by="bob", MaxItems=1, **marker)
        found += [each["SerialNumber"] for each in answer["MFADevices"]]
        marker = {"Marker": answer["Marker"]} if answer["IsTruncated"] else {}
    assert (found, marker) == (serials, {})
    refused(box, "AccessDenied", 403, "ListMFADevices", by="bob", UserName="alice")
    refused(box, "NoSuchEntity", 404, "ListMFADevices", UserName="nobody")


def test_the_root_user_lists_his_own(box: Direct) -> None:
    device = add_root_device(box.account, "root-account-mfa-device", SEED, START)
    listed = box.call("ListMFADevices", by=ROOT_USER)["MFADevices"]
    assert [each["SerialNumber"] for each in listed] == [device.serial]


def test_virtual_devices_are_listed_by_their_assignment_without_seeds_and_tags(box: Direct) -> None:
    given, free = enabled(box, "alice"), created(box, "free", Tags=[{"Key": "a", "Value": "b"}])
    root = add_root_device(box.account, "safe", SEED, START).serial
    add_hardware_device(box.account, "GAHT12345678", SEED, START, "alice")
    for status, serials in (
        (None, [free, given, root]), ("Any", [free, given, root]), ("Assigned", [given, root]), ("Unassigned", [free])
    ):  # fmt: skip
        listed = box.call("ListVirtualMFADevices", **({} if status is None else {"AssignmentStatus": status}))
        assert [each["SerialNumber"] for each in listed["VirtualMFADevices"]] == serials
    by_serial = {each["SerialNumber"]: each for each in box.call("ListVirtualMFADevices")["VirtualMFADevices"]}
    assert by_serial[free] == {"SerialNumber": free, "User": None, "EnableDate": None}
    assert by_serial[given]["User"]["UserName"] == "alice"
    assert by_serial[given]["EnableDate"] == START
    assert by_serial[root]["User"]["Arn"] == f"arn:aws:iam::{NUMBER}:root"


def test_listing_all_virtual_devices_takes_a_star(box: Direct) -> None:
    box.user("bob", allow("iam:ListVirtualMFADevices", f"arn:aws:iam::{NUMBER}:mfa/*"))
    refused(box, "AccessDenied", 403, "ListVirtualMFADevices", by="bob")
    first = created(box, "a"), created(box, "b")
    answer = box.call("ListVirtualMFADevices", MaxItems=1)
    assert [each["SerialNumber"] for each in answer["VirtualMFADevices"]] == [first[0]]
    rest = box.call("ListVirtualMFADevices", Marker=answer["Marker"])
    assert [each["SerialNumber"] for each in rest["VirtualMFADevices"]] == [first[1]]


def test_a_fido_key_can_be_looked_at_by_its_user(box: Direct) -> None:
    box.user("bob", allow("iam:GetMFADevice", f"arn:aws:iam::{NUMBER}:user/bob"))
    key = add_fido_device(box.account, box.state.ids, "bob", "key", {"FIDO": "L1", "FIDO-FIPS-140-2": "L2"}, START)
    assert box.call("GetMFADevice", by="bob", SerialNumber=key.serial) == {
        "UserName": "bob",
        "SerialNumber": key.serial,
        "EnableDate": START,
        "Certifications": {"FIDO": "L1", "FIDO-FIPS-140-2": "L2"},
    }
    assert box.call("GetMFADevice", UserName="bob", SerialNumber=key.serial)["UserName"] == "bob"
    refused(box, "NoSuchEntity", 404, "GetMFADevice", UserName="alice", SerialNumber=key.serial)
    refused(box, "NoSuchEntity", 404, "GetMFADevice", UserName="bob", SerialNumber=key.serial + "A")
    refused(box, "NoSuchEntity", 404, "GetMFADevice", UserName="alice", SerialNumber=enabled(box, "alice"))
    refused(box, "AccessDenied", 403, "GetMFADevice", by="bob", UserName="alice", SerialNumber=key.serial)


def test_virtual_devices_are_tagged_and_others_are_not(box: Direct) -> None:
    serial = created(box, Tags=[{"Key": "b", "Value": "1"}])
    box.call("TagMFADevice", SerialNumber=serial, Tags=[{"Key": "a", "Value": "2"}, {"Key": "B", "Value": "3"}])
    listed = box.call("ListMFADeviceTags", SerialNumber=serial, MaxItems=1)
    assert listed["Tags"] == [{"Key": "B", "Value": "3"}]
    rest = box.call("ListMFADeviceTags", SerialNumber=serial, Marker=listed["Marker"])
    assert (rest["Tags"], rest["IsTruncated"]) == ([{"Key": "a", "Value": "2"}], False)
    box.call("UntagMFADevice", SerialNumber=serial, TagKeys=["a", "none"])
    assert box.account.devices[serial].tags == (("B", "3"),)
    add_hardware_device(box.account, "GAHT12345678", SEED, START, "alice")
    key = add_fido_device(box.account, box.state.ids, "alice", "key", {}, START)
    for other in ("GAHT12345678", key.serial):
        refused(box, "NoSuchEntity", 404, "TagMFADevice", SerialNumber=other, Tags=[{"Key": "a", "Value": "b"}])
        refused(box, "NoSuchEntity", 404, "UntagMFADevice", SerialNumber=other, TagKeys=["a"])
        refused(box, "NoSuchEntity", 404, "ListMFADeviceTags", SerialNumber=other)


def test_tagging_is_allowed_by_the_device_and_by_the_tags(box: Direct) -> None:
    serial = created(box)
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    box.user("bob", allow("iam:*MFADevice*", serial, **condition))
    box.call("TagMFADevice", by="bob", SerialNumber=serial, Tags=[{"Key": "team", "Value": "a"}])
    box.call("ListMFADeviceTags", by="bob", SerialNumber=serial)
    refused(box, "AccessDenied", 403, "TagMFADevice", by="bob", SerialNumber=serial, Tags=[{"Key": "a", "Value": "b"}])
    refused(box, "AccessDenied", 403, "UntagMFADevice", by="bob", SerialNumber=serial, TagKeys=["a"])
    box.call("UntagMFADevice", by="bob", SerialNumber=serial, TagKeys=["team"])


def test_a_role_names_the_user_whose_devices_it_reads(box: Direct) -> None:
    arn = f"arn:aws:iam::{NUMBER}:role/admin"
    text = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    box.account.roles["admin"] = Role("admin", "/", "AROA1", arn, START, "{}", inline={"all": text})
    by = issue(box.state, box.account, "role", 900, role="admin", role_id="AROA1", name="session")
    message = refused(box, "ValidationError", 400, "ListMFADevices", by=by)
    assert message == "Must specify userName when calling with non-User credentials"
    assert box.call("ListMFADevices", by=by, UserName="alice")["MFADevices"] == []


def test_what_was_just_changed_is_seen_late_where_iams_consistency_is_played(box: Direct) -> None:
    box.state.lag.seconds = 5
    serial = created(box)
    assert box.call("ListVirtualMFADevices")["VirtualMFADevices"] == []
    box.state.clock.advance(6)
    assert [each["SerialNumber"] for each in box.call("ListVirtualMFADevices")["VirtualMFADevices"]] == [serial]
    box.call("EnableMFADevice", UserName="alice", SerialNumber=serial, **pair(box, serial))
    assert box.call("ListMFADevices", UserName="alice")["MFADevices"] == []
