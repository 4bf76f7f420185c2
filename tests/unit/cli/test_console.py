"""The terminal: colours only where they are wanted, characters only that it can show."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest

from iamfa.cli.console import Console

Run = Callable[..., Any]


class Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "environment", "coloured"),
    [
        ("auto", {}, True),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"NO_COLOR": ""}, True),
        ("auto", {"TERM": "dumb"}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {}, False),
    ],
)
def test_a_terminal_is_coloured_unless_somebody_says_no(
    monkeypatch: pytest.MonkeyPatch, choice: Any, environment: dict[str, str], coloured: bool
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert Console.here(choice).colour is coloured


def test_a_pipe_is_not_coloured_and_a_stream_can_be_told_to_be(iamfa: Run) -> None:
    assert "\x1b[" not in iamfa("check", "2-required-only.json").out
    assert (
        "\x1b[31m\x1b[1merror[device-name-tied-to-user]"
        in iamfa("check", "--color", "always", "2-required-only.json").out
    )


@pytest.mark.broad
def test_colours_change_nothing_but_colours(iamfa: Run) -> None:
    import click

    for arguments in (("check", "."), ("fix", "2-required-only.json"), ("tour",), ("rules", "cannot-enrol")):
        plain, coloured = iamfa(*arguments), iamfa(*arguments, "--color", "always")
        assert "\x1b[" in coloured.out
        assert click.unstyle(coloured.out) == plain.out
        assert click.unstyle(coloured.err) == plain.err


@pytest.mark.parametrize(("columns", "width"), [("10", 60), ("60", 60), ("123", 123), ("5000", 200)])
def test_the_width_is_the_terminal_s_within_bounds(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert Console.here().paper.width == width


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", True), ("ascii", False), ("latin-1", False)])
def test_signs_are_those_that_the_encoding_has(monkeypatch: pytest.MonkeyPatch, encoding: str, shown: bool) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal(encoding))
    assert Console.here().paper.unicode is shown


def test_a_character_that_the_terminal_cannot_show_is_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal("latin-1")
    monkeypatch.setattr(sys, "stdout", stream)
    Console.here().write("naïve — 日本\n")
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    assert raw.getvalue().decode("latin-1") == "naïve \\u2014 \\u65e5\\u672c\n"


@pytest.mark.parametrize("width", [60, 76, 77, 80, 100, 200])
@pytest.mark.parametrize("arguments", [("check", "."), ("check", "--verbose", "."), ("tour",), ("rules",)])
def test_no_sentence_is_wider_than_the_terminal(iamfa: Run, width: int, arguments: tuple[str, ...]) -> None:
    for line in iamfa(*arguments, width=width).out.splitlines():
        words = line.split()
        unbreakable = len(words) <= 2 or line.lstrip().startswith(
            ("+", "-", '"', "iamfa fix", "error[", "warning[", "note[")
        )
        assert len(line) <= width or unbreakable, line
