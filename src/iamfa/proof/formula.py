"""What is asked of a request, as And and Or over literals that each look at one variable of it alone.

The variables are the action, the resource and the keys of the context. A formula is in negation normal form, so that
only literals are negated; constants are left out while it is built. Labels and the names of parts are those of a
certificate (docs/formats.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from iamfa.policy.operators import ParsedOperator
from iamfa.policy.variables import Template
from iamfa.proof.pattern import Pattern

ACTION = "action"
RESOURCE = "resource"


def key_variable(key: str) -> str:
    """The name of the variable that is a key of the context."""
    return "key " + key.lower()


@dataclass(frozen=True, slots=True)
class Texts:
    """The variable's text fits one of these patterns."""

    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class KeyTest:
    """A condition of a policy on the variable."""

    operator: ParsedOperator
    values: tuple[str, ...]
    """As the policy lists them."""
    templates: tuple[Template, ...]
    """The same for operators that take variables, empty for the others."""


Values = Mapping[str, "str | tuple[str, ...]"]
"""The keys that a request carries, in lower case."""

Test = Callable[[str, str, Values], "bool | None"]
"""Asks action (lower case), resource and keys."""


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """One thing asked of one variable; each is one object, and equal to itself only."""

    variable: str
    must: bool
    """Whether the test must hold, or must not."""
    asks: Texts | KeyTest
    test: Test
    """The evaluator's own answer."""

    def holds(self, action: str, resource: str, keys: Values) -> bool | None:
        """What the literal says of a request: None where AWS's behaviour is not known."""
        answer = self.test(action, resource, keys)
        return answer if self.must or answer is None else not answer


@dataclass(frozen=True, slots=True, eq=False)
class And:
    """All of these; none at all is true."""

    label: str
    parts: tuple[tuple[str, Formula], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Or:
    """One of these; none at all is false."""

    label: str
    parts: tuple[tuple[str, Formula], ...]


Formula = Literal | And | Or

TRUE = And("true", ())
FALSE = Or("false", ())


def is_true(formula: Formula) -> bool:
    """Whether nothing is asked."""
    return isinstance(formula, And) and not formula.parts


def is_false(formula: Formula) -> bool:
    """Whether nothing can satisfy it, as far as constants show."""
    return isinstance(formula, Or) and not formula.parts


def all_of(label: str, parts: Iterable[tuple[str, Formula]]) -> Formula:
    """The conjunction without what is constantly true; false as soon as a part is."""
    kept = []
    for name, part in parts:
        if is_false(part):
            return FALSE
        if not is_true(part):
            kept.append((name, part))
    return And(label, tuple(kept))


def one_of(label: str, parts: Iterable[tuple[str, Formula]]) -> Formula:
    """The disjunction without what is constantly false; true as soon as a part is, and a single part stands alone."""
    kept = []
    for name, part in parts:
        if is_true(part):
            return TRUE
        if not is_false(part):
            kept.append((name, part))
    return kept[0][1] if len(kept) == 1 else Or(label, tuple(kept))


def value_of(formula: Formula, action: str, resource: str, keys: Values) -> bool | None:
    """What the formula says of a request (three-valued)."""
    if isinstance(formula, Literal):
        return formula.holds(action, resource, keys)
    deciding = isinstance(formula, Or)
    unknown = False
    for _, part in formula.parts:
        answer = value_of(part, action, resource, keys)
        if answer is deciding:
            return deciding
        unknown = unknown or answer is None
    return None if unknown else not deciding
