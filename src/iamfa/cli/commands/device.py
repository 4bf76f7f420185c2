"""`iamfa device`: the user's own MFA devices."""

from __future__ import annotations

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.subcommands import Subcommands

_SUBCOMMANDS = {
    "list": "Your devices: kind, since when, usable for sessions or not, which is the default.",
    "add": "Enrol a virtual device under any name: QR code, code checked, enabled.",
    "resync": "Tell AWS where a device's clock stands, with two codes in a row.",
    "remove": "Take a device away, and delete it if that is allowed.",
    "replace": "Add a new device, prove it, and then remove an old one.",
    "default": "The device that is meant where none is named.",
}


@command(name="device", cls=Subcommands, table=_SUBCOMMANDS, aws=True, no_args_is_help=True)
def COMMAND(asked: Asked, console: Console, /) -> None:
    """Your own MFA devices: up to eight, of any name.

    Where AWS demands a session with MFA, for a second device for instance, it is obtained first.
    """
    # What stands before the command's name holds for it as well.
    click.get_current_context().find_root().obj = asked
