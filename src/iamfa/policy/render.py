"""A document as JSON text, always in the same way; what is read back from it equals the document."""

from __future__ import annotations

import json
from collections.abc import Iterable

from iamfa.policy.document import Document, Element, PrincipalElement, Statement, Value

Json = dict[str, "Json"] | list["Json"] | str
"""A JSON value without numbers, booleans and null, which a document does not have."""


def render(document: Document) -> str:
    """The document as indented JSON with a line end: Version, Id, Statement, and each statement's elements in order.

    Statements that stood without a policy around them are rendered so again. Raises `ValueError` for a document that
    no text can spell: one with the same operator and key twice in a statement.
    """
    return json.dumps(as_json(document), indent=2, ensure_ascii=False) + "\n"


def render_minimal(document: Document) -> str:
    """The document as JSON without white space. Raises `ValueError` as `render` does."""
    return json.dumps(as_json(document), separators=(",", ":"), ensure_ascii=False)


def as_json(document: Document) -> Json:
    """The document as a JSON value. Raises `ValueError` as `render` does."""
    statements: list[Json] = [statement_as_json(statement) for statement in document.statements]
    if document.variables and not document.version_written:
        return statements[0] if len(statements) == 1 else statements
    policy: dict[str, Json] = {}
    if document.version_written:
        policy["Version"] = document.version
    if document.id is not None:
        policy["Id"] = document.id
    policy["Statement"] = statements
    return policy


def statement_as_json(statement: Statement) -> dict[str, Json]:
    """One statement as a JSON value. Raises `ValueError` as `render` does."""
    found: dict[str, Json] = {}
    if statement.sid is not None:
        found["Sid"] = statement.sid
    found["Effect"] = statement.effect
    if statement.principal is not None:
        found[statement.principal.name] = _principal(statement.principal)
    for element in (statement.action, statement.resource):
        if element is not None:
            found[element.name] = _element(element)
    if statement.conditions:
        found["Condition"] = _conditions(statement)
    return found


def _element(element: Element) -> Json:
    return _one_or_list(element.values)


def _principal(element: PrincipalElement) -> Json:
    if any(entry.type == "*" for entry in element.values):
        return "*"
    by_type: dict[str, list[Value]] = {}
    for entry in element.values:
        by_type.setdefault(entry.type, []).append(entry.value)
    return {type_: _one_or_list(values) for type_, values in by_type.items()}


def _conditions(statement: Statement) -> Json:
    blocks: dict[str, dict[str, Json]] = {}
    for condition in statement.conditions:
        block = blocks.setdefault(condition.operator.text, {})
        if condition.key.text in block:
            raise ValueError(f"`{condition.operator}` compares `{condition.key}` twice in one statement")
        block[condition.key.text] = _one_or_list(condition.values)
    return {operator: {**block} for operator, block in blocks.items()}


def _one_or_list(values: Iterable[Value]) -> Json:
    texts: list[Json] = [value.text for value in values]
    return texts[0] if len(texts) == 1 else texts
