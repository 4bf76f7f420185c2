"""The devices are listed, or it is said why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cli.commands.conftest import Life

from iamfa.account.entities import Device
from iamfa.sandbox.live import State

NO_LISTING = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Sid": "Hidden", "Effect": "Deny", "Action": "iam:ListMFADevices", "Resource": "*"}]}"""
MFA_LISTS = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "NotAction": "sts:*", "Resource": "*",
   "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"""


def test_every_kind_is_told_apart(alice: Life) -> None:
    for serial in (None, "GAHT12345678"):
        alice.who.device("phone", serial=serial)
    alice.who.device(alice.who.name)
    fido = alice.who.key_of_fido("blue")
    assert alice.device("default", "phone").code == 0
    found = alice.device("list")
    assert found.code == 0
    assert f"{alice.who.name} in account 123456789012" in found.out
    lines = {line.split(":")[0].strip(): line for line in found.out.splitlines() if line.startswith("  ")}
    assert lines["✓ phone"].endswith(", the default")
    assert ": hardware, since 2" in lines["✓ GAHT12345678"]
    assert "gives no codes: not for sessions" in lines["✗ blue"]
    assert "A FIDO security key or passkey gives no codes" in found.out

    shown = alice.device("list", "--format", "json").json
    assert {key: shown[key] for key in ("version", "account", "user", "complete", "denied")} == {
        "version": 1, "account": "123456789012", "user": f"arn:aws:iam::123456789012:user/{alice.who.name}",
        "complete": True, "denied": None,
    }  # fmt: skip
    assert [*shown["devices"][0]] == ["serial", "name", "kind", "since", "usable_for_sts", "default", "known_from"]
    assert {each["name"]: (each["kind"], each["usable_for_sts"], each["default"]) for each in shown["devices"]} == {
        "phone": ("virtual-any-name", True, True),
        alice.who.name: ("virtual-own-name", True, False),
        "GAHT12345678": ("hardware", True, False),
        "blue": ("fido", False, False),
    }
    assert fido in found.out


def test_narrow_and_without_signs_it_is_readable(alice: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.who.device("a-device-with-a-name-that-goes-on-and-on")
    monkeypatch.setenv("NO_COLOR", "1")
    found = alice.device("list", "--quiet", width=60)
    assert "\x1b" not in found.out
    assert all(len(line) <= 60 or " " not in line.strip() for line in found.out.splitlines())


def test_where_listing_is_denied_what_is_known_is_shown_and_why_no_more(alice: Life) -> None:
    alice.policy(NO_LISTING)
    serial = alice.who.device("phone")
    assert alice.device("default", serial).code == 0
    found = alice.device("list")
    said = " ".join(found.out.split())
    assert found.code == 4
    assert "(it is the remembered default)" in said
    assert "AWS does not list the devices: `iam:ListMFADevices` on" in said
    assert "a policy denies it explicitly" in said or "denies it explicitly" in said
    shown = alice.device("list", "--format", "json")
    assert shown.code == 4
    assert (shown.json["complete"], shown.json["devices"][0]["known_from"]) == (False, "default")
    assert shown.json["denied"].startswith("`iam:ListMFADevices` on")


def test_a_session_that_is_kept_lists_what_the_key_may_not(alice: Life) -> None:
    alice.who.device("phone")
    alice.policy(MFA_LISTS)
    assert alice.device("list").code == 4
    alice.sit(alice.code())
    assert alice.login("--device", alice.who.serial("phone")).code == 0
    alice.leave()
    assert "phone" in alice.device("list").out

    # One that was ended from outside does not count.
    alice.who.box.call(lambda state: state.sessions.clear())
    assert alice.device("list").code == 4


def test_a_default_that_is_gone_is_told(alice: Life) -> None:
    alice.who.device("phone")
    assert alice.device("default", "phone").code == 0
    alice.who.lose("phone")
    assert "is gone, and forgotten" in alice.device("list").out
    assert "is gone" not in alice.device("list").out


def test_the_command_is_shown_as_the_aws_cli_takes_it(alice: Life, tmp_path: Path) -> None:
    alice.who.profile('"my work"', **alice.who.keys)
    found = alice.device("list", "--explain", "--profile", "my work")
    assert f"$ aws iam list-mfa-devices --user-name {alice.who.name} --profile 'my work'\n" in found.err


def test_keys_of_the_environment_name_no_profile(alice: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in alice.who.box.environment_of(alice.who.name).items():
        monkeypatch.setenv(name, value)
    found = alice.device("list", "--explain")
    assert f"$ aws sts get-caller-identity\n$ aws iam list-mfa-devices --user-name {alice.who.name}\n" in found.err
    alice.sit(alice.code())
    assert "\n  iamfa login\n" in alice.device("add", "phone").err


def test_a_device_under_a_path_has_a_free_name(alice: Life) -> None:
    serial = f"arn:aws:iam::123456789012:mfa/team/{alice.who.name}-2"

    def add(state: State) -> None:
        now = state.clock.now()
        state.account.devices[serial] = Device(serial, "virtual", alice.who.name, now, now)

    alice.who.box.call(add)
    assert alice.device("list", "--format", "json").json["devices"][0]["name"] == f"{alice.who.name}-2"
