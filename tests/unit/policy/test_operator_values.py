"""How the operators read numbers, dates, addresses, binary values and Booleans."""

from __future__ import annotations

import time

import pytest

from iamfa.policy import operator_values as read


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("5", "5.0"),
        ("5", "+5"),
        ("0005", "5"),
        ("-0", "0"),
        ("0e5", "0.000"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("15e-1", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0.1e-2147483647", "0.10e-2147483647"),
    ],
)
def test_one_number_may_be_written_in_several_ways(left: str, right: str) -> None:
    assert read.number(left) is not None
    assert read.number(left) == read.number(right)


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("9007199254740992", "9007199254740993"),  # the same as floating point numbers
        ("0.1", "0.10000000000000000000001"),
        ("-2", "-1.5"),
        ("-1.5", "-1"),
        ("-1", "0"),
        ("-10", "-9"),
        ("9", "10"),
        ("1e999999999", "1e1000000000"),
        ("-1e1000000000", "-1e999999999"),
    ],
)
def test_numbers_are_compared_exactly(smaller: str, larger: str) -> None:
    one, other = read.number(smaller), read.number(larger)
    assert one is not None
    assert other is not None
    assert one < other


@pytest.mark.parametrize(
    "text",
    ["", "5abc", "abc", "0x10", "1_000", " 5", "5 ", "--5", "+-5", ".", "-", "1e", "1e+", "1e5.0", "1,5", "NaN",
     "Infinity", "\N{ARABIC-INDIC DIGIT FIVE}", "1e2147483648", "1e99999999999", "1.2.3", "1e5e5"],
)  # fmt: skip
def test_what_is_no_number_is_none(text: str) -> None:
    assert read.number(text) is None


def test_huge_exponents_and_long_numbers_cost_nothing() -> None:
    start = time.perf_counter()
    assert read.number("1e999999999") is not None
    assert read.number("1" * 1_000_000) is not None
    assert read.number("1e" + "0" * 1_000_000 + "1") == read.number("10")
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970", 0),
        ("1970-01", 0),
        ("1970-01-02", 86_400),
        ("2020-06-30T23:59:59Z", 1_593_561_599),
        ("2020-06-30T23:59Z", 1_593_561_540),
        ("2020-07-01T08:59:59+09:00", 1_593_561_599),
        ("2020-06-30T18:59:59-05:00", 1_593_561_599),
        ("2020-06-30T23:59:59", 1_593_561_599),
        ("2020-02-29", 1_582_934_400),
        ("2000-02-29T00:00:00.000Z", 951_782_400),
        ("1969-12-31T23:59:59Z", -1),
        ("1593561599", 1_593_561_599),
        ("1593561599.0", 1_593_561_599),
        ("-1", -1),
        ("12345", 12_345),
        ("253402300800", 253_402_300_800),
    ],
)
def test_dates_are_read_in_both_forms(text: str, seconds: int) -> None:
    assert read.instant(text) == (seconds, "")


def test_four_digits_are_a_year_and_not_seconds() -> None:
    assert read.instant("2020") == read.instant("2020-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.001Z"),
        ("2020-01-01T00:00:00.1Z", "2020-01-01T00:00:00.11Z"),
        ("2020-01-01T00:00:00.09Z", "2020-01-01T00:00:00.1Z"),
        ("-0.75", "-0.5"),
        ("-1.5", "-1"),
        ("-0.5", "0"),
        ("1577836800.4", "2020-01-01T00:00:00.45Z"),
    ],
)
def test_fractions_of_a_second_count(earlier: str, later: str) -> None:
    one, other = read.instant(earlier), read.instant(later)
    assert one is not None
    assert other is not None
    assert one < other


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2020-13-01", "2020-00-01", "2020-02-30", "2021-02-29", "1900-02-29", "2020-1-1", "2020-06-30T",
     "2020T12:00Z", "2020-06-30T24:00:00Z", "2020-06-30T12:60:00Z", "2020-06-30T12:00:60Z", "2020-06-30T12:00:5Z",
     "2020-06-30T12:00:00.Z", "2020-06-30T12:00:00+0900", "2020-06-30T12:00:00+24:00", "2020-06-30T12Z",
     "2020-06-30 12:00:00Z", "2020-06-30t12:00:00z", "2020-06-30T12:00-00:00:00Z", "2020-06-30T12:00.5Z",
     "20200630T120000Z", "1e9", "12.", "--5", "1" * 19, "\N{ARABIC-INDIC DIGIT FIVE}",
     "2020-0\N{ARABIC-INDIC DIGIT ONE}"],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    assert read.instant(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.0.0.0", (4, 0)),
        ("203.0.113.7", (4, 0xCB007107)),
        ("255.255.255.255", (4, 2**32 - 1)),
        ("::", (6, 0)),
        ("2001:DB8::1", (6, 0x20010DB8 << 96 | 1)),
        ("::ffff:1.2.3.4", (6, 0xFFFF01020304)),
    ],
)
def test_addresses_are_read(text: str, expected: tuple[int, int]) -> None:
    assert read.address(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.", "1.2.3.a", "1.2.3.1000", "1.2.3.4/32", "localhost",
     "fe80::1%eth0", "::1/128", ":::", "12345::", "1.2.3.\N{ARABIC-INDIC DIGIT FIVE}"],
)  # fmt: skip
def test_what_is_no_address_is_none(text: str) -> None:
    assert read.address(text) is None


@pytest.mark.parametrize(
    ("address", "network", "expected"),
    [
        ("203.0.113.255", "203.0.113.0/24", True),
        ("203.0.114.0", "203.0.113.0/24", False),
        ("203.0.113.7", "203.0.113.99/24", True),
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.8", "203.0.113.7", False),
        ("1.2.3.4", "0.0.0.0/0", True),
        ("::1", "0.0.0.0/0", False),
        ("1.2.3.4", "::/0", False),
        ("::ffff:1.2.3.4", "1.2.3.4", False),
        ("2001:db8:1234:5678::9", "2001:DB8:1234:5678::/64", True),
        ("2001:db8:1234:5679::9", "2001:DB8:1234:5678::/64", False),
        ("2001:db8::1", "2001:db8::1", True),
    ],
)
def test_an_address_lies_in_a_range(address: str, network: str, expected: bool) -> None:
    value, within = read.address(address), read.network(network)
    assert value is not None
    assert within is not None
    assert read.in_network(value, within) is expected


@pytest.mark.parametrize(
    "text", ["", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/255.0.0.0", "::/129", "::/1000", "x/8"]
)
def test_what_is_no_range_is_none(text: str) -> None:
    assert read.network(text) is None


def test_binary_values_are_base64() -> None:
    assert read.binary("QmluYXJ5VmFsdWVJbkJhc2U2NA==") == b"BinaryValueInBase64"
    assert read.binary("") == b""
    for text in ("QmluYXJ5VmFsdWVJbkJhc2U2NA", "not base64", "é", "QUJD\n", "QUJD===="):
        assert read.binary(text) is None


def test_booleans_are_read_in_any_case_of_letters() -> None:
    assert read.boolean("true") is True
    assert read.boolean("False") is False
    assert read.boolean("yes") is None
