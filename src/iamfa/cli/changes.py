"""Changes of the AWS config and credentials: shown as a diff first, and made when the user agrees."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from iamfa import clock
from iamfa.cli.sessions import Here
from iamfa.cli.terminal import terminal
from iamfa.device.kinds import name_of
from iamfa.report.fix_text import diff_lines
from iamfa.report.paper import printable
from iamfa.session.applying import applied
from iamfa.session.setup import changed_serial
from iamfa.session.steps import Plan


def own_command() -> list[str]:
    """How this program is started, by its whole path: an SDK that runs it may have another PATH."""
    beside = Path(sys.executable).with_name("iamfa.exe" if sys.platform == "win32" else "iamfa")
    if beside.is_file():
        return [str(beside)]
    found = shutil.which("iamfa")
    return [str(Path(found).absolute())] if found is not None else [sys.executable, "-I", "-m", "iamfa"]


def show_plan(here: Here, plan: Plan) -> None:
    """The diffs of both files, and what is to be known besides."""
    console = here.console
    for text in plan.diffs(here.files):
        console.show(diff_lines(text))
    for note in plan.notes:
        console.tell(console.paper.paragraph(note), always=True)


def make_plan_real(here: Here, plan: Plan, *, agreed: bool) -> bool:
    """Ask, unless that is settled, and write; says whether it was written."""
    console = here.console
    if not agreed:
        with terminal() as found:
            if found is None:
                console.tell(console.paper.paragraph("nothing is written; --yes writes it"), always=True)
                return False
            answer = found.read_line("Write this? [y/N] ")
        if (answer or "").strip().lower() not in ("y", "yes"):
            console.tell(console.paper.paragraph("nothing is written"), always=True)
            return False
    applied(plan, here.files, here.state, clock.now())
    console.tell(console.paper.paragraph("written; `iamfa setup --undo` takes it back"))
    return True


def offer_changed_serial(here: Here, stale: str, serial: str) -> None:
    """Offer to name the new device in every profile that names one which is gone."""
    plan = changed_serial(here.files, stale, serial)
    if not plan.steps:
        return
    console = here.console
    words = f"profiles name `{stale}`, which is not yours any more; with {name_of(serial)} in its place:"
    console.tell(console.paper.paragraph(printable(words)), always=True)
    for text in plan.diffs(here.files):
        console.tell(diff_lines(text), always=True)
    make_plan_real(here, plan, agreed=False)
