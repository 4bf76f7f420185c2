"""What walking a flow or an attack found: calls, each with who refused it, and the result from a closed list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FlowName = Literal[
    "enrol-first-device", "get-session", "work-with-mfa", "enrol-second-device", "resync-device", "remove-device",
    "retry-abandoned-enrolment", "list-own-devices", "change-own-password", "replace-lost-device", "lost-only-device",
    "cli-with-passkey", "assume-role-with-code", "assume-role-from-mfa-session",
]  # fmt: skip
AttackName = Literal[
    "leaked-key-of-fresh-user", "leaked-key-of-enrolled-user", "stolen-password", "neighbour", "stolen-mfa-session",
    "guess-the-code", "reset-window", "two-keys", "foreign-seed", "lift-enforcement",
]  # fmt: skip
DeviceKind = Literal["virtual-any-name", "virtual-own-name", "hardware", "fido"]
FlowOutcome = Literal["works", "blocked", "depends", "not_decided"]
AttackOutcome = Literal["stopped", "succeeds", "depends", "not_decided"]


@dataclass(frozen=True, slots=True)
class RefusedBy:
    """Who refused a call: a statement of a policy, a layer that fails to allow, or AWS itself."""

    policy: str | None = None
    """The label of the policy in the bundle, e.g. `identity[0]`."""
    statement_index: int | None = None
    statement_sid: str | None = None
    platform: str | None = None
    """The id of the platform rule, where AWS itself refuses."""


@dataclass(frozen=True, slots=True)
class Call:
    """One API call of a trace."""

    call: str
    """The action, e.g. `iam:CreateVirtualMFADevice`; signing in is `signin:ConsoleLogin`."""
    resource: str
    credential: str
    """The kind of credential that signs it."""
    outcome: Literal["ok", "refused"]
    by: RefusedBy | None = None
    message: str | None = None
    """AWS's words for a refusal."""
    granted: bool = True
    """False where nothing that was read grants the action at all: another file must supply it."""


@dataclass(frozen=True, slots=True)
class FlowResult:
    """One flow for one kind of credential and one kind of device."""

    flow: FlowName
    credential: str
    device: DeviceKind | None
    result: FlowOutcome
    trace: tuple[Call, ...]
    assumption: str | None = None
    detail: str | None = None
    """Further words, e.g. the account's setting on which changing a password depends."""

    @property
    def refused(self) -> Call | None:
        """The refused call that decides: where one stands whatever else is granted, the trace ends with it."""
        return _refused(self.trace, self.result)


@dataclass(frozen=True, slots=True)
class AttackVariant:
    """The attack on a user with one kind of device."""

    device: str
    """In words, e.g. `a device under the own name`."""
    result: AttackOutcome
    trace: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class AttackResult:
    """One attack; it succeeds if it does for some device that the user may have."""

    attack: AttackName
    result: AttackOutcome
    trace: tuple[Call, ...]
    assumption: str | None = None
    variants: tuple[AttackVariant, ...] = ()
    detail: str | None = None
    """Further words, e.g. which key of the context it hangs on."""

    @property
    def refused(self) -> Call | None:
        """The refused call that decides: where one stands whatever else is granted, the trace ends with it."""
        return _refused(self.trace, self.result)


def _refused(trace: tuple[Call, ...], result: FlowOutcome | AttackOutcome) -> Call | None:
    refused = [call for call in trace if call.outcome == "refused"]
    if result in ("blocked", "stopped"):
        refused.reverse()
    return next(iter(refused), None)
