"""Files that narrow the first enrolment by a tag or a network: what they are for those who may enrol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product

from iamfa.advise.actions import CREATE, ENABLE
from iamfa.advise.case import Case
from iamfa.advise.situation import asks_for_mfa, is_free, ordinary_context, takes_in
from iamfa.policy.document import Condition, Document, Statement
from iamfa.policy.operators import Family, compile_condition, parse_operator

_TIMES = frozenset({"aws:currenttime", "aws:epochtime", "aws:tokenissuetime"})
_MOST_VALUES, _MOST_TRIES = 40, 2_000


def narrows_enrolment(statement: Statement) -> bool:
    """Whether the statement denies a first enrolment without MFA to those alone whom further conditions name: whoever
    lacks a tag, or is elsewhere. A time alone names nobody: when it has come, it has come for all."""
    return (
        statement.effect == "Deny"
        and not statement.action.negated
        and asks_for_mfa(statement)
        and any(_key(c) not in _TIMES for c in _free(statement))
        and any(takes_in(statement, action) for action in (CREATE, ENABLE))
    )


def let_enrol(case: Case) -> Case:
    """The same case for a user who may enrol now.

    A Deny that narrows the first enrolment keeps strangers from it, and is no reason to say that nobody can.
    """
    spared = _Enrolling(case.policy, case.options, case.of_the_request)
    return case if spared.context == case.context else spared


@dataclass
class _Enrolling(Case):
    """The case of a user who has the tag, or is where a first device may be enrolled."""

    @cached_property
    def context(self) -> Mapping[str, str]:
        documents = (self.policy.document, *self.others)
        narrowing = [(s, d.variables) for d in documents for s in d.statements if narrows_enrolment(s)]
        if not narrowing:
            return ordinary_context(documents, of_the_request=self.of_the_request)
        rest = [_without_narrowing(document) for document in documents]
        usual = ordinary_context(rest, of_the_request=self.of_the_request)
        return next(_sparing(narrowing, usual), usual)


def _without_narrowing(document: Document) -> Document:
    return replace(document, statements=tuple(s for s in document.statements if not narrows_enrolment(s)))


def _sparing(narrowing: Sequence[tuple[Statement, bool]], usual: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The contexts in which none of the statements bears, as far as values that they name lead there."""
    conditions = [[(c, variables) for c in _free(statement)] for statement, variables in narrowing]
    tests = [
        [
            compile_condition(c.operator.text, _key(c), [v.text for v in c.values], variables=variables)
            for c, variables in each
        ]
        for each in conditions
    ]
    values: dict[str, list[str | None]] = {}
    for each in conditions:
        for condition, _ in each:
            key = _key(condition)
            tried = values.setdefault(key, [usual.get(key)])
            if key not in _TIMES:
                tried += [v for v in _named(condition) if v not in tried]
    for choice in islice(product(*values.values()), _MOST_TRIES):
        context = {**usual, **{key: value for key, value in zip(values, choice, strict=True) if value is not None}}
        if not any(all(test(context) is not False for test in each) for each in tests):
            yield context


def _named(condition: Condition) -> Iterator[str]:
    """A value that each of the condition's values takes in."""
    of_networks = parse_operator(condition.operator.text).operator.family is Family.IP
    for value in condition.values[:_MOST_VALUES]:
        plain = value.text.replace("*", "x").replace("?", "x")
        yield plain.partition("/")[0] if of_networks else plain


def _free(statement: Statement) -> tuple[Condition, ...]:
    """The statement's conditions on keys that belong to the user, his session or his network."""
    return tuple(c for c in statement.conditions if is_free(_key(c)))


def _key(condition: Condition) -> str:
    return condition.key.text.lower()
