"""`iamfa check PATH…`: judge policies."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import click

from iamfa.advise.check import check
from iamfa.advise.finding import Severity
from iamfa.advise.options import CheckOptions
from iamfa.cli.baseline import Baseline
from iamfa.cli.common import Asked, command, version
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode, worst
from iamfa.cli.inputs import Input, Search
from iamfa.cli.judging import judging_options, options_from
from iamfa.errors import JudgementError
from iamfa.policy.source import Source
from iamfa.report.check_json_v1 import check_json
from iamfa.report.check_text import judged_lines, summary_lines
from iamfa.report.github import annotation_lines
from iamfa.report.judged import Judged
from iamfa.report.paper import line, printable


@command(name="check", formats=("text", "json", "github", "sarif"))
@click.argument("path", nargs=-1, required=True)
@judging_options
@click.option("--baseline", metavar="FILE", help="Known findings: what FILE records is not reported again.")
@click.option("--write-baseline", is_flag=True, help="Record what is found now in the --baseline FILE.")
def COMMAND(
    asked: Asked,
    console: Console,
    /,
    path: tuple[str, ...],
    baseline: str | None,
    write_baseline: bool,
    **told: Any,
) -> ExitCode:
    """Judge policies: grammar faults, findings, which flows work for whom, who could get in.

    PATH is a file, a folder (searched for policies) or `-` for standard input. Exit code 0: nothing at or above
    --fail-on; 1: findings; 3: a file is no valid policy (the others are judged all the same). Findings that a
    baseline records count for nothing.
    """
    if write_baseline and baseline is None:
        raise click.UsageError("`--write-baseline` needs `--baseline FILE`", click.get_current_context())
    options = options_from(told)
    known = None if baseline is None else Baseline.at(baseline, writing=write_baseline)
    search = Search(path, options.as_kind)
    failing = Severity(asked.failing)
    judged: list[Judged] = []
    for found in _judged(search, options):
        each = found if known is None else known.settled(found)
        judged.append(each)
        if asked.format in (None, "text"):
            console.show(
                judged_lines(console.paper, each, failing=failing, quiet=console.quiet, verbose=console.verbose)
            )
    if known is not None:
        known.finish(judged, options)
    code = worst(_codes(judged, failing))
    if asked.json:
        console.write_json(check_json(judged, known.gone if known is not None else None))
    elif asked.format == "github":
        console.write("".join(f"{each}\n" for each in annotation_lines(judged, os.getcwd())))
    elif asked.format == "sarif":
        console.write_json(_sarif(judged, code, compared=known is not None))
    elif judged and not console.quiet:
        console.show(summary_lines(console.paper, judged))
    _tell_search(console, search)
    if known is not None:
        _tell_baseline(console, known)
    return code


def _sarif(judged: list[Judged], code: ExitCode, *, compared: bool) -> dict[str, Any]:
    from iamfa.advise.rules import RULES, page
    from iamfa.report.sarif_v1 import Run, sarif_json

    rules = tuple((rule, page(rule.id)) for rule in RULES)
    return sarif_json(judged, Run(version(), rules, os.getcwd(), code, compared=compared))


def _judged(search: Search, options: CheckOptions) -> Iterator[Judged]:
    for file in search.inputs():
        yield from judge(file, options)


def judge(file: Input, options: CheckOptions) -> Iterator[Judged]:
    """Judge every document of a file."""
    for document in file.documents:
        in_place = not document.embedded_as_text
        if document.policy is None:
            source = file.source if in_place else Source("", file.path)
            yield Judged(file.path, source, document.name, None, document.faults, in_place)
        else:
            try:
                report = check(document.policy, options=options)
            except JudgementError as error:
                source = document.policy.source
                fault = source.fault(document.policy.root_span.start, error.message, error.hint)
                yield Judged(file.path, source, document.name, None, (fault,), in_place, unjudged=True)
                continue
            yield Judged(file.path, document.policy.source, document.name, report, (), in_place)


def _codes(judged: Iterable[Judged], failing: Severity) -> Iterator[ExitCode]:
    for each in judged:
        if each.unjudged:
            yield ExitCode.UNKNOWN
        elif each.report is None:
            yield ExitCode.INVALID
        elif any(finding.severity.rank <= failing.rank for finding in each.report.findings):
            yield ExitCode.FOUND


def _tell_search(console: Console, search: Search) -> None:
    for folder in search.empty_folders:
        console.tell([line(f"no policy found below `{folder}`")])
    if console.verbose and search.passed_over:
        console.tell([line(f"{search.passed_over} files hold no policy and were passed over")])


def _tell_baseline(console: Console, known: Baseline) -> None:
    if known.writing:
        count = len(known.found)
        console.tell([line(f"{count} {'finding' if count == 1 else 'findings'} written to `{known.file}`")])
    elif known.gone:
        count = len(known.gone)
        are = "finding of the baseline is gone" if count == 1 else "findings of the baseline are gone"
        console.tell([line(f"{count} {are}; `--write-baseline` writes it anew")])
        if console.verbose:
            console.tell(line(f"  {each.path}: {each.rule}: {printable(each.message)}") for each in known.gone)
