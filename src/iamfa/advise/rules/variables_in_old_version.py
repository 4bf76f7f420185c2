"""`${…}` is literal text under Version 2008-10-17 or without a Version.

AWS's page reference_policies_elements_version.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity
from iamfa.advise.rule import Rule
from iamfa.policy.document import Statement, Value
from iamfa.policy.edit import set_version
from iamfa.policy.variables import Template


def _find(case: Case) -> Iterator[Finding]:
    document = case.policy.document
    if document.variables:
        return
    places = [(s, v) for s in document.statements for v in _values(s) if _has_variable(v)]
    if not places:
        return
    statement, value = places[0]
    where = "under Version 2008-10-17" if document.version_written else "without a Version"
    yield RULE.found(
        Severity.ERROR,
        f"`{value.text}` is literal text {where}: variables are filled in only under 2012-10-17",
        params={"count": len(places)},
        statement=statement,
        span=value.span,
        reason="no variable here",
        repair=Repair("write Version 2012-10-17", tuple(set_version(case.policy, "2012-10-17"))),
    )


def _values(statement: Statement) -> Iterator[Value]:
    if statement.resource is not None:
        yield from statement.resource.values
    for condition in statement.conditions:
        yield from condition.values


def _has_variable(value: Value) -> bool:
    return "${" in value.text and Template.parse(value.text, variables=True).has_variables


RULE = Rule(
    "variables-in-old-version",
    "error",
    "${…} is literal text under Version 2008-10-17 or without a Version",
    _find,
)
