"""Two audits compared: each changed answer with its direction, people and findings that came and went."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.unit.audit.reports import report, user

from iamfa.advise.finding import Severity
from iamfa.audit.since import since
from iamfa.audit.values import AuditFinding, EnforcedAnswer, EnrolledAnswer

EARLIER = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ("not-enforced", "denied", "better"),
        ("not-granted", "denied", "better"),
        ("exempt-undeclared", "exempt-declared", "better"),
        ("denied", "not-granted", "worse"),
        ("denied", "not-enforced", "worse"),
        ("denied", "no-permissions", "other"),
        ("denied", "unknown", "other"),
        ("unknown", "not-enforced", "other"),
    ],
)
def test_an_answer_that_changes_has_a_direction(before: EnforcedAnswer, after: EnforcedAnswer, direction: str) -> None:
    (change,) = since(report(user("alice", before)), report(user("alice", after))).changes
    assert (change.user, change.question, change.direction) == ("alice", "enforced", direction)
    assert (change.before, change.after) == (before, after)


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ("exposed-now", "enrolled", "better"),
        ("enrolled", "locked-out", "worse"),
        ("locked-out", "cannot-enrol", "other"),
    ],
)
def test_so_has_a_device_that_comes_or_goes(before: EnrolledAnswer, after: EnrolledAnswer, direction: str) -> None:
    found = since(report(user("alice", enrolled=before)), report(user("alice", enrolled=after)))
    (change,) = found.changes
    assert (change.question, change.before, change.after, change.direction) == ("enrolled", before, after, direction)


def test_what_got_worse_stands_first_and_who_came_or_left_is_named() -> None:
    before = report(user("alice", "not-enforced"), user("bob"), user("carol"), taken_at=EARLIER)
    after = report(user("alice"), user("bob", lifted="somebody"), user("dave"))
    found = since(before, after)
    assert [(each.user, each.direction) for each in found.changes] == [("bob", "worse"), ("alice", "better")]
    assert (found.came, found.left, found.taken_at) == (("dave",), ("carol",), EARLIER)


def test_findings_are_known_again_by_whom_they_are_about() -> None:
    def finding(*names: str, words: str = "") -> AuditFinding:
        return AuditFinding("exposed-now", Severity.ERROR, words, names)

    stays, gone, new = finding("alice"), finding("bob"), finding("bob", "carol")
    found = since(report(findings=(stays, gone)), report(findings=(finding("alice", words="other words"), new)))
    assert (found.gone, found.new) == ((gone,), (new,))
