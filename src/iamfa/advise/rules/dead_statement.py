"""Leaving a statement out changes no verdict, proved for all requests."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity
from iamfa.advise.rule import Rule
from iamfa.advise.same_verdicts import is_dead
from iamfa.errors import EditError
from iamfa.policy.document import Statement
from iamfa.policy.edit import remove_statement

_MOST = 40
"""Of a policy with more statements none is called dead."""


def _find(case: Case) -> Iterator[Finding]:
    document = case.policy.document
    if case.file_class == "other" or not 2 <= len(document.statements) <= _MOST:
        return
    for statement in document.statements:
        if is_dead(document, statement.index) is True:
            yield RULE.found(
                Severity.NOTE,
                f"the statement `{statement.label}` is dead: leaving it out changes no verdict",
                params={"effect": statement.effect},
                statement=statement,
                reason=_WHY[statement.effect],
                notes=("proved for every request, whatever else is attached",),
                repair=_repair(case, statement),
            )


_WHY = {
    "Allow": "all that it grants is granted by the other statements, or denied by them",
    "Deny": "all that it denies is denied by the other statements",
}


def _repair(case: Case, statement: Statement) -> Repair | None:
    try:
        return Repair("remove the statement", remove_statement(case.policy, statement))
    except EditError:
        return None


RULE = Rule("dead-statement", "note", "leaving a statement out changes no verdict, proved", _find)
