"""An audit of small accounts at random says of each user what a slow look at him alone says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.properties.slow_audit import Slow
from tests.properties.small_accounts import NOW, NUMBER, Maker, Small
from tests.reference import matching

from iamfa.account.bearing import bundle_for
from iamfa.audit.audit import Judged, judge_users
from iamfa.audit.enforced import kinds_of
from iamfa.audit.roles import RoleJudge
from iamfa.audit.values import UserAudit
from iamfa.evaluate.match import action_matches
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import Call
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.platform import DEFAULTS

SMALL = st.builds(lambda seed: Maker(Random(seed)).small(), st.integers(0, 10**9))


@pytest.fixture(scope="module", autouse=True)
def remembered() -> Iterator[None]:
    """The reference's patterns, asked once each: the same ones are asked for every user."""
    fits = cache(matching.fits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "fits", lambda pattern, text: fits(tuple(pattern), text))
        yield


def judged(small: Small) -> Judged:
    return judge_users(small.account, small.organization, now=NOW)


@given(SMALL)
def test_every_answer_is_that_of_the_user_alone(small: Small) -> None:
    report = judged(small)
    slow = {name: Slow(small, user) for name, user in small.account.users.items()}
    actors = [slow[u.name] for u in report.users if u.has_key or u.has_password]
    for user in report.users:
        alone, kinds = slow[user.name], kinds_of(user.has_key, user.has_password)
        assert user.enforced.kinds == kinds
        assert user.enforced.answer == alone.enforced(kinds), user
        _hold_exempt(user, alone)
        _hold_witness(user, alone)
        if user.enforced.answer == "denied":
            others = alone.lifters(actors, kinds)
            assert {each.user for each in user.lifted.principals} == others, user
            assert user.lifted.count == len(others)
            assert user.lifted.answer == ("somebody" if others else "nobody")
        elif user.enforced.answer != "not-granted":
            assert user.lifted.answer == "nothing-to-lift"


def _hold_exempt(user: UserAudit, alone: Slow) -> None:
    """E holds all that passes, and nothing that the policies do not exempt by name."""
    if user.enforced.answer != "denied":
        return
    passing = alone.passing(alone.core(), user.enforced.kinds)
    for action in passing:
        assert any(action_matches(entry, action) for entry in user.enforced.exempt), (action, user)
    assert set(user.enforced.exempt) <= set(alone.named(alone.core())), user


def _hold_witness(user: UserAudit, alone: Slow) -> None:
    """What passes is allowed by the user's policies as they stand, for the reference, too."""
    witness = user.enforced.witness
    assert (witness is not None) or user.enforced.answer != "not-enforced", user
    if witness is not None:
        more = {} if alone.boundary is None else {"boundary": alone.boundary}
        request = witness.request
        assert request.principal.text == user.arn
        decided = alone.asked(request.action, request.resource, witness.credential, alone.documents(), **more)
        assert decided == "allowed", user


@given(SMALL)
def test_walks_that_are_shared_end_as_those_of_the_user_alone(small: Small) -> None:
    for user in judged(small).users:
        found = user.enrolled
        if found.answer in ("enrolled", "none-needed"):
            continue
        entity = small.account.users[user.name]
        subject = Subject.of(user.name, account=NUMBER, path=entity.path)
        context = {f"aws:PrincipalTag/{key}": value for key, value in entity.tags} | {"aws:userid": entity.id}
        world = World(bundle_for(small.account, entity, small.organization), subject, context=context)
        begins = [kind for kind, held in (("long-term-key", user.has_key), ("console", user.has_password)) if held]
        flows = [f for f in walk_flows(world, only=("enrol-first-device",)) if f.credential in begins]
        blocked = all(flow.result in ("blocked", "not_decided") for flow in flows if flow.device != "hardware")
        assert (found.refusal is not None) == blocked, user
        if found.refusal is not None:
            assert told(found.refusal.call) in [told(flow.refused) for flow in flows if flow.refused], user
        names = {"leaked-key-of-fresh-user": "long-term-key", "stolen-password": "console"}
        attacks = walk_attacks(world, only=("leaked-key-of-fresh-user", "stolen-password"))
        succeeds = any(a.result == "succeeds" and names[a.attack] in begins for a in attacks)
        witness = user.enforced.witness
        witness = witness if witness is not None and witness.can_be_sent else None
        assert (found.answer == "exposed-now") == (succeeds or witness is not None), user
        if found.answer == "exposed-now" and witness is None:
            assert [told(call) for call in found.trace] in [[told(call) for call in a.trace] for a in attacks], user


def told(call: Call) -> tuple[object, ...]:
    """What a call says, apart from labels that hang on the order of policies."""
    return call.call, call.resource, call.credential, call.outcome, call.message


@given(SMALL)
def test_roles_are_open_to_those_who_can_assume_them_without_mfa(small: Small) -> None:
    report = judged(small)
    judge = RoleJudge(small.account, report.reading, report.holdings, DEFAULTS)
    found = {each.role.arn: set(each.users) for each in judge.judge(report.members).open}
    for role in small.account.roles.values():
        able = {
            user.name
            for user in report.users
            if Slow(small, small.account.users[user.name]).assumes(role, kinds_of(user.has_key, user.has_password))
        }
        assert found.get(role.arn, set()) == able, role


@given(SMALL)
def test_the_order_and_number_of_users_change_nothing(small: Small) -> None:
    together = {user.name: user for user in judged(small).users}
    for name in small.account.users:
        everybody = small.account.users
        small.account.users = {name: everybody[name]}
        (alone,) = judged(small).users
        small.account.users = everybody
        assert alone.enforced == together[name].enforced
        assert alone.enrolled == together[name].enrolled
