"""Edits of a policy's text that keep everything else as it stands: layout, comments, line ends.

Each function gives the edits that make one change; nothing is changed before `apply`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from iamfa.errors import EditError
from iamfa.policy.document import Condition, Effect, Element, Span, Statement, Value, Version
from iamfa.policy.layout import WIDTH, Edit, Edits, Layout, spans_of
from iamfa.policy.policy import Policy
from iamfa.policy.reader import Array, Object
from iamfa.policy.render import statement_as_json

__all__ = [
    "Edit",
    "Edits",
    "add_condition",
    "add_value",
    "apply",
    "diff",
    "insert_statement",
    "remove_condition",
    "remove_statement",
    "remove_value",
    "rename_element",
    "replace_operator",
    "replace_value",
    "set_effect",
    "set_version",
]


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; what stands outside them is unchanged.

    Edits that insert at the same place are made in the order given. Raises `EditError` where edits overlap or lie
    outside the text, and then nothing is changed.
    """
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if not 0 <= edit.start <= edit.end <= len(text):
            raise EditError(f"an edit from {edit.start} to {edit.end} lies outside the text of {len(text)} characters")
        if edit.start < done:
            raise EditError(f"two edits overlap at {edit.start}")
        pieces += (text[done : edit.start], edit.text)
        done = edit.end
    return "".join((*pieces, text[done:]))


def diff(before: str, after: str, path: str) -> str:
    """The change as a unified diff of a file; empty when nothing changed."""
    from difflib import unified_diff

    lines: list[str] = []
    for line in unified_diff(_lines(before), _lines(after), f"a/{path}", f"b/{path}"):
        lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def _lines(text: str) -> list[str]:
    """Lines as diff and patch count them: LF alone ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


# Values and names ----------------------------------------------------------------------------------------------------


def replace_value(value: Value, text: str) -> Edits:
    """Write another text where a value, an operator or a condition key stands."""
    return (_over(value.span, text),)


def rename_element(element: Element, name: str) -> Edits:
    """Give an element another name, e.g. make `Action` of `NotAction`; its values stay."""
    return (_over(element.key_span, name),)


def set_effect(statement: Statement, effect: Effect) -> Edits:
    """Write another Effect."""
    return (_over(statement.effect_span, effect),)


def set_version(policy: Policy, version: Version) -> Edits:
    """Write the Version, or insert it as the first element.

    Raises `EditError` for statements that stand without a policy around them.
    """
    layout = _layout(policy)
    root = layout.node(policy.root_span)
    if not isinstance(root, Object) or all(member.key.text != "Statement" for member in root.members):
        raise EditError("statements without a policy around them have no Version")
    for member in root.members:
        if member.key.text == "Version":
            return (_over(Span(member.value.start, member.value.end), version),)
    return layout.insert(root, 0, {"Version": version})


def add_value(policy: Policy, element: Element | Condition, text: str) -> Edits:
    """Append a value to an element or a condition; a value without a list becomes a list of two."""
    layout = _layout(policy)
    node = layout.member(element.span).value
    if isinstance(node, Array):
        return layout.insert(node, len(node.items), text)
    indent = layout.indent_at(element.span.start)
    if len(indent) + node.end - element.span.start + len(_quoted(text)) + len("[, ],") <= WIDTH:
        return Edit(node.start, node.start, "["), Edit(node.end, node.end, f", {_quoted(text)}]")
    outer, inner = layout.newline + indent, layout.newline + indent + layout.unit
    return Edit(node.start, node.start, f"[{inner}"), Edit(node.end, node.end, f",{inner}{_quoted(text)}{outer}]")


def remove_value(policy: Policy, value: Value) -> Edits:
    """Take a value out of its list, with its comma, and its line and comment where it has a line of its own.

    Raises `EditError` where it is the last of its list or stands without a list: an element cannot be empty.
    """
    layout = _layout(policy)
    place = layout.item(value.span)
    if place is None or len(spans_of(place[0])) == 1:
        raise EditError(f"`{value}` is the only value: remove the statement or condition instead")
    return layout.remove(*place)


# Statements and conditions -------------------------------------------------------------------------------------------


def remove_statement(policy: Policy, statement: Statement) -> Edits:
    """Take a statement out. Raises `EditError` where it is the only one."""
    layout = _layout(policy)
    place = layout.item(statement.span)
    if place is None or len(policy.statements) == 1:
        raise EditError(f"{statement.label} is the only statement: a policy cannot be empty")
    return layout.remove(*place)


def insert_statement(policy: Policy, index: int, statement: Statement) -> Edits:
    """Put a statement before the one with this index; an index beyond the last appends it."""
    layout = _layout(policy)
    first = policy.statements[0].span
    rendered = statement_as_json(statement)
    place = layout.item(first)
    if place is not None and isinstance(place[0], Array):
        return layout.insert(place[0], index, rendered)
    spread = "\n" in policy.source.text[first.start : first.end]
    text = layout.written(rendered, layout.indent_at(first.start), lines=spread)
    if index <= 0:
        return Edit(first.start, first.start, f"[{text}, "), Edit(first.end, first.end, "]")
    return Edit(first.start, first.start, "["), Edit(first.end, first.end, f", {text}]")


def remove_condition(policy: Policy, statement: Statement, condition: Condition) -> Edits:
    """Take a condition out: with its operator where no other key stands under it, with all of Condition at last.

    Raises `EditError` where the condition is not one of this statement.
    """
    layout = _layout(policy)
    places = layout.places(condition.span)[-3:]
    if len(places) < 3 or places[0][0] != layout.node(statement.span) or layout.item(condition.span) is None:
        raise EditError(f"{statement.label} does not hold this condition")
    # The statement itself has an Effect at least, so one of the three always has something left.
    return layout.remove(*next(place for place in reversed(places) if len(spans_of(place[0])) > 1))


def add_condition(policy: Policy, statement: Statement, operator: str, key: str, values: Sequence[str]) -> Edits:
    """Add a condition to a statement, beside those that it has.

    Raises `EditError` where the statement compares that key with that operator already.
    """
    layout = _layout(policy)
    written = {key: values[0] if len(values) == 1 else list(values)}
    parent = layout.node(statement.span)
    conditions = _member(parent, "Condition")
    if conditions is None:
        return layout.insert(parent, len(spans_of(parent)), {"Condition": {operator: written}})
    block = _member(conditions, operator)
    if block is None:
        return layout.insert(conditions, len(conditions.members), {operator: written})
    if any(member.key.text.lower() == key.lower() for member in block.members):
        raise EditError(f"{statement.label} compares `{key}` with `{operator}` already")
    return layout.insert(block, len(block.members), written)


def replace_operator(policy: Policy, statement: Statement, condition: Condition, operator: str) -> Edits:
    """Compare a condition's key with another operator; other keys under the old operator keep it.

    Raises `EditError` where the statement compares that key with that operator already.
    """
    under_old = [each for each in statement.conditions if each.operator.text == condition.operator.text]
    if len(under_old) == 1 and all(each.operator.text != operator for each in statement.conditions):
        return replace_value(condition.operator, operator)
    values = [value.text for value in condition.values]
    added = add_condition(policy, statement, operator, condition.key.text, values)
    return added + remove_condition(policy, statement, condition)


def _layout(policy: Policy) -> Layout:
    return Layout(policy.source, policy.statements[0].span)


def _member(node: object, name: str) -> Object | None:
    """The object under a name, if there is one."""
    members = node.members if isinstance(node, Object) else ()
    return next((each.value for each in members if each.key.text == name and isinstance(each.value, Object)), None)


def _over(span: Span, text: str) -> Edit:
    return Edit(span.start, span.end, _quoted(text))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
