"""`iamfa logout`: the sessions that are kept are forgotten."""

from __future__ import annotations

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.sessions import Here


@command(name="logout", aws=True)
@click.option("--all", "everybody", is_flag=True, help="The sessions of all users, not of the profile's alone.")
def COMMAND(asked: Asked, console: Console, /, everybody: bool) -> None:
    """Forget the sessions of a profile's user, or all of them.

    AWS goes on accepting them until they end: whoever copied one can use it. Sessions are cut off at AWS by a policy
    that denies what is older than a moment (`aws:TokenIssueTime`).
    """
    here = Here(asked, console)
    cache = here.cache()
    found = cache.everything()
    if not everybody:
        wanted = here.wanted({})
        owner = cache.owner(wanted.endpoint, wanted.keys.key_id)
        found = tuple(kept for kept in found if kept.owner == owner and kept.endpoint == wanted.endpoint)
    count = cache.forget([kept.key for kept in found])
    if asked.json:
        console.write_json({"version": 1, "forgotten": count})
        return
    console.show(console.paper.paragraph(f"{count} session{'' if count == 1 else 's'} forgotten"))
