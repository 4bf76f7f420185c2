"""`iamfa watch`: an account audited again and again; only what changed is told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from iamfa import clock
from iamfa.audit.since import Since, since
from iamfa.audit.values import AuditReport
from iamfa.cli.accounts import collected_live, live_options
from iamfa.cli.commands.audit import Audits, audits_of, judging_options
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode, complain
from iamfa.cli.sessions import Duration, Here
from iamfa.errors import IamfaError, InputError, OutsideError
from iamfa.gateway.collect_files import from_path
from iamfa.report.audit_json_v1 import since_json
from iamfa.report.audit_since_text import since_lines
from iamfa.report.paper import line
from iamfa.session.turn import NobodyCanAskError

SHORTEST = 60


@command(name="watch", aws=True)
@click.option("--every", type=Duration(), metavar="TIME", default=3600, help="How often: 15m, 6h; an hour unless told.")
@click.option("--rounds", type=click.IntRange(min=1), metavar="NUMBER", help="End after so many; else Ctrl-C ends it.")
@click.option("--state", metavar="FILE", help="Keep the last snapshot there, so that the next start compares with it.")
@judging_options
@live_options
def COMMAND(
    asked: Asked, console: Console, /, every: int, rounds: int | None, state: str | None, **told: Any
) -> ExitCode:
    """Audit the account of the profile again and again, and tell only what got better, what got worse and what is new.

    AWS makes a new credential report every four hours at most, so passwords and keys are seen to change that late.
    What fails in one round is told, and tried again in the next. With `--format json` each change is one line.

    Exit code, where `--rounds` ends it: 1 where anything got worse, 4 where the last round could not read the account.
    """
    if every < SHORTEST:
        raise click.UsageError(f"--every is at least {SHORTEST} seconds", click.get_current_context())
    audits = audits_of(click.get_current_context(), told)
    here = Here(asked, console)
    before = _kept(state, audits)
    worse, code = False, ExitCode.CLEAN
    for number in _rounds(rounds, every):
        try:
            found = collected_live(here, told)
            report = audits.report(found)
        except (OutsideError, InputError, NobodyCanAskError) as error:
            # The first round shows whether it can be done at all.
            if number == 1 or isinstance(error, NobodyCanAskError):
                raise
            complain(f"{clock.now():%Y-%m-%d %H:%M} UTC: {error.message}", error.hint)
            code = ExitCode.AWS
            continue
        code = ExitCode.CLEAN
        if before is None:
            _begin(asked, console, report)
        else:
            changed = since(before, report)
            worse |= _is_worse(changed)
            _tell(asked, console, changed, report)
        if state is not None:
            found.save(state)
        before = report
    return code or (ExitCode.FOUND if worse else ExitCode.CLEAN)


def _rounds(most: int | None, every: int) -> Iterator[int]:
    """The numbers of the rounds, each after its time."""
    number = 1
    while True:
        begun = time.monotonic()
        yield number
        if number == most:
            return
        number += 1
        _wait(max(every - (time.monotonic() - begun), 0))


def _wait(seconds: float) -> None:
    time.sleep(seconds)


def _kept(path: str | None, audits: Audits) -> AuditReport | None:
    if path is None or not Path(path).exists():
        return None
    saved = from_path(path)
    if saved.refused:
        raise saved.refused[0]
    if len(saved.accounts) != 1:
        raise IamfaError(f"`{path}` holds {len(saved.accounts)} accounts", hint="name a file of `iamfa watch`'s own")
    return audits.report(saved.accounts[0])


def _begin(asked: Asked, console: Console, report: AuditReport) -> None:
    if not asked.json:
        words = f"account {report.account}: {len(report.users)} users, {len(report.findings)} findings; "
        console.tell(console.paper.paragraph(words + "from here on what changes is told"))


def _tell(asked: Asked, console: Console, changed: Since, report: AuditReport) -> None:
    something = bool(changed.changes or changed.came or changed.left or changed.new or changed.gone)
    if asked.json:
        if something:
            about = {"version": 1, "account": report.account, "at": f"{report.taken_at:%Y-%m-%dT%H:%M:%SZ}"}
            console.write(json.dumps({**about, **since_json(changed, report.account)}) + "\n")
            console.flush()
    elif something or console.verbose:
        console.show([line(f"{report.taken_at:%Y-%m-%d %H:%M} UTC", "strong")])
        console.show(since_lines(console.paper, changed))
        console.flush()


def _is_worse(changed: Since) -> bool:
    return bool(changed.new) or any(change.direction == "worse" for change in changed.changes)
