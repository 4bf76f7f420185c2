"""`iamfa device default`: which device is meant where none is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.devices import desk, explain_option
from iamfa.cli.exits import ExitCode
from iamfa.cli.sessions import Here
from iamfa.device.kinds import advice_on
from iamfa.device.problems import NoSuchDeviceError
from iamfa.device.retire import one_of
from iamfa.report.device_json_v1 import default_json


@command(name="default", aws=True)
@click.argument("name", required=False)
@click.option("--forget", is_flag=True, help="Have no default: where there are several, ask.")
@explain_option
def COMMAND(
    asked: Asked, console: Console, /, name: str | None, forget: bool, explain: bool, **options: Any
) -> ExitCode:
    """Say which device is meant where none is named, or show it; it is remembered for each account and user."""
    if name is not None and forget:
        raise click.UsageError("name a device or `--forget`, not both")
    with desk(Here(asked, console, explaining=explain), options) as at:
        if forget:
            was = at.means.defaults.forget(at.user)
            if asked.json:
                console.write_json(default_json(None, at.user))
            else:
                console.show(console.paper.paragraph("forgotten" if was else "there was no default"))
            return ExitCode.CLEAN
        found = at.listed()
        if name is None:
            chosen = found.default
        else:
            chosen = one_of(found, name)
            if not chosen.usable_for_sts:
                raise NoSuchDeviceError(f"`{name}` cannot be the default", hint=advice_on(chosen.serial))
            at.means.defaults.set(at.user, chosen.serial)
            chosen = replace(chosen, is_default=True)
    if found.dropped_default is not None:
        console.tell(console.paper.paragraph(f"the default `{found.dropped_default}` is gone, and forgotten"))
    if asked.json:
        console.write_json(default_json(chosen, found.user))
    elif chosen is None:
        console.show(console.paper.paragraph("no default is remembered; set one: `iamfa device default NAME`"))
    else:
        console.show(console.paper.paragraph(f"{chosen.name} ({chosen.serial}) is the default of {found.user.name}"))
    return ExitCode.FOUND if chosen is None else ExitCode.CLEAN
