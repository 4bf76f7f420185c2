"""`iamfa check PATH…`: judge policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

from iamfa.advise.check import check
from iamfa.advise.finding import Severity
from iamfa.advise.options import CheckOptions
from iamfa.cli.common import Asked, command
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
from iamfa.report.paper import line


@command(name="check", formats=("text", "json", "github"))
@click.argument("path", nargs=-1, required=True)
@judging_options
def COMMAND(asked: Asked, console: Console, /, path: tuple[str, ...], **told: Any) -> ExitCode:
    """Judge policies: grammar faults, findings, which flows work for whom, who could get in.

    PATH is a file, a folder (searched for policies) or `-` for standard input. Exit code 0: nothing at or above
    --fail-on; 1: findings; 3: a file is no valid policy (the others are judged all the same).
    """
    options = options_from(told)
    search = Search(path, options.as_kind)
    failing = Severity(asked.failing)
    judged: list[Judged] = []
    for each in _judged(search, options):
        judged.append(each)
        if asked.format in (None, "text"):
            console.show(
                judged_lines(console.paper, each, failing=failing, quiet=console.quiet, verbose=console.verbose)
            )
    if asked.json:
        console.write_json(check_json(judged))
    elif asked.format == "github":
        console.write("".join(f"{each}\n" for each in annotation_lines(judged)))
    elif judged and not console.quiet:
        console.show(summary_lines(console.paper, judged))
    _tell_search(console, search)
    return worst(_codes(judged, failing))


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
