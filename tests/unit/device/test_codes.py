"""Typed codes, held against the seed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iamfa.device.codes import WrongCodeError, check_code, pair_ending, require_fit, typed
from iamfa.otp import code_of, step_of
from iamfa.secret import Secret

SEED = Secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
NOW = datetime(2026, 11, 27, 12, 0, 10, tzinfo=UTC)
STEP = step_of(NOW)


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_the_codes_of_now_and_of_the_neighbouring_steps_fit(off: int) -> None:
    code = code_of(SEED, STEP + off)
    for text in (code, Secret(code), f" {code[:3]} {code[3:]}\n"):
        found = check_code(SEED, text, NOW)
        assert (found.fit, require_fit(found), str(found)) == ("fits", STEP + off, "the code fits")


@pytest.mark.parametrize(("off", "words"), [(4, "120 s ahead of"), (-20, "600 s behind")])
def test_a_code_of_another_time_tells_how_far_the_clocks_are_apart(off: int, words: str) -> None:
    found = check_code(SEED, code_of(SEED, STEP + off), NOW)
    assert (found.fit, found.step, found.seconds_off) == ("clock-off", STEP + off, off * 30)
    assert words in str(found)
    with pytest.raises(WrongCodeError) as error:
        require_fit(found)
    assert error.value.check is found
    assert "by the network" in str(error.value.hint)


def test_a_code_of_no_time_around_is_wrong() -> None:
    found = check_code(SEED, code_of(SEED, STEP + 21), NOW)
    assert found.fit == "wrong"
    assert "AWS was not asked" in found.hint


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345x", "１２３４５６", "-12345"])
def test_what_is_not_six_digits_is_no_code(text: str) -> None:
    assert typed(text) is None
    found = check_code(SEED, text, NOW)
    assert (found.fit, found.is_key_press, str(found)) == ("no-code", False, "a code has 6 digits")
    assert "type the digits" in found.hint


def test_what_a_touched_yubikey_types_is_recognised() -> None:
    found = check_code(SEED, Secret("cccccckdlgbfhjvrnelnubutcgkrbjbnhlfkvtrggtvd"), NOW)
    assert (found.fit, found.is_key_press) == ("no-code", True)
    assert "touch of a YubiKey" in str(found)
    assert "ykman oath accounts code" in found.hint


def test_a_pair_ends_with_the_step_that_is_named() -> None:
    assert pair_ending(SEED, STEP) == (code_of(SEED, STEP - 1), code_of(SEED, STEP))
