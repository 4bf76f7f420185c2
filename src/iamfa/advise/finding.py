"""What a rule says of a policy: the finding, its place, its evidence and its repair; and the report of one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from iamfa.errors import Fault
from iamfa.evaluate.request import Request
from iamfa.lifecycle.result import AttackResult, Call, FlowResult
from iamfa.policy.document import Span
from iamfa.policy.edit import Edit
from iamfa.policy.policy import Policy

FileClass = Literal["forces-by-deny", "forces-by-grant", "protects-a-set", "self-service", "other"]


class Severity(Enum):
    """How bad a finding is; errors and warnings fail by default, notes never."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return ("error", "warning", "note").index(self.value)


@dataclass(frozen=True, slots=True)
class Witness:
    """A concrete request that shows what the finding says."""

    request: Request
    credential: str


@dataclass(frozen=True, slots=True)
class Repair:
    """Edits of the file's text that mend one finding."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule says of a policy; `str()` is the sentence in English."""

    rule: str
    """The rule's id, e.g. `device-name-tied-to-user`."""
    severity: Severity
    message: str
    """One line, lower-case, that says what is wrong and for whom."""
    params: Mapping[str, object] = field(default_factory=dict)
    """The values that the message was made from."""
    span: Span | None = None
    """What to underline in the file's text."""
    reason: str | None = None
    """What stands below the underlined text: why just this is the cause."""
    statement_index: int | None = None
    statement_sid: str | None = None
    witness: Witness | None = None
    trace: tuple[Call, ...] = ()
    assumption: str | None = None
    notes: tuple[str, ...] = ()
    """Further sentences, each in a line of its own."""
    repair: Repair | None = None
    silenced: str | None = None
    """The reason in the comment that silences it, where one does."""

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment `// iamfa: ignore[rule-id] reason` and whether it silenced anything."""

    rule: str
    reason: str
    line: int
    used: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All that `check` says of one policy."""

    policy: Policy
    file_class: FileClass
    class_words: str
    """The class in one line, with the way it was decided."""
    findings: tuple[Finding, ...]
    flows: tuple[FlowResult, ...]
    attacks: tuple[AttackResult, ...]
    suppressed: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()
    """Faults of suppressions: one without a reason, or with a rule that does not exist."""
    exempt: tuple[str, ...] = ()
    """E: what is still allowed without MFA in the worst case, as action names, where the file forces."""

    def worst(self) -> Severity | None:
        """The severity of the worst finding."""
        return min((f.severity for f in self.findings), key=lambda s: s.rank, default=None)
