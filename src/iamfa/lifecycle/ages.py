"""How old a stolen session may be, as far as policies tell ages apart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from iamfa.lifecycle.world import AGE, World
from iamfa.policy.document import Document
from iamfa.policy.operator_values import Number, number
from iamfa.policy.operators import Family, parse_operator

OLDEST = 129_600
"""The longest that a session of a user lasts, in seconds (GetSessionToken in the STS API Reference)."""

_MOST = 20
"""Of numbers that the policies compare ages with no more are looked at."""


@dataclass(frozen=True, slots=True)
class Aged:
    """The world in which sessions with MFA are so old."""

    seconds: int | None
    """Since the code was given; None where no policy looks at it, or where the age is left open."""
    world: World


def by_age(world: World) -> tuple[Aged, ...]:
    """The world at ages that stand for all that a session can have, in order.

    From one to the next no comparison changes unless they are neighbours. Where a policy looks at the age in another
    way than by comparing numbers, or with too many numbers, there is one world in which the age is open.
    """
    if any(key.lower() == AGE for key in world.context):
        return (Aged(None, world),)
    limits: set[Number] = set()
    for layer in world.bundle.layers():
        if _as_variable(layer.document):
            return (Aged(None, world.aged(None)),)
        for family, texts in _comparisons(layer.document):
            if family is Family.NUMERIC:
                limits.update(limit for limit in map(number, texts) if limit is not None)
            elif family is not Family.NULL:
                return (Aged(None, world.aged(None)),)
    if not limits:
        return (Aged(None, world),)
    if len(limits) > _MOST:
        return (Aged(None, world.aged(None)),)
    found = {0, OLDEST}
    for limit in limits:
        first = bisect_left(range(OLDEST + 1), limit, key=_as_number)
        found.update((first - 1, first, first + 1))
    return tuple(Aged(age, world.aged(str(age))) for age in sorted(found) if 0 <= age <= OLDEST)


def _as_number(age: int) -> Number:
    value = number(str(age))
    assert value is not None
    return value


def _comparisons(document: Document) -> Iterator[tuple[Family, tuple[str, ...]]]:
    """What the document's conditions do with the age."""
    for statement in document.statements:
        for condition in statement.conditions:
            if condition.key.text.lower() == AGE:
                family = parse_operator(condition.operator.text).operator.family
                yield family, tuple(value.text for value in condition.values)


def _as_variable(document: Document) -> bool:
    """Whether the age stands as a variable in a resource or a value."""
    for statement in document.statements:
        values = [*(statement.resource.values if statement.resource is not None else ())]
        values += (value for condition in statement.conditions for value in condition.values)
        if any("${" in value.text and AGE in value.text.lower() for value in values):
            return True
    return False
