"""A question about all requests and its answer: proved with a certificate, refuted with a request, or unknown.

Every witness is replayed by the evaluator before anybody sees it; a proof counts as allowed whatever AWS does not
document. Where the open world refutes, the closed world is asked for a request that somebody could send.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from iamfa.errors import RequestError
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.principal import Principal
from iamfa.evaluate.request import Request
from iamfa.platform import DEFAULTS, Assumptions
from iamfa.policy import catalogue
from iamfa.policy.bundle import EVERYTHING, Bundle
from iamfa.policy.glob import ascii_lower, tokens_of
from iamfa.policy.keys import find_key
from iamfa.proof import certificate as certificates
from iamfa.proof.cases import TooManyCases, guesses, user_cases
from iamfa.proof.closed import ClosedWorld
from iamfa.proof.formula import ACTION, RESOURCE, Formula, all_of
from iamfa.proof.grants import Grants
from iamfa.proof.key_values import KeyValue
from iamfa.proof.pattern import Pattern
from iamfa.proof.question import APART_FROM, Question
from iamfa.proof.search import Closed, Solved, Stuck, Tree, Witness, search
from iamfa.proof.situation import Situation
from iamfa.proof.statements import text_literal

_STARS = "resource-star-crosses-colons"


@dataclass(frozen=True, slots=True)
class Proved:
    """No request does it."""

    statement: str
    """What is claimed, in words."""
    certificate: certificates.Certificate
    """What a checker needs to see it for itself."""


@dataclass(frozen=True, slots=True)
class Refuted:
    """This request does it."""

    statement: str
    witness: Request
    credential: str
    """The kind of credential with which it is made."""
    of_the_catalogue: bool
    """Whether the catalogue holds such an action on such a resource; otherwise it is of an action or a resource that
    AWS does not have today."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither was shown."""

    statement: str
    reason: str


Answer = Proved | Refuted | Unknown


def prove(question: Question, bundle: Bundle, *, assumptions: Assumptions = DEFAULTS, realistic: bool = True) -> Answer:
    """Answer a question about all requests that these policies bear on.

    Apart from sts:GetCallerIdentity and sts:GetSessionToken, which no policy controls. A bundle with a resource's own
    policy, or a resource of another account, needs the question to name the user. Unless *realistic*, the first request
    found will do for a witness, and the catalogue is not read for one that somebody could send.
    """
    return Proof(question, bundle, assumptions, realistic=realistic).answer()


class Proof:
    """One question to one bundle."""

    def __init__(
        self, question: Question, bundle: Bundle, assumptions: Assumptions = DEFAULTS, *, realistic: bool = True
    ) -> None:
        self.question = question
        self._wants_realistic = realistic
        self.bundle = bundle
        self._asked = bundle.plus(EVERYTHING) if question.plus_everything else bundle
        self._grants = Grants(self._asked, cross_colons=assumptions[_STARS] == "yes")
        self._assumptions = assumptions
        self._formulas: dict[object, Formula] = {}
        self._texts: Solved = {}

    def answer(self) -> Answer:
        """Look at every case; the first request that passes is the answer."""
        if self.question.user is None and (self.bundle.resource is not None or self.bundle.resource_account):
            return self._unknown("a resource's own policy names principals: say which user is meant")
        try:
            cases = list(
                user_cases(
                    self.question.credentials,
                    self._grants.variable_keys,
                    user=self.question.user,
                    has_boundary=self.bundle.boundary is not None,
                    partition=self.question.partition,
                    given=self.question.given,
                )
            )
        except TooManyCases as error:
            return self._unknown(str(error))
        trees: list[tuple[Situation, Tree]] = []
        reasons: list[str] = []
        for situation in cases:
            found = self._look(situation)
            if isinstance(found, Refuted):
                return found
            if isinstance(found, str):
                reasons.append(found)
            else:
                trees.append((situation, found))
        if reasons:
            return self._unknown(reasons[0])
        return Proved(self.question.words, certificates.of_question(self.question, self.bundle, trees))

    def _look(self, situation: Situation) -> Tree | Refuted | str:
        formula = self._formula(situation, possible=True)
        outcome = search(formula, situation, possible=True, texts=self._texts)
        if isinstance(outcome, Closed):
            return outcome.tree
        if isinstance(outcome, Stuck):
            return self._guessed(situation) or outcome.reason
        likely = self._realistic(situation, formula) if self._wants_realistic else None
        for witness in (likely, outcome):
            if witness is not None and (request := self._replayed(witness, situation)) is not None:
                return self._refuted(request, situation, witness is likely)
        # What passed hangs on something that AWS does not document: is there a request that surely passes?
        surely = self._formula(situation, possible=False)
        outcome = search(surely, situation, possible=False)
        if isinstance(outcome, Witness):
            request = self._replayed(outcome, situation)
            if request is not None:
                return self._refuted(request, situation, False)
            return "a request was found that may pass, and the evaluator does not confirm it"
        if isinstance(outcome, Stuck):
            return outcome.reason
        return "whether a request passes hangs on what AWS does not document"

    def _guessed(self, situation: Situation) -> Refuted | None:
        """A request that passes, with values of policy variables that are only guessed."""
        for case in guesses(situation, self._grants.everything):
            outcome = search(self._made(case, possible=False), case, possible=False)
            request = self._replayed(outcome, case) if isinstance(outcome, Witness) else None
            if request is not None:
                return self._refuted(request, situation, False)
        return None

    def _formula(self, situation: Situation, *, possible: bool) -> Formula:
        """The formula of a case; kinds of credential that fill policy variables alike share one."""
        known = (possible, *((key, situation.lookup(key)) for key in sorted(self._grants.variable_keys)))
        if known not in self._formulas:
            self._formulas[known] = self._made(situation, possible=possible)
        return self._formulas[known]

    def _made(self, situation: Situation, *, possible: bool) -> Formula:
        question = self.question
        apart = tuple(Pattern((ascii_lower(action),)) for action in APART_FROM)
        parts: list[tuple[str, Formula]] = [("apart", text_literal(ACTION, apart, must=False))]
        if question.actions is not None:
            parts.append(("asked", text_literal(ACTION, _patterns(question.actions), must=True)))
        if question.outside:
            parts.append(("outside", text_literal(ACTION, _patterns(question.outside), must=False)))
        if question.resources is not None:
            globs = tuple(Pattern(tokens_of(text)) for text in question.resources)
            parts.append(("on", text_literal(RESOURCE, globs, must=True)))
        parts.append(("allowed", self._grants.allowed(situation, possible=possible)))
        return all_of("question", parts)

    @cached_property
    def _catalogued(self) -> ClosedWorld:
        patterns = (*_patterns(self.question.actions or ()), *_patterns(self.question.outside))
        return ClosedWorld(self._grants.everything, patterns)

    def _realistic(self, situation: Situation, formula: Formula) -> Witness | None:
        """A request of the closed world that satisfies the formula, where there is one."""
        outcome = self._catalogued.search(formula, situation, possible=False)
        return outcome if isinstance(outcome, Witness) else None

    def _replayed(self, witness: Witness, situation: Situation) -> Request | None:
        """The request that the witness describes, if the evaluator allows it."""
        decider = Decider(self._asked, assumptions=self._assumptions)
        for user, keys in _users(witness, situation, self.question.user):
            request = Request(spelled(witness.action), witness.resource, principal=user, context=spelled_keys(keys))
            if decider.decide(request).decision == "allowed":
                return request
        return None

    def _refuted(self, request: Request, situation: Situation, realistic: bool) -> Refuted:
        return Refuted(self.question.words, request, str(situation.credential), realistic)

    def _unknown(self, reason: str) -> Unknown:
        return Unknown(self.question.words, reason)


def _patterns(texts: Iterable[str]) -> tuple[Pattern, ...]:
    return tuple(Pattern(tokens_of(ascii_lower(text))) for text in texts)


def _users(
    witness: Witness, situation: Situation, user: Principal | None
) -> Iterator[tuple[Principal, dict[str, KeyValue]]]:
    """The user whom the witness describes: his name, his ARN and his account must be of one user."""
    keys = dict(witness.keys)
    if user is not None:
        yield user, keys
        return
    name, arn = keys.get("aws:username"), keys.get("aws:principalarn")
    account = keys.get("aws:principalaccount")
    account = account if isinstance(account, str) and len(account) == 12 and account.isdigit() else "123456789012"
    for text in (arn, f"arn:aws:iam::{account}:user/{name}"):
        try:
            found = Principal.parse(text if isinstance(text, str) else None)
        except RequestError:
            continue
        yield (
            found,
            {
                **keys,
                "aws:username": str(found.name),
                "aws:principalarn": str(found.text),
                "aws:principalaccount": str(found.account),
            },
        )


def spelled(action: str) -> str:
    """The action in AWS's spelling where the catalogue holds it."""
    found = catalogue.find_action(action)
    return str(found) if found is not None else action


def spelled_keys(keys: Mapping[str, KeyValue]) -> dict[str, KeyValue]:
    """The keys in AWS's spelling."""
    return {_spelled_key(key): value for key, value in sorted(keys.items())}


def _spelled_key(key: str) -> str:
    info = find_key(key)
    if info is None:
        return key
    stem = info.name.partition("${")[0]
    return stem + key[len(stem) :]
