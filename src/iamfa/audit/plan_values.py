"""What a plan says: steps that each change one policy in one place, what each does to whom, and what is left out.

A step carries texts, never calls: which calls it takes follows from its place, so that a file that somebody has changed
can write a customer's policy and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal, get_args

from iamfa.account.documents import document_out
from iamfa.account.entities import PolicyVersion

StepKind = Literal["managed", "user-inline", "group-inline", "user-inline-to-managed", "group-inline-to-managed"]
STEP_KINDS: tuple[str, ...] = get_args(StepKind)


def digest(text: str) -> str:
    """What tells policies apart that say different things: of the JSON value, so that layout plays no part.

    A snapshot keeps no layout. A text that no JSON value stands for is told by its letters.
    """
    found = document_out(text)
    told = text if isinstance(found, str) else json.dumps(found, sort_keys=True, separators=(",", ":"))
    return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


_SOURCES: dict[str, StepKind] = {
    "user-inline-to-managed": "user-inline",
    "group-inline-to-managed": "group-inline",
}
_ON_THE_NEW_ONE = frozenset({"iam:DeletePolicy", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"})


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a policy sits that can be changed."""

    kind: StepKind
    policy: str
    """The policy's name."""
    arn: str
    """On which AWS authorises the change: the ARN of the managed policy, else that of the user or group."""
    holder: str | None = None
    """The name of the user or group that has an inline policy."""
    becomes: str | None = None
    """The ARN of the managed policy that an inline one becomes, where the change makes it too long for its holder."""

    @property
    def source(self) -> Spot:
        """The place where the policy is before the step."""
        return self if self.becomes is None else Spot(_SOURCES[self.kind], self.policy, self.arn, self.holder)

    @property
    def word(self) -> str:
        """`User` or `Group`, as the calls about an inline policy name its holder."""
        return "User" if self.kind.startswith("user-") else "Group"

    def authorised_on(self, action: str) -> str:
        """The ARN on which AWS authorises one of the actions below."""
        return self.arn if self.becomes is None or action not in _ON_THE_NEW_ONE else self.becomes

    @property
    def held_by(self) -> str | None:
        """`user/alice`, `group/developers`; None for a managed policy."""
        return None if self.holder is None else f"{self.kind.partition('-')[0]}/{self.holder}"

    @property
    def changing(self) -> str:
        """The action that writes its text in its place."""
        return "iam:CreatePolicyVersion" if self.kind == "managed" else f"iam:Put{self.word}Policy"

    @property
    def undoing(self) -> tuple[str, ...]:
        """The actions that bring back what was there."""
        if self.becomes is not None:
            return (self.changing, f"iam:Detach{self.word}Policy", "iam:DeletePolicy")
        if self.kind != "managed":
            return (self.changing,)
        return ("iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion")

    @property
    def finishing(self) -> tuple[str, ...]:
        """The actions that are left when an inline policy has half become a managed one."""
        return () if self.becomes is None else (f"iam:Attach{self.word}Policy", f"iam:Delete{self.word}Policy")

    @property
    def reading(self) -> tuple[str, ...]:
        """The actions that tell what is there."""
        managed = ("iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions")
        if self.kind == "managed":
            return managed
        inline = (f"iam:Get{self.word}Policy",)
        return inline if self.becomes is None else (*inline, f"iam:ListAttached{self.word}Policies", *managed)

    def __str__(self) -> str:
        return f"`{self.policy}`" if self.holder is None else f"`{self.policy}` of `{self.held_by}`"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who can call AWS, and with what."""

    arn: str
    """Of a user, a role, or the root user."""
    credential: str
    """The kind, e.g. `long-term-key`, `token-mfa`; `role` for a role."""

    def __str__(self) -> str:
        return f"`{self.arn}` with `{self.credential}`"


@dataclass(frozen=True, slots=True)
class Mended:
    """A finding that a step mends."""

    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step does to users who have the same policies."""

    set: str
    """The name of their set of policies, before the step."""
    users: tuple[str, ...]
    newly_permits: tuple[str, ...] = ()
    """In words: with all the policies that reach them."""
    newly_refuses: tuple[str, ...] = ()
    gains: tuple[str, ...] = ()
    """Flows that work after the step and did not before."""


@dataclass(frozen=True, slots=True)
class Step:
    """One policy changed in one place."""

    number: int
    """From 1, in the order in which they are made."""
    spot: Spot
    mends: tuple[Mended, ...]
    before: str
    after: str
    users: tuple[str, ...]
    """Names of the users whom the policy reaches."""
    proof: str
    """What was proved of the change, in words."""
    can_undo: tuple[Actor, ...]
    """Who was shown to be able to undo it after it is made: the operator, and somebody else."""
    roles: tuple[str, ...] = ()
    boundary_of: tuple[str, ...] = ()
    """`user/alice`, `role/deployer`, where it is their permissions boundary."""
    effects: tuple[Effect, ...] = ()
    notes: tuple[str, ...] = ()
    canary: bool = False
    """Whether the others wait for what becomes of this one."""
    default_version: str | None = None
    """Of a managed policy: the version that is in force before."""
    deletes: PolicyVersion | None = None
    """The version that has to go first, since a managed policy has five at most; its text is kept here."""

    @property
    def restoring(self) -> tuple[str, ...]:
        """The actions that undo it."""
        # A version that was deleted is written again.
        return (*self.spot.undoing, *(("iam:CreatePolicyVersion",) if self.deletes is not None else ()))

    def undo_words(self) -> tuple[str, ...]:
        """How it is undone by hand."""
        place = self.spot
        if place.kind == "managed":
            arn = f"--policy-arn {place.arn}"
            return (
                f"aws iam set-default-policy-version {arn} --version-id {self.default_version}",
                f"aws iam delete-policy-version {arn} --version-id THE-NEW-ONE",
            )
        word = place.word.lower()
        put = (
            f"aws iam put-{word}-policy --{word}-name {place.holder} --policy-name {place.policy}"
            " --policy-document file://BEFORE.json"
        )
        if place.becomes is None:
            return (put,)
        return (
            put,
            f"aws iam detach-{word}-policy --{word}-name {place.holder} --policy-arn {place.becomes}",
            f"aws iam delete-policy --policy-arn {place.becomes}",
        )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A policy with findings that the plan does not change."""

    policy: str
    held_by: str | None
    arn: str | None
    reason: str
    advice: str | None = None
    rules: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    before: str | None = None
    after: str | None = None
    """What it would say, to be written where the policy is kept."""

    def __str__(self) -> str:
        return f"`{self.policy}`" if self.held_by is None else f"`{self.policy}` of `{self.held_by}`"


@dataclass(frozen=True, slots=True)
class Plan:
    """The repair of one account."""

    account: str
    partition: str
    taken_at: datetime
    """When what it is made from was read."""
    operator: Actor
    steps: tuple[Step, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    not_read: tuple[str, ...] = ()
    may_lose: tuple[str, ...] = ()
    """Flows that users may lose."""
    even_managed: bool = False
    """Whether policies are changed that seem to be kept by Terraform or CloudFormation."""

    @property
    def touches(self) -> tuple[str, ...]:
        """Names of all users whom some step reaches."""
        return tuple(sorted({user for step in self.steps for user in step.users}))


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the operator asks for."""

    rules: tuple[str, ...] | None = None
    """Repair what these rules say, whatever its severity; None: the errors."""
    hardened: bool = False
    """The warnings too."""
    canary: str | None = None
    """A user or a group, `user/alice` or `group/testers`: what reaches it comes first."""
    allow_version_loss: bool = False
    """Whether the oldest version of a managed policy that has five may be deleted."""
    even_managed: bool = False
    """Whether policies are changed that seem to be kept by Terraform or CloudFormation."""
    lose: tuple[str, ...] = ()
    """Flows that users may lose."""
    second: Actor | None = None
    """Who besides the operator shall be able to undo each step; None: whoever is found."""
    catalogue_age_days: int | None = None
