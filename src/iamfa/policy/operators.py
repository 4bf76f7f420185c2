"""The condition operators: one table, and one interpreter that turns a condition into a function of the request.

AWS's pages: reference_policies_elements_condition_operators,
reference_policies_condition-single-vs-multi-valued-context-keys and
reference_policies_condition-logic-multiple-context-keys-or-values of the IAM User Guide.

A condition answers True, False or None. None means that AWS does not say what it does there, or that its pages
contradict each other; no caller may turn it into "allowed". The cases are:

* an Arn* condition with `Not` on a request value that is no ARN; an Arn* value without six parts in the policy;
* a policy value that its operator cannot read (`Bool` neither true nor false, a number, date, address or base64
  text that is none), `${...}` with an operator that takes no variables among them: the operators page lists
  variables as supported for Bool, the variables page and Access Analyzer's INVALID_VARIABLE_FOR_OPERATOR say they
  are not;
* a malformed variable; an empty list of values; a set operator before `Null`;
* an empty string under `Null`, and under `ForAllValues` where it would not match: the page calls an empty string "a
  null dataset", and other pages compare it like any text.

How the pages are read where they leave room:

* A key with an empty list of values counts as absent everywhere ("effectively null").
* A multivalued key (a tuple, one value included) without a set operator does not match, under negated operators too:
  "multivalued context keys require a condition set operator".
* A value of the request that is no number, date or address satisfies neither its operator nor the negated one.
* `ForAllValues` with a negated operator is true on an absent key, as the page says of `ForAllValues` in general; one
  table on the operators page says "No match" for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import eq, ge, gt, le, lt
from types import MappingProxyType
from typing import Any, Final, Literal

from iamfa.errors import UnknownOperatorError
from iamfa.policy import operator_values as read
from iamfa.policy.glob import Matcher, Token, Wild, matcher, split_at_colons
from iamfa.policy.variables import Context, Template, lookup_in, template_matcher

ValueTest = Callable[[str], bool | None]
"""Says of one value of the request whether it satisfies the operator and its list, negation included."""

ConditionTest = Callable[[Context], bool | None]
"""Says of a request whether the condition holds."""

Qualifier = Literal["ForAllValues", "ForAnyValue"]
Relation = Literal["=", "<", "<=", ">", ">="]


class Family(Enum):
    """What an operator compares."""

    STRING = "String"
    NUMERIC = "Numeric"
    DATE = "Date"
    BOOL = "Bool"
    BINARY = "Binary"
    IP = "IpAddress"
    ARN = "Arn"
    NULL = "Null"


@dataclass(frozen=True, slots=True)
class Operator:
    """A row of the table."""

    name: str
    """In AWS's spelling; AWS refuses any other (`Invalid Condition type : stringEquals`)."""
    family: Family
    negated: bool = False
    """Whether it is the Not- form: true on an absent key, and false as soon as one listed value matches."""
    relation: Relation = "="
    """How the request's value stands to the listed one, for numbers and dates."""
    wildcards: bool = False
    """Whether `*` and `?` in a listed value are wildcards."""
    ignores_case: bool = False

    @property
    def variables(self) -> bool:
        """Whether listed values may hold policy variables."""
        return self.family in (Family.STRING, Family.ARN)


_RELATIONS: Final[tuple[tuple[str, bool, Relation], ...]] = (
    ("Equals", False, "="),
    ("NotEquals", True, "="),
    ("LessThan", False, "<"),
    ("LessThanEquals", False, "<="),
    ("GreaterThan", False, ">"),
    ("GreaterThanEquals", False, ">="),
)

_ROWS: Final[tuple[Operator, ...]] = (
    Operator("StringEquals", Family.STRING),
    Operator("StringNotEquals", Family.STRING, negated=True),
    Operator("StringEqualsIgnoreCase", Family.STRING, ignores_case=True),
    Operator("StringNotEqualsIgnoreCase", Family.STRING, negated=True, ignores_case=True),
    Operator("StringLike", Family.STRING, wildcards=True),
    Operator("StringNotLike", Family.STRING, negated=True, wildcards=True),
    *(Operator(f"Numeric{word}", Family.NUMERIC, negated, relation) for word, negated, relation in _RELATIONS),
    *(Operator(f"Date{word}", Family.DATE, negated, relation) for word, negated, relation in _RELATIONS),
    Operator("Bool", Family.BOOL),
    Operator("BinaryEquals", Family.BINARY),
    Operator("IpAddress", Family.IP),
    Operator("NotIpAddress", Family.IP, negated=True),
    Operator("ArnEquals", Family.ARN, wildcards=True),
    Operator("ArnLike", Family.ARN, wildcards=True),
    Operator("ArnNotEquals", Family.ARN, negated=True, wildcards=True),
    Operator("ArnNotLike", Family.ARN, negated=True, wildcards=True),
    Operator("Null", Family.NULL),
)

OPERATORS: Final = MappingProxyType({row.name.lower(): row for row in _ROWS})
"""Every operator by its name in lower case; `parse_operator` insists on AWS's spelling."""

_QUALIFIERS: Final[tuple[Qualifier, ...]] = ("ForAllValues", "ForAnyValue")
_IF_EXISTS: Final = "IfExists"


@dataclass(frozen=True, slots=True)
class ParsedOperator:
    """An operator as it stands in a policy: with its set operator and `IfExists`."""

    operator: Operator
    qualifier: Qualifier | None = None
    if_exists: bool = False

    @property
    def on_absent_key(self) -> bool:
        """What the condition answers where the request does not carry the key (any operator but `Null`)."""
        if self.if_exists or self.qualifier == "ForAllValues":
            return True
        return self.operator.negated and self.qualifier is None

    def __str__(self) -> str:
        prefix = f"{self.qualifier}:" if self.qualifier else ""
        return f"{prefix}{self.operator.name}{_IF_EXISTS if self.if_exists else ''}"


def parse_operator(text: str) -> ParsedOperator:
    """Take an operator apart, e.g. `ForAllValues:StringLikeIfExists`.

    Raises UnknownOperatorError for what AWS does not accept, another case of letters and `NullIfExists` included.
    """
    prefix, colon, rest = text.rpartition(":")
    qualifier = next((known for known in _QUALIFIERS if known == prefix), None)
    if colon and qualifier is None:
        raise _unknown(text)
    if_exists = rest.endswith(_IF_EXISTS)
    name = rest.removesuffix(_IF_EXISTS)
    operator = OPERATORS.get(name.lower())
    if operator is None or operator.name != name:
        raise _unknown(text)
    if operator.family is Family.NULL and if_exists:
        raise UnknownOperatorError(
            "`Null` cannot be used with `IfExists`", hint="write `Null`: it already asks whether the key exists"
        )
    return ParsedOperator(operator, qualifier, if_exists)


def _unknown(text: str) -> UnknownOperatorError:
    close = close_operator(text)
    return UnknownOperatorError(
        f"`{text}` is no condition operator", hint=f"did you mean `{close}`?" if close is not None else None
    )


def close_operator(text: str) -> str | None:
    """The operator that was probably meant, in full, or None."""
    from difflib import get_close_matches  # only where something is wrong

    spellings = {
        str(parsed).lower(): str(parsed)
        for row in _ROWS
        for qualifier in (None, *_QUALIFIERS)
        for if_exists in (False, True)
        if row.family is not Family.NULL or (not if_exists and qualifier is None)
        for parsed in (ParsedOperator(row, qualifier, if_exists),)
    }
    found = get_close_matches(text.lower(), spellings, n=1, cutoff=0.8)
    return spellings[found[0]] if found else None


def compile_condition(operator_text: str, key: str, values: Sequence[str], *, variables: bool) -> ConditionTest:
    """One operator on one key with its list of values, as a function of the request.

    `variables` says whether the policy's Version substitutes them. Raises UnknownOperatorError.
    """
    parsed = parse_operator(operator_text)
    key = key.lower()
    if not values:
        return _unanswerable
    if parsed.operator.family is Family.NULL:
        return _null_condition(key, values, qualified=parsed.qualifier is not None)
    if parsed.operator.variables and variables:
        templates = _templates(parsed.operator, values)
        if any(template.has_variables for template in templates):
            return _condition_with_variables(parsed, key, templates)
    return _condition(parsed, key, value_test(parsed.operator, values, variables=variables))


def value_test(
    operator: Operator, values: Sequence[str], *, variables: bool, context: Context | None = None
) -> ValueTest:
    """What the operator asks of one value of the request; variables take their values from `context`.

    Not for `Null`, which asks about the key and not about a value.
    """
    if operator.variables:
        context = {} if context is None else context
        templates = _templates(operator, values) if variables else _plain_templates(operator, values)
        return _pattern_test(operator, templates, context)
    return _LITERAL_TESTS[operator.family](operator, values)


def _unanswerable(_: object) -> None:
    return None


# Set operators, absent keys, IfExists


def _condition(parsed: ParsedOperator, key: str, satisfies: ValueTest) -> ConditionTest:
    absent = parsed.on_absent_key
    if parsed.qualifier is None:

        def holds(context: Context) -> bool | None:
            value = context.get(key)
            if value is None:
                return absent
            if isinstance(value, str):
                return satisfies(value)
            return False if value else absent

        return holds
    over_values = _for_all if parsed.qualifier == "ForAllValues" else _for_any

    def holds_for_set(context: Context) -> bool | None:
        value = context.get(key)
        if value is None or value == ():
            return absent
        return over_values(satisfies, (value,) if isinstance(value, str) else value)

    return holds_for_set


def _condition_with_variables(parsed: ParsedOperator, key: str, templates: Sequence[Template]) -> ConditionTest:
    operator = parsed.operator

    def holds(context: Context) -> bool | None:
        return _condition(parsed, key, _pattern_test(operator, templates, context))(context)

    plain = operator.family is Family.STRING and not operator.ignores_case
    if not plain or parsed.qualifier is not None or any(template.malformed for template in templates):
        return holds
    absent, on_match = parsed.on_absent_key, not operator.negated
    listed = [template_matcher(template) for template in templates]

    def holds_for_one(context: Context) -> bool | None:
        """The same without a new pattern for each request."""
        value = context.get(key)
        if isinstance(value, str):
            return on_match if any(fits(value, context) for fits in listed) else not on_match
        return False if value else absent

    return holds_for_one


def _for_all(satisfies: ValueTest, values: tuple[str, ...]) -> bool | None:
    answers = [satisfies(value) for value in values]
    if values == ("",) and answers[0] is False:
        return None
    return False if False in answers else None if None in answers else True


def _for_any(satisfies: ValueTest, values: tuple[str, ...]) -> bool | None:
    answers = [satisfies(value) for value in values]
    return True if True in answers else None if None in answers else False


def _null_condition(key: str, values: Sequence[str], *, qualified: bool) -> ConditionTest:
    wanted = {read.boolean(value) for value in values}
    if qualified or None in wanted:
        return _unanswerable
    if_absent, if_present = True in wanted, False in wanted

    def holds(context: Context) -> bool | None:
        value = context.get(key)
        if value is None or value == ():
            return if_absent
        if value == "" and if_absent != if_present:
            return None
        return if_present

    return holds


# String and Arn operators


def _templates(operator: Operator, values: Iterable[str]) -> list[Template]:
    return [Template.parse(value, variables=True, wildcards=operator.wildcards) for value in values]


def _plain_templates(operator: Operator, values: Iterable[str]) -> list[Template]:
    return [Template.parse(value, variables=False, wildcards=operator.wildcards) for value in values]


def _pattern_test(operator: Operator, templates: Sequence[Template], context: Context) -> ValueTest:
    """The test of a list of patterns; a malformed one is unknown, one whose variable has no value matches nothing."""
    if any(template.malformed for template in templates):
        unknown = True
        templates = [template for template in templates if not template.malformed]
    else:
        unknown = False
    lookup = lookup_in(context)
    patterns = [tokens for template in templates if (tokens := template.resolve(lookup)) is not None]
    if operator.family is Family.ARN:
        return _arn_test(patterns, negated=operator.negated, unknown=unknown)
    if operator.ignores_case:
        folded = _string_matches([_in_lower_case(tokens) for tokens in patterns])
        return _listed(lambda value: folded(value.lower()), negated=operator.negated, unknown=unknown)
    return _listed(_string_matches(patterns), negated=operator.negated, unknown=unknown)


def _in_lower_case(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(token.lower() if isinstance(token, str) else token for token in tokens)


def _string_matches(patterns: list[tuple[Token, ...]]) -> Matcher:
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


def _is_wild(tokens: tuple[Token, ...]) -> bool:
    return any(isinstance(token, Wild) for token in tokens)


def _listed(matches: Matcher, *, negated: bool, unknown: bool) -> ValueTest:
    """One of the listed values must match, or under negation none; an unknown one decides nothing by itself."""
    on_match = not negated
    if unknown:
        return lambda value: on_match if matches(value) else None
    if negated:
        return lambda value: not matches(value)
    return matches


def _arn_test(patterns: list[tuple[Token, ...]], *, negated: bool, unknown: bool) -> ValueTest:
    """Part by part: the first five colons of an ARN separate, and no wildcard crosses them."""
    split = [split_at_colons(tokens, 6) for tokens in patterns]
    unknown = unknown or any(len(parts) != 6 for parts in split)
    listed = [tuple(map(matcher, parts)) for parts in split if len(parts) == 6]
    on_match = not negated
    otherwise = None if unknown else negated
    on_no_arn = None if negated or unknown else False

    def satisfies(value: str) -> bool | None:
        fields = value.split(":", 5)
        if len(fields) != 6 or fields[0] != "arn":
            return on_no_arn
        for parts in listed:
            if all(fits(field) for fits, field in zip(parts, fields, strict=True)):
                return on_match
        return otherwise

    return satisfies


# Operators whose values are read, not matched

_RELATED: Final[MappingProxyType[Relation, Callable[[Any, Any], bool]]] = MappingProxyType(
    {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
)


def _compared_test(
    operator: Operator, values: Sequence[str], reader: Callable[[str], read.Number | read.Instant | None]
) -> ValueTest:
    """Numbers and dates; a value of the request that is none satisfies nothing, not even the negated operator."""
    listed = [reader(value) for value in values]
    known = [value for value in listed if value is not None]
    related = _RELATED[operator.relation]
    on_match = not operator.negated
    otherwise = None if len(known) < len(listed) else operator.negated

    def satisfies(text: str) -> bool | None:
        value = reader(text)
        if value is None:
            return False
        return on_match if any(related(value, other) for other in known) else otherwise

    return satisfies


def _numeric_test(operator: Operator, values: Sequence[str]) -> ValueTest:
    return _compared_test(operator, values, read.number)


def _date_test(operator: Operator, values: Sequence[str]) -> ValueTest:
    return _compared_test(operator, values, read.instant)


def _bool_test(operator: Operator, values: Sequence[str]) -> ValueTest:
    """Any text of the request but `true` is false."""
    listed = [read.boolean(value) for value in values]
    unknown = None in listed
    wants_true, wants_false = True in listed, False in listed
    if unknown:
        return lambda value: True if (wants_true if value.lower() == "true" else wants_false) else None
    if wants_true and wants_false:
        return lambda value: True
    if wants_true:
        return lambda value: value == "true" or value.lower() == "true"
    return lambda value: value != "true" and value.lower() != "true"


def _binary_test(operator: Operator, values: Sequence[str]) -> ValueTest:
    """Both sides are base64, as the page's table shows them."""
    listed = [read.binary(value) for value in values]
    known = {value for value in listed if value is not None}
    otherwise = None if None in listed else False
    return lambda text: True if read.binary(text) in known else otherwise


def _ip_test(operator: Operator, values: Sequence[str]) -> ValueTest:
    """A value of the request that is no address satisfies nothing, not even NotIpAddress."""
    listed = [read.network(value) for value in values]
    known = [value for value in listed if value is not None]
    on_match = not operator.negated
    otherwise = None if len(known) < len(listed) else operator.negated

    def satisfies(text: str) -> bool | None:
        value = read.address(text)
        if value is None:
            return False
        return on_match if any(read.in_network(value, within) for within in known) else otherwise

    return satisfies


_LITERAL_TESTS: Final = MappingProxyType(
    {
        Family.NUMERIC: _numeric_test,
        Family.DATE: _date_test,
        Family.BOOL: _bool_test,
        Family.BINARY: _binary_test,
        Family.IP: _ip_test,
    }
)
