"""Reports made by hand, for what only looks at them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from iamfa.audit.values import (
    AuditFinding,
    AuditReport,
    Enforced,
    EnforcedAnswer,
    Enrolled,
    EnrolledAnswer,
    Lifted,
    LiftedAnswer,
    PolicyReach,
    RootAudit,
    UserAudit,
)

ARN = "arn:aws:iam::123456789012"


def user(
    name: str,
    enforced: EnforcedAnswer | Enforced = "denied",
    enrolled: EnrolledAnswer | Enrolled = "enrolled",
    lifted: LiftedAnswer | Lifted = "nobody",
    *,
    has_key: bool | None = True,
    has_password: bool | None = False,
) -> UserAudit:
    return UserAudit(
        name,
        f"{ARN}:user/{name}",
        Enforced(enforced, ("long-term-key",)) if isinstance(enforced, str) else enforced,
        Enrolled(enrolled) if isinstance(enrolled, str) else enrolled,
        Lifted(lifted) if isinstance(lifted, str) else lifted,
        "set-1",
        has_key,
        has_password,
    )


def report(
    *users: UserAudit,
    findings: tuple[AuditFinding, ...] = (),
    policies: tuple[PolicyReach, ...] = (),
    not_read: tuple[str, ...] = (),
    **more: Any,
) -> AuditReport:
    return AuditReport(
        more.get("account", "123456789012"),
        more.get("partition", "aws"),
        more.get("taken_at", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        users,
        findings,
        policies,
        RootAudit(("virtual",), True, False, True, more.get("root_used")),
        not_read,
    )
