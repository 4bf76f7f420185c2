"""`iamfa device resync`: a device whose clock went astray."""

from __future__ import annotations

from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.devices import desk, device_options
from iamfa.cli.sessions import Here
from iamfa.device.resync import require_codes, resync
from iamfa.device.retire import one_of


@command(name="resync", aws=True)
@click.argument("name")
@device_options
def COMMAND(asked: Asked, console: Console, /, name: str, explain: bool, **options: Any) -> None:
    """Tell AWS where a device's clock stands: two codes are asked for, the one that it shows and the one after it.

    For a device whose codes are refused though they are typed in time, a hardware token that lay in a drawer for
    instance.
    """
    with desk(Here(asked, console, explaining=explain), options) as at:
        device = one_of(at.listed(), name)
        require_codes(device.serial)
        first = at.ask_code(f"The code that {device.name} shows now: ")
        second = at.ask_code("Wait for the next one. That code: ")
        at.means.watcher.explain(
            f"aws iam resync-mfa-device --user-name {at.user.name} --serial-number {device.serial} "
            "--authentication-code1 CODE --authentication-code2 CODE"
        )
        with at.explaining(at.with_key):
            at.trying(lambda iam: resync(iam, at.user, device.serial, first, second))
        at.remember_used(device.serial, first, second)
    if asked.json:
        console.write_json({"version": 1, "resynced": device.serial})
    else:
        console.show(console.paper.paragraph(f"{device.name} is in step with AWS; the next code opens a session"))
