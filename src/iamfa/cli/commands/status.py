"""`iamfa status`: the sessions that are kept, and how long they last."""

from __future__ import annotations

from iamfa import clock
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode
from iamfa.cli.sessions import Here
from iamfa.report.session_json_v1 import status_json
from iamfa.report.session_text import session_lines
from iamfa.session.cache import Kept
from iamfa.session.obtain import remaining


@command(name="status", aws=True)
def COMMAND(asked: Asked, console: Console, /) -> ExitCode:
    """Show the sessions that are kept and their time left; with --profile those of its user alone.

    Exit code 1 where none is valid. Nothing is asked of AWS: a session that was revoked there is shown all the same.
    """
    here = Here(asked, console)
    cache = here.cache()
    now = clock.now()
    found = tuple(kept for kept in cache.everything() if remaining(kept, now))
    if asked.profile is not None:
        found = tuple(kept for kept in found if _is_of(here, kept))
    warning = cache.warning()
    if warning is not None:
        console.tell(console.paper.paragraph(warning), always=True)
    if asked.json:
        console.write_json(status_json(found, now))
    else:
        console.show(session_lines(console.paper, found, now))
        if not found:
            profile = f" --profile {asked.profile}" if asked.profile is not None else ""
            console.tell(console.paper.paragraph(f"no session is kept; get one: iamfa login{profile}"))
    return ExitCode.CLEAN if found else ExitCode.FOUND


def _is_of(here: Here, kept: Kept) -> bool:
    wanted = here.wanted({})
    owner = here.cache().owner(wanted.endpoint, wanted.keys.key_id)
    return owner is not None and owner == kept.owner and kept.endpoint == wanted.endpoint
