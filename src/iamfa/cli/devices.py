"""What the commands about devices share: whose devices, the calls with key and session, and questions to the user."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

from iamfa import clock
from iamfa.cli.sessions import Here, connector
from iamfa.cli.terminal import Terminal
from iamfa.device.codes import typed
from iamfa.device.inventory import Inventory, inventory
from iamfa.device.journal import Journal
from iamfa.device.own_user import OwnUser
from iamfa.device.rule import needs_session
from iamfa.errors import IamfaError, OutsideError
from iamfa.gateway.aws import Aws
from iamfa.gateway.faults import AccessDeniedError, CredentialsError
from iamfa.gateway.ports import Credentials
from iamfa.report.paper import Piece, line, printable
from iamfa.secret import Secret
from iamfa.session.cache import CacheError
from iamfa.session.codes import CodeSource
from iamfa.session.means import Means
from iamfa.session.obtain import obtain, owner_of
from iamfa.session.profiles import profile_option
from iamfa.session.wanted import Wanted
from iamfa.session.watched import Notice

if TYPE_CHECKING:
    from iamfa.device.refused import Refusal

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def explain_option(function: Decorated) -> Decorated:
    """The option of every command about devices."""
    return click.option("--explain", is_flag=True, help="Show the AWS CLI commands that do the same.")(function)


def device_options(function: Decorated) -> Decorated:
    """The options of whatever may need a session on the way."""
    options = (
        click.option("--device", metavar="NAME", help="The device whose code opens the session that AWS demands."),
        click.option("--token-code", metavar="CODE", help="A code of that device; - reads it from standard input."),
    )
    function = explain_option(function)
    for option in reversed(options):
        function = option(function)
    return function


class ExplainedRefusalError(OutsideError):
    """AWS refused a call about devices, and this is why."""

    def __init__(self, refusal: Refusal, hint: str) -> None:
        super().__init__("; ".join(refusal.sentences), hint=hint)
        self.works = refusal.works
        """The name under which a device can be created, where that is why."""


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
        return self._connect(self.wanted.keys, "iam")

    @cached_property
    def _connect(self) -> Callable[[Credentials, str], Aws]:
        return connector(self.wanted)

    def with_session(self, why: str | None = None, *, device: str | None = None) -> Aws:
        """The calls in a session with MFA, which is obtained where none is kept."""
        if why is not None and self.kept_session is None:
            self.means.watcher.tell(Notice(why.replace("{", "{{").replace("}", "}}")))
        found = obtain(replace(self.wanted, device=device or self.wanted.device), self.means)
        return self._connect(found.kept.credentials, "iam")

    def proved(self, serial: str, source: CodeSource) -> Aws:
        """The calls in a new session, obtained with a code of this very device."""
        wanted, means = replace(self.wanted, device=serial, renew=True), replace(self.means, source=source, asks=True)
        for _ in range(2):
            kept = obtain(wanted, means).kept
            if kept.serial == serial:
                return self._connect(kept.credentials, "iam")
            # Kept within the same second, or by another process meanwhile: it proves another device.
            means.cache.forget([kept.key])
        raise IamfaError(f"no session could be obtained with `{serial}`", hint="end what obtains sessions besides")

    @property
    def kept_session(self) -> Aws | None:
        """The calls in a session that is kept; None where there is none."""
        user = self.user
        kept = self.means.cache.find(self.wanted.key(user.partition, user.account, user.name))
        return None if kept is None else self._connect(kept.credentials, "iam")

    def require_session(self, known: Inventory, what: str) -> None:
        """Raise `NeedsMfaSessionError` where there are devices, but none whose code opens the session for *what*."""
        if known.is_complete and known.devices and not known.usable and self.kept_session is None:
            raise needs_session(what, known)

    def listed(self) -> Inventory:
        """The devices; where the key alone may not list them, a session that is kept may."""
        self.explain("list-mfa-devices", "--user-name", self.user.name)
        found = self._inventory(self.with_key)
        self.look_at_clock(self.with_key)
        session = None if found.is_complete else self.kept_session
        return found if session is None else self.listed_anew(found, session)

    def listed_anew(self, known: Inventory, session: Aws) -> Inventory:
        """The devices as a session lists them, where the key alone could not."""
        if known.is_complete:
            return known
        try:
            return self._inventory(session)
        except CredentialsError:
            # A session that is kept may have been ended from outside; what needs one says so.
            return known

    def _inventory(self, iam: Aws) -> Inventory:
        return inventory(
            iam, self.user, defaults=self.means.defaults, journal=self.journal, profile_serial=self.wanted.mfa_serial
        )

    def look_at_clock(self, aws: Aws) -> None:
        """Learn how far the clocks are apart; to be called right after an answer."""
        if aws.answered_at is not None:
            self.ahead = aws.answered_at - clock.now()

    def explain(self, operation: str, *arguments: str, iam: Aws | None = None) -> None:
        """Show the AWS CLI command of a call of IAM, made with the key unless told otherwise."""
        words = shlex.join(["aws", "iam", operation, *arguments])
        if iam is not None and iam is not self.with_key:
            words += " --profile SESSION"
        else:
            words += profile_option(self.wanted.source)
        self.means.watcher.explain(words)

    def explained(self, error: AccessDeniedError, iam: Aws, name: str | None = None) -> ExplainedRefusalError:
        """A refusal explained by the user's own policies, as far as they can be read.

        *name* is that of the device that was to be created.
        """
        from iamfa.device.refused import explain_refusal

        with_mfa = iam is not self.with_key
        refusal = explain_refusal(error, self.user, caller=iam, name=name, with_mfa=with_mfa)
        hint = refusal.hint
        if with_mfa and refusal.denied.denial is not None and refusal.denied.denial.kind == "explicit":
            renewed = f"`iamfa login --renew{profile_option(self.wanted.profile)}`"
            hint = f"the policy may want a code that was given lately: {renewed}, and try again; {hint}"
        return ExplainedRefusalError(refusal, hint)

    @contextmanager
    def explaining(self, iam: Aws) -> Iterator[None]:
        """A refusal meanwhile is explained."""
        try:
            yield
        except AccessDeniedError as error:
            raise self.explained(error, iam) from error

    def now(self) -> datetime:
        """The time as AWS has it, as well as it is known: two seconds are no difference, as answers take time."""
        return clock.now() + (self.ahead if abs(self.ahead) > timedelta(seconds=2) else timedelta(0))

    def ask_code(self, prompt: str, *, above: str = "") -> Secret:
        """What somebody types where a code is asked for; *above* is drawn as it is, before the question.

        Both are written at once, as from then on nothing that is typed is shown. Raises `IamfaError` where nobody can
        be asked.
        """
        found = self.require_terminal("to type a code on").read_hidden(above + printable(prompt))
        if found is None:
            raise IamfaError("the terminal was closed before a code was typed")
        return Secret(found)

    def remember_used(self, serial: str, *codes: str | Secret) -> None:
        """Note codes that AWS has accepted: none of them opens a session any more."""
        for each in codes:
            code = typed(each)
            if code is not None:
                with suppress(CacheError):
                    self.means.ledger.record(serial, code, clock.now())

    def agrees(self, question: str, *, hint: str = "run it in a terminal") -> bool:
        """Whether somebody says yes; *hint* is for where nobody can be asked."""
        answer = self.require_terminal("to ask on", hint=hint).read_line(printable(f"{question} [y/N] "))
        return (answer or "").strip().lower() in ("y", "yes")

    def require_terminal(self, purpose: str, *, hint: str = "run it in a terminal") -> Terminal:
        """The terminal; raises `IamfaError` where there is none."""
        if self.terminal is None:
            raise IamfaError(f"there is no terminal {purpose}", hint=hint)
        return self.terminal

    def say(self, words: str, *, always: bool = False) -> None:
        """A message."""
        console = self.here.console
        console.tell(console.paper.wrapped([Piece(printable(words))], hanging="  "), always=always)

    def say_command(self, words: str, command: str, *, always: bool = False) -> None:
        """A message and a command, on a line of its own however long it is, so that it can be copied."""
        console = self.here.console
        shown = [*console.paper.paragraph(f"{words}:"), line(f"  {printable(command)}", "strong")]
        console.tell(shown, always=always)

    def say_beside_question(self, words: str) -> None:
        """What has to be known to answer: it is seen where the question is asked, wherever messages go."""
        if self.terminal is not None and not sys.stderr.isatty():
            self.terminal.write(printable(words) + "\n")
        else:
            self.say(words, always=True)


@contextmanager
def desk(here: Here, options: Mapping[str, Any]) -> Iterator[Desk]:
    """The desk of the user of a profile; roles play no part, as they have no devices."""
    wanted = replace(here.wanted(options), roles=())
    with here.means(wanted, options) as means:
        yield Desk(here, wanted, means, here.terminal)
