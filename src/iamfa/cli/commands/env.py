"""`iamfa env`: the session as lines that a shell takes in."""

from __future__ import annotations

import os
from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.sessions import Here, session_options
from iamfa.errors import IamfaError, InputError
from iamfa.session.environment import (
    SHELLS,
    TAKEN_AWAY,
    lines_for,
    place_variables,
    shell_of,
    variables,
    without_credentials,
)
from iamfa.session.obtain import obtain
from iamfa.session.profiles import AwsFiles
from iamfa.session.wanted import wanted


@command(name="env", aws=True)
@click.option("--shell", type=click.Choice(SHELLS), help="Whose lines; the shell of SHELL unless told.")
@click.option("--unset", is_flag=True, help="Lines that take away what the same call without it sets.")
@session_options
def COMMAND(asked: Asked, console: Console, /, shell: str | None, unset: bool, explain: bool, **options: Any) -> None:
    """Print the session as lines for a shell: `eval "$(iamfa env)"`.

    \b
    bash, zsh     eval "$(iamfa env)"
    fish          iamfa env | source
    PowerShell    iamfa env --shell powershell | Out-String | Invoke-Expression
    cmd           for /f "delims=" %i in ('iamfa env --shell cmd') do @%i

    What is printed holds the secret key and the token: it belongs into a shell, not into a file or a log.
    """
    chosen = shell or shell_of(os.environ)
    if chosen is None:
        raise IamfaError("it is not known which shell this is", hint="name it: --shell " + "|".join(SHELLS))
    here = Here(asked, console, explaining=explain)
    if unset:
        names = dict.fromkeys((*TAKEN_AWAY, *_places(here)))
        console.write("".join(f"{each}\n" for each in lines_for(chosen, names)))
        return
    session = here.wanted(options)
    with here.means(session, options) as means:
        kept = obtain(session, means).kept
    found: dict[str, str | None] = {**dict.fromkeys(TAKEN_AWAY), **variables(kept, session)}
    if asked.json:
        console.write_json({name: value for name, value in found.items() if value is not None})
        return
    console.write("".join(f"{each}\n" for each in lines_for(chosen, found)))


def _places(here: Here) -> tuple[str, ...]:
    """What led to the session's place; looked up without the session itself, which stands in the environment now."""
    environ, asked = without_credentials(os.environ), here.asked
    files = AwsFiles.read(environ, here.home)
    try:
        found = wanted(files, environ, asked.profile, region=asked.region, endpoint_url=asked.endpoint_url)
    except InputError:
        # Whatever became of the profile, the session can be taken away.
        return ()
    return tuple(place_variables(found))
