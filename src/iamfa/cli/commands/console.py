"""`iamfa console`: a link into the console for a session of a role."""

from __future__ import annotations

import sys
from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.opened import open_in_browser
from iamfa.cli.sessions import Here, session_options
from iamfa.gateway.aws import signin_token
from iamfa.session.console_link import NoConsoleLinkError, console_link
from iamfa.session.obtain import obtain


@command(name="console", aws=True)
@click.option("--destination", metavar="PAGE", help="Page to land on: its address, or its path, e.g. s3/home.")
@click.option("--open", "opening", is_flag=True, help="Open the browser instead of printing the link.")
@session_options
def COMMAND(
    asked: Asked, console: Console, /, destination: str | None, opening: bool, explain: bool, **options: Any
) -> None:
    """Print a link that signs in to the console with a role's session.

    The link is good for 15 minutes and for whoever has it. Only sessions of roles can be taken to the console so;
    a profile without a role has to sign in with password and MFA device.
    """
    here = Here(asked, console, explaining=explain)
    wanted = here.wanted(options)
    if not wanted.roles:
        raise NoConsoleLinkError(
            f"profile `{wanted.profile}` has no role, and AWS lets no session of a user into the console by a link",
            hint="sign in at the console with password and MFA device; or name a profile with a role: --profile ROLE",
        )
    with here.means(wanted, options) as means:
        kept = obtain(wanted, means).kept
    link = console_link(
        kept,
        lambda credentials, endpoint: signin_token(credentials, endpoint, ca_bundle=wanted.ca_bundle),
        endpoint_url=wanted.endpoints["signin"],
        region=wanted.region_told,
        destination=destination,
    )
    if opening:
        open_in_browser(link)
        console.tell(console.paper.paragraph("opened in the browser"))
    elif asked.json:
        console.write_json({"version": 1, "url": link.reveal(), "seconds_valid": 900})
    else:
        console.write(link.reveal() + "\n")
        if sys.stdout.isatty():
            console.tell(console.paper.paragraph("good for 15 minutes, for whoever has it"))
