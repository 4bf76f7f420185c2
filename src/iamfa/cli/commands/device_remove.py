"""`iamfa device remove`: a device is taken away, and deleted where that is allowed."""

from __future__ import annotations

from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.devices import desk, device_options
from iamfa.cli.sessions import Here
from iamfa.device.retire import one_of, require_another, retire
from iamfa.errors import IamfaError


@command(name="remove", aws=True)
@click.argument("name")
@click.option("--last", is_flag=True, help="Even if it is the last device, or the last that gives codes.")
@click.option("--yes", is_flag=True, help="Without asking.")
@device_options
def COMMAND(asked: Asked, console: Console, /, name: str, last: bool, yes: bool, explain: bool, **options: Any) -> None:
    """Take a device away from yourself: it is deactivated and, if it is virtual and you may, deleted.

    AWS demands a session with the code of a device; the last device is not taken away unless you say --last.
    """
    with desk(Here(asked, console, explaining=explain), options) as at:
        known = at.listed()
        device = one_of(known, name)
        if not last:
            require_another(known, device)
        if not yes and not at.agrees(f"Remove {device.name} ({device.serial}) of {known.user.name}?"):
            raise IamfaError("nothing was removed")
        session = at.with_session("AWS removes a device only in a session with the code of one of yours")
        for words in (
            f"aws iam deactivate-mfa-device --user-name {at.user.name} --serial-number {device.serial}",
            *([f"aws iam delete-virtual-mfa-device --serial-number {device.serial}"] * (device.kind == "virtual")),
        ):
            at.means.watcher.explain(words)
        with at.explaining(session):
            found = retire(
                session, known, device, with_mfa=True, journal=at.journal, defaults=at.means.defaults, now=at.now(),
                last_too=last,
            )  # fmt: skip
    if asked.json:
        console.write_json({"version": 1, "removed": device.serial, "deleted": found.end == "deleted"})
        return
    console.show(console.paper.paragraph(str(found)))
    if found.orphan is not None and found.end == "unassigned":
        console.tell(console.paper.paragraph(f"an administrator deletes it: {found.orphan.administrator_command}"))
