"""A new device for an old one: proved first, and at no moment there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cli.commands.conftest import Life, accounts

from iamfa.cli.seeds import Seeds

MFA_LISTS = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "NotAction": "sts:*", "Resource": "*",
   "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"""
NO_REMOVAL = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Sid": "Kept", "Effect": "Deny", "Action": "iam:DeactivateMFADevice", "Resource": "*"}]}"""


def test_with_the_old_one_at_hand_the_new_one_takes_its_place(alice: Life) -> None:
    old = alice.who.device("phone")
    alice.who.device("aside")
    assert alice.device("default", "phone").code == 0
    alice.who.profile("work", mfa_serial=old, source_profile="default")
    terminal = alice.sit(alice.code(), alice.code("phone-2"), alice.code("phone-2", 1), "y")
    found = alice.device("replace", "phone", "--explain")
    assert found.code == 0, found.err
    new = alice.who.serial("phone-2")
    assert [each.split(" (")[0] for each in terminal.questions] == [
        "MFA code of phone", "The code that the app shows for phone-2: ", "MFA code of phone-2", "Write this? [y/N] ",
    ]  # fmt: skip
    assert "its next code proves it, and then phone is removed" in terminal.words
    assert f"phone-2 ({new}) is there; `{old}` is removed" in " ".join(found.out.split())
    assert alice.serials() == {"phone-2", "aside"}
    assert new in alice.device("default").out, "the default goes on"
    assert f"mfa_serial = {new}" in (alice.who.home / ".aws" / "config").read_text()
    assert f"deactivate-mfa-device --user-name {alice.who.name} --serial-number {old} --profile SESSION" in found.err


def test_it_answers_programs_and_takes_a_name(alice: Life) -> None:
    old = alice.who.device("phone")
    alice.sit(alice.code(), alice.code("watch"), alice.code("watch", 1))
    assert alice.device("replace", "phone", "watch", "--format", "json").json == {
        "version": 1, "added": alice.who.serial("watch"), "removed": old, "deleted": True, "denied": None,
        "administrator_command": None,
    }  # fmt: skip


def test_a_lost_one_is_replaced_by_the_code_of_another(alice: Life) -> None:
    for name in ("phone", "tablet"):
        alice.who.device(name)
    terminal = alice.sit(alice.code("tablet"), alice.code("phone-2"), alice.code("phone-2", 1))
    assert alice.device("replace", "phone", "--lost").code == 0
    assert terminal.questions[0].startswith("MFA code of tablet")
    assert alice.serials() == {"tablet", "phone-2"}


def test_of_several_others_one_is_chosen(alice: Life) -> None:
    for name in ("phone", "tablet", "watch"):
        alice.who.device(name)
    terminal = alice.sit("2", alice.code("watch"), KeyboardInterrupt)
    assert alice.device("replace", "phone", "--lost").code == 130
    assert terminal.questions[1].startswith("MFA code of watch")
    assert alice.serials() == {"phone", "tablet", "watch"}


def test_a_lost_one_without_another_is_for_an_administrator(alice: Life) -> None:
    serial = alice.who.device("phone")
    alice.sit()
    found = alice.device("replace", "phone", "--lost")
    assert found.code == 4
    command = f"aws iam deactivate-mfa-device --user-name {alice.who.name} --serial-number {serial}"
    assert command in found.err
    assert alice.calls("CreateVirtualMFADevice") == []


def test_broken_off_in_the_middle_both_stay_and_that_is_said(alice: Life) -> None:
    alice.who.device("phone")
    alice.sit(alice.code(), alice.code("phone-2"), KeyboardInterrupt)
    found = alice.device("replace", "phone")
    assert found.code == 130
    assert "you have both, phone and phone-2; `iamfa device remove phone` takes the old one" in " ".join(
        found.err.split()
    )
    assert alice.serials() == {"phone", "phone-2"}


def test_a_refused_removal_is_explained_and_both_stay(alice: Life) -> None:
    alice.policy(NO_REMOVAL)
    alice.who.device("phone")
    alice.sit(alice.code(), alice.code("phone-2"), alice.code("phone-2", 1))
    found = alice.device("replace", "phone")
    assert found.code == 4
    assert "the statement `Kept` in the policy `own`" in found.err
    assert "you have both" in found.err


def test_where_deletion_is_denied_it_is_said_who_deletes_the_old_one(alice: Life) -> None:
    alice.policy(Path("aws-p1.json"))
    serial = alice.who.device("phone")
    alice.sit(alice.code(), alice.code("phone-2"), alice.code("phone-2", 1))
    found = alice.device("replace", "phone")
    assert found.code == 0, found.err
    assert (
        f"an administrator deletes it with:\n  aws iam delete-virtual-mfa-device --serial-number {serial}\n"
        in found.err
    )


def test_what_cannot_be_is_told_before_a_code_is_asked_for(alice: Life) -> None:
    for number in range(8):
        alice.who.device(f"device-{number}")
    alice.sit()
    full = alice.device("replace", "device-3")
    assert full.code == 4
    assert "no new one can be added before one is removed" in full.err
    absent = alice.device("replace", "absent")
    assert absent.code == 2
    assert "you have no device `absent`" in absent.err


def test_a_fido_key_is_replaced_by_the_code_of_another(alice: Life) -> None:
    alice.who.key_of_fido("blue")
    alice.who.device("phone")
    alice.sit(alice.code(), alice.code("second"), alice.code("second", 1))
    assert alice.device("replace", "blue", "second").code == 0
    assert alice.serials() == {"phone", "second"}


def test_where_listing_takes_mfa_and_the_program_of_the_profile_gives_the_code(alice: Life) -> None:
    alice.policy(MFA_LISTS)
    serial = alice.who.device("phone")
    alice.who.profile(
        "work", mfa_serial=serial, source_profile="default", mfa_process=f"echo {alice.seed_code('phone')}"
    )
    terminal = alice.sit(alice.code("watch"), alice.code("watch", 1), "n")
    found = alice.device("replace", "phone", "watch", "--profile", "work")
    assert found.code == 0, found.err
    assert "MFA code of watch" in terminal.shown, "the program's codes are those of the old one"


def test_a_session_that_is_kept_is_taken_and_a_named_device_as_well(alice: Life) -> None:
    for name in ("phone", "tablet"):
        alice.who.device(name)
    alice.sit(alice.code("tablet"), KeyboardInterrupt)
    assert alice.device("replace", "phone", "--device", "tablet").code == 130
    terminal = alice.sit(KeyboardInterrupt)
    assert alice.device("replace", "phone").code == 130
    assert terminal.questions[0].startswith("The code that the app shows for phone-2")


def test_with_a_program_for_the_codes_it_is_left_to_the_profile(alice: Life) -> None:
    serial = alice.who.device("phone")
    alice.who.profile(
        "work", mfa_serial=serial, source_profile="default", mfa_process=f"echo {alice.seed_code('phone')}"
    )
    alice.sit(KeyboardInterrupt)
    assert alice.device("replace", "phone", "--profile", "work").code == 130
    assert alice.calls("GetSessionToken") == ["GetSessionToken"]


def test_the_address_alone_is_on_standard_output(alice: Life) -> None:
    alice.who.device("phone")
    alice.sit(alice.code(), alice.code("phone-2"), alice.code("phone-2", 1))
    found = alice.device("replace", "phone", "--uri")
    assert [line.partition(":")[0] for line in found.out.splitlines()] == ["otpauth"]
    assert "is there;" in found.err


def test_without_a_terminal_nothing_is_begun(alice: Life) -> None:
    alice.who.device("phone")
    found = alice.device("replace", "phone")
    assert found.code == 2
    assert "there is no terminal" in found.err
    assert alice.calls("CreateVirtualMFADevice") == []
    for name in ("tablet", "watch"):
        alice.who.device(name)
    assert alice.device("replace", "phone", "--lost").code == 2


def test_a_yubikey_proves_itself(alice: Life, ykman: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.who.device("phone")
    asked: list[str] = []
    real = Seeds._code_of_key

    def next_one(self: Seeds, serial: str) -> object:
        asked.append(serial)
        return real(self, serial) if len(asked) == 1 else type(real(self, serial))(alice.seed_code("key", 1))

    monkeypatch.setattr(Seeds, "_code_of_key", next_one)
    alice.sit(alice.code())
    found = alice.device("replace", "phone", "key", "--yubikey")
    assert found.code == 0, found.err
    assert asked == [alice.who.serial("key")] * 2
    assert [*accounts(ykman)] == [alice.who.serial("key")]
    assert alice.serials() == {"key"}
