"""`iamfa explain PATH…`: what each part of a policy is there for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

from iamfa.advise.explain import explain
from iamfa.advise.finding import Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.same_verdicts import verdicts_change
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode, worst
from iamfa.cli.inputs import Search
from iamfa.cli.judging import judging_options, options_from
from iamfa.errors import JudgementError
from iamfa.policy.source import Source
from iamfa.report.explain_json_v1 import explain_json
from iamfa.report.explain_markdown import explain_markdown
from iamfa.report.explain_text import explained_lines
from iamfa.report.explained_file import ExplainedFile
from iamfa.report.paper import line


@command(name="explain", formats=("text", "json", "markdown"))
@click.argument("path", nargs=-1, required=True)
@judging_options
def COMMAND(asked: Asked, console: Console, /, path: tuple[str, ...], **told: Any) -> ExitCode:
    """What each statement and each action is there for, found by leaving it out.

    Required: a main flow breaks without it, or the enforcement is lost. Optional: another flow breaks. Not needed: no
    flow changes and nothing gets worse. Harmful: an attack or a warning goes with it, and no main flow. Exit code 0:
    nothing harmful at or above --fail-on; 1: something is; 3: a file is no valid policy.
    """
    options = options_from(told)
    search = Search(path, options.as_kind)
    failing = Severity(asked.failing)
    files: list[ExplainedFile] = []
    for each in _explained(search, options):
        files.append(each)
        if asked.format in (None, "text"):
            console.show(
                explained_lines(console.paper, each, failing=failing, quiet=console.quiet, verbose=console.verbose)
            )
    if asked.json:
        console.write_json(explain_json(files))
    elif asked.format == "markdown":
        console.write(explain_markdown(files))
    for folder in search.empty_folders:
        console.tell([line(f"no policy found below `{folder}`")])
    return worst(_codes(files, failing))


def _explained(search: Search, options: CheckOptions) -> Iterator[ExplainedFile]:
    for file in search.inputs():
        for document in file.documents:
            if document.policy is None:
                source = Source("", file.path) if document.embedded_as_text else file.source
                yield ExplainedFile(file.path, source, document.name, None, document.faults)
                continue
            policy = document.policy
            try:
                explanation = explain(policy, options=options, changes_anything=verdicts_change)
            except JudgementError as error:
                fault = policy.source.fault(policy.root_span.start, error.message, error.hint)
                yield ExplainedFile(file.path, policy.source, document.name, None, (fault,), unjudged=True)
                continue
            yield ExplainedFile(file.path, policy.source, document.name, explanation)


def _codes(files: Iterable[ExplainedFile], failing: Severity) -> Iterator[ExitCode]:
    for file in files:
        if file.unjudged:
            yield ExitCode.UNKNOWN
        elif file.explanation is None:
            yield ExitCode.INVALID
        elif any(e.severity is not None and e.severity.rank <= failing.rank for e in file.explanation.all):
            yield ExitCode.FOUND
