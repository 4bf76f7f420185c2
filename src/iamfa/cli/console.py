"""The terminal, or whatever stands in its place: width, colours, characters; data to stdout, messages to stderr."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, TextIO

import click

from iamfa.report.paper import Line, Paper, Style

ColourChoice = Literal["auto", "always", "never"]

NARROWEST, WIDEST = 60, 200

_LOOKS: dict[Style, dict[str, Any]] = {
    "strong": {"bold": True},
    "dim": {"dim": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "cyan"},
    "good": {"fg": "green"},
    "added": {"fg": "green"},
    "removed": {"fg": "red"},
}


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command's words go and how they look there."""

    paper: Paper
    colour: bool
    """Whether what goes to stdout is coloured."""
    colour_of_messages: bool
    quiet: bool = False
    """Only what fails, and errors."""
    verbose: bool = False
    """Everything there is to say."""

    @classmethod
    def here(cls, choice: ColourChoice = "auto", *, quiet: bool = False, verbose: bool = False) -> Console:
        """The console of this process."""
        width = min(max(shutil.get_terminal_size((80, 24)).columns, NARROWEST), WIDEST)
        paper = Paper(width, unicode=_shows(sys.stdout, "✓✗…–─·→"))
        return cls(paper, _wants_colour(choice, sys.stdout), _wants_colour(choice, sys.stderr), quiet, verbose)

    def show(self, lines: Iterable[Line]) -> None:
        """Write lines to stdout."""
        self._put(sys.stdout, lines, self.colour)

    def tell(self, lines: Iterable[Line], *, always: bool = False) -> None:
        """Write messages to stderr; under `--quiet` only those that must *always* be said."""
        if always or not self.quiet:
            sys.stdout.flush()
            self._put(sys.stderr, lines, self.colour_of_messages)

    def write(self, text: str) -> None:
        """Write a text to stdout as it is."""
        _write(sys.stdout, text)

    def write_bytes(self, data: bytes) -> None:
        """Write bytes to stdout at once, a picture for instance."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def flush(self) -> None:
        """Let go of what was written, where something is waited for next."""
        sys.stdout.flush()

    def write_json(self, value: object) -> None:
        """Write one JSON value, indented, in ASCII, so that every encoding and every reader takes it."""
        _write(sys.stdout, json.dumps(value, indent=2) + "\n")

    def _put(self, stream: TextIO, lines: Iterable[Line], colour: bool) -> None:
        for line in lines:
            shown = _without_blanks_behind(line)
            _write(stream, (_coloured_line(shown) if colour else "".join(piece.text for piece in shown)) + "\n")


def _without_blanks_behind(line: Line) -> Line:
    pieces = list(line)
    while pieces:
        last = pieces.pop()
        text = last.text.rstrip(" ")
        if text:
            return (*pieces, last._replace(text=text))
    return ()


def _coloured_line(line: Line) -> str:
    """The line with its colours; neighbours of one style are one stretch."""
    drawn = ""
    for style, pieces in groupby(line, key=lambda piece: piece.style):
        text = "".join(piece.text for piece in pieces)
        look = _LOOKS.get(style)
        drawn += click.style(text, **look) if look and text.strip() else text
    return drawn


def _write(stream: TextIO, text: str) -> None:
    if not text.isascii():
        encoding = stream.encoding or "ascii"
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)


def _shows(stream: TextIO, characters: str) -> bool:
    try:
        characters.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _wants_colour(choice: ColourChoice, stream: TextIO) -> bool:
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
