"""Small accounts in few words, for the tests of this room."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from iamfa.account.entities import (
    AccessKey,
    Account,
    Device,
    DeviceKind,
    Group,
    LoginProfile,
    ManagedPolicy,
    PolicyVersion,
    Role,
    User,
)
from iamfa.account.organization import ControlPolicy, Member, Organization
from iamfa.audit.audit import audit
from iamfa.audit.values import AuditFinding, AuditReport, UserAudit

NUMBER = "123456789012"
ROOT = f"arn:aws:iam::{NUMBER}"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = datetime(2022, 12, 1, tzinfo=UTC)

Json = dict[str, Any]
WITHOUT_MFA: Json = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
ENROLMENT = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"]
SELF: Json = {
    "Sid": "Self",
    "Effect": "Allow",
    "Action": ENROLMENT[:3],
    "Resource": [f"{ROOT}:mfa/*", f"{ROOT}:user/${{aws:username}}", f"{ROOT}:user/*/${{aws:username}}"],
}
FORCE: Json = {
    "Sid": "Force", "Effect": "Deny", "NotAction": ENROLMENT, "Resource": "*", "Condition": WITHOUT_MFA,
}  # fmt: skip
EVERYTHING: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}
BUCKETS: Json = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}


def text(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def sparing(condition: Json) -> Json:
    """The Deny that forces, with one more condition."""
    return {**FORCE, "Condition": {**WITHOUT_MFA, **condition}}


class Builder:
    """An account that is filled step by step."""

    def __init__(self, partition: str = "aws") -> None:
        self.account = Account(NUMBER, partition)
        self.root = f"arn:{partition}:iam::{NUMBER}"
        self.organization: Organization | None = None

    def policy(self, name: str, *statements: Json, versions: int = 1, raw: str | None = None) -> str:
        arn = f"{self.root}:policy/{name}"
        written = raw if raw is not None else text(*statements)
        listed = tuple(PolicyVersion(f"v{i + 1}", written, NOW) for i in range(versions))
        made = ManagedPolicy(arn, name, "/", f"ANPA{name}", NOW, NOW, listed, f"v{versions}")
        self.account.policies = {**self.account.policies, arn: made}
        return arn

    def awss(self, name: str, *statements: Json) -> str:
        arn = f"arn:aws:iam::aws:policy/{name}"
        made = ManagedPolicy(
            arn, name, "/", f"ANPA{name}", NOW, NOW, (PolicyVersion("v1", text(*statements), NOW),), "v1"
        )
        self.account.policies = {**self.account.policies, arn: made}
        return arn

    def group(self, name: str, *arns: str, inline: dict[str, str] | None = None) -> str:
        made = Group(name, "/", f"AGPA{name}", f"{self.root}:group/{name}", NOW, inline or {}, arns)
        self.account.groups = {**self.account.groups, name: made}
        return name

    def user(
        self,
        name: str,
        *arns: str,
        groups: Iterable[str] = (),
        inline: dict[str, str] | None = None,
        path: str = "/",
        tags: tuple[tuple[str, str], ...] = (),
        boundary: str | None = None,
        key: bool = True,
        password: bool = False,
        devices: Iterable[DeviceKind] = (),
    ) -> str:
        number = len(self.account.users)
        made = User(
            name, path, f"AIDA{number:016}", f"{self.root}:user{path}{name}", NOW, tags, tuple(groups), inline or {},
            arns, boundary,
        )  # fmt: skip
        self.account.users = {**self.account.users, name: made}
        if key:
            self.key(name)
        if password:
            self.account.login_profiles = {**self.account.login_profiles, name: LoginProfile(name, NOW)}
        for kind in devices:
            self.device(name, kind)
        return name

    def key(self, user: str, **more: Any) -> None:
        found = AccessKey(f"AKIA{len(self.account.access_keys):016}", user, "Active", NOW, last_used=NOW)
        found = replace(found, **more)
        self.account.access_keys = {**self.account.access_keys, found.id: found}

    def device(self, user: str | None, kind: DeviceKind = "virtual", enabled: datetime | None = NOW) -> str:
        serial = f"{self.root}:mfa/device-{len(self.account.devices)}"
        found = Device(serial, kind, user, enabled, enabled)
        self.account.devices = {**self.account.devices, serial: found}
        return serial

    def role(
        self, name: str, trust: Json, *statements: Json, arns: tuple[str, ...] = (), raw: str | None = None
    ) -> None:
        written = raw if raw is not None else text({"Effect": "Allow", "Action": "sts:AssumeRole", **trust})
        inline = {"work": text(*statements)} if statements else {}
        made = Role(name, "/", f"AROA{name}", f"{self.root}:role/{name}", NOW, written, inline=inline, attached=arns)
        self.account.roles = {**self.account.roles, name: made}

    def controlled(self, *statements: Json, raw: str | None = None) -> None:
        written = raw if raw is not None else text(EVERYTHING, *statements)
        policy = ControlPolicy("p-1", "guard", "SERVICE_CONTROL_POLICY", written)
        members = {n: Member(n, "name", "a@example.com", "r-1", NOW) for n in (NUMBER, "999999999999")}
        self.organization = Organization(
            "o-1", "999999999999", "r-1", members, {}, {"p-1": policy}, {"r-1": ("p-1",), NUMBER: ("p-1",)},
            ("SERVICE_CONTROL_POLICY",),
        )  # fmt: skip

    def audited(self, *not_read: str, **more: Any) -> AuditReport:
        return audit(self.account, self.organization, not_read, **{"now": NOW, **more})

    def one(self, name: str, *not_read: str, **more: Any) -> UserAudit:
        """The answers for one user."""
        return next(user for user in self.audited(*not_read, **more).users if user.name == name)


def found(report: AuditReport, id_: str) -> list[AuditFinding]:
    return [finding for finding in report.findings if finding.id == id_]
