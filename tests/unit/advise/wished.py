"""Wishes as tests state them: each value that can be wished for by itself, and pairs of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations
from typing import Any

from iamfa.advise.wishes import ContradictionError, wishes_from

Told = Mapping[str, Any]

ALONE: Mapping[str, Told] = {
    "by an administrator": {"enrolment": "administrator"},
    "fido only": {"devices": ("fido",)},
    "virtual only": {"devices": ("virtual",)},
    "codes only": {"devices": ("virtual", "hardware")},
    "no virtual": {"devices": ("hardware", "fido")},
    "china": {"partition": "aws-cn"},
    "govcloud": {"partition": "aws-us-gov"},
    "any partition": {"partition": "any"},
    "no paths": {"paths": False},
    "sessions by codes": {"command_line": "codes"},
    "sessions by login": {"command_line": "login"},
    "sessions by both": {"command_line": "both"},
    "no sessions": {"command_line": "none"},
    "list virtual devices": {"listing": "virtual"},
    "list nothing": {"listing": "no"},
    "password without mfa": {"password": "without-mfa"},
    "password with mfa": {"password": "with-mfa"},
    "no password": {"password": "no"},
    "delete without mfa": {"deletion": "without-mfa"},
    "delete with mfa": {"deletion": "with-mfa"},
    "delete nothing": {"deletion": "no"},
    "no removal": {"removal": False},
    "removal": {"removal": True},
    "keys": {"keys": True},
    "login profile": {"login_profile": True},
    "tag": {"first_enrolment": "tag"},
    "tag of a name": {"first_enrolment": "tag", "enrolment_tag": "team:enrol"},
    "tag with days": {"first_enrolment": "tag", "enrolment_days": (date(2026, 12, 31), date(2027, 1, 31))},
    "network": {"first_enrolment": "network", "networks": ("192.0.2.0/24", "2001:db8::/48")},
    "no freshness": {"fresh_for": "no"},
    "half an hour": {"fresh_for": 1800},
    "a day": {"session_age": 86_400},
    "a quarter of an hour": {"session_age": 900},
    "not confined": {"confined": False},
    "exempt by tag": {"exempt_tag": ("mfa-exempt", "true")},
    "exempt by path": {"exempt_path": "/service/"},
    "group inline": {"attach": "group", "group": "staff"},
    "user inline": {"attach": "user"},
    "scp": {"attach": "scp"},
    "managed by a group": {"attach": "managed", "group": "staff"},
    "guard": {"guard": True},
}
"""Every wish by itself, beside the defaults."""

CONTRADICT = {
    frozenset(pair.split(" + "))
    for pair in (
        "fido only + sessions by codes", "fido only + sessions by both", "fido only + delete without mfa",
        "no virtual + delete without mfa", "by an administrator + delete without mfa", "by an administrator + tag",
        "by an administrator + tag of a name", "by an administrator + tag with days", "by an administrator + network",
        "by an administrator + scp", "a quarter of an hour + half an hour", "scp + keys", "scp + login profile",
        "scp + password with mfa", "scp + delete with mfa", "scp + sessions by login", "scp + sessions by both",
        "scp + guard", "china + no virtual", "china + codes only",
    )
}  # fmt: skip
"""The pairs that cannot be had together, whatever else is wished for."""


def pairs() -> Iterator[tuple[str, str]]:
    """Every pair of wishes that are about different things."""
    for one, other in combinations(ALONE, 2):
        if not set(ALONE[one]) & set(ALONE[other]):
            yield one, other


def together(*names: str) -> Told:
    """The wishes of these names in one."""
    told: dict[str, Any] = {}
    for name in names:
        assert not set(told) & set(ALONE[name])
        told |= ALONE[name]
    return told


def covering() -> list[tuple[str, ...]]:
    """Few sets of wishes in which every pair that can be had together occurs, found by taking what fits."""
    left = {frozenset(pair) for pair in pairs()} - CONTRADICT
    left = {pair for pair in left if _can_be(*pair)}
    found = []
    while left:
        chosen: list[str] = []
        for pair in sorted(left, key=sorted):
            more = [name for name in sorted(pair) if name not in chosen]
            if _fits(chosen, more):
                chosen += more
        for name in ALONE:
            gained = sum(frozenset((name, other)) in left for other in chosen)
            if name not in chosen and gained and _fits(chosen, [name]):
                chosen.append(name)
        left -= {frozenset(pair) for pair in combinations(chosen, 2)}
        found.append(tuple(chosen))
    return found


def _fits(chosen: list[str], more: list[str]) -> bool:
    names = [*chosen, *more]
    wishes = [wish for name in names for wish in ALONE[name]]
    return bool(more) and len(wishes) == len(set(wishes)) and _can_be(*names)


def _can_be(*names: str) -> bool:
    if any(frozenset(pair) in CONTRADICT for pair in combinations(names, 2)):
        return False
    try:
        wishes_from(together(*names))
    except ContradictionError:
        return False
    # An inline policy of a user is too small for most; those pairs are composed one by one.
    return "user inline" not in names
