"""`iamfa plan`: the repair of an account, as a file that people review."""

from __future__ import annotations

from typing import Any, Final, get_args

import click

from iamfa import clock
from iamfa.audit import plan_file
from iamfa.audit.holdings import Holdings
from iamfa.audit.plan_values import Plan, PlanOptions
from iamfa.audit.planning import plan as planned
from iamfa.audit.planning import weighed
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode
from iamfa.cli.judging import catalogue_age, known_rules
from iamfa.cli.operating import LIVE, Operating, credential_options, named_actor, saved_account
from iamfa.cli.sessions import Here
from iamfa.cli.told import assumptions_from, close_to, names
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.lifecycle.result import FlowName
from iamfa.report.plan_text import plan_lines

_FLOWS: Final[tuple[str, ...]] = get_args(FlowName)


@command(name="plan", aws=True)
@click.argument("source", metavar="[PATH|live]", default=LIVE)
@click.option("--output", metavar="FILE", help="Write the plan to this file, for `iamfa apply`.")
@click.option("--account", metavar="NUMBER", help="Which of several saved accounts.")
@click.option("--operator", metavar="NAME", help="With saved files: the user or role who will apply the plan.")
@click.option("--credential", type=click.Choice(sorted(CREDENTIALS)), help="What the operator will call with.")
@click.option("--second", metavar="NAME", help="Who else shall be able to undo each step: a user, a role, or root.")
@click.option("--canary", metavar="NAME", help="What reaches this user or group comes first.")
@click.option("--rule", metavar="RULE,...", multiple=True, help="Repair what these rules say, whatever its severity.")
@click.option("--hardened", is_flag=True, help="Repair the warnings too.")
@click.option("--lose", metavar="FLOW,...", multiple=True, help="Flows that users may lose; none unless told.")
@click.option("--allow-version-loss", is_flag=True, help="Where a policy has five versions, let the oldest go.")
@click.option("--even-managed", is_flag=True, help="Also what Terraform or CloudFormation seems to keep.")
@click.option("--assume", metavar="ID=VALUE", multiple=True, help="Settle what AWS does not document.")
@credential_options
def COMMAND(asked: Asked, console: Console, /, source: str, output: str | None, **told: Any) -> ExitCode:
    """Plan the repair of an account: in each place where a policy with errors sits the smallest edit, who feels it,
    that nobody loses what works, and that two people can take it back. Nothing is changed.

    The account is read from AWS (live), or from saved files. Exit code 0: all that is to be repaired is in the plan,
    or there is nothing; 1: something is left out.
    """
    rules = names(told["rule"])
    known_rules(rules or ())
    lose = names(told["lose"]) or ()
    for flow in lose:
        if flow not in _FLOWS:
            raise click.UsageError(f"`{flow}` is no flow{close_to(flow, _FLOWS)}", click.get_current_context())
    assumptions = assumptions_from(told["assume"], None)
    if source == LIVE:
        operating = Operating.of(Here(asked, console), told)
        found = operating.collected()
    else:
        operating, found = None, saved_account(source, told["account"])
    not_read, report = [str(each) for each in found.not_read], found.snapshot.get("credential_report") or ()
    holdings = Holdings.of(found.account, weighed(not_read), report)
    if operating is not None:
        operator = operating.actor(found.account)
    elif told["operator"] is None:
        raise click.UsageError("with saved files, say who will apply the plan: --operator NAME")
    else:
        operator = named_actor(told["operator"], found.account, holdings, told["credential"])
    options = PlanOptions(
        rules=rules,
        hardened=told["hardened"],
        canary=told["canary"],
        allow_version_loss=told["allow_version_loss"],
        even_managed=told["even_managed"],
        lose=lose,
        second=None if told["second"] is None else named_actor(told["second"], found.account, holdings),
        catalogue_age_days=catalogue_age(),
    )
    made = planned(
        found.account, found.organization, not_read, operator=operator, now=clock.now(), options=options,
        report=report, assumptions=assumptions, tags_of=None if operating is None else operating.live().tags,
    )  # fmt: skip
    _tell(asked, console, made, output)
    return ExitCode.FOUND if made.left_out else ExitCode.CLEAN


def _tell(asked: Asked, console: Console, made: Plan, output: str | None) -> None:
    if output is not None:
        plan_file.write(made, output)
    if asked.json:
        console.write_json(plan_file.plan_json(made))
    else:
        console.show(plan_lines(console.paper, made, verbose=console.verbose))
    if output is not None:
        again = f"; when you agree: iamfa apply {output}" if made.steps else ""
        console.tell(console.paper.paragraph(f"the plan is in `{output}`{again}"))
