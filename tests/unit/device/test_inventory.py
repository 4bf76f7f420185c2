"""A user's own devices, listed or known otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.device.stage import ACCOUNT, ARN, NOTHING, Stage

from iamfa.account.entities import Device
from iamfa.device.defaults import Defaults
from iamfa.device.inventory import inventory
from iamfa.device.journal import Journal
from iamfa.device.own_user import OwnUser
from iamfa.gateway.faults import NotThereError

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
LISTING_DENIED = f"""{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Action": "iam:ListMFADevices",
  "Resource": "{ARN}:user/*"}}]}}"""


def give(stage: Stage, user: OwnUser, serial: str, kind: str) -> str:
    """A device that AWS's API does not enrol: a FIDO key, or a token that was ordered."""

    def put(state: object) -> None:
        device = Device(serial, kind, user=user.name, enabled=NOON, created=NOON)  # type: ignore[arg-type]  # of the table
        state.account.devices[serial] = device  # type: ignore[attr-defined]  # the sandbox's state

    stage.box.call(put)
    return serial


def test_devices_of_every_kind_are_listed_under_a_narrow_policy(stage: Stage, tmp_path: Path) -> None:
    user = stage.user(Path("story-1-outdated.json"))
    phone = stage.enrolled(user, "phone")
    fido = give(stage, user, f"{ARN}:u2f/user/{user.name}/blue-AB2CDEFGHIJKLMNOPQRSTUVWX7", "fido")
    token = give(stage, user, "GAHT12345678", "hardware")
    defaults = Defaults(tmp_path)
    defaults.set(user, token)
    found = inventory(stage.calls(user.name), user, defaults=defaults)
    assert found.is_complete
    assert {(each.serial, each.kind, each.name, each.is_default, each.usable_for_sts) for each in found.devices} == {
        (phone, "virtual", "phone", False, True),
        (fido, "fido", "blue", False, False),
        (token, "hardware", token, True, True),
    }
    assert all(each.since is not None and each.known_from == "list" for each in found.devices)
    assert found.default is not None
    assert found.meant is found.default
    assert [each.serial for each in found.named("blue")] == [fido]
    assert [each.serial for each in found.named(phone)] == [phone]
    assert replace(found, devices=tuple(each for each in found.devices if each.serial != token)).meant == next(
        each for each in found.devices if each.serial == phone
    ), "of several the only usable one needs no question"


def test_several_usable_devices_without_a_default_leave_a_question(stage: Stage) -> None:
    user = stage.user()
    for name in ("several-1", "several-2"):
        stage.enrolled(user, name)
    assert inventory(stage.calls(user.name), user).meant is None


def test_a_default_that_is_gone_is_said_and_dropped(stage: Stage, tmp_path: Path) -> None:
    user, defaults = stage.user(), Defaults(tmp_path)
    defaults.set(user, f"{ARN}:mfa/gone")
    found = inventory(stage.calls(user.name), user, defaults=defaults)
    assert (found.devices, found.is_complete) == ((), True)
    assert found.dropped_default == f"{ARN}:mfa/gone"
    assert defaults.get(user) is None
    assert inventory(stage.calls(user.name), user, defaults=defaults).dropped_default is None


def test_where_listing_is_denied_what_is_known_is_shown_with_the_reason(stage: Stage, tmp_path: Path) -> None:
    user = stage.user(NOTHING)
    defaults, journal = Defaults(tmp_path), Journal(tmp_path)
    phone, begun = f"{ARN}:mfa/known", f"{ARN}:mfa/begun"
    defaults.set(user, "GAHT12345678")
    journal.add(begun, NOON)
    journal.add("arn:aws:iam::210987654321:mfa/of-another-account", NOON)
    found = inventory(stage.calls(user.name), user, defaults=defaults, journal=journal, profile_serial=phone)
    assert [(each.serial, each.known_from) for each in found.devices] == [
        (phone, "profile"), ("GAHT12345678", "default"), (begun, "journal"),
    ]  # fmt: skip
    assert not found.is_complete
    assert str(found.denied) == (f"`iam:ListMFADevices` on `{user.arn}` is refused: no identity-based policy allows it")
    assert found.denied is not None
    assert found.denied.remedy == f"ask an administrator to allow `iam:ListMFADevices` on `{user.arn}`"
    assert found.default is not None
    assert defaults.get(user) == "GAHT12345678", "what cannot be looked up is not forgotten"


def test_a_device_that_only_the_journal_knows_is_meant_by_nobody(stage: Stage, tmp_path: Path) -> None:
    user, journal = stage.user(NOTHING), Journal(tmp_path)
    journal.add(f"{ARN}:mfa/begun", NOON)
    assert inventory(stage.calls(user.name), user, journal=journal).meant is None


def test_an_explicit_deny_is_told_apart(stage: Stage) -> None:
    user = stage.user(LISTING_DENIED)
    found = inventory(stage.calls(user.name), user)
    assert found.devices == ()
    assert found.denied is not None
    assert found.denied.why == "an identity-based policy denies it explicitly"
    assert "ask an administrator to exempt `iam:ListMFADevices`" in found.denied.remedy


def test_what_is_no_denial_is_no_empty_list(stage: Stage) -> None:
    nobody = OwnUser("aws", ACCOUNT, "nobody", f"{ARN}:user/nobody")
    with pytest.raises(NotThereError):
        inventory(stage.admin, nobody)


def test_a_home_that_cannot_be_written_hides_no_devices(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    user, defaults = stage.user(), Defaults(tmp_path)
    defaults.set(user, f"{ARN}:mfa/gone")
    monkeypatch.setattr("iamfa.device.kept.write_text", read_only)
    assert inventory(stage.calls(user.name), user, defaults=defaults).dropped_default == f"{ARN}:mfa/gone"
    assert defaults.get(user) == f"{ARN}:mfa/gone"
