"""A document as JSON with a comment before each statement, as people keep policies; AWS itself takes no comments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from textwrap import wrap

from iamfa.policy.document import Document
from iamfa.policy.render import as_json, statement_as_json

WIDTH = 100
"""Columns of a comment's line."""


def render_commented(document: Document, comments: Sequence[str], *, head: Sequence[str] = ()) -> str:
    """The document as `render` writes it, with lines of comment before each statement and at the *head*.

    *comments* has one text for each statement. Raises `ValueError` for another number, and as `render` does.
    """
    top = as_json(document)
    if not isinstance(top, dict) or len(comments) != len(document.statements):
        raise ValueError("a policy with one comment for each statement is wanted")
    lines = [*(each for text in head for each in comment_lines(text, "//")), "{"]
    lines += [f"  {json.dumps(name)}: {json.dumps(top[name], ensure_ascii=False)}," for name in top if name in _PLAIN]
    lines.append('  "Statement": [')
    last = len(comments) - 1
    for index, (statement, comment) in enumerate(zip(document.statements, comments, strict=True)):
        lines += comment_lines(comment, "    //")
        body = json.dumps(statement_as_json(statement), indent=2, ensure_ascii=False).split("\n")
        body[-1] += "," if index < last else ""
        lines += (f"    {each}" for each in body)
    return "\n".join([*lines, "  ]", "}"]) + "\n"


_PLAIN = ("Version", "Id")


def comment_lines(text: str, lead: str) -> Iterator[str]:
    """The text as lines of comment that begin with *lead*; no character of it ends a line."""
    for line in wrap(" ".join(text.split()), WIDTH - len(lead) - 1, break_on_hyphens=False, break_long_words=False):
        yield f"{lead} {line}"
