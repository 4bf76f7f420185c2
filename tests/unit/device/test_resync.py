"""Two codes in a row put a device right whose clock is off."""

from __future__ import annotations

import pytest
from tests.unit.device.stage import ARN, Stage

from iamfa.device.codes import WrongCodeError
from iamfa.device.problems import CodesRefusedError, NoSuchDeviceError
from iamfa.device.resync import require_codes, resync
from iamfa.gateway.faults import CodeError, NotThereError
from iamfa.otp import code_of, step_of
from iamfa.secret import Secret


def shown(stage: Stage, serial: str, steps: int) -> Secret:
    """What the device shows whose clock is so many steps off."""

    def look(state: object) -> Secret:
        device = state.account.devices[serial]  # type: ignore[attr-defined]  # the sandbox's state
        return Secret(code_of(device.seed, step_of(stage_now) + steps))

    stage_now = stage.box.clock.now()
    found: Secret = stage.box.call(look)
    return found


def test_a_device_that_is_two_minutes_ahead_works_again(stage: Stage) -> None:
    user = stage.user()
    serial = stage.enrolled(user, "ahead")
    own = stage.calls(user.name)
    with pytest.raises(CodeError):
        own.get_session_token(serial=serial, code=shown(stage, serial, 6).reveal())
    resync(own, user, serial, shown(stage, serial, 7), f" {shown(stage, serial, 8).reveal()} ")
    stage.box.clock.advance(30)
    assert own.get_session_token(serial=serial, code=shown(stage, serial, 8).reveal())


def test_codes_that_are_not_in_a_row_are_refused_with_what_to_do(stage: Stage) -> None:
    user = stage.user()
    serial = stage.enrolled(user, "not-in-a-row")
    with pytest.raises(CodesRefusedError) as error:
        resync(stage.calls(user.name), user, serial, shown(stage, serial, 1), shown(stage, serial, 5))
    assert "two codes in a row, the older one first" in str(error.value.hint)


def test_what_cannot_be_right_never_reaches_aws(stage: Stage) -> None:
    user = stage.user()
    own, before = stage.calls(user.name), len(stage.called("ResyncMFADevice"))
    for codes, words in ((("123456", "123456"), "the same"), (("123456", "12345"), "6 digits")):
        with pytest.raises(WrongCodeError, match=words):
            resync(own, user, f"{ARN}:mfa/any", *codes)
    for serial, words in ((f"{ARN}:u2f/user/alice/blue", "FIDO"), ("phone", "no serial number")):
        with pytest.raises(NoSuchDeviceError, match=words):
            require_codes(serial)
        with pytest.raises(NoSuchDeviceError, match=words):
            resync(own, user, serial, "123456", "234567")
    assert len(stage.called("ResyncMFADevice")) == before


def test_a_device_that_is_gone_is_said_by_aws(stage: Stage) -> None:
    user = stage.user()
    with pytest.raises(NotThereError):
        resync(stage.calls(user.name), user, f"{ARN}:mfa/gone", "123456", "234567")
