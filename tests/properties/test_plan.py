"""Plans of random accounts, held against every user's verdicts before and after, asked one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.audit.repairing import (
    ADMINISTRATES,
    BOOL,
    NOW,
    OUTDATED,
    REQUIRED_ONLY,
    WELL_MADE,
    account_of,
    managed,
    of,
    operator,
    remembered_repairs,
    user,
)

from iamfa.account.bearing import bundle_for
from iamfa.account.entities import Account, Group
from iamfa.audit.plan_places import changed
from iamfa.audit.plan_values import PlanOptions
from iamfa.audit.planning import plan
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.lifecycle.result import FlowName
from iamfa.sandbox.embedded import ADMINISTRATOR

TEXTS: Final = (OUTDATED, REQUIRED_ONLY, BOOL, WELL_MADE)
NAMES: Final = ("eve", "fay", "gus")
ON_DEVICES: Final = ("iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice")
ON_USERS: Final = (
    "iam:EnableMFADevice", "iam:DeactivateMFADevice", "iam:ListMFADevices", "iam:CreateAccessKey", "iam:ChangePassword",
)  # fmt: skip
ON_ANYTHING: Final = ("iam:ListUsers", "s3:ListAllMyBuckets", "ec2:DescribeInstances")
CREDENTIALS: Final = ("long-term-key", "token", "token-mfa", "console", "console-mfa")


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Some policies, in a group, on users, inline and as boundaries."""
    base = account_of()
    texts = st.sampled_from(TEXTS)
    policies = {p.arn: p for p in (managed(f"P{n}", draw(texts)) for n in range(2))}
    some = st.lists(st.sampled_from([*policies, ADMINISTRATES]), max_size=2, unique=True).map(tuple)
    inline = st.dictionaries(st.sampled_from(("a", "b")), texts, max_size=1)
    group = Group("devs", "/", "AGPADEVS", of("devs", "group"), NOW, draw(inline), draw(some))
    users = {
        name: user(
            name,
            groups=draw(st.sampled_from(((), ("devs",)))),
            inline=draw(inline),
            attached=draw(some),
            boundary=draw(st.sampled_from((None, None, *policies))),
        )
        for name in NAMES
    }
    kept = {name: base.users[name] for name in (ADMINISTRATOR, "second")}
    return replace(
        base,
        users=kept | users,
        groups={"devs": group},
        policies={ADMINISTRATES: base.policies[ADMINISTRATES]} | policies,
    )


def verdicts(account: Account, name: str) -> dict[tuple[str, str, str], str]:
    """What the evaluator says of requests of the user, one by one, on resources on which AWS authorises the action."""
    who = account.users[name]
    decider = Decider(bundle_for(account, who))
    asked = (
        *((action, of(device, "mfa")) for action in ON_DEVICES for device in (name, "phone")),
        *((action, arn) for action in ON_USERS for arn in (who.arn, of("administrator"))),
        *((action, "*") for action in ON_ANYTHING),
    )
    return {
        (action, resource, credential): decider.decide(
            Request.by_user(who.arn, action, resource, credential=credential)
        ).decision
        for action, resource in asked
        for credential in CREDENTIALS
    }


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    with remembered_repairs():
        yield


@pytest.mark.soak
@given(account=accounts(), may_lose=st.booleans())
def test_what_changes_for_anybody_is_what_the_plan_tells_of_him(account: Account, may_lose: bool) -> None:
    lose = get_args(FlowName) if may_lose else ()
    found = plan(account, operator=operator("token-mfa"), now=NOW, options=PlanOptions(lose=lose, catalogue_age_days=1))
    for step in found.steps:
        after = changed(account, step.spot, step.after, step.deletes)
        told = {name: effect for effect in step.effects for name in effect.users}
        assert set(told) == set(step.users)
        for name in account.users:
            were, are = verdicts(account, name), verdicts(after, name)
            gained = {asked[0] for asked in were if were[asked] != "allowed" and are[asked] == "allowed"}
            lost = {asked[0] for asked in were if were[asked] == "allowed" and are[asked] != "allowed"}
            if name not in told:
                assert not gained | lost
                continue
            permits, refuses = " ".join(told[name].newly_permits), " ".join(told[name].newly_refuses)
            assert all(action in permits or "everything that no list names" in permits for action in gained)
            assert all(action in refuses or "everything that no list names" in refuses for action in lost)
        account = after
    again = plan(account, operator=operator("token-mfa"), now=NOW, options=PlanOptions(lose=lose, catalogue_age_days=1))
    assert not again.steps
