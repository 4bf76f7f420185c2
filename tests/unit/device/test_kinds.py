"""What a device is, by its serial number."""

from __future__ import annotations

import pytest

from iamfa.device.kinds import Serial, advice_on, kind_of, name_of, usable_for_sts

FIDO = "arn:aws:iam::123456789012:u2f/user/alice/blue-key-AB2CDEFGHIJKLMNOPQRSTUVWX7"


@pytest.mark.parametrize(
    ("serial", "kind", "name", "path"),
    [
        ("arn:aws:iam::123456789012:mfa/phone", "virtual", "phone", "/"),
        ("arn:aws-cn:iam::123456789012:mfa/team/red/phone", "virtual", "phone", "/team/red/"),
        ("GAHT12345678", "hardware", "GAHT12345678", "/"),
        (FIDO, "fido", "blue-key", "/user/alice/"),
        ("arn:aws:iam::123456789012:u2f/user/alice/blue", "fido", "blue", "/user/alice/"),
        ("arn:aws:iam::123456789012:user/alice", "unknown", "arn:aws:iam::123456789012:user/alice", "/"),
        ("arn:aws:iam::123456789012:sms-mfa/alice", "unknown", "arn:aws:iam::123456789012:sms-mfa/alice", "/"),
        ("arn:aws:sts::123456789012:mfa/phone", "unknown", "arn:aws:sts::123456789012:mfa/phone", "/"),
        ("arn:aws:iam::1234:mfa/phone", "unknown", "arn:aws:iam::1234:mfa/phone", "/"),
        ("arn:aws:iam::123456789012:mfa/", "unknown", "arn:aws:iam::123456789012:mfa/", "/"),
        ("arn:aws:mfa", "unknown", "arn:aws:mfa", "/"),
        ("phone", "unknown", "phone", "/"),
        ("two words of a serial", "unknown", "two words of a serial", "/"),
        ("", "unknown", "", "/"),
    ],
)
def test_kind_name_and_path_are_read_off_the_serial(serial: str, kind: str, name: str, path: str) -> None:
    found = Serial.read(serial)
    assert (kind_of(serial), name_of(serial), found.path) == (kind, name, path)
    assert usable_for_sts(serial) == (kind in ("virtual", "hardware"))
    assert (advice_on(serial) is None) == usable_for_sts(serial)


def test_the_serial_of_a_virtual_device_tells_its_account_and_that_of_a_token_does_not() -> None:
    virtual = Serial.read("arn:aws-us-gov:iam::123456789012:mfa/phone")
    assert (virtual.partition, virtual.account) == ("aws-us-gov", "123456789012")
    assert Serial.read("GAHT12345678").account is None


def test_for_a_fido_device_it_is_said_what_to_do_instead() -> None:
    advice = str(advice_on(FIDO))
    assert "`aws login`" in advice
    assert "`iamfa device add NAME`" in advice
    assert "no serial number" in str(advice_on("arn:aws:iam::123456789012:user/alice"))
