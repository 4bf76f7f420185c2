"""`iamfa device replace`: a new device for an old one."""

from __future__ import annotations

from typing import Any

import click

from iamfa.cli.changes import offer_changed_serial
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.devices import desk, device_options
from iamfa.cli.enrolling import Showing, add_device, add_under_free_name
from iamfa.cli.sessions import Here
from iamfa.cli.showing import showing_options
from iamfa.device.replace import Replacement, needs_other_session, plan_replacement
from iamfa.device.retire import one_of


@command(name="replace", aws=True)
@click.argument("old")
@click.argument("new", required=False)
@click.option("--lost", is_flag=True, help="The old device is lost: no code of it is asked for.")
@showing_options
@device_options
def COMMAND(
    asked: Asked,
    console: Console,
    /,
    old: str,
    new: str | None,
    lost: bool,
    showing: Showing,
    explain: bool,
    **options: Any,
) -> None:
    """Add a new device, prove it with a session, and then remove the old one: at no moment there is none.

    Without a name the new one is called like the old one, with a number. Where it is broken off, you have both.
    """
    here = Here(asked, console, explaining=explain)
    with desk(here, options) as at:
        known = at.listed()
        device = one_of(known, old)
        if lost:
            others = [each for each in known.usable if each.serial != device.serial]
            if not others and at.kept_session is None:
                raise needs_other_session(known, device, lost=True)
            options["device"] = options.get("device") or (others[0].serial if others else None)
        iam = at.with_session(
            "AWS adds and removes devices only in a session with the code of one that you have",
            device=options.get("device"),
        )
        plan = plan_replacement(known, device, new, with_mfa=True)
        with at.explaining(iam, plan.name):
            chosen, enabled = add_under_free_name(
                at, known, plan.name, lambda each: add_device(at, known, each, showing, iam=iam, with_mfa=True)
            )
            at.say(f"{chosen} is enrolled; its next code proves it, and then {device.name} is removed", always=True)
            removed = Replacement(known, device, chosen).finish(
                enabled,
                lambda serial: at.with_session(device=serial, renew=True),
                journal=at.journal,
                defaults=at.means.defaults,
                now=at.now,
            )
    if asked.json:
        console.write_json(
            {"version": 1, "added": enabled.serial, "removed": device.serial, "deleted": removed.end == "deleted"}
        )
    else:
        console.show(console.paper.paragraph(f"{chosen} ({enabled.serial}) is there; {removed}"))
    if removed.orphan is not None and removed.end == "unassigned":
        console.tell(console.paper.paragraph(f"an administrator deletes it: {removed.orphan.administrator_command}"))
    offer_changed_serial(here, device.serial, enabled.serial)
