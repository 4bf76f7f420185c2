"""The ordinary situation of a user: values for the keys that a file's conditions name besides the MFA keys.

A policy may spare an address, a tag or a path. What it does for those whom it does not spare is decided with values
under which its Denies bear, and its Allows grant as far as that leaves room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

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

_SAMPLES: Mapping[Family, tuple[str, ...]] = {
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


def ordinary_context(documents: Iterable[Document]) -> dict[str, str]:
    """Values of the free keys under which the Denies bear; keys that no condition needs keep a neutral value."""
    statements = [(s, d.variables) for d in documents for s in d.statements]
    wanted = list(_free_conditions(statements, "Deny")) + list(_free_conditions(statements, "Allow"))
    context = dict(_DEFAULTS)
    settled: set[str] = set()
    for condition, _ in wanted:
        key = condition.key.text.lower()
        if key in settled:
            continue
        settled.add(key)
        same_key = [(c, v) for c, v in wanted if c.key.text.lower() == key]
        value = _value_for(key, same_key, _DEFAULTS.get(key))
        if value is not None:
            context[key] = value
        elif key not in _DEFAULTS:
            context.pop(key, None)
    return context


def _free_conditions(statements: Iterable[tuple[Statement, bool]], effect: str) -> Iterator[tuple[Condition, bool]]:
    for statement, variables in statements:
        if statement.effect == effect:
            for condition in statement.conditions:
                if is_free(condition.key.text.lower()):
                    yield condition, variables


def _value_for(key: str, conditions: list[tuple[Condition, bool]], default: str | None) -> str | None:
    """A value under which the first condition holds, and of the others as many as may be; None: left absent."""
    tests = [
        compile_condition(c.operator.text, key, [v.text for v in c.values], variables=variables)
        for c, variables in conditions
    ]
    candidates: list[str | None] = [default] if default is not None else [None]
    for condition, _ in conditions:
        family = parse_operator(condition.operator.text).operator.family
        candidates += [_plain(v.text) for v in condition.values if family is not Family.NULL]
        candidates += _SAMPLES[family]
    return max(candidates, key=lambda value: _score(tests, key, value))


def _score(tests: list[ConditionTest], key: str, value: str | None) -> tuple[bool, int]:
    answers = [test({key: value} if value is not None else {}) is True for test in tests]
    return (answers[0], sum(answers))


def _plain(pattern: str) -> str:
    """A value that a pattern takes in: wildcards become a letter, the length of a mask is left out."""
    return pattern.partition("/")[0] if _looks_like_network(pattern) else pattern.replace("*", "x").replace("?", "x")


def _looks_like_network(text: str) -> bool:
    head, slash, bits = text.partition("/")
    return bool(slash) and bits.isdigit() and (head.replace(".", "").isdigit() or ":" in head)
