"""Devices that no call of AWS's API makes are put in whole, or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.unit.sandbox.direct import NUMBER, START, Direct

from iamfa.account.entities import ROOT_USER
from iamfa.errors import IamfaError
from iamfa.otp import SeedError
from iamfa.sandbox.seeding import add_fido_device, add_hardware_device, add_root_device
from iamfa.secret import Secret

SEED = Secret("JBSWY3DPEHPK3PXP" * 2)


@pytest.fixture
def box() -> Direct:
    found = Direct()
    found.user("alice", path="/team/")
    return found


def test_a_hardware_token_is_put_in_with_a_user_or_without(box: Direct) -> None:
    free = add_hardware_device(box.account, "GAHT12345678", SEED, START)
    assert (free.kind, free.user, free.enabled) == ("hardware", None, None)
    held = add_hardware_device(box.account, "GAHT87654321", SEED, START, "alice")
    assert (held.user, held.enabled) == ("alice", START)
    assert set(box.account.devices) == {free.serial, held.serial}


def test_a_fido_key_has_awss_form_of_serial(box: Direct) -> None:
    key = add_fido_device(box.account, box.state.ids, "alice", "blue", {"FIDO": "L1"}, START)
    assert re.fullmatch(rf"arn:aws:iam::{NUMBER}:u2f/user/alice/blue-[A-Z2-7]{{26}}", key.serial)
    assert (key.kind, key.seed, dict(key.certifications)) == ("fido", None, {"FIDO": "L1"})
    root = add_fido_device(box.account, box.state.ids, ROOT_USER, "blue", {}, START)
    assert root.serial.partition(f":{NUMBER}:u2f/")[2].startswith("root/blue-")


def test_a_device_of_the_root_user_is_his(box: Direct) -> None:
    device = add_root_device(box.account, "safe", SEED, START)
    assert (device.serial, device.user, device.kind) == (f"arn:aws:iam::{NUMBER}:mfa/safe", ROOT_USER, "virtual")


@pytest.mark.parametrize(
    ("put_in", "words"),
    [
        (lambda box: add_hardware_device(box.account, "SHORT1", SEED, START), "no serial"),
        (lambda box: add_hardware_device(box.account, "GAHT 12345678", SEED, START), "no serial"),
        (lambda box: add_hardware_device(box.account, "arn:aws:iam::1:mfa/a", SEED, START), "is an ARN"),
        (lambda box: add_hardware_device(box.account, "GAHT12345678", SEED, START, "nobody"), "no user `nobody`"),
        (lambda box: add_fido_device(box.account, box.state.ids, "nobody", "key", {}, START), "no user `nobody`"),
        (lambda box: add_fido_device(box.account, box.state.ids, "alice", "a/b", {}, START), "no name"),
        (lambda box: add_root_device(box.account, "", SEED, START), "no name"),
    ],
)
def test_what_aws_would_not_have_is_refused(box: Direct, put_in: Callable[[Direct], object], words: str) -> None:
    with pytest.raises(IamfaError, match=words):
        put_in(box)
    assert box.account.devices == {}


def test_a_seed_must_be_one(box: Direct) -> None:
    with pytest.raises(SeedError):
        add_hardware_device(box.account, "GAHT12345678", Secret("not base32"), START)
    with pytest.raises(SeedError):
        add_root_device(box.account, "safe", Secret("not base32"), START)


def test_a_serial_is_there_once_and_a_user_has_eight_devices(box: Direct) -> None:
    for n in range(8):
        add_hardware_device(box.account, f"GAHT1234567{n}", SEED, START, "alice")
    with pytest.raises(IamfaError, match="has a device `GAHT12345670` already"):
        add_hardware_device(box.account, "GAHT12345670", SEED, START)
    with pytest.raises(IamfaError, match="8 devices already"):
        add_fido_device(box.account, box.state.ids, "alice", "key", {}, START)
