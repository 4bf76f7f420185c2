"""The tree that is read from a text knows the place of everything in it."""

from __future__ import annotations

import pytest

from iamfa.errors import PolicyError
from iamfa.policy.reader import DEPTH, LIMIT, VALUES, Array, Member, Object, Scalar, next_token, node_at, read
from iamfa.policy.source import Source


def tree(text: str) -> Object | Array | Scalar:
    return read(Source(text)).root


def test_spans_include_quotes_and_brackets() -> None:
    assert tree('{"a": [1, "b"]}') == Object(
        (
            Member(
                Scalar("string", "a", 1, 4),
                Array((Scalar("number", "1", 7, 8), Scalar("string", "b", 10, 13)), 6, 14),
            ),
        ),
        0,
        15,
    )


def test_spans_count_code_points_and_not_bytes() -> None:
    assert tree('["😀", 1]') == Array((Scalar("string", "😀", 1, 4), Scalar("number", "1", 6, 7)), 0, 8)


def test_duplicate_keys_are_kept() -> None:
    root = tree('{"a": 1, "a": 2}')
    assert isinstance(root, Object)
    assert [member.key.text for member in root.members] == ["a", "a"]


@pytest.mark.parametrize("text", ["0", "-0", "1e999", "123456789012345678901234567890", "-1.5E+3", "0.1"])
def test_numbers_stay_as_written(text: str) -> None:
    assert tree(text) == Scalar("number", text, 0, len(text))


def test_true_false_and_null_are_told_from_texts() -> None:
    assert tree("[true, false, null]") == Array(
        (Scalar("boolean", "true", 1, 5), Scalar("boolean", "false", 7, 12), Scalar("null", "null", 14, 18)), 0, 19
    )


def test_escapes_are_resolved() -> None:
    assert tree(r'"a\"\\\/\b\f\n\r\té名\ud83d\ude00z"') == Scalar("string", 'a"\\/\b\f\n\r\té名😀z', 0, 34)


def test_a_high_half_before_another_escape_is_refused() -> None:
    with pytest.raises(PolicyError, match="half of a surrogate pair"):
        tree(r'"\ud83d\n"')


def test_comments_and_trailing_commas_are_remembered() -> None:
    reading = read(Source("// a\n[1, /* b */ 2, ] // c"))
    assert [(comment.start, comment.end) for comment in reading.comments] == [(0, 4), (9, 16), (22, 26)]
    assert reading.trailing_commas == (18,)


def test_a_text_at_the_limit_is_read_and_one_beyond_it_is_not() -> None:
    assert tree("[" + " " * (LIMIT - 2) + "]") == Array((), 0, LIMIT)
    with pytest.raises(PolicyError, match=r"1,000,001 characters") as caught:
        tree("[" + " " * (LIMIT - 1) + "]")
    assert caught.value.faults[0].column == LIMIT + 1


def test_a_text_with_more_values_than_any_policy_is_refused() -> None:
    assert isinstance(tree("[" + "1," * (VALUES - 1) + "]"), Array)
    with pytest.raises(PolicyError, match="more than 100,000 values") as caught:
        tree("[" + "1,\n" * VALUES + "]")
    assert (caught.value.faults[0].line, caught.value.faults[0].column) == (VALUES, 1)


def test_brackets_may_be_open_as_deep_as_the_limit_says() -> None:
    assert isinstance(tree("[" * DEPTH + "]" * DEPTH), Array)
    with pytest.raises(PolicyError, match="nested too deeply"):
        tree("[" * (DEPTH + 1))


def test_the_error_names_the_path_and_carries_the_hint() -> None:
    with pytest.raises(PolicyError) as caught:
        read(Source("{]", "p.json"))
    assert caught.value.path == "p.json"
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{a: 1}", 'a key stands in quotation marks: `"a"`'),
        ("{`a`: 1}", "JSON's quotation mark is `\"`"),
        ('["a" ”b”]', "JSON's quotation mark is `\"`"),
        ("{\u200b}", "U+200B is no white space of JSON: replace it by a space"),
        ("[1\u00a0]", "U+00A0 is no white space of JSON: replace it by a space"),
        ("{*}", 'write `"key": value`'),
        ('"a\x07"', "write `\\u0007`"),
        ("[True]", "write `true`"),
        ("{} []", "a file holds one policy: put the statements into one `Statement` list"),
        ('[{"a": 1]', "write `}` first"),
    ],
)
def test_a_hint_says_what_to_write_instead(text: str, hint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        tree(text)
    assert caught.value.hint == hint


def test_input_is_shown_short_and_without_control_characters() -> None:
    with pytest.raises(PolicyError) as caught:
        tree("[" + "x" * 100 + "]")
    assert "x" * 60 + "…" in str(caught.value)
    with pytest.raises(PolicyError) as caught:
        tree("\x1b[31m")
    assert "\x1b" not in str(caught.value)


def test_half_a_surrogate_pair_in_the_text_itself_is_refused() -> None:
    with pytest.raises(PolicyError, match="the text is damaged"):
        tree('"\ud800"')


def test_a_value_is_found_by_where_it_begins() -> None:
    root = tree('{"a": [1, {"b": 2}]}')
    assert node_at(root, 0) is root
    assert node_at(root, 10) == Object((Member(Scalar("string", "b", 11, 14), Scalar("number", "2", 16, 17)),), 10, 18)
    for nowhere in (1, 5, 19):
        with pytest.raises(LookupError):
            node_at(root, nowhere)


def test_the_next_token_lies_behind_white_space_and_comments() -> None:
    assert next_token(" /* , */ // ,\n , ", 0) == 15
    assert next_token("  ", 0) == 2
