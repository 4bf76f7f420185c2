"""`user/${aws:username}` does not fit a user with a path: the variable is the friendly name without it.

AWS's page reference_policies_variables; its managed policy IAMUserChangePassword names both forms since 2025-05-28.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CHANGE_PASSWORD, LIST_DEVICES, ON_USER
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity
from iamfa.advise.rule import Rule
from iamfa.policy.document import Statement, Value
from iamfa.policy.edit import Edit, add_value


def _find(case: Case) -> Iterator[Finding]:
    if not (case.is_identity or case.limits_only):
        return
    places = [(s, v) for s in case.policy.statements for v in _own_user_entries(s)]
    if not places:
        return
    lost = [a for a in (*ON_USER, LIST_DEVICES, CHANGE_PASSWORD) if _only_without_path(case, a)]
    if not lost:
        return
    statement, value = places[0]
    evidence = case.subject.path != "/"
    yield RULE.found(
        Severity.WARNING if evidence else Severity.NOTE,
        f"users with a path are not matched: `{value.text}` is no ARN of `user/division/name`",
        params={"actions": lost},
        statement=statement,
        span=value.span,
        reason="fits users without a path only",
        notes=("the file itself names users with a path",) if evidence else (),
        repair=_repair(case, places),
    )


_MOST_PLACES = 30
"""A file that names the user more often is better mended by its author."""


def _own_user_entries(statement: Statement) -> Iterator[Value]:
    for value in statement.resource.values if statement.resource else ():
        if value.text.lower().endswith(":user/${aws:username}"):
            yield value


def _only_without_path(case: Case, action: str) -> bool:
    """Whether a user without a path may do it to himself and the same user with a path may not, all else equal."""
    with_path = case.subject_with_path.user_arn
    without = case.subject_without_path.user_arn
    return any(
        case.verdict(bundle, action, without, c, user=without).decision == "allowed"
        and case.verdict(bundle, action, with_path, c, user=with_path).decision != "allowed"
        for bundle in (case.alone, case.everything)
        for c in ("long-term-key", "token-mfa")
    )


def _repair(case: Case, places: list[tuple[Statement, Value]]) -> Repair | None:
    if len(places) > _MOST_PLACES:
        return None
    edits: list[Edit] = []
    for statement, value in places:
        assert statement.resource is not None
        text = value.text[: value.text.index(":user/") + 6] + "*/${aws:username}"
        if all(v.text != text for v in statement.resource.values):
            edits += add_value(case.policy, statement.resource, text)
    return Repair("name users with a path, too", tuple(edits))


RULE = Rule(
    "user-path-not-matched",
    "note, warning with evidence",
    "user/${aws:username} does not fit a user with a path",
    _find,
)
