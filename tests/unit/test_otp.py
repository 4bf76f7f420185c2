from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from iamfa.errors import IamfaError
from iamfa.otp import SeedError, code_at, code_of, provisioning_uri, step_of, steps_showing
from iamfa.secret import Secret

SEED = Secret(base64.b32encode(b"12345678901234567890").decode())
"""That of the test vectors of both RFCs."""


def test_codes_are_those_of_rfc_4226() -> None:
    assert [code_of(SEED, counter) for counter in range(10)] == [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "step", "eight_digits"),
    [
        (59, 0x1, "94287082"),
        (1111111109, 0x23523EC, "07081804"),
        (1111111111, 0x23523ED, "14050471"),
        (1234567890, 0x273EF07, "89005924"),
        (2000000000, 0x3F940AA, "69279037"),
        (20000000000, 0x27BC86AA, "65353130"),
    ],
)
def test_codes_are_the_last_six_digits_of_those_of_rfc_6238(seconds: int, step: int, eight_digits: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert step_of(moment) == step
    assert code_at(SEED, moment) == eight_digits[-6:]


def test_a_code_lasts_thirty_seconds() -> None:
    assert [step_of(datetime.fromtimestamp(second, UTC)) for second in (0, 29, 30, 59, 60)] == [0, 0, 1, 1, 2]


def test_the_steps_that_show_a_code_are_found() -> None:
    assert steps_showing(SEED, "359152", range(10)) == [2]
    assert steps_showing(SEED, "000000", range(10)) == []


@pytest.mark.parametrize("text", ["A" * 31 + "1", "A" * 31 + "é", "not base32 at all, nor by far"])
def test_a_seed_that_is_not_base32_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(SeedError, match="not base32") as refused:
        code_of(Secret(text), 1)
    assert refused.value.hint == "it has letters A to Z and digits 2 to 7"
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("text", ["", "JBSWY3DP", "A" * 16])
def test_a_seed_that_can_be_guessed_is_refused_as_too_short(text: str) -> None:
    with pytest.raises(SeedError, match="shorter than 112 bits") as refused:
        provisioning_uri(Secret(text), "phone", "123456789012")
    assert refused.value.hint == "it has at least 23 letters and digits"
    assert code_of(Secret("A" * 23), 1)


def test_there_are_no_codes_before_1970() -> None:
    with pytest.raises(IamfaError, match="before 1970"):
        code_of(SEED, -1)


def test_the_qr_code_says_what_apps_read() -> None:
    assert provisioning_uri(SEED, "my phone", "123456789012") == (
        "otpauth://totp/Amazon%20Web%20Services:my%20phone%40123456789012"
        f"?secret={SEED.reveal()}&issuer=Amazon%20Web%20Services"
    )
