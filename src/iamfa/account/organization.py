"""An organization: its accounts in units, and the policies that stand above an account.

AWS's pages: orgs_manage_policies_scps and orgs_manage_policies_rcps of the Organizations User Guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from iamfa.account.entities import Tags

ControlKind = Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organization."""

    id: str
    name: str
    email: str
    parent: str
    """The id of its unit, or of the root."""
    joined: datetime
    status: Literal["ACTIVE", "SUSPENDED", "PENDING_CLOSURE"] = "ACTIVE"
    invited: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """An organizational unit."""

    id: str
    """`ou-…`."""
    name: str
    parent: str


@dataclass(frozen=True, slots=True)
class ControlPolicy:
    """A service control policy or a resource control policy."""

    id: str
    """`p-…`."""
    name: str
    kind: ControlKind
    text: str
    description: str = ""
    aws_managed: bool = False


@dataclass(frozen=True, slots=True)
class Creation:
    """A request to create a member account; AWS works on it after it has answered."""

    id: str
    """`car-…`."""
    name: str
    requested: datetime
    account: str | None = None
    """The number of the account that was made."""
    failure: str | None = None
    """Why none was made, e.g. `EMAIL_ALREADY_EXISTS`."""


@dataclass(frozen=True)
class Organization:
    """The organization of an account."""

    id: str
    """`o-…`."""
    management_account: str
    """Its number; service control policies do not bear on it."""
    root: str
    """`r-…`."""
    members: Mapping[str, Member] = field(default_factory=dict)
    """By number, the management account among them."""
    units: Mapping[str, Unit] = field(default_factory=dict)
    policies: Mapping[str, ControlPolicy] = field(default_factory=dict)
    attached: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids of the policies attached to each target: an account, a unit, the root."""
    enabled: tuple[ControlKind, ...] = ()
    """The kinds of policy that are enabled at the root."""
    tags: Mapping[str, Tags] = field(default_factory=dict)
    """Tags by the id of an account, a unit, the root, or a policy."""
    creations: Mapping[str, Creation] = field(default_factory=dict)
    """Requests to create accounts, by id."""

    def way_to(self, account: str) -> tuple[str, ...]:
        """The targets above an account, from the root down to the account itself."""
        way = [account]
        parent = self.members[account].parent
        while parent != self.root:
            way.append(parent)
            parent = self.units[parent].parent
        return (self.root, *reversed(way))

    def path_of(self, account: str) -> str:
        """The value of `aws:PrincipalOrgPaths` and `aws:ResourceOrgPaths`: `o-…/r-…/ou-…/`."""
        return "/".join((self.id, *self.way_to(account)[:-1])) + "/"

    def levels(self, account: str, kind: ControlKind) -> tuple[tuple[ControlPolicy, ...], ...] | None:
        """The policies of each level from the root down to the account; None where the kind bears on nobody there.

        A service control policy does not bear on the management account; a resource control policy neither
        (orgs_manage_policies_rcps: "RCPs don't affect resources in the management account").
        """
        if kind not in self.enabled or account == self.management_account or account not in self.members:
            return None
        return tuple(tuple(self._attached_to(target, kind)) for target in self.way_to(account))

    def policy_arn(self, policy: ControlPolicy, partition: str = "aws") -> str:
        """The ARN of a policy of this organization; AWS's own ones belong to `aws`."""
        kind = policy.kind.lower()
        if policy.aws_managed:
            return f"arn:{partition}:organizations::aws:policy/{kind}/{policy.id}"
        return f"arn:{partition}:organizations::{self.management_account}:policy/{self.id}/{kind}/{policy.id}"

    def _attached_to(self, target: str, kind: ControlKind) -> Iterator[ControlPolicy]:
        for identifier in self.attached.get(target, ()):
            policy = self.policies[identifier]
            if policy.kind == kind:
                yield policy
