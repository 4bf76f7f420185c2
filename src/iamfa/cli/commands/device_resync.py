"""`iamfa device resync`: a device whose clock went astray."""

from __future__ import annotations

from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.devices import desk, explain_option
from iamfa.cli.sessions import Here
from iamfa.device.resync import require_codes, resync, typed_code
from iamfa.device.retire import one_of
from iamfa.gateway.faults import AccessDeniedError
from iamfa.report.device_json_v1 import resynced_json


@command(name="resync", aws=True)
@click.argument("name")
@explain_option
def COMMAND(asked: Asked, console: Console, /, name: str, explain: bool, **options: Any) -> None:
    """Tell AWS where a device's clock stands: two codes are asked for, the one that it shows and the one after it.

    For a device whose codes are refused though they are typed in time, a hardware token that lay in a drawer for
    instance. Where your policies allow it with MFA only, get a session with another device first: iamfa login.
    """
    with desk(Here(asked, console, explaining=explain), options) as at:
        device = one_of(at.listed(), name)
        require_codes(device.serial)
        first = typed_code(at.ask_code(f"The code that {device.name} shows now: "))
        second = typed_code(at.ask_code("Wait for the next one. That code: "))
        at.explain(
            "resync-mfa-device", "--user-name", at.user.name, "--serial-number", device.serial,
            "--authentication-code1", "CODE", "--authentication-code2", "CODE",
        )  # fmt: skip
        try:
            resync(at.with_key, at.user, device.serial, first, second)
        except AccessDeniedError as error:
            # Without MFA a policy may forbid it; the codes are not used up then.
            session = at.kept_session
            if session is None:
                raise at.explained(error, at.with_key) from error
            with at.explaining(session):
                resync(session, at.user, device.serial, first, second)
        at.remember_used(device.serial, first, second)
    if asked.json:
        console.write_json(resynced_json(device.serial))
    else:
        console.show(console.paper.paragraph(f"{device.name} is in step with AWS; the next code opens a session"))
