"""A value of one key of the context that satisfies these conditions: the leaves of a proof about keys.

A key is absent, has one text, or a list of texts (reference_policies_condition-single-vs-multi-valued-context-keys).
Each shape is tried; for a list every element is chosen by itself, since set operators ask of the elements one by one.
Texts are decided by patterns (`texts`), numbers, dates, addresses and binary values by samples (`samples`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Final

from iamfa.policy import operator_values as read
from iamfa.policy.catalogue import find_condition_key
from iamfa.policy.keys import find_key
from iamfa.policy.operators import Family, value_test
from iamfa.proof.alphabet import ANY_TEXT
from iamfa.proof.formula import KeyTest, Literal
from iamfa.proof.language import Answer, Empty, Found, Unknown
from iamfa.proof.pattern import ARN_FORM, Pattern, arn_pattern
from iamfa.proof.samples import NotSampled, samples
from iamfa.proof.situation import Domain, Situation
from iamfa.proof.texts import Group, find_text, fits

ABSENT: Final = ()
"""A key that the request does not carry."""

KeyValue = str | tuple[str, ...]
"""A text, or a list of texts; `ABSENT` where the key is not there."""

Wanted = frozenset[bool | None]

_SAMPLED = frozenset({Family.NUMERIC, Family.DATE, Family.IP, Family.BINARY})
_MOST_COMBINATIONS = 512
_READABLE: Final[dict[Family, Callable[[str], object]]] = {
    Family.NUMERIC: read.number,
    Family.DATE: read.instant,
    Family.IP: read.address,
}
_PREFERRED: Final = {
    "aws:username": ("some-user",),
    "aws:principalarn": (
        "arn:aws:iam::123456789012:user/some-user",
        "arn:aws-cn:iam::123456789012:user/some-user",
        "arn:aws-us-gov:iam::123456789012:user/some-user",
        "arn:aws:iam::123456789012:user/division/some-user",
    ),
    "aws:principalaccount": ("123456789012",),
    "aws:userid": ("AIDACKCEVSQ6C2EXAMPLE",),
    "aws:sourceip": ("203.0.113.7",),
    "aws:tokenissuetime": ("2026-01-15T12:00:00Z",),
    "aws:currenttime": ("2026-01-15T12:00:00Z",),
    "aws:multifactorauthpresent": ("true", "false"),
    "aws:multifactorauthage": ("300",),
    "aws:securetransport": ("true", "false"),
    "aws:viaawsservice": ("false", "true"),
    "aws:requestedregion": ("eu-central-1",),
}
"""What a witness carries where it may: values of the form that AWS sends."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value that satisfies all."""

    value: KeyValue


Solved = Value | Empty | Unknown


def wanted(must: bool, possible: bool) -> Wanted:
    """The answers that satisfy a literal: with *possible* also that AWS does not document it."""
    return frozenset((must, None) if possible else (must,))


def solve_key(key: str, literals: Sequence[Literal], situation: Situation, *, possible: bool) -> Solved:
    """A value of *key* (lower case) that its domain allows and that satisfies all literals."""
    if {literal.asks for literal in literals if literal.must} & {each.asks for each in literals if not each.must}:
        return Empty()  # whatever AWS does where it does not say so, it does both times
    domain = situation.domain(key)
    if not situation.odd_values:
        domain = _of_its_kind(key, literals, domain)
    asked = [(literal, wanted(literal.must, possible)) for literal in literals]

    def satisfied(value: KeyValue) -> bool:
        keys = {key: value} if value != ABSENT else {}
        return all(literal.test("", "", keys) in wants for literal, wants in asked)

    if domain.value is not None:
        return Value(domain.value) if satisfied(domain.value) else Empty()
    unknown: Unknown | None = None
    if domain.absent and satisfied(ABSENT):
        return Value(ABSENT)
    tests = [(literal.asks, wants) for literal, wants in asked if isinstance(literal.asks, KeyTest)]
    present = [each for each in tests if each[0].operator.operator.family is Family.NULL]
    if not all(_null(asks) in wants for asks, wants in present):
        return _only_empty(domain, satisfied)
    compared = [each for each in tests if each[0].operator.operator.family is not Family.NULL]
    for allowed, solve in ((domain.single, _solve_one), (domain.several, _solve_several)):
        if not allowed:
            continue
        found = solve(key, compared, domain, situation)
        # The empty text is asked about as a whole; what a variable fills is known only with the whole request.
        if isinstance(found, Value) and (found.value not in ("", ("",)) or satisfied(found.value)):
            return found
        if isinstance(found, Unknown):
            unknown = found
    if unknown is not None:
        return unknown
    return _only_empty(domain, satisfied)


def _of_its_kind(key: str, literals: Sequence[Literal], domain: Domain) -> Domain:
    """The domain without values that a key of this kind never has, where AWS does not say what operators make of them.

    Of a text that is no number, date or address, and of a negated ARN operator on what is no ARN.
    """
    info = find_key(key) or find_condition_key(key)
    if info is None or len(info.types) != 1:
        return domain
    (kind,) = info.types
    operators = [each.asks.operator.operator for each in literals if isinstance(each.asks, KeyTest)]
    if kind is Family.ARN and any(operator.family is kind and operator.negated for operator in operators):
        return replace(domain, forms=domain.forms or (ARN_FORM,))
    if kind in _READABLE and any(operator.family is kind for operator in operators):
        return replace(domain, kind=kind)
    return domain


def _only_empty(domain: Domain, satisfied: Callable[[KeyValue], bool]) -> Solved:
    """The empty text, which is no value to Null and ForAllValues and is compared like any by the others."""
    if domain.empty and not domain.forms and domain.kind is None:
        for allowed, value in ((domain.single, ""), (domain.several, ("",))):
            if allowed and satisfied(value):
                return Value(value)
    return Empty()


def _null(asks: KeyTest) -> bool | None:
    """What `Null` answers where the key has a value."""
    listed = {read.boolean(value) for value in asks.values}
    if None in listed or not listed:
        return None
    return asks.operator.qualifier == "ForAllValues" if asks.operator.qualifier else False in listed


Asked = Sequence[tuple[KeyTest, Wanted]]


def _solve_one(key: str, tests: Asked, domain: Domain, situation: Situation) -> Solved:
    found = _find([_Element.of(asks, wants, situation) for asks, wants in tests], key, domain)
    return Value(found.witness) if isinstance(found, Found) else found


def _solve_several(key: str, tests: Asked, domain: Domain, situation: Situation) -> Solved:
    every: list[_Element] = []
    some: list[_Element] = []
    for asks, wants in tests:
        if asks.operator.qualifier is None:
            if False not in wants:  # "multivalued context keys require a condition set operator"
                return Empty()
            continue
        # ForAllValues answers as its worst element does, ForAnyValue as its best; no answer lies between two wanted.
        deciding = asks.operator.qualifier == "ForAnyValue"
        (some if deciding in wants else every).append(_Element.of(asks, wants, situation))
    chosen: list[str] = []
    for elements in [[*every, one] for one in some] or [every]:
        found = _find(elements, key, domain)
        if not isinstance(found, Found):
            return found
        if found.witness not in chosen:
            chosen.append(found.witness)
    if not any(chosen):
        # Empty texts alone are no value to ForAllValues; beside another text they are compared.
        beside = _find(every, key, domain)
        if isinstance(beside, Found) and beside.witness:
            chosen.append(beside.witness)
    return Value(tuple(chosen))


_Cell = tuple["bool | None", tuple[tuple[Pattern, ...], ...], tuple[Pattern, ...]]
"""An answer, and for which texts it is given: those that fit one pattern of each group, and none of the last ones."""


@dataclass(frozen=True, slots=True)
class _Element:
    """What is asked of one text."""

    wants: Wanted
    cells: tuple[_Cell, ...] | None
    """How the texts fall apart, where patterns tell it; None for numbers and the like."""
    test: Callable[[str], bool | None]
    family: Family
    values: tuple[str, ...]
    unclear: str | None = None
    """Why nothing can be said."""

    @classmethod
    def of(cls, asks: KeyTest, wants: Wanted, situation: Situation) -> _Element:
        operator = asks.operator.operator
        unclear = None
        if not asks.values:
            told = (asks.operator.qualifier is not None or asks.operator.if_exists) and not operator.negated
            cells: tuple[_Cell, ...] = ((False if told else None, (), ()),)
        elif operator.variables:
            resolved = [t.resolve(situation.lookup) for t in asks.templates if not t.malformed]
            patterns = [tokens for tokens in resolved if tokens is not None]
            malformed = any(template.malformed for template in asks.templates)
            if operator.family is Family.ARN:
                listed = [arn_pattern(tokens) for tokens in patterns]
                short = [t for t, p in zip(patterns, listed, strict=True) if p is None]
                alone = any(p.is_everything for p in map(Pattern, short))
                cells = _arn_cells(
                    tuple(p for p in listed if p is not None),
                    negated=operator.negated,
                    unknown=malformed or (bool(short) if operator.negated else alone),
                )
                letters = frozenset(situation.letters.values())
                if any(letters & set(_before_fifth_colon(p)) for p in listed if p is not None):
                    unclear = "a policy variable whose value may hold colons stands before the fifth colon of an ARN"
            else:
                found = tuple(Pattern(tokens, operator.ignores_case) for tokens in patterns)
                cells = (
                    (not operator.negated, (found,), ()),
                    (None if malformed else operator.negated, (), found),
                )
        elif operator.family is Family.BOOL:
            cells = _bool_cells(asks.values)
        else:
            return cls(wants, None, value_test(operator, asks.values, variables=False), operator.family, asks.values)
        return cls(wants, cells, lambda text: _answer_of(cells, text), operator.family, asks.values, unclear)

    @property
    def alternatives(self) -> list[_Cell]:
        """The cells that answer as wanted; one that asks nothing where all do."""
        assert self.cells is not None
        found = [cell for cell in self.cells if cell[0] in self.wants]
        return [(True, (), ())] if len(found) == len(self.cells) else found


def _arn_cells(patterns: tuple[Pattern, ...], *, negated: bool, unknown: bool) -> tuple[_Cell, ...]:
    form = (ARN_FORM,)
    return (
        (None if negated or unknown else False, (), form),
        (not negated, (form, patterns), ()),
        (None if unknown else negated, (form,), patterns),
    )


def _bool_cells(values: Sequence[str]) -> tuple[_Cell, ...]:
    listed = [read.boolean(value) for value in values]
    otherwise = None if None in listed else False
    true = (Pattern(("true",), ignores_case=True),)
    return (
        (True if True in listed else otherwise, (true,), ()),
        (True if False in listed else otherwise, (), true),
    )


def _answer_of(cells: Iterable[_Cell], text: str) -> bool | None:
    for answer, groups, outside in cells:
        if all(any(fits(p)(text) for p in group) for group in groups) and not any(fits(p)(text) for p in outside):
            return answer
    return None


def _before_fifth_colon(pattern: Pattern) -> str:
    text = pattern.example("", "")
    return ":".join(text.split(":", 5)[:5])


def _find(elements: Sequence[_Element], key: str, domain: Domain) -> Answer:
    """A text that every element is content with."""
    unclear = next((element.unclear for element in elements if element.unclear), None)
    if unclear is not None:
        return Unknown(unclear)
    form: tuple[Group, ...] = (domain.forms,) if domain.forms else ()
    prefer = _PREFERRED.get(key, ())
    letters = "".join(sorted({c for e in elements for c in _letters_of(e)}))
    if all(element.cells is not None for element in elements):
        excluded: _Cell = (True, (), tuple(Pattern((text,)) for text in domain.excluded))
        found = _find_by_patterns([*(e.alternatives for e in elements), [excluded]], form, prefer, letters)
    else:
        found = _find_by_samples(elements, form, prefer, letters, domain)
    if (
        isinstance(found, Empty)
        and domain.empty
        and not form
        and domain.kind is None
        and all(element.test("") in element.wants for element in elements)
    ):
        return Found("")
    return found


def _letters_of(element: _Element) -> Iterator[str]:
    for _, groups, outside in element.cells or ():
        for pattern in (*(p for group in groups for p in group), *outside):
            for token in pattern.tokens:
                if isinstance(token, str):
                    yield from (c for c in token if 0xE000 <= ord(c) <= 0xF8FF)


def _find_by_patterns(
    alternatives: Sequence[Sequence[_Cell]], form: tuple[Group, ...], prefer: Sequence[str], letters: str
) -> Answer:
    unknown: Unknown | None = None
    combinations = list(islice(product(*alternatives), _MOST_COMBINATIONS + 1))
    if len(combinations) > _MOST_COMBINATIONS:
        return Unknown(f"more than {_MOST_COMBINATIONS} ways in which conditions on one key can hold together")
    for cells in combinations:
        groups = [group for _, several, _ in cells for group in several]
        outside = [pattern for _, _, patterns in cells for pattern in patterns]
        found = find_text([*groups, *form], outside, alphabet=ANY_TEXT, letters=letters, prefer=prefer)
        if isinstance(found, Found):
            return found
        if isinstance(found, Unknown):
            unknown = found
    return unknown or Empty()


def _find_by_samples(
    elements: Sequence[_Element], form: tuple[Group, ...], prefer: Sequence[str], letters: str, domain: Domain
) -> Answer:
    """Among the classes of one family; listed texts of other conditions are classes of their own."""
    families = {element.family for element in elements if element.cells is None}
    patterns = [p for e in elements for _, groups, outside in e.cells or () for g in (*groups, outside) for p in g]
    listed = list(dict.fromkeys(p.text for p in patterns if p.text is not None))
    candidates = [*prefer, *listed, *(p.example(star, "1") for p in patterns for star in ("", "1"))]
    try:
        for family in sorted(families, key=lambda each: each.value):
            values = dict.fromkeys(v for e in elements if e.family is family and e.cells is None for v in e.values)
            candidates += samples(family, values, len(listed) + len(domain.excluded))
    except NotSampled as error:
        return Unknown(str(error))
    for text in candidates:
        if (
            text
            and text not in domain.excluded
            and (domain.kind is None or _READABLE[domain.kind](text) is not None)
            and all(element.test(text) in element.wants for element in elements)
            and all(any(fits(p)(text) for p in group) for group in form)
        ):
            return Found(text)
    if len(families) > 1 or form or letters or any(p.text is None for p in patterns):
        return Unknown("conditions of different kinds, such as numbers and patterns, ask of one key")
    return Empty()
