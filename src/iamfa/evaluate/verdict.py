"""What the policies say to one request, and why: the explanation is the return type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from iamfa.evaluate.request import Request
from iamfa.policy.document import Statement

Decision = Literal["allowed", "explicit_deny", "implicit_deny", "unknown"]

LayerKind = Literal["identity", "boundary", "scp", "rcp", "session", "resource"]


class Why(Enum):
    """The closed list of what can be said of one statement and one request."""

    FITS = "every element fits"
    ACTION_NOT_LISTED = "the action is not in Action"
    ACTION_EXCEPTED = "the action is in NotAction"
    RESOURCE_NOT_LISTED = "no entry of Resource fits"
    RESOURCE_EXCEPTED = "an entry of NotResource fits"
    RESOURCE_UNKNOWN = "an entry names a variable whose value is not known here"
    VARIABLE_WITHOUT_VALUE = "a variable in it has no value in this request"
    PRINCIPAL_NOT_NAMED = "Principal does not name the requester"
    PRINCIPAL_EXCEPTED = "NotPrincipal names the requester"
    PRINCIPAL_UNKNOWN = "whether the requester is named cannot be known here"
    CONDITION_NOT_FULFILLED = "a condition is not fulfilled"
    CONDITION_UNKNOWN = "a condition hangs on what is not known here"
    LAYER_NOT_APPLICABLE = "this kind of policy does not bear on the requester"


@dataclass(frozen=True, slots=True)
class Reason:
    """What one statement had to say, down to the entry that decided it."""

    policy: str
    """Where the statement stands: `identity[0]`, `boundary`, `scp[1][0]`, `rcp[0][0]`, `session[0]`, `resource`."""
    statement: Statement
    why: Why
    element: str | None = None
    """The element that decided: `Action`, `NotAction`, `Resource`, `NotResource`, `Principal`, `Condition` …"""
    item: int | None = None
    """Which entry of the element, from 0; for `Condition` which condition."""
    detail: str | None = None
    """What was compared, in words, e.g. `aws:MultiFactorAuthPresent is absent`."""

    @property
    def effect(self) -> str:
        """`Allow` or `Deny`."""
        return self.statement.effect

    @property
    def matched(self) -> bool | None:
        """Whether the statement fits the request; None where that cannot be known."""
        if self.why is Why.FITS:
            return True
        return None if self.why in _UNKNOWN else False

    def __str__(self) -> str:
        tail = f" ({self.detail})" if self.detail else ""
        return f"{self.policy} {self.statement.effect} `{self.statement.label}`: {self.why.value}{tail}"


_UNKNOWN = frozenset({Why.RESOURCE_UNKNOWN, Why.PRINCIPAL_UNKNOWN, Why.CONDITION_UNKNOWN})


class Verdict:
    """The answer to one request; everything but the decision is computed when it is looked at."""

    __slots__ = ("_explain", "_found", "decision", "request")

    def __init__(self, decision: Decision, request: Request, explain: Callable[[Request], Explanation]) -> None:
        self.decision = decision
        self.request = request
        self._explain = explain
        self._found: Explanation | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request is allowed; an unknown one is not."""
        return self.decision == "allowed"

    @property
    def explanation(self) -> Explanation:
        """Every statement's reason, the layer that stopped the request, and the assumption it hangs on."""
        if self._found is None:
            self._found = self._explain(self.request)
        return self._found

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """One reason for each statement that bears on the request, the deciding ones first."""
        return self.explanation.reasons

    @property
    def deciding(self) -> tuple[Reason, ...]:
        """The reasons that made the decision: the fitting Denies, or else the fitting Allows."""
        effect = "Deny" if self.decision == "explicit_deny" else "Allow"
        if self.decision == "unknown":
            return tuple(r for r in self.reasons if r.matched is None)
        return tuple(r for r in self.reasons if r.matched and r.effect == effect)

    @property
    def missing(self) -> LayerKind | None:
        """For an implicit deny: the first layer that fails to allow."""
        return self.explanation.missing

    @property
    def platform(self) -> str | None:
        """The id of AWS's own rule that decided, where no policy did."""
        return self.explanation.platform

    @property
    def assumption(self) -> str | None:
        """The id of the assumption under whose other values the decision would differ."""
        return self.explanation.assumption

    def __str__(self) -> str:
        asked = f"{self.request.action} on {self.request.resource}"
        return f"{_WORDS[self.decision]}: {asked}\n" + "\n".join(f"  {line}" for line in self._lines())

    def __repr__(self) -> str:
        return f"<Verdict {self.decision} {self.request.action} on {self.request.resource}>"

    def _lines(self) -> list[str]:
        lines: list[str] = []
        if self.platform:
            lines.append(f"by AWS's own rule `{self.platform}`, whatever the policies say")
        if self.decision == "implicit_deny" and self.missing:
            lines.append(f"{MISSING_WORDS[self.missing]} allows it")
        lines += [str(r) for r in (self.deciding if self.decision != "implicit_deny" else self.reasons)]
        if self.assumption:
            lines.append(f"the assumption `{self.assumption}` decides")
        return lines


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that can be said of a decision."""

    decision: Decision
    reasons: tuple[Reason, ...]
    missing: LayerKind | None = None
    platform: str | None = None
    assumption: str | None = None


_WORDS = {
    "allowed": "allowed",
    "explicit_deny": "denied by an explicit Deny",
    "implicit_deny": "denied because nothing allows it",
    "unknown": "unknown",
}

MISSING_WORDS = {
    "identity": "no identity-based policy",
    "boundary": "no permissions boundary",
    "scp": "no service control policy",
    "rcp": "no resource control policy",
    "session": "no session policy",
    "resource": "no resource-based policy",
}
"""How AWS's messages begin to name the layer that fails to allow (page troubleshoot_access-denied)."""
