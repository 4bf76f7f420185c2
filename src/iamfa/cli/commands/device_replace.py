"""`iamfa device replace`: a new device for an old one."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

import click

from iamfa.cli.changes import offer_changed_serial
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.devices import Desk, desk, device_options
from iamfa.cli.enrolling import add_device
from iamfa.cli.seeds import Seeds, Showing
from iamfa.cli.sessions import Here
from iamfa.cli.showing import showing_options
from iamfa.device.enrol import Enabled
from iamfa.device.inventory import Inventory, OwnDevice
from iamfa.device.replace import Replacement, needs_other_session, plan_replacement
from iamfa.device.retire import Retired, one_of
from iamfa.gateway.aws import Aws
from iamfa.gateway.faults import AccessDeniedError
from iamfa.report.device_json_v1 import replaced_json
from iamfa.session.codes import Question

_WHY = "AWS adds and removes devices only in a session with the code of one that you have"


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

    AWS demands a session for that: a code of the old one opens it, or with --lost that of another one. Without a name
    the new one is called like the old one, with a number. Where it is broken off, you have both.
    """
    here = Here(asked, console, explaining=explain)
    with desk(here, options) as at:
        seeds = Seeds(at, showing, json=asked.json)
        known = at.listed()
        if not known.is_complete:
            # Which devices there are a session may tell, and it is needed anyhow.
            known = at.listed_anew(known, at.with_session(_WHY))
        device = one_of(known, old)
        at.require_session(known, "replace one")
        plan = plan_replacement(known, device, new, with_mfa=True)
        giver = _giver(at, known, device, lost=lost) if at.kept_session is None else None

        @cache
        def iam() -> Aws:
            return at.kept_session or at.with_session(_WHY, device=giver)

        chosen, enabled = add_device(at, known, plan.name, seeds, iam)
        try:
            at.say_beside_question(f"{chosen} is enrolled; its next code proves it, and then {device.name} is removed")
            removed = _finished(at, Replacement(known, device, chosen), enabled, seeds)
        except BaseException:
            words = f"you have both, {device.name} and {chosen}; `iamfa device remove {device.name}` takes the old one"
            with suppress(OSError):
                at.say(words, always=True)
            raise
    if asked.json:
        console.write_json(replaced_json(enabled, removed))
    else:
        said = console.paper.paragraph(f"{chosen} ({enabled.serial}) is there; {removed}")
        if showing.takes_output:
            console.tell(said, always=True)
        else:
            console.show(said)
    if removed.orphan is not None and removed.end == "unassigned":
        at.say_command("an administrator deletes it with", removed.orphan.administrator_command, always=True)
    offer_changed_serial(here, device.serial, enabled.serial)


def _giver(at: Desk, known: Inventory, old: OwnDevice, *, lost: bool) -> str | None:
    """The serial of the device whose code opens the session: the old one, where it is at hand, or another one.

    None leaves it to what was named with `--device`, to the profile, and to whoever is asked.
    """
    if at.wanted.device is not None or (at.wanted.mfa_process is not None and not lost):
        return None
    others = [each for each in known.usable if each.serial != old.serial]
    if not lost:
        return old.serial if old.usable_for_sts else None
    if not others:
        raise needs_other_session(known, old, lost=True)
    if len(others) == 1 or at.means.choose is None:
        return others[0].serial
    user = known.user
    return at.means.choose(others, Question(user.account, user.name, "", "", at.wanted.profile)).serial


def _finished(at: Desk, replacement: Replacement, enabled: Enabled, seeds: Seeds) -> Retired:
    """The new device proved by a session with its code, and the old one removed in that."""
    proved: list[Aws] = []

    def prove(serial: str) -> Aws:
        proved.append(at.proved(serial, seeds.codes()))
        user, old = at.user.name, replacement.old.serial
        at.explain("deactivate-mfa-device", "--user-name", user, "--serial-number", old, iam=proved[0])
        return proved[0]

    try:
        return replacement.finish(enabled, prove, journal=at.journal, defaults=at.means.defaults, now=at.now)
    except AccessDeniedError as error:
        raise at.explained(error, proved[0] if proved else at.with_key) from error
