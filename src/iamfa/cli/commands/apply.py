"""`iamfa apply`: a plan made real."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from iamfa import clock
from iamfa.audit import plan_file
from iamfa.audit.applying import apply, standing
from iamfa.audit.canary import look, probe_for
from iamfa.audit.guarding import Guard
from iamfa.audit.journal import opened
from iamfa.audit.plan_checks import Checker
from iamfa.audit.plan_places import changed
from iamfa.audit.plan_values import Plan, Step
from iamfa.audit.planning import whole
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode
from iamfa.cli.operating import Operating, Said, agreed, credential_options, journal_of
from iamfa.cli.sessions import Here
from iamfa.errors import InputError
from iamfa.report.plan_json_v1 import done_json
from iamfa.report.plan_text import plan_lines


@command(name="apply", aws=True)
@click.argument("plan")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--journal", metavar="FILE", help="Where to write down what is done; PLAN.journal unless told.")
@click.option("--canary-profile", metavar="NAME", help="After the first step try a call with this user's credentials.")
@credential_options
def COMMAND(
    asked: Asked,
    console: Console,
    /,
    plan: str,
    yes: bool,
    journal: str | None,
    canary_profile: str | None,
    **told: Any,
) -> ExitCode:
    """Make the changes of a plan, after showing it and asking.

    Each call is written down before it is made, so that `iamfa undo` can take it back; each policy is looked at right
    before, and where one has changed since, or somebody would lose what works, it ends there. Run it again after
    whatever ended it: what is done is not done twice. Exit code 0: the account is as the plan wants it; 1: not agreed.
    """
    made = plan_file.read(plan)
    operating = Operating.of(Here(asked, console), told)
    operating.require_account(made.account)
    live = operating.live()
    said = Said(asked, console)
    path = journal_of(plan, journal)
    if all(each.state == "done" for each in standing(made, live)):
        return _nothing(asked, console, made, path)
    collected = operating.collected()
    whole([str(each) for each in collected.not_read])
    actor = operating.actor(collected.account)
    guard = Guard(collected.account, collected.organization, actor, made, live.tags)
    probe = None if canary_profile is None else _probe(asked, console, made, guard, canary_profile)
    if not asked.json:
        console.show(plan_lines(console.paper, made, verbose=console.verbose))
    if not yes and not agreed(f"Change {len(made.steps)} policies of the account {made.account}?"):
        console.tell(console.paper.paragraph("nothing was changed"))
        return ExitCode.FOUND
    with opened(path, made, clock.now) as book:
        count = apply(made, live, book, still_safe=guard, probe=probe, tell=said)
    if asked.json:
        console.write_json(done_json(made.account, str(path), count, said.all))
    else:
        console.tell(console.paper.paragraph(f"{count} changed; to take it back: iamfa undo {plan}"))
    return ExitCode.CLEAN


def _nothing(asked: Asked, console: Console, plan: Plan, path: Path) -> ExitCode:
    if asked.json:
        console.write_json(done_json(plan.account, str(path), 0, ()))
    else:
        console.tell(console.paper.paragraph("there is nothing to do: the account is as the plan wants it"))
    return ExitCode.CLEAN


def _probe(asked: Asked, console: Console, plan: Plan, guard: Guard, profile: str) -> Callable[[Step], str]:
    """How the canary is looked at; all that can fail beforehand fails here, before anything is changed."""
    step = next((each for each in plan.steps if each.canary), None)
    if step is None:
        raise InputError("the plan has no canary", hint="leave --canary-profile out")
    here = Here(replace(asked, profile=profile), console)
    without = Operating.of(here, {"key_only": True})
    name = without.identity().arn.rpartition("/")[2]
    if name not in step.users:
        raise InputError(
            f"the profile `{profile}` is `{name}`, whom the first step does not reach",
            hint=f"it reaches {', '.join(step.users[:5])}",
        )
    with_mfa = Operating.of(here, {})
    account = changed(guard.account, step.spot, step.after)
    probe = probe_for(Checker(account, guard.organization), account.users[name])
    return lambda _: look(probe, without.caller("iam"), with_mfa.caller("iam"), time.sleep)
