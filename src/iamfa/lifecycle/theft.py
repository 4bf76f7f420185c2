"""What a thief gets done with a key and something besides: guesses, a window of time, another key, an old seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iamfa.lifecycle import moves
from iamfa.lifecycle.machine import Problem, Solution, solve
from iamfa.lifecycle.moves import Assumed, Attempt, Move, Person
from iamfa.lifecycle.outcome import Tried, attack_result, first_reached, incomplete
from iamfa.lifecycle.result import AttackResult, DeviceKind
from iamfa.lifecycle.starts import enabled_device, free_name, other_name
from iamfa.lifecycle.state import Actor, Device, State, state_of
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World

WITH_KEY: tuple[Move, ...] = (
    moves.session_with_code, moves.session_without_code, moves.create, moves.enable, moves.deactivate, moves.delete,
)  # fmt: skip
_OF_EACH_KIND: tuple[tuple[str, DeviceKind], ...] = (
    ("a virtual device", "virtual-any-name"), ("a hardware token", "hardware"), ("a FIDO device", "fido"),
)  # fmt: skip
BROADLY_ALLOWED_BOTH = "two users whom another file allows everything"
_NO_GUESSING = "AWS limits wrong codes, as assumed"


def guess_the_code(world: World) -> AttackResult:
    """The key or the password of a user with a device, and code after code: a million are minutes, unless AWS limits
    wrong ones, of which it says nothing. No policy controls GetSessionToken or signing in."""
    person = thief(world)
    goals = {"token-mfa", "console-mfa"}
    tried = []
    for words, kind in _OF_EACH_KIND:
        devices = (enabled_device(world, kind, name=other_name(world)),)
        key = state_of(devices, ("long-term-key",))
        tried.append((f"the key, {words}", key, moves.session_with_guess))
        tried.append((f"the password, {words}", state_of(devices, (), password=True), moves.sign_in_with_guess))

    def guessed(start: State, move: Move) -> Solution:
        return solve(Problem(world, person, start, (move,), lambda state: bool(goals & state.credentials)))

    result = attack_result("guess-the-code", [Tried(words, guessed(start, move)) for words, start, move in tried])
    return replace(result, detail=_NO_GUESSING) if result.result == "stopped" else result


def reset_window(world: World) -> AttackResult:
    """A device is removed before the next one is enabled: meanwhile the user is one without a device, and the thief's
    key alone may enrol. What is left of a virtual device blocks its name."""
    own, other = (world.subject.device_arn(name) for name in (world.subject.name, other_name(world)))
    left = {
        "a removed device under the own name": (Device(own, "virtual"),),
        "a removed device under another name": (Device(other, "virtual"),),
        "a removed hardware token or FIDO device": (),
    }
    return attack_result(
        "reset-window",
        [
            Tried(words, as_thief(world, state_of(devices, ("long-term-key",)), WITH_KEY, "token-mfa"))
            for words, devices in left.items()
        ],
    )


def foreign_seed(world: World) -> AttackResult:
    """The thief holds the seed of a device that is enabled for nobody, e.g. on an old phone, besides the key: he need
    not create one. A hardware token of his own does the same."""
    name = other_name(world, "old-phone")
    his = Device(world.subject.device_arn(name), "virtual", seed_with=Actor.THIEF)

    def tried(words: str, *devices: Device) -> Tried:
        start = state_of((his, *devices), ("long-term-key",))
        return Tried(words, as_thief(world, start, WITH_KEY, "token-mfa"))

    enrolled = ((words, enabled_device(world, kind, name=other_name(world))) for words, kind in _OF_EACH_KIND)
    return attack_result("foreign-seed", [tried("no device"), *(tried(words, device) for words, device in enrolled)])


def two_keys(world: World) -> AttackResult:
    """The thief holds the keys of two users who both have a device: AWS's rule of 2023 keeps each key from its own
    user's devices, and from nobody else's."""
    others = (world.subject.neighbour_arn, world.subject.neighbour_with_prefix)
    plain, longer = (_with_two(world, other) for other in others)
    return attack_result(
        "two-keys",
        [
            Tried("two users with the same policies", plain),
            Tried("two users, one's name beginning with the other's", longer),
            Tried(BROADLY_ALLOWED_BOTH, first_reached(_with_two(world.broad, other) for other in others), True),
        ],
    )


def _with_two(world: World, other: str) -> Solution:
    """Each key on the devices of either, until a session of one of the two has shown MFA."""
    user = world.subject.user_arn
    arns = {Actor.USER: user, Actor.NEIGHBOUR: other}
    found: list[Move] = []
    complete = True
    for identity, arn in arns.items():
        names, all_kinds = names_for(world, arn)
        complete = complete and all_kinds
        for target, target_arn in arns.items():
            person = Person(Actor.THIEF, identity, arn, target, target_arn, names, another=identity is Actor.NEIGHBOUR)
            on_devices: tuple[Move, ...] = (moves.enable, moves.deactivate)
            if target is identity:
                on_devices = (moves.session_with_code, _create_one, *on_devices, moves.delete)
            found += (moves.signed_by(person, move) for move in on_devices)
    his = enabled_device(world, "virtual-any-name", name=other_name(world))
    others = Device(
        world.subject.device_arn(other_name(world, "second-phone")), "virtual", Actor.NEIGHBOUR, Actor.NEIGHBOUR
    )
    start = replace(state_of((his, others), ("long-term-key",)), of_another=frozenset({"long-term-key"}))
    problem = Problem(
        world,
        thief(world),
        start,
        tuple(found),
        lambda state: "token-mfa" in state.credentials | state.of_another,
        more_may_be_granted=False,
    )
    solution = solve(problem)
    return solution if complete else incomplete(solution)


def _create_one(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """Create a device unless the thief has one: whichever of the two it is enabled for, one is enough."""
    if not any(device.seed_with is person.actor for device in state.devices):
        yield from moves.create(state, person, subject, assumed)


def thief(world: World, each: int = 1) -> Person:
    """Somebody who acts as the user, on the user's devices."""
    arn = world.subject.user_arn
    return Person(Actor.THIEF, Actor.USER, arn, Actor.USER, arn, names_for(world, arn, each)[0])


def as_thief(world: World, start: State, steps: tuple[Move, ...], goal: str) -> Solution:
    """The user's key or password in other hands, which are after a session that has shown MFA."""
    person = thief(world, each=2 if any(device.kind == "virtual" for device in start.devices) else 1)
    problem = Problem(world, person, start, steps, lambda state: goal in state.credentials, more_may_be_granted=True)
    found = solve(problem)
    return found if world.names() is not None else incomplete(found)


def names_for(world: World, user: str, each: int = 1) -> tuple[tuple[str, ...], bool]:
    """The names that are tried for devices of somebody else's, and whether they stand for all.

    Two of *each* kind where a device that is there may have taken one.
    """
    names = world.names(user)
    if names is not None:
        return world.told_apart(user, names.all, each=each), True
    return (free_name(world), user.rpartition("/")[2]), False
