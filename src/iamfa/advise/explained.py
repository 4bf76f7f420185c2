"""What a part of a policy is there for: the judgement, why, and what was seen without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from iamfa.advise.effects import Effects
from iamfa.advise.finding import FileClass, Finding, Severity
from iamfa.advise.parts import Part
from iamfa.lifecycle.result import FlowName
from iamfa.policy.policy import Policy

Judgement = Literal["required", "optional", "not_needed", "harmful", "not_decided"]

JUDGEMENTS: tuple[Judgement, ...] = ("required", "optional", "not_needed", "harmful", "not_decided")

MAIN_FLOWS: tuple[FlowName, ...] = ("enrol-first-device", "get-session", "work-with-mfa")
"""Without these nobody can work under a policy that forces MFA; every other flow is a convenience."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One statement, or one entry of it."""

    part: Part
    judgement: Judgement
    reason: str
    """Why, in one sentence that goes on after the judgement."""
    effects: Effects
    """What is different without it."""
    harm: tuple[Finding, ...] = ()
    """The errors and warnings for which it is called harmful."""
    notes: tuple[Finding, ...] = ()
    """Notes of the judge that go with it."""
    twins: tuple[Part, ...] = ()
    """What does the same: it is needed as soon as these are gone."""
    changes_verdicts: bool | None = None
    """Whether any verdict at all changes without it; None where nobody has asked a prover, or it could not say."""

    @property
    def severity(self) -> Severity | None:
        """How bad it is to keep it; None where it is not harmful."""
        if self.judgement != "harmful":
            return None
        return min((f.severity for f in self.harm), key=lambda s: s.rank, default=Severity.WARNING)


@dataclass(frozen=True, slots=True)
class ExplainedStatement:
    """A statement and its entries."""

    whole: Explained
    entries: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that `explain` says of one policy."""

    policy: Policy
    file_class: FileClass
    class_words: str
    """The class in one line, with the way it was decided."""
    statements: tuple[ExplainedStatement, ...]
    walked: bool
    """Whether flows and attacks were walked: where not, what grants alone is not judged."""

    @property
    def all(self) -> tuple[Explained, ...]:
        """Every statement and entry."""
        return tuple(each for s in self.statements for each in (s.whole, *s.entries))
