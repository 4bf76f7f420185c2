"""What policies do with one key of the context, and values of a numeric key that stand for all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Document
from iamfa.policy.operator_values import Number, number
from iamfa.policy.operators import Family, parse_operator


def looked_at(bundle: Bundle, key: str) -> bool:
    """Whether a condition or a variable of some policy asks for this key, which is in lower case."""
    documents = [layer.document for layer in bundle.layers()]
    return any(_as_variable(each, key) or any(_comparisons(each, key)) for each in documents)


def told_apart(bundle: Bundle, key: str, legal: range, *, most: int) -> tuple[int, ...] | None:
    """Numbers of the range, in order, that stand for all that this key, which is in lower case, can hold.

    From one to the next no comparison changes unless they are neighbours. None of them where no policy compares the
    key, not even with the ends of the range; None where one looks at it in another way than by comparing numbers, or
    they compare it with more than *most* numbers.
    """
    limits: set[Number] = set()
    for layer in bundle.layers():
        if _as_variable(layer.document, key):
            return None
        for family, texts in _comparisons(layer.document, key):
            if family is Family.NUMERIC:
                limits.update(limit for limit in map(number, texts) if limit is not None)
            elif family is not Family.NULL:
                return None
    if len(limits) > most:
        return None
    places = {0, len(legal) - 1} if limits else set[int]()
    for limit in limits:
        first = bisect_left(legal, limit, key=_as_number)
        places.update((first - 1, first, first + 1))
    return tuple(legal[place] for place in sorted(places) if 0 <= place < len(legal))


def _as_number(value: int) -> Number:
    found = number(str(value))
    assert found is not None
    return found


def _comparisons(document: Document, key: str) -> Iterator[tuple[Family, tuple[str, ...]]]:
    """What the document's conditions do with the key."""
    for statement in document.statements:
        for condition in statement.conditions:
            if condition.key.text.lower() == key:
                family = parse_operator(condition.operator.text).operator.family
                yield family, tuple(value.text for value in condition.values)


def _as_variable(document: Document, key: str) -> bool:
    """Whether the key stands as a variable in a resource or a value."""
    for statement in document.statements:
        values = [*(statement.resource.values if statement.resource is not None else ())]
        values += (value for condition in statement.conditions for value in condition.values)
        if any("${" in value.text and key in value.text.lower() for value in values):
            return True
    return False
