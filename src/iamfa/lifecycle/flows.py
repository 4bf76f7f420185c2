"""The flows of a user who means well: which work, with which credential and which kind of device.

A flow under any name works only if it works for every representative of the names (`names`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from iamfa.lifecycle import moves
from iamfa.lifecycle.lost import lost_only_device, replace_lost_device
from iamfa.lifecycle.machine import Problem, solve
from iamfa.lifecycle.moves import Move
from iamfa.lifecycle.onward import assume_role_from_mfa_session, assume_role_with_code, cli_with_passkey
from iamfa.lifecycle.outcome import flow_result, under_names
from iamfa.lifecycle.result import DeviceKind, FlowName, FlowResult
from iamfa.lifecycle.starts import enabled_device, other_name, spare_token, the_user
from iamfa.lifecycle.state import Actor, Device, State, state_of
from iamfa.lifecycle.world import Ask, World

_ENROL: tuple[Move, ...] = (moves.session_with_code, moves.create, moves.enable)
PASSWORD_SETTING = (
    'the account\'s setting "Allow users to change their own password" grants it or not; no policy shows it'
)


def walk_flows(world: World, only: Collection[FlowName] | None = None) -> tuple[FlowResult, ...]:
    """Walk every flow of the user, or *only* those named, for each credential that can attempt it and kind of device.

    Raises UnknownOperatorError for a condition operator that is not in the table, RequestError where the world's
    context is none that a request can have.
    """
    flows: dict[FlowName, Callable[[World], Iterator[FlowResult]]] = {
        "enrol-first-device": _enrol_first,
        "get-session": _get_session,
        "work-with-mfa": _work_with_mfa,
        "enrol-second-device": _enrol_second,
        "resync-device": _resync,
        "remove-device": _remove,
        "retry-abandoned-enrolment": _retry,
        "list-own-devices": _list_own,
        "change-own-password": _change_password,
        "replace-lost-device": replace_lost_device,
        "lost-only-device": lost_only_device,
        "cli-with-passkey": cli_with_passkey,
        "assume-role-with-code": assume_role_with_code,
        "assume-role-from-mfa-session": assume_role_from_mfa_session,
    }
    return tuple(result for name, flow in flows.items() if only is None or name in only for result in flow(world))


def _virtual(world: World, start: State, wanted: int = 1) -> Callable[[str], Problem]:
    """Create and enable a virtual device under the given name, until the user has so many."""

    def problem(name: str) -> Problem:
        return Problem(world, the_user(world, (name,)), start, _ENROL, _has_devices(wanted))

    return problem


def _has_devices(wanted: int) -> Callable[[State], bool]:
    def goal(state: State) -> bool:
        return sum(1 for d in state.owned_by(Actor.USER) if d.seed_with is Actor.USER) >= wanted

    return goal


def _without_names(world: World, start: State, kind: DeviceKind, wanted: int = 1) -> Problem:
    """Enable a hardware token that is at hand, or register a FIDO device in the console."""
    if kind == "fido":
        return Problem(world, the_user(world), start, (moves.register_fido,), _has_devices(wanted))
    start = start.with_device(spare_token())
    steps = (moves.session_with_code, moves.enable)
    return Problem(world, the_user(world), start, steps, _has_devices(wanted))


def _enrol_first(world: World) -> Iterator[FlowResult]:
    for credential in ("long-term-key", "console"):
        start = state_of((), (credential,))
        yield from _enrolments(world, "enrol-first-device", credential, start, 1)


def _enrol_second(world: World) -> Iterator[FlowResult]:
    first = enabled_device(world, "virtual-any-name", name=other_name(world))
    for credential in ("long-term-key", "console-mfa"):
        start = state_of((first,), (credential,))
        yield from _enrolments(world, "enrol-second-device", credential, start, 2)


def _enrolments(world: World, flow: FlowName, credential: str, start: State, wanted: int) -> Iterator[FlowResult]:
    virtual: tuple[DeviceKind, ...] = ("virtual-any-name", "virtual-own-name")
    for kind in virtual:
        yield under_names(world, flow, credential, kind, _virtual(world, start, wanted))
    others: tuple[DeviceKind, ...] = ("hardware", "fido") if credential.startswith("console") else ("hardware",)
    for kind in others:
        yield flow_result(flow, credential, kind, solve(_without_names(world, start, kind, wanted)))


def _get_session(world: World) -> Iterator[FlowResult]:
    kinds: tuple[DeviceKind, ...] = ("virtual-any-name", "hardware", "fido")
    for kind in kinds:
        start = state_of((enabled_device(world, kind),), ("long-term-key",))
        problem = Problem(
            world, the_user(world), start, (moves.session_with_code,), lambda state: "token-mfa" in state.credentials
        )
        yield flow_result("get-session", "long-term-key", kind, solve(problem))


def _work_with_mfa(world: World) -> Iterator[FlowResult]:
    for credential in ("token-mfa", "console-mfa"):
        start = state_of((enabled_device(world, "virtual-any-name"),), (credential,))
        found = solve(_one_call(world, start, moves.work, moves.UNHEARD_OF))
        result = flow_result("work-with-mfa", credential, None, found)
        if result.result == "not_decided":
            detail = "nothing denies it once MFA was shown; what the user works on must be granted elsewhere"
            result = replace(result, detail=detail)
        yield result


def _one_call(world: World, start: State, move: Move, action: str) -> Problem:
    return Problem(world, the_user(world), start, (move,), lambda state: action in state.done)


def _resync(world: World) -> Iterator[FlowResult]:
    kinds: tuple[DeviceKind, ...] = ("virtual-any-name", "hardware")
    for credential in ("long-term-key", "console"):
        for kind in kinds:
            start = state_of((enabled_device(world, kind, in_sync=False),), (credential,))
            problem = Problem(
                world, the_user(world), start, (moves.session_with_code, moves.resync),
                lambda state: all(device.in_sync for device in state.devices),
            )  # fmt: skip
            yield flow_result("resync-device", credential, kind, solve(problem))


def _remove(world: World) -> Iterator[FlowResult]:
    kinds: tuple[DeviceKind, ...] = ("virtual-any-name", "virtual-own-name", "hardware", "fido")
    for credential in ("long-term-key", "console-mfa"):
        for kind in kinds:
            start = state_of((enabled_device(world, kind),), (credential,))
            problem = Problem(
                world, the_user(world), start, (moves.session_with_code, moves.deactivate),
                lambda state: not any(state.owned_by(Actor.USER)),
            )  # fmt: skip
            yield flow_result("remove-device", credential, kind, solve(problem))


def _retry(world: World) -> Iterator[FlowResult]:
    """An earlier attempt left an unassigned device of the same name, whose seed is lost."""
    kinds: tuple[DeviceKind, ...] = ("virtual-any-name", "virtual-own-name")
    for credential in ("long-term-key", "console"):

        def problem(name: str, credential: str = credential) -> Problem:
            left = Device(world.subject.device_arn(name), "virtual")
            start = state_of((left,), (credential,))
            steps = (moves.create, moves.enable, moves.delete)
            return Problem(world, the_user(world, (name,)), start, steps, _has_devices(1))

        for kind in kinds:
            yield under_names(world, "retry-abandoned-enrolment", credential, kind, problem)


def _list_own(world: World) -> Iterator[FlowResult]:
    for credential in ("long-term-key", "token-mfa", "console", "console-mfa"):
        start = state_of((), (credential,))
        found = solve(_one_call(world, start, moves.list_devices, moves.LIST))
        yield flow_result("list-own-devices", credential, None, found)


def _change_password(world: World) -> Iterator[FlowResult]:
    """The account's setting is an implicit grant that no policy shows; an explicit Deny stands against it."""
    user = world.subject.user_arn
    for credential in ("long-term-key", "console", "token-mfa", "console-mfa"):
        problem = _one_call(world, state_of((), (credential,)), moves.change_password, moves.CHANGE_PASSWORD)
        result = flow_result("change-own-password", credential, None, solve(problem))
        if world.verdict(Ask(user, moves.CHANGE_PASSWORD, user, credential)).decision == "implicit_deny":
            result = replace(result, result="depends", assumption=None, detail=PASSWORD_SETTING)
        yield result
