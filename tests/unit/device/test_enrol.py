"""A virtual device is added, and what goes wrong on the way is survived and said."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.device.stage import ARN, Late, Stage

from iamfa.device.codes import WrongCodeError
from iamfa.device.enrol import Enabled, Enrolment, MadeAnew, require_room
from iamfa.device.inventory import Inventory, inventory
from iamfa.device.journal import FILE_NAME, Journal
from iamfa.device.kept import KeptFileError
from iamfa.device.names import free_name
from iamfa.device.own_user import OwnUser
from iamfa.device.problems import (
    CodesRefusedError,
    NameTakenError,
    NeedsMfaSessionError,
    NotKnownError,
    TooManyDevicesError,
)
from iamfa.errors import IamfaError
from iamfa.gateway.faults import AccessDeniedError, NotThereError, ThrottledError
from iamfa.gateway.ports import Devices
from iamfa.otp import code_at, code_of, step_of
from iamfa.sandbox.seeding import add_fido_device
from iamfa.secret import Secret

P1 = Path("aws-p1.json")
WITHOUT_LISTING = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "Action": ["iam:ListMFADevices", "iam:DeleteVirtualMFADevice"], "Resource": "*"}]}"""


@contextmanager
def enrolling(
    stage: Stage, user: OwnUser, name: str, folder: Path, devices: Devices | None = None
) -> Iterator[Enrolment]:
    """An enrolment by the user's key, unless told otherwise, with the journal in *folder*."""
    calls = stage.calls(user.name) if devices is None else devices
    with Enrolment(calls, user, name, journal=Journal(folder), now=stage.box.clock.now) as enrolment:
        yield enrolment


def code(stage: Stage, enrolment: Enrolment, steps: int = 0) -> Secret:
    """What the device shows now, or so many steps later."""
    assert enrolment.device is not None
    return Secret(code_of(enrolment.device.seed, step_of(stage.box.clock.now()) + steps))


def enabled(outcome: Enabled | MadeAnew) -> Enabled:
    assert isinstance(outcome, Enabled)
    return outcome


def pending(folder: Path) -> list[str]:
    return [each.serial for each in Journal(folder).pending()]


def test_the_first_device_is_enabled_with_one_code_and_a_session_follows_at_once(stage: Stage, tmp_path: Path) -> None:
    user = stage.user(P1)
    with enrolling(stage, user, "first", tmp_path) as enrolment:
        device = enrolment.create()
        assert pending(tmp_path) == [f"{ARN}:mfa/first"]
        assert device.qr_png.startswith(b"\x89PNG")
        assert f"secret={device.seed.reveal()}" in enrolment.uri.reveal()
        outcome = enabled(enrolment.enable(code(stage, enrolment)))
    assert outcome == Enabled(f"{ARN}:mfa/first", listed=True, last_step=outcome.last_step)
    assert enrolment.orphan is None
    assert pending(tmp_path) == []
    assert stage.devices()[outcome.serial] == user.name
    stage.box.clock.advance(30)
    assert step_of(stage.box.clock.now()) > outcome.last_step
    session = stage.calls(user.name).get_session_token(
        serial=outcome.serial, code=code_at(device.seed, stage.box.clock.now())
    )
    assert session.token is not None


def test_two_typed_codes_are_sent_as_they_are(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    with enrolling(stage, user, "typed", tmp_path) as enrolment:
        enrolment.create()
        first = code(stage, enrolment)
        with pytest.raises(WrongCodeError, match="not the one that the device shows right after") as error:
            enrolment.enable(first, first)
        assert "AWS was not asked" in str(error.value.hint)
        with pytest.raises(WrongCodeError, match="no code of the new device"):
            enrolment.enable(first, code(stage, enrolment, 100))
        stage.box.clock.advance(30)
        outcome = enabled(enrolment.enable(first, code(stage, enrolment)))
    assert outcome.listed


def test_a_wrong_code_never_reaches_aws_and_the_right_one_may_follow(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    before = len(stage.called("EnableMFADevice"))
    with enrolling(stage, user, "wrong-code", tmp_path) as enrolment:
        enrolment.create()
        for text in (code(stage, enrolment, 100), code(stage, enrolment, 10), Secret("12345")):
            with pytest.raises(WrongCodeError):
                enrolment.enable(text)
        assert enrolment.check(code(stage, enrolment, 10)).seconds_off == 300
        assert len(stage.called("EnableMFADevice")) == before
        assert enabled(enrolment.enable(code(stage, enrolment))).listed


def test_whoever_leaves_halfway_leaves_nothing_behind(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    with pytest.raises(KeyboardInterrupt), enrolling(stage, user, "halfway", tmp_path) as enrolment:
        enrolment.create()
        raise KeyboardInterrupt
    assert enrolment.orphan is not None
    assert str(enrolment.orphan) == f"`{ARN}:mfa/halfway` was begun, and is deleted again"
    assert f"{ARN}:mfa/halfway" not in stage.devices()
    assert pending(tmp_path) == []


def test_an_orphan_that_may_not_be_deleted_is_said_with_the_administrators_command(
    stage: Stage, tmp_path: Path
) -> None:
    user = stage.user(P1)
    with pytest.raises(KeyboardInterrupt), enrolling(stage, user, "orphan", tmp_path) as enrolment:
        enrolment.create()
        raise KeyboardInterrupt
    orphan, serial = enrolment.orphan, f"{ARN}:mfa/orphan"
    assert orphan is not None
    assert (orphan.end, orphan.administrator_command) == (
        "left", f"aws iam delete-virtual-mfa-device --serial-number {serial}",
    )  # fmt: skip
    assert f"`iam:DeleteVirtualMFADevice` on `{serial}` is refused" in str(orphan)
    assert pending(tmp_path) == [serial], "the journal keeps it"
    with enrolling(stage, user, "orphan", tmp_path) as again, pytest.raises(NameTakenError) as error:
        again.create()
    assert "an attempt of 20" in error.value.message
    assert error.value.denied is not None
    assert error.value.administrator_command in str(error.value.hint)
    assert again.orphan is None
    with enrolling(stage, user, free_name("orphan", user), tmp_path) as free:
        free.create()
        assert enabled(free.enable(code(stage, free))).serial == f"{ARN}:mfa/orphan-2"


def test_ones_own_orphan_is_deleted_and_the_name_used_again(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    stage.calls(user.name).create_virtual_mfa_device("again")
    Journal(tmp_path).add(f"{ARN}:mfa/again", stage.box.clock.now())
    with enrolling(stage, user, "again", tmp_path) as enrolment:
        enrolment.create()
        assert enabled(enrolment.enable(code(stage, enrolment))).listed


def test_a_device_of_somebody_else_is_never_deleted(stage: Stage, tmp_path: Path) -> None:
    user, serial = stage.user(), f"{ARN}:mfa/somebodys"
    stage.admin.create_virtual_mfa_device("somebodys")
    deletions = len(stage.called("DeleteVirtualMFADevice"))
    with enrolling(stage, user, "somebodys", tmp_path) as enrolment, pytest.raises(NameTakenError) as error:
        enrolment.create()
    assert "somebody else's, or what an interrupted attempt left" in error.value.message
    assert f"delete-virtual-mfa-device --serial-number {serial}" in str(error.value.hint)
    assert len(stage.called("DeleteVirtualMFADevice")) == deletions
    assert serial in stage.devices()


def test_what_the_journal_takes_for_an_orphan_and_is_enabled_stays(stage: Stage, tmp_path: Path) -> None:
    user, other = stage.user(), stage.user()
    serial = stage.enrolled(other, "enabled-since")
    Journal(tmp_path).add(serial, stage.box.clock.now())
    with enrolling(stage, user, "enabled-since", tmp_path) as enrolment, pytest.raises(NameTakenError) as error:
        enrolment.create()
    assert "it is enabled" in error.value.message
    assert pending(tmp_path) == []
    assert stage.devices()[serial] == other.name


def test_a_second_device_needs_a_session_with_the_first(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    first = stage.enrolled(user, "existing")
    found = inventory(stage.calls(user.name), user)
    with pytest.raises(NeedsMfaSessionError) as early:
        require_room(found, "second", with_mfa=False)
    assert early.value.serials == (first,)
    assert early.value.hint == "obtain one with `existing`: `iamfa login`"
    assert require_room(found, "second", with_mfa=True) == f"{ARN}:mfa/second"
    with enrolling(stage, user, "second", tmp_path) as enrolment:
        device = enrolment.create()
        with pytest.raises(NeedsMfaSessionError, match="has a device already"):
            enrolment.enable(code(stage, enrolment))
        enrolment.use(stage.with_code(user, first))
        assert enabled(enrolment.enable(code(stage, enrolment))).listed
    assert enrolment.serial == device.serial, "nobody had to scan again"


def test_whoever_has_only_a_passkey_is_sent_to_another_way_in(stage: Stage) -> None:
    user = stage.user()
    stage.box.call(lambda state: add_fido_device(state.account, state.ids, user.name, "blue", {}, state.clock.now()))
    with pytest.raises(NeedsMfaSessionError) as error:
        require_room(inventory(stage.calls(user.name), user), "phone", with_mfa=False)
    assert "`aws login`" in str(error.value.hint)
    assert error.value.serials == ()


def test_the_ninth_device_and_a_name_of_ones_own_are_refused_before_aws_is_asked(stage: Stage) -> None:
    user = stage.user()
    for number in range(8):
        stage.enrolled(user, f"of-eight-{number}")
    found = inventory(stage.calls(user.name), user)
    with pytest.raises(TooManyDevicesError, match="AWS allows no more: of-eight-0, "):
        require_room(found, "ninth", with_mfa=True)
    with pytest.raises(NameTakenError) as error:
        require_room(found, "of-eight-0", with_mfa=True)
    assert error.value.hint == "choose another name, or replace it: `iamfa device replace of-eight-0`"


def test_where_listing_is_denied_nothing_is_refused_early(stage: Stage) -> None:
    user = stage.user(WITHOUT_LISTING)
    found = inventory(stage.calls(user.name), user)
    assert isinstance(found, Inventory)
    assert require_room(found, "phone", with_mfa=False) == f"{ARN}:mfa/phone"


def test_a_device_that_aws_deleted_meanwhile_is_made_anew_once_and_must_be_scanned_again(
    stage: Stage, tmp_path: Path
) -> None:
    user = stage.user()
    with enrolling(stage, user, "vanishing", tmp_path) as enrolment:
        old = enrolment.create()
        stage.admin.delete_virtual_mfa_device(old.serial)
        outcome = enrolment.enable(code(stage, enrolment))
        assert isinstance(outcome, MadeAnew)
        assert outcome.device.seed != old.seed
        with pytest.raises(WrongCodeError):
            enrolment.enable(code_at(old.seed, stage.box.clock.now()))
        stage.admin.delete_virtual_mfa_device(old.serial)
        with pytest.raises(NotThereError):
            enrolment.enable(code(stage, enrolment))
    assert enrolment.orphan is not None
    assert str(enrolment.orphan) == f"`{old.serial}` was begun, and is gone already"


def test_an_answer_that_was_lost_is_looked_up(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    with enrolling(stage, user, "lost-answer", tmp_path) as enrolment:
        enrolment.create()
        stage.fault("iam:EnableMFADevice=lost*1")
        outcome = enabled(enrolment.enable(code(stage, enrolment)))
    assert (outcome.listed, outcome.answer_was_lost) == (True, True)


def test_an_answer_that_was_lost_and_cannot_be_looked_up_is_asked_for_again(stage: Stage, tmp_path: Path) -> None:
    user = stage.user(WITHOUT_LISTING.replace('Action": "*', 'Action": "iam:*'))
    with enrolling(stage, user, "lost-unlisted", tmp_path) as enrolment:
        enrolment.create()
        stage.fault("iam:EnableMFADevice=lost*1")
        with pytest.raises(NotKnownError, match=r"whether .*lost-unlisted` was enabled is not known"):
            enrolment.enable(code(stage, enrolment))
        other = stage.admin
        enrolment.use(other)  # whose call is not stopped by the rule that demands a session
        outcome = enabled(enrolment.enable(code(stage, enrolment)))
    assert (outcome.listed, outcome.answer_was_lost) == (True, True)


def test_what_was_enabled_without_anybody_knowing_it_is_found_out_when_it_cannot_be_deleted(
    stage: Stage, tmp_path: Path
) -> None:
    user = stage.user(WITHOUT_LISTING.replace(', "iam:DeleteVirtualMFADevice"', ""))
    with pytest.raises(NotKnownError), enrolling(stage, user, "lost-enabled", tmp_path) as enrolment:
        enrolment.create()
        stage.fault("iam:EnableMFADevice=lost*1")
        enrolment.enable(code(stage, enrolment))
    assert enrolment.orphan is not None
    assert str(enrolment.orphan) == f"`{ARN}:mfa/lost-enabled` is enabled, and stays"
    assert pending(tmp_path) == []


def test_a_creation_whose_answer_was_lost_is_not_known(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    stage.fault("iam:CreateVirtualMFADevice=lost*1")
    with enrolling(stage, user, "lost-creation", tmp_path) as enrolment, pytest.raises(NotKnownError) as error:
        enrolment.create()
    assert "whether" in error.value.message
    assert enrolment.orphan is not None
    assert (enrolment.orphan.end, pending(tmp_path)) == ("unknown", [])
    assert "if it was, it blocks its name" in str(enrolment.orphan)


def test_codes_that_come_late_are_put_right_at_once(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    with enrolling(stage, user, "late", tmp_path, Late(stage, user, 150)) as enrolment:
        device = enrolment.create()
        outcome = enabled(enrolment.enable(code(stage, enrolment)))
    assert outcome.resynced
    stage.box.clock.advance(60)
    assert stage.calls(user.name).get_session_token(serial=device.serial, code=stage.box.code(device.serial))


def test_late_codes_that_may_not_be_put_right_leave_an_enabled_device(stage: Stage, tmp_path: Path) -> None:
    policy = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:ResyncMFADevice",
      "Resource": "*"}]}"""
    user = stage.user(policy)
    with enrolling(stage, user, "late-denied", tmp_path, Late(stage, user, 150)) as enrolment:
        enrolment.create()
        outcome = enabled(enrolment.enable(code(stage, enrolment)))
    assert (outcome.resynced, outcome.listed) == (False, True)


def test_codes_that_fit_and_are_refused_say_that_the_clocks_disagree(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()

    def fast() -> datetime:
        return stage.box.clock.now() + timedelta(hours=2)

    with Enrolment(stage.calls(user.name), user, "clocks", journal=Journal(tmp_path), now=fast) as enrolment:
        device = enrolment.create()
        with pytest.raises(CodesRefusedError) as error:
            enrolment.enable(code_at(device.seed, fast()))
    assert "by the network" in str(error.value.hint)


def test_a_refusal_of_a_policy_and_a_full_pipe_stay_what_they_are(stage: Stage, tmp_path: Path) -> None:
    user = stage.user(P1, name="path-user", path="/division/")
    with enrolling(stage, user, "refused", tmp_path) as enrolment:
        enrolment.create()
        with pytest.raises(AccessDeniedError) as error:
            enrolment.enable(code(stage, enrolment))
        stage.fault("iam:EnableMFADevice=throttle*1")
        with pytest.raises(ThrottledError):
            enrolment.enable(code(stage, enrolment))
        stage.fault("iam:DeleteVirtualMFADevice=failure*1")
    assert error.value.denial is not None
    assert enrolment.orphan is not None
    assert enrolment.orphan.error is not None
    assert (enrolment.orphan.end, enrolment.orphan.denied) == ("left", None)
    assert "asked for by a fault" in str(enrolment.orphan)


def test_the_quota_of_the_account_is_told_apart_from_a_taken_name(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamfa.sandbox.iam_devices._MOST_VIRTUAL", 0)
    with enrolling(stage, stage.user(), "too-many", tmp_path) as enrolment, pytest.raises(TooManyDevicesError):
        enrolment.create()


def test_nothing_is_created_that_cannot_be_written_down(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{")
    before = len(stage.called("CreateVirtualMFADevice"))
    with enrolling(stage, stage.user(), "unwritten", tmp_path) as enrolment, pytest.raises(KeptFileError):
        enrolment.create()
    assert len(stage.called("CreateVirtualMFADevice")) == before


def test_what_turns_out_not_to_be_written_down_is_deleted_again(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with enrolling(stage, stage.user(), "full-disk", tmp_path) as enrolment:
        monkeypatch.setattr("iamfa.device.kept.write_text", lambda *_, **__: full())
        with pytest.raises(IamfaError, match="no space left"):
            enrolment.create()
    assert f"{ARN}:mfa/full-disk" not in stage.devices()
    assert enrolment.orphan is not None


def test_steps_out_of_order_are_refused(stage: Stage, tmp_path: Path) -> None:
    with (
        enrolling(stage, stage.user(), "order", tmp_path) as enrolment,
        pytest.raises(IamfaError, match="no device that was begun"),
    ):
        enrolment.check("123456")


def test_the_seed_is_in_no_file_no_repr_and_no_traceback(stage: Stage, tmp_path: Path) -> None:
    user, shown = stage.user(P1), ""
    with pytest.raises(WrongCodeError) as error, enrolling(stage, user, "secret", tmp_path) as enrolment:
        device = enrolment.create()
        shown += repr(device) + repr(enrolment) + repr(vars(enrolment)) + repr(enrolment.uri)
        enrolment.enable("000000" if code(stage, enrolment) != Secret("000000") else "999999")
    shown += "".join(traceback.format_exception(error.value)) + repr(enrolment.orphan)
    written = b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
    seed = device.seed.reveal()
    assert b"mfa/secret" in written
    for part in (seed, seed[:12], seed[-12:]):
        assert part not in shown
        assert part.encode() not in written
    assert "PNG" not in shown


def test_the_ninth_device_of_who_may_not_list_his_is_told_by_aws(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamfa.sandbox.iam_devices.MOST_DEVICES", 0)
    with enrolling(stage, stage.user(WITHOUT_LISTING), "ninth", tmp_path) as enrolment:
        enrolment.create()
        with pytest.raises(TooManyDevicesError, match="MFADevicesPerUser"):
            enrolment.enable(code(stage, enrolment))


def test_a_device_that_aws_does_not_know_yet_is_made_anew_too(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    with enrolling(stage, user, "lagging", tmp_path, NotYet(stage, user)) as enrolment:
        old = enrolment.create()
        assert isinstance(enrolment.enable(code(stage, enrolment)), MadeAnew)
        assert enrolment.device is not None
        assert enrolment.device.seed != old.seed
        assert enabled(enrolment.enable(code(stage, enrolment))).listed


class NotYet(Late):
    """Enables nothing the first time: AWS is eventually consistent."""

    def __init__(self, stage: Stage, user: OwnUser) -> None:
        super().__init__(stage, user, 0)
        self._refused = False

    def enable_mfa_device(self, user: str, serial: str, first: str, second: str) -> None:
        if not self._refused:
            self._refused = True
            raise NotThereError("NoSuchEntity", "does not exist", operation="iam:EnableMFADevice", status=404)
        super().enable_mfa_device(user, serial, first, second)
