"""`iamfa undo`: what was applied, taken back."""

from __future__ import annotations

from typing import Any

import click

from iamfa import clock
from iamfa.audit.journal import opened
from iamfa.audit.undoing import undo
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode
from iamfa.cli.operating import Operating, Said, agreed, credential_options, journal_of
from iamfa.cli.sessions import Here
from iamfa.report.paper import line
from iamfa.report.plan_json_v1 import done_json


@command(name="undo", aws=True)
@click.argument("plan", metavar="PLAN|JOURNAL")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--journal", metavar="FILE", help="Where it was written down; PLAN.journal unless told.")
@credential_options
def COMMAND(asked: Asked, console: Console, /, plan: str, yes: bool, journal: str | None, **told: Any) -> ExitCode:
    """Take back what `iamfa apply` has made, the last step first: every policy says again what it said, to the letter.

    Numbers and dates of versions may be others. Where somebody has changed one of the policies since, nothing is done,
    and what to do by hand is told. Exit code 0: it is as it was; 1: not agreed.
    """
    operating = Operating.of(Here(asked, console), told)
    said = Said(asked, console)
    path = journal_of(plan, journal)
    with opened(path, None, clock.now) as book:
        operating.require_account(book.plan.account)
        begun = book.begun()
        if begun and not asked.json:
            console.show([line(f"  {each.step.spot}") for each in begun])
        if begun and not yes and not agreed(f"Take {len(begun)} changes back?"):
            console.tell(console.paper.paragraph("nothing was changed"))
            return ExitCode.FOUND
        count = undo(book, operating.live(), tell=said)
    if asked.json:
        console.write_json(done_json(book.plan.account, str(path), count, said.all))
    else:
        words = f"{count} taken back" if count else "there is nothing to take back"
        console.tell(console.paper.paragraph(words))
    return ExitCode.CLEAN
