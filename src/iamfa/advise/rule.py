"""What a rule is: an id, its severities in words, one line, and a function from a case to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity, Witness
from iamfa.lifecycle.result import Call
from iamfa.policy.document import Span, Statement


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its file, its page and its test bear its id."""

    id: str
    severity: str
    """The severities it speaks with, in words, e.g. `error, note`."""
    summary: str
    """What the user learns, in one line."""
    find: Callable[[Case], Iterator[Finding]]

    def found(
        self,
        severity: Severity,
        message: str,
        *,
        params: Mapping[str, object] | None = None,
        statement: Statement | None = None,
        span: Span | None = None,
        reason: str | None = None,
        witness: Witness | None = None,
        trace: tuple[Call, ...] = (),
        assumption: str | None = None,
        notes: tuple[str, ...] = (),
        repair: Repair | None = None,
    ) -> Finding:
        """Make a finding of this rule; without a *span* the statement's own is underlined."""
        if span is None and statement is not None:
            span = statement.span
        return Finding(
            self.id,
            severity,
            message,
            dict(params or {}),
            span,
            reason,
            statement.index if statement is not None else None,
            statement.sid if statement is not None else None,
            witness,
            trace,
            assumption,
            notes,
            repair,
        )
