"""Small accounts at random: users who share policies and are told apart by names, paths, tags, groups, boundaries."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

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
from iamfa.account.organization import ControlPolicy, Member, Organization
from iamfa.secret import Secret

Json = dict[str, Any]
NUMBER = "123456789012"
ROOT = f"arn:aws:iam::{NUMBER}"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = ("alice", "bob", "bobby", "phone", "al")
PATHS = ("/", "/", "/ops/")
MFA: tuple[Json, ...] = (
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
    {"Null": {"aws:MultiFactorAuthAge": "true"}},
)
PERSONAL: tuple[Json, ...] = (
    {"StringNotEquals": {"aws:PrincipalTag/exempt": "yes"}},
    {"StringNotEqualsIfExists": {"aws:PrincipalTag/exempt": "yes"}},
    {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}},
    {"ArnNotLike": {"aws:PrincipalArn": f"{ROOT}:user/ops/*"}},
    {"StringNotLike": {"aws:username": "bob*"}},
    {"StringEquals": {"aws:username": ["alice", "phone"]}},
)
EXEMPT: tuple[tuple[str, ...], ...] = (
    ("iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"),
    ("iam:EnableMFADevice", "iam:ListMFADevices"),
    ("iam:*MFADevice", "s3:GetObject"),
    ("iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:AssumeRole"),
)
DEVICES: tuple[Any, ...] = (
    f"{ROOT}:mfa/*", f"{ROOT}:mfa/${{aws:username}}", f"{ROOT}:mfa/bob*", f"{ROOT}:mfa/${{aws:username}}-*", "*",
    f"{ROOT}:mfa/phone",
)  # fmt: skip
USERS: tuple[Any, ...] = (
    f"{ROOT}:user/${{aws:username}}", f"{ROOT}:user/*/${{aws:username}}", f"{ROOT}:user/bob", f"{ROOT}:user/*", "*",
    f"{ROOT}:user/${{aws:username}}*",
)  # fmt: skip
WORK: tuple[Json, ...] = (
    {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"},
    {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/bob/*"},
    {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:PrincipalTag/team}/*"},
    {"Action": "s3:*", "Resource": "*"},
    {"Action": "*", "Resource": "*"},
    {"NotAction": "s3:*", "Resource": "*"},
    {"Action": "sts:AssumeRole", "Resource": f"{ROOT}:role/*"},
    {"Action": "sts:AssumeRole", "Resource": f"{ROOT}:role/of-${{aws:username}}"},
)
LIFTING: tuple[Json, ...] = (
    {"Action": ["iam:DetachGroupPolicy", "iam:RemoveUserFromGroup"], "Resource": f"{ROOT}:group/*"},
    {"Action": ["iam:*UserPolicy"], "Resource": f"{ROOT}:user/${{aws:username}}"},
    {"Action": ["iam:*UserPolicy", "iam:DeleteUserPermissionsBoundary"], "Resource": f"{ROOT}:user/${{aws:username}}*"},
    {"Action": ["iam:CreatePolicyVersion"], "Resource": [f"{ROOT}:policy/p0", f"{ROOT}:policy/p1"]},
    {"Action": "iam:DeleteUserPermissionsBoundary", "Resource": "*"},
    {"Action": "iam:*UserPolicy", "Resource": f"{ROOT}:user/*/${{aws:username}}"},
    {"Action": "iam:*GroupPolicy", "Resource": f"{ROOT}:group/${{aws:PrincipalTag/team}}*"},
)


@dataclass
class Small:
    """An account, and its policies as JSON values by what they are called in it."""

    account: Account
    organization: Organization | None
    controls: list[Json]
    texts: dict[str, Json] = field(default_factory=dict)

    def document(self, text: str) -> Json:
        """The value of a policy's text."""
        found: Json = json.loads(text)
        return found


class Maker:
    def __init__(self, random: Random) -> None:
        self.random = random

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def forcing(self) -> Json:
        condition = dict(self.random.choice(MFA))
        for extra in self.random.sample(PERSONAL, self.random.choice((0, 0, 0, 1, 2))):
            for operator, keys in extra.items():
                condition[operator] = {**condition.get(operator, {}), **keys}
        found: Json = {"Effect": "Deny", "Resource": "*", "Condition": condition}
        if self.maybe(0.85):
            return {**found, "NotAction": list(self.random.choice(EXEMPT))}
        return {**found, "Action": self.random.choice(("*", "s3:*"))}

    def grant(self) -> Json:
        kind = self.random.choice(("work", "work", "self", "self", "lift"))
        if kind == "lift":
            found = dict(self.random.choice(LIFTING))
        elif kind == "self":
            found = {
                "Action": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices"],
                "Resource": [self.random.choice(DEVICES), self.random.choice(USERS)],
            }
        else:
            found = dict(self.random.choice(WORK))
        if self.maybe(0.2):
            found["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        elif self.maybe(0.15):
            found["Condition"] = self.random.choice(PERSONAL)
        return {"Effect": "Allow", **found}

    def document(self, forced: float) -> Json:
        statements = [self.grant() for _ in range(self.random.choice((1, 1, 2)))]
        if self.maybe(forced):
            statements.append(self.forcing())
        if self.maybe(0.1):
            statements.append(
                {"Effect": "Deny", "Action": "iam:EnableMFADevice", "Resource": self.random.choice(USERS)}
            )
        return {"Version": "2012-10-17", "Statement": statements}

    def small(self) -> Small:
        random, account = self.random, Account(NUMBER)
        policies = []
        for i in range(3):
            text = json.dumps(self.document(0.7))
            arn = f"{ROOT}:policy/p{i}"
            versions = (PolicyVersion("v1", text, NOW),)
            policies.append(ManagedPolicy(arn, f"p{i}", "/", f"ANPA{i}", NOW, NOW, versions, "v1"))
        account.policies = {policy.arn: policy for policy in policies}
        arns = list(account.policies)

        def some(most: int) -> tuple[str, ...]:
            return tuple(random.sample(arns, random.randrange(most + 1)))

        account.groups = {
            name: Group(name, "/", f"AGPA{name}", f"{ROOT}:group/{name}", NOW, attached=some(2))
            for name in ("g0", "g1")
        }
        users, keys, profiles, devices = {}, {}, {}, {}
        for n, name in enumerate(NAMES):
            path = random.choice(PATHS)
            tags = tuple(random.sample((("exempt", "yes"), ("team", "alice"), ("Team2", "x")), random.randrange(2)))
            inline = {"own": json.dumps(self.document(0.3))} if self.maybe(0.2) else {}
            groups = tuple(g for g in account.groups if self.maybe(0.6))
            boundary = random.choice(arns) if self.maybe(0.12) else None
            users[name] = User(
                name, path, f"AIDA{n:016}", f"{ROOT}:user{path}{name}", NOW, tags, groups, inline, some(1), boundary
            )
            if self.maybe(0.7):
                key_id = f"AKIA{n:016}"
                keys[key_id] = AccessKey(key_id, name, "Active", NOW, Secret("secret-of-" + name))
            if self.maybe(0.6):
                profiles[name] = LoginProfile(name, NOW, password=Secret("correct-Horse-7-battery"))
            if self.maybe(0.3):
                serial = f"{ROOT}:mfa/of-{name}"
                devices[serial] = Device(serial, "virtual", name, NOW, NOW)
        account.users, account.access_keys, account.login_profiles, account.devices = users, keys, profiles, devices
        account.roles = {name: self.role(name) for name in ("r0", "of-bob")}
        organization, controls = self.organization()
        return Small(account, organization, controls)

    def role(self, name: str) -> Role:
        principal = self.random.choice((f"{ROOT}:root", f"{ROOT}:root", f"{ROOT}:user/bob", "*"))
        statement: Json = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
        if self.maybe(0.5):
            statement["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        elif self.maybe(0.3):
            statement["Condition"] = {"StringLike": {"aws:username": "b*"}}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return Role(name, "/", f"AROA{name}", f"{ROOT}:role/{name}", NOW, trust)

    def organization(self) -> tuple[Organization | None, list[Json]]:
        if not self.maybe(0.3):
            return None, []
        everything: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        document: Json = {"Version": "2012-10-17", "Statement": [everything, self.forcing()]}
        policy = ControlPolicy("p-1", "guard", "SERVICE_CONTROL_POLICY", json.dumps(document))
        members = {number: Member(number, "name", "a@example.com", "r-1", NOW) for number in (NUMBER, "999999999999")}
        full = ControlPolicy(
            "p-2", "full", "SERVICE_CONTROL_POLICY", json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        )
        organization = Organization(
            "o-1", "999999999999", "r-1", members, {}, {"p-1": policy, "p-2": full},
            {"r-1": ("p-1",), NUMBER: ("p-2",)}, ("SERVICE_CONTROL_POLICY",),
        )  # fmt: skip
        return organization, [document]
