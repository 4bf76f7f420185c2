"""One statement of a policy as literals: its action, its resource, and each of its conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from iamfa.arn import completed_pattern
from iamfa.evaluate.match import CompiledCondition, CompiledStatement
from iamfa.evaluate.principal import Naming
from iamfa.policy.document import Document, Statement
from iamfa.policy.glob import ascii_lower, split_at_colons, tokens_of
from iamfa.policy.operators import parse_operator
from iamfa.policy.variables import Template
from iamfa.proof.formula import (
    ACTION,
    FALSE,
    RESOURCE,
    TRUE,
    Formula,
    KeyTest,
    Literal,
    Test,
    Texts,
    all_of,
    key_variable,
    one_of,
)  # fmt: skip
from iamfa.proof.pattern import Pattern, within_colons
from iamfa.proof.situation import Situation
from iamfa.proof.texts import fits


class Clause:
    """A statement under the name that certificates give it, e.g. `identity[0][2]`, ready to be turned into literals."""

    def __init__(self, layer: str, statement: Statement, document: Document, *, cross_colons: bool = True) -> None:
        self.name = f"{layer}[{statement.index}]"
        self.statement = statement
        self.compiled = CompiledStatement(layer, statement, document, cross_colons=cross_colons)
        self._document = document
        self._cross_colons = cross_colons

    @property
    def denies(self) -> bool:
        """Whether it is a Deny."""
        return self.statement.effect == "Deny"

    @cached_property
    def variable_keys(self) -> frozenset[str]:
        """The keys that stand in its policy variables."""
        return self.compiled.resource_keys.union(*(c.mentions for c in self.compiled.conditions))

    @cached_property
    def actions(self) -> tuple[Pattern, ...]:
        """The entries of Action or NotAction."""
        return tuple(Pattern(tokens_of(ascii_lower(v.text))) for v in self.statement.action.values)

    @cached_property
    def _resources(self) -> tuple[Template, ...]:
        found = self.statement.resource.values if self.statement.resource is not None else ()
        return tuple(Template.of_resource(completed_pattern(v.text), variables=self._document.variables) for v in found)

    @cached_property
    def _key_tests(self) -> tuple[tuple[str, KeyTest, Test], ...]:
        return tuple(_key_test(condition, self._document.variables) for condition in self.compiled.conditions)

    def resource_patterns(self, situation: Situation) -> tuple[Pattern, ...]:
        """The entries of Resource or NotResource, policy variables filled in as far as they have a value."""
        found = (template.resolve(situation.lookup) for template in self._resources)
        return tuple(
            Pattern(tokens) if self._cross_colons else within_colons(split_at_colons(tokens, 6))
            for tokens in found
            if tokens is not None
        )

    def names(self, situation: Situation) -> tuple[Naming, Naming]:
        """How closely its Principal element names the requester, at least and at most."""
        if situation.principal is None or self.statement.principal is None:
            return Naming.DIRECT, Naming.DIRECT
        user_id = situation.domain("aws:userid").value
        named = self.compiled.names(
            situation.principal, user_id, boundary=situation.has_boundary, settled=situation.settled
        )
        return named.surely, named.possibly

    def fits(self, situation: Situation, *, possible: bool) -> Formula:
        """The statement fits: all of its parts do; with *possible*, as far as what AWS does not document allows."""
        return all_of(self.name, self._parts(situation, must=True, possible=possible))

    def refused(self, situation: Situation, *, possible: bool) -> Formula:
        """The statement does not fit: one of its parts does not."""
        return one_of("not " + self.name, self._parts(situation, must=False, possible=possible))

    def fits_whoever_asks(self, situation: Situation) -> Formula:
        """All of its parts fit but the Principal."""
        return all_of(self.name, self._asked(situation, must=True))

    def _parts(self, situation: Situation, *, must: bool, possible: bool) -> Iterator[tuple[str, Formula]]:
        if self.statement.principal is not None and situation.principal is not None:
            surely, possibly = self.names(situation)
            if possibly is Naming.NOT or surely is not Naming.NOT:
                yield "principal", TRUE if (possibly is not Naming.NOT) is must else FALSE
            else:
                yield "principal", TRUE if possible else FALSE
        yield from self._asked(situation, must=must)

    def _asked(self, situation: Situation, *, must: bool) -> Iterator[tuple[str, Formula]]:
        compiled = self.compiled
        listed = must is not compiled.negated_action
        yield "action", Literal(ACTION, listed, Texts(self.actions), self._action_test)
        if compiled.resource_test is not None:
            yield "resource", self._resource_literal(situation, must)
        for i, (key, asks, test) in enumerate(self._key_tests):
            yield f"condition[{i}]", Literal(key_variable(key), must, asks, test)

    def _action_test(self, action: str, _resource: str, _keys: object) -> bool:
        return self.compiled.action_fits(action) is not self.compiled.negated_action

    def _resource_literal(self, situation: Situation, must: bool) -> Literal:
        test = self.compiled.resource_test
        assert test is not None
        listed = must is not self.compiled.negated_resource
        patterns = self.resource_patterns(situation)
        return Literal(RESOURCE, listed, Texts(patterns), lambda _action, resource, keys: test(resource, keys))


def _key_test(compiled: CompiledCondition, variables: bool) -> tuple[str, KeyTest, Test]:
    condition = compiled.condition
    parsed = parse_operator(condition.operator.text)
    values = tuple(value.text for value in condition.values)
    templates: tuple[Template, ...] = ()
    if parsed.operator.variables:
        templates = tuple(
            Template.parse(value, variables=variables, wildcards=parsed.operator.wildcards) for value in values
        )
    test = compiled.test
    return compiled.key, KeyTest(parsed, values, templates), lambda _action, _resource, keys: test(keys)


@dataclass(frozen=True, slots=True)
class _TextTest:
    """Whether the action, or the resource, fits one of these patterns."""

    variable: str
    patterns: tuple[Pattern, ...]

    def __call__(self, action: str, resource: str, _keys: object) -> bool:
        return any(fits(pattern)(action if self.variable == ACTION else resource) for pattern in self.patterns)


def text_literal(variable: str, patterns: tuple[Pattern, ...], *, must: bool) -> Literal:
    """The action or the resource fits one of these patterns, or none of them."""
    return Literal(variable, must, Texts(patterns), _TextTest(variable, patterns))
