"""What one value of a request must be to satisfy a list of a policy's values: one function per family of operators.

Negation is part of each test, since it is not the same everywhere: a text that is no number satisfies neither
NumericEquals nor NumericNotEquals. A policy value that cannot be read matches nothing; what a negated operator or Bool
makes of it is not documented: None, wherever another value of the list does not decide. Page:
reference_policies_elements_condition_operators of the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import eq, ge, gt, le, lt
from types import MappingProxyType
from typing import Any, Final, Literal

from iamfa.policy import operator_values as read
from iamfa.policy.glob import Matcher, Token, Wild, matcher, split_at_colons

ValueTest = Callable[[str], bool | None]
"""Says of one value of the request whether it satisfies the operator and its list, negation included."""

Pattern = tuple[Token, ...]
Relation = Literal["=", "<", "<=", ">", ">="]

_RELATED: Final[MappingProxyType[Relation, Callable[[Any, Any], bool]]] = MappingProxyType(
    {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
)


def string_test(patterns: Sequence[Pattern], *, ignores_case: bool, negated: bool, unknown: bool) -> ValueTest:
    """Texts and globs; `unknown` says that the list holds something more that could not be read."""
    if ignores_case:
        folded = _matches([_in_lower_case(tokens) for tokens in patterns])
        return _listed(lambda value: folded(value.lower()), negated=negated, unknown=unknown)
    return _listed(_matches(patterns), negated=negated, unknown=unknown)


def _in_lower_case(tokens: Pattern) -> Pattern:
    return tuple(token.lower() if isinstance(token, str) else token for token in tokens)


def _matches(patterns: Sequence[Pattern]) -> Matcher:
    literals = frozenset(
        "".join(token for token in tokens if isinstance(token, str)) for tokens in patterns if not _is_wild(tokens)
    )
    globs = [matcher(tokens) for tokens in patterns if _is_wild(tokens)]
    if not globs:
        if len(literals) == 1:
            (only,) = literals
            return lambda value: value == only
        return literals.__contains__
    if len(globs) == 1 and not literals:
        return globs[0]
    return lambda value: value in literals or any(fits(value) for fits in globs)


def _is_wild(tokens: Pattern) -> bool:
    return any(isinstance(token, Wild) for token in tokens)


def _listed(matches: Matcher, *, negated: bool, unknown: bool) -> ValueTest:
    """One of the listed values must match, or under negation none; an unknown one decides nothing by itself."""
    on_match = not negated
    if unknown:
        return lambda value: on_match if matches(value) else None
    if negated:
        return lambda value: not matches(value)
    return matches


def arn_test(patterns: Sequence[Pattern], *, negated: bool, unknown: bool) -> ValueTest:
    """Part by part: the first five colons of an ARN separate, and no wildcard crosses them.

    A pattern without six parts fits no ARN; what the negated operator then makes of it is unknown, as is `*` alone,
    and as is the negated operator on a value that is no ARN.
    """
    split = [split_at_colons(tokens, 6) for tokens in patterns]
    short = [parts for parts in split if len(parts) != 6]
    unknown = unknown or (bool(short) if negated else ((Wild.STAR,),) in short)
    listed = [_demands(parts) for parts in split if len(parts) == 6]
    on_match = not negated
    otherwise = None if unknown else negated
    on_no_arn = None if negated or unknown else False

    def satisfies(value: str) -> bool | None:
        fields = value.split(":", 5)
        if len(fields) != 6 or fields[0] != "arn":
            return on_no_arn
        for demands in listed:
            for place, fits in demands:
                if not fits(fields[place]):
                    break
            else:
                return on_match
        return otherwise

    return satisfies


def _demands(parts: Sequence[Pattern]) -> tuple[tuple[int, Matcher], ...]:
    """What is asked of which part; a part that may be anything is not asked about."""
    return tuple((place, matcher(part)) for place, part in enumerate(parts) if part != (Wild.STAR,))


def numeric_test(values: Sequence[str], relation: Relation, *, negated: bool) -> ValueTest:
    """Numbers, compared exactly."""
    return _compared_test(values, read.number, relation, negated=negated)


def date_test(values: Sequence[str], relation: Relation, *, negated: bool) -> ValueTest:
    """Points in time, in either form on either side."""
    return _compared_test(values, read.instant, relation, negated=negated)


def _compared_test(
    values: Sequence[str],
    reader: Callable[[str], read.Number | read.Instant | None],
    relation: Relation,
    *,
    negated: bool,
) -> ValueTest:
    """A value of the request that cannot be read satisfies nothing, not even the negated operator."""
    listed = [reader(value) for value in values]
    known = [value for value in listed if value is not None]
    related = _RELATED[relation]
    on_match = not negated
    otherwise = None if negated and len(known) < len(listed) else negated

    def satisfies(text: str) -> bool | None:
        value = reader(text)
        if value is None:
            return False
        return on_match if any(related(value, other) for other in known) else otherwise

    return satisfies


def bool_test(values: Sequence[str]) -> ValueTest:
    """Any text of the request but `true` is false."""
    listed = [read.boolean(value) for value in values]
    wants_true, wants_false = True in listed, False in listed
    if wants_true and wants_false:
        return lambda value: True
    if None in listed:
        return lambda value: True if (wants_true if value.lower() == "true" else wants_false) else None
    if wants_true:
        return lambda value: value == "true" or value.lower() == "true"
    return lambda value: value != "true" and value.lower() != "true"


def binary_test(values: Sequence[str]) -> ValueTest:
    """Bytes; both sides are base64, as the page's table shows them."""
    listed = [read.binary(value) for value in values]
    known = {value for value in listed if value is not None}
    return lambda text: read.binary(text) in known


def ip_test(values: Sequence[str], *, negated: bool) -> ValueTest:
    """Addresses in ranges; a value that is no address satisfies nothing, not even NotIpAddress."""
    listed = [read.network(value) for value in values]
    known = [value for value in listed if value is not None]
    on_match = not negated
    otherwise = None if negated and len(known) < len(listed) else negated

    def satisfies(text: str) -> bool | None:
        value = read.address(text)
        if value is None:
            return False
        return on_match if any(read.in_network(value, within) for within in known) else otherwise

    return satisfies
