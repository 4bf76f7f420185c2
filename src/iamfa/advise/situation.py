"""The ordinary situation of a user: values for the keys that a file's conditions name besides the MFA keys.

A policy may spare an address, a tag or a path. What it does for those whom it does not spare is decided with values
under which its Denies bear, and its Allows grant as far as that leaves room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from iamfa.evaluate.match import action_matches
from iamfa.evaluate.request import Request
from iamfa.policy.document import Condition, Document, Statement
from iamfa.policy.operators import ConditionTest, Family, compile_condition, parse_operator

MFA_KEYS = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage"})

_DEFAULTS: Mapping[str, str] = {
    "aws:sourceip": "203.0.113.77",
    "aws:currenttime": "2026-01-15T12:00:00Z",
    "aws:epochtime": "1768478400",
    "aws:useragent": "aws-cli/2.32.0",
    "aws:userid": "AIDAQXEXAMPLEUSERID01",
    "aws:requestedregion": "us-east-1",
    "aws:tokenissuetime": "2026-01-15T11:00:00Z",
}

_FREE_PREFIXES = (
    "aws:principaltag/", "aws:principalorg", "aws:sourceip", "aws:sourcevpc", "aws:vpc", "aws:currenttime",
    "aws:epochtime", "aws:useragent", "aws:userid", "aws:requestedregion", "aws:tokenissuetime", "aws:referer",
    "aws:sourceidentity", "aws:calledvia", "aws:signinsessionarn", "aws:ec2instancesource",
)  # fmt: skip
"""Keys that belong to the user, his session or his network, so that one situation gives them one value."""

_FIXED = MFA_KEYS | {
    "aws:username", "aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice",
    "aws:viaawsservice", "aws:securetransport",
}  # fmt: skip
"""Keys whose values the kind of credential and the user decide."""

SAMPLES: Mapping[Family, tuple[str, ...]] = {
    Family.STRING: ("another-value",),
    Family.ARN: ("arn:aws:iam::123456789012:user/another-value",),
    Family.IP: ("203.0.113.77", "198.51.100.9", "10.1.2.3", "2001:db8::7"),
    Family.NUMERIC: ("0", "1", "1000000000000"),
    Family.DATE: ("2026-01-15T12:00:00Z", "1990-01-01T00:00:00Z", "2100-01-01T00:00:00Z"),
    Family.BOOL: ("true", "false"),
    Family.BINARY: ("YW5vdGhlcg==",),
    Family.NULL: ("another-value",),
}


def is_free(key: str) -> bool:
    """Whether *key* (lower case) is one that a situation gives a value."""
    return key not in _FIXED and key.startswith(_FREE_PREFIXES)


def asks_for_mfa(statement: Statement) -> bool:
    """Whether the statement has a condition on one of the two MFA keys."""
    return any(c.key.text.lower() in MFA_KEYS for c in statement.conditions)


def takes_in(statement: Statement, action: str) -> bool:
    """Whether the statement's Action or NotAction takes the action in."""
    return any(action_matches(v.text, action) for v in statement.action.values) is not statement.action.negated


def request_keys(documents: Iterable[Document]) -> frozenset[str]:
    """The keys of single requests on which grants that do not ask for MFA depend, in lower case."""
    return frozenset(
        key
        for document in documents
        for statement in document.statements
        if statement.effect == "Allow" and not asks_for_mfa(statement)
        for key in (c.key.text.lower() for c in statement.conditions)
        if key not in _FIXED and not is_free(key)
    )


def ordinary_context(documents: Iterable[Document], *, of_the_request: bool = False) -> dict[str, str]:
    """Values of the free keys under which the Denies that ask for MFA bear, other Denies do not, and Allows grant.

    An Allow of everything without MFA does not grant, where another grants everything with MFA: whom it spares is told
    apart.

    Where that is not possible at once, the earlier in this order wins. Keys that no condition names keep a neutral
    value, or stay absent where AWS does not always send them. With *of_the_request* the keys of single requests, such
    as a resource's tag, that statements which ask for MFA name are given values, too.
    """
    statements = [(s, d.variables) for d in documents for s in d.statements]
    named = {c.key.text.lower() for s, _ in statements if asks_for_mfa(s) for c in s.conditions} - _FIXED
    more = frozenset(named) if of_the_request else frozenset[str]()
    wanted = [
        *_wishes(statements, "Deny", more, holds=True, with_mfa=True),
        *_wishes(statements, "Deny", more, holds=False, with_mfa=False),
        *_wishes(_sparing(statements), "Allow", more, holds=False, with_mfa=False),
        *_wishes(statements, "Allow", more, holds=True, with_mfa=None),
    ]
    context = dict(_DEFAULTS)
    for key in dict.fromkeys(wish.key for wish in wanted):
        value = _value_for(key, [w for w in wanted if w.key == key], _DEFAULTS.get(key))
        if value is not None:
            context[key] = value
        else:
            context.pop(key, None)
    return context


def bearing_context(statement: Statement, *, variables: bool) -> dict[str, str]:
    """Values under which the statement's own conditions hold, as far as keys have any that a request can choose."""
    keys = frozenset(c.key.text.lower() for c in statement.conditions) - _FIXED
    wanted = list(_wishes([(statement, variables)], statement.effect, keys, holds=True, with_mfa=None))
    context = dict(_DEFAULTS)
    for key in keys:
        value = _value_for(key, [w for w in wanted if w.key == key], _DEFAULTS.get(key))
        if value is None:
            context.pop(key, None)
        else:
            context[key] = value
    return context


def _sparing(statements: Iterable[tuple[Statement, bool]]) -> list[tuple[Statement, bool]]:
    """The Allows of everything that do not ask for MFA, beside one that does: what they spare is no ordinary case."""
    everything = [(s, v) for s, v in statements if s.effect == "Allow" and _takes_in_everything(s)]
    sparing = [(s, v) for s, v in everything if not asks_for_mfa(s)]
    return sparing if len(sparing) < len(everything) else []


def _takes_in_everything(statement: Statement) -> bool:
    """Whether it takes in an action that no catalogue holds: no service's prefix has a wildcard, so `*` alone does."""
    return any(not v.text.strip("*") for v in statement.action.values) is not statement.action.negated


def free_conditions(statement: Statement) -> tuple[Condition, ...]:
    """The statement's conditions on keys that a situation gives values, or that no user decides."""
    return tuple(c for c in statement.conditions if c.key.text.lower() not in MFA_KEYS)


def mfa_conditions_hold(statement: Statement, request: Request) -> bool:
    """Whether all conditions of the statement on the two MFA keys hold for the request."""
    return all(
        compile_condition(c.operator.text, c.key.text, [v.text for v in c.values], variables=True)(request.keys) is True
        for c in statement.conditions
        if c.key.text.lower() in MFA_KEYS
    )


@dataclass(frozen=True, slots=True)
class _Wish:
    """A condition that should hold, or should not."""

    key: str
    family: Family
    values: tuple[str, ...]
    test: ConditionTest
    holds: bool


def _wishes(
    statements: Iterable[tuple[Statement, bool]],
    effect: str,
    more: frozenset[str],
    *,
    holds: bool,
    with_mfa: bool | None,
) -> Iterator[_Wish]:
    for statement, variables in statements:
        if statement.effect != effect or with_mfa not in (None, asks_for_mfa(statement)):
            continue
        for condition in statement.conditions:
            key = condition.key.text.lower()
            if is_free(key) or key in more:
                values = tuple(v.text for v in condition.values)
                operator = condition.operator.text
                test = compile_condition(operator, key, values, variables=variables)
                yield _Wish(key, parse_operator(operator).operator.family, values, test, holds)


_MOST_VALUES = 40
"""How many of a condition's values are tried; a key with so many values has one that fulfils it among the first."""


def _value_for(key: str, wishes: list[_Wish], default: str | None) -> str | None:
    """A value that fulfils the first wish, and of the others as many as may be; None: the key stays absent."""
    candidates: list[str | None] = [default]
    for wish in wishes:
        candidates += [plain_value(value) for value in wish.values[:_MOST_VALUES] if wish.family is not Family.NULL]
        candidates += SAMPLES[wish.family]
    if default is None:
        candidates.append(None)

    def fulfilled(value: str | None) -> list[bool]:
        return [wish.test({key: value} if value is not None else {}) is wish.holds for wish in wishes]

    return max(candidates, key=lambda value: (fulfilled(value)[0], sum(fulfilled(value))))


def plain_value(pattern: str) -> str:
    """A value that a pattern takes in: wildcards become a letter, the length of a mask is left out."""
    return pattern.partition("/")[0] if _looks_like_network(pattern) else pattern.replace("*", "x").replace("?", "x")


def _looks_like_network(text: str) -> bool:
    head, slash, bits = text.partition("/")
    return bool(slash) and bits.isdigit() and (head.replace(".", "").isdigit() or ":" in head)
