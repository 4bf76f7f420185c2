"""A request that shows something, as text: who, what, with which context, and the statements that decide on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Reason
from iamfa.report.calls_text import credential_words
from iamfa.report.paper import Line, Paper, Piece, Style, printable
from iamfa.report.shown import Explained
from iamfa.report.verdict_text import reason_lines

_MOST_REASONS = 3
_PLAIN_CONTEXT = frozenset(
    {
        "aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principaltype",
        "aws:securetransport", "aws:viaawsservice", "aws:userid",
    }
)  # fmt: skip
"""Keys of every user's request, which say nothing new unless a statement asks for them."""


def request_lines(
    paper: Paper, request: Request, credential: str | None, explained: Sequence[Explained], *, verbose: bool = False
) -> Iterator[Line]:
    """Who does what with which credential, and the context that matters."""
    asked = printable(f"{request.action} on {request.resource}")
    yield from paper.wrapped([Piece(asked, "strong")], indent="  ", hanging="    ")
    if request.principal.text is not None or _name_principals(explained):
        who = request.principal.text or paper.say("anonymous")
        with_ = f" {paper.say('with')} {credential_words(paper, credential)}" if credential else ""
        yield from paper.paragraph(f"{paper.say('as')} {who}{with_}", indent="  ", hanging="    ")
    asked_for = {c.key.text.lower(): c.key.text for e in explained for r in e.reasons for c in r.statement.conditions}
    shown = [
        f"{key} = {value if isinstance(value, str) else list(value)}"
        for key, value in request.context.items()
        if verbose or key.lower() not in _PLAIN_CONTEXT or key.lower() in asked_for
    ]
    shown += [f"{name} {paper.say('is absent')}" for key, name in asked_for.items() if key not in request.keys]
    if shown:
        yield from paper.paragraph(f"{paper.say('where')} {', '.join(shown)}", indent="  ", hanging="    ")


def _name_principals(explained: Sequence[Explained]) -> bool:
    """Whether it matters who asks."""
    policies = (policy for each in explained for policy in each.policies.values())
    return any(statement.principal is not None for policy in policies for statement in policy.statements)


def explained_lines(paper: Paper, explained: Explained, *, verbose: bool = False) -> Iterator[Line]:
    """Why it is permitted or not, with the text of the statements that decide."""
    style: Style = "good" if explained.permitted else "error"
    rest = f" {explained.by}"
    if explained.permitted:
        words = paper.say("permitted by")
    elif any(reason.matched for reason in explained.reasons):
        words = paper.say("denied by")
    else:
        words = paper.say("not permitted by")
        rest += f", {paper.say('of which no Allow fits')}"
    yield from paper.wrapped([Piece(words, style), Piece(printable(rest))], indent="  ", hanging="    ")
    reasons = explained.reasons if verbose else explained.reasons[:_MOST_REASONS]
    for reason in reasons:
        yield from _indented(paper, reason, explained)
    if len(explained.reasons) > len(reasons):
        more = paper.say("and {count} more statements (--verbose shows them)")
        yield from paper.paragraph(more.format(count=len(explained.reasons) - len(reasons)), indent="    ", style="dim")


def _indented(paper: Paper, reason: Reason, explained: Explained) -> Iterator[Line]:
    narrower = Paper(paper.width - 4, paper.unicode, paper.say)
    for each in reason_lines(narrower, reason, explained.policies):
        if each:
            yield (Piece("    "), *each)
