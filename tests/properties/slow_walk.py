"""A walker without any skill: from each state every move, until nothing is new. It holds the machine to account.

It shares the moves with the machine and nothing else: no order by cost, no verdict kept between walks, no names that
stand for others, no assumption passed over. Every call is put to `decide` as a request of its own, and AWS's own rules
are written here a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Literal

from iamfa.evaluate.decide import decide
from iamfa.evaluate.request import Request
from iamfa.lifecycle.moves import Attempt, Move, Person
from iamfa.lifecycle.state import State
from iamfa.lifecycle.subject import Subject
from iamfa.platform import ASSUMPTIONS, Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy

Reading = Literal["strict", "generous"]
"""`strict`: what is unknown or not granted is refused. `generous`: only what is denied whatever else is attached is."""

EVERYTHING = Policy.from_document(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


@dataclass(frozen=True)
class Plan:
    """Who starts where, with which moves, and what for."""

    person: Person
    start: State
    moves: tuple[Move, ...]
    goal: Callable[[State], bool]
    asks: tuple[str, ...] = ()
    """The assumptions that the moves may ask."""


@dataclass
class Walker:
    """Policies, the user, the assumptions that were named; and what was answered so far for one reading."""

    bundle: Bundle
    subject: Subject
    named: Assumptions
    age: str | None = None
    answers: dict[object, str] = field(default_factory=dict)

    def every_assumption(self, asks: Iterable[str]) -> Iterator[Assumptions]:
        """Each way to fill in those that the moves ask and that nobody named."""
        open_now = [a.id for a in self.named.open() if a.id in asks]
        for values in product(*(ASSUMPTIONS[id_].values for id_ in open_now)):
            chosen = self.named
            for id_, value in zip(open_now, values, strict=True):
                chosen = chosen.with_value(id_, value)
            yield chosen

    def always(self, reading: Reading, plan: Plan) -> bool:
        """Whether the goal is reached under every assumption."""
        return all(self._reached(reading, each, plan) for each in self.every_assumption(plan.asks))

    def ever(self, reading: Reading, plan: Plan) -> bool:
        """Whether the goal is reached under some assumption."""
        return any(self._reached(reading, each, plan) for each in self.every_assumption(plan.asks))

    def _reached(self, reading: Reading, assumptions: Assumptions, plan: Plan) -> bool:
        person = plan.person
        seen = {plan.start}
        waiting = [plan.start]
        while waiting:
            state = waiting.pop()
            if plan.goal(state):
                return True
            for move in plan.moves:
                for attempt in move(state, person, self.subject, assumptions.__getitem__):
                    if attempt.after not in seen and self._passes(reading, assumptions, state, attempt, person):
                        seen.add(attempt.after)
                        waiting.append(attempt.after)
        return False

    def _passes(
        self, reading: Reading, assumptions: Assumptions, state: State, attempt: Attempt, whose: Person
    ) -> bool:
        person = attempt.by or whose
        service, _, call = attempt.action.partition(":")
        if attempt.action == "signin:ConsoleLogin":
            return True
        if call in ("GetSessionToken", "AssumeRole") and attempt.device is not None and attempt.device.kind == "fido":
            return False
        if call == "GetSessionToken":
            if attempt.credential != "long-term-key":
                return False
            if assumptions["deny-get-session-token"] == "ignored":
                return True
            decision = self._decide(attempt, person, more=True)
            return (
                decision != "explicit_deny" if reading == "generous" else decision not in ("explicit_deny", "unknown")
            )
        if service == "iam" and attempt.credential == "token":
            return False
        has_device = any(device.owner is person.target for device in state.devices)
        if (
            assumptions["platform"] == "2023-04"
            and call in ("EnableMFADevice", "DeactivateMFADevice")
            and person.identity is person.target
            and attempt.credential in ("long-term-key", "console")
            and has_device
        ):
            return False
        decision = self._decide(attempt, person, more=reading == "generous")
        return decision == "allowed" or (reading == "generous" and decision == "unknown")

    def _decide(self, attempt: Attempt, person: Person, *, more: bool) -> str:
        key = (attempt.action, attempt.resource, attempt.credential, attempt.context, attempt.unspecified, person, more)
        if key not in self.answers:
            self.answers[key] = self._decided(attempt, person, more=more)
        return self.answers[key]

    def _decided(self, attempt: Attempt, person: Person, *, more: bool) -> str:
        bundle = self.bundle.plus(EVERYTHING) if more else self.bundle
        if attempt.action == "sts:AssumeRole" and more:
            trust = {"Effect": "Allow", "Principal": {"AWS": person.principal}, "Action": "sts:AssumeRole"}
            bundle = replace(bundle, resource=Policy.from_document({"Version": "2012-10-17", "Statement": [trust]}))
        context: dict[str, str] = dict(attempt.context)
        if attempt.credential.endswith("-mfa"):
            context.setdefault("aws:MultiFactorAuthAge", self.age or "5")
        made = Request.by_user(
            person.principal, attempt.action, attempt.resource, credential=attempt.credential, context=context
        )
        request = Request(
            made.action,
            made.resource,
            principal=made.principal,
            context=made.context,
            unspecified=made.unspecified | attempt.unspecified,
        )
        return decide(request, bundle, assumptions=self.named).decision
