"""A device is taken away, but not the last one by mistake."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.commands.conftest import Life

PAGE = Path("aws-p1.json")
MFA_LISTS = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "NotAction": "sts:*", "Resource": "*",
   "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"""
NO_REMOVAL = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Sid": "Kept", "Effect": "Deny", "Action": "iam:DeactivateMFADevice", "Resource": "*"}]}"""


def test_it_asks_first_and_removes_in_a_session(alice: Life) -> None:
    for name in ("phone", "tablet"):
        alice.who.device(name)
    terminal = alice.sit("n")
    kept = alice.device("remove", "tablet")
    assert kept.code == 2
    assert "nothing was removed" in kept.err
    assert terminal.shown.startswith(f"Remove tablet ({alice.who.serial('tablet')}) of {alice.who.name}? [y/N] ")

    alice.sit("y", alice.code())
    found = alice.device("remove", "tablet", "--device", "phone", "--explain")
    assert found.code == 0, found.err
    assert found.out == f"`{alice.who.serial('tablet')}` is removed\n"
    assert alice.serials() == {"phone"}
    for call in ("deactivate-mfa-device", "delete-virtual-mfa-device"):
        assert f"$ aws iam {call}" in found.err
    assert "--profile SESSION" in found.err


def test_the_last_one_is_removed_only_if_that_is_said(alice: Life) -> None:
    serial = alice.who.device("phone")
    alice.sit()
    kept = alice.device("remove", "phone", "--yes")
    assert kept.code == 2
    assert "`phone` is your only device" in kept.err
    assert "--last" in kept.err
    alice.sit(alice.code())
    found = alice.device("remove", "phone", "--yes", "--last", "--format", "json")
    assert found.json == {
        "version": 1, "removed": serial, "deleted": True, "denied": None, "administrator_command": None,
    }  # fmt: skip
    assert alice.serials() == set()


def test_the_last_that_gives_codes_is_kept_beside_a_fido_key_and_the_fido_key_goes(alice: Life) -> None:
    alice.who.device("phone")
    alice.who.key_of_fido("blue")
    alice.sit()
    kept = alice.device("remove", "phone", "--yes")
    assert kept.code == 2
    assert "your last device that gives codes" in kept.err
    alice.sit(alice.code())
    found = alice.device("remove", "blue", "--yes", "--explain")
    assert found.code == 0
    assert "delete-virtual-mfa-device" not in found.err


def test_of_fido_keys_alone_none_is_removed_or_replaced_here(alice: Life) -> None:
    for name in ("blue", "red"):
        alice.who.key_of_fido(name)
    alice.sit()
    for arguments in (("remove", "blue", "--yes"), ("replace", "blue")):
        found = alice.device(*arguments)
        assert found.code == 4
        assert "FIDO devices give no codes: do it in the console" in found.err


def test_where_deletion_is_denied_it_is_said_who_deletes_it(alice: Life) -> None:
    alice.policy(PAGE)
    for name in ("phone", "tablet"):
        alice.who.device(name)
    serial = alice.who.serial("tablet")
    alice.sit(alice.code())
    found = alice.device("remove", "tablet", "--yes", "--quiet", "--device", "phone")
    assert found.code == 0
    assert "is yours no more; it is not deleted, so that its name stays taken" in " ".join(found.out.split())
    assert f"\n  aws iam delete-virtual-mfa-device --serial-number {serial}\n" in f"\n{found.err}"
    alice.who.device("third")
    third = alice.device("remove", "third", "--yes", "--format", "json").json
    assert third["deleted"] is False
    assert third["denied"].startswith("`iam:DeleteVirtualMFADevice` on")
    assert third["administrator_command"].endswith(alice.who.serial("third"))


def test_a_hardware_token_is_simply_gone(alice: Life) -> None:
    alice.who.device("phone")
    token = alice.who.device(serial="GAHT12345678")
    alice.sit(alice.code())
    found = alice.device("remove", token, "--yes", "--device", "phone")
    assert found.out == f"`{token}` is removed\n"


def test_where_listing_takes_mfa_a_session_is_obtained_first(alice: Life) -> None:
    alice.policy(MFA_LISTS)
    for name in ("phone", "tablet"):
        alice.who.device(name)
    alice.sit(alice.code(), "y")
    found = alice.device("remove", "tablet", "--device", alice.who.serial("phone"))
    assert found.code == 0, found.err
    assert alice.serials() == {"phone"}


def test_a_refusal_is_explained(alice: Life) -> None:
    alice.policy(NO_REMOVAL)
    for name in ("phone", "tablet"):
        alice.who.device(name)
    alice.sit(alice.code())
    found = alice.device("remove", "tablet", "--yes", "--device", "phone")
    assert found.code == 4
    assert "the statement `Kept` in the policy `own`" in found.err
    assert alice.serials() == {"phone", "tablet"}


def test_without_a_terminal_it_is_said_what_to_run(alice: Life) -> None:
    for name in ("phone", "tablet"):
        alice.who.device(name)
    asked = alice.device("remove", "tablet")
    assert asked.code == 2
    assert "`--yes` removes it without asking" in asked.err
    sure = alice.device("remove", "tablet", "--yes")
    assert sure.code == 2
    assert "iamfa login --profile default" in sure.err
    given = alice.device("remove", "tablet", "--yes", "--device", "phone", "--token-code", alice.seed_code("phone"))
    assert given.code == 0, given.err
    assert alice.serials() == {"phone"}
    assert alice.device("remove", "absent", "--yes").code == 2
