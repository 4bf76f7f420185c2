"""An account whose outdated policy sits in every kind of place, with two administrators."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from tests.conftest import unfollowed

from iamfa.account.entities import AccessKey, Account, Group, ManagedPolicy, PolicyVersion, User
from iamfa.audit import planning
from iamfa.audit.plan_values import Actor
from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import Credentials
from iamfa.sandbox.embedded import ADMINISTRATOR, Sandbox
from iamfa.secret import Secret

# The same few texts are repaired again and again: what is frozen, and asked in the same way, is found once.
_REPAIR = cache(unfollowed(planning.repair))

NOW = datetime(2026, 11, 1, tzinfo=UTC)
POLICIES = Path(__file__).parents[2] / "data" / "policies"
OUTDATED = (POLICIES / "story-1-outdated.json").read_text(encoding="utf-8")
REQUIRED_ONLY = (POLICIES / "story-2-required-only.json").read_text(encoding="utf-8")
BOOL = (POLICIES / "aws-p5a.json").read_text(encoding="utf-8")
"""It denies with `Bool`, so that a key alone passes."""
WELL_MADE = (POLICIES / "aws-p1.json").read_text(encoding="utf-8")
ADMINISTRATES = "arn:aws:iam::aws:policy/AdministratorAccess"
SECOND = "second"
OTHER_KEY = "AKIASECONDSECONDSECO"


@contextmanager
def remembered_repairs() -> Iterator[None]:
    """Plans are made without repairing a text twice; the lines of repairs are followed in tests/unit/advise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "repair", _REPAIR)
        yield


def of(name: str, kind: str = "user", account: str = "123456789012") -> str:
    return f"arn:aws:iam::{account}:{kind}/{name}"


def user(name: str, **more: Any) -> User:
    return User(name, "/", f"AIDA{name.upper()}", of(name), NOW, **more)


def managed(name: str, *texts: str, **more: Any) -> ManagedPolicy:
    versions = tuple(PolicyVersion(f"v{i}", text, NOW) for i, text in enumerate(texts, 1))
    return ManagedPolicy(
        of(name, "policy"), name, "/", f"ANPA{name.upper()}", NOW, NOW, versions, versions[-1].id,
        newest=len(versions), **more,
    )  # fmt: skip


def put(account: Account, *entities: User | Group | ManagedPolicy | AccessKey) -> None:
    """Put entities into the account's tables, which are those of a sandbox."""
    tables = {User: account.users, Group: account.groups, ManagedPolicy: account.policies}
    for each in entities:
        if isinstance(each, AccessKey):
            cast("dict[str, AccessKey]", account.access_keys)[each.id] = each
        else:
            name = each.arn if isinstance(each, ManagedPolicy) else each.name
            cast("MutableMapping[str, Any]", tables[type(each)])[name] = each


def seed(account: Account) -> None:
    """The outdated policy on a group, as a boundary, and inline; a well-made one; two administrators."""
    put(
        account,
        managed("Force", OUTDATED),
        managed("Bound", OUTDATED),
        managed("Fine", WELL_MADE),
        Group("devs", "/", "AGPADEVS", of("devs", "group"), NOW, attached=(of("Force", "policy"),)),
        user("alice", groups=("devs",)),
        user("bob", groups=("devs",), attached=(of("Fine", "policy"),)),
        user("carol", inline={"own": REQUIRED_ONLY}),
        user("dan", boundary=of("Bound", "policy"), attached=(ADMINISTRATES,)),
        user(SECOND, attached=(ADMINISTRATES,)),
        AccessKey(OTHER_KEY, SECOND, "Active", NOW, Secret("s" * 40)),
    )


def account_of() -> Account:
    """The account alone."""
    account = Sandbox(services=False, seed=1).state.account
    seed(account)
    return account


def with_inline(account: Account, name: str, **inline: str) -> Account:
    """The account where a user has these inline policies."""
    return replace(account, users={**account.users, name: replace(account.users[name], inline=inline)})


def with_policy(account: Account, policy: ManagedPolicy, *holders: str) -> Account:
    """The account with a managed policy on some users."""
    users = {**account.users}
    for name in holders:
        users[name] = replace(users[name], attached=(*users[name].attached, policy.arn))
    return replace(account, users=users, policies={**account.policies, policy.arn: policy})


def operator(credential: str = "long-term-key") -> Actor:
    return Actor(of(ADMINISTRATOR), credential)


@contextmanager
def box_with(**settings: Any) -> Iterator[Sandbox]:
    """A sandbox with the account in it."""
    with Sandbox(services=False, **settings) as box:
        box.call(lambda state: seed(state.account))
        yield box


def iam(box: Sandbox, name: str = ADMINISTRATOR, *, attempts: int = 1) -> Aws:
    """The calls of a user, policies as texts."""
    found = box.environment_of(name)
    key = Credentials(found["AWS_ACCESS_KEY_ID"], Secret(found["AWS_SECRET_ACCESS_KEY"]))
    return Aws(
        key, region=box.region, endpoint_url=box.endpoint_url, attempts=attempts, texts_of_policies=True
    )  # fmt: skip


def allow(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
