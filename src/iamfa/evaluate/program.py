"""The short way through a decision: what remains of each statement once the action is known.

Only for requests whose context is told in full and on which nothing but identity-based policies bears; everything else
takes the long way in `decide`. Both ways ask the same compiled elements, and a property test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from iamfa.evaluate.match import CompiledStatement, Keys

Fits = Callable[[str, Keys], bool | None]


@dataclass(frozen=True, slots=True)
class Program:
    """The statements of a bundle that take in one action, without their action."""

    denies: tuple[Fits, ...]
    allows: tuple[Fits, ...]


def fits_of(statement: CompiledStatement) -> Fits:
    """What remains to be asked of the statement: its resource and its conditions."""
    conditions = tuple(c.test for c in statement.conditions)
    resource = statement.resource_test
    negated = statement.negated_resource
    if resource is None or (not negated and statement.takes_every_resource):
        if not conditions:
            return _always
        if len(conditions) == 1:
            only = conditions[0]
            return lambda _resource, keys: only(keys)
        return lambda _resource, keys: _all_hold(conditions, keys)
    if not conditions and not negated:
        return resource

    def fits(value: str, keys: Keys) -> bool | None:
        if resource(value, keys) is negated:
            return False
        return _all_hold(conditions, keys)

    return fits


def _always(_resource: str, _keys: Keys) -> bool | None:
    return True


def _all_hold(tests: tuple[Callable[[Keys], bool | None], ...], keys: Keys) -> bool | None:
    unknown = False
    for test in tests:
        answer = test(keys)
        if answer is False:
            return False
        unknown = unknown or answer is None
    return None if unknown else True
