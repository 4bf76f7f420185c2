"""What goes wrong on request: throttling, failures, slow and lost answers, for clients that must live with them.

AWS's page CommonErrors of the IAM API Reference has the codes; `Throttling: Rate exceeded` with status 400 is what IAM
and STS answer to too many calls. How many calls are too many AWS does not publish: the rate is the caller's to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from math import inf
from typing import Final, Literal, get_args

from iamfa.errors import IamfaError
from iamfa.sandbox.api_error import ApiError

FaultKind = Literal["throttle", "failure", "unavailable", "slow", "lost"]

FAULT_KINDS: Final[tuple[str, ...]] = get_args(FaultKind)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that shall go wrong with calls of some operations."""

    operation: str
    """`iam:CreateUser`, or with wildcards: `iam:Create*`, `*`."""
    kind: FaultKind
    """`lost`: the call is carried out and the connection closed without an answer."""
    times: int | None = None
    """How often; None: until it is taken away."""
    seconds: float = 0.0
    """How late a `slow` answer is."""

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read `OPERATION=KIND[:SECONDS][*TIMES]`, e.g. `iam:EnableMFADevice=lost*1` or `sts:*=slow:2.5`.

        Raises `IamfaError` for anything else.
        """
        operation, found, rest = text.partition("=")
        rest, _, times = rest.partition("*")
        kind, _, seconds = rest.partition(":")
        if not found or not operation or kind not in FAULT_KINDS:
            raise _no_fault(text)
        try:
            fault = cls(
                operation, _KINDS[kind], int(times) if times else None, float(seconds) if seconds else _SECONDS[kind]
            )
        except ValueError as error:
            raise _no_fault(text) from error
        if (fault.times is not None and fault.times < 1) or not 0 <= fault.seconds <= _LONGEST:
            raise _no_fault(text)
        return fault

    def fits(self, operation: str) -> bool:
        """Whether calls of this operation are meant; names differ in case freely."""
        return fnmatchcase(operation.lower(), self.operation.lower())

    def error(self) -> ApiError | None:
        """What is answered instead; None where the call itself is carried out."""
        return {
            "throttle": throttled(),
            "failure": ApiError("ServiceFailure", "The request processing has failed: asked for by a fault.", 500),
            "unavailable": ApiError("ServiceUnavailable", "The service is unavailable: asked for by a fault.", 503),
        }.get(self.kind)


_KINDS: Final[dict[str, FaultKind]] = {
    "throttle": "throttle", "failure": "failure", "unavailable": "unavailable", "slow": "slow", "lost": "lost",
}  # fmt: skip
_SECONDS: Final = {"throttle": 0.0, "failure": 0.0, "unavailable": 0.0, "slow": 1.0, "lost": 0.0}
_LONGEST: Final = 600.0


def _no_fault(text: str) -> IamfaError:
    hint = f"write `iam:CreateUser=KIND`, `sts:*=slow:2.5` or `*=throttle*3`, KIND one of {', '.join(FAULT_KINDS)}"
    return IamfaError(f"`{text}` is no fault", hint=hint)


def throttled() -> ApiError:
    """AWS's answer to too many calls."""
    return ApiError("Throttling", "Rate exceeded", 400)


@dataclass(eq=False)
class Faults:
    """The faults of a sandbox, and how many calls it takes."""

    faults: list[Fault] = field(default_factory=list)
    rate: float | None = None
    """Calls per second; None: as many as come. A second's worth may come at once."""
    _tokens: float = 0.0
    _filled: datetime | None = None

    def __post_init__(self) -> None:
        self.limit(self.rate)

    def limit(self, rate: float | None) -> None:
        """Take so many calls a second from now on, None: as many as come. Raises `IamfaError` for no such number."""
        if rate is not None and not 0 < rate < inf:
            raise IamfaError(f"`{rate}` calls a second cannot be taken", hint="give a number above 0")
        self.rate, self._filled = rate, None

    def take(self, operation: str, now: datetime) -> Fault | None:
        """What goes wrong with this call of `service:Operation` at *now*, the system's time; None: nothing."""
        if not self._admits(now):
            return Fault(operation, "throttle")
        for i, fault in enumerate(self.faults):
            if fault.fits(operation):
                if fault.times is not None:
                    left = Fault(fault.operation, fault.kind, fault.times - 1, fault.seconds)
                    self.faults[i : i + 1] = [left] if fault.times > 1 else []
                return fault
        return None

    def _admits(self, now: datetime) -> bool:
        """A token bucket, as IAM's and STS's limits are said to be."""
        if self.rate is None:
            return True
        most = max(self.rate, 1.0)
        past = most if self._filled is None else (now - self._filled).total_seconds() * self.rate
        self._tokens = min(most, self._tokens + max(past, 0.0))
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
