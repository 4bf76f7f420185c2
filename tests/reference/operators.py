"""The Condition element (reference_policies_elements_condition_operators).

Each family is one function `compare(policy value, request value) -> True, False or None`; None means that the
two cannot be compared at all (a number that is no number). A negated operator holds only where every
comparison says False, so that what cannot be compared satisfies neither the operator nor its negation.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import NamedTuple

from tests.reference.matching import Context, InvalidLine, arn_fits, expand, fits

Compare = Callable[[str, str, Context, bool], bool | None]
DIGITS = "0123456789"


def string_equals(policy: str, request: str, context: Context, variables: bool) -> bool | None:
    pattern = expand(policy, context, variables=variables, wildcards=False)
    return pattern is not None and pattern == list(request)


def string_equals_ignore_case(policy: str, request: str, context: Context, variables: bool) -> bool | None:
    pattern = expand(policy, context, variables=variables, wildcards=False)
    return pattern is not None and "".join(map(str, pattern)).lower() == request.lower()


def string_like(policy: str, request: str, context: Context, variables: bool) -> bool | None:
    pattern = expand(policy, context, variables=variables, wildcards=True)
    return pattern is not None and fits(pattern, request)


def arn_like(policy: str, request: str, context: Context, variables: bool) -> bool | None:
    pattern = expand(policy, context, variables=variables, wildcards=True)
    return pattern is not None and arn_fits(pattern, request)


def is_true(text: str) -> bool:
    """Any text but "true", in any case, is false (measured on AWS)."""
    return text.lower() == "true"


def boolean(policy: str, request: str, context: Context, variables: bool) -> bool | None:
    return is_true(policy) == is_true(request)


def bytes_of(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: characters beyond ASCII
        return None


def binary_equals(policy: str, request: str, context: Context, variables: bool) -> bool | None:
    """Byte for byte; base64 on either side."""
    wanted, given = bytes_of(policy), bytes_of(request)
    return None if wanted is None or given is None else wanted == given


def network_of(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Standard CIDR; no prefix is one address; address bits beyond the mask are ignored (access-analyzer checks,
    "Improve IP range")."""
    _, slash, prefix = text.partition("/")
    if "%" in text or (slash and not (prefix and all(digit in DIGITS for digit in prefix))):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def ip_address(policy: str, request: str, context: Context, variables: bool) -> bool | None:
    network, given = network_of(policy), network_of(request)
    if network is None or given is None or "/" in request:
        return None
    return given.version == network.version and given.network_address in network


def number_of(text: str) -> Decimal | None:
    """An integer or decimal value, exactly; no exponent, no spaces, no "5abc"."""
    whole, _, fraction = text.removeprefix("-").removeprefix("+").partition(".")
    if not (whole or fraction) or not all(digit in DIGITS for digit in whole + fraction):
        return None
    if text[:2] in ("-+", "+-"):
        return None
    return Decimal(text)


def instant_of(text: str) -> Decimal | None:
    """Seconds since 1970, exactly, of an epoch time or one of the W3C forms of ISO 8601:
    YYYY, YYYY-MM, YYYY-MM-DD, and YYYY-MM-DDThh:mm[:ss[.s…]] with Z, +hh:mm or -hh:mm."""
    if not text or text[0] not in DIGITS:
        return None
    if all(digit in DIGITS for digit in text.replace(".", "", 1)) and ("." in text or len(text) != 4):
        return Decimal(text)
    date, has_time, time = text.partition("T")
    shape = "".join("9" if digit in DIGITS else digit for digit in date)
    if shape not in ("9999", "9999-99", "9999-99-99") or (has_time and shape != "9999-99-99"):
        return None
    year, month, day = [*date.split("-"), "01", "01"][:3]
    clock, offset, fraction = "00:00:00", timedelta(0), Decimal(0)
    if has_time:
        if time.endswith("Z"):
            time, zone = time[:-1], "+00:00"
        else:
            time, zone = time[:-6], time[-6:]
        if zone[:1] not in ("+", "-") or zone[3:4] != ":" or not all(digit in DIGITS for digit in zone[1:3] + zone[4:]):
            return None
        if len(zone) != 6 or int(zone[1:3]) > 23 or int(zone[4:]) > 59:
            return None
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:])) * (-1 if zone[0] == "-" else 1)
        clock, has_fraction, tail = time.partition(".")
        if has_fraction and (len(clock) != 8 or not tail or not all(digit in DIGITS for digit in tail)):
            return None
        fraction = Decimal("0." + tail) if has_fraction else Decimal(0)
        clock = clock + ":00" if len(clock) == 5 else clock
        if "".join("9" if digit in DIGITS else digit for digit in clock) != "99:99:99":
            return None
    hour, minute, second = clock.split(":")
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
    since = moment - datetime(1970, 1, 1, tzinfo=UTC) - offset
    return Decimal(since.days * 86400 + since.seconds) + fraction


def ordered(read: Callable[[str], Decimal | None], holds: Callable[[Decimal, Decimal], bool]) -> Compare:
    """A comparison of the request's value with the policy's, in this order, both read by *read*."""

    def compare(policy: str, request: str, context: Context, variables: bool) -> bool | None:
        wanted, given = read(policy), read(request)
        return None if wanted is None or given is None else holds(given, wanted)

    return compare


class Operator(NamedTuple):
    compare: Compare
    negated: bool
    variables: bool
    """Whether policy variables may stand in its values: String and ARN operators only (reference_policies_variables,
    "Condition element"; access-analyzer checks, "Invalid variable for operator")."""


OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator(string_equals, False, True),
    "StringNotEquals": Operator(string_equals, True, True),
    "StringEqualsIgnoreCase": Operator(string_equals_ignore_case, False, True),
    "StringNotEqualsIgnoreCase": Operator(string_equals_ignore_case, True, True),
    "StringLike": Operator(string_like, False, True),
    "StringNotLike": Operator(string_like, True, True),
    "ArnEquals": Operator(arn_like, False, True),
    "ArnLike": Operator(arn_like, False, True),
    "ArnNotEquals": Operator(arn_like, True, True),
    "ArnNotLike": Operator(arn_like, True, True),
    "Bool": Operator(boolean, False, False),
    "BinaryEquals": Operator(binary_equals, False, False),
    "IpAddress": Operator(ip_address, False, False),
    "NotIpAddress": Operator(ip_address, True, False),
}
for family, reader in (("Numeric", number_of), ("Date", instant_of)):
    for suffix, holds, negated in (
        ("Equals", eq, False),
        ("NotEquals", eq, True),
        ("LessThan", lt, False),
        ("LessThanEquals", le, False),
        ("GreaterThan", gt, False),
        ("GreaterThanEquals", ge, False),
    ):
        OPERATORS[family + suffix] = Operator(ordered(reader, holds), negated, False)


class OperatorName(NamedTuple):
    qualifier: str | None
    base: str
    if_exists: bool


def read_operator(name: str) -> OperatorName:
    """`ForAnyValue:StringLikeIfExists` and the like; what AWS's page does not list is an error, never a match."""
    prefix, colon, base = name.rpartition(":")
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    if colon and prefix not in ("ForAllValues", "ForAnyValue"):
        raise InvalidLine(f"unknown set operator in `{name}`")
    if base == "Null" and if_exists:
        raise InvalidLine("`Null` does not take `IfExists`")  # condition operators, ...IfExists
    if base != "Null" and base not in OPERATORS:
        raise InvalidLine(f"unknown condition operator `{name}`")
    return OperatorName(prefix or None, base, if_exists)


def check_values(name: OperatorName, values: list[str], variables: bool) -> None:
    """Variables must be well formed, and stand only where they may."""
    may_have_variables = name.base in OPERATORS and OPERATORS[name.base].variables
    for value in values if variables else []:
        if may_have_variables:
            expand(value, {}, variables=True, wildcards=True)
        elif "${" in value:
            raise InvalidLine(f"policy variables can only be used with String and ARN operators, not `{name.base}`")


def condition_holds(
    name: OperatorName, values: list[str], given: str | list[str] | None, context: Context, variables: bool
) -> bool:
    """One operator on one key. *given* is the request's value: None is absent, a list is a multivalued key."""
    check_values(name, values, variables)
    is_empty = given is None or not any(given)
    if name.base == "Null":
        # access-analyzer checks, "Null with qualifier": with these it always returns true or false respectively.
        if name.qualifier is not None:
            return name.qualifier == "ForAllValues"
        # "true (the key doesn't exist — it is null) or false (the key exists and its value is not null)"
        return any(is_true(value) == is_empty for value in values)

    operator = OPERATORS[name.base]

    def satisfies(request: str) -> bool:
        results = [operator.compare(value, request, context, variables) for value in values]
        # condition-logic-multiple-context-keys-or-values: OR, and NOR for negated operators
        return all(result is False for result in results) if operator.negated else any(results)

    if given is None or given == []:
        if name.if_exists:
            return True  # "If the key is not present, evaluate the condition element as true."
        if name.qualifier is not None:
            return name.qualifier == "ForAllValues"  # single-vs-multi-valued-context-keys
        return operator.negated  # condition operators, "Important"
    if name.qualifier == "ForAllValues":
        # "... if the context key value resolves to a null dataset, such as an empty string"
        return is_empty or all(satisfies(request) for request in given_list(given))
    if name.qualifier == "ForAnyValue":
        return any(satisfies(request) for request in given_list(given))
    if isinstance(given, list):
        return False  # "Multivalued context keys require a condition set operator": without one, not a match
    return satisfies(given)


def given_list(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given
