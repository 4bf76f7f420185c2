"""`iamfa doctor`: why MFA sessions do not work here, and what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import click

from iamfa import clock
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode, worst
from iamfa.cli.sessions import Here
from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import Credentials
from iamfa.report.doctor_json_v1 import doctor_json
from iamfa.report.doctor_text import doctor_lines
from iamfa.session.doctor import House, examine
from iamfa.session.doctor_aws import Dial
from iamfa.session.doctor_checkup import Checkup
from iamfa.session.keyring_store import system_keyring
from iamfa.session.wanted import Wanted

_ATTEMPTS = 2
"""Where nothing answers, nobody shall wait for long to hear it."""


@command(name="doctor", aws=True)
@click.option("--offline", is_flag=True, help="Ask nothing of AWS: environment, profiles, files and sessions alone.")
def COMMAND(asked: Asked, console: Console, /, offline: bool) -> ExitCode:
    """Say why MFA sessions do not work here, and what to do: environment, profiles, files, clock, key, devices,
    policies.

    Nothing is changed, here or at AWS. With --profile only this profile and those that it leads to are looked at.

    Exit code 1 for problems and warnings, 4 where AWS refuses the key or is not reached, 5 where something important
    stayed unknown.
    """
    here = Here(asked, console)
    house = House(
        environ=os.environ,
        home=here.home,
        state=here.state,
        now=clock.now,
        profile=asked.profile,
        region=asked.region,
        endpoint_url=asked.endpoint_url,
        system=_system(),
        open_keyring=system_keyring if os.environ.get("IAMFA_KEYRING") == "1" else None,
    )
    found = examine(house, None if offline else _dial)
    if asked.json:
        console.write_json(doctor_json(found, profile=asked.profile, offline=offline))
    else:
        console.show(doctor_lines(console.paper, found, quiet=console.quiet, verbose=console.verbose))
    return worst(_codes(found, {"problem"} if asked.failing == "error" else {"problem", "warning"}))


def _codes(found: Sequence[Checkup], failing: Collection[str]) -> Iterator[ExitCode]:
    """What each checkup says to whoever started this; *failing* are the states that make exit code 1."""
    for each in found:
        if each.state == "problem" and each.row.outside:
            yield ExitCode.AWS
        elif each.state in failing:
            yield ExitCode.FOUND
        elif each.state == "unknown" and each.row.important:
            yield ExitCode.UNKNOWN


def _dial(wanted: Wanted) -> Dial:
    """The calls to what is asked, with few attempts."""

    def line(credentials: Credentials, service: str) -> Aws:
        return Aws(
            credentials,
            region=wanted.region,
            endpoint_url=wanted.endpoints[service],
            attempts=_ATTEMPTS,
            ca_bundle=wanted.ca_bundle,
        )

    return line


def _system() -> str:
    try:
        return Path("/proc/version").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return sys.platform
