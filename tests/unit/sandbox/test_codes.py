"""A code is right in its window, once; pairs enable and resync."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.sandbox.direct import Direct

from iamfa.account.entities import Device
from iamfa.otp import code_of, step_of
from iamfa.platform import DEFAULTS, Assumptions
from iamfa.sandbox.codes import SEARCHED_STEPS, accept_code, enable_with, forget, resync_with
from iamfa.sandbox.live import LiveAccount
from iamfa.secret import Secret

NOW = datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)
PER_USER = Assumptions({"code-replay": "per-user"})


def device(seed: str = "JBSWY3DPEHPK3PXP" * 2, user: str | None = "alice") -> Device:
    return Device(f"arn:aws:iam::123456789012:mfa/{seed}", "virtual", user, seed=Secret(seed))


def code(of: Device, off: int = 0, now: datetime = NOW) -> str:
    assert of.seed is not None
    return code_of(of.seed, step_of(now) + off)


def pair(of: Device, off: int = 0, now: datetime = NOW) -> tuple[str, str]:
    """The second code is *off* steps from now."""
    return code(of, off - 1, now), code(of, off, now)


def accepts(account: LiveAccount, of: Device, off: int, now: datetime = NOW, told: Assumptions = DEFAULTS) -> bool:
    return accept_code(account, of, code(of, off, now), now, told, "alice")


@pytest.fixture
def account() -> Iterator[LiveAccount]:
    yield Direct().account


@pytest.mark.parametrize(
    ("window", "right"), [("0", {0}), ("1", {-1, 0, 1}), ("2", {-2, -1, 0, 1, 2})], ids=["none", "one", "two"]
)
def test_a_code_is_accepted_within_the_window_and_nowhere_else(window: str, right: set[int]) -> None:
    told = Assumptions({"totp-window": window})
    assert {off for off in range(-5, 6) if accepts(Direct().account, device(), off, told=told)} == right


def test_a_code_is_accepted_once(account: LiveAccount) -> None:
    assert accepts(account, device(), 0)
    assert not accepts(account, device(), 0)


def test_a_code_of_an_older_step_is_refused_after_a_newer_one(account: LiveAccount) -> None:
    assert accepts(account, device(), 0)
    assert not accepts(account, device(), -1)
    assert accepts(account, device(), 1)


def test_a_wrong_code_does_not_use_up_the_right_one(account: LiveAccount) -> None:
    wrong = "000000" if code(device()) != "000000" else "000001"
    assert not accept_code(account, device(), wrong, NOW, DEFAULTS, "alice")
    assert accepts(account, device(), 0)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "\N{ARABIC-INDIC DIGIT ONE}" * 6, "\udcff" * 6])
def test_what_is_no_code_is_refused(account: LiveAccount, text: str) -> None:
    assert not accept_code(account, device(), text, NOW, DEFAULTS, "alice")


def test_a_device_of_somebody_else_and_one_of_nobody_prove_nothing(account: LiveAccount) -> None:
    for holder in ("bob", None):
        of = device(user=holder)
        assert not accept_code(account, of, code(of), NOW, DEFAULTS, "alice")


def test_a_device_without_a_seed_accepts_no_code(account: LiveAccount) -> None:
    key = Device("arn:aws:iam::123456789012:u2f/user/alice/key-ABCDEF", "fido", "alice")
    assert not accept_code(account, key, "000000", NOW, DEFAULTS, "alice")
    assert not enable_with(account, key, ("000000", "000001"), NOW, DEFAULTS, "alice")


def test_two_devices_may_show_the_same_step_unless_codes_are_remembered_by_user(account: LiveAccount) -> None:
    first, second = device(), device("GEZDGNBVGY3TQOJQ" * 2)
    assert accepts(account, first, 0)
    assert not accepts(account, second, 0, told=PER_USER)
    assert accepts(account, second, 0)
    assert accepts(account, second, 1, NOW + STEP, told=PER_USER)


def test_two_consecutive_codes_enable_and_are_used_up(account: LiveAccount) -> None:
    of = device()
    assert enable_with(account, of, pair(of), NOW, DEFAULTS, "alice")
    assert not accepts(account, of, 0)
    assert not accepts(account, of, -1)
    assert accepts(account, of, 1)


def test_two_codes_ahead_of_their_time_by_one_step_enable(account: LiveAccount) -> None:
    assert enable_with(account, device(), pair(device(), 1), NOW, DEFAULTS, "alice")
    assert account.out_of_step == set()


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, -1), (-2, 0), (-1, -2)])
def test_codes_that_are_not_consecutive_and_in_order_do_not_enable(
    account: LiveAccount, first: int, second: int
) -> None:
    of = device()
    assert not enable_with(account, of, (code(of, first), code(of, second)), NOW, DEFAULTS, "alice")
    assert account.used_codes == {}


def test_codes_that_come_late_enable_and_the_device_is_out_of_step_until_a_resync(account: LiveAccount) -> None:
    of, later = device(), NOW + 10 * STEP
    assert enable_with(account, of, pair(of), later, DEFAULTS, "alice")
    assert not accepts(account, of, 0, later)
    assert not accepts(account, of, -9, later), "nor the codes of a slow clock: AWS does not say that it would"
    assert resync_with(account, of, pair(of, 0, later), later, DEFAULTS, "alice")
    assert accepts(account, of, 1, later)


def test_codes_that_come_too_late_do_not_enable(account: LiveAccount) -> None:
    of = device()
    assert not enable_with(account, of, pair(of), NOW + (SEARCHED_STEPS + 1) * STEP, DEFAULTS, "alice")
    assert enable_with(account, of, pair(of), NOW + SEARCHED_STEPS * STEP, DEFAULTS, "alice")


def test_codes_of_the_future_do_not_enable(account: LiveAccount) -> None:
    assert not enable_with(account, device(), pair(device(), 2), NOW, DEFAULTS, "alice")


def test_a_code_that_was_used_does_not_enable_again(account: LiveAccount) -> None:
    of = device()
    assert enable_with(account, of, pair(of), NOW, DEFAULTS, "alice")
    assert not enable_with(account, of, pair(of), NOW, DEFAULTS, "bob")
    assert not enable_with(account, of, pair(of, 1), NOW, DEFAULTS, "bob"), "its first code was used"
    assert enable_with(account, of, pair(of, 2), NOW + STEP, DEFAULTS, "bob")


@pytest.mark.parametrize("off", [-SEARCHED_STEPS, -7, 2, SEARCHED_STEPS])
def test_a_resync_notes_how_wrong_the_clock_is(account: LiveAccount, off: int) -> None:
    of = device()
    assert not accepts(account, of, off)
    assert resync_with(account, of, pair(of, off), NOW, DEFAULTS, "alice")
    assert account.drifts[of.serial] == off
    assert not accepts(account, of, off), "the codes of the resync are used"
    later = NOW + 4 * STEP
    assert accepts(account, of, off, later)
    assert not accepts(account, of, off + 3, later)


@pytest.mark.parametrize("off", [-SEARCHED_STEPS - 1, SEARCHED_STEPS + 1])
def test_a_clock_that_is_too_wrong_cannot_be_resynced(account: LiveAccount, off: int) -> None:
    assert not resync_with(account, device(), pair(device(), off), NOW, DEFAULTS, "alice")


def test_a_clock_within_the_window_is_taken_to_be_right(account: LiveAccount) -> None:
    of = device()
    account.drifts[of.serial] = 7
    assert resync_with(account, of, pair(of, 1), NOW, DEFAULTS, "alice")
    assert account.drifts[of.serial] == 0


def test_a_resync_with_late_codes_appears_to_work_and_leaves_the_device_out_of_step(account: LiveAccount) -> None:
    of, later = device(), NOW + 10 * STEP
    assert resync_with(account, of, pair(of), later, DEFAULTS, "alice")
    assert not accepts(account, of, 0, later)


def test_a_device_is_resynced_by_its_own_user_only(account: LiveAccount) -> None:
    assert not resync_with(account, device(), pair(device()), NOW, DEFAULTS, "bob")
    assert not resync_with(account, device(user=None), pair(device()), NOW, DEFAULTS, "alice")


def test_what_is_forgotten_of_a_clock_leaves_the_used_codes_unless_the_seed_goes_too(account: LiveAccount) -> None:
    of = device()
    assert resync_with(account, of, pair(of, 5), NOW, DEFAULTS, "alice")
    account.out_of_step.add(of.serial)
    forget(account, of.serial, seed_too=False)
    assert (account.drifts, account.out_of_step) == ({}, set())
    assert of.serial in account.used_codes
    forget(account, of.serial, seed_too=True)
    assert of.serial not in account.used_codes


def test_what_a_user_used_follows_his_name_and_is_not_held_against_a_namesake() -> None:
    box = Direct()
    box.call("CreateUser", UserName="alice")
    devices = iter([device(letter * 32) for letter in "ABCD"])

    def accepted(user: str) -> bool:
        of = replace(next(devices), user=user)
        return accept_code(box.account, of, code(of), NOW, PER_USER, user)

    assert accepted("alice")
    box.call("UpdateUser", UserName="alice", NewUserName="alicia")
    assert not accepted("alicia"), "she used this step's code as alice"
    box.call("DeleteUser", UserName="alicia")
    assert accepted("alicia"), "another alicia"
    assert accepted("alice"), "another alice"
