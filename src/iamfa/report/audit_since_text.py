"""What has changed since an earlier snapshot, as text: what got worse first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from iamfa.audit.since import Change, Since
from iamfa.audit.values import AuditFinding
from iamfa.report.audit_words import ENFORCED, ENROLLED, LIFTED
from iamfa.report.paper import Line, Paper, Piece, Style, line, printable

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {"enforced": ENFORCED, "enrolled": ENROLLED, "lifted": LIFTED}
_HEADS: Final[Mapping[str, tuple[str, str, Style]]] = {
    "worse": ("✗", "worse", "error"),
    "better": ("✓", "better", "good"),
    "other": ("·", "other", "plain"),
}
_NAMED: Final = 5


def since_lines(paper: Paper, since: Since) -> Iterator[Line]:
    """Users whose answers changed, alike ones together; users and findings that came and went."""
    yield line(paper.say("since {time}").format(time=f"{since.taken_at:%Y-%m-%d %H:%M} UTC"), "strong")
    nothing = True
    for key, names in _alike(since.changes).items():
        _, before, after, direction = key
        sign, word, style = _HEADS[direction]
        told = _change(paper, key[0], before, after)
        pieces = [Piece(f"{paper.sign(sign)} {paper.say(word)}", style), Piece(f": {_names(paper, names)}: {told}")]
        yield from paper.wrapped(pieces, indent="  ", hanging="    ")
        nothing = False
    for words, people in (("new users", since.came), ("users who are gone", since.left)):
        if people:
            yield from paper.paragraph(f"{paper.say(words)}: {_names(paper, people)}", indent="  ", hanging="    ")
            nothing = False
    for words, style, findings in (("new", "removed", since.new), ("gone", "added", since.gone)):
        for finding in findings:
            yield from _finding(paper, words, "error" if style == "removed" else "good", finding)
            nothing = False
    if nothing:
        yield from paper.paragraph(paper.say("nothing has changed"), indent="  ")
    yield line()


def _alike(changes: Sequence[Change]) -> dict[tuple[str, str, str, str], list[str]]:
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for each in changes:
        found.setdefault((each.question, each.before, each.after, each.direction), []).append(each.user)
    return found


def _change(paper: Paper, question: str, before: str, after: str) -> str:
    words = _WORDS[question]
    arrow = paper.sign("→")
    return f"{paper.say(question)}: {paper.say(words[before])} {arrow} {paper.say(words[after])}"


def _names(paper: Paper, names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:_NAMED])
    if len(names) <= _NAMED:
        return shown
    return shown + paper.say(" and {count} more").format(count=len(names) - _NAMED)


def _finding(paper: Paper, word: str, style: Style, finding: AuditFinding) -> Iterator[Line]:
    pieces = [
        Piece(paper.say(word), style),
        Piece(f" {finding.severity.value}[{finding.id}]", finding.severity.value),
        Piece(f": {printable(paper.say(finding.message))}"),
    ]
    return paper.wrapped(pieces, indent="  ", hanging="    ")
