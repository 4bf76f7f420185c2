"""Which device a code is to be of."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.terminal.people import EVERYTHING, Person, person
from tests.unit.session.stand import Stand, as_a_file, stand

import iamfa
from iamfa.device.own_user import OwnUser
from iamfa.errors import IamfaError
from iamfa.session.chosen import Chosen, DeviceChoiceError

DENIED = {"Effect": "Deny", "Action": "iam:ListMFADevices", "Resource": "*"}


def chosen(at: Stand, profile: str | None = None, **options: object) -> Chosen:
    asked = at.wanted(profile, **options)
    means = at.means(asked)
    who = at.person
    user = OwnUser("aws", who.account, who.name, f"arn:aws:iam::{who.account}:user/{who.name}")
    return Chosen(asked, user, means.connect(asked.keys, "iam"), means)


def refusal(at: Stand, profile: str | None = None, **options: object) -> IamfaError:
    with pytest.raises(DeviceChoiceError) as told:
        chosen(at, profile, **options)
    return told.value


def test_the_only_device_is_taken_and_named(alice: Person) -> None:
    at = stand(alice)
    found = chosen(at)
    assert (found.serial, found.name, found.others) == (alice.serial("phone"), "phone", ())
    assert found.question().device == "phone"
    assert at.watched.commands == [f"aws iam list-mfa-devices --user-name {alice.name} --profile default"]


def test_a_serial_of_the_profile_needs_no_list(alice: Person) -> None:
    alice.profile("named", mfa_serial=alice.serial("phone"), source_profile="default")
    at = stand(alice)
    assert chosen(at, "named").serial == alice.serial("phone")
    assert at.watched.commands == []


def test_a_fido_key_in_the_profile_is_passed_over_with_advice(alice: Person) -> None:
    alice.profile("fido", mfa_serial=alice.key_of_fido(), source_profile="default")
    at = stand(alice)
    assert chosen(at, "fido").serial == alice.serial("phone")
    assert "the `mfa_serial` of the profile is not taken: a FIDO security key" in at.watched.told[0]


def test_one_of_several_is_chosen_once(alice: Person) -> None:
    alice.device("tablet")
    assert chosen(stand(alice, number=1)).serial == alice.serial("tablet")
    again = chosen(stand(alice))
    assert (again.serial, again.others) == (alice.serial("tablet"), ("phone",))


def test_where_nobody_can_choose_the_devices_and_the_way_are_told(alice: Person) -> None:
    alice.device("tablet")
    told = refusal(stand(alice))
    assert "has 2 devices: `phone`, `tablet`" in told.message
    assert "`iamfa device default phone --profile default`" in str(told.hint)


def test_a_choice_that_cannot_be_remembered_is_made_all_the_same(alice: Person) -> None:
    alice.device("tablet")
    at = stand(alice, number=1)
    with as_a_file(alice.home / "state"):
        assert chosen(at).serial == alice.serial("tablet")
    assert {each.partition(":")[0] for each in at.watched.told} == {"no default device is remembered"}


def test_defaults_that_are_damaged_stop_nobody(alice: Person) -> None:
    (alice.home / "state").mkdir()
    (alice.home / "state" / "default-devices.json").write_text("{")
    at = stand(alice)
    assert chosen(at).serial == alice.serial("phone")
    assert "default-devices.json` is no JSON; move" in at.watched.told[0]


def test_a_default_that_is_gone_is_forgotten_and_said(alice: Person) -> None:
    alice.device("tablet")
    chosen(stand(alice, number=1))
    alice.lose("tablet")
    at = stand(alice)
    assert chosen(at).serial == alice.serial("phone")
    assert at.watched.told == [f"the default device `{alice.serial('tablet')}` is gone; it is forgotten"]


def test_a_device_is_named_by_name_or_serial(alice: Person) -> None:
    token = alice.device(serial="GAHT87654321")
    assert chosen(stand(alice), device="phone").serial == alice.serial("phone")
    assert chosen(stand(alice), device=token).serial == token
    at = stand(alice)
    assert chosen(at, device=alice.serial("phone")).serial == alice.serial("phone")
    assert at.watched.commands == []


def test_two_of_one_name_are_told_apart_by_serial(alice: Person) -> None:
    second = f"arn:aws:iam::{alice.account}:mfa/second/phone"
    alice.device(serial=second)
    told = refusal(stand(alice), device="phone")
    assert told.message == "2 devices are called `phone`"
    assert second in str(told.hint)


def test_what_cannot_be_taken_is_refused_with_advice(alice: Person) -> None:
    fido = alice.key_of_fido("yellow")
    for named in ("yellow", fido):
        assert "aws login" in str(refusal(stand(alice), device=named).hint)
    assert "is no serial number" in str(refusal(stand(alice), device="arn:aws:iam::1:user/x").hint)
    told = refusal(stand(alice), device="fone")
    assert "has no device `fone`" in told.message
    assert "`phone`" in str(told.hint)


def test_without_a_device_it_is_said_how_to_get_one(box: iamfa.Sandbox, tmp_path: Path) -> None:
    bob = person(box, tmp_path, devices=())
    assert refusal(stand(bob)).hint == "enrol one: `iamfa device add NAME --profile default`"
    assert refusal(stand(bob), device="phone").hint == "enrol one: `iamfa device add NAME`"
    bob.key_of_fido()
    told = refusal(stand(bob))
    assert "has only devices that give no codes" in told.message
    assert "aws login" in str(told.hint)


def test_where_the_list_is_denied_a_name_is_believed_and_a_serial_asked_for(box: iamfa.Sandbox, tmp_path: Path) -> None:
    bob = person(box, tmp_path, statements=(EVERYTHING, DENIED))
    told = refusal(stand(bob))
    assert "cannot be listed" in told.message
    assert f"--device arn:aws:iam::{bob.account}:mfa/NAME" in str(told.hint)
    assert chosen(stand(bob), device="tablet").serial == f"arn:aws:iam::{bob.account}:mfa/tablet"
    bob.profile("named", mfa_serial=bob.serial("phone"), source_profile="default")
    assert not chosen(stand(bob), "named").heal()


def test_healing_takes_the_device_there_is_once(alice: Person) -> None:
    alice.profile("stale", mfa_serial=alice.serial("old"), source_profile="default")
    found = chosen(stand(alice), "stale")
    assert found.heal()
    assert (found.serial, found.healed_from) == (alice.serial("phone"), alice.serial("old"))
    assert not found.heal()
    alice.profile("right", mfa_serial=alice.serial("phone"), source_profile="default")
    assert not chosen(stand(alice), "right").heal()
    alice.lose("phone")
    with pytest.raises(DeviceChoiceError, match="has no MFA device"):
        chosen(stand(alice), "stale").heal()


def test_healing_lets_choose_where_there_are_several(alice: Person) -> None:
    alice.device("tablet")
    alice.profile("stale", mfa_serial=alice.serial("old"), source_profile="default")
    found = chosen(stand(alice, number=1), "stale")
    assert found.heal()
    assert found.serial == alice.serial("tablet")
