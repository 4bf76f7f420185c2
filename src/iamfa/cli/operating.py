"""What the commands that change an account share: with whose credentials, and which account it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from iamfa import clock
from iamfa.account.entities import Account
from iamfa.audit.holdings import Holdings
from iamfa.audit.journal import BEGINNING
from iamfa.audit.live import Live
from iamfa.audit.plan_checks import kinds_held
from iamfa.audit.plan_values import Actor, Step
from iamfa.cli import terminal as terminals
from iamfa.cli.accounts import Access, Shown, access_of
from iamfa.cli.common import Asked
from iamfa.cli.console import Console
from iamfa.cli.sessions import Here
from iamfa.errors import IamfaError, InputError
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.gateway.collect import collect
from iamfa.gateway.collect_assembled import Collected
from iamfa.gateway.collect_files import from_path
from iamfa.gateway.ports import Caller, Identity
from iamfa.report.paper import printable

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

LIVE: Final = "live"
_JOURNAL: Final = ".journal"


def credential_options(function: Decorated) -> Decorated:
    """The options of whatever calls AWS as the operator."""
    options = (
        click.option("--device", metavar="NAME", help="The MFA device, by name or serial, where you have several."),
        click.option("--token-code", metavar="CODE", help="The code; - reads it from standard input."),
        click.option("--code-command", metavar="COMMAND", help="A command that prints the code; else `mfa_process`."),
        click.option("--key-only", is_flag=True, help="Call with the access key alone, without a session with MFA."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@dataclass(frozen=True)
class Operating:
    """The calls of the operator."""

    here: Here
    access: Access

    @classmethod
    def of(cls, here: Here, options: Mapping[str, Any]) -> Operating:
        """With the credentials of the profile: those of a session as they are, else a session with MFA, or the key.

        Raises whatever obtaining a session raises.
        """
        return cls(here, access_of(here, options, session=not options.get("key_only")))

    def caller(self, service: str) -> Caller:
        """The calls of a service; IAM's policies come as the texts that AWS keeps."""
        return self.access.caller(service)

    def live(self) -> Live:
        """What policies say right now."""
        return Live(self.caller("iam"), time.sleep)

    def identity(self) -> Identity:
        """Whose credentials these are."""
        found = self.caller("sts").call("sts", "GetCallerIdentity")
        return Identity(found["Account"], found["Arn"], found["UserId"])

    def require_account(self, number: str) -> None:
        """Raise `InputError` where the credentials are those of another account."""
        identity = self.identity()
        if identity.account != number:
            raise InputError(
                f"the plan is for the account `{number}`, and these credentials are for `{identity.account}`",
                hint="name the profile of that account: --profile NAME",
            )

    def collected(self) -> Collected:
        """The account, all of it read now, with the texts of policies as AWS keeps them."""
        progress = Shown(self.here.console)
        try:
            return collect(self.caller, now=clock.now, wait=time.sleep, tell=progress.tell)
        finally:
            progress.end()

    def actor(self, account: Account) -> Actor:
        """The operator as the checks know him. Raises `InputError` for somebody else than a user, a role or root."""
        identity = self.identity()
        return actor_of(identity, account, temporary=self.access.credentials.token is not None)


def actor_of(identity: Identity, account: Account, *, temporary: bool) -> Actor:
    """Who calls. A user's session that may call IAM at all was opened with MFA (API_GetSessionToken)."""
    who = Principal.parse(identity.arn)
    if who.kind is PrincipalKind.USER:
        return Actor(identity.arn, "token-mfa" if temporary else "long-term-key")
    if who.kind is PrincipalKind.ROOT:
        return Actor(account.root_arn, "long-term-key")
    role = account.roles.get(who.role_name or "")
    if role is None or identity.account != account.number:
        raise InputError(
            f"`{identity.arn}` is no user, role or root user of the account `{account.number}`",
            hint="work with credentials of that account",
        )
    return Actor(role.arn, "role")


def named_actor(text: str, account: Account, holdings: Holdings, credential: str | None = None) -> Actor:
    """Somebody named on the command line: a user, a role, `root`, or an ARN, with the strongest kind that he has."""
    if text in ("root", account.root_arn):
        return Actor(account.root_arn, credential or "long-term-key")
    for user in account.users.values():
        if text in (user.name, user.arn):
            kind = credential or next(iter(kinds_held(holdings, user.name)), "long-term-key")
            if not CREDENTIALS[kind].by_user:
                raise InputError(f"no user holds `{kind}`", hint="name a kind that a user can hold")
            return Actor(user.arn, kind)
    for role in account.roles.values():
        if text in (role.name, role.arn):
            return Actor(role.arn, "role")
    raise InputError(f"`{text}` is no user or role of the account `{account.number}`")


def agreed(question: str) -> bool:
    """Whether somebody says yes on the terminal; raises `IamfaError` where there is none."""
    terminal = terminals.open_terminal()
    if terminal is None:
        raise IamfaError("there is no terminal to ask on", hint="say it beforehand: --yes")
    try:
        answer = terminal.read_line(printable(f"{question} [y/N] "))
    finally:
        terminal.close()
    return (answer or "").strip().lower() in ("y", "yes")


def journal_of(plan: str, journal: str | None) -> Path:
    """Where the journal of a plan lies; the journal itself may be named in the plan's place."""
    if journal is not None:
        return Path(journal)
    beside = Path(plan + _JOURNAL)
    return beside if beside.exists() or not _is_journal(plan) else Path(plan)


def _is_journal(path: str) -> bool:
    """Whether a file that is named in a plan's place is a journal: it begins with the line that holds the plan."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(len(BEGINNING)) == BEGINNING
    except OSError:
        return False


class Said:
    """What is said of each step: shown as it comes, or kept for programs."""

    def __init__(self, asked: Asked, console: Console) -> None:
        self._console = None if asked.json else console
        self.all: list[tuple[Step, str]] = []

    def __call__(self, step: Step, words: str) -> None:
        """Say it."""
        self.all.append((step, words))
        if self._console is not None:
            self._console.show(self._console.paper.paragraph(f"{step.number}. {step.spot} {words}", hanging="   "))
            self._console.flush()


def saved_account(path: str, number: str | None) -> Collected:
    """The account in saved files; raises `InputError` where there are several, and none of them is named."""
    saved = from_path(path)
    numbers = [each.account.number for each in saved.accounts]
    found = [each for each in saved.accounts if number in (None, each.account.number)]
    if len(found) != 1:
        hint = "name one: --account " + ("|".join(numbers))
        raise InputError(f"`{path}` holds {len(numbers)} accounts, and a plan is for one", hint=hint)
    return found[0]
