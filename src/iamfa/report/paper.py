"""What texts are written on: lines of styled pieces, for a given width, with the characters that it can show.

A renderer gives lines; the command line colours them and prints them. Whatever comes from outside goes through
`printable`, so that no policy can move somebody's cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Style: TypeAlias = Literal["plain", "strong", "dim", "error", "warning", "note", "good", "added", "removed"]

Translator: TypeAlias = Callable[[str], str]
"""Gives the wording of a sentence in the reader's language; the identity is English."""


class Piece(NamedTuple):
    """A stretch of text in one style; it holds no line end and no control character."""

    text: str
    style: Style = "plain"


Line: TypeAlias = tuple[Piece, ...]

_PLAIN_CHARACTERS = {"✓": "+", "✗": "x", "…": "...", "–": "-", "─": "-", "·": "-", "→": "->"}


def english(text: str) -> str:
    """The translator that leaves every sentence as it is."""
    return text


@dataclass(frozen=True, slots=True)
class Paper:
    """How wide the reader's lines are, what he can see, and in which language he reads."""

    width: int = 80
    """In cells; a letter of East Asia takes two."""
    unicode: bool = True
    """Whether signs beyond ASCII can be shown."""
    say: Translator = english

    def sign(self, sign: str) -> str:
        """The sign, or what stands for it in ASCII."""
        return sign if self.unicode else "".join(_PLAIN_CHARACTERS.get(c, c) for c in sign)

    def wrapped(self, pieces: Iterable[Piece], *, indent: str = "", hanging: str | None = None) -> Iterator[Line]:
        """Lines that hold the pieces' words, each as wide as the paper at most.

        *indent* stands before the first line, *hanging* (the same as *indent* where it is left out) before the
        others. A word that is wider than the paper gets a line of its own.
        """
        rest = indent if hanging is None else hanging
        line, used, empty = self._begun(indent), cells(indent), True
        for word in _words(pieces):
            wide = sum(cells(piece.text) for piece in word)
            if not empty and used + 1 + wide > self.width:
                yield tuple(line)
                line, used, empty = self._begun(rest), cells(rest), True
            if not empty:
                word[0] = word[0]._replace(text=" " + word[0].text)
            line += word
            used += wide + (not empty)
            empty = False
        if not empty:
            yield tuple(line)

    @staticmethod
    def _begun(indent: str) -> list[Piece]:
        return [Piece(indent)] if indent else []

    def paragraph(
        self, text: str, *, indent: str = "", hanging: str | None = None, style: Style = "plain"
    ) -> list[Line]:
        """A sentence from here or from outside, wrapped."""
        return list(self.wrapped([Piece(printable(text), style)], indent=indent, hanging=hanging))


def _words(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """The words of pieces; one that goes on in the next piece is made of several."""
    word: list[Piece] = []
    for text, style in pieces:
        for position, part in enumerate(text.split(" ")):
            if position and word:
                yield word
                word = []
            if part:
                word.append(Piece(part, style))
    if word:
        yield word


def plain(lines: Iterable[Line]) -> str:
    """The text of lines without their styles, each ended by a line feed."""
    return "".join("".join(piece.text for piece in line) + "\n" for line in lines)


def line(text: str = "", style: Style = "plain") -> Line:
    """A line of one piece."""
    return (Piece(text, style),) if text else ()


def cells(text: str) -> int:
    """How many cells of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def printable(text: str) -> str:
    """The text with every character that does not simply show (control, direction, half a pair) spelled out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _spelled(c) for c in text)


def _spelled(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
