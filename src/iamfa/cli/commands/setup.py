"""`iamfa setup`: profiles of the AWS config that give MFA sessions by themselves."""

from __future__ import annotations

import sys

import click

from iamfa.cli.changes import make_plan_real, own_command, show_plan
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode
from iamfa.cli.sessions import Here
from iamfa.session.applying import undo
from iamfa.session.imports import TOOLS, imported
from iamfa.session.setup import profile_for_sessions
from iamfa.session.steps import Plan
from iamfa.session.wanted import through


@command(name="setup", aws=True)
@click.option("--name", metavar="NAME", help="The profile that gives the sessions; that of the key with -mfa.")
@click.option("--roles", is_flag=True, help="Let the roles that start from the key start from the session instead.")
@click.option("--import", "tool", type=click.Choice(TOOLS), help="Take over the profiles of another tool.")
@click.option("--undo", "undoing", is_flag=True, help="Take back what was written last.")
@click.option("--yes", is_flag=True, help="Write without asking.")
def COMMAND(
    asked: Asked, console: Console, /, name: str | None, roles: bool, tool: str | None, undoing: bool, yes: bool
) -> ExitCode:
    """Write a profile into the AWS config that gives MFA sessions by itself, for the AWS CLI and every SDK.

    With --profile work it is `work-mfa`: `aws --profile work-mfa s3 ls` takes the session that is kept, and asks for a
    code where there is none. The change is shown as a diff and written when you agree; comments stay as they are.
    Exit code 1 where there is something to write and it was not written.
    """
    if undoing and (tool or name or roles):
        raise click.UsageError("`--undo` stands alone")
    here = Here(asked, console)
    if undoing:
        files = undo(here.state)
        if asked.json:
            console.write_json({"version": 1, "restored": [str(path) for path in files]})
        else:
            console.show(console.paper.paragraph("taken back in " + ", ".join(f"`{path}`" for path in files)))
        return ExitCode.CLEAN
    plan = _plan(here, name, tool, roles=roles)
    if asked.json:
        written = bool(plan.steps) and yes and make_plan_real(here, plan, agreed=True)
        diffs = list(plan.diffs(here.files))
        about = {"diffs": diffs, "notes": list(plan.notes), "profiles": list(plan.profiles), "written": written}
        console.write_json({"version": 1, **about})
        return ExitCode.CLEAN if written or not plan.steps else ExitCode.FOUND
    show_plan(here, plan)
    if not plan.steps:
        console.show(console.paper.paragraph("there is nothing to write: it is all there"))
        return ExitCode.CLEAN
    if not make_plan_real(here, plan, agreed=yes):
        return ExitCode.FOUND
    if plan.profiles:
        console.show(console.paper.paragraph(f"try it: aws --profile {plan.profiles[0]} sts get-caller-identity"))
    return ExitCode.CLEAN


def _plan(here: Here, name: str | None, tool: str | None, *, roles: bool) -> Plan:
    windows = sys.platform == "win32"
    if tool is not None:
        if name or roles:
            raise click.UsageError("`--import` takes over what is there, without `--name` and `--roles`")
        return imported(here.files, tool, own_command(), windows=windows)
    source = through(here.files, here.files.profile(here.asked.profile)).name
    return profile_for_sessions(
        here.files, source, name or f"{source}-mfa", own_command(), roles=roles, windows=windows
    )
