"""`iamfa device add`: a virtual device is enrolled."""

from __future__ import annotations

import shlex
from functools import cache
from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.devices import Desk, desk, device_options
from iamfa.cli.enrolling import add_device
from iamfa.cli.seeds import Seeds, Showing
from iamfa.cli.sessions import Here
from iamfa.cli.showing import showing_options
from iamfa.device.enrol import Enabled
from iamfa.device.inventory import Inventory
from iamfa.gateway.aws import Aws
from iamfa.report.device_json_v1 import added_json
from iamfa.session.profiles import profile_option

_WHY = "AWS adds another device only in a session with the code of one that you have"


@command(name="add", aws=True)
@click.argument("name")
@showing_options
@device_options
def COMMAND(asked: Asked, console: Console, /, name: str, showing: Showing, explain: bool, **options: Any) -> None:
    """Enrol a virtual device under any name: shows its QR code, checks the code that your app shows, enables it.

    The code is held against the seed before AWS is asked. The QR code goes from the terminal at the end; where that
    is too small for it, it is a picture that only you can read, and deleted at the end. For a second device AWS
    demands a session with the code of one that you have: that is asked for first. When it is broken off, what was
    begun is deleted again, where your policies let you.
    """
    with desk(Here(asked, console, explaining=explain), options) as at:
        seeds = Seeds(at, showing, json=asked.json)
        known = at.listed()
        at.require_session(known, "add another device")

        @cache
        def iam() -> Aws:
            return at.with_session(_WHY) if known.devices and known.is_complete else at.kept_session or at.with_key

        chosen, found = add_device(at, known, name, seeds, iam)
    if asked.json:
        console.write_json(added_json(found, chosen))
        return
    said = console.paper.paragraph(f"{chosen} is enrolled: {found.serial}")
    if showing.takes_output:
        console.tell(said, always=True)
    else:
        console.show(said)
    if found.listed is False:
        console.tell(console.paper.paragraph("AWS does not list it yet; that may take some seconds"))
    at.say_command("get a session with its next code", _login(at, known, showing, found, chosen))


def _login(at: Desk, known: Inventory, showing: Showing, found: Enabled, name: str) -> str:
    """The command that gets a session with the new device."""
    words = f"iamfa login{profile_option(at.wanted.profile)}"
    if known.devices or not known.is_complete:
        words += f" --device {found.serial if not known.is_complete else name}"
    if showing.yubikey:
        device = ("--device", showing.yubikey_number) if showing.yubikey_number is not None else ()
        code = shlex.join(["ykman", *device, "oath", "accounts", "code", "--single", found.serial])
        words += f" --code-command {shlex.quote(code)}"
    return words
