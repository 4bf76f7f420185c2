"""Devices: their life from creation to deletion, and every refusal on the way.

AWS's pages: the API_… pages of the IAM API Reference, id_credentials_mfa, …_mfa_sync, …_mfa_disable. Codes and
statuses are the service model's; a text is asserted only where it was seen in real answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import segno
from tests.contract.qr_picture import modules, size_of
from tests.contract.stage import Stage, refusal
from tests.contract.values import Device

from iamfa.otp import STEP_SECONDS

WRONG_CODES = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
INVALID_CODE = ("InvalidAuthenticationCode", 403, "Authentication code for device is not valid.")


def outcome(call: object, **parameters: object) -> tuple[str, int]:
    found = refusal(call, **parameters)  # type: ignore[arg-type]  # a method of a client, which has no types
    return found.code, found.status


def assigned(stage: Stage, user: str) -> list[str]:
    return [each["SerialNumber"] for each in stage.iam.list_mfa_devices(UserName=user)["MFADevices"]]


def test_codes_of_zeros_enable_nothing(stage: Stage) -> None:
    user, device = stage.user(), stage.device()
    found = refusal(stage.iam.enable_mfa_device, UserName=user.name, SerialNumber=device.serial, **WRONG_CODES)
    assert (found.code, found.status, found.message) == INVALID_CODE
    assert assigned(stage, user.name) == []


def test_the_same_code_twice_and_codes_in_the_wrong_order_enable_nothing(stage: Stage) -> None:
    user, device = stage.user(), stage.device()
    step = stage.step()
    older, newer = stage.code(device, step - 1), stage.code(device, step)
    for first, second in ((newer, newer), (newer, older)):
        codes = {"AuthenticationCode1": first, "AuthenticationCode2": second}
        found = refusal(stage.iam.enable_mfa_device, UserName=user.name, SerialNumber=device.serial, **codes)
        assert (found.code, found.status, found.message) == INVALID_CODE


def test_two_consecutive_codes_enable(stage: Stage) -> None:
    user = stage.user()
    device = stage.enable(user)
    [found] = stage.iam.list_mfa_devices(UserName=user.name)["MFADevices"]
    assert (found["UserName"], found["SerialNumber"]) == (user.name, device.serial)
    assert abs((found["EnableDate"] - stage.venue.now()).total_seconds()) < 10 * STEP_SECONDS


def test_a_serial_that_does_not_exist_is_not_enabled(stage: Stage) -> None:
    serial = stage.arn("mfa", stage.name("never"))
    parameters = {"UserName": stage.user().name, "SerialNumber": serial, **WRONG_CODES}
    assert outcome(stage.iam.enable_mfa_device, **parameters) == ("NoSuchEntity", 404)


def test_a_user_that_does_not_exist_has_no_device_enabled(stage: Stage) -> None:
    parameters = {"UserName": stage.name("nobody"), "SerialNumber": stage.device().serial, **WRONG_CODES}
    assert outcome(stage.iam.enable_mfa_device, **parameters) == ("NoSuchEntity", 404)


def test_a_device_of_one_user_is_not_enabled_for_a_second(stage: Stage) -> None:
    first, second = stage.user(), stage.user()
    device = stage.enable(first)
    codes = stage.pair(device, second)
    parameters = {"UserName": second.name, "SerialNumber": device.serial, **codes}
    assert outcome(stage.iam.enable_mfa_device, **parameters) == ("EntityAlreadyExists", 409)
    assert assigned(stage, first.name) == [device.serial]


def test_a_user_has_eight_devices_and_no_ninth(stage: Stage) -> None:
    user = stage.user()
    devices = [stage.enable(user) for _ in range(8)]
    ninth = stage.device()
    codes = stage.pair(ninth, user)
    parameters = {"UserName": user.name, "SerialNumber": ninth.serial, **codes}
    assert outcome(stage.iam.enable_mfa_device, **parameters) == ("LimitExceeded", 409)
    assert sorted(assigned(stage, user.name)) == sorted(device.serial for device in devices)


def test_an_assigned_device_is_not_deleted_and_its_user_neither(stage: Stage) -> None:
    user = stage.user()
    device = stage.enable(user)
    assert outcome(stage.iam.delete_virtual_mfa_device, SerialNumber=device.serial) == ("DeleteConflict", 409)
    stage.iam.delete_access_key(UserName=user.name, AccessKeyId=user.key.key_id)
    found = refusal(stage.iam.delete_user, UserName=user.name)
    assert (found.code, found.status) == ("DeleteConflict", 409)
    assert found.message.startswith("Cannot delete entity, must delete MFA device first")
    assert assigned(stage, user.name) == [device.serial]


@pytest.mark.parametrize("name", ["a b", "ä", "a/b", "a:b"])
def test_a_device_name_has_no_blank_and_nothing_else_that_serials_lack(stage: Stage, name: str) -> None:
    found = refusal(stage.iam.create_virtual_mfa_device, VirtualMFADeviceName=stage.name() + name)
    assert (found.code, found.status) == ("ValidationError", 400)
    assert found.message.startswith("1 validation error detected: Value ")
    assert "at 'virtualMFADeviceName' failed to satisfy constraint: " in found.message


def test_a_name_is_given_once(stage: Stage) -> None:
    name = stage.name("phone")
    stage.device(name)
    found = refusal(stage.iam.create_virtual_mfa_device, VirtualMFADeviceName=name)
    assert (found.code, found.status) == ("EntityAlreadyExists", 409)
    assert found.message == "MFADevice entity at the same path and name already exists."


def test_the_seed_is_64_characters_of_base32_and_the_serial_is_the_arn(stage: Stage) -> None:
    name = stage.name("phone")
    device, other = stage.device(name), stage.device()
    assert device.serial == stage.arn("mfa", name)
    assert re.fullmatch("[A-Z2-7]{64}", device.seed.reveal())
    assert device.seed != other.seed


def test_the_qr_code_is_a_square_picture(stage: Stage) -> None:
    width, height = size_of(stage.device().png)
    assert width == height >= 21, "the smallest QR code has 21 modules (ISO/IEC 18004)"


@pytest.mark.sandbox_only("the picture is compared with one that is made here, and AWS's encoder is not known")
def test_the_qr_code_says_what_apps_read_of_it(stage: Stage) -> None:
    name = stage.name("phone")
    device = stage.device(name)
    issuer = "Amazon%20Web%20Services"
    text = f"otpauth://totp/{issuer}:{name}%40{stage.account}?secret={device.seed.reveal()}&issuer={issuer}"
    assert modules(device.png) in _codes_that_say(text)
    assert modules(device.png) not in _codes_that_say(text.replace(name, "other"))


def _codes_that_say(text: str) -> Iterator[list[list[int]]]:
    """The QR codes of a text: of each level of correction and each mask."""
    for level in "LMQH":
        for mask in range(8):
            yield [list(row) for row in segno.make_qr(text, error=level, mask=mask, boost_error=False).matrix]


def test_a_resync_takes_two_codes_in_order_of_the_users_own_device(stage: Stage) -> None:
    user, other = stage.user(), stage.user()
    device = stage.enable(user)
    found = refusal(stage.iam.resync_mfa_device, UserName=user.name, SerialNumber=device.serial, **WRONG_CODES)
    assert (found.code, found.status, found.message) == INVALID_CODE
    codes = stage.pair(device, user)
    wrong = {"UserName": other.name, "SerialNumber": device.serial, **codes}
    assert outcome(stage.iam.resync_mfa_device, **wrong) == ("NoSuchEntity", 404)
    stage.iam.resync_mfa_device(UserName=user.name, SerialNumber=device.serial, **stage.pair(device, user))
    stage.session(user, device)


def test_codes_that_come_late_enable_a_device_that_is_out_of_step_until_a_resync(stage: Stage) -> None:
    user, device = stage.user(), stage.device()
    device.owner = user.name
    step = stage.step()
    late = stage.pair_of(device, step - 10)
    stage.iam.enable_mfa_device(UserName=user.name, SerialNumber=device.serial, **late)
    stage.spend(device, step - 9)
    assert assigned(stage, user.name) == [device.serial]
    code = stage.next_code(device)
    sts = stage.client("sts", user)
    assert outcome(sts.get_session_token, SerialNumber=device.serial, TokenCode=code) == ("AccessDenied", 403)
    stage.iam.resync_mfa_device(UserName=user.name, SerialNumber=device.serial, **stage.pair(device, user))
    stage.session(user, device)


def test_a_deactivated_device_remains_and_another_user_may_take_it(stage: Stage) -> None:
    first, second = stage.user(), stage.user()
    device = stage.enable(first)
    stage.iam.deactivate_mfa_device(UserName=first.name, SerialNumber=device.serial)
    assert assigned(stage, first.name) == []
    assert device.serial in _virtual(stage, AssignmentStatus="Unassigned")
    parameters = {"UserName": first.name, "SerialNumber": device.serial}
    assert outcome(stage.iam.deactivate_mfa_device, **parameters) == ("NoSuchEntity", 404)
    stage.enable(second, device)
    assert assigned(stage, second.name) == [device.serial]


def test_a_deleted_device_is_gone_and_its_name_free(stage: Stage) -> None:
    name = stage.name("phone")
    device = stage.device(name)
    stage.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    assert outcome(stage.iam.delete_virtual_mfa_device, SerialNumber=device.serial) == ("NoSuchEntity", 404)
    again = stage.device(name)
    assert (again.serial, again.seed == device.seed) == (device.serial, False)


def test_virtual_devices_are_listed_whether_assigned_or_not_unless_asked_otherwise(stage: Stage) -> None:
    user = stage.user()
    held, free = stage.enable(user).serial, stage.device().serial
    assert {held, free} <= set(_virtual(stage))
    assert {held, free} & set(_virtual(stage, AssignmentStatus="Assigned")) == {held}
    assert {held, free} & set(_virtual(stage, AssignmentStatus="Unassigned")) == {free}
    assert _virtual(stage)[held]["User"]["Arn"] == user.arn
    assert "User" not in _virtual(stage)[free] and "Base32StringSeed" not in _virtual(stage)[free]


def _virtual(stage: Stage, **parameters: str) -> dict[str, dict[str, dict[str, str]]]:
    pages = stage.iam.get_paginator("list_virtual_mfa_devices").paginate(**parameters)
    return {each["SerialNumber"]: each for page in pages for each in page["VirtualMFADevices"]}


def test_tags_are_added_replaced_taken_away_and_listed_by_key(stage: Stage) -> None:
    serial = stage.device().serial
    tags = [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}, {"Key": "c", "Value": "3"}]
    stage.iam.tag_mfa_device(SerialNumber=serial, Tags=tags)
    stage.iam.tag_mfa_device(SerialNumber=serial, Tags=[{"Key": "b", "Value": "2"}])
    stage.iam.untag_mfa_device(SerialNumber=serial, TagKeys=["c"])
    found = stage.iam.list_mfa_device_tags(SerialNumber=serial)["Tags"]
    assert found == [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "2"}]


def test_get_mfa_device_knows_fido_keys_only(stage: Stage) -> None:
    user = stage.user()
    device: Device = stage.enable(user)
    found = outcome(stage.iam.get_mfa_device, UserName=user.name, SerialNumber=device.serial)
    assert found in {("NoSuchEntity", 404), ("ValidationError", 400), ("InvalidInput", 400)}
