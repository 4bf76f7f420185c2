"""A way through the machine: AWS's own rules and the policies judge each move, open assumptions are tried both ways.

What holds is only what holds under every value of an open assumption, and whatever an untold key of the context holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from iamfa.evaluate import denial
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.verdict import Reason, Verdict, Why
from iamfa.lifecycle import moves
from iamfa.lifecycle.explore import Step, cheapest_way
from iamfa.lifecycle.moves import Attempt, Move, Person
from iamfa.lifecycle.result import Call, RefusedBy
from iamfa.lifecycle.state import State
from iamfa.lifecycle.world import Ask, World
from iamfa.platform import ASSUMPTIONS, RULES, Assumptions

Kind = Literal["reached", "stopped", "not_decided", "depends"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Somebody at a start, with moves, who wants to get to a goal."""

    world: World
    person: Person
    start: State
    moves: tuple[Move, ...]
    goal: Callable[[State], bool]
    more_may_be_granted: bool = False
    """Whether any refusal for want of an Allow may be mended by a file that was not read, even where one that was
    read speaks of the action: so with thieves, of whom nothing may be said that another grant would undo."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Whether the goal is reached, and the calls that show it."""

    kind: Kind
    """`stopped`: by a refusal that stands whatever else is attached; `not_decided`: by the want of a grant alone."""
    trace: tuple[Call, ...]
    assumption: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of one attempt: refused by AWS itself, or left to the policies, or neither."""

    attempt: Attempt
    platform: str | None = None
    verdict: Verdict | None = None
    refused: bool = False
    granted: bool = True
    """Whether some Allow that was read takes in the action at all."""
    mendable: bool = False
    """Whether a grant from elsewhere may undo the refusal."""
    doubtful: bool = False
    """Whether the policies' verdict hangs on what is not known here."""


@dataclass
class _Reading:
    """One way to read what is open; remembers what it was asked."""

    assumptions: Assumptions
    doubts_pass: bool
    asked: set[str] = field(default_factory=set)
    doubtful: bool = False

    def assumed(self, id_: str) -> str:
        self.asked.add(id_)
        return self.assumptions[id_]

    def open(self) -> Iterator[tuple[str, str]]:
        """The values not taken of the open assumptions that were asked and can change a result."""
        for assumption in self.assumptions.open():
            if assumption.id in self.asked - _NAMES_WHO_REFUSES:
                for value in assumption.values:
                    if value != self.assumptions[assumption.id]:
                        yield assumption.id, value


def solve(problem: Problem, assumptions: Assumptions | None = None) -> Solution:
    """Find the cheapest way to the goal under every reading; where they differ the solution is `depends`."""
    chosen = problem.world.assumptions if assumptions is None else assumptions
    strict = _Reading(chosen, doubts_pass=False)
    found, rulings = _solve(problem, strict)
    if strict.doubtful:
        lenient = _Reading(chosen, doubts_pass=True)
        other, its_rulings = _solve(problem, lenient)
        if other.kind != found.kind:
            doubts = [r.verdict for r in (*rulings, *its_rulings) if r.doubtful and r.verdict is not None]
            return Solution("depends", found.trace or other.trace, None, _doubts_in_words(doubts))
    for id_, value in strict.open():
        other = solve(problem, chosen.with_value(id_, value))
        if other.kind != found.kind:
            words = f"{ASSUMPTIONS[id_].about}: with `{chosen[id_]}` {_WORDS[found.kind]}, with `{value}` "
            # INVARIANT: one of the two is not reached; it shows what stands in the way.
            trace = next(each.trace for each in (found, other) if each.kind != "reached")
            return Solution("depends", trace or found.trace or other.trace, id_, words + _WORDS[other.kind])
    return found


_NAMES_WHO_REFUSES = frozenset({"own-device-rule-order"})
"""Assumptions about which of two refusals comes first. INVARIANT: `rule` refuses for good either way."""

_WORDS: dict[Kind, str] = {
    "reached": "it works",
    "stopped": "it is refused",
    "not_decided": "a grant is wanting",
    "depends": "it depends on more",
}


def _solve(problem: Problem, reading: _Reading) -> tuple[Solution, tuple[Ruling, ...]]:
    def steps(state: State, counts: Callable[[State], bool]) -> Iterator[Step[State, Ruling]]:
        for move in problem.moves:
            for attempt in move(state, problem.person, problem.world.subject, reading.assumed):
                if not counts(attempt.after):
                    continue
                ruling = rule(problem, state, attempt, reading.assumed)
                refused = ruling.refused or (ruling.doubtful and not reading.doubts_pass)
                reading.doubtful = reading.doubtful or ruling.doubtful
                yield Step(
                    ruling, attempt.after, int(refused and not ruling.mendable), int(refused and ruling.mendable)
                )

    way = cheapest_way(problem.start, steps, problem.goal)
    if way is None:
        return Solution("stopped", (), None, "no call leads there"), ()
    rulings = list(way.labels)
    if way.hard:
        first = next(i for i, r in enumerate(rulings) if _refuses(r, reading) and not r.mendable)
        rulings = rulings[: first + 1]
    trace = tuple(_call(problem.world, r, _refuses(r, reading)) for r in rulings)
    if way.hard:
        return Solution("stopped", trace), tuple(rulings)
    if way.soft:
        wanting = sorted({call.call for call in trace if call.outcome == "refused"})
        detail = "only if another file grants " + ", ".join(wanting)
        return Solution("not_decided", trace, None, detail), tuple(rulings)
    return Solution("reached", trace), tuple(rulings)


def _refuses(ruling: Ruling, reading: _Reading) -> bool:
    return ruling.refused or (ruling.doubtful and not reading.doubts_pass)


def rule(problem: Problem, state: State, attempt: Attempt, assumed: moves.Assumed) -> Ruling:
    """Judge one attempt: first what AWS refuses to the credential itself, then the policies and AWS's rule of 2023."""
    if attempt.action == moves.SIGN_IN:
        return Ruling(attempt)
    early = _refused_to_the_credential(attempt)
    if early is not None:
        return Ruling(attempt, early, refused=True)
    person = attempt.by or problem.person
    asked = Ask(
        person.principal, attempt.action, attempt.resource, attempt.credential, attempt.context, attempt.unspecified
    )
    if attempt.action == moves.SESSION_TOKEN:
        return _session_token(problem.world, attempt, asked, assumed)
    verdict = problem.world.verdict(asked)
    by_policy = _by_policy(problem, attempt, asked, verdict)
    if not _needs_existing_mfa(state, attempt, person, assumed):
        return by_policy
    if by_policy.refused and not by_policy.mendable and assumed("own-device-rule-order") == "after-policy":
        return by_policy
    return Ruling(attempt, "own-device-needs-existing-mfa", verdict, refused=True)


def _refused_to_the_credential(attempt: Attempt) -> str | None:
    """The id of AWS's rule that refuses before any policy is asked."""
    if attempt.action == moves.SESSION_TOKEN and attempt.credential != "long-term-key":
        return "session-credentials-cannot-get-session-token"
    if attempt.action in (moves.SESSION_TOKEN, moves.ASSUME_ROLE):
        shown = attempt.device
        return "fido-cannot-be-used-with-sts" if shown is not None and not shown.gives_codes else None
    if attempt.credential == "token" and attempt.action.startswith(("iam:", "sts:")):
        return "token-without-mfa-cannot-call-iam"
    return None


def _session_token(world: World, attempt: Attempt, asked: Ask, assumed: moves.Assumed) -> Ruling:
    """GetSessionToken needs no permission, and an explicit Deny counts only if the assumption says so."""
    if assumed("deny-get-session-token") != "honoured":
        return Ruling(attempt)
    verdict = world.at_most(asked)
    if verdict.decision == "unknown":
        return Ruling(attempt, None, verdict, doubtful=True)
    return Ruling(attempt, None, verdict, refused=verdict.decision == "explicit_deny")


def _by_policy(problem: Problem, attempt: Attempt, asked: Ask, verdict: Verdict) -> Ruling:
    if verdict.decision == "allowed":
        return Ruling(attempt, None, verdict)
    if verdict.decision == "unknown":
        return Ruling(attempt, None, verdict, doubtful=True)
    world = problem.world
    granted = attempt.action != moves.UNHEARD_OF and world.grants(attempt.action)
    mendable = (
        verdict.decision == "implicit_deny"
        and (problem.more_may_be_granted or not granted)
        and world.can_be_granted(asked)
    )
    return Ruling(attempt, None, verdict, refused=True, granted=granted or not mendable, mendable=mendable)


def _needs_existing_mfa(state: State, attempt: Attempt, person: Person, assumed: moves.Assumed) -> bool:
    """Whether AWS's rule of 2023-04-21 refuses: who has a device enables and disables with MFA only, for himself."""
    return (
        attempt.action in (moves.ENABLE, moves.DEACTIVATE)
        and person.for_himself
        and CREDENTIALS[attempt.credential].mfa_present != "true"
        and any(True for _ in state.owned_by(person.target))
        and assumed("platform") == "2023-04"
    )


def _call(world: World, ruling: Ruling, refused: bool) -> Call:
    attempt = ruling.attempt
    if not refused:
        return Call(attempt.action, attempt.resource, attempt.credential, "ok")
    if ruling.platform is not None:
        words = RULES[ruling.platform].message
        by: RefusedBy | None = RefusedBy(platform=ruling.platform)
    else:
        assert ruling.verdict is not None
        by = _refused_by(ruling.verdict)
        words = None if ruling.doubtful else denial.message(ruling.verdict)
    return Call(attempt.action, attempt.resource, attempt.credential, "refused", by, words, ruling.granted)


def _refused_by(verdict: Verdict) -> RefusedBy | None:
    """The statement that denies, or that comes nearest to allowing, or the layer that fails to allow."""
    if verdict.decision == "implicit_deny":
        near = [
            r
            for r in verdict.reasons
            if r.effect == "Allow" and r.policy.partition("[")[0] == verdict.missing and r.why not in _FAR_OFF
        ]
        if not near:
            return None if verdict.missing == "identity" else RefusedBy(policy=verdict.missing)
        reason = near[0]
    else:
        reason = verdict.deciding[0]
    return RefusedBy(reason.policy, reason.statement.index, reason.statement.sid)


_FAR_OFF = frozenset({Why.ACTION_NOT_LISTED, Why.ACTION_EXCEPTED, Why.FITS, Why.LAYER_NOT_APPLICABLE})


def _doubts_in_words(verdicts: list[Verdict]) -> str:
    keys: dict[str, None] = {}
    for verdict in verdicts:
        for reason in verdict.deciding:
            keys.update(dict.fromkeys(_untold(reason, verdict)))
    if not keys:
        return "hangs on what AWS does not document"
    return "hangs on " + ", ".join(f"`{key}`" for key in keys) + ", whose value was not told"


def _untold(reason: Reason, verdict: Verdict) -> Iterator[str]:
    """The keys of the statement's conditions whose values nobody told, as they are written there."""
    for condition in reason.statement.conditions:
        if condition.key.text.lower() in verdict.request.unspecified:
            yield condition.key.text
