"""The text of one file, with positions as people count them: lines and columns from 1, in code points."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from iamfa.errors import Fault

BYTE_ORDER_MARK = "\ufeff"
_TABLE: Final = 1_000_000
"""Up to this offset the beginnings of lines are kept; beyond it they are counted each time."""
_LINE_END = re.compile(r"\r\n|\n|\r")


class Source:
    """A text that can say where an offset stands.

    A byte-order mark at the start is taken off and remembered, so that offsets, lines and columns never count it and
    `original` still gives it back. Lines end with CRLF, LF or CR alone.
    """

    __slots__ = ("_known", "_starts", "bom", "path", "text")

    text: str
    """The text without a byte-order mark; every span of the policy is an offset into it."""
    path: str | None
    """Where the text came from, for messages only."""
    bom: bool
    """Whether a byte-order mark stood before the text."""

    def __init__(self, text: str, path: str | None = None) -> None:
        self.bom = text.startswith(BYTE_ORDER_MARK)
        self.text = text[1:] if self.bom else text
        self.path = path
        self._starts = [0]
        self._known = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and (self.text, self.bom, self.path) == (other.text, other.bom, other.path)

    def __hash__(self) -> int:
        return hash((self.text, self.bom, self.path))

    def __repr__(self) -> str:
        return f"Source({len(self.text)} characters, path={self.path!r})"

    @property
    def original(self) -> str:
        """The text as it stood in the file, byte-order mark included."""
        return self.with_mark(self.text)

    def with_mark(self, text: str) -> str:
        """Another text for the same file, with the byte-order mark that the file had."""
        return BYTE_ORDER_MARK + text if self.bom else text

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1; the offset just after the text is a position too."""
        if offset > _TABLE:
            return self._counted(offset)
        starts = self._line_starts(offset)
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column; the inverse of `position`."""
        return self._line_starts(len(self.text))[line - 1] + column - 1

    def line_text(self, line: int) -> str:
        """The line with this number without its line end."""
        starts = self._line_starts(len(self.text))
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")

    @property
    def line_count(self) -> int:
        """How many lines the text has; a line end at the very end opens an empty last line."""
        return len(self._line_starts(len(self.text)))

    @property
    def newline(self) -> str:
        """The line end that the text uses, by its first one; LF where it has none."""
        found = _LINE_END.search(self.text)
        return found.group() if found else "\n"

    def fault(self, offset: int, message: str, hint: str | None = None) -> Fault:
        """A fault at this offset."""
        line, column = self.position(offset)
        return Fault(line, column, message, hint)

    def _counted(self, offset: int) -> tuple[int, int]:
        """The position by counting, for texts whose table of lines would fill the memory."""
        text = self.text
        start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
        if text[offset - 1 : offset + 1] == "\r\n":
            start = max(text.rfind("\n", 0, offset - 1), text.rfind("\r", 0, offset - 1)) + 1
        ends = text.count("\n", 0, start) + text.count("\r", 0, start) - text.count("\r\n", 0, start)
        return ends + 1, offset - start + 1

    def _line_starts(self, offset: int) -> list[int]:
        """Where lines begin, at least up to this offset; what lies behind it is not looked at."""
        text, end = self.text, min(offset, len(self.text))
        if end > self._known:
            if text[end - 1 : end + 1] == "\r\n":
                end += 1
            self._starts.extend(found.end() for found in _LINE_END.finditer(text, self._known, end))
            self._known = end
        return self._starts
