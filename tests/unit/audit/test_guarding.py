"""What is asked once more before a step is made, and of the canary after the first one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from tests.unit.audit.repairing import (
    ADMINISTRATES,
    NOW,
    OUTDATED,
    SECOND,
    account_of,
    allow,
    managed,
    of,
    operator,
    remembered_repairs,
    user,
)

from iamfa.account.entities import Account, Role, Tags
from iamfa.audit.canary import CanaryError, Probe, look, probe_for
from iamfa.audit.guarding import Guard, UnsafeStepError
from iamfa.audit.live import ChangedSinceError
from iamfa.audit.plan_checks import Checker
from iamfa.audit.plan_values import Actor, Plan, PlanOptions
from iamfa.audit.planning import plan
from iamfa.gateway.faults import AccessDeniedError

FORCE = of("Force", "policy")


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    with remembered_repairs():
        yield


@cache
def account() -> Account:
    """One policy, on one user; two administrators."""
    base = account_of()
    kept = {name: base.users[name] for name in ("administrator", SECOND)}
    eve = user("eve", attached=(FORCE,))
    policies = {ADMINISTRATES: base.policies[ADMINISTRATES], FORCE: managed("Force", OUTDATED)}
    return replace(base, users=kept | {"eve": eve}, groups={}, policies=policies)


@cache
def made() -> Plan:
    return plan(account(), operator=operator(), now=NOW, options=PlanOptions(lose=("work-with-mfa",)))


def guard(found: Account, by: Actor | None = None, *, tags: Tags = ()) -> Guard:
    return Guard(found, None, by or operator(), made(), lambda arn: tags)


def with_users(*users: Any) -> Account:
    return replace(account(), users={**account().users, **{each.name: each for each in users}})


def test_an_account_that_is_as_it_was_lets_every_step_pass() -> None:
    asked = guard(account())
    asked(made().steps[0])
    assert asked.account.policies[FORCE].text == made().steps[0].after


def test_whoever_else_applies_it_must_be_able_to_undo_it_and_so_must_another() -> None:
    guard(account(), Actor(of(SECOND), "long-term-key"))(made().steps[0])
    with pytest.raises(UnsafeStepError, match=r"you \(.*eve.*\) could not undo it any more"):
        guard(account(), Actor(of("eve"), "long-term-key"))(made().steps[0])
    alone = replace(account(), users={n: u for n, u in account().users.items() if n != SECOND})
    with pytest.raises(UnsafeStepError, match="nobody besides you could undo it"):
        guard(alone)(made().steps[0])


def test_what_is_gone_or_reaches_others_now_is_not_changed() -> None:
    gone = replace(account(), policies={}, users={})
    with pytest.raises(ChangedSinceError, match="is not there any more"):
        guard(gone)(made().steps[0])
    role = Role("ops", "/", "AROAOPS", of("ops", "role"), NOW, allow("sts:AssumeRole"), attached=(FORCE,))
    with pytest.raises(UnsafeStepError, match=r"roles that the plan knows nothing of \(ops\)"):
        guard(replace(account(), roles={"ops": role}))(made().steps[0])
    unread = with_users(user("fay", attached=(FORCE, of("Gone", "policy"))))
    with pytest.raises(UnsafeStepError, match="not all that reaches `fay` can be judged"):
        guard(unread)(made().steps[0])


def test_what_another_tool_keeps_by_its_tags_now_is_not_changed() -> None:
    with pytest.raises(UnsafeStepError, match="Terraform seems to keep it"):
        guard(account(), tags=(("managed-by", "terraform"),))(made().steps[0])
    asked = guard(account(), tags=(("managed-by", "terraform"),))
    asked.plan = replace(made(), even_managed=True)
    asked(made().steps[0])


class Answers:
    """A caller who is refused, or not, one call after the other."""

    def __init__(self, *passes: bool) -> None:
        self._passes = list(passes)

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        if not (self._passes.pop(0) if len(self._passes) > 1 else self._passes[0]):
            raise AccessDeniedError("AccessDenied", "no", operation=f"{service}:{operation}")
        return {}


def test_the_canary_is_asked_until_the_change_has_reached_him() -> None:
    waited: list[float] = []
    said = look(Probe("ListRoles", {}), Answers(True, False), Answers(False, True), waited.append)
    assert said == "the canary was refused iam:ListRoles without MFA, and allowed it with MFA"
    assert waited == [0.5]


@pytest.mark.parametrize(
    ("without", "with_mfa", "said"),
    [(True, True, "is allowed iam:ListRoles without MFA"), (False, False, "is refused iam:ListRoles in a session")],
)
def test_a_canary_that_is_not_well_ends_it(without: bool, with_mfa: bool, said: str) -> None:
    with pytest.raises(CanaryError, match=said):
        look(Probe("ListRoles", {}), Answers(without), Answers(with_mfa), lambda seconds: None)


def test_a_harmless_call_is_chosen_that_tells_mfa_apart() -> None:
    found = with_users(user("fay", attached=(FORCE, ADMINISTRATES)))
    probe = probe_for(Checker(found, None), found.users["fay"])
    assert str(probe).startswith("iam:")
    free = with_users(user("gus", attached=(ADMINISTRATES,)))
    with pytest.raises(Exception, match="no harmless call is refused to `gus`"):
        probe_for(Checker(free, None), free.users["gus"])
