"""AWS's own rule of 2023-04-21: who has a device enables and disables his own only when signed in with one.

The bulletin AWS-2023-001 and page id_credentials_mfa. The text was seen.
"""

from __future__ import annotations

import secrets

import pytest
from tests.contract.stage import Stage, refusal
from tests.contract.values import Device, Person, Refusal, allow

OWN_DEVICES = [
    f"iam:{name}"
    for name in (
        "CreateVirtualMFADevice",
        "DeleteVirtualMFADevice",
        "EnableMFADevice",
        "DeactivateMFADevice",
        "ResyncMFADevice",
    )
]
TEXT = (
    "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this "
    "user."
)


def by_the_rule(found: Refusal) -> bool:
    return (found.code, found.status, found.message) == ("AccessDenied", 403, TEXT)


@pytest.fixture
def alice(stage: Stage) -> Person:
    """She may do everything with devices, as far as policies say."""
    return stage.user(allow(OWN_DEVICES))


@pytest.fixture
def phone(stage: Stage, alice: Person) -> Device:
    """Her first device, enrolled with her key alone."""
    iam = stage.client("iam", alice)
    return stage.enable(alice, stage.device(by=iam), by=iam)


def test_the_first_device_is_enrolled_with_a_key_alone(stage: Stage, alice: Person, phone: Device) -> None:
    [found] = stage.iam.list_mfa_devices(UserName=alice.name)["MFADevices"]
    assert found["SerialNumber"] == phone.serial


def test_with_a_key_alone_no_second_is_enabled_and_the_first_not_disabled(
    stage: Stage, alice: Person, phone: Device
) -> None:
    iam = stage.client("iam", alice)
    second = stage.device()
    codes = stage.pair(second, alice)
    parameters = {"UserName": alice.name, "SerialNumber": second.serial, **codes}
    assert by_the_rule(refusal(iam.enable_mfa_device, **parameters))
    assert by_the_rule(refusal(iam.deactivate_mfa_device, UserName=alice.name, SerialNumber=phone.serial))
    assert by_the_rule(refusal(iam.deactivate_mfa_device, SerialNumber=phone.serial)), (
        "the caller, when nobody is named"
    )


def test_with_a_session_of_the_first_both_are_as_the_policies_say(stage: Stage, alice: Person, phone: Device) -> None:
    iam = stage.client("iam", stage.session(alice, phone))
    second = stage.enable(alice, stage.device(by=iam), by=iam)
    iam.deactivate_mfa_device(UserName=alice.name, SerialNumber=phone.serial)
    [left] = stage.iam.list_mfa_devices(UserName=alice.name)["MFADevices"]
    assert left["SerialNumber"] == second.serial
    stage.permit(alice, allow("iam:EnableMFADevice"))
    found = refusal(iam.deactivate_mfa_device, UserName=alice.name, SerialNumber=second.serial)
    assert (found.code, by_the_rule(found)) == ("AccessDenied", False)


def test_any_device_of_the_user_will_do(stage: Stage, alice: Person, phone: Device) -> None:
    second = stage.enable(alice)
    iam = stage.client("iam", stage.session(alice, second))
    iam.deactivate_mfa_device(UserName=alice.name, SerialNumber=phone.serial)


def test_devices_of_others_are_not_concerned(stage: Stage, alice: Person, phone: Device) -> None:
    bob = stage.user()
    iam = stage.client("iam", alice)
    device = stage.enable(bob, by=iam)
    iam.deactivate_mfa_device(UserName=bob.name, SerialNumber=device.serial)


def test_resync_create_and_delete_are_not_named_by_the_rule(stage: Stage, alice: Person, phone: Device) -> None:
    iam = stage.client("iam", alice)
    second = stage.device(by=iam)
    iam.delete_virtual_mfa_device(SerialNumber=second.serial)
    iam.resync_mfa_device(UserName=alice.name, SerialNumber=phone.serial, **stage.pair(phone, alice))


@pytest.mark.sandbox_only("AWS has no API to sign in to the console")
def test_a_console_session_of_before_the_enrolment_is_refused_like_a_key(stage: Stage, alice: Person) -> None:
    password = f"Aa1!{secrets.token_urlsafe(24)}"
    stage.iam.create_login_profile(UserName=alice.name, Password=password)
    before = stage.client("iam", stage.venue.sign_in(alice.name, password))
    device = stage.enable(alice, by=before)
    assert by_the_rule(refusal(before.deactivate_mfa_device, UserName=alice.name, SerialNumber=device.serial))
    after = stage.venue.sign_in(alice.name, password, mfa_code=stage.next_code(device))
    stage.client("iam", after).deactivate_mfa_device(UserName=alice.name, SerialNumber=device.serial)
