"""Which policy blocks what: a user's own policies, all together, judged by the flows that he has to go.

What stands above the account (service control policies) and what an endpoint or a resource says no user can read:
nothing here claims more than what follows from the policies that were read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iamfa.arn import Arn
from iamfa.device.inventory import OwnDevice
from iamfa.device.kinds import FIDO_ADVICE
from iamfa.device.own_policies import HeldPolicy, OwnPolicies, read_own_policies
from iamfa.device.own_user import OwnUser
from iamfa.evaluate.verdict import MISSING_WORDS
from iamfa.gateway.ports import Caller
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import Call, FlowName, FlowResult
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.session.doctor_checkup import Checkup, State


@dataclass(frozen=True, slots=True)
class _Flow:
    """A flow that the doctor walks."""

    name: FlowName
    words: str
    needed: bool = False
    """Whether without it nobody gets and uses a session."""
    works: str | None = None
    """What it means that it works, where that is less than the words say."""


_FLOWS: Final = (
    _Flow("enrol-first-device", "to enrol a first device", needed=True),
    _Flow("enrol-second-device", "to enrol a further device"),
    _Flow("get-session", "to obtain a session with a code", needed=True),
    _Flow(
        "work-with-mfa",
        "to work in a session with MFA",
        needed=True,
        works="nothing stands in the way of work in a session with MFA; what is worked on must be granted all the same",
    ),
    _Flow("resync-device", "to resynchronise a device"),
    _Flow("remove-device", "to remove a device"),
    _Flow("list-own-devices", "to list the own devices"),
)
_AT_THE_TERMINAL: Final = frozenset({"long-term-key", "token-mfa"})
_ANY_NAME: Final = "virtual-any-name"
_NO_SECOND: Final = (
    "to enrol a further device is blocked at the terminal: AWS demands a session with the code of a device that is "
    "there already, and a FIDO device gives none"
)
_CONSOLE: Final = "do it in the console, signed in with the device: Security credentials"


def policy_checkups(
    caller: Caller, user: OwnUser, devices: Sequence[OwnDevice] | None, *, with_mfa: bool = False
) -> Iterator[Checkup]:
    """Read what the user may read of his own policies, and judge it.

    *devices* None: nobody knows. *with_mfa* is whether *caller* asks in a session with a code.
    """
    read = read_own_policies(caller, user)
    yield _read_checkup(read, user, with_mfa=with_mfa)
    if not read.is_complete and not read.identity and read.boundary is None:
        return
    arn = Arn.parse(user.arn)
    subject = Subject.of(user.name, account=user.account, partition=user.partition, path=arn.path)
    wanted = [flow for flow in _FLOWS if _concerns(flow, devices)]
    results = walk_flows(World(read.bundle, subject), only=[flow.name for flow in wanted])
    if _only_fido(devices):
        yield Checkup("flow-enrol-second-device", "warning", _NO_SECOND, _CONSOLE)
    for flow in wanted:
        rows = [row for row in results if row.flow == flow.name and row.credential in _AT_THE_TERMINAL]
        yield _flow_checkup(flow, _of_devices(rows, user, devices), read)


def _read_checkup(read: OwnPolicies, user: OwnUser, *, with_mfa: bool) -> Checkup:
    number = len(read.identity)
    counted = "1 policy was read" if number == 1 else f"{number} policies were read"
    words = f"{counted} of {user} and his groups"
    if read.boundary is not None:
        words += ", and his permissions boundary"
    if read.is_complete:
        return Checkup("policies", "ok", f"{words}; service control policies no user can read", place=user.arn)
    missing = read.not_read[0]
    if len(read.not_read) > 1:
        missing += f" (and {len(read.not_read) - 1} more that could not be read)"
    words = words if number or read.boundary is not None else f"no policy of {user} can be read"
    hint = "an administrator sees which policies bear on the user"
    if not with_mfa:
        hint = f"without MFA a policy may well deny this: get a session with `iamfa login`, and look again; {hint}"
    return Checkup("policies", "unknown", f"{words}; {missing}", hint, user.arn)


def _concerns(flow: _Flow, devices: Sequence[OwnDevice] | None) -> bool:
    """Whether a flow is one that the user may go today."""
    if flow.name == "enrol-first-device":
        return not devices
    if flow.name in ("enrol-second-device", "resync-device"):
        return devices is None or any(each.usable_for_sts for each in devices)
    return flow.name != "remove-device" or devices is None or len(devices) > 0


def _only_fido(devices: Sequence[OwnDevice] | None) -> bool:
    return bool(devices) and not any(each.usable_for_sts for each in devices or ())


def _of_devices(rows: Sequence[FlowResult], user: OwnUser, devices: Sequence[OwnDevice] | None) -> list[FlowResult]:
    """The rows for virtual devices, and for hardware where the user has some; for FIDO where he has nothing else.

    What is done with devices that are there is asked for those alone.
    """
    if _only_fido(devices):
        return [row for row in rows if row.device in ("fido", None)]
    kinds = {_ANY_NAME, "virtual-own-name", None}
    hardware = any(each.kind == "hardware" for each in devices or ())
    if devices and rows and rows[0].flow in ("remove-device", "resync-device", "get-session"):
        named = {
            "virtual-own-name" if each.name == user.name else _ANY_NAME for each in devices if each.kind == "virtual"
        }
        rest = [row for row in rows if row.device in named or (hardware and row.device == "hardware")]
        # Some flows have no row for a device under the own name: there it is as under any other.
        return rest or [row for row in rows if row.device == _ANY_NAME]
    return [row for row in rows if row.device in kinds or (hardware and row.device == "hardware")]


def _flow_checkup(flow: _Flow, rows: Sequence[FlowResult], read: OwnPolicies) -> Checkup:
    id_ = f"flow-{flow.name}"
    results = [(_result(row, read), row) for row in rows]
    blocked = [row for result, row in results if result == "blocked"]
    by_name = {row.device: result for result, row in results}
    if blocked:
        state: State = "problem" if flow.needed else "warning"
        own_name = flow.name.startswith("enrol-") and by_name.get("virtual-own-name") == "works"
        with_mfa = flow.name == "list-own-devices" and any(result == "works" for result, _ in results)
        held, why, hint = _why(blocked[0], read)
        words = f"{flow.words} is blocked: {why}"
        if own_name:
            state = "warning"
            words = f"{flow.words} is blocked under every name but the user's own: {why}"
            hint = f"name the device as the user is named; {hint}"
        elif with_mfa:
            state, words = "warning", f"{flow.words} is blocked without MFA: {why}"
        return Checkup(id_, state, words, hint, held.arn if held is not None else None)
    open_ = next((row for result, row in results if result in ("depends", "not_decided")), None)
    if open_ is not None:
        return Checkup(id_, "unknown", f"whether it is possible {flow.words} is not decided: {open_.detail}")
    if not read.is_complete:
        return Checkup(id_, "unknown", f"by the policies that could be read, {_works(flow)}; there are others")
    return Checkup(id_, "ok", f"by the user's own policies, {_works(flow)}")


def _result(row: FlowResult, read: OwnPolicies) -> str:
    """The result, where all policies were read: what none of them grants is blocked.

    Only what the user works on stays granted elsewhere: it stands for actions that nobody named.
    """
    if row.result != "not_decided":
        return row.result
    if row.flow == "work-with-mfa":
        return "works"
    return "blocked" if read.is_complete and row.refused is not None else "not_decided"


def _works(flow: _Flow) -> str:
    return flow.works or f"it is possible {flow.words}"


def _why(row: FlowResult, read: OwnPolicies) -> tuple[HeldPolicy | None, str, str]:
    """The policy whose statement refuses, the refusal in words, and what to do."""
    call = row.refused
    by = call.by if call is not None else None
    if call is None or (by is not None and by.platform is not None):
        rule = f"AWS's own rule {by.platform} stands against it" if by is not None else "no call leads there"
        return None, rule, FIDO_ADVICE if row.flow == "get-session" else _CONSOLE
    on = "" if row.device == _ANY_NAME and ":mfa/" in call.resource else f" on `{call.resource}`"
    with_ = "with the access key alone" if call.credential == "long-term-key" else "in a session with MFA"
    held, words = _refuser(call, read)
    hint = "ask an administrator to allow it"
    if held is not None:
        hint = (
            f"show an administrator what `iamfa check` and `iamfa fix` say of this policy: {held.command} > policy.json"
        )
    return held, f"`{call.call}`{on} {with_} is refused, {words}", hint


def _refuser(call: Call, read: OwnPolicies) -> tuple[HeldPolicy | None, str]:
    by = call.by
    if not call.granted or by is None or by.policy is None:
        return None, "no policy of the user allows it"
    held = read.at(by.policy)
    if by.statement_index is None or held is None:
        return held, f"{MISSING_WORDS['boundary' if by.policy == 'boundary' else 'identity']} allows it"
    statement = f"`{by.statement_sid}`" if by.statement_sid else f"number {by.statement_index + 1}"
    if call.message is not None and "explicit deny" in call.message:
        return held, f"the statement {statement} in {held} denies it"
    return held, f"the statement {statement} in {held} allows the action, but not here"
