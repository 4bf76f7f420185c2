"""A report cut down to what somebody asked about: some users, some findings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from iamfa.audit.values import AuditFinding, AuditReport

_ABOUT_EVERYBODY = frozenset({"not-read"})
"""What weakens the answers about anybody."""


def about_users(report: AuditReport, names: Collection[str]) -> AuditReport:
    """The report about these users only: with the findings that reach one of them, and the policies that do."""
    return replace(
        report,
        users=tuple(user for user in report.users if user.name in names),
        findings=tuple(each for each in report.findings if _reaches(each, names)),
        policies=tuple(each for each in report.policies if any(user in names for user in each.users)),
    )


def with_findings(
    report: AuditReport, *, select: Collection[str] | None = None, ignore: Collection[str] = ()
) -> AuditReport:
    """The report with the findings of the selected ids only, and without those that are ignored; answers stay."""
    kept = (each for each in report.findings if (select is None or each.id in select) and each.id not in ignore)
    return replace(report, findings=tuple(kept))


def _reaches(finding: AuditFinding, names: Collection[str]) -> bool:
    return finding.id in _ABOUT_EVERYBODY or any(name in names for name in finding.reaches)
