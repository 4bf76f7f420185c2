"""Audits made up from a seed, with every kind of answer, and with names that want to be more than names."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime
from typing import get_args

from iamfa.account.entities import (
    AccessKey,
    Account,
    Device,
    DeviceKind,
    Group,
    ManagedPolicy,
    PolicyVersion,
    User,
)
from iamfa.advise.finding import FileClass, Severity
from iamfa.audit.audit import audit
from iamfa.audit.values import (
    AuditFinding,
    AuditReport,
    Enforced,
    EnforcedAnswer,
    Enrolled,
    EnrolledAnswer,
    Exemption,
    Lifted,
    LiftedAnswer,
    Lifter,
    Place,
    PolicyReach,
    Refusal,
    RootAudit,
    SparedBy,
    UserAudit,
    Witnessed,
)
from iamfa.evaluate.request import Request
from iamfa.lifecycle.result import Call, RefusedBy
from iamfa.report.audit_html import policy_texts

ACCOUNT = "111122223333"
TAKEN = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    "evil\u202egnp.exe",
    "quote\"s'and`ticks",
    "{{=data}}",
    "\x1b[31m\u2066x",
    "\ud800",
    "constructor",
    "__proto__",
)
"""Names and texts that a page must show and never become."""
_FIRST = (
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj", "olivia",
    "peggy", "rupert", "sybil", "trent", "wendy",
)  # fmt: skip
_LAST = (
    "ames", "berg", "cruz", "dahl", "endo", "faro", "gray", "hahn", "ito", "jung", "kato", "lind", "mora", "noor",
    "ortiz", "park", "quon", "reyes", "sato", "tran",
)  # fmt: skip
_TEAMS = ("developers", "operations", "data", "finance", "support", "machines")
_ENFORCED_ODDS: dict[EnforcedAnswer, int] = {
    "denied": 50, "not-granted": 12, "not-enforced": 16, "exempt-declared": 4, "exempt-undeclared": 5,
    "no-permissions": 4, "unknown": 3,
}  # fmt: skip
_ENROLLED_ODDS: dict[EnrolledAnswer, int] = {
    "enrolled": 60, "not-enrolled": 12, "exposed-now": 10, "cannot-enrol": 5, "locked-out": 4, "none-needed": 5,
    "unknown": 3,
}  # fmt: skip


def arn_of(name: str, path: str = "/") -> str:
    """A user's ARN."""
    return f"arn:aws:iam::{ACCOUNT}:user{path}{name}"


def forcing_text(team: str) -> str:
    """A policy that forces MFA."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AllowManageOwnMFA",
                    "Effect": "Allow",
                    "Action": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ResyncMFADevice"],
                    "Resource": ["arn:aws:iam::*:mfa/*", "arn:aws:iam::*:user/${aws:username}"],
                },
                {
                    "Sid": f"DenyAllWithoutMFA{team.title()}",
                    "Effect": "Deny",
                    "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:GetSessionToken"],
                    "Resource": "*",
                    "Condition": {
                        "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"},
                        "StringNotEquals": {"aws:PrincipalTag/mfa-exempt": "yes"},
                    },
                },
            ],
        },
        separators=(",", ":"),
    )


def granting_text(team: str) -> str:
    """What a team works with."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": ["s3:*", f"{team[:3]}:*"], "Resource": "*"},
        }
    )


def judged() -> tuple[AuditReport, dict[str, str]]:
    """A small account as the audit judges it."""
    made = datetime(2026, 1, 1, tzinfo=UTC)
    policies = {}
    for name, text in (("RequireMFA", forcing_text("data")), ("Work", granting_text("data"))):
        arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
        policies[arn] = ManagedPolicy(
            arn, name, "/", f"ANPA{name}", made, made, (PolicyVersion("v1", text, made),), "v1"
        )
    group = Group("data", "/", "AGPADATA", f"arn:aws:iam::{ACCOUNT}:group/data", made, attached=tuple(policies))
    tags = {"carol": (("mfa-exempt", "yes"),)}
    inline = {"dave": {"own": granting_text("operations")}}
    users = {
        name: User(name, "/", f"AIDA{name.upper()}", arn_of(name), made, tags.get(name, ()),
                   () if name == "dave" else ("data",), inline.get(name, {}))
        for name in ("alice", "bob", "carol", "dave")
    }  # fmt: skip
    device = Device(f"arn:aws:iam::{ACCOUNT}:mfa/alice", "virtual", "alice", made, made)
    account = Account(
        ACCOUNT, users=users, groups={"data": group}, policies=policies, devices={device.serial: device},
        access_keys={f"AKIA{n}": AccessKey(f"AKIA{n}", n, "Active", made, last_used=made) for n in users},
    )  # fmt: skip
    return audit(account, not_read=("organization: AccessDenied",), now=TAKEN), policy_texts(account)


def example(count: int, seed: int = 1, *, hostile: bool = False) -> tuple[AuditReport, dict[str, str]]:
    """An audit of *count* users, and the texts of its policies; *hostile* gives some users and policies bad names."""
    return _Maker(count, random.Random(seed), hostile).make()


class _Maker:
    def __init__(self, count: int, chance: random.Random, hostile: bool) -> None:
        self.chance = chance
        self.hostile = HOSTILE if hostile else ()
        self.names = self._names(count)
        self.team = {name: chance.choice(_TEAMS) for name in self.names}

    def _names(self, count: int) -> list[str]:
        names = dict.fromkeys(self.hostile)
        while len(names) < count:
            name = f"{self.chance.choice(_FIRST)}.{self.chance.choice(_LAST)}"
            names[name if name not in names else f"{name}{len(names)}"] = None
        return sorted(list(names)[:count])

    def make(self) -> tuple[AuditReport, dict[str, str]]:
        policies, texts = self._policies()
        users = tuple(self._user(at, name) for at, name in enumerate(self.names))
        report = AuditReport(
            ACCOUNT,
            "aws",
            TAKEN,
            users,
            tuple(sorted(self._findings(users), key=lambda finding: finding.severity.rank)),
            policies,
            RootAudit(("hardware",), True, True, None, datetime(2026, 3, 1, tzinfo=UTC)),
            ("organization: AccessDeniedException (ListPolicies)", "mfa_devices[user/trent]: AccessDenied"),
        )
        return report, texts

    def _policies(self) -> tuple[tuple[PolicyReach, ...], dict[str, str]]:
        found, texts = [], {}
        for team in _TEAMS:
            members = tuple(name for name in self.names if self.team[name] == team)
            for kind, text, file_class in (
                ("RequireMFA", forcing_text(team), "forces-by-deny"),
                ("Work", granting_text(team), "other"),
            ):
                arn = f"arn:aws:iam::{ACCOUNT}:policy/{kind}-{team}"
                found.append(PolicyReach(f"{kind}-{team}", None, arn, members, (f"group/{team}",), file_class))
                texts[arn] = text
        for at, name in enumerate(self.names[:: max(3, len(self.names) // 300)]):
            bad = self.hostile[at % len(self.hostile)] if self.hostile else "inline"
            holder = f"user/{name}"
            found.append(PolicyReach(bad, holder, None, (name,), (holder,), "self-service"))
            texts[f"{holder}/{bad}"] = json.dumps({"Statement": [{"Sid": bad, "Effect": bad, "Action": f"{bad}*"}]})
        for at, file_class in enumerate(get_args(FileClass)):
            found.append(PolicyReach(f"unused-{at}", None, f"arn:aws:iam::{ACCOUNT}:policy/u{at}", (), (), file_class))
        broken = f"arn:aws:iam::{ACCOUNT}:policy/broken"
        found.append(PolicyReach("broken", None, broken, tuple(self.names[:1]), (), None, "line 1: …"))
        texts[broken] = '{"Statement": ['
        return tuple(sorted(found, key=lambda each: (each.name, each.holder or ""))), texts

    def _place(self, name: str) -> Place:
        team = self.team[name]
        arn = f"arn:aws:iam::{ACCOUNT}:policy/RequireMFA-{team}"
        return Place(f"RequireMFA-{team}", f"group/{team}", arn, 1, f"DenyAllWithoutMFA{team.title()}")

    def _user(self, at: int, name: str) -> UserAudit:
        path = "/machines/" if self.team[name] == "machines" else "/"
        arn = arn_of(name, path)
        first = self._pick(at, _ENFORCED_ODDS)
        second = self._pick(at // len(_ENFORCED_ODDS) if at < 49 else at + 49, _ENROLLED_ODDS)
        if first == "no-permissions" and second == "exposed-now":
            second = "not-enrolled"
        key = self.chance.choice((True, True, False, None))
        password = self.chance.choice((True, False))
        if second == "none-needed":
            key = password = False
        elif second == "exposed-now" and not key:
            password = True
        return UserAudit(
            name, arn, self._enforced(name, arn, first), self._enrolled(name, arn, second, bool(key)),
            self._lifted(first), f"set-{self.team[name]}", key, password,
        )  # fmt: skip

    def _pick(self, at: int, odds: dict[str, int]) -> str:  # type: ignore[type-arg]  # either table of odds
        """Each answer once, then by the odds."""
        if at < len(odds):
            return list(odds)[at]
        return self.chance.choices(list(odds), list(odds.values()))[0]

    def _enforced(self, name: str, arn: str, answer: str) -> Enforced:
        witness = Witnessed(
            Request.by_user(arn_of("odd") if name in self.hostile else arn, "s3:DeleteBucket",
                            f"arn:aws:s3:::backups-{self.team[name]}", context={"aws:SourceIp": "203.0.113.7"}),
            "long-term-key",
        )  # fmt: skip
        kinds = ("long-term-key", "token", "console")
        place = self._place(name)
        match answer:
            case "denied":
                return Enforced("denied", kinds, ("iam:CreateVirtualMFADevice", "iam:EnableMFADevice"), by=(place,))
            case "not-granted":
                return Enforced("not-granted", kinds, ("iam:ListMFADevices",), not_read=("resource policies",))
            case "exempt-declared":
                declared = Exemption(
                    name, "break glass", "security@", date(2026, 12, 31), "key in a safe, alarm on use"
                )
                return Enforced("exempt-declared", kinds, witness=witness, declared=declared)
            case "exempt-undeclared":
                spared = SparedBy("aws:PrincipalTag/mfa-exempt", "StringNotEquals", ("yes",), place)
                return Enforced("exempt-undeclared", kinds, witness=witness, spared_by=(spared,))
            case "unknown":
                return Enforced("unknown", kinds, reason="`broken` of `group/data`: not JSON")
            case "no-permissions":
                return Enforced("no-permissions", kinds, not_read=("resource policies",))
            case _:
                return Enforced("not-enforced", kinds, witness=witness, not_read=("organization",))

    def _enrolled(self, name: str, arn: str, answer: str, key: bool) -> Enrolled:
        create = Call("iam:CreateVirtualMFADevice", f"arn:aws:iam::{ACCOUNT}:mfa/{name}", "long-term-key", "ok")
        message = (
            f"User: {arn} is not authorized to perform: iam:EnableMFADevice on resource: {arn} with an explicit deny "
            "in an identity-based policy"
        )
        refused = Call("iam:EnableMFADevice", arn, "long-term-key", "refused", RefusedBy("identity[0]", 1, "DenyAll"),
                       message)  # fmt: skip
        match answer:
            case "enrolled":
                kinds: tuple[DeviceKind, ...] = self.chance.choice((("virtual",), ("hardware",), ("fido", "virtual")))
                return Enrolled("enrolled", kinds)
            case "exposed-now" if key:
                trace = (create, Call("iam:EnableMFADevice", arn, "long-term-key", "ok"),
                         Call("sts:GetSessionToken", "*", "long-term-key", "ok"),
                         Call("s3:DeleteBucket", "*", "token-mfa", "ok"))  # fmt: skip
                reaches = ("*",) if self.team[name] == "operations" else ("s3:*", f"{self.team[name][:3]}:*")
                return Enrolled("exposed-now", trace=trace, leaked="key", reaches=reaches)
            case "exposed-now":
                trace = (Call("signin:ConsoleLogin", arn, "console", "ok"), Call("s3:GetObject", "*", "console", "ok"))
                return Enrolled("exposed-now", trace=trace, leaked="password", reaches=("s3:GetObject", "s3:List*"),
                                not_read=("organization",))  # fmt: skip
            case "cannot-enrol" | "locked-out":
                return Enrolled(answer, refusal=Refusal(refused, self._place(name)))  # type: ignore[arg-type]  # one of two
            case "unknown":
                return Enrolled("unknown", reason="devices were not read", not_read=("mfa_devices",))
            case _:
                return Enrolled(answer)  # type: ignore[arg-type]  # what is left of the list

    def _lifted(self, first: str) -> Lifted:
        if first == "unknown":
            return Lifted("unknown", reason="what forces this user is not known")
        if first not in ("denied", "not-granted"):
            return Lifted("nothing-to-lift")
        answer: LiftedAnswer = self.chance.choice(("nobody", "somebody"))
        if answer == "nobody" or not self.names:
            return Lifted("nobody", not_read=("organization",))
        lifters = tuple(
            Lifter(name, ("iam:DetachGroupPolicy", "iam:CreatePolicyVersion"), certain=bool(at % 2))
            for at, name in enumerate(self.names[:3])
        )
        return Lifted("somebody", lifters, 25)

    def _findings(self, users: tuple[UserAudit, ...]) -> list[AuditFinding]:
        def named(*answers: str) -> tuple[str, ...]:
            return tuple(u.name for u in users if {u.enforced.answer, u.enrolled.answer, u.lifted.answer} & {*answers})

        unread = "organization: AccessDeniedException (ListPolicies)"
        found = [
            AuditFinding("root-has-keys", Severity.ERROR, "the root user has an active access key", ("root",),
                         hint="delete it: sign in as root, Security credentials"),
            AuditFinding("not-read", Severity.WARNING, f"not read: {unread}", (),
                         hint="grant the audit what it asks, and audit again", not_read=(unread,)),
        ]  # fmt: skip
        for rule, severity, answers in (
            ("exposed-now", Severity.ERROR, ("exposed-now",)),
            ("user-not-enforced", Severity.ERROR, ("not-enforced",)),
            ("exempt-undeclared", Severity.WARNING, ("exempt-undeclared",)),
            ("user-cannot-enrol", Severity.WARNING, ("cannot-enrol", "locked-out")),
            ("can-lift-enforcement", Severity.NOTE, ("somebody",)),
        ):
            names = named(*answers)
            if names:
                first = next(user for user in users if user.name == names[0])
                found.append(
                    AuditFinding(rule, severity, f"`{names[0]}` and {len(names) - 1} more: {rule} as `example` tells",
                                 names, {}, self._place(names[0]), first.enforced.witness, first.enrolled.trace,
                                 "attach a policy that forces MFA: `iamfa new` writes one")
                )  # fmt: skip
        found += [
            AuditFinding(f"bad-{at}", Severity.NOTE, f"a `{bad}` finding {bad}", (bad,), hint=bad)
            for at, bad in enumerate(self.hostile)
        ]
        return found
