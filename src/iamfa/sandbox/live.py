"""Accounts that live: the tables of one account, and everything that a sandbox holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from secrets import token_hex
from typing import Any

from iamfa.account.bearing import Texts
from iamfa.account.entities import (
    AccessKey,
    Account,
    Device,
    Group,
    InstanceProfile,
    LoginProfile,
    ManagedPolicy,
    Role,
    User,
)
from iamfa.account.organization import Organization
from iamfa.clock import now
from iamfa.evaluate.credential import CredentialKind
from iamfa.evaluate.decide import Decider
from iamfa.platform import DEFAULTS, Assumptions
from iamfa.sandbox.awss import awss_policies
from iamfa.sandbox.ids import Ids
from iamfa.sandbox.other_credentials import OtherCredential
from iamfa.sandbox.table import Lag, Table
from iamfa.sandbox.time import SandboxClock
from iamfa.secret import Secret


@dataclass(frozen=True, slots=True)
class Session:
    """Temporary credentials, and what AWS remembers with them."""

    key_id: str
    """`ASIA…`."""
    secret: Secret
    token: Secret
    account: str
    kind: CredentialKind
    issued: datetime
    expires: datetime
    user: str | None = None
    """Name of the user whose session it is, or who federated; `ROOT_USER` for the root user; None for a role's."""
    user_id: str | None = None
    """The user's unique identifier: a session ends with its user, not with his name."""
    role: str | None = None
    role_id: str | None = None
    name: str | None = None
    """The name of a role's session or of the federated user."""
    code_given: datetime | None = None
    """When the code of an MFA device was given."""
    policies: tuple[str, ...] | None = None
    """Texts of session policies; None where none was passed."""
    tags: tuple[tuple[str, str], ...] = ()
    transitive: tuple[str, ...] = ()
    """Keys of the tags that go on to a further role."""
    source_identity: str | None = None
    from_mfa_session: bool = False
    """Of a role's session: whether it was assumed with MFA present."""


def _empty() -> Table[Any]:
    return Table(Lag(SandboxClock(now).now))


@dataclass(eq=False)
class LiveAccount(Account):
    """An account whose tables change."""

    users: Table[User] = field(default_factory=_empty)
    groups: Table[Group] = field(default_factory=_empty)
    roles: Table[Role] = field(default_factory=_empty)
    instance_profiles: Table[InstanceProfile] = field(default_factory=_empty)
    policies: Table[ManagedPolicy] = field(default_factory=_empty)
    devices: Table[Device] = field(default_factory=_empty)
    access_keys: Table[AccessKey] = field(default_factory=_empty)
    login_profiles: Table[LoginProfile] = field(default_factory=_empty)
    other_credentials: Table[OtherCredential] = field(default_factory=_empty)
    """Public keys, certificates and passwords for one service, by id; no part of the snapshot of an account."""
    used_codes: dict[str, int] = field(default_factory=dict)
    """The step of the last code that was accepted, by serial, and by `user NAME` for the assumption `code-replay`."""
    drifts: dict[str, int] = field(default_factory=dict)
    """By how many steps a device's clock is known to be off, by serial; ResyncMFADevice tells."""
    out_of_step: set[str] = field(default_factory=set)
    """Serials of devices that were enabled with codes that came late: no code of theirs is accepted until a resync."""
    report: tuple[datetime, str] | None = None
    """The credential report, and when it was made."""

    @classmethod
    def of(cls, account: Account, lag: Lag) -> LiveAccount:
        """The same account, alive."""
        values: dict[str, Any] = {each.name: getattr(account, each.name) for each in fields(Account)}
        tables: dict[str, Any] = {name: Table(lag, values[name]) for name in _TABLES}
        return cls(**{**values, **tables}, other_credentials=Table(lag))

    def visible(self) -> Account:
        """The account as readers see it now; itself where nothing is hidden."""
        # INVARIANT: the tables of an account have one lag (`of`).
        if not self.users.lag.used:
            return self
        views: dict[str, Mapping[str, Any]] = {}
        for name in _TABLES:
            table = getattr(self, name)
            view = table.visible
            if view is not table:
                views[name] = view
        if not views:
            return self
        return Account(**{each.name: views.get(each.name, getattr(self, each.name)) for each in fields(Account)})


_TABLES = (
    "users", "groups", "roles", "instance_profiles", "policies", "devices", "access_keys", "login_profiles",
)  # fmt: skip


NOT_PLAYED = frozenset({"code-guessing-limited", "console-deletes-unassigned"})
"""Assumptions that the sandbox takes and does not play: it limits no guesses, and has no wizard of the console."""


@dataclass
class Settings:
    """How a sandbox behaves where AWS leaves it open, and what goes wrong in it on request."""

    assumptions: Assumptions = DEFAULTS
    policy_arns_in_denials: bool = False
    """Whether AccessDenied names the policy that denies, as AWS began to in January 2026."""
    services: bool = True
    """Whether calls of other services are answered by moto where that is installed."""


@dataclass(eq=False)
class State:
    """Everything that a sandbox holds."""

    clock: SandboxClock
    ids: Ids
    main: str
    """The number of the account that the sandbox was started with."""
    lag: Lag
    accounts: dict[str, LiveAccount] = field(default_factory=dict)
    organization: Organization | None = None
    sessions: dict[str, Session] = field(default_factory=dict)
    """By key id."""
    signin_tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """Tokens of the sign-in endpoint: the key id of their session, and when they were given out; never saved."""
    settings: Settings = field(default_factory=Settings)
    deciders: dict[Texts, Decider] = field(default_factory=dict)
    """Compiled policies, kept by their texts; emptied when an assumption changes."""
    message_key: Secret = field(default_factory=lambda: Secret(token_hex(32)))
    """What encoded authorization messages are sealed with; no other sandbox opens them."""

    @property
    def account(self) -> LiveAccount:
        """The account that the sandbox was started with."""
        return self.accounts[self.main]

    def organization_of(self, account: str) -> Organization | None:
        """The organization that the account with this number is in."""
        found = self.organization
        return found if found is not None and account in found.members else None

    def forget_expired(self) -> None:
        """Drop sessions that ended more than a day ago: long enough for `ExpiredToken`, short enough for memory."""
        moment = self.clock.now()
        for key, session in list(self.sessions.items()):
            if (moment - session.expires).total_seconds() > _REMEMBERED_SECONDS:
                del self.sessions[key]


_REMEMBERED_SECONDS = 86_400


def fresh_state(
    number: str, *, partition: str = "aws", system: Callable[[], datetime], seed: int | None = None
) -> State:
    """A sandbox with one empty account and AWS's managed policies in it."""
    clock = SandboxClock(system)
    lag = Lag(clock.now)
    state = State(clock, Ids(seed), number, lag)
    add_account(state, number, partition)
    return state


def add_account(state: State, number: str, partition: str) -> LiveAccount:
    """Put an empty account into the sandbox."""
    account = LiveAccount.of(Account(number, partition, state.clock.now()), state.lag)
    for policy in awss_policies(partition):
        account.policies[policy.arn] = policy
    state.accounts[number] = account
    return account
