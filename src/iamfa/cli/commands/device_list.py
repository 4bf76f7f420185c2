"""`iamfa device list`: the user's own devices."""

from __future__ import annotations

from typing import Any

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.devices import desk, explain_option
from iamfa.cli.exits import ExitCode
from iamfa.cli.sessions import Here
from iamfa.report.device_json_v1 import devices_json
from iamfa.report.device_text import device_lines


@command(name="list", aws=True)
@explain_option
def COMMAND(asked: Asked, console: Console, /, explain: bool, **options: Any) -> ExitCode:
    """List your MFA devices: kind, since when, whether sessions can be obtained with it, which is the default.

    Where your policies do not let you list them, what is known here is shown, and which policy is in the way; the exit
    code is 4 then.
    """
    with desk(Here(asked, console, explaining=explain), options) as at:
        found = at.listed()
    if asked.json:
        console.write_json(devices_json(found))
    else:
        console.show(device_lines(console.paper, found))
    return ExitCode.CLEAN if found.is_complete else ExitCode.AWS
