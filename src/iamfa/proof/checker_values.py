"""Values to try, one at least of each sort that numbers, dates, addresses and bytes in a policy can tell apart.

Between two neighbouring numbers of a policy all numbers are alike for it, and so below the first and above the last;
so are all texts that are no number. Operators: AWS's page reference_policies_elements_condition_operators of the IAM
User Guide; texts are read by `policy.operator_values`, as the evaluator reads them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from iamfa.policy import operator_values as read
from iamfa.policy.operators import Family

Scaled = tuple[int, int]
"""A decimal: an integer, and by how many places its point stands to the left."""

NO_VALUE: Final = "no-value"
"""A text that is no number, no date, no address and no base64."""

_LARGEST_SCALE: Final = 400
"""Numbers with a larger exponent are not written out."""


def candidates(family: Family, listed: Iterable[str]) -> tuple[str, ...] | None:
    """Texts of every sort that the listed values of an operator of this family tell apart.

    None where they cannot all be written, and so nothing may be concluded.
    """
    listed = tuple(dict.fromkeys(listed))
    made = _MAKERS[family](listed)
    return None if made is None else tuple(dict.fromkeys((NO_VALUE, "", *listed, *made)))


def _numbers(listed: Sequence[str]) -> tuple[str, ...] | None:
    scaled = [_scaled(text) for text in listed if read.number(text) is not None]
    return _around(scaled, lambda value: f"{value[0]}e{-value[1]}", lambda text: read.number(text) is not None)


def _scaled(text: str) -> Scaled | None:
    """The number that a text spells, which `read.number` has read."""
    mantissa, _, power = text.replace("E", "e").partition("e")
    whole, _, fraction = mantissa.partition(".")
    if len(power) > _LARGEST_SCALE or len(mantissa) > _LARGEST_SCALE:
        return None
    exponent = int(power or "0")
    if abs(exponent) > _LARGEST_SCALE:
        return None
    return int(whole + fraction), len(fraction) - exponent


def _dates(listed: Sequence[str]) -> tuple[str, ...] | None:
    scaled = [_seconds(found) for text in listed if (found := read.instant(text)) is not None]
    return _around(scaled, _epoch_text, lambda text: read.instant(text) is not None)


def _seconds(instant: read.Instant) -> Scaled | None:
    whole, fraction = instant
    if len(fraction) > _LARGEST_SCALE:
        return None
    return whole * 10 ** len(fraction) + int(fraction or "0"), len(fraction)


def _epoch_text(value: Scaled) -> str:
    digits, places = value
    sign, text = ("-", str(-digits)) if digits < 0 else ("", str(digits))
    text = text.rjust(places + 1, "0")
    whole, fraction = (text[:-places], text[-places:]) if places else (text, "")
    return f"{sign}{whole}.{fraction or '0'}"


def _around(
    found: Sequence[Scaled | None], spelled: Callable[[Scaled], str], readable: Callable[[str], bool]
) -> tuple[str, ...] | None:
    """A value between each two neighbours, one below and one above, and the values themselves."""
    known = [value for value in found if value is not None]
    if len(known) < len(found):
        return None
    places = max([0, *(places for _, places in known)])
    units = sorted({digits * 10 ** (places - at) for digits, at in known})
    if not units:
        units = [0]
    cuts = [units[0] * 10 - 1, *(value * 10 for value in units), units[-1] * 10 + 1]
    cuts += [(first + second) * 5 for first, second in pairwise(units)]
    texts = tuple(spelled((cut, places + 1)) for cut in cuts)
    return texts if all(map(readable, texts)) else None


def _addresses(listed: Sequence[str]) -> tuple[str, ...]:
    cuts = {(version, place) for version, bits in _BITS.items() for place in (0, 2**bits - 1)}
    for text in listed:
        within = read.network(text)
        if within is None:
            continue
        version, prefix, free = within
        first, last = prefix << free, ((prefix + 1) << free) - 1
        cuts |= {(version, place) for place in (first - 1, first, last, last + 1) if 0 <= place < 2 ** _BITS[version]}
    return tuple(
        str(IPv4Address(place)) if version == 4 else str(IPv6Address(place)) for version, place in sorted(cuts)
    )


_BITS: Final = MappingProxyType({4: 32, 6: 128})


def _bytes(listed: Sequence[str]) -> tuple[str, ...]:
    return (base64.b64encode(b"\0" * (1 + max((len(text) for text in listed), default=0))).decode("ascii"),)


_MAKERS: Final = MappingProxyType(
    {Family.NUMERIC: _numbers, Family.DATE: _dates, Family.IP: _addresses, Family.BINARY: _bytes}
)

TRIED: Final = frozenset(_MAKERS)
"""The families that are decided by trying values; the others are decided as texts."""
