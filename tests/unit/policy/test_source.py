"""Positions are counted as people count them, whatever ends the lines."""

from __future__ import annotations

import pytest

from iamfa.errors import Fault
from iamfa.policy.source import Source


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_begins_a_new_line(end: str) -> None:
    source = Source(f"ab{end}c{end}{end}d")
    start = len(f"ab{end}c{end}{end}")
    assert source.position(start) == (4, 1)
    assert source.line_count == 4
    assert [source.line_text(line) for line in (1, 2, 3, 4)] == ["ab", "c", "", "d"]
    assert source.newline == end


def test_a_text_of_one_line_is_said_to_end_its_lines_with_lf() -> None:
    assert Source("abc").newline == "\n"


def test_columns_count_code_points() -> None:
    assert Source("😀é名x").position(3) == (1, 4)


def test_the_offset_behind_the_text_is_a_position() -> None:
    assert Source("ab\n").position(3) == (2, 1)
    assert Source("").position(0) == (1, 1)


def test_a_byte_order_mark_is_not_counted_and_given_back() -> None:
    source = Source("\ufeffab", "x.json")
    assert source.text == "ab"
    assert source.bom
    assert source.position(1) == (1, 2)
    assert source.original == "\ufeffab"
    assert source.with_mark("c") == "\ufeffc"
    assert Source("ab").with_mark("c") == "c"


def test_an_offset_is_found_again_from_its_position() -> None:
    source = Source("a\r\nbc\nd")
    for offset in (0, 1, 3, 4, 6, 7):
        assert source.offset(*source.position(offset)) == offset


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_far_positions_are_counted_as_near_ones_are(end: str) -> None:
    lines = 1_100_000 // len(end)
    source = Source(end * lines + f"ab{end}c")
    start = lines * len(end)
    assert source.position(start + 1) == (lines + 1, 2)
    assert source.position(start + 2) == (lines + 1, 3)
    assert source.position(start + 2 + len(end)) == (lines + 2, 1)
    if len(end) == 2:
        assert source.position(start + 3) == (lines + 1, 4)


def test_a_position_between_cr_and_lf_does_not_split_the_line_end() -> None:
    source = Source("a\r\nb")
    assert source.position(2) == (1, 3)
    assert source.position(3) == (2, 1)
    assert source.line_count == 2


def test_a_fault_carries_its_place() -> None:
    assert Source("a\nb").fault(2, "wrong", "right") == Fault(2, 1, "wrong", "right")


def test_sources_of_equal_text_and_path_are_equal() -> None:
    assert Source("a", "p") == Source("a", "p")
    assert hash(Source("a", "p")) == hash(Source("a", "p"))
    assert Source("a", "p") != Source("a", "q")
    assert Source("\ufeffa") != Source("a")
    assert Source("a") != "a"
    assert repr(Source("abc", "p")) == "Source(3 characters, path='p')"
