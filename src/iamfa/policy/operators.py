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
* a malformed variable;
* an empty list of values without a set operator or `IfExists`, and under a negated operator: the page says in one
  breath that it "does not affect the policy", "returns true" and "provides no permissions".

How the pages are read where they leave room:

* A key with an empty list of values counts as absent everywhere ("effectively null").
* An empty string alone is "a null dataset": `ForAllValues` holds on it, as on an absent key, and `Null` takes it for
  one ("the key exists and its value is not null"). Every other operator compares it like any text.
* An empty list of values under `ForAllValues` and `IfExists` "matches only if the key is missing", under `ForAnyValue`
  it "never matches" (access-analyzer-reference-policy-checks, Empty array condition …).
* A set operator before `Null` makes it constant: with `ForAllValues` and `ForAnyValue` "they always return a true or
  false respectively" (access-analyzer-reference-policy-checks, Null with qualifier).
* A multivalued key (a tuple, one value included) without a set operator does not match, under negated operators too:
  "multivalued context keys require a condition set operator".
* A value of the request that is no number, date or address satisfies neither its operator nor the negated one.
* `ForAllValues` with a negated operator is true on an absent key, as the page says of `ForAllValues` in general; one
  table on the operators page says "No match" for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, Literal

from iamfa.errors import UnknownOperatorError
from iamfa.policy import operator_values as read
from iamfa.policy.comparisons import (
    Relation,
    ValueTest,
    arn_test,
    binary_test,
    bool_test,
    date_test,
    ip_test,
    numeric_test,
    string_test,
)
from iamfa.policy.variables import Context, Template, lookup_in, template_matcher

ConditionTest = Callable[[Context], bool | None]
"""Says of a request whether the condition holds."""

Qualifier = Literal["ForAllValues", "ForAnyValue"]


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
        return _condition_without_values(parsed, key)
    if parsed.operator.family is Family.NULL:
        return _null_condition(key, values, parsed.qualifier)
    if parsed.operator.variables and variables:
        templates = _templates(parsed.operator, values, variables=True)
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
        return _pattern_test(operator, _templates(operator, values, variables=variables), context)
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


def _condition_without_values(parsed: ParsedOperator, key: str) -> ConditionTest:
    if parsed.operator.family is Family.NULL:
        return _unanswerable
    told = parsed.qualifier is not None or parsed.if_exists
    absent, present = (parsed.on_absent_key, None if parsed.operator.negated else False) if told else (None, None)

    def holds(context: Context) -> bool | None:
        value = context.get(key)
        if not any(value or ()):
            return absent
        return False if parsed.qualifier is None and not isinstance(value, str) else present

    return holds


def _for_all(satisfies: ValueTest, values: tuple[str, ...]) -> bool | None:
    if not any(values):
        return True
    answers = [satisfies(value) for value in values]
    return False if False in answers else None if None in answers else True


def _for_any(satisfies: ValueTest, values: tuple[str, ...]) -> bool | None:
    answers = [satisfies(value) for value in values]
    return True if True in answers else None if None in answers else False


def _null_condition(key: str, values: Sequence[str], qualifier: Qualifier | None) -> ConditionTest:
    wanted = {read.boolean(value) for value in values}
    if None in wanted:
        return _unanswerable
    if qualifier is not None:
        always = qualifier == "ForAllValues"
        return lambda context: always
    if_absent, if_present = True in wanted, False in wanted

    def holds(context: Context) -> bool | None:
        value = context.get(key)
        return if_present if value and any(value) else if_absent

    return holds


# The tests of one value


def _templates(operator: Operator, values: Iterable[str], *, variables: bool) -> list[Template]:
    return [Template.parse(value, variables=variables, wildcards=operator.wildcards) for value in values]


def _pattern_test(operator: Operator, templates: Sequence[Template], context: Context) -> ValueTest:
    """The test of a list of patterns; a malformed one is unknown, one whose variable has no value matches nothing."""
    lookup = lookup_in(context)
    unknown = any(template.malformed for template in templates)
    resolved = [template.resolve(lookup) for template in templates if not template.malformed]
    patterns = [tokens for tokens in resolved if tokens is not None]
    negated = operator.negated
    if operator.family is Family.ARN:
        return arn_test(patterns, negated=negated, unknown=unknown)
    return string_test(patterns, ignores_case=operator.ignores_case, negated=negated, unknown=unknown)


_LITERAL_TESTS: Final[Mapping[Family, Callable[[Operator, Sequence[str]], ValueTest]]] = MappingProxyType(
    {
        Family.NUMERIC: lambda row, values: numeric_test(values, row.relation, negated=row.negated),
        Family.DATE: lambda row, values: date_test(values, row.relation, negated=row.negated),
        Family.BOOL: lambda row, values: bool_test(values),
        Family.BINARY: lambda row, values: binary_test(values),
        Family.IP: lambda row, values: ip_test(values, negated=row.negated),
    }
)
"""The families whose values are read as they stand, without variables."""
