"""Operations of the sandbox called directly: permission and handler, without HTTP, signature and XML."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from iamfa.account.entities import ROOT_USER, AccessKey, User
from iamfa.sandbox import constraints, model, wire
from iamfa.sandbox.apis import rows_of
from iamfa.sandbox.authorise import allow
from iamfa.sandbox.caller import Caller, Transport, caller_with_key, caller_with_session, may_call
from iamfa.sandbox.live import LiveAccount, Session, State, fresh_state
from iamfa.sandbox.work import Work
from iamfa.secret import Secret

NUMBER = "123456789012"
START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


class Direct:
    """A sandbox whose clock stands still, with a user `administrator` who may do everything."""

    def __init__(self, *, partition: str = "aws") -> None:
        self.state: State = fresh_state(NUMBER, partition=partition, system=lambda: START, seed=1)
        self.partition = partition
        self.user("administrator", attached=(f"arn:{partition}:iam::aws:policy/AdministratorAccess",))

    @property
    def account(self) -> LiveAccount:
        return self.state.account

    def user(self, name: str, *policies: dict[str, Any], path: str = "/", attached: tuple[str, ...] = ()) -> User:
        """Put a user into the account, with inline policies `p0`, `p1` ... and an access key."""
        arn = f"arn:{self.partition}:iam::{NUMBER}:user{path}{name}"
        inline = {f"p{i}": json.dumps(policy) for i, policy in enumerate(policies)}
        found = User(name, path, self.state.ids.unique("AIDA"), arn, START, inline=inline, attached=attached)
        self.account.users[name] = found
        self.key(name)
        return found

    def key(self, user: str) -> AccessKey:
        ids = self.state.ids
        key = AccessKey(ids.access_key(), user, "Active", START, Secret(ids.secret_key()))
        self.account.access_keys[key.id] = key
        return key

    def caller(self, name: str) -> Caller:
        """The caller with the first long-term key of the user; `ROOT_USER` for the root user."""
        if name == ROOT_USER and not any(key.user == ROOT_USER for key in self.account.access_keys.values()):
            self.key(ROOT_USER)
        key = next(key for key in self.account.access_keys.values() if key.user == name)
        return caller_with_key(self.state, self.account, key)

    def call(
        self, operation: str, *, by: str | Caller | Session = "administrator", service: str = "iam", **parameters: Any
    ) -> Any:
        """The result of an operation, as it is written; raises the sandbox's ApiError.

        Parameters and result are held against the service's model, as on the wire.
        """
        if isinstance(by, Session):
            caller = caller_with_session(self.state, by)
        else:
            caller = self.caller(by) if isinstance(by, str) else by
        about = model.operation(service, operation)
        assert about is not None, f"AWS has no {service} {operation}"
        constraints.check(about, parameters)
        work = Work(self.state, caller, Transport(), self.state.clock.now())
        may_call(caller, service, operation)
        row = rows_of(service)[operation]
        allow(work, service, row, parameters)
        found = row.handler(work, parameters) or {}
        wire.result(about, found, "request")
        return found
