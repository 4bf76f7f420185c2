"""Wishes: defaults that go with the rest, contradictions that are named, and texts that no policy can hold."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.unit.advise.wished import ALONE, CONTRADICT, pairs, together

from iamfa.advise.wishes import ContradictionError, Wishes, resolved, wishes_from
from iamfa.errors import IamfaError
from iamfa.policy.document import Kind


def test_who_wishes_nothing_gets_the_defaults() -> None:
    assert wishes_from({}) == Wishes()
    assert wishes_from({"devices": None, "guard": None}) == Wishes()


@pytest.mark.parametrize("name", ALONE)
def test_each_wish_can_be_had_by_itself(name: str) -> None:
    wishes = wishes_from(ALONE[name])
    for field, value in ALONE[name].items():
        expected = frozenset(value) if field == "devices" else None if value == "no" and "_" in field else value
        assert getattr(wishes, field) == expected


@pytest.mark.parametrize("pair", sorted(pairs()), ids=" + ".join)
def test_a_pair_is_refused_exactly_if_it_contradicts_itself(pair: tuple[str, str]) -> None:
    told = together(*pair)
    if frozenset(pair) in CONTRADICT:
        with pytest.raises(ContradictionError) as caught:
            wishes_from(told)
        assert len(caught.value.contradictions) == 1
        assert str(caught.value).startswith("these wishes contradict each other: ")
        assert caught.value.hint is not None
    else:
        wishes_from(told)


@pytest.mark.parametrize(
    ("told", "default"),
    [
        ({"devices": ["fido"]}, {"command_line": "login", "deletion": "no"}),
        ({"devices": ["fido"], "attach": "scp"}, {"command_line": "none"}),
        ({"devices": ["hardware"]}, {"command_line": "codes", "deletion": "no"}),
        ({"partition": "aws-cn"}, {"devices": frozenset({"virtual"})}),
        ({"enrolment": "administrator"}, {"deletion": "no", "removal": False}),
        ({"attach": "scp"}, {"password": "no", "deletion": "no"}),
        ({"attach": "group"}, {"group": "users-with-mfa"}),
        ({"networks": ("192.0.2.0/24",)}, {"first_enrolment": "network"}),
        ({"enrolment_days": (date(2026, 12, 31),)}, {"first_enrolment": "tag"}),
        ({"enrolment_tag": "enrol"}, {"first_enrolment": "tag"}),
        ({"session_age": 1800}, {"fresh_for": None}),
        ({"session_age": 43_200}, {"fresh_for": 3600}),
        ({"fresh_for": "no"}, {"fresh_for": None}),
    ],
)
def test_defaults_go_with_what_was_told(told: dict[str, Any], default: dict[str, Any]) -> None:
    wishes = wishes_from(told)
    assert {name: getattr(wishes, name) for name in default} == default


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"devices": ()}, "no kind of device"),
        ({"first_enrolment": "network"}, "no network given"),
        ({"first_enrolment": "none", "networks": ("192.0.2.0/24",)}, "networks for the first enrolment"),
        ({"first_enrolment": "network", "networks": ("192.0.2.0/24",), "enrolment_tag": "x"}, "a tag for the first"),
        ({"first_enrolment": "none", "enrolment_days": (date(2026, 1, 1),)}, "last days for a tag"),
        ({"first_enrolment": "tag", "exempt_tag": ("MFA-Enrolment", "true")}, "the same tag for the exemption"),
        ({"attach": "group", "group": "no"}, "no group, and an inline policy of one"),
        ({"attach": "user", "group": "staff"}, "a group, and a policy that is attached as user"),
        ({"partition": "aws-cn", "devices": ("virtual", "hardware")}, "where AWS has none"),
    ],
)
def test_what_contradicts_itself_is_named(told: dict[str, Any], words: str) -> None:
    with pytest.raises(ContradictionError, match=words):
        wishes_from(told)


def test_several_contradictions_are_named_at_once() -> None:
    with pytest.raises(ContradictionError) as caught:
        wishes_from({"enrolment": "administrator", "first_enrolment": "tag", "deletion": "without-mfa"})
    assert len(caught.value.contradictions) == 2
    assert resolved({"enrolment": "administrator", "first_enrolment": "tag"}).first_enrolment == "tag"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"colour": "red"}, "`colour` is no wish"),
        ({"password": "maybe"}, "`maybe` is no value of password"),
        ({"devices": ("virtual", "sms")}, "`sms` is no value of devices"),
        ({"enrolment_tag": "a*"}, "is no key or value of a tag"),
        ({"enrolment_tag": "aws:x"}, "is no key or value of a tag"),
        ({"exempt_tag": ("a", "${aws:username}")}, "is no key or value of a tag"),
        ({"exempt_tag": ("a", "")}, "is no key or value of a tag"),
        ({"exempt_path": "service"}, "is no path"),
        ({"exempt_path": "/"}, "is no path"),
        ({"exempt_path": "/a*/"}, "is no path"),
        ({"exempt_path": "/a?/"}, "is no path"),
        ({"exempt_path": "/${aws:username}/"}, "is no path"),
        ({"name": "Force MFA"}, "is no name"),
        ({"group": "*", "attach": "group"}, "is no name"),
        ({"networks": ("office",)}, "is no range of addresses"),
        ({"networks": ("192.0.2.1/24",)}, "is no range of addresses"),
        ({"networks": ("0.0.0.0/0",)}, "are all addresses"),
        ({"networks": ("0.0.0.0/1", "192.0.2.0/24", "128.0.0.0/1")}, "are all addresses"),
        ({"fresh_for": 10}, "is no age of a session"),
        ({"session_age": 1_000_000}, "is no age of a session"),
        ({"session_age": 600, "fresh_for": "no"}, "no session is shorter"),
    ],
)
def test_what_no_policy_can_hold_is_refused(told: dict[str, Any], words: str) -> None:
    with pytest.raises(IamfaError, match=words) as caught:
        wishes_from(told)
    assert not isinstance(caught.value, ContradictionError)


@pytest.mark.parametrize(
    ("attach", "kind"),
    [("managed", Kind.IDENTITY), ("group", Kind.GROUP), ("user", Kind.USER), ("scp", Kind.SCP)],
)
def test_what_it_is_attached_as_is_what_it_is_judged_as(attach: str, kind: Kind) -> None:
    assert wishes_from({"attach": attach}).kind is kind
