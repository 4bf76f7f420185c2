"""What has changed between two audits of one account: user by user and answer by answer, and findings come and gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from iamfa.audit.fingerprint import audit_fingerprint
from iamfa.audit.values import AuditFinding, AuditReport, UserAudit

Direction = Literal["better", "worse", "other"]
Question = Literal["enforced", "enrolled", "lifted"]
QUESTIONS: Final[tuple[Question, ...]] = ("enforced", "enrolled", "lifted")

_RANKS: Final[Mapping[Question, Mapping[str, int]]] = {
    "enforced": {
        "denied": 0, "no-permissions": 0, "not-granted": 1, "exempt-declared": 2, "exempt-undeclared": 3,
        "not-enforced": 4,
    },
    "enrolled": {
        "enrolled": 0, "none-needed": 0, "not-enrolled": 1, "cannot-enrol": 2, "locked-out": 2, "exposed-now": 3,
    },
    "lifted": {"nobody": 0, "somebody": 1},
}  # fmt: skip
"""How bad the answers are; between those without a number, or with one number, nothing gets better or worse."""


@dataclass(frozen=True, slots=True)
class Change:
    """One answer about one user that is another one now."""

    user: str
    question: Question
    before: str
    after: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Since:
    """What has changed since an earlier audit."""

    taken_at: datetime
    """When the account was read then."""
    changes: tuple[Change, ...]
    """What got worse first, then what got better, then the rest."""
    came: tuple[str, ...]
    """Names of users who are new."""
    left: tuple[str, ...]
    """Names of users who are not there any more."""
    new: tuple[AuditFinding, ...]
    gone: tuple[AuditFinding, ...]


def since(before: AuditReport, after: AuditReport) -> Since:
    """Compare two reports of one account."""
    then, now = {user.name: user for user in before.users}, {user.name: user for user in after.users}
    changes = [change for name in sorted(then.keys() & now.keys()) for change in _changes(then[name], now[name])]
    known = {audit_fingerprint(each, before.account) for each in before.findings}
    found = {audit_fingerprint(each, after.account) for each in after.findings}
    return Since(
        before.taken_at,
        tuple(sorted(changes, key=lambda change: ("worse", "better", "other").index(change.direction))),
        tuple(sorted(now.keys() - then.keys())),
        tuple(sorted(then.keys() - now.keys())),
        tuple(each for each in after.findings if audit_fingerprint(each, after.account) not in known),
        tuple(each for each in before.findings if audit_fingerprint(each, before.account) not in found),
    )


def _changes(then: UserAudit, now: UserAudit) -> Iterator[Change]:
    answers: tuple[tuple[Question, str, str], ...] = (
        ("enforced", then.enforced.answer, now.enforced.answer),
        ("enrolled", then.enrolled.answer, now.enrolled.answer),
        ("lifted", then.lifted.answer, now.lifted.answer),
    )
    for question, before, after in answers:
        if before != after:
            yield Change(now.name, question, before, after, _direction(question, before, after))


def _direction(question: Question, before: str, after: str) -> Direction:
    then, now = _RANKS[question].get(before), _RANKS[question].get(after)
    if then is None or now is None or then == now:
        return "other"
    return "better" if now < then else "worse"
