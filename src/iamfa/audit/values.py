"""What an audit says: three answers for each user, findings, whom each policy reaches; the forms of `docs/formats.md`.

Every list of answers is closed. An answer that hangs on something that was not read says so in `not_read`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from iamfa.account.entities import DeviceKind
from iamfa.advise.finding import Severity
from iamfa.evaluate.request import Request
from iamfa.lifecycle.result import Call

EnforcedAnswer = Literal[
    "denied", "not-granted", "not-enforced", "exempt-declared", "exempt-undeclared", "no-permissions", "unknown"
]
EnrolledAnswer = Literal[
    "enrolled", "not-enrolled", "exposed-now", "cannot-enrol", "locked-out", "none-needed", "unknown"
]
LiftedAnswer = Literal["nobody", "somebody", "nothing-to-lift", "unknown"]


@dataclass(frozen=True, slots=True)
class Place:
    """A statement of a policy, and who holds the policy."""

    policy: str
    """The policy's name."""
    holder: str
    """`user/alice`, `group/developers`, `ou-ab12-cdef`; empty where the policy itself is meant, whoever has it."""
    arn: str | None
    """Of a managed policy; inline ones have none."""
    statement_index: int
    """From 0."""
    statement_sid: str | None = None

    def __str__(self) -> str:
        label = self.statement_sid or f"statement {self.statement_index + 1}"
        whose = f" ({self.holder})" if self.holder else ""
        return f"`{label}` of `{self.policy}`{whose}"


@dataclass(frozen=True, slots=True)
class SparedBy:
    """A condition by which a Deny that forces MFA spares a user."""

    key: str
    """As written, e.g. `aws:PrincipalTag/mfa-exempt`."""
    operator: str
    values: tuple[str, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """An entry of the register of exceptions: somebody who need not use MFA, on purpose."""

    principal: str
    """The ARN of a user, or his name."""
    reason: str = ""
    owner: str = ""
    """Who answers for it."""
    expires: date | None = None
    """The last day on which it holds."""
    compensating_control: str = ""
    """What protects instead, e.g. a key in a safe and an alarm on its use."""
    break_glass: bool = False
    """Whether this is an identity for emergencies, which shall work when nothing else does."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of its fields nobody filled in."""
        told = {
            "reason": self.reason.strip(),
            "owner": self.owner.strip(),
            "expires": self.expires,
            "compensating_control": self.compensating_control.strip(),
        }
        return tuple(name for name, value in told.items() if not value)

    def has_expired(self, now: datetime) -> bool:
        """Whether its last day has passed; an entry without one never ends, and is incomplete."""
        return self.expires is not None and now.date() > self.expires


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A request that passes without MFA, with the kind of credential that makes it."""

    request: Request
    credential: str
    can_be_sent: bool = True
    """False where it is about an ARN that no user, group or role has, though one of that name is there."""


@dataclass(frozen=True, slots=True)
class Enforced:
    """Whether the user is forced to use MFA."""

    answer: EnforcedAnswer
    kinds: tuple[str, ...]
    """The kinds of credential without MFA of which the answer speaks: those that the user can have."""
    exempt: tuple[str, ...] = ()
    """E: patterns of actions that may pass without MFA all the same (`denied`, `not-granted`)."""
    witness: Witnessed | None = None
    spared_by: tuple[SparedBy, ...] = ()
    declared: Exemption | None = None
    """The entry of the register that holds for the user."""
    by: tuple[Place, ...] = ()
    """For `denied`: the statements that ask for MFA and bear on the user."""
    reason: str | None = None
    """Why it is unknown, or what besides the user's own credentials the witness hangs on."""
    not_read: tuple[str, ...] = ()
    """What was not read and might make another answer, e.g. `organization`, `resource policies`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call of an enrolment that is refused, with the statement that refuses it where one does."""

    call: Call
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Whether the user has a device, and what it means that he has none."""

    answer: EnrolledAnswer
    devices: tuple[DeviceKind, ...] = ()
    """The kinds of his devices, each as often as he has it."""
    refusal: Refusal | None = None
    """Why he cannot enrol, whatever the answer."""
    trace: tuple[Call, ...] = ()
    """For `exposed-now`: what somebody does who has the key or the password and nothing else."""
    leaked: Literal["key", "password"] | None = None
    reaches: tuple[str, ...] = ()
    """For `exposed-now`: what is within reach then, as actions or patterns of actions, at most twenty."""
    reason: str | None = None
    not_read: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifter:
    """A user who, in a session with MFA, may take away what forces another, or himself."""

    user: str
    """His name."""
    calls: tuple[str, ...]
    """The actions with which he does."""
    certain: bool = True
    """False where it hangs on something that was not told, such as an address."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """Who can lift the enforcement of a user; roles and the root user apart."""

    answer: LiftedAnswer
    principals: tuple[Lifter, ...] = ()
    """At most twenty."""
    count: int = 0
    reason: str | None = None
    not_read: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserAudit:
    """One user."""

    name: str
    arn: str
    enforced: Enforced
    enrolled: Enrolled
    lifted: Lifted
    policies: str
    """Names the set of policies that reaches the user; users with the same one share their policies."""
    has_key: bool | None
    """Whether an access key of the user is active; None where keys were not read."""
    has_password: bool | None
    """Whether the user has a password for the console; None where passwords were not read."""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """Something about the account that wants a person's eye; `str()` is the sentence in English."""

    id: str
    severity: Severity
    message: str
    reaches: tuple[str, ...] = ()
    """Names of users; for findings about something else what that is called."""
    params: Mapping[str, object] = field(default_factory=dict)
    place: Place | None = None
    witness: Witnessed | None = None
    trace: tuple[Call, ...] = ()
    hint: str | None = None
    not_read: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class PolicyReach:
    """A policy of the account, and whom it reaches."""

    name: str
    holder: str | None
    """For an inline policy who has it; None for a managed one."""
    arn: str | None
    users: tuple[str, ...]
    """Names of the users whom it reaches, directly, by a group, or as a boundary."""
    attached_to: tuple[str, ...] = ()
    """`user/alice`, `group/developers`, `role/deployer`."""
    file_class: str | None = None
    """What it is for, as `check` tells; None where it cannot be read."""
    reason: str | None = None
    """Why it was not judged."""


@dataclass(frozen=True, slots=True)
class RootAudit:
    """The root user, as far as the account's own data tells."""

    devices: tuple[DeviceKind, ...]
    has_device: bool | None
    has_keys: bool | None
    has_password: bool | None
    last_used: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """All that an audit says of one account."""

    account: str
    partition: str
    taken_at: datetime
    users: tuple[UserAudit, ...]
    """By name."""
    findings: tuple[AuditFinding, ...]
    """The worst first."""
    policies: tuple[PolicyReach, ...]
    root: RootAudit
    not_read: tuple[str, ...] = ()

    def worst(self) -> Severity | None:
        """The severity of the worst finding."""
        return min((f.severity for f in self.findings), key=lambda s: s.rank, default=None)
