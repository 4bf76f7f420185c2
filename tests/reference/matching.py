"""Globs, policy variables, actions and resource ARNs, in the plainest form that is right.

A pattern is a list of tokens: a single character stands for itself, a `Wildcard` for one or for any number
of characters. So a value that came out of a policy variable can never act as a wildcard: it is characters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple


class InvalidLine(ValueError):
    """The line, or a policy document in it, is not valid: no decision can be given."""


class Wildcard(Enum):
    ONE = "?"
    MANY = "*"


Pattern = Sequence[str | Wildcard]
Context = Mapping[str, str | list[str]]
"""What the request carries, key names in lower case; a list is a multivalued key."""


def fits(pattern: Pattern, text: str) -> bool:
    """Whether the whole of *text* fits *pattern*: a table over every prefix of the one and of the other."""
    reached = [True] + [False] * len(text)
    for token in pattern:
        following = [False] * (len(text) + 1)
        for end in range(len(text) + 1):
            if token is Wildcard.MANY:
                following[end] = reached[end] or (end > 0 and following[end - 1])
            elif end > 0 and reached[end - 1]:
                following[end] = token is Wildcard.ONE or token == text[end - 1]
        reached = following
    return reached[-1]


def with_wildcards(text: str) -> list[str | Wildcard]:
    """The pattern in which `*` and `?` of *text* are wildcards (reference_policies_elements_resource)."""
    wildcards = {wildcard.value: wildcard for wildcard in Wildcard}
    return [wildcards.get(character, character) for character in text]


class Variable(NamedTuple):
    raw: str
    key: str
    default: str | None


class Literal(NamedTuple):
    raw: str
    character: str


def parts_of(template: str) -> list[str | Variable | Literal]:
    """*template* cut into text, `${key}` or `${key, 'default'}`, and `${*}` `${?}` `${$}`.

    reference_policies_variables, "Special characters" and "Specifying default values". What is malformed is
    an error, as AWS's own validator has it (access-analyzer-reference-policy-checks: missing brace, missing
    quote, space in variable, empty variable).
    """
    parts: list[str | Variable | Literal] = []
    rest = template
    while "${" in rest:
        before, rest = rest.split("${", 1)
        if before:
            parts.append(before)
        if rest[:2] in ("*}", "?}", "$}"):
            parts.append(Literal("${" + rest[:2], rest[0]))
            rest = rest[2:]
            continue
        key_length = min((rest.index(mark) for mark in ",}" if mark in rest), default=len(rest))
        key, default = rest[:key_length], None
        after = rest[key_length:]
        if after.startswith(", '") and "'}" in after[3:]:
            default = after[3:].split("'}", 1)[0]
            length = key_length + len(", '" + default + "'}")
        elif after.startswith("}"):
            length = key_length + 1
        else:
            raise InvalidLine(f"malformed policy variable in `{template}`")
        if not key or any(mark in key for mark in " ${'"):
            raise InvalidLine(f"malformed policy variable in `{template}`")
        parts.append(Variable("${" + rest[:length], key, default))
        rest = rest[length:]
    if rest:
        parts.append(rest)
    return parts


def value_of(variable: Variable, context: Context) -> str | None:
    """What stands for *variable*, or None where it has no value.

    Key names are case-insensitive; a multivalued key cannot be a variable; a default stands in for an absent
    key (reference_policies_variables, "Using variables in policies", "Specifying default values").
    """
    value = context.get(variable.key.lower())
    if value is None:
        return variable.default
    return value if isinstance(value, str) else None


def expand(template: str, context: Context, *, variables: bool, wildcards: bool) -> list[str | Wildcard] | None:
    """*template* as a pattern, or None where a variable in it has no value ("Policy variables with no value").

    *variables* is false for a document that is not of Version 2012-10-17: there `${aws:username}` is literal
    text (reference_policies_elements_version).
    """

    def plain(text: str) -> list[str | Wildcard]:
        return with_wildcards(text) if wildcards else list(text)

    if not variables:
        return plain(template)
    pattern: list[str | Wildcard] = []
    for part in parts_of(template):
        if isinstance(part, Variable):
            value = value_of(part, context)
            if value is None:
                return None
            pattern += list(value)
        elif isinstance(part, Literal):
            pattern.append(part.character)
        else:
            pattern += plain(part)
    return pattern


def action_fits(entry: str, action: str) -> bool:
    """reference_policies_elements_action: `*` and `?` anywhere; prefix and name are case-insensitive."""
    return fits(with_wildcards(entry.lower()), action.lower())


def resource_pattern(entry: str, context: Context, *, variables: bool) -> list[str | Wildcard] | None:
    """A Resource or NotResource entry as a pattern over the whole ARN, or None where it can match nothing.

    A variable counts only after the fifth colon, where the colons of earlier `${…}` do not count; before it,
    its text is literal (reference_policies_variables, "Resource element"). An ARN of fewer than six fields is
    completed with `*` (reference_policies_grammar, resource_string).
    """
    colons = 0
    pattern: list[str | Wildcard] = []
    for part in parts_of(entry) if variables else [entry]:
        if isinstance(part, str):
            colons += part.count(":")
            pattern += with_wildcards(part)
        elif colons < 5:
            pattern += with_wildcards(part.raw)
        elif isinstance(part, Literal):
            pattern.append(part.character)
        else:
            value = value_of(part, context)
            if value is None:
                return None
            pattern += list(value)
    if entry.startswith("arn:"):
        pattern += with_wildcards(":*" * (5 - colons))
    return pattern


def resource_fits(entry: str, resource: str, context: Context, *, variables: bool) -> bool:
    """Whether a Resource entry fits the request's *resource*; case-sensitive.

    A request on `*` (an action without resource-level permission) is fitted by exactly `*` and nothing else
    (reference_policies_elements_resource, first note). A `*` may cross colons (the same page, "Using wildcards").
    """
    if entry == "*" or resource == "*":
        return entry == "*"
    pattern = resource_pattern(entry, context, variables=variables)
    return pattern is not None and fits(pattern, resource)


def arn_fits(pattern: Pattern, value: str) -> bool:
    """ArnLike: each of the six colon-delimited components is checked separately (condition operators, ARN)."""
    wanted: list[list[str | Wildcard]] = [[]]
    for token in pattern:
        if token == ":" and len(wanted) < 6:
            wanted.append([])
        else:
            wanted[-1].append(token)
    given = value.split(":", 5)
    if len(wanted) != 6 or len(given) != 6 or given[0] != "arn":
        return False
    return all(fits(one, other) for one, other in zip(wanted, given, strict=True))
