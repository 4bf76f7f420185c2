"""The line, what is underlined in it, and the reason: in place, and never wider than the paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamfa.policy.document import Span
from iamfa.policy.source import Source
from iamfa.report.excerpt import excerpt, place
from iamfa.report.paper import Paper, cells, plain


def shown(text: str, wanted: str, label: str | None = "the reason", *, width: int = 60) -> list[str]:
    """The excerpt that underlines the first place of *wanted*."""
    start = text.index(wanted)
    span = Span(start, start + len(wanted))
    return plain(excerpt(Paper(width), Source(text, "p.json"), span, label, "error")).splitlines()


def test_the_part_is_underlined_in_its_line_with_the_reason_behind() -> None:
    assert shown('{\n  "Effect": "allow"\n}', '"allow"') == [
        " --> p.json:2:13",
        "  |",
        '2 |   "Effect": "allow"',
        "  |             ^^^^^^^ the reason",
    ]


def test_a_reason_that_has_no_room_behind_stands_below() -> None:
    lines = shown('{"Effect": "allow"}', '"allow"', "a reason that is much longer than what is left of this line here")
    assert lines[3] == "  |            ^^^^^^^"
    assert [each[:13] for each in lines[4:]] == ["  |          "] * len(lines[4:])
    assert " ".join(" ".join(each[3:] for each in lines[4:]).split()).startswith("a reason that is much longer")


def test_without_a_reason_nothing_stands_behind() -> None:
    assert shown("abc def", "def", None)[-1] == "  |     ^^^"


def test_a_part_of_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    lines = shown('{\n  "Statement": [\n    1,\n    2\n  ]\n}', "[\n    1,\n    2\n  ]", None)
    assert lines[2:] == ['2 |   "Statement": [', "  |                ^ (and 3 more lines)"]


def test_a_tab_is_four_blanks_and_wide_letters_are_underlined_whole() -> None:
    assert shown('\t"日本": 1', "日本", "wide")[2:] == ['1 |     "日本": 1', "  |      ^^^^ wide"]


def test_what_moves_a_cursor_is_spelled_out_and_underlined_whole() -> None:
    assert shown("a \x1b b", "\x1b", None)[2:] == ["1 | a \\x1b b", "  |   ^^^^"]


def test_the_end_of_a_text_can_be_underlined() -> None:
    lines = plain(excerpt(Paper(), Source("{", "p.json"), Span(1, 1), None, "error")).splitlines()
    assert lines[2:] == ["1 | {", "  |  ^"]


@pytest.mark.parametrize("before", [0, 10, 40, 100, 5_000])
@pytest.mark.parametrize("marked", [1, 20, 55, 300])
@pytest.mark.parametrize("behind", [0, 30, 4_000])
@pytest.mark.parametrize("blank", [" ", "x"])
def test_a_long_line_is_cut_to_the_paper_and_the_part_stays_in_sight(
    before: int, marked: int, behind: int, blank: str
) -> None:
    text = blank * before + "M" * marked + "z" * behind
    lines = plain(excerpt(Paper(60), Source(text, "p.json"), Span(before, before + marked), None, "error")).splitlines()
    assert all(cells(each) <= 60 for each in lines)
    start = lines[3].index("^")
    assert lines[2][start] == "M"
    assert "M" not in lines[2][:start]
    underlined = lines[2][start : start + lines[3].count("^")]
    assert set(underlined) <= {"M", "…"}
    assert len(underlined) >= min(marked, 20)


@given(
    st.text(alphabet='ab "\t日\x1b', min_size=1, max_size=200),
    st.integers(0, 199),
    st.integers(0, 60),
    st.integers(60, 120),
    st.booleans(),
)
def test_no_excerpt_is_wider_than_the_paper(text: str, start: int, length: int, width: int, unicode: bool) -> None:
    start = min(start, len(text))
    span = Span(start, min(start + length, len(text)))
    lines = plain(excerpt(Paper(width, unicode), Source(text, "p.json"), span, None, "error")).splitlines()
    assert all(cells(each) <= width for each in lines)
    assert "^" in lines[-1]


def test_a_place_names_file_document_line_and_column() -> None:
    assert place("p.json", None, 3, 4) == "p.json:3:4"
    assert place("dump.json", "user/alice/inline/x", 3, 4) == "dump.json (user/alice/inline/x):3:4"
    assert place("-", None, 1, 1) == "<stdin>:1:1"
    assert place(None, None, 1, 1) == "policy:1:1"
    assert place("a\x1bb", None, 1, 1) == "a\\x1bb:1:1"
