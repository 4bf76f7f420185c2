"""JSON with comments: what is read back is the document, and a comment stays a comment whatever stands in it."""

from __future__ import annotations

import pytest

from iamfa.policy.commented import WIDTH, comment_lines, render_commented
from iamfa.policy.policy import Policy

DOCUMENT = Policy.from_document(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::*:user/${aws:username}"},
            {"Effect": "Deny", "NotAction": ["s3:*"], "Resource": "*", "Condition": {"Bool": {"aws:x": ["true"]}}},
        ],
    },
).document


def test_what_is_read_back_equals_the_document() -> None:
    text = render_commented(DOCUMENT, ["first", "second"], head=["what it is for"])
    assert Policy.parse(text).document == DOCUMENT
    assert text.startswith("// what it is for\n{\n")
    assert "    // first\n    {\n" in text
    assert "    },\n    // second\n    {\n" in text


def test_a_comment_with_line_ends_and_quotes_stays_one_comment() -> None:
    text = render_commented(DOCUMENT, ['a "quoted" text\n}, {"Effect": "Allow"', "b */ // c\r\nd"])
    assert Policy.parse(text).document == DOCUMENT


def test_comments_are_as_wide_as_a_line_and_no_word_is_broken() -> None:
    lines = list(comment_lines("word " * 60 + "iam:CreateVirtualMFADevice-and-more", "    //"))
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[-1].endswith("iam:CreateVirtualMFADevice-and-more")


@pytest.mark.parametrize("comments", [[], ["one"], ["a", "b", "c"]])
def test_each_statement_has_its_comment(comments: list[str]) -> None:
    with pytest.raises(ValueError, match="one comment for each statement"):
        render_commented(DOCUMENT, comments)
