"""The flows of a user who has lost a device: with another one at hand, and with none.

Losing the only device is mended by two people. What the administrator calls is decided by his policies, which are not
these; what the user does before and after is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from iamfa.lifecycle import moves
from iamfa.lifecycle.machine import Problem, solve
from iamfa.lifecycle.moves import Move
from iamfa.lifecycle.outcome import flow_result, under_names
from iamfa.lifecycle.result import DeviceKind, FlowName, FlowResult
from iamfa.lifecycle.starts import enabled_device, lost_device, other_name, spare_token, the_user
from iamfa.lifecycle.state import Actor, State, state_of
from iamfa.lifecycle.world import World

HELPDESK = (
    "the user's own part: the administrator's (disable keys, revoke sessions, deactivate, enable keys) is decided by "
    "his policies"
)
_NEW: dict[DeviceKind, tuple[Move, ...]] = {
    "virtual-any-name": (moves.create, moves.enable, moves.delete),
    "virtual-own-name": (moves.create, moves.enable, moves.delete),
    "hardware": (moves.enable,),
    "fido": (moves.register_fido,),
}
"""How a new device of each kind comes to be; deleting the lost one frees its name."""


def replace_lost_device(world: World) -> Iterator[FlowResult]:
    """A session with the device at hand; the lost one is deactivated, and a new one of the same kind enabled.

    Without the console the device at hand must give codes, and a new one cannot be FIDO.
    """
    at_hand = enabled_device(world, "virtual-any-name", name=other_name(world))
    for credential in ("long-term-key", "console-mfa"):
        for kind in _NEW:
            if kind == "fido" and credential == "long-term-key":
                continue
            start = state_of((at_hand, lost_device(world, kind)), (credential,))
            before = (moves.session_with_code, moves.deactivate)
            yield _with_new(world, "replace-lost-device", credential, kind, before, start, _replaced)


def _replaced(state: State) -> bool:
    """Whether two devices are enabled, and none that is lost."""
    owned = list(state.owned_by(Actor.USER))
    return len(owned) >= 2 and all(device.seed_with is Actor.USER for device in owned)


def lost_only_device(world: World) -> Iterator[FlowResult]:
    """After the administrator has disabled the keys, revoked the sessions and deactivated the device, the user signs in
    with the password alone, enrols a new device, and signs in with it.

    Nobody is taken to delete what is left of a virtual device: its name is taken.
    """
    for kind in _NEW:
        lost = lost_device(world, kind)
        left = (lost.of(None),) if lost.kind == "virtual" else ()
        start = state_of(left, (), password=True)
        result = _with_new(world, "lost-only-device", "console", kind, (moves.sign_in,), start, _signed_in)
        yield replace(result, detail=HELPDESK) if result.result == "works" else result


def _signed_in(state: State) -> bool:
    return "console-mfa" in state.credentials


def _with_new(
    world: World,
    flow: FlowName,
    credential: str,
    kind: DeviceKind,
    before: tuple[Move, ...],
    start: State,
    goal: Callable[[State], bool],
) -> FlowResult:
    """Walk with a new device of this kind; a new virtual one has the name that is asked about."""
    steps = (*before, *_NEW[kind])
    if kind in ("hardware", "fido"):
        at_start = start.with_device(spare_token()) if kind == "hardware" else start
        return flow_result(flow, credential, kind, solve(Problem(world, the_user(world), at_start, steps, goal)))
    return under_names(
        world, flow, credential, kind, lambda name: Problem(world, the_user(world, (name,)), start, steps, goal)
    )
