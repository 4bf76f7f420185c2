"""An account of 5,000 users and 300 distinct sets of policies, from the parsed snapshot to the verdict on each user.

Measured in a process of its own, so that the memory is that of the audit alone.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.measure import Row
from iamfa.account.entities import (
    AccessKey,
    Account,
    Device,
    Group,
    LoginProfile,
    ManagedPolicy,
    PolicyVersion,
    Role,
    User,
)

TURNS = 3
NUMBER = "123456789012"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ROOT = f"arn:aws:iam::{NUMBER}"
_SERVICES = ("s3", "ec2", "sqs", "sns", "lambda", "dynamodb", "logs", "cloudwatch", "kms", "rds", "ecs", "glue")
_VERBS = ("Get*", "List*", "Describe*", "Put*", "Create*", "*")
_SELF: dict[str, Any] = {
    "Effect": "Allow",
    "Action": ["iam:*VirtualMFADevice", "iam:EnableMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices"],
    "Resource": [f"{_ROOT}:mfa/*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"],
}
_EXEMPT = [
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:ListMFADevices",
    "iam:GetUser",
    "sts:GetSessionToken",
]
_DENY: dict[str, Any] = {
    "Sid": "DenyWithoutMFA",
    "Effect": "Deny",
    "NotAction": _EXEMPT,
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}


def _spared(condition: dict[str, Any]) -> dict[str, Any]:
    return {**_DENY, "Condition": {**_DENY["Condition"], **condition}}


_ENFORCING: tuple[list[dict[str, Any]], ...] = (
    [_SELF, _DENY],
    [_SELF, _spared({"StringNotEquals": {"aws:PrincipalTag/mfa-exempt": "true"}})],
    [{**_SELF, "Resource": [f"{_ROOT}:mfa/${{aws:username}}", f"{_ROOT}:user/${{aws:username}}"]}, _DENY],
    [_SELF, {**_DENY, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}],
    [_SELF, _spared({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/break-glass/*"}})],
)


def account_of(users: int = 5000, sets: int = 300, seed: int = 1) -> Account:
    """The account, the same one for the same numbers."""
    chance = random.Random(seed)
    account = Account(NUMBER)
    policies = [_policy(f"work-{i}", _work(chance)) for i in range(65)]
    policies += [_policy(f"ForceMFA-{i}", statements) for i, statements in enumerate(_ENFORCING)]
    policies.append(_policy("admins", [{"Effect": "Allow", "Action": "*", "Resource": "*"}]))
    account.policies = {policy.arn: policy for policy in policies}
    work = [policy.arn for policy in policies[:65]]
    forcing = [policy.arn for policy in policies[65:70]]
    groups: dict[str, Group] = {}
    for i in range(sets):
        attached = [*chance.sample(work, chance.randint(1, 4))]
        attached += [chance.choice(forcing)] if i % 10 else []
        attached += [policies[-1].arn] if i % 30 == 0 else []
        name = f"team-{i}"
        groups[name] = Group(
            name, "/", f"AGPA{i}", f"{_ROOT}:group/{name}", NOW, attached=tuple(dict.fromkeys(attached))
        )
    account.groups = groups
    names = list(groups)
    account.users = dict(_user(i, names[i % sets], chance) for i in range(users))
    _hold(account, chance)
    account.roles = dict(_role(i, chance) for i in range(200))
    return account


def _work(chance: random.Random) -> list[dict[str, Any]]:
    found = []
    for _ in range(chance.randint(1, 4)):
        service = chance.choice(_SERVICES)
        actions = [f"{service}:{verb}" for verb in chance.sample(_VERBS, chance.randint(1, 3))]
        resources = "*" if chance.random() < 0.6 else [f"arn:aws:{service}:::data-{chance.randrange(50)}/*"]
        found.append({"Effect": "Allow", "Action": actions, "Resource": resources})
    return found


def _policy(name: str, statements: list[dict[str, Any]]) -> ManagedPolicy:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)
    arn = f"{_ROOT}:policy/{name}"
    return ManagedPolicy(arn, name, "/", f"ANPA{name}", NOW, NOW, (PolicyVersion("v1", text, NOW),), "v1")


def _user(i: int, group: str, chance: random.Random) -> tuple[str, User]:
    name, path = f"user-{i}", chance.choice(("/", "/", "/", "/people/", "/machines/", "/break-glass/"))
    tags = (("mfa-exempt", "true"),) if chance.random() < 0.02 else (("team", group),)
    return name, User(name, path, f"AIDA{i:016}", f"{_ROOT}:user{path}{name}", NOW, tags, (group,))


def _hold(account: Account, chance: random.Random) -> None:
    """Keys for two thirds, passwords for half, devices for 70 in a hundred of those with either."""
    keys, profiles, devices = {}, {}, {}
    for name in account.users:
        if chance.random() < 0.66:
            created = NOW - timedelta(days=chance.randrange(600))
            key = AccessKey(f"AKIA{len(keys):016}", name, "Active", created, last_used=created)
            keys[key.id] = key
        if chance.random() < 0.5:
            profiles[name] = LoginProfile(name, NOW)
        if chance.random() < 0.7:
            serial = f"{_ROOT}:mfa/{name}"
            devices[serial] = Device(serial, "virtual", name, NOW, NOW)
    account.access_keys, account.login_profiles, account.devices = keys, profiles, devices


def _role(i: int, chance: random.Random) -> tuple[str, Role]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    if i % 4:
        statement["Principal"] = {"Service": "ec2.amazonaws.com"}
    else:
        statement["Principal"] = {"AWS": f"{_ROOT}:root"}
        if i % 8:
            statement["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    grants = json.dumps({"Version": "2012-10-17", "Statement": _work(chance)})
    name = f"role-{i}"
    return name, Role(name, "/", f"AROA{i}", f"{_ROOT}:role/{name}", NOW, trust, inline={"work": grants})


def measured(users: int, sets: int) -> tuple[float, float]:
    """Seconds, and the most memory in MB, of one audit in a process of its own."""
    code = f"from benchmarks.audit import once; once({users}, {sets})"
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


def once(users: int, sets: int) -> None:
    """Audit one account; print seconds and MB."""
    from iamfa.audit.audit import audit

    account = account_of(users, sets)
    begun = perf_counter()
    report = audit(account, now=NOW)
    assert len(report.users) == users
    print(perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def rows() -> list[Row]:
    """The rows of the table."""
    found = []
    sizes = ((5000, 300, 3.0), (5000, 30, None), (500, 300, None))
    turns = [[measured(users, sets) for users, sets, _ in sizes] for _ in range(TURNS)]
    for place, (users, sets, aim) in enumerate(sizes):
        seconds, memory = (median(turn[place][which] for turn in turns) for which in (0, 1))
        what = f"audit of {users:,} users, {sets} sets of policies"
        found.append(
            Row(what, f"{seconds:.2f} s", "" if aim is None else f"{aim:.0f} s", None if aim is None else seconds < aim)
        )
        if aim is not None:
            found.append(Row("its memory", f"{memory:.0f} MB", "400 MB", memory < 400))
    return found
