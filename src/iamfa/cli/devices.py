"""What the commands about devices share: whose devices, the calls with key and session, and questions to the user."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

import click

from iamfa import clock
from iamfa.cli.sessions import Here, connector
from iamfa.cli.terminal import Terminal
from iamfa.device.codes import typed
from iamfa.device.inventory import Inventory, inventory
from iamfa.device.journal import Journal
from iamfa.device.own_user import OwnUser
from iamfa.device.problems import NeedsMfaSessionError
from iamfa.errors import IamfaError, OutsideError
from iamfa.gateway.aws import Aws
from iamfa.gateway.faults import AccessDeniedError
from iamfa.report.paper import Piece, printable
from iamfa.secret import Secret
from iamfa.session.cache import CacheError
from iamfa.session.means import Means
from iamfa.session.obtain import obtain, owner_of
from iamfa.session.wanted import Wanted
from iamfa.session.watched import Notice

T = TypeVar("T")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def device_options(function: Decorated) -> Decorated:
    """The options of whatever may need a session on the way."""
    options = (
        click.option("--device", metavar="NAME", help="The device whose code opens the session that AWS demands."),
        click.option("--token-code", metavar="CODE", help="A code of that device; - reads it from standard input."),
        click.option("--explain", is_flag=True, help="Show the AWS CLI command that does the same."),
    )
    for option in reversed(options):
        function = option(function)
    return function


class ExplainedRefusalError(OutsideError):
    """AWS refused a call about devices, and this is why."""


@dataclass
class Desk:
    """Where a user looks after his devices."""

    here: Here
    wanted: Wanted
    means: Means
    terminal: Terminal | None
    ahead: timedelta = timedelta(0)
    """By how much AWS's clock was ahead of this machine's when it last answered."""

    @cached_property
    def user(self) -> OwnUser:
        """The user himself."""
        return owner_of(self.wanted, self.means)

    @cached_property
    def journal(self) -> Journal:
        """What was begun here."""
        return Journal(self.here.state, endpoint=self.wanted.endpoint)

    @cached_property
    def with_key(self) -> Aws:
        """The calls with the long-term key."""
        found = self._connect(self.wanted.keys, "iam")
        assert isinstance(found, Aws)
        return found

    @cached_property
    def _connect(self) -> Callable[..., Any]:
        return connector(self.wanted)

    def with_session(self, why: str | None = None, *, device: str | None = None, renew: bool = False) -> Aws:
        """The calls in a session with MFA, which is obtained where none is kept."""
        if why is not None and self.kept_session is None:
            self.means.watcher.tell(Notice(why.replace("{", "{{").replace("}", "}}")))
        wanted = replace(self.wanted, device=device or self.wanted.device, renew=renew)
        found = self._connect(obtain(wanted, self.means).kept.credentials, "iam")
        assert isinstance(found, Aws)
        return found

    @property
    def kept_session(self) -> Aws | None:
        """The calls in a session that is kept; None where there is none."""
        user = self.user
        kept = self.means.cache.find(self.wanted.key(user.partition, user.account, user.name))
        return None if kept is None else self._connect(kept.credentials, "iam")

    def listed(self) -> Inventory:
        """The devices; where the key alone may not list them, a session that is kept may."""
        self.means.watcher.explain(
            f"aws iam list-mfa-devices --user-name {self.user.name} --profile {self.wanted.source}"
        )
        known: dict[str, Any] = {
            "defaults": self.means.defaults,
            "journal": self.journal,
            "profile_serial": self.wanted.mfa_serial,
        }
        found = inventory(self.with_key, self.user, **known)
        self.look_at_clock(self.with_key)
        session = None if found.is_complete else self.kept_session
        return found if session is None else inventory(session, self.user, **known)

    def look_at_clock(self, aws: Aws) -> None:
        """Learn how far the clocks are apart; to be called right after an answer."""
        if aws.answered_at is not None:
            self.ahead = aws.answered_at - clock.now()

    @contextmanager
    def explaining(self, iam: Aws, name: str | None = None) -> Iterator[None]:
        """A refusal meanwhile is explained by the user's own policies, as far as they can be read."""
        try:
            yield
        except AccessDeniedError as error:
            from iamfa.device.refused import explain_refusal

            with_mfa = iam is not self.with_key
            found = explain_refusal(error, self.user, caller=iam, name=name, with_mfa=with_mfa)
            raise ExplainedRefusalError("; ".join(found.sentences), hint=found.hint) from error

    def trying(self, call: Callable[[Aws], T]) -> T:
        """Call with the key, and where AWS demands it in a session; a session that is kept is taken at once."""
        session = self.kept_session
        if session is not None:
            return call(session)
        try:
            return call(self.with_key)
        except NeedsMfaSessionError as error:
            return call(self.with_session(error.message))

    def now(self) -> datetime:
        """The time as AWS has it, as well as it is known: two seconds are no difference, as answers take time."""
        return clock.now() + (self.ahead if abs(self.ahead) > timedelta(seconds=2) else timedelta(0))

    def ask_code(self, prompt: str, complaint: str | None = None) -> str:
        """What somebody types where a code is asked for. Raises `IamfaError` where nobody can be asked."""
        terminal = self.require_terminal("to type a code on")
        if complaint is not None:
            terminal.write(printable(complaint) + "\n")
        typed = terminal.read_hidden(printable(prompt))
        if typed is None:
            raise IamfaError("the terminal was closed before a code was typed")
        return typed

    def remember_used(self, serial: str, *codes: str | Secret) -> None:
        """Note codes that AWS has accepted: none of them opens a session any more."""
        for each in codes:
            code = typed(each)
            if code is not None:
                with suppress(CacheError):
                    self.means.ledger.record(serial, code, clock.now())

    def agrees(self, question: str) -> bool:
        """Whether somebody says yes."""
        answer = self.require_terminal("to ask on").read_line(printable(f"{question} [y/N] "))
        return (answer or "").strip().lower() in ("y", "yes")

    def require_terminal(self, purpose: str) -> Terminal:
        """The terminal; raises `IamfaError` where there is none."""
        if self.terminal is None:
            raise IamfaError(f"there is no terminal {purpose}", hint="run it in a terminal")
        return self.terminal

    def say(self, words: str, *, always: bool = False) -> None:
        """A message."""
        console = self.here.console
        console.tell(console.paper.wrapped([Piece(printable(words))], hanging="  "), always=always)


@contextmanager
def desk(here: Here, options: Mapping[str, Any]) -> Iterator[Desk]:
    """The desk of the user of a profile; roles play no part, as they have no devices."""
    wanted = replace(here.wanted(options), roles=())
    with here.means(wanted, options) as means:
        yield Desk(here, wanted, means, here.terminal)
