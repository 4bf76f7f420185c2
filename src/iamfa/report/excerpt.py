"""A line of somebody's file with a part of it underlined, and the reason in place."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.policy.document import Span
from iamfa.policy.source import Source
from iamfa.report.paper import Line, Paper, Piece, Style, cells, printable

_TAB = "    "
_LEAST_SHOWN = 24
"""Cells of the file's line that are shown however little room there is."""


def place(path: str | None, name: str | None, line_number: int, column: int) -> str:
    """`policy.json:16:20`; for a document inside a dump its name too."""
    inside = f" ({name})" if name else ""
    shown = "<stdin>" if path == "-" else printable(path or "policy")
    return f"{shown}{printable(inside)}:{line_number}:{column}"


def excerpt(
    paper: Paper, source: Source, span: Span, label: str | None, style: Style, *, name: str | None = None
) -> Iterator[Line]:
    """The place, the first line of the span with that part underlined, and below it what the matter is there."""
    number, column = source.position(span.start)
    gutter = " " * len(str(number))
    yield (Piece(gutter), Piece("--> ", "dim"), Piece(place(source.path, name, number, column)))
    yield (Piece(f"{gutter} |", "dim"),)
    text = source.line_text(number)
    start = column - 1
    end = min(start + max(span.end - span.start, 1), max(len(text), start + 1))
    more = source.position(max(span.end - 1, span.start))[0] - number
    room = max(paper.width - len(gutter) - 3, _LEAST_SHOWN)
    shown, before, marked = _window(paper, text, start, end, room)
    yield (Piece(f"{number} | ", "dim"), Piece(shown))
    marks = "^" * max(marked, 1)
    pieces = [Piece(f"{gutter} | ", "dim"), Piece(" " * before), Piece(marks, style)]
    words = printable(label or "")
    if more:
        words += f"{' ' if words else ''}({paper.say('and {count} more lines').format(count=more)})"
    if words and before + marked + 1 + cells(words) <= room:
        yield (*pieces, Piece(" " + words, style))
    else:
        yield tuple(pieces)
        if words:
            hanging = min(before, room // 2)
            lead = f"{gutter} | "
            for each in Paper(paper.width - len(lead)).paragraph(words, indent=" " * hanging, style=style):
                yield (Piece(lead, "dim"), *each)


def _window(paper: Paper, text: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """The part of a line that fits, the cells before what is underlined, and the cells of that.

    A line may be a whole file: what cannot fit is not even looked at.
    """
    cut = paper.sign("…")
    far = max(0, start - 2 * room)
    before, marked, after = (
        _shown(part) for part in (text[far:start], text[start : min(end, start + room)], text[end : end + room])
    )
    if far or cells(before + marked + after) > room:
        indent = 0 if far else len(before) - len(before.lstrip(" "))
        if far or cells(before) + min(cells(marked), room // 2) > room:
            before = cut + _last(before, room // 4)
        elif indent > room // 3:
            before = before[indent - room // 3 :]
        left = room - cells(before)
        if cells(marked) > left:
            marked, after = _first(marked, left - cells(cut)) + cut, ""
        elif cells(marked + after) > left:
            after = _first(after, left - cells(marked) - cells(cut)) + cut if left - cells(marked) > cells(cut) else ""
    return before + marked + after, cells(before), cells(marked)


def _shown(text: str) -> str:
    return printable(text.replace("\t", _TAB))


def _first(text: str, room: int) -> str:
    """As much of the beginning as fits."""
    used = 0
    for position, character in enumerate(text):
        used += cells(character)
        if used > room:
            return text[:position]
    return text


def _last(text: str, room: int) -> str:
    """As much of the end as fits."""
    return _first(text[::-1], room)[::-1]


def headline(severity: Style, rule: str, message: str, paper: Paper) -> list[Line]:
    """`error[rule-id]: one line`, wrapped where it must be."""
    head = f"{severity}[{rule}]" if rule else severity
    pieces = (Piece(head, severity), Piece(": ", "strong"), Piece(printable(message), "strong"))
    return list(paper.wrapped(pieces, hanging="  "))
