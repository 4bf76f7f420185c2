"""An account judged: three answers for each user, findings, whom each policy reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from iamfa.account.entities import Account
from iamfa.account.organization import Organization
from iamfa.audit.enforced import EnforcedJudge, kinds_of
from iamfa.audit.enrolled import EnrolledJudge
from iamfa.audit.enrolling import Enrolling
from iamfa.audit.findings_account import (
    findings_of_devices,
    findings_of_keys,
    findings_of_quarantine,
    findings_of_roles,
    findings_of_root,
    findings_of_unread,
    root_of,
)
from iamfa.audit.findings_users import findings_of_users
from iamfa.audit.forcing import Forcing
from iamfa.audit.holdings import Holdings
from iamfa.audit.lifting import LiftedJudge
from iamfa.audit.policies import PolicyJudge
from iamfa.audit.register import Register
from iamfa.audit.roles import RoleJudge
from iamfa.audit.sets import Member, Reading
from iamfa.audit.unread import Unread
from iamfa.audit.values import AuditFinding, AuditReport, Exemption, UserAudit
from iamfa.platform import DEFAULTS, Assumptions


@dataclass(frozen=True)
class Judged:
    """The users of an account with their answers, and what they were found with."""

    members: tuple[Member, ...]
    users: tuple[UserAudit, ...]
    reading: Reading
    holdings: Holdings
    register: Register
    unread: Unread


def judge_users(
    account: Account,
    organization: Organization | None = None,
    not_read: Iterable[str] = (),
    *,
    now: datetime,
    report: Iterable[Mapping[str, str]] = (),
    exceptions: Sequence[Exemption] = (),
    assumptions: Assumptions = DEFAULTS,
) -> Judged:
    """The three answers for each user; parameters as those of `audit`."""
    unread = Unread.of(not_read)
    reading = Reading(account, organization)
    holdings = Holdings.of(account, unread, report)
    register = Register(exceptions, account, now)
    forcing = Forcing(account, assumptions)
    members = tuple(reading.member(account.users[name]) for name in sorted(account.users))
    enforced = EnforcedJudge(account, reading, unread, register, forcing, assumptions)
    enrolled = EnrolledJudge(reading, unread, holdings, forcing, Enrolling(account, assumptions), enforced.wanting)
    lifted = LiftedJudge(account, reading, unread, forcing, assumptions, enforced.wanting)
    lifted.know(member for member in members if holdings.may_act(member.user.name))
    users = []
    for member in members:
        name = member.user.name
        first = enforced.answer(member, kinds_of(holdings.may_have_key(name), holdings.has_password(name)))
        users.append(
            UserAudit(
                name,
                member.user.arn,
                first,
                enrolled.answer(member, first),
                lifted.answer(member, first),
                member.set.name,
                holdings.has_key(name),
                holdings.has_password(name),
            )
        )
    return Judged(members, tuple(users), reading, holdings, register, unread)


def audit(
    account: Account,
    organization: Organization | None = None,
    not_read: Iterable[str] = (),
    *,
    now: datetime,
    report: Iterable[Mapping[str, str]] = (),
    exceptions: Sequence[Exemption] = (),
    assumptions: Assumptions = DEFAULTS,
) -> AuditReport:
    """Judge an account from what a snapshot holds; *now* is when it was taken, or the time that ages are told from.

    *not_read* are the snapshot's entries of what could not be read, *report* the rows of the account's own credential
    report, *exceptions* the register. Every policy that cannot be judged becomes an answer `unknown` or a finding;
    nothing is raised for it. Raises RequestError for an account whose ARNs are none.
    """
    found = judge_users(
        account, organization, not_read, now=now, report=report, exceptions=exceptions, assumptions=assumptions
    )
    reading, holdings, users = found.reading, found.holdings, found.users
    judged = PolicyJudge(account, reading, found.members, assumptions)
    policies = judged.reaches()
    root = root_of(account, organization, holdings)

    def findings() -> Iterator[AuditFinding]:
        yield from findings_of_users(users, policies)
        yield from findings_of_quarantine(account)
        yield from findings_of_root(root, account.partition, now)
        yield from findings_of_roles(RoleJudge(account, reading, holdings, assumptions).judge(found.members), users)
        yield from judged.findings()
        yield from found.register.findings(users)
        yield from findings_of_keys(account, now)
        yield from findings_of_devices(account, holdings)
        yield from findings_of_unread(found.unread)

    return AuditReport(
        account.number,
        account.partition,
        now,
        users,
        tuple(sorted(findings(), key=lambda finding: finding.severity.rank)),
        policies,
        root,
        found.unread.entries,
    )
