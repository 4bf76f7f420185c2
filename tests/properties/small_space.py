"""Every request that small policies can tell apart, as bits of one number: an enumeration, not a sample.

A set of requests is an int with one bit for each of them. The requests are the product of one pool of values for each
variable (action, resource, each key of the context); a test of one or two variables is a union of slices. What a test
answers comes from `tests/reference` alone, so that this shares no code with what it judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from tests.reference.documents import Statement
from tests.reference.evaluator import applies
from tests.reference.matching import Variable, action_fits, parts_of, resource_fits
from tests.reference.operators import OperatorName, condition_holds

Given = str | tuple[str, ...] | None
"""A value of a variable; None where a key is absent, a tuple where it has several values."""
Pools = Mapping[str, Sequence[Given]]
"""The values of each variable: `action`, `resource`, and keys in lower case."""

ACTION, RESOURCE = "action", "resource"


class Asked(NamedTuple):
    """One request, in the shape in which the reference reads it."""

    action: str
    resource: str
    context: dict[str, str | list[str]]


def asked(action: str, resource: str, context: Mapping[str, str | Sequence[str]]) -> Asked:
    """The request, names of keys in lower case."""
    return Asked(action, resource, {k.lower(): v if isinstance(v, str) else list(v) for k, v in context.items()})


def permits_one(statements: Iterable[Statement], request: Asked) -> bool:
    """Whether an Allow fits and no Deny does."""
    fitting = [each.effect for each in statements if applies(each, request)]  # type: ignore[arg-type]  # it reads no more
    return "Allow" in fitting and "Deny" not in fitting


class _Test(NamedTuple):
    """Something asked of some variables, with its answer for each combination of their values."""

    variables: tuple[str, ...]
    answers: Mapping[tuple[Given, ...], bool]


@lru_cache(maxsize=200_000)
def _action_answer(entry: str, action: str) -> bool:
    return action_fits(entry, action)


@lru_cache(maxsize=400_000)
def _resource_answer(entry: str, variables: bool, resource: str, filled: tuple[tuple[str, Given], ...]) -> bool:
    return resource_fits(entry, resource, _context(filled), variables=variables)


@lru_cache(maxsize=400_000)
def _condition_answer(
    name: OperatorName, values: tuple[str, ...], variables: bool, key: str, filled: tuple[tuple[str, Given], ...]
) -> bool:
    context = _context(filled)
    return condition_holds(name, list(values), context.get(key), context, variables)


def _context(filled: Iterable[tuple[str, Given]]) -> dict[str, str | list[str]]:
    return {k: v if isinstance(v, str) else list(v) for k, v in filled if v is not None}


@lru_cache(maxsize=10_000)
def variables_in(text: str) -> tuple[str, ...]:
    """The keys of the policy variables of a text."""
    return tuple(sorted({p.key.lower() for p in parts_of(text) if isinstance(p, Variable)}))


def keys_of(statements: Iterable[Statement]) -> set[str]:
    """The keys on which these statements hang."""
    found: set[str] = set()
    for each in statements:
        texts = [*(each.resources or []), *(each.not_resources or [])]
        for _, key, values in each.conditions:
            found.add(key)
            texts += values
        if each.variables:
            found.update(*map(variables_in, texts))
    return found


class Space:
    """The requests that these statements tell apart, one representative for each way to answer all their tests."""

    def __init__(
        self,
        statements: Sequence[Statement],
        pools: Pools,
        separate: Mapping[str, Callable[[Given], object]] | None = None,
    ) -> None:
        """*separate* tells values of a variable apart that the statements treat alike."""
        self._separate = separate or {}
        keys = sorted(keys_of(statements))
        values: dict[str, list[Given]] = {each: list(pools[each]) for each in (ACTION, RESOURCE, *keys)}
        self._tests: dict[object, _Test] = {}
        for statement in statements:
            for known, variables, answer in _tests_of(statement):
                if known not in self._tests:
                    combinations = product(*(values[v] for v in variables))
                    self._tests[known] = _Test(variables, {given: answer(given) for given in combinations})
        self.values = {variable: self._distinct(variable, values) for variable in values}
        self.size = 1
        self._slices: dict[str, dict[Given, int]] = {}
        strides = []
        for variable, found in self.values.items():
            strides.append((variable, self.size))
            self.size *= len(found)
        self.everything = (1 << self.size) - 1
        for variable, stride in strides:
            found = self.values[variable]
            period = stride * len(found)
            repeated = self.everything // ((1 << period) - 1)
            block = (1 << stride) - 1
            self._slices[variable] = {value: (block << (i * stride)) * repeated for i, value in enumerate(found)}
        self._masks: dict[object, int] = {}

    def _distinct(self, variable: str, values: Mapping[str, Sequence[Given]]) -> list[Given]:
        """One value for each way to answer the tests that ask this variable."""
        answers: dict[Given, list[bool]] = {value: [] for value in values[variable]}
        for test in self._tests.values():
            if variable in test.variables:
                place = test.variables.index(variable)
                for given, answer in test.answers.items():
                    answers[given[place]].append(answer)
        columns: dict[object, Given] = {}
        for value, found in answers.items():
            apart = self._separate[variable](value) if variable in self._separate else None
            columns.setdefault((apart, *found), value)
        return list(columns.values())

    def _mask(self, known: object) -> int:
        if known not in self._masks:
            test = self._tests[known]
            total = 0
            for given in product(*(self.values[v] for v in test.variables)):
                if test.answers[given]:
                    part = self.everything
                    for variable, value in zip(test.variables, given, strict=True):
                        part &= self._slices[variable][value]
                    total |= part
            self._masks[known] = total
        return self._masks[known]

    def slice(self, variable: str, wanted: Callable[[Given], bool]) -> int:
        """The requests whose value of this variable is wanted."""
        total = 0
        for value, bits in self._slices[variable].items():
            if wanted(value):
                total |= bits
        return total

    def applying(self, statement: Statement) -> int:
        """The requests that the statement fits."""
        found = self.everything
        for known, _, _ in _tests_of(statement):
            found &= self._mask(known)
        return found

    def any_of(self, statements: Iterable[Statement], effect: str) -> int:
        """The requests that one of the statements with this effect fits."""
        total = 0
        for each in statements:
            if each.effect == effect:
                total |= self.applying(each)
        return total

    def permitted(self, statements: Sequence[Statement]) -> int:
        """The requests that these statements by themselves permit."""
        return self.any_of(statements, "Allow") & ~self.any_of(statements, "Deny")

    def first(self, bits: int) -> Asked:
        """One of these requests."""
        place = (bits & -bits).bit_length() - 1
        chosen: dict[str, Given] = {}
        for variable, found in self.values.items():
            place, index = divmod(place, len(found))
            chosen[variable] = found[index]
        keys = {k: v for k, v in chosen.items() if k not in (ACTION, RESOURCE) and v is not None}
        return asked(str(chosen[ACTION]), str(chosen[RESOURCE]), keys)


def _tests_of(
    statement: Statement,
) -> list[tuple[object, tuple[str, ...], Callable[[tuple[Given, ...]], bool]]]:
    """Each element of the statement: how to know it again, the variables it asks, and its answer."""
    found: list[tuple[object, tuple[str, ...], Callable[[tuple[Given, ...]], bool]]] = []
    entries, negated = (
        (statement.actions, False) if statement.actions is not None else (statement.not_actions or [], True)
    )

    def action(given: tuple[Given, ...], entries: Sequence[str] = entries, negated: bool = negated) -> bool:
        return any(_action_answer(entry, str(given[0])) for entry in entries) is not negated

    found.append((("action", negated, tuple(entries)), (ACTION,), action))
    entries, negated = (
        (statement.resources, False) if statement.resources is not None else (statement.not_resources or [], True)
    )
    if statement.resources is not None or statement.not_resources is not None:
        keys = tuple(sorted({k for e in entries for k in variables_in(e)})) if statement.variables else ()

        def resource(
            given: tuple[Given, ...],
            entries: Sequence[str] = entries,
            negated: bool = negated,
            keys: Sequence[str] = keys,
        ) -> bool:
            filled = tuple(zip(keys, given[1:], strict=True))
            return any(_resource_answer(e, statement.variables, str(given[0]), filled) for e in entries) is not negated

        found.append((("resource", negated, tuple(entries), statement.variables), (RESOURCE, *keys), resource))
    for name, key, values in statement.conditions:
        keys = tuple(sorted({key, *(k for v in values for k in variables_in(v))} if statement.variables else {key}))

        def condition(
            given: tuple[Given, ...],
            name: OperatorName = name,
            key: str = key,
            values: tuple[str, ...] = tuple(values),
            keys: Sequence[str] = keys,
        ) -> bool:
            return _condition_answer(name, values, statement.variables, key, tuple(zip(keys, given, strict=True)))

        found.append((("condition", name, key, tuple(values), statement.variables), keys, condition))
    return found
