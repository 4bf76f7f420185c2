"""Whether what was gathered about one variable contradicts itself: the leaves of a proof.

Actions and resources are texts. A context key is absent, one text, or a list of texts (AWS's pages
reference_policies_elements_condition_operators and
reference_policies_condition-single-vs-multi-valued-context-keys of the IAM User Guide); each of these forms is tried.
"No" is sure: whatever cannot be decided counts as possible, so that the leaf is not closed.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from iamfa.policy.operators import Family, ParsedOperator, compile_condition, parse_operator
from iamfa.proof.checker_case import Case
from iamfa.proof.checker_conditions import Asked, ReadsAs, some_value
from iamfa.proof.checker_formula import ACTION, RESOURCE, InPatterns, Literal, OnKey
from iamfa.proof.checker_texts import Demand, Piece, some_text

STATES: Final = 200_000
"""How many states one question about texts may take."""

_ACTION_CHARACTERS: Final = frozenset(string.ascii_lowercase + string.digits + "-_:")
_ACTION_FORM: Final = (Piece.ONE_OF_PART, Piece.STAR_OF_PART, ":", Piece.ONE_OF_PART, Piece.STAR_OF_PART)


def possible(variable: str, literals: Iterable[Literal], case: Case) -> bool:
    """Whether the variable perhaps has a value that all literals about it allow; False is sure.

    Raises TooManyStates where that is more than can be walked through.
    """
    if variable in (ACTION, RESOURCE):
        demands = [_demand(each) for each in literals if isinstance(each, InPatterns) and each.variable == variable]
        if variable == ACTION:
            return some_text([Demand((_ACTION_FORM,)), *demands], limit=STATES, alphabet=_ACTION_CHARACTERS)
        return some_text([Demand(((Piece.ONE, Piece.STAR),)), *demands], limit=STATES)
    found = [each for each in literals if isinstance(each, OnKey) and each.variable == variable]
    return _key_possible(variable.removeprefix("key "), found, case)


def _demand(literal: InPatterns) -> Demand:
    return Demand(literal.patterns) if literal.holds else Demand(outside=literal.patterns)


@dataclass(frozen=True, slots=True)
class _OnThisKey:
    """A literal with its operator taken apart."""

    literal: OnKey
    parsed: ParsedOperator

    @property
    def about_presence(self) -> bool:
        return self.parsed.operator.family is Family.NULL

    @property
    def holds(self) -> bool:
        return self.literal.holds

    @property
    def of_value(self) -> Asked:
        """What is asked of a value, perhaps of each or of one, if the literal is to be satisfied."""
        return Asked(self.parsed.operator, self.literal.values, self.literal.variables, self.holds)

    def allows(self, value: str | tuple[str, ...] | None) -> bool:
        """Whether the literal is satisfied by this value of its key; for literals without unknown values."""
        literal = self.literal
        test = compile_condition(literal.operator, literal.key, literal.values, variables=literal.variables)
        answer = test({} if value is None else {literal.key: value})
        return answer is not (not self.holds)


def _key_possible(key: str, literals: Sequence[OnKey], case: Case) -> bool:
    if any(replace(each, holds=not each.holds) in literals for each in literals):
        return False  # what AWS does with a condition it does both times, also where nobody knows what that is
    values = case.values(key)
    # A list without values is answered "unknown" whatever is asked: it restricts nothing.
    found = [_OnThisKey(each, parse_operator(each.operator)) for each in literals if each.values]
    if values.absent and all(each.allows(None) for each in found):
        return True
    # A text has some characters or none; the empty one is special to Null and ForAllValues.
    if values.single:
        form = [Demand((values.form,))] if values.form is not None else []
        texts = None if values.text is None else (values.text,)
        kind = [] if values.family is None else [ReadsAs(values.family)]
        if _single_possible(found, case, form, kind, texts):
            return True
        if values.text in (None, "") and not kind and _empty_possible(found, case, form):
            return True
    return values.several and _several_possible(found, case)


def _single_possible(
    found: Sequence[_OnThisKey],
    case: Case,
    form: Sequence[Demand],
    kind: Sequence[ReadsAs],
    texts: tuple[str, ...] | None,
) -> bool:
    """One text that is not empty; any stands for all under Null."""
    if not all(each.allows("present") for each in found if each.about_presence):
        return False
    asked: list[Asked | ReadsAs] = [*kind, *(each.of_value for each in found if not each.about_presence)]
    return some_value(asked, case, form, texts, limit=STATES)


def _empty_possible(found: Sequence[_OnThisKey], case: Case, form: Sequence[Demand]) -> bool:
    """The empty text, alone."""
    if not all(each.allows("") for each in found if each.about_presence):
        return False
    return _empty_value([each for each in found if not each.about_presence], case, form)


def _empty_value(found: Iterable[_OnThisKey], case: Case, form: Sequence[Demand]) -> bool:
    """The empty text satisfies every ForAllValues."""
    of_all = [each for each in found if each.parsed.qualifier == "ForAllValues"]
    if not all(each.holds for each in of_all):
        return False
    asked = [each.of_value for each in found if each not in of_all]
    return some_value(asked, case, form, ("",), limit=STATES)


def _several_possible(found: Sequence[_OnThisKey], case: Case) -> bool:
    """A list of at least one text: each meets what is asked of all, and for all else there is one that meets it."""
    about_values = [each for each in found if not each.about_presence]
    about_presence = [each for each in found if each.about_presence]
    if any(each.parsed.qualifier is None and each.holds for each in about_values):
        return False  # several values without a set operator do not match, under negated operators as little
    qualified = [each for each in about_values if each.parsed.qualifier is not None]
    of_all = [each.of_value for each in qualified if (each.parsed.qualifier == "ForAllValues") is each.holds]
    of_some = [each.of_value for each in qualified if (each.parsed.qualifier == "ForAllValues") is not each.holds]
    if all(each.allows(("",)) for each in about_presence) and _empty_value(qualified, case, ()):
        return True  # a list of empty texts
    if not all(each.allows(("one", "another")) for each in about_presence):
        return False
    if not some_value(of_all, case, (), None, limit=STATES):
        return False
    return all(some_value([*of_all, asked], case, (), None, limit=STATES) for asked in of_some)
