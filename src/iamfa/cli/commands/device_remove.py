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
from iamfa.report.device_json_v1 import removed_json

_WHY = "AWS removes a device only in a session with the code of one of yours"


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
        if not known.is_complete:
            # Which devices there are a session may tell, and it is needed anyhow.
            known = at.listed_anew(known, at.with_session(_WHY))
        device = one_of(known, name)
        if not last:
            require_another(known, device)
        at.require_session(known, "remove one")
        question = f"Remove {device.name} ({device.serial}) of {known.user.name}?"
        if not yes and not at.agrees(question, hint="`--yes` removes it without asking"):
            raise IamfaError("nothing was removed")
        session = at.with_session(_WHY)
        at.explain(
            "deactivate-mfa-device", "--user-name", at.user.name, "--serial-number", device.serial, iam=session
        )  # fmt: skip
        if device.kind == "virtual":
            at.explain("delete-virtual-mfa-device", "--serial-number", device.serial, iam=session)
        with at.explaining(session):
            found = retire(
                session, known, device, with_mfa=True, journal=at.journal, defaults=at.means.defaults, now=at.now(),
                last_too=last,
            )  # fmt: skip
    if asked.json:
        console.write_json(removed_json(found))
        return
    console.show(console.paper.paragraph(str(found)))
    if found.orphan is not None and found.end == "unassigned":
        at.say_command("an administrator deletes it with", found.orphan.administrator_command, always=True)
