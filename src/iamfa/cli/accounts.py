"""Where the accounts come from that are audited: files, or AWS with the credentials of a profile."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

import click

from iamfa import clock
from iamfa.cli.console import Console
from iamfa.cli.sessions import Here
from iamfa.gateway.aws import Aws
from iamfa.gateway.collect import collect
from iamfa.gateway.collect_assembled import Collected, of_snapshot
from iamfa.gateway.collect_calls import Progress
from iamfa.gateway.ports import Caller, Credentials
from iamfa.session.chosen import DeviceChoiceError
from iamfa.session.obtain import obtain
from iamfa.session.profiles import Profile, endpoint_for
from iamfa.session.turn import NobodyCanAskError
from iamfa.session.wanted import through

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_FIRST_REGION = "us-east-1"
"""Where IAM and Organizations are asked when nobody names a Region; they are the same everywhere in a partition."""


def live_options(function: Decorated) -> Decorated:
    """The options of whatever reads an account over the API."""
    options = (
        click.option("--device", metavar="NAME", help="The device for a new session, where you have several."),
        click.option("--token-code", metavar="CODE", help="The code; - reads it from standard input."),
        click.option("--code-command", metavar="COMMAND", help="A command that prints the code; else `mfa_process`."),
        click.option("--key-only", is_flag=True, help="Call with the access key alone, without a session with MFA."),
        click.option("--every-key", is_flag=True, help="Ask about inactive keys that were never used, too: slow."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def collected_live(here: Here, options: Mapping[str, Any]) -> Collected:
    """The account of the profile, read over the API.

    *options* are those of `live_options`. An IAM user's key is used through a session with MFA, kept or new; a session
    that is in the environment or in a file is used as it is. Raises what reading a profile, getting a session and
    collecting raise.
    """
    access = access_of(here, options, session=not options["key_only"])
    place = sha256((access.endpoints("iam") or "").encode()).hexdigest()[:12]
    progress = Shown(here.console)
    try:
        found = collect(
            access.caller,
            now=clock.now,
            wait=time.sleep,
            tell=progress.tell,
            state=here.state / "collect" / place,
            every_key=bool(options["every_key"]),
        )
    finally:
        progress.end()
    # As the saved snapshot will be judged: there, layout no longer tells policies apart that say the same.
    return of_snapshot(found.snapshot, None)


@dataclass(frozen=True, slots=True)
class Access:
    """Credentials, and where each service is asked with them."""

    credentials: Credentials
    region: str
    endpoints: Callable[[str], str | None]
    ca_bundle: str | None

    def caller(self, service: str) -> Caller:
        """The calls of a service."""
        return Aws(
            self.credentials,
            region=self.region,
            endpoint_url=self.endpoints(service),
            ca_bundle=self.ca_bundle,
            texts_of_policies=True,
        )


def access_of(here: Here, options: Mapping[str, Any], *, session: bool) -> Access:
    """The calls with the credentials of the profile: through a session with MFA where *session* is wanted.

    Raises what reading a profile and getting a session raise.
    """
    asked = here.asked
    profile = through(here.files, here.files.profile(asked.profile))
    if _is_direct(profile, session=session):
        assert profile.keys is not None
        region = asked.region or profile.region or _FIRST_REGION
        return Access(profile.keys, region, _endpoints(here, profile), profile.ca_bundle)
    wanted = here.wanted(options)
    with here.means(wanted, options) as means:
        try:
            credentials = obtain(wanted, means).kept.credentials
        except (DeviceChoiceError, NobodyCanAskError) as error:
            hint = "or call with the key alone, where that may read the account: --key-only"
            raise type(error)(error.message, hint=f"{error.hint}; {hint}" if error.hint else hint) from error
    last = here.files.chain(profile)[-1]
    return Access(credentials, wanted.region, _endpoints(here, last), wanted.ca_bundle)


def _is_direct(profile: Profile, *, session: bool) -> bool:
    """Whether the keys of the profile are used as they are: a session already, or somebody wants no other."""
    keys = profile.keys
    return keys is not None and profile.role_arn is None and (keys.token is not None or not session)


def _endpoints(here: Here, profile: Profile) -> Callable[[str], str | None]:
    return lambda service: endpoint_for(service, profile, os.environ, here.asked.endpoint_url)


class Shown:
    """How far a collection is, in one line of the terminal; nothing where nobody sees it."""

    def __init__(self, console: Console) -> None:
        self._on = sys.stderr.isatty() and not console.quiet
        self._width = console.paper.width
        self._shown = False

    def tell(self, progress: Progress) -> None:
        """Show it."""
        if not self._on:
            return
        words = progress.part.replace("_", " ")
        if progress.waits:
            words += f": AWS asks for patience, {progress.waits:.0f} s"
        elif progress.done:
            words += f": {progress.done}" + (f" of {progress.total}" if progress.total is not None else "")
        self._write(f"reading {words}"[: self._width - 1])
        self._shown = True

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            self._write("")

    def _write(self, text: str) -> None:
        # Back to the beginning of the line, and the rest of it erased (ECMA-48: CR, EL).
        sys.stderr.write(f"\r{text}\x1b[K")
        sys.stderr.flush()
