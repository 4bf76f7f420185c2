"""`iamfa login`: a session with MFA, kept for every program that takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from iamfa import clock
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode
from iamfa.cli.sessions import Here, session_options
from iamfa.device.kinds import Serial
from iamfa.report.paper import Piece
from iamfa.report.session_json_v1 import session_json
from iamfa.report.session_text import time_left
from iamfa.session.credentials_file import require_writable, write_session
from iamfa.session.obtain import Obtained, obtain, remaining
from iamfa.session.profiles import profile_option
from iamfa.session.wanted import Wanted


@command(name="login", aws=True)
@click.option("--write-profile", metavar="NAME", help="Write the session into this profile of the credentials file.")
@session_options
def COMMAND(asked: Asked, console: Console, /, write_profile: str | None, explain: bool, **options: Any) -> ExitCode:
    """Get a session with MFA: finds your device, asks for the code, and keeps the session.

    A session that is kept is taken as long as it lasts, by `iamfa exec`, `iamfa env`, and by the AWS CLI and SDKs
    through `credential_process` (`iamfa setup`). A profile with a `role_arn` gets a session of the role: one code
    serves all roles. AWS lets a session last 12 hours unless told otherwise: --duration, 15 minutes to 36 hours.
    With --duration, --device or --token-code a new one is made, though one is kept. Without a terminal a code that is
    piped in is taken.
    Exit code 3 where the session cannot be kept.
    """
    here = Here(asked, console, explaining=explain)
    wanted = here.wanted(options)
    if options["token_code"] is not None or options["device"] is not None or options["duration"] is not None:
        # Whoever says with which code or device, or for how long, does not want what is kept.
        wanted = replace(wanted, renew=True)
    if write_profile is not None:
        require_writable(here.files, write_profile)
    with here.means(wanted, {**options, "piped": True}) as means:
        found = obtain(wanted, means)
    if write_profile is not None:
        write_session(here.files, write_profile, found.kept.credentials, place=_place(wanted))
        console.tell([(Piece(f"written to profile `{write_profile}` of `{here.files.credentials.path}`"),)])
    if asked.json:
        console.write_json(session_json(found.kept, fresh=found.fresh, profile=wanted.profile))
    else:
        _show(console, found, wanted.profile)
    if found.healed_from is not None and found.kept.serial is not None and not asked.json:
        # Not at the top: the diff that it shows is part of what judges policies, and takes its time to load.
        from iamfa.cli.changes import offer_changed_serial

        offer_changed_serial(here, found.healed_from, found.kept.serial)
    return ExitCode.CLEAN if found.is_kept else ExitCode.INVALID


def _show(console: Console, found: Obtained, profile: str) -> None:
    kept = found.kept
    who = kept.roles[-1] if kept.roles else kept.owner.name
    device = f", device {Serial.read(kept.serial).name}" if kept.serial is not None else ""
    expires = kept.credentials.expires
    assert expires is not None
    left = time_left(remaining(kept, clock.now()))
    until = expires.astimezone()
    words = f"{who} in account {kept.owner.account}{device}: until {until:%Y-%m-%d %H:%M}, {left} from now"
    console.show(
        console.paper.wrapped(
            [Piece("a new session" if found.fresh else "a session that was kept", "good"), Piece(f" of {words}")],
            hanging="  ",
        )
    )
    for_good = "" if kept.roles else f"; for good: iamfa setup{profile_option(profile)}"
    if found.fresh and found.is_kept and not console.quiet:
        console.tell(
            console.paper.wrapped(
                [Piece(f"use it: iamfa exec{profile_option(profile)} -- aws s3 ls{for_good}", "dim")],
                hanging="  ",
            )
        )


def _place(wanted: Wanted) -> dict[str, str]:
    """Where a program that takes the session from a file is to ask: the settings that lead there."""
    found = {"region": wanted.region_told, "endpoint_url": wanted.named_endpoints.get("AWS_ENDPOINT_URL")}
    return {name: value for name, value in found.items() if value is not None}
