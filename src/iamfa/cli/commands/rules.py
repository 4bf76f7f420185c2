"""`iamfa rules [RULE]`: the rules, or the page of one."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from iamfa.advise.rules import RULES, page
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.judging import known_rules
from iamfa.report.rules_json_v1 import rules_json
from iamfa.report.rules_text import page_lines, rule_list_lines


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(rule.id, help=rule.summary) for rule in RULES if rule.id.startswith(incomplete)]


@command(name="rules")
@click.argument("rule", required=False, shell_complete=_complete)
def COMMAND(asked: Asked, console: Console, /, rule: str | None) -> None:
    """List the rules, or show the page of one: what it means, why it is bad, the repair, AWS's page."""
    known_rules([rule] if rule is not None else [])
    rows = [(each.id, each.severity, each.summary) for each in RULES if rule in (None, each.id)]
    text = page(rule) if rule is not None else None
    if asked.json:
        console.write_json(rules_json(rows, text))
    elif text is not None:
        console.show(page_lines(console.paper, text))
    else:
        console.show(rule_list_lines(console.paper, rows))
