"""How the operators read what they compare: numbers, dates, addresses, binary values, Booleans.

Each reader answers None for a text that is none of its kind; what follows from that is the operator's business.
Nothing here uses floating point, so that no two different values are ever equal.
"""

from __future__ import annotations

import binascii

Number = tuple[int, int, str]
"""A number as a tuple that Python orders as the numbers are ordered: sign, exponent, digits."""

Instant = tuple[int, str]
"""Seconds since 1970 rounded down, and the digits of the fraction without trailing zeros; ordered as time is."""

Address = tuple[int, int]
"""The version of an address (4 or 6) and the address as an integer."""

Network = tuple[int, int, int]
"""The version, the address as an integer and how many bits of it do not matter."""

_LARGEST_EXPONENT = 2_147_483_647
_LONGEST_EPOCH = 18
_NINES_COMPLEMENT = str.maketrans("0123456789", "9876543210")


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def number(text: str) -> Number | None:
    """The exact value of a decimal number: digits, a sign, a fraction, an exponent as JSON allows it.

    Nothing is expanded: an exponent costs nothing, however large. One beyond 32 bits makes the text no number.
    """
    mantissa, mark, power = text.replace("E", "e").partition("e")
    negative = mantissa.startswith("-")
    if mantissa[:1] in ("+", "-"):
        mantissa = mantissa[1:]
    whole, _, fraction = mantissa.partition(".")
    if not _is_digits(whole + fraction):
        return None
    exponent = 0
    if mark:
        bare = power[1:] if power[:1] in ("+", "-") else power
        magnitude = bare.lstrip("0") or "0"
        if not _is_digits(bare) or len(magnitude) > 10:
            return None
        exponent = -int(magnitude) if power.startswith("-") else int(magnitude)
        if abs(exponent) > _LARGEST_EXPONENT:
            return None
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return (0, 0, "")
    exponent += len(digits) - len(fraction)
    digits = digits.rstrip("0")
    if negative:
        # The complement reverses the order of the digits, and "~" sorts a shorter one behind a longer one.
        return (-1, -exponent, digits.translate(_NINES_COMPLEMENT) + "~")
    return (1, exponent, digits)


def instant(text: str) -> Instant | None:
    """A point in time: the W3C profile of ISO 8601, or seconds since 1970.

    Four digits alone are a year. A time without an offset is read as UTC (the profile demands one; AWS does not say).
    """
    if len(text) == 4 and _is_digits(text):
        return _civil_instant(text, "")
    if "T" in text:
        date, _, time = text.partition("T")
        return _civil_instant(date, time) if len(date) == 10 and time else None
    if text[4:5] == "-":
        return _civil_instant(text, "")
    return _epoch(text)


def _epoch(text: str) -> Instant | None:
    negative = text.startswith("-")
    whole, point, fraction = text.removeprefix("-").partition(".")
    if not _is_digits(whole) or len(whole) > _LONGEST_EPOCH or (point and not _is_digits(fraction)):
        return None
    fraction = fraction.rstrip("0")
    if not negative:
        return (int(whole), fraction)
    if not fraction:
        return (-int(whole), "")
    complement = fraction[:-1].translate(_NINES_COMPLEMENT) + str(10 - int(fraction[-1]))
    return (-int(whole) - 1, complement)


def _civil_instant(date: str, time: str) -> Instant | None:
    days = _days(date)
    clock = _clock(time) if time else (0, "")
    if days is None or clock is None:
        return None
    return (days * 86_400 + clock[0], clock[1])


def _days(date: str) -> int | None:
    """Days from 1970-01-01 to `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; a missing month or day is the first."""
    fields = date.split("-")
    if [len(field) for field in fields] not in ([4], [4, 2], [4, 2, 2]) or not all(map(_is_digits, fields)):
        return None
    year, month, day = (*map(int, fields), 1, 1)[:3]
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not 1 <= month <= 12 or not 1 <= day <= lengths[month - 1]:
        return None
    before = year - 1
    leap_days = before // 4 - before // 100 + before // 400
    return before * 365 + leap_days + sum(lengths[: month - 1]) + day - 1 - 719_162


def _clock(time: str) -> tuple[int, str] | None:
    """Seconds since midnight UTC, and the fraction's digits, of `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s` with an offset."""
    offset = 0
    if time.endswith("Z"):
        time = time[:-1]
    elif time[-6:-5] in ("+", "-"):
        minutes = _two_fields(time[-5:])
        if minutes is None:
            return None
        offset = -minutes if time[-6] == "-" else minutes
        time = time[:-6]
    minutes = _two_fields(time[:5])
    if minutes is None:
        return None
    seconds, fraction = "00", ""
    if len(time) > 5:
        seconds, point, fraction = time[6:].partition(".")
        if time[5] != ":" or len(seconds) != 2 or not _is_digits(seconds) or int(seconds) > 59:
            return None
        if point and not _is_digits(fraction):
            return None
    return ((minutes - offset) * 60 + int(seconds), fraction.rstrip("0"))


def _two_fields(text: str) -> int | None:
    """`hh:mm` in minutes."""
    if len(text) != 5 or text[2] != ":" or not _is_digits(text[:2] + text[3:]):
        return None
    hours, minutes = int(text[:2]), int(text[3:])
    return hours * 60 + minutes if hours <= 23 and minutes <= 59 else None


def address(text: str) -> Address | None:
    """An IPv4 or IPv6 address, without prefix length or zone."""
    parts = text.split(".")
    if len(parts) == 4 and ":" not in text:
        value = 0
        for part in parts:
            if not _is_digits(part) or len(part) > 3 or (part[0] == "0" and part != "0") or int(part) > 255:
                return None
            value = value << 8 | int(part)
        return (4, value)
    if ":" not in text or "%" in text or "/" in text:
        return None
    from ipaddress import AddressValueError, IPv6Address  # a slow import that most policies do without

    try:
        return (6, int(IPv6Address(text)))
    except AddressValueError:
        return None


def network(text: str) -> Network | None:
    """A range in CIDR notation, or a single address; bits behind the prefix do not matter, whatever they are."""
    base, slash, prefix = text.partition("/")
    found = address(base)
    if found is None:
        return None
    version, value = found
    bits = 32 if version == 4 else 128
    length = bits
    if slash:
        if not _is_digits(prefix) or len(prefix) > 3 or int(prefix) > bits:
            return None
        length = int(prefix)
    free = bits - length
    return (version, value >> free, free)


def in_network(value: Address, within: Network) -> bool:
    """Whether an address lies in a range; IPv4 and IPv6 never meet."""
    version, prefix, free = within
    return value[0] == version and value[1] >> free == prefix


def binary(text: str) -> bytes | None:
    """The bytes of a base64 text, padded as RFC 4648 has it."""
    if len(text) % 4 or text.endswith("==="):
        return None
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None


def boolean(text: str) -> bool | None:
    """`true` or `false` in a policy, whatever the case of the letters."""
    lower = text.lower()
    return True if lower == "true" else False if lower == "false" else None
