"""`user/${aws:username}` does not fit a user with a path: the variable is the friendly name without it.

AWS's page reference_policies_variables; its managed policy IAMUserChangePassword names both forms since 2025-05-28.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iamfa.advise.actions import CHANGE_PASSWORD, LIST_DEVICES, ON_USER
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity
from iamfa.advise.options import ALLOW_ALL, bundle_of
from iamfa.advise.rule import Rule
from iamfa.evaluate.decide import Decider
from iamfa.policy.document import Statement, Value
from iamfa.policy.edit import Edit, add_value


def _find(case: Case) -> Iterator[Finding]:
    if not (case.is_identity or case.limits_only):
        return
    places = [(s, v) for s in case.policy.statements for v in _own_user_entries(s)]
    if not places:
        return
    lost = _lost(case)
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


def _lost(case: Case) -> list[str]:
    """The actions on which a user with a path fares otherwise than if the file named him as well."""
    named = replace(case.policy.document, statements=tuple(_with_paths(s) for s in case.policy.statements))
    user = case.subject_with_path.user_arn
    lost: dict[str, None] = {}
    for bundle, others in ((case.alone, case.others), (case.everything, (*case.others, ALLOW_ALL))):
        decider = Decider(
            bundle_of(case.kind, named, others, case.subject.account), assumptions=case.options.assumptions
        )
        for action in (*ON_USER, LIST_DEVICES, CHANGE_PASSWORD):
            for credential in ("long-term-key", "token-mfa"):
                decision = decider.decide(case.request(action, user, credential, user)).decision
                if decision != case.verdict(bundle, action, user, credential, user=user).decision:
                    lost[action] = None
    return list(lost)


def _with_paths(statement: Statement) -> Statement:
    if statement.resource is None:
        return statement
    more = tuple(Value(_pathed(value)) for value in _own_user_entries(statement))
    return replace(statement, resource=replace(statement.resource, values=(*statement.resource.values, *more)))


def _pathed(value: Value) -> str:
    return value.text.rpartition("/")[0] + "/*/${aws:username}"


def _repair(case: Case, places: list[tuple[Statement, Value]]) -> Repair | None:
    if len(places) > _MOST_PLACES:
        return None
    edits: list[Edit] = []
    for statement, value in places:
        assert statement.resource is not None
        text = _pathed(value)
        if all(v.text != text for v in statement.resource.values):
            edits += add_value(case.policy, statement.resource, text)
    return Repair("name users with a path, too", tuple(edits))


RULE = Rule(
    "user-path-not-matched",
    "note, warning with evidence",
    "user/${aws:username} does not fit a user with a path",
    _find,
)
