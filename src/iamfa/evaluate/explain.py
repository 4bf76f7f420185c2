"""Why one statement fits one request or does not, down to the entry: asked only when somebody looks."""

from __future__ import annotations

from collections.abc import Mapping

from iamfa.evaluate.match import CompiledCondition, CompiledStatement
from iamfa.evaluate.principal import Naming
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Reason, Why
from iamfa.policy.document import Document

_FAR_OFF = frozenset({Why.ACTION_NOT_LISTED, Why.ACTION_EXCEPTED})


def reasons_alone(documents: Mapping[str, Document], request: Request) -> tuple[Reason, ...]:
    """What decides whether policies by themselves permit a request: the fitting Denies, else the fitting Allows.

    Where neither fits: the Allows that take the action in, and why they do not fit. *documents* are named by labels.
    """
    reasons = [
        reason_of(CompiledStatement(label, statement, document), request, boundary=False)
        for label, document in documents.items()
        for statement in document.statements
    ]
    for effect in ("Deny", "Allow"):
        deciding = tuple(r for r in reasons if r.effect == effect and r.matched)
        if deciding:
            return deciding
    return tuple(r for r in reasons if r.effect == "Allow" and r.why not in _FAR_OFF)


def reason_of(statement: CompiledStatement, request: Request, *, boundary: bool) -> Reason:
    """The reason of one statement: the first element that does not fit, an unknown one, or that all fit."""
    found = statement.statement
    label = statement.label
    if not statement.action_fits(request.action_key):
        if statement.negated_action:
            items = statement.action_items(request.action_key)
            return Reason(label, found, Why.ACTION_EXCEPTED, "NotAction", items[0])
        return Reason(label, found, Why.ACTION_NOT_LISTED, "Action")
    user_id = request.keys.get("aws:userid")
    named = statement.names(request.principal, user_id if isinstance(user_id, str) else None, boundary=boundary)
    if named.possibly is Naming.NOT and found.principal is not None:
        if found.principal.negated:
            return Reason(label, found, Why.PRINCIPAL_EXCEPTED, "NotPrincipal")
        return Reason(label, found, Why.PRINCIPAL_NOT_NAMED, "Principal")
    resource = statement.resource_fits(request)
    if resource is False:
        return _resource_reason(statement, request)
    answers = [(i, c, c.holds(request)) for i, c in enumerate(statement.conditions)]
    for i, condition, holds in answers:
        if holds is False:
            return Reason(label, found, Why.CONDITION_NOT_FULFILLED, "Condition", i, _compared(condition, request))
    if named.surely is Naming.NOT:
        return Reason(label, found, Why.PRINCIPAL_UNKNOWN, "Principal")
    if resource is None:
        return Reason(label, found, Why.RESOURCE_UNKNOWN, found.resource.name if found.resource else None)
    for i, condition, holds in answers:
        if holds is None:
            return Reason(label, found, Why.CONDITION_UNKNOWN, "Condition", i, _compared(condition, request))
    items = statement.resource_items(request) if found.resource and not found.resource.negated else ()
    detail = _HOW_CLOSELY if found.effect == "Allow" and named.surely is not named.possibly else None
    if not items or found.resource is None:
        return Reason(label, found, Why.FITS, detail=detail)
    return Reason(label, found, Why.FITS, found.resource.name, items[0], detail)


_HOW_CLOSELY = "whether the requester himself is named, or only his account or role, is not known here"


def _resource_reason(statement: CompiledStatement, request: Request) -> Reason:
    found = statement.statement
    assert found.resource is not None
    if found.resource.negated:
        items = statement.resource_items(request)
        return Reason(statement.label, found, Why.RESOURCE_EXCEPTED, "NotResource", items[0])
    without = sorted(k for k in statement.needed_keys if not isinstance(request.keys.get(k), str))
    if without:
        return Reason(
            statement.label, found, Why.VARIABLE_WITHOUT_VALUE, "Resource", None, f"`${{{without[0]}}}` has no value"
        )
    return Reason(statement.label, found, Why.RESOURCE_NOT_LISTED, "Resource", None, request.resource)


def _compared(condition: CompiledCondition, request: Request) -> str:
    key = condition.condition.key.text
    if condition.key in request.unspecified:
        return f"`{key}` is not known here"
    value = request.keys.get(condition.key)
    if value is None:
        return f"`{key}` is absent"
    return f"`{key}` is {value!r}" if isinstance(value, str) else f"`{key}` is {list(value)!r}"
