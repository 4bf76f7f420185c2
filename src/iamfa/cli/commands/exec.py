"""`iamfa exec -- COMMAND`: a command with a session in its environment."""

from __future__ import annotations

import os
from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.running import run_with
from iamfa.cli.sessions import Here, session_options
from iamfa.session.environment import variables, without_credentials
from iamfa.session.obtain import obtain


@command(name="exec", aws=True, formats=("text",), context_settings={"allow_interspersed_args": False})
@session_options
@click.argument("arguments", metavar="-- COMMAND [ARGUMENT]...", nargs=-1, required=True, type=click.UNPROCESSED)
def COMMAND(asked: Asked, console: Console, /, arguments: tuple[str, ...], explain: bool, **options: Any) -> int:
    """Run a command with the session's credentials in its environment, and return its exit code.

    The credentials are there as the AWS CLI and SDKs read them (AWS_ACCESS_KEY_ID and so on), and end with the session:
    a command that runs longer is better served by a profile (`iamfa setup`). Profile variables are taken away, since
    they would win.
    """
    here = Here(asked, console, explaining=explain)
    wanted = here.wanted(options)
    with here.means(wanted, options) as means:
        kept = obtain(wanted, means).kept
    return run_with(arguments, {**without_credentials(os.environ), **variables(kept, wanted)})
