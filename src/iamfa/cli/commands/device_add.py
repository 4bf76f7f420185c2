"""`iamfa device add`: a virtual device is enrolled."""

from __future__ import annotations

from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.devices import desk, device_options
from iamfa.cli.enrolling import Showing, add_device, add_under_free_name
from iamfa.cli.sessions import Here
from iamfa.cli.showing import showing_options

_WHY = "AWS adds another device only in a session with the code of one that you have"


@command(name="add", aws=True)
@click.argument("name")
@showing_options
@device_options
def COMMAND(asked: Asked, console: Console, /, name: str, showing: Showing, explain: bool, **options: Any) -> None:
    """Enrol a virtual device under any name: shows its QR code, checks the code that your app shows, enables it.

    The code is held against the seed before AWS is asked. The seed is written nowhere. For a second device AWS
    demands a session with the code of one that you have: that is asked for first. When it is broken off, what was
    begun is deleted again, where your policies let you.
    """
    with desk(Here(asked, console, explaining=explain), options) as at:
        known = at.listed()
        with_mfa = bool(known.devices) and known.is_complete
        iam = at.with_session(_WHY) if with_mfa else at.kept_session or at.with_key
        with at.explaining(iam, name):
            chosen, found = add_under_free_name(
                at, known, name, lambda each: add_device(at, known, each, showing, iam=iam, with_mfa=with_mfa)
            )
    if asked.json:
        console.write_json({"version": 1, "serial": found.serial, "name": chosen, "listed": found.listed})
        return
    console.show(console.paper.paragraph(f"{chosen} is enrolled: {found.serial}"))
    if found.listed is False:
        console.tell(console.paper.paragraph("AWS does not list it yet; that may take some seconds"))
    profile = at.wanted.profile
    console.tell(console.paper.paragraph(f"get a session with its next code: iamfa login --profile {profile}"))
