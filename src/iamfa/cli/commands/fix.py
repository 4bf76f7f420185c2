"""`iamfa fix PATH…`: the smallest repair, as a diff or written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import click

from iamfa.advise.finding import Severity
from iamfa.advise.minimise import minimise as dropping
from iamfa.advise.options import CheckOptions
from iamfa.advise.repair import RepairResult, repair
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode, worst
from iamfa.cli.inputs import STDIN, Input, Search
from iamfa.cli.judging import judging_options, known_rules, options_from
from iamfa.cli.told import names
from iamfa.errors import Fault, JudgementError
from iamfa.files import write_text
from iamfa.policy.forms import read_documents
from iamfa.policy.policy import Policy
from iamfa.policy.source import Source
from iamfa.report.fix_json_v1 import fix_json
from iamfa.report.fix_text import diff_lines, diff_text, fixed_lines
from iamfa.report.fixed import Fixed
from iamfa.report.paper import line


@command(name="fix")
@click.argument("path", nargs=-1, required=True)
@click.option("--write", is_flag=True, help="Write the repaired files instead of showing a diff.")
@click.option("--rule", metavar="RULE,...", multiple=True, help="Repair what these rules say, whatever its severity.")
@click.option("--hardened", is_flag=True, help="Repair the warnings too.")
@click.option("--minimise", is_flag=True, help="Instead of repairing, drop what no flow needs.")
@click.option("--flow", metavar="FLOW,...", multiple=True, help="With --minimise: the flows that are needed; all.")
@judging_options
def COMMAND(
    asked: Asked,
    console: Console,
    /,
    path: tuple[str, ...],
    write: bool,
    rule: tuple[str, ...],
    hardened: bool,
    minimise: bool,
    flow: tuple[str, ...],
    **told: Any,
) -> ExitCode:
    """The smallest repair of the errors, as a diff; comments and layout stay.

    The diff goes to stdout, and what it newly permits, newly refuses and introduces to stderr. Exit code 0: nothing to
    repair, or written and nothing at or above --fail-on remains; 1: a diff is shown, or something remains; 3: a file
    is no valid policy.
    """
    if write and STDIN in path:
        raise click.UsageError("standard input cannot be written to", click.get_current_context())
    if minimise and (rule or hardened):
        raise click.UsageError(
            "--minimise repairs nothing: leave --rule and --hardened out", click.get_current_context()
        )
    if flow and not minimise:
        raise click.UsageError("--flow goes with --minimise", click.get_current_context())
    options = options_from(told)
    rules = names(rule)
    known_rules(rules or ())
    mend = _minimising(names(flow)) if minimise else _repairing(rules, hardened=hardened)
    search = Search(path, options.as_kind)
    done: list[Fixed] = []
    for file in search.inputs():
        fixed = _fixed(file, options, mend)
        if write and fixed.changes:
            write_text(fixed.path, fixed.source.with_mark(fixed.text))
            fixed = replace(fixed, written=True)
        done.append(fixed)
        if not asked.json:
            _show(console, fixed)
    if asked.json:
        console.write_json(fix_json(done))
    for folder in search.empty_folders:
        console.tell([line(f"no policy found below `{folder}`")])
    return worst(_codes(done, Severity(asked.failing)))


def _show(console: Console, fixed: Fixed) -> None:
    if fixed.changes and not fixed.written:
        text = diff_text(fixed)
        if console.colour:
            console.show(diff_lines(text))
        else:
            console.write(text)
    console.tell(fixed_lines(console.paper, fixed, verbose=console.verbose), always=bool(fixed.faults))


Mend = Callable[[Policy, CheckOptions], RepairResult]
"""What is done to one policy."""


def _repairing(rules: tuple[str, ...] | None, *, hardened: bool) -> Mend:
    return lambda policy, options: repair(policy, options=options, rules=rules, hardened=hardened)


def _minimising(flows: tuple[str, ...] | None) -> Mend:
    return lambda policy, options: dropping(policy, options=options, flows=flows)


def _fixed(file: Input, options: CheckOptions, mend: Mend) -> Fixed:
    """Repair one policy of a file after another; each starts from the text that the ones before have made."""
    text = file.source.text
    repairs: list[tuple[str | None, RepairResult]] = []
    faults: list[tuple[str | None, Fault]] = []
    embedded: list[str | None] = []
    unjudged = False
    for number, document in enumerate(file.documents):
        if document.policy is None:
            faults += [(document.name, fault) for fault in document.faults]
            continue
        policy = document.policy if text == file.source.text else _again(text, file, options, number)
        try:
            result = mend(policy, options)
        except JudgementError as error:
            unjudged = True
            faults.append((document.name, policy.source.fault(policy.root_span.start, error.message, error.hint)))
            continue
        if document.embedded_as_text:
            if _needs_repair(result):
                embedded.append(document.name)
        else:
            repairs.append((document.name, result))
            text = result.text
    source = file.source if any(not d.embedded_as_text for d in file.documents) else Source("", file.path)
    unchanged = source.text if source is not file.source else text
    return Fixed(file.path, source, unchanged, tuple(repairs), tuple(faults), tuple(embedded), unjudged=unjudged)


def _needs_repair(result: RepairResult) -> bool:
    return bool(result.applied or result.dropped) or result.refused is not None


def _again(text: str, file: Input, options: CheckOptions, number: int) -> Any:
    """The same policy in the text that earlier repairs have made."""
    return read_documents(text, file.path, kind=options.as_kind)[number].policy


def _codes(done: Iterable[Fixed], failing: Severity) -> Iterator[ExitCode]:
    for fixed in done:
        if fixed.unjudged:
            yield ExitCode.UNKNOWN
        elif fixed.faults:
            yield ExitCode.INVALID
        if (fixed.changes and not fixed.written) or fixed.embedded:
            yield ExitCode.FOUND
        for _, result in fixed.repairs:
            if result.refused is not None or (
                fixed.written and any(finding.severity.rank <= failing.rank for finding in result.remaining)
            ):
                yield ExitCode.FOUND
