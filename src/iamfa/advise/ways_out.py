"""Whom or what the enforcement spares: requests without MFA that pass because of further conditions.

Found by walking: while some Deny that asks for MFA bears on the request, a value is tried under which one of its other
conditions does not hold. What passes in the end is exempt, however many statements it takes. Where MFA is forced by
grant, values are tried under which an Allow that does not ask for MFA grants all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.situation import MFA_KEYS, SAMPLES, asks_for_mfa, free_conditions, plain_value
from iamfa.evaluate.credential import carried
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Condition, Statement
from iamfa.policy.operators import ConditionTest, compile_condition, parse_operator

PRINCIPAL_ARN, USER_NAME, TAG = "aws:principalarn", "aws:username", "aws:principaltag/"

_NEVER_OTHERWISE = MFA_KEYS | {
    "aws:principaltype", "aws:principalisawsservice", "aws:principalaccount", "aws:principalorgid",
    "aws:principalorgpaths",
}  # fmt: skip
"""What every user of the account has alike: a condition on it spares none of them."""

_ALWAYS_THERE = frozenset(
    {
        PRINCIPAL_ARN, USER_NAME, "aws:userid", "aws:sourceip", "aws:currenttime", "aws:epochtime", "aws:useragent",
        "aws:requestedregion", "aws:viaawsservice", "aws:securetransport",
    }
)  # fmt: skip
"""Keys that a user's direct request always carries."""

_OF_THE_USER = frozenset({PRINCIPAL_ARN, USER_NAME})
"""Keys that follow from who asks."""

_DEEPEST, _MOST_VALUES, _MOST_STEPS = 3, 8, 400


@dataclass(frozen=True, slots=True)
class Escape:
    """One further condition of a Deny that does not hold, or one of an Allow without MFA that does."""

    statement: Statement
    condition: Condition
    value: str | None
    """What the request carries under the condition's key; None: nothing."""

    @property
    def holds(self) -> bool:
        """Whether the condition is fulfilled; of a Deny it is not, and so the Deny does not bear."""
        return self.statement.effect == "Allow"

    @property
    def key(self) -> str:
        """The condition's key in lower case."""
        return self.condition.key.text.lower()


@dataclass(frozen=True, slots=True)
class WayOut:
    """What it takes to pass without MFA: all of these, and a request that shows it."""

    escapes: tuple[Escape, ...]
    request: Request
    credential: str


def ways_out(case: Case) -> tuple[WayOut, ...]:
    """Every way found, for a file that forces by Deny or by grant; none where nothing but MFA is asked for."""
    if not case.forces or not case.held_kinds:
        return ()
    by_deny = case.file_class == "forces-by-deny"
    if by_deny and any(free_conditions(s) for s in case.mfa_statements if s.effect == "Deny"):
        return tuple(_Walk(case, case.everything).past_denies())
    sparing = [s for s in case.statements_taking_in(UNHEARD_OF, "Allow") if s.conditions and not asks_for_mfa(s)]
    if not by_deny and sparing:
        return tuple(_Walk(case, case.alone).into_grants(sparing))
    return ()


class _Walk:
    def __init__(self, case: Case, bundle: Bundle) -> None:
        self._case = case
        self._decider = Decider(bundle, assumptions=case.options.assumptions)
        self._credential = case.held_kinds[0]
        self._resource = case.targets(UNHEARD_OF)[0].arn
        self._steps = 0

    def past_denies(self) -> Iterator[WayOut]:
        """Ways by which no Deny bears."""
        yield from self._from({}, ())

    def into_grants(self, statements: Sequence[Statement]) -> Iterator[WayOut]:
        """Ways by which one of these Allows grants: all its conditions hold."""
        for statement in statements:
            yield from self._under(statement, statement.conditions, {}, ())

    def _under(
        self,
        statement: Statement,
        conditions: Sequence[Condition],
        changed: Mapping[str, str | None],
        escapes: tuple[Escape, ...],
    ) -> Iterator[WayOut]:
        self._steps += 1
        request = request_with(self._case, UNHEARD_OF, self._resource, self._credential, changed)
        if not conditions:
            if escapes and self._decider.decide(request).decision == "allowed":
                yield WayOut(escapes, request, self._credential)
            return
        first, rest = conditions[0], conditions[1:]
        key = first.key.text.lower()
        if _test(self._case, first)(request.keys) is True:
            yield from self._under(statement, rest, changed, escapes)
        elif key not in _NEVER_OTHERWISE and key not in changed and self._steps <= _MOST_STEPS:
            for value in _other_values(self._case, first, request, holds=True):
                escape = Escape(statement, first, value)
                yield from self._under(statement, rest, {**changed, key: value}, (*escapes, escape))

    def _from(self, changed: Mapping[str, str | None], escapes: tuple[Escape, ...]) -> Iterator[WayOut]:
        self._steps += 1
        request = request_with(self._case, UNHEARD_OF, self._resource, self._credential, changed)
        verdict = self._decider.decide(request)
        if verdict.decision != "explicit_deny":
            if escapes and verdict.decision == "allowed":
                yield WayOut(escapes, request, self._credential)
            return
        if len(escapes) == _DEEPEST or self._steps > _MOST_STEPS:
            return
        # The same Deny may stand where it cannot be escaped; the first one that bears is as good as any other.
        statement = next(r.statement for r in verdict.reasons if r.matched and r.effect == "Deny")
        if not asks_for_mfa(statement):
            return
        for condition in free_conditions(statement):
            key = condition.key.text.lower()
            if key in _NEVER_OTHERWISE or key in changed:
                continue
            for value in _other_values(self._case, condition, request, holds=False):
                yield from self._from({**changed, key: value}, (*escapes, Escape(statement, condition, value)))


def request_with(case: Case, action: str, resource: str, credential: str, changed: Mapping[str, str | None]) -> Request:
    """The subject's request in the ordinary situation, with other values of some keys; None: the key is absent."""
    user = changed.get(PRINCIPAL_ARN) or case.subject.user_arn
    name = changed.get(USER_NAME)
    if name is not None:
        user = f"{user.rpartition('/')[0]}/{name}"
    usual = case.request(action, resource, credential, user)
    kept = {k: v for k, v in usual.context.items() if k.lower() not in changed or k.lower() in _OF_THE_USER}
    other = {k: v for k, v in changed.items() if v is not None and k not in _OF_THE_USER}
    context = kept | carried(other, credential)
    return Request(action, resource, principal=user, context=context, unspecified=usual.unspecified)


def _test(case: Case, condition: Condition) -> ConditionTest:
    return compile_condition(
        condition.operator.text,
        condition.key.text.lower(),
        [v.text for v in condition.values],
        variables=case.policy.document.variables,
    )


def _other_values(case: Case, condition: Condition, request: Request, *, holds: bool) -> list[str | None]:
    """Values of the key, other than the request's, under which the condition holds, or does not."""
    key = condition.key.text.lower()
    test = _test(case, condition)
    found: dict[str | None, None] = {}
    for value in _candidates(case, condition, key):
        keys = {k: v for k, v in request.keys.items() if k != key}
        if value is not None:
            keys[key] = value
        if request.keys.get(key) != value and test(keys) is holds:
            found[value] = None
        if len(found) == _MOST_VALUES:
            break
    return list(found)


def _candidates(case: Case, condition: Condition, key: str) -> Iterator[str | None]:
    texts = [v.text.replace("${aws:username}", case.subject.name) for v in condition.values]
    if key == PRINCIPAL_ARN:
        yield from _users(case, texts)
        return
    if key == USER_NAME:
        yield from (_name(text, case.subject.name) for text in texts)
        yield "another-value"
        return
    yield from (plain_value(text) for text in texts)
    yield case.subject.name
    yield from SAMPLES[parse_operator(condition.operator.text).operator.family]
    if key not in _ALWAYS_THERE:
        yield None


def _users(case: Case, patterns: list[str]) -> Iterator[str]:
    """ARNs of users of the account that the patterns take in, then some that they may not."""
    subject = case.subject
    root = f"arn:{subject.partition}:iam::{subject.account}:user/"
    for pattern in patterns:
        folder, _, name = pattern.partition("user/")[2].rpartition("/")
        if name:
            yield f"{root}{plain_value(folder) + '/' if folder else ''}{_name(name, subject.name)}"
    yield f"{root}{subject.name}"
    yield f"{root}division/{subject.name}"
    yield f"{root}another-value"


def _name(pattern: str, own: str) -> str:
    return own if pattern == "*" else plain_value(pattern)
