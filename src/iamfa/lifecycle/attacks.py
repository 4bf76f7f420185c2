"""What somebody else gets done with what leaked to him: a key, a password, or the neighbour's own key.

The thief owns what leaked and nothing else: no seed of the user's devices, no unassigned device whose seed he knows, no
hardware token. An attack succeeds if it does for some device that the user may have and some name that the thief may
choose; it is stopped only if no variant succeeds, under every open assumption and whatever other files grant the user.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from iamfa.lifecycle import moves
from iamfa.lifecycle.flows import enabled_device, free_name, other_name
from iamfa.lifecycle.machine import Problem, Solution, solve
from iamfa.lifecycle.moves import Move, Person
from iamfa.lifecycle.result import AttackName, AttackOutcome, AttackResult, AttackVariant
from iamfa.lifecycle.state import Actor, Device, State, state_of
from iamfa.lifecycle.world import World

_OUTCOMES: dict[str, AttackOutcome] = {
    "reached": "succeeds", "stopped": "stopped", "not_decided": "not_decided", "depends": "depends",
}  # fmt: skip
_BEST_FIRST: tuple[AttackOutcome, ...] = ("succeeds", "depends", "not_decided", "stopped")
_WITH_KEY: tuple[Move, ...] = (
    moves.session_with_code, moves.session_without_code, moves.create, moves.enable, moves.deactivate, moves.delete,
)  # fmt: skip
_WITH_PASSWORD: tuple[Move, ...] = (
    moves.sign_in, moves.create, moves.enable, moves.register_fido, moves.deactivate, moves.delete,
)  # fmt: skip
_AS_NEIGHBOUR: tuple[Move, ...] = (moves.create, moves.enable, moves.deactivate, moves.delete)

ORDINARY = "a neighbour with the same policies"
LONGER_NAME = "a neighbour with whose name the user's begins"
BROADLY_ALLOWED = "a neighbour whom another file allows everything"


@dataclass(frozen=True, slots=True)
class _Tried:
    """One variant with its solution; a supposed one rests on a grant that was not read."""

    words: str
    found: Solution
    supposed: bool = False

    @property
    def outcome(self) -> AttackOutcome:
        return _OUTCOMES[self.found.kind]

    @property
    def counts_as(self) -> AttackOutcome:
        """What the variant makes of the attack: what a supposed grant makes possible is not decided here."""
        return "not_decided" if self.supposed and self.outcome != "stopped" else self.outcome


def walk_attacks(world: World) -> tuple[AttackResult, ...]:
    """Walk every attack, each on users with each kind of device.

    Raises UnknownOperatorError for a condition operator that is not in the table, RequestError where the world's
    context is none that a request can have.
    """
    return (_leaked_key_fresh(world), _leaked_key_enrolled(world), _stolen_password(world), _neighbour(world))


def _leaked_key_fresh(world: World) -> AttackResult:
    found = _as_thief(world, state_of((), ("long-term-key",)), _WITH_KEY, "token-mfa")
    return _attack("leaked-key-of-fresh-user", [_Tried("no device", found)])


def _leaked_key_enrolled(world: World) -> AttackResult:
    def try_on(device: Device) -> Solution:
        return _as_thief(world, state_of((device,), ("long-term-key",)), _WITH_KEY, "token-mfa")

    # A device under one representative takes that name, and perhaps all names of its kind, from the thief; one under
    # a name that is no representative takes none. Between them lies every name that the user's device may have.
    names = world.names()
    free = world.told_apart(world.subject.user_arn, names.free) if names is not None else ()
    others = (other_name(world), *free)
    under_others = [try_on(enabled_device(world, "virtual-any-name", name=name)) for name in others]
    return _attack(
        "leaked-key-of-enrolled-user",
        [
            _Tried("a device under the own name", try_on(enabled_device(world, "virtual-own-name"))),
            _Tried(
                "a device under another name", min(under_others, key=lambda found: _rank(found, _OUTCOMES[found.kind]))
            ),
            _Tried("a hardware token", try_on(enabled_device(world, "hardware"))),
            _Tried("a FIDO device", try_on(enabled_device(world, "fido"))),
        ],
    )


def _stolen_password(world: World) -> AttackResult:
    found = _as_thief(world, state_of((), (), password=True), _WITH_PASSWORD, "console-mfa")
    return _attack("stolen-password", [_Tried("no device", found)])


def _neighbour(world: World) -> AttackResult:
    subject = world.subject
    return _attack(
        "neighbour",
        [
            _Tried(ORDINARY, _against(world, subject.neighbour_arn, subject.user_arn)),
            _Tried(LONGER_NAME, _against(world, subject.user_arn, subject.neighbour_with_prefix)),
            _Tried(BROADLY_ALLOWED, _against(world.broad, subject.neighbour_arn, subject.user_arn), supposed=True),
        ],
    )


def _as_thief(world: World, start: State, steps: tuple[Move, ...], goal: str) -> Solution:
    """The user's key or password in other hands, which are after a session that has shown MFA."""
    arn = world.subject.user_arn
    names, complete = _names(world, arn)
    person = Person(Actor.THIEF, Actor.USER, arn, Actor.USER, arn, names)
    problem = Problem(world, person, start, steps, lambda state: goal in state.credentials, more_may_be_granted=True)
    found = solve(problem)
    return found if complete else _incomplete(found)


def _against(world: World, neighbour: str, user: str) -> Solution:
    """A neighbour with his own key, without MFA: he enables a device for the user, or takes the user's away."""
    names, complete = _names(world, neighbour)
    person = Person(Actor.NEIGHBOUR, Actor.NEIGHBOUR, neighbour, Actor.USER, user, names)
    device = enabled_device(world, "virtual-any-name", name=other_name(world))
    problem = Problem(
        world,
        person,
        state_of((device,), ("long-term-key",)),
        _AS_NEIGHBOUR,
        lambda state: [d.serial for d in state.owned_by(Actor.USER)] != [device.serial],
    )
    found = solve(problem)
    return found if complete else _incomplete(found)


def _names(world: World, user: str) -> tuple[tuple[str, ...], bool]:
    """The names that are tried for devices of somebody else's, and whether they stand for all."""
    names = world.names(user)
    if names is not None:
        # Two of each kind: the user's own device may have taken one.
        return world.told_apart(user, names.all, each=2), True
    return (free_name(world), user.rpartition("/")[2]), False


def _incomplete(found: Solution) -> Solution:
    """What can be concluded when not every kind of name could be tried: a success, and nothing else."""
    if found.kind == "reached":
        return found
    detail = "the policies tell too many device names apart to try one of each kind"
    return Solution("not_decided", found.trace, None, detail)


def _rank(found: Solution, outcome: AttackOutcome) -> tuple[int, int, int]:
    """What is best for the thief comes first, and of equals what needs the fewest words."""
    refused = sum(call.outcome == "refused" for call in found.trace)
    return _BEST_FIRST.index(outcome), refused, len(found.trace)


def _attack(name: AttackName, tried: Iterable[_Tried]) -> AttackResult:
    """The attack as a whole: as good for the thief as its best variant."""
    variants = list(tried)
    best = min(variants, key=lambda v: _rank(v.found, v.counts_as))
    return AttackResult(
        name,
        best.counts_as,
        best.found.trace,
        best.found.assumption,
        tuple(AttackVariant(v.words, v.outcome, v.found.trace) for v in variants),
        _detail(best),
    )


def _detail(best: _Tried) -> str | None:
    if best.supposed and best.outcome != "stopped":
        return f"only if another file grants it: {best.words}"
    return best.found.detail
