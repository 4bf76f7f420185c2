"""One call at work: what an operation is given, and the row that says what it is and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iamfa.account.entities import Account
from iamfa.evaluate.verdict import Verdict
from iamfa.sandbox.caller import Caller, Transport
from iamfa.sandbox.live import LiveAccount, State

Parameters = Mapping[str, Any]
"""The parameters of a call by AWS's names, checked against the service's model."""
Result = Mapping[str, Any]
"""The members of the answer by AWS's names."""
Context = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that a call needs permission for."""

    resource: str
    """The ARN, or `*` for an action without resource-level permissions."""
    context: Context = field(default_factory=dict)
    """The keys that this action and this resource add to the context."""
    action: str | None = None
    """Where it is not the operation's own action."""


@dataclass(eq=False, slots=True)
class Work:
    """One call, from the caller's credentials to its answer."""

    state: State
    caller: Caller
    transport: Transport
    now: datetime
    """The time of the sandbox, once for the whole call."""
    verdicts: list[tuple[Verdict, Mapping[str, Any]]] = field(default_factory=list)
    """What was decided on the way, each with the sources of the policies by their labels."""
    platform: str | None = None
    """The id of AWS's own rule that decided, where no policy did."""

    @property
    def account(self) -> LiveAccount:
        """The account of the caller, with its newest values: what a call writes is written onto these."""
        return self.caller.account

    @property
    def seen(self) -> Account:
        """The account as readers see it, behind by the sandbox's lag."""
        return self.caller.account.visible()


Handler = Callable[[Work, Parameters], Result | None]
Targets = Callable[[Work, Parameters], Iterable[Target]]


@dataclass(frozen=True, slots=True)
class Row:
    """One operation of an API: who does it, and what permission it takes."""

    name: str
    """AWS's name of the operation, e.g. `CreateUser`."""
    handler: Handler
    targets: Targets | None
    """What must be allowed before the handler runs; None where no policy is asked, or where the handler itself asks."""
    action: str | None = None
    """The action, where it is not `service:Name`, e.g. for operations that share one."""
