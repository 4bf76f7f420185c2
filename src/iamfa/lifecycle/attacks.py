"""What somebody else gets done with what leaked to him: a key, a password, or the neighbour's own key.

The thief owns what leaked and nothing else: no seed of the user's devices, no unassigned device whose seed he knows, no
hardware token. An attack succeeds if it does for some device that the user may have and some name that the thief may
choose; it is stopped only if no variant succeeds, under every open assumption and whatever other files grant the user.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from iamfa.lifecycle import moves
from iamfa.lifecycle.machine import Problem, Solution, solve
from iamfa.lifecycle.moves import Move, Person
from iamfa.lifecycle.outcome import Tried, attack_result, best_of, first_reached, incomplete
from iamfa.lifecycle.persistence import lift_enforcement, stolen_mfa_session
from iamfa.lifecycle.result import AttackName, AttackResult
from iamfa.lifecycle.starts import enabled_device, other_name
from iamfa.lifecycle.state import Actor, Device, state_of
from iamfa.lifecycle.theft import WITH_KEY, as_thief, foreign_seed, guess_the_code, names_for, reset_window, two_keys
from iamfa.lifecycle.world import World

_WITH_PASSWORD: tuple[Move, ...] = (
    moves.sign_in, moves.create, moves.enable, moves.register_fido, moves.deactivate, moves.delete,
)  # fmt: skip
_AS_NEIGHBOUR: tuple[Move, ...] = (moves.create, moves.enable, moves.deactivate, moves.delete)

ORDINARY = "a neighbour with the same policies"
LONGER_NAME = "a neighbour with whose name the user's begins"
BROADLY_ALLOWED = "a neighbour whom another file allows everything"


def walk_attacks(world: World, only: Collection[AttackName] | None = None) -> tuple[AttackResult, ...]:
    """Walk every attack, or *only* those named, each on users with each kind of device.

    Raises UnknownOperatorError for a condition operator that is not in the table, RequestError where the world's
    context is none that a request can have.
    """
    attacks: dict[AttackName, Callable[[World], AttackResult]] = {
        "leaked-key-of-fresh-user": _leaked_key_fresh,
        "leaked-key-of-enrolled-user": _leaked_key_enrolled,
        "stolen-password": _stolen_password,
        "neighbour": _neighbour,
        "stolen-mfa-session": stolen_mfa_session,
        "guess-the-code": guess_the_code,
        "reset-window": reset_window,
        "two-keys": two_keys,
        "foreign-seed": foreign_seed,
        "lift-enforcement": lift_enforcement,
    }
    return tuple(attack(world) for name, attack in attacks.items() if only is None or name in only)


def _leaked_key_fresh(world: World) -> AttackResult:
    found = as_thief(world, state_of((), ("long-term-key",)), WITH_KEY, "token-mfa")
    return attack_result("leaked-key-of-fresh-user", [Tried("no device", found)])


def _leaked_key_enrolled(world: World) -> AttackResult:
    def try_on(device: Device) -> Solution:
        return as_thief(world, state_of((device,), ("long-term-key",)), WITH_KEY, "token-mfa")

    # A device under one representative takes that name, and perhaps all names of its kind, from the thief; one under
    # a name that is no representative takes none. Between them lies every name that the user's device may have.
    names = world.names()
    free = world.told_apart(world.subject.user_arn, names.free) if names is not None else ()
    others = (other_name(world), *free)
    under_other = best_of(try_on(enabled_device(world, "virtual-any-name", name=name)) for name in others)
    return attack_result(
        "leaked-key-of-enrolled-user",
        [
            Tried("a device under the own name", try_on(enabled_device(world, "virtual-own-name"))),
            Tried("a device under another name", under_other),
            Tried("a hardware token", try_on(enabled_device(world, "hardware"))),
            Tried("a FIDO device", try_on(enabled_device(world, "fido"))),
        ],
    )


def _stolen_password(world: World) -> AttackResult:
    found = as_thief(world, state_of((), (), password=True), _WITH_PASSWORD, "console-mfa")
    return attack_result("stolen-password", [Tried("no device", found)])


def _neighbour(world: World) -> AttackResult:
    subject = world.subject
    plain, longer = pairs = (
        (subject.neighbour_arn, subject.user_arn), (subject.user_arn, subject.neighbour_with_prefix),
    )  # fmt: skip
    return attack_result(
        "neighbour",
        [
            Tried(ORDINARY, _against(world, *plain)),
            Tried(LONGER_NAME, _against(world, *longer)),
            Tried(BROADLY_ALLOWED, first_reached(_against(world.broad, *pair) for pair in pairs), supposed=True),
        ],
    )


def _against(world: World, neighbour: str, user: str) -> Solution:
    """A neighbour with his own key, without MFA: he enables a device for the user, or takes the user's away."""
    names, complete = names_for(world, neighbour)
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
    return found if complete else incomplete(found)
