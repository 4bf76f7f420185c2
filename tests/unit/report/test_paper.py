"""Paper: wrapping keeps words whole and lines narrow; nothing that moves a cursor gets onto it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iamfa.report.paper import Paper, Piece, cells, line, plain, printable


def wrapped(text: str, width: int, *, indent: str = "", hanging: str | None = None) -> list[str]:
    """The lines of a text."""
    return plain(Paper(width).wrapped([Piece(text)], indent=indent, hanging=hanging)).splitlines()


def test_words_go_on_in_the_next_line_where_there_is_no_room() -> None:
    assert wrapped("one two three four", 9) == ["one two", "three", "four"]
    assert wrapped("one two three", 9, indent="- ", hanging="  ") == ["- one two", "  three"]
    assert wrapped("one two three", 9, indent="  ") == ["  one two", "  three"]


def test_a_word_that_is_wider_than_the_paper_has_a_line_of_its_own() -> None:
    assert wrapped("a arn:aws:iam::123456789012:mfa/* b", 10) == ["a", "arn:aws:iam::123456789012:mfa/*", "b"]


def test_a_word_of_two_styles_is_not_torn_apart() -> None:
    pieces = [Piece("one"), Piece("two", "error"), Piece(", three")]
    assert plain(Paper(7).wrapped(pieces)).splitlines() == ["onetwo,", "three"]
    styles = [[piece.style for piece in each] for each in Paper(7).wrapped(pieces)]
    assert styles == [["plain", "error", "plain"], ["plain"]]


def test_letters_of_east_asia_take_two_cells_and_marks_none() -> None:
    assert (cells("abc"), cells("日本"), cells("e\u0301"), cells("…")) == (3, 4, 1, 1)
    assert wrapped("日本 日本", 8) == ["日本", "日本"]


def test_no_text_is_no_line() -> None:
    assert wrapped("", 10) == []
    assert wrapped("   ", 10, indent="  ") == []
    assert line() == ()


@given(st.text(alphabet="ab é日 ", max_size=60), st.integers(10, 40))
def test_wrapping_changes_nothing_but_blanks(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert " ".join(lines).split() == text.split()
    assert all(cells(each) <= width or len(each.split()) == 1 for each in lines)


def test_what_moves_a_cursor_or_turns_a_line_round_is_spelled_out() -> None:
    assert printable("a\x1b[31m\n\u202e\ud800\U000e0001b") == "a\\x1b[31m\\x0a\\u202e\\ud800\\U000e0001b"
    assert printable("naïve 日本 — ✓") == "naïve 日本 — ✓"


@given(st.text())
def test_everything_that_is_printed_is_printable(text: str) -> None:
    assert printable(text).isprintable()


def test_signs_have_something_that_stands_for_them() -> None:
    assert [Paper().sign(sign) for sign in "✓✗…–"] == ["✓", "✗", "…", "–"]
    assert [Paper(unicode=False).sign(sign) for sign in "✓✗…–"] == ["+", "x", "...", "-"]


def test_a_sentence_is_worded_by_the_reader_s_translator() -> None:
    assert Paper().say("ok") == "ok"
    assert Paper(say={"ok": "よし"}.__getitem__).say("ok") == "よし"
