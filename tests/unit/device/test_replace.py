"""A new device for an old one, and two of them wherever it ends halfway."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.device.stage import ARN, Stage

from iamfa.device.defaults import Defaults
from iamfa.device.enrol import Enabled, Enrolment
from iamfa.device.inventory import inventory
from iamfa.device.journal import Journal
from iamfa.device.own_user import OwnUser
from iamfa.device.problems import NameTakenError, NeedsMfaSessionError, TooManyDevicesError
from iamfa.device.replace import Replacement, needs_other_session, plan_replacement
from iamfa.device.retire import one_of
from iamfa.gateway.faults import CodeError
from iamfa.gateway.ports import Devices
from iamfa.otp import code_at
from iamfa.sandbox.seeding import add_hardware_device
from iamfa.secret import Secret


def planned(stage: Stage, user: OwnUser, old: str, name: str | None = None) -> Replacement:
    found = inventory(stage.calls(user.name), user)
    return plan_replacement(found, one_of(found, old), name, with_mfa=True)


def added(stage: Stage, plan: Replacement, session: Devices, folder: Path) -> Enabled:
    """The new device, enabled."""
    now = stage.box.clock.now
    with Enrolment(session, plan.inventory.user, plan.name, journal=Journal(folder), now=now) as enrolment:
        device = enrolment.create()
        found = enrolment.enable(code_at(device.seed, now()))
    assert isinstance(found, Enabled)
    return found


def test_the_new_device_is_proved_before_the_old_one_goes(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    old = stage.enrolled(user, "old")
    Defaults(tmp_path).set(user, old)
    session = stage.with_code(user, old)
    plan = planned(stage, user, "old")
    assert plan.name == "old-2"
    outcome = added(stage, plan, session, tmp_path)
    settings = {"journal": Journal(tmp_path), "defaults": Defaults(tmp_path), "now": stage.box.clock.now}

    def refused(serial: str) -> Devices:
        stage.calls(user.name).get_session_token(serial=serial, code="000000")
        raise AssertionError

    with pytest.raises(CodeError):
        plan.finish(outcome, refused, **settings)
    assert {old, outcome.serial} <= set(stage.devices()), "two devices are better than none"

    def proved(serial: str) -> Devices:
        stage.box.clock.advance(60)
        return stage.with_code(user, serial)

    retired = plan.finish(outcome, proved, **settings)
    assert (retired.serial, retired.end) == (old, "deleted")
    assert [each.serial for each in inventory(stage.calls(user.name), user).devices] == [outcome.serial]
    assert Defaults(tmp_path).get(user) == outcome.serial


def test_a_token_is_replaced_by_a_device_named_like_the_user(stage: Stage) -> None:
    user = stage.user()
    stage.box.call(lambda s: add_hardware_device(s.account, "GAHT11112222", Secret("A" * 32), s.clock.now(), user.name))
    assert planned(stage, user, "GAHT11112222").name == f"{user.name}-2"


def test_a_name_of_ones_own_and_eight_devices_stand_in_the_way(stage: Stage) -> None:
    user = stage.user()
    for number in range(8):
        if number == 2:
            with pytest.raises(NameTakenError):
                planned(stage, user, "full-0", "full-1")
        stage.enrolled(user, f"full-{number}")
    with pytest.raises(TooManyDevicesError) as error:
        planned(stage, user, "full-3")
    assert "`iamfa device remove full-3`" in str(error.value.hint)


def test_an_old_device_that_is_lost_takes_another_one_or_an_administrator(stage: Stage) -> None:
    user = stage.user()
    lost = stage.enrolled(user, "lost-phone")
    found = inventory(stage.calls(user.name), user)
    command = f"aws iam deactivate-mfa-device --user-name {user.name} --serial-number {lost}"
    with pytest.raises(NeedsMfaSessionError) as error:
        plan_replacement(found, one_of(found, lost), with_mfa=False)
    assert error.value.serials == (lost,)
    alone = needs_other_session(found, one_of(found, lost), lost=True)
    assert "there is no other than `lost-phone` that gives codes" in alone.message
    assert command in str(alone.hint)
    other = stage.enrolled(user, "other-phone")
    found = inventory(stage.calls(user.name), user)
    two = needs_other_session(found, one_of(found, lost), lost=True)
    assert two.serials == (other,)
    assert "obtain one with `other-phone`: `iamfa login`" in str(two.hint)
    assert f"{ARN}:mfa/lost-phone" in str(two.hint)
