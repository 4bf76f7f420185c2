"""Every policy of the account: whom it reaches, what it is for, and what the rules of `check` say of it.

Each text is judged once. Rules whose severity hangs on what else reaches the user are asked again beside the other
policies of the largest sets of which the text is part; what is worse there is told for the users of that set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from iamfa.account.bearing import Source, parsed
from iamfa.account.entities import Account
from iamfa.advise import actions as act
from iamfa.advise.case import Case
from iamfa.advise.check import report_of
from iamfa.advise.finding import Finding, Report, Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.situation import takes_in
from iamfa.audit.sets import Member, PolicySet, Reading
from iamfa.audit.values import AuditFinding, Place, PolicyReach, Witnessed
from iamfa.errors import IamfaError
from iamfa.platform import Assumptions
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy
from iamfa.policy.render import render

EVIDENCE = frozenset(
    {
        "deactivate-without-mfa", "delete-devices-without-mfa", "enrolment-needs-an-administrator",
        "exempt-reaches-other-users", "login-profile-without-mfa", "new-key-without-mfa",
    }
)  # fmt: skip
"""Rules that say more where another policy grants what this one exempts, and less where it does not."""
_GRANTS = tuple(sorted({*act.DEVICE_CHANGES, *act.OWN_CREDENTIALS}))
"""What these rules ask about: other statements are no evidence."""
_MOST_SETS = 2
_PATHS = "user-path-not-matched"


@dataclass
class _Use:
    """One policy of the account."""

    source: Source
    text: str
    users: dict[str, None] = field(default_factory=dict)
    attached_to: dict[str, None] = field(default_factory=dict)
    only_boundary: bool = True


class PolicyJudge:
    """Looks at every policy once."""

    def __init__(self, account: Account, reading: Reading, members: Sequence[Member], assumptions: Assumptions) -> None:
        self._account = account
        self._reading = reading
        self._assumptions = assumptions
        self._uses: dict[tuple[str, str | None], _Use] = {}
        self._reports: dict[tuple[str, Kind | None], Report | str] = {}
        self._sets: dict[str, dict[PolicySet, list[str]]] = {}
        self._evidence: dict[str, Policy | None] = {}
        self._paths = {member.user.name for member in members if member.user.path != "/"}
        for policy in account.policies.values():
            self._uses[policy.arn, None] = _Use(Source(policy.name, "", policy.arn), policy.text)
        for holders, kind in ((account.users, "user"), (account.groups, "group")):
            for holder in holders.values():
                label = f"{kind}/{holder.name}"
                for name, text in holder.inline.items():
                    use = self._uses[name, label] = _Use(Source(name, label), text)
                    use.attached_to[label] = None
                    use.only_boundary = False
                self._attach(holder.attached, label)
        for role in account.roles.values():
            self._attach(role.attached, f"role/{role.name}")
        for member in members:
            self._reach(member)

    def _attach(self, arns: Sequence[str], label: str) -> None:
        for arn in arns:
            if (arn, None) in self._uses:
                self._uses[arn, None].attached_to[label] = None
                self._uses[arn, None].only_boundary = False

    def _reach(self, member: Member) -> None:
        name = member.user.name
        for held in member.held:
            source = held.source
            key = (source.arn, None) if source.arn is not None else (source.name, source.holder)
            self._uses[key].users[name] = None
            self._sets.setdefault(held.text, {}).setdefault(member.set, []).append(name)
        if member.boundary is not None and member.boundary.source.arn is not None:
            use = self._uses[member.boundary.source.arn, None]
            use.users[name] = None
            use.attached_to[f"user/{name} (boundary)"] = None

    def reaches(self) -> tuple[PolicyReach, ...]:
        """Every policy of the account's own, and those of AWS's that somebody has, by name."""
        found = []
        for use in self._uses.values():
            report = self._report(use)
            found.append(
                PolicyReach(
                    use.source.name,
                    use.source.holder or None,
                    use.source.arn,
                    tuple(use.users),
                    tuple(use.attached_to),
                    report.file_class if isinstance(report, Report) else None,
                    report if isinstance(report, str) else None,
                )
            )
        return tuple(sorted(found, key=lambda each: (each.name, each.holder or "", each.arn or "")))

    def findings(self) -> Iterator[AuditFinding]:
        """What the rules say of the account's own policies, and policies without effect."""
        for use in self._uses.values():
            report = self._report(use)
            if isinstance(report, str):
                where = use.source.arn or f"`{use.source.name}` of `{use.source.holder}`"
                yield AuditFinding(
                    "policy-not-read", Severity.WARNING, f"the policy {where} cannot be judged: {report}",
                    tuple(use.users), {"policy": use.source.name},
                    hint="look at its text; AWS refuses what is no policy",
                )  # fmt: skip
                continue
            if _is_awss(use.source.arn):
                continue
            for finding in report.findings:
                if finding.rule == _PATHS:
                    yield from self._with_path(use, finding)
                else:
                    yield _of_account(finding, use.source, tuple(use.users))
            yield from self._with_others(use, report)
            if report.file_class in ("forces-by-deny", "forces-by-grant") and not use.users:
                yield _without_effect(use, self._account)

    def _report(self, use: _Use) -> Report | str:
        """What `check` says, or why it says nothing."""
        as_kind = Kind.BOUNDARY if use.only_boundary and use.users else None
        key = (use.text, as_kind)
        if key not in self._reports:
            fault = self._reading.fault(use.text)
            options = CheckOptions(as_kind=as_kind, partition=self._account.partition, assumptions=self._assumptions)
            try:
                self._reports[key] = fault or report_of(Case(parsed(use.text), options), walked=False)
            except IamfaError as error:
                self._reports[key] = error.message
        return self._reports[key]

    def _with_path(self, use: _Use, finding: Finding) -> Iterator[AuditFinding]:
        """Of users with a path it is a warning, where nobody has one nothing is said."""
        users = tuple(name for name in use.users if name in self._paths)
        if users:
            yield _of_account(replace(finding, severity=Severity.WARNING), use.source, users)

    def _with_others(self, use: _Use, report: Report) -> Iterator[AuditFinding]:
        """What is worse beside the other policies of a set."""
        ranks = {finding.rule: finding.severity.rank for finding in report.findings if finding.rule in EVIDENCE}
        if not ranks or use.only_boundary:
            return
        beside: dict[tuple[Policy, ...], list[str]] = {}
        for found, users in self._sets.get(use.text, {}).items():
            granting = (self._granting(text) for text in found.identity if text != use.text)
            others = tuple(policy for policy in granting if policy is not None)
            if others:
                beside.setdefault(others, []).extend(users)
        for others, names in sorted(beside.items(), key=lambda each: -len(each[1]))[:_MOST_SETS]:
            options = CheckOptions(
                others, partition=self._account.partition, assumptions=self._assumptions, select=frozenset(ranks)
            )
            for finding in report_of(Case(parsed(use.text), options), walked=False).findings:
                if finding.severity.rank < ranks.get(finding.rule, 0):
                    yield _of_account(finding, use.source, tuple(sorted(names)), {"beside": len(others)})

    def _granting(self, text: str) -> Policy | None:
        """The statements of a policy that grant what the rules ask about, as a policy; None where there is none."""
        if text not in self._evidence:
            document = parsed(text).document
            kept = tuple(s for s in document.statements if s.effect == "Allow" and any(takes_in(s, a) for a in _GRANTS))
            try:
                self._evidence[text] = parsed(render(replace(document, statements=kept))) if kept else None
            except ValueError:  # what no text spells twice
                self._evidence[text] = parsed(text)
        return self._evidence[text]


def _of_account(
    finding: Finding, source: Source, users: tuple[str, ...], more: dict[str, object] | None = None
) -> AuditFinding:
    place = None
    if finding.statement_index is not None:
        place = Place(source.name, source.holder, source.arn, finding.statement_index, finding.statement_sid)
    witness = finding.witness
    return AuditFinding(
        finding.rule,
        finding.severity,
        f"the policy `{source.name}`: {finding.message}",
        users,
        {**finding.params, "policy": source.arn or source.name, **(more or {})},
        place,
        None if witness is None else Witnessed(witness.request, witness.credential),
        finding.trace,
        "`iamfa fix` repairs it" if finding.repair is not None else f"`iamfa rules {finding.rule}` tells more",
    )


def _without_effect(use: _Use, account: Account) -> AuditFinding:
    groups = [label for label in use.attached_to if label.startswith("group/")]
    if groups:
        why = "its groups are empty: " + ", ".join(f"`{label.partition('/')[2]}`" for label in groups)
    elif use.attached_to:
        why = "it is attached to roles only, and no role's session shows MFA"
    else:
        why = "it is attached to nobody"
    return AuditFinding(
        "enforcement-without-effect", Severity.WARNING,
        f"the policy `{use.source.name}` forces MFA, and forces nobody: {why}",
        (), {"policy": use.source.arn or use.source.name, "attached_to": tuple(use.attached_to)},
        hint="attach it to the users, or to a group in which they are",
    )  # fmt: skip


def _is_awss(arn: str | None) -> bool:
    return arn is not None and arn.split(":")[4] == "aws"
