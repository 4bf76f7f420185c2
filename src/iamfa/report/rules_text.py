"""The rules as a list, and the page of one as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iamfa.report.paper import Line, Paper, Piece, line, printable


def rule_list_lines(paper: Paper, rules: Iterable[tuple[str, str, str]]) -> Iterator[Line]:
    """Id, severities and summary of each rule."""
    for rule_id, severity, summary in rules:
        pieces = [Piece(rule_id, "strong"), Piece(f" ({paper.say(severity)})", "dim")]
        yield from paper.wrapped(pieces, hanging="    ")
        yield from paper.paragraph(paper.say(summary), indent="    ")


def page_lines(paper: Paper, markdown: str) -> Iterator[Line]:
    """A page of Markdown: headings stand out, paragraphs and lists are wrapped, code and tables stay as they are."""
    waiting: list[str] = []
    in_code = False
    for each in markdown.splitlines():
        if each.startswith("```"):
            yield from _paragraph(paper, waiting)
            waiting, in_code = [], not in_code
        elif in_code:
            yield line(f"    {printable(each)}", "note")
        elif each.startswith("#"):
            yield from _paragraph(paper, waiting)
            waiting = []
            yield line(printable(each.lstrip("#").strip()), "strong")
        elif each.startswith("|") or not each.strip():
            yield from _paragraph(paper, waiting)
            waiting = []
            yield line(printable(each.strip()))
        elif each.startswith(("* ", "- ")):
            yield from _paragraph(paper, waiting)
            waiting = [each]
        else:
            waiting.append(each)
    yield from _paragraph(paper, waiting)


def _paragraph(paper: Paper, waiting: Sequence[str]) -> Iterator[Line]:
    text = " ".join(each.strip() for each in waiting).replace("**", "")
    if text:
        is_item = text.startswith(("* ", "- "))
        sign = paper.sign("·")
        yield from paper.paragraph(f"{sign} {text[2:]}" if is_item else text, hanging="  " if is_item else "")
