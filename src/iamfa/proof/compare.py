"""What one policy (or bundle) permits and another does not, both ways, each with a request that shows it.

A policy by itself permits a request where an Allow fits and no Deny does. In the open world any action, any resource
and any value of any key counts; in the closed world the actions of the catalogue, with contexts as AWS makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from iamfa.errors import RequestError
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.decide import permits
from iamfa.evaluate.principal import Principal
from iamfa.evaluate.request import Request
from iamfa.policy.bundle import Bundle, PolicyLike, document_of
from iamfa.policy.document import Document
from iamfa.policy.glob import ascii_lower, tokens_of
from iamfa.proof.answer import spelled, spelled_keys
from iamfa.proof.cases import TooManyCases, by_value, closed_cases, free_cases, guesses
from iamfa.proof.certificate import Certificate
from iamfa.proof.closed import ClosedWorld
from iamfa.proof.formula import ACTION, Formula, all_of
from iamfa.proof.grants import Clauses, Grants
from iamfa.proof.pattern import Pattern
from iamfa.proof.principals import principals_for, settlings
from iamfa.proof.search import Closed, Stuck, Tree, Witness, search
from iamfa.proof.situation import Situation
from iamfa.proof.statements import text_literal

Relation = Literal["equivalent", "a_less", "b_less", "incomparable", "unknown"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Whether something is permitted on one side only."""

    only: Request | None
    """A request that only this side permits; None where there is none, or none is known."""
    reason: str | None = None
    """Why nothing is known."""
    certificate: Certificate | None = None
    """The proof that there is none, in the open world."""

    @property
    def excluded(self) -> bool:
        """Whether it is shown that there is no such request."""
        return self.only is None and self.reason is None


@dataclass(frozen=True, slots=True)
class Change:
    """How two policies, or two bundles, relate."""

    only_a: Difference
    only_b: Difference
    closed_only_a: Difference
    closed_only_b: Difference

    @property
    def relation(self) -> Relation:
        """Over all requests whatever."""
        return _relation(self.only_a, self.only_b)

    @property
    def closed_relation(self) -> Relation:
        """Over the catalogue, with contexts as AWS makes them."""
        return _relation(self.closed_only_a, self.closed_only_b)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why something is unknown, each reason once."""
        sides = (self.only_a, self.only_b, self.closed_only_a, self.closed_only_b)
        return tuple(dict.fromkeys(side.reason for side in sides if side.reason is not None))


def _relation(a: Difference, b: Difference) -> Relation:
    if (a.reason is not None and a.only is None) or (b.reason is not None and b.only is None):
        return "unknown"
    if a.only is not None:
        return "incomparable" if b.only is not None else "b_less"
    return "a_less" if b.only is not None else "equivalent"


def compare(a: Bundle, b: Bundle) -> Change:
    """What the identity-based policies of two bundles, or their resource policies, permit by themselves.

    A bundle of several identity-based policies permits what they permit together. Both sides must be of one kind:
    where a resource policy stands on one side, it is compared with the resource policy of the other. Boundaries,
    control policies and session policies permit nothing by themselves: where they differ the answer is unknown, where
    they are the same they are left aside.
    """
    if _aside(a) != _aside(b):
        differing = Difference(None, "boundary, control or session policies differ, and these are not compared")
        return Change(differing, differing, differing, differing)
    return Comparison(a, b, odd_values=_names_the_empty_text(a, b)).change()


def _names_the_empty_text(*sides: Bundle) -> bool:
    """Whether a condition lists the empty text; otherwise no request of a comparison carries it.

    To `Null` it is no value, to other operators it is one: policies that mean the same would differ in it alone.
    """
    documents = (layer.document for side in sides for layer in side.layers())
    return any(v.text == "" for d in documents for s in d.statements for c in s.conditions for v in c.values)


def _aside(side: Bundle) -> tuple[object, ...]:
    """What is not compared, as far as it matters whether it is the same on both sides."""
    return (
        side.boundary and document_of(side.boundary),
        side.scps and [[document_of(policy) for policy in level] for level in side.scps],
        side.rcps and [[document_of(policy) for policy in level] for level in side.rcps],
        side.session and [document_of(policy) for policy in side.session],
        side.resource_account,
    )


def permits_more(a: Bundle, b: Bundle, *, outside: Sequence[str] = (), by_type: Sequence[str] = ()) -> Difference:
    """A request that *a* permits and *b* does not, in the open world.

    Both are read as `compare` reads them. *outside* are patterns of actions left aside. *by_type* are names of actions
    of the catalogue that are asked about on resources of their types only, on which alone AWS authorises them.
    """
    found = Comparison(a, b, outside).open()
    if found.only is None or not by_type:
        return found
    beyond = Comparison(a, b, (*outside, *by_type)).open()
    return beyond if beyond.only is not None or beyond.reason is not None else Comparison(a, b, outside).closed()


class Comparison:
    """Two sides, compiled once."""

    def __init__(self, a: Bundle, b: Bundle, outside: Sequence[str] = (), *, odd_values: bool = True) -> None:
        self._outside = tuple(Pattern(tokens_of(ascii_lower(text))) for text in outside)
        self._of_resources = a.resource is not None or b.resource is not None
        self._sides = (a, b)
        self._odd_values = odd_values
        self._known: dict[int, tuple[tuple[Grants, Grants], frozenset[str]]] = {}
        self._documents = tuple(_joined(self._policies(side)) for side in self._sides)

    def _policies(self, side: Bundle) -> Sequence[PolicyLike]:
        if self._of_resources:
            return [side.resource] if side.resource is not None else []
        return side.identity

    def change(self) -> Change:
        """All four differences."""
        sides = [self._difference(0), self._difference(1)]
        return Change(sides[0][0], sides[1][0], sides[0][1], sides[1][1])

    def _difference(self, more: int) -> tuple[Difference, Difference]:
        """What side *more* permits and the other does not, in the open world and in the closed one.

        The closed world lies within the open one: what is excluded there is excluded here, what is found here is
        found there.
        """
        within = self._open(more)
        if within.excluded:
            return within, Difference(None)
        found = self._closed(more)
        return (found, found) if found.only is not None else (within, found)

    def open(self) -> Difference:
        """What the first side permits and the second does not, in the open world."""
        return self._open(0)

    def closed(self) -> Difference:
        """What the first side permits and the second does not, in the closed world."""
        return self._closed(0)

    def _open(self, more: int) -> Difference:
        grants, variables = self._grants(more)
        trees: list[tuple[Situation, Tree]] = []
        try:
            cases = [case for who in self._principals() for case in self._settled(free_cases(who, variables))]
        except TooManyCases as error:
            return Difference(None, str(error))
        reason: str | None = None
        by_value = False
        for situation in cases:
            found = self._asked(grants, situation, more)
            if isinstance(found, str) and situation.letters:
                by_value = True
                found = self._by_value(grants, situation, more, found)
            if isinstance(found, Request):
                return Difference(found)
            if isinstance(found, str):
                reason = found
            else:
                trees.append((situation, found))
        if reason is not None:
            return Difference(None, reason)
        if self._outside or by_value:
            return Difference(None)  # the checker knows neither claim
        kind = "resource" if self._of_resources else "identity"
        first, second = self._bundle(more), self._bundle(1 - more)
        return Difference(None, None, Certificate({"id": "implies", "kind": kind}, first, tuple(trees), second))

    def _asked(self, grants: tuple[Grants, Grants], situation: Situation, more: int) -> Tree | Request | str:
        """The closed branches of one case, a request of this side alone, or why neither is known."""
        for possible in (True, False):
            outcome = search(self._formula(grants, situation, possible=possible), situation, possible=possible)
            if isinstance(outcome, Closed):
                return outcome.tree if possible else _UNDOCUMENTED
            request = self._replayed(outcome, situation, more) if isinstance(outcome, Witness) else None
            if request is not None:
                return request
        return outcome.reason if isinstance(outcome, Stuck) else _UNDOCUMENTED

    def _by_value(
        self, grants: tuple[Grants, Grants], situation: Situation, more: int, reason: str
    ) -> Tree | Request | str:
        """The case once more, for each value of its variables that a condition lists; then with guessed ones."""
        clauses = [clause for each in grants for clause in self._clauses(each)]
        found: Tree | Request | str = reason
        for case in by_value(situation, clauses):
            found = self._asked(grants, case, more)
            if isinstance(found, (str, Request)):
                break
        return (self._guessed(grants, situation, more) or found) if isinstance(found, str) else found

    def _guessed(self, grants: tuple[Grants, Grants], situation: Situation, more: int) -> Request | None:
        """A request that only this side permits, with values of policy variables that are only guessed."""
        clauses = [clause for each in grants for clause in self._clauses(each)]
        for case in guesses(situation, clauses):
            outcome = search(self._formula(grants, case, possible=False), case, possible=False)
            request = self._replayed(outcome, case, more) if isinstance(outcome, Witness) else None
            if request is not None:
                return request
        return None

    def _closed(self, more: int) -> Difference:
        grants, variables = self._grants(more)
        try:
            cases = list(self._closed_cases(variables))
        except TooManyCases as error:
            return Difference(None, str(error))
        reason: str | None = None
        for situation in cases:
            for possible in (True, False):
                formula = self._formula(grants, situation, possible=possible)
                outcome = self._worlds[more].search(formula, situation, possible=possible)
                request = self._replayed(outcome, situation, more) if isinstance(outcome, Witness) else None
                if request is not None:
                    return Difference(request)
                if isinstance(outcome, Closed):
                    reason = reason if possible else _UNDOCUMENTED
                    break
                reason = outcome.reason if isinstance(outcome, Stuck) else _UNDOCUMENTED
        return Difference(None, reason)

    @cached_property
    def _worlds(self) -> tuple[ClosedWorld, ClosedWorld]:
        """The catalogue as both sides see it, for each direction."""
        first, second = (
            ClosedWorld([clause for each in self._grants(more)[0] for clause in self._clauses(each)], self._outside)
            for more in (0, 1)
        )
        return first, second

    def _formula(self, grants: tuple[Grants, Grants], situation: Situation, *, possible: bool) -> Formula:
        first, second = grants
        permitted = first.permits(self._clauses(first), situation, possible=possible)
        refused = second.permits_not(self._clauses(second), situation, possible=possible)
        parts: list[tuple[str, Formula]] = [("a", permitted), ("b", refused)]
        if self._outside:
            parts.append(("outside", text_literal(ACTION, self._outside, must=False)))
        return all_of("implies", parts)

    def _grants(self, more: int) -> tuple[tuple[Grants, Grants], frozenset[str]]:
        if more in self._known:
            return self._known[more]
        grants = Grants(self._sides[more], prefix="a."), Grants(self._sides[1 - more], prefix="b.")
        keys = (c.variable_keys for each in grants for c in self._clauses(each))
        self._known[more] = grants, frozenset[str]().union(*keys)
        return self._known[more]

    def _clauses(self, grants: Grants) -> Clauses:
        return grants.resource if self._of_resources else grants.identity

    def _bundle(self, side: int) -> Bundle:
        policies = self._policies(self._sides[side])
        return Bundle(resource=policies[0] if policies else None) if self._of_resources else Bundle(policies)

    def _principals(self) -> tuple[Principal | None, ...]:
        return principals_for(self._documents) if self._of_resources else (None,)

    def _settled(self, cases: Iterable[Situation]) -> Iterator[Situation]:
        """The cases, once for each way in which entries that may or may not name the requester do: on both sides."""
        for case in cases:
            ways: list[frozenset[tuple[str, str]] | None] = [*settlings(case.principal, self._documents)] or [None]
            yield from (replace(case, settled=way, odd_values=self._odd_values) for way in ways)

    def _closed_cases(self, variables: frozenset[str]) -> Iterator[Situation]:
        """Every requester with every kind of credential, those once that differ in nothing which a statement asks."""
        asked = variables | {
            c.key.text.lower() for each in self._documents for d in each for s in d.statements for c in s.conditions
        }
        seen: set[object] = set()
        for who in self._principals():
            for case in self._settled(closed_cases(who, CREDENTIALS, variables)):
                alike = who, case.settled, frozenset((key, case.domain(key)) for key in asked)
                if alike not in seen:
                    seen.add(alike)
                    yield case

    def _replayed(self, witness: Witness, situation: Situation, more: int) -> Request | None:
        """The request that the witness describes, if the evaluator says so too."""
        keys = spelled_keys(witness.keys)
        who = situation.principal if self._of_resources else _requester(witness)
        request = Request(spelled(witness.action), witness.resource, principal=who, context=keys)
        first, second = self._documents[more], self._documents[1 - more]
        return request if permits(first, request) is True and permits(second, request) is False else None


def _requester(witness: Witness) -> Principal:
    """Somebody who could send the request, where it does not matter who: the one whom its keys name, or a user."""
    name = witness.keys.get("aws:username")
    for text in (witness.keys.get("aws:principalarn"), f"{_SOME_USERS}{name}" if isinstance(name, str) else None):
        if not isinstance(text, str):
            continue
        try:
            return Principal.parse(text)
        except RequestError:
            continue
    return Principal.parse(_SOME_USERS + "some-user")


_SOME_USERS = "arn:aws:iam::123456789012:user/"

_UNDOCUMENTED = "whether a request passes hangs on what AWS does not document"


def _joined(policies: Sequence[PolicyLike]) -> tuple[Document, ...]:
    return tuple(document_of(policy) for policy in policies)
