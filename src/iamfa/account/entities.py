"""What an account holds, as frozen values: users, groups, roles, policies, devices, keys, passwords.

The names of fields are ours, short; how AWS calls them is in `account/details.py`. Times are aware, in UTC. Texts of
policies are kept as they came, since AWS gives them back so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from iamfa.secret import Secret

Tags = tuple[tuple[str, str], ...]
"""Pairs of key and value."""

ROOT_USER: Final = "<root_account>"
"""Stands for the root user where a user's name is asked for, as in the credential report; no user can be named so."""

DeviceKind = Literal["virtual", "hardware", "fido"]
KeyStatus = Literal["Active", "Inactive", "Expired"]


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user."""

    name: str
    path: str
    id: str
    """The unique identifier, `AIDA…`."""
    arn: str
    created: datetime
    tags: Tags = ()
    groups: tuple[str, ...] = ()
    """Names of the groups that the user is in."""
    inline: Mapping[str, str] = field(default_factory=dict)
    """Texts of the inline policies by their names."""
    attached: tuple[str, ...] = ()
    """ARNs of the attached managed policies."""
    boundary: str | None = None
    """The ARN of the managed policy that is the permissions boundary."""
    password_last_used: datetime | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of users; who is in it stands with the users."""

    name: str
    path: str
    id: str
    """`AGPA…`."""
    arn: str
    created: datetime
    inline: Mapping[str, str] = field(default_factory=dict)
    attached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """An IAM role."""

    name: str
    path: str
    id: str
    """`AROA…`."""
    arn: str
    created: datetime
    trust: str
    """The text of the trust policy."""
    tags: Tags = ()
    inline: Mapping[str, str] = field(default_factory=dict)
    attached: tuple[str, ...] = ()
    boundary: str | None = None
    description: str | None = None
    max_session: int = 3600
    """The longest session in seconds, 3600 to 43200."""
    last_used: datetime | None = None
    last_used_region: str | None = None
    trusted: Tags = ()
    """Of the users and roles that the trust policy names: ARN and unique identifier, as they were when it was saved."""


@dataclass(frozen=True, slots=True)
class InstanceProfile:
    """What carries a role to an EC2 instance."""

    name: str
    path: str
    id: str
    """`AIPA…`."""
    arn: str
    created: datetime
    roles: tuple[str, ...] = ()
    """Names; at most one."""
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of a managed policy."""

    id: str
    """`v1`, `v2` …; the number of a deleted version never comes back."""
    text: str
    created: datetime


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy, AWS's own or a customer's."""

    arn: str
    name: str
    path: str
    id: str
    """`ANPA…`."""
    created: datetime
    updated: datetime
    versions: tuple[PolicyVersion, ...]
    """At most five, the oldest first."""
    default: str
    """The id of the version that is in force."""
    newest: int = 1
    """The number of the last version that was made, deleted ones included."""
    description: str | None = None
    tags: Tags = ()

    @property
    def text(self) -> str:
        """The text of the version in force."""
        return next(version.text for version in self.versions if version.id == self.default)

    @property
    def is_awss(self) -> bool:
        """Whether AWS manages it: its ARN names `aws` in place of an account."""
        return self.arn.split(":")[4] == "aws"


@dataclass(frozen=True, slots=True)
class Device:
    """An MFA device. AWS knows it by its serial: a virtual one's ARN, a hardware token's number, a FIDO key's ARN."""

    serial: str
    kind: DeviceKind
    user: str | None = None
    """Name of the user that it is assigned to, `ROOT_USER` for the root user, None where it is unassigned."""
    enabled: datetime | None = None
    created: datetime | None = None
    tags: Tags = ()
    seed: Secret | None = None
    """What its codes come from, base32; never in a snapshot of a real account."""
    certifications: Mapping[str, str] = field(default_factory=dict)
    """Of a FIDO key, as GetMFADevice tells them."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A long-term access key."""

    id: str
    """`AKIA…`."""
    user: str
    """Name of its user, or `ROOT_USER`."""
    status: KeyStatus
    created: datetime
    secret: Secret | None = None
    last_used: datetime | None = None
    last_used_region: str | None = None
    last_used_service: str | None = None


@dataclass(frozen=True, slots=True)
class LoginProfile:
    """That a user has a password for the console."""

    user: str
    created: datetime
    reset_required: bool = False
    changed: datetime | None = None
    password: Secret | None = None
    former: tuple[Secret, ...] = ()
    """Passwords before this one, the latest first, as many as a password policy can forbid to reuse."""
    max_session: int | None = None
    """The longest session of the console in seconds, 3600 to 7776000; None where it is not set."""


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """What an account asks of passwords; AWS's page API_UpdateAccountPasswordPolicy."""

    minimum_length: int = 6
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase: bool = False
    require_lowercase: bool = False
    allow_users_to_change: bool = False
    """Grants every user iam:ChangePassword on himself, outside every policy document."""
    max_age_days: int | None = None
    reuse_prevention: int | None = None
    hard_expiry: bool | None = None


@dataclass(eq=False)
class Account:
    """One account. The mappings are read-only here; the sandbox puts its own tables in their place."""

    number: str
    """Twelve digits."""
    partition: str = "aws"
    created: datetime | None = None
    alias: str | None = None
    users: Mapping[str, User] = field(default_factory=dict)
    """By name, as all of these unless said otherwise."""
    groups: Mapping[str, Group] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    instance_profiles: Mapping[str, InstanceProfile] = field(default_factory=dict)
    policies: Mapping[str, ManagedPolicy] = field(default_factory=dict)
    """By ARN; AWS's own ones too, as far as they are known."""
    devices: Mapping[str, Device] = field(default_factory=dict)
    """By serial."""
    access_keys: Mapping[str, AccessKey] = field(default_factory=dict)
    """By id."""
    login_profiles: Mapping[str, LoginProfile] = field(default_factory=dict)
    """By the user's name."""
    password_policy: PasswordPolicy | None = None

    @property
    def root_arn(self) -> str:
        """The ARN of the root user."""
        return f"arn:{self.partition}:iam::{self.number}:root"
