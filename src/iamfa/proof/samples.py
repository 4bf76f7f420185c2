"""Values that stand for all others: one for each way in which a value can lie among the points that policies name.

Numbers and dates lie between cut points, addresses in the elementary ranges that networks cut out, binary values are
listed or not. A text of another kind stands for all texts that cannot be read. So that a listed text can be avoided,
each class comes in several spellings where there are several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise

from iamfa.policy import operator_values as read
from iamfa.policy.operators import Family

UNREADABLE = ("no-value-of-this-kind", "another-text")
"""Texts that are no number, date, address or base64."""

_MOST_DIGITS = 60
_FRESH_BINARY = ("ZnJlc2g=", "b3RoZXI=", "bW9yZQ==")


class NotSampled(Exception):
    """The values of a policy cannot be cut into classes; the message says which."""


def samples(family: Family, values: Iterable[str], spellings: int) -> Iterator[str]:
    """Texts so that every value that a request may carry is told apart by *family* from none of them.

    *values* are those that the policies list for the family; *spellings* is how many texts of a class are made, where
    it has so many. Raises NotSampled.
    """
    if family is Family.NUMERIC:
        yield from _numbers(values, spellings)
    elif family is Family.DATE:
        yield from _dates(values, spellings)
    elif family is Family.IP:
        yield from _addresses(values, spellings)
    elif family is Family.BINARY:
        yield from (value for value in values if read.binary(value) is not None)
        yield from _FRESH_BINARY
    else:
        raise NotSampled(f"values of {family.value} are texts")
    yield from UNREADABLE


def _numbers(values: Iterable[str], spellings: int) -> Iterator[str]:
    found = sorted({_fraction(value) for value in values if read.number(value) is not None})
    for point in _between(found, Fraction(1)):
        text = _decimal(point)
        yield text
        yield from (text + ("" if "." in text else ".") + "0" * n for n in range(1, spellings + 1))


def _dates(values: Iterable[str], spellings: int) -> Iterator[str]:
    instants = (read.instant(value) for value in values)
    found = sorted({_seconds(instant) for instant in instants if instant is not None})
    for point in _between(found, Fraction(86_400)):
        text = _decimal(point)
        # Four digits alone would be a year.
        text += "" if "." in text else ".0"
        yield text
        yield from (text + "0" * n for n in range(1, spellings + 1))


def _seconds(instant: read.Instant) -> Fraction:
    whole, digits = instant
    return whole + (Fraction(int(digits), 10 ** len(digits)) if digits else Fraction(0))


def _fraction(text: str) -> Fraction:
    found = Decimal(text)
    if len(text) > _MOST_DIGITS or abs(found.adjusted()) > _MOST_DIGITS:
        raise NotSampled(f"the number `{text[:40]}` is too large, too small or too long to be told apart from others")
    return Fraction(found)


def _between(points: list[Fraction], step: Fraction) -> Iterator[Fraction]:
    """Every point, one between each two neighbours, one below all and one above all."""
    if not points:
        yield step
        return
    yield points[0] - step
    for point, following in zip(points, [*points[1:], None], strict=True):
        yield point
        yield point + step if following is None else (point + following) / 2


def _decimal(value: Fraction) -> str:
    """The exact value in digits; halves of decimal numbers are decimal numbers."""
    digits, numerator = 0, value
    while numerator.denominator != 1:
        numerator *= 10
        digits += 1
        if digits > 4 * _MOST_DIGITS:
            raise NotSampled("a number has too many digits")
    text = str(abs(numerator.numerator)).rjust(digits + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)


def _addresses(values: Iterable[str], spellings: int) -> Iterator[str]:
    networks = [network for value in values if (network := read.network(value)) is not None]
    for version, bits in ((4, 32), (6, 128)):
        edges = {0, 1 << bits}
        for found, prefix, free in networks:
            if found == version:
                edges |= {prefix << free, (prefix + 1) << free}
        ordered = sorted(edges)
        for start, end in pairwise(ordered):
            for address in range(start, min(end, start + spellings + 1)):
                yield str(IPv4Address(address) if version == 4 else IPv6Address(address))
                if version == 6:
                    yield IPv6Address(address).exploded
