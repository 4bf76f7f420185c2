"""From the tree of a Condition element to its typed conditions.

AWS's pages: reference_policies_elements_condition and reference_policies_elements_condition_operators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from iamfa.errors import UnknownOperatorError
from iamfa.policy import grammar, operator_values
from iamfa.policy.complaints import Complaints, described, items_of, span_of
from iamfa.policy.document import Condition, Span, Value
from iamfa.policy.grammar import shown
from iamfa.policy.operators import Family, ParsedOperator, parse_operator
from iamfa.policy.reader import Member, Object, Scalar

_READERS: Final[dict[Family, Callable[[str], object]]] = {
    Family.NUMERIC: operator_values.number,
    Family.DATE: operator_values.instant,
    Family.BOOL: operator_values.boolean,
    Family.NULL: operator_values.boolean,
    Family.BINARY: operator_values.binary,
}
"""Each answers None for a text that it cannot read."""
_TAKES: Final = {
    Family.NUMERIC: "a number",
    Family.DATE: "a date such as `2026-01-31T12:00:00Z`, or seconds since 1970",
    Family.BOOL: "`true` or `false`",
    Family.NULL: "`true` or `false`",
    Family.BINARY: "text in base64",
}


def conditions_of(member: Member | None, complaints: Complaints) -> tuple[Condition, ...]:
    """The conditions of a statement, one for each operator and key, in the order of the text."""
    if member is None:
        return ()
    node = member.value
    if not isinstance(node, Object):
        complaints.fault(
            node, f"Condition is an object, not {described(node)}", 'write `{"Bool": {"aws:SecureTransport": "true"}}`'
        )
        return ()
    if not node.members:
        complaints.remark(node, "the Condition is empty and restricts nothing", "remove it")
    found: list[Condition] = []
    operators: dict[str, Scalar] = {}
    for block in node.members:
        first = operators.setdefault(block.key.text, block.key)
        if first is not block.key:
            complaints.repeated(
                block.key,
                f"the operator `{shown(block.key.text)}` stands in this Condition twice",
                first,
                "; put the keys together",
            )
        found.extend(_block(block, complaints))
    return tuple(found)


def _block(member: Member, complaints: Complaints) -> Iterator[Condition]:
    """The conditions under one operator."""
    operator: ParsedOperator | None = None
    try:
        operator = parse_operator(member.key.text)
    except UnknownOperatorError as error:
        complaints.fault(member.key, error.message, error.hint)
    node = member.value
    if not isinstance(node, Object):
        complaints.fault(
            node,
            f"a condition operator holds an object of keys, not {described(node)}",
            'write e.g. `{"aws:username": "alice"}`',
        )
        return
    if not node.members:
        complaints.remark(node, f"`{shown(member.key.text)}` compares nothing", "remove it")
    keys: dict[str, Scalar] = {}
    for entry in node.members:
        name = entry.key.text
        complaints.characters(entry.key, name)
        complaints.object_to(entry.key, grammar.condition_key_objection(name))
        first = keys.setdefault(name.lower(), entry.key)
        if first is not entry.key:
            complaints.repeated(
                entry.key,
                f"the condition key `{shown(name)}` stands under this operator twice",
                first,
                "; the case of letters makes no difference",
            )
        yield Condition(
            Value(member.key.text, span_of(member.key)),
            Value(name, span_of(entry.key)),
            tuple(_values(entry, operator, complaints)),
            Span(entry.key.start, entry.value.end),
        )


def _values(member: Member, operator: ParsedOperator | None, complaints: Complaints) -> Iterator[Value]:
    items = items_of(member.value)
    if not items:
        complaints.remark(
            member.value,
            f"there is no value for the condition key `{shown(member.key.text)}`",
            "give one, or use `Null`",
        )
    for item in items:
        if not isinstance(item, Scalar) or item.type == "null":
            complaints.fault(item, f"a condition's value is a text, number, true or false, not {described(item)}")
            continue
        complaints.characters(item, item.text)
        if operator is not None:
            _check(item, operator, complaints)
        yield Value(item.text, span_of(item))


def _check(item: Scalar, operator: ParsedOperator, complaints: Complaints) -> None:
    """AWS refuses addresses that are none; of other values that their operator cannot read it only warns.

    A variable is an error with every operator that takes none (INVALID_VARIABLE_FOR_OPERATOR), apart from Bool: the
    operators page lists variables as supported there.
    """
    family = operator.operator.family
    if operator.operator.variables:
        if complaints.variables:
            complaints.object_to(item, grammar.variable_objection(item.text))
    elif complaints.variables and "${" in item.text and family is not Family.BOOL:
        complaints.fault(
            item,
            f"`{operator.operator.name}` takes no policy variables, and `{shown(item.text)}` holds one",
            "they stand in values of the String and Arn operators",
        )
    elif family is Family.IP:
        if operator_values.network(item.text) is None:
            complaints.fault(item, f"`{shown(item.text)}` is no address or range", "write e.g. `203.0.113.0/24`")
    elif _READERS[family](item.text) is None:
        complaints.remark(
            item, f"`{operator.operator.name}` cannot read `{shown(item.text)}`", f"it takes {_TAKES[family]}"
        )
