"""A statement names a resource on which AWS never authorises an action that it lists.

Enable, Deactivate and Resync are authorised on `user/…` only (Service Authorization Reference, IAM).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import ON_USER
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.rule import Rule
from iamfa.advise.wording import listed
from iamfa.policy.document import Statement, Value

_ON_DEVICES = (":mfa/", ":u2f/", ":sms-mfa/")


def _find(case: Case) -> Iterator[Finding]:
    for statement in case.policy.statements:
        if statement.resource is None or statement.resource.negated or statement.action.negated:
            continue
        actions = _named(statement)
        value = next((v for v in statement.resource.values if any(part in v.text for part in _ON_DEVICES)), None)
        if actions and value is not None:
            yield _finding(statement, value, actions)


def _named(statement: Statement) -> list[str]:
    names = {v.text.lower() for v in statement.action.values}
    return [a for a in ON_USER if a.lower() in names]


def _finding(statement: Statement, value: Value, actions: list[str]) -> Finding:
    return RULE.found(
        Severity.NOTE,
        f"AWS never authorises {listed(actions)} on a device: it asks on the user",
        params={"actions": actions, "resource": value.text},
        statement=statement,
        span=value.span,
        reason="has no effect for " + listed([a.partition(":")[2] for a in actions]),
    )


RULE = Rule(
    "resource-never-authorised",
    "note",
    "a statement names a resource on which AWS never authorises that action",
    _find,
)
