"""An account that was judged, as a renderer shows it; users who are alike in every answer stand together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from iamfa.account.not_read import NotRead
from iamfa.audit.since import Since
from iamfa.audit.values import AuditFinding, AuditReport, UserAudit
from iamfa.lifecycle.result import Call, RefusedBy


@dataclass(frozen=True, slots=True)
class Audited:
    """One account."""

    report: AuditReport
    source: str | None = None
    """The file that it comes from; None where it was read from AWS."""
    since: Since | None = None
    """What has changed since an earlier snapshot, where one was named."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The texts of the policies, for whoever shows them (`audit_html.policy_texts`)."""

    @property
    def not_read(self) -> tuple[NotRead, ...]:
        """What was not read, taken apart."""
        return tuple(NotRead.parse(entry) for entry in self.report.not_read)


DANGERS: Final[Mapping[str, tuple[str, str]]] = {
    "exposed": ("exposed now", "exposed now"),
    "open": ("not forced to use MFA", "not forced to use MFA"),
    "stuck": ("cannot enrol", "cannot enrol"),
    "spared": ("exempt and undeclared", "exempt and undeclared"),
    "unknown": ("not decided", "not decided"),
    "waiting": ("without a device", "without a device"),
    "declared": ("exempt and declared", "exempt and declared"),
    "idle": ("not forced but without a credential", "not forced but without a credential"),
    "safe": ("safe as far as it was read", "safe as far as they were read"),
}
"""Where a user stands, the most dangerous first, with words for one and for several."""

_FORCED: Final = ("denied", "not-granted", "no-permissions")


def danger(user: UserAudit) -> str:
    """The worst that the first two answers say, a key of `DANGERS`."""
    enforced, enrolled = user.enforced.answer, user.enrolled.answer
    usable = user.has_key is not False or user.has_password is not False
    rows = (
        ("exposed", enrolled == "exposed-now"),
        ("open", enforced == "not-enforced" and usable),
        ("stuck", enrolled in ("locked-out", "cannot-enrol")),
        ("spared", enforced == "exempt-undeclared"),
        ("unknown", "unknown" in (enforced, enrolled)),
        ("waiting", enforced in _FORCED and enrolled == "not-enrolled"),
        ("declared", enforced == "exempt-declared"),
        ("idle", enforced == "not-enforced"),
    )
    return next((name for name, holds in rows if holds), "safe")


@dataclass(frozen=True, slots=True)
class Alike:
    """Users with the same answers and the same set of policies."""

    users: tuple[UserAudit, ...]

    @property
    def first(self) -> UserAudit:
        """One of them, who stands for all."""
        return self.users[0]

    @property
    def danger(self) -> str:
        """Where they stand."""
        return danger(self.first)


def alike(users: Iterable[UserAudit]) -> list[Alike]:
    """Users grouped, the most dangerous first, then the larger groups, then by name."""
    found: dict[object, list[UserAudit]] = {}
    for user in users:
        enforced, enrolled, lifted = user.enforced, user.enrolled, user.lifted
        key = (
            danger(user),
            enforced.answer,
            enrolled.answer,
            enrolled.devices,
            enrolled.leaked,
            lifted.answer,
            lifted.count,
            (enforced.not_read, enrolled.not_read, lifted.not_read),
            user.policies,
        )
        found.setdefault(key, []).append(user)
    order = tuple(DANGERS)
    groups = [Alike(tuple(each)) for each in found.values()]
    return sorted(groups, key=lambda each: (order.index(each.danger), -len(each.users), each.first.name))


def shown_trace(finding: AuditFinding) -> tuple[Call, ...]:
    """The calls of a finding, the refused one with the statement that the finding stands at."""
    place = finding.place
    if place is None:
        return finding.trace
    by = RefusedBy(place.policy, place.statement_index, place.statement_sid)
    return tuple(
        replace(call, by=by) if call.outcome == "refused" and call.by is None else call for call in finding.trace
    )
