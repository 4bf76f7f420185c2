"""A strict reader of the small part of HCL that policies are written in: blocks, attributes, texts, lists, references.

Written from Terraform's pages "Syntax" and "Strings and Templates". A template (`${…}` that is not escaped) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"(?P<space>[ ]+)|(?P<comment>#[^\n]*)|(?P<line>\n)"
    r'|(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)|(?P<sign>[{}\[\]=,()])'
)
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\"}


@dataclass(frozen=True)
class Reference:
    """Something that is no text: `each.value`, `string`, `set(string)`."""

    text: str


@dataclass
class Block:
    """A block with its labels."""

    type: str
    labels: tuple[str, ...]
    attributes: dict[str, Any] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    """The comments right before it."""

    def all(self, type_: str) -> list[Block]:
        return [block for block in self.blocks if block.type == type_]


def text_of(token: str) -> str:
    """The characters that a quoted text stands for."""

    def character(match: re.Match[str]) -> str:
        found = match[0]
        if found in ("$${", "%%{"):
            return found[1:]
        assert found not in ("${", "%{"), f"a template: {token}"
        return _ESCAPES[found] if found.startswith("\\") else found

    return re.sub(r"\$\$\{|%%\{|\$\{|%\{|\\.", character, token[1:-1])


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text):
            match = _TOKEN.match(text, place)
            assert match is not None, f"no HCL at {text[place : place + 30]!r}"
            place = match.end()
            if match.lastgroup != "space":
                self.tokens.append((str(match.lastgroup), match[0]))
        self.place = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def take(self, *expected: str) -> tuple[str, str]:
        token = self.peek()
        assert not expected or token[0] in expected or token[1] in expected, f"{expected} expected, {token} found"
        self.place += 1
        return token

    def body(self, into: Block, end: str) -> None:
        comments: list[str] = []
        while self.peek()[1] != end or self.peek()[0] == "text":
            kind, text = self.take("name", "comment", "line")
            if kind == "comment":
                comments.append(text.removeprefix("# "))
                self.take("line")
            elif kind == "line":
                comments = []
            elif self.peek()[1] == "=":
                self.take("=")
                assert text not in into.attributes, f"{text} stands twice"
                into.attributes[text] = self.value()
                self.take("line")
            else:
                labels = []
                while self.peek()[0] == "text":
                    labels.append(text_of(self.take()[1]))
                self.take("{")
                self.take("line")
                block = Block(text, tuple(labels), comments=comments)
                self.body(block, "}")
                self.take("}")
                self.take("line")
                into.blocks.append(block)
                comments = []

    def value(self) -> Any:
        kind, text = self.take("text", "name", "[")
        if kind == "text":
            return text_of(text)
        if kind == "name":
            if self.peek()[1] == "(":
                self.take("(")
                inner = self.take("name")[1]
                self.take(")")
                return Reference(f"{text}({inner})")
            return Reference(text)
        values = []
        while True:
            while self.peek()[0] == "line":
                self.take()
            if self.peek()[1] == "]":
                break
            values.append(self.value())
            if self.peek()[1] != "]":
                self.take(",")
        self.take("]")
        return values


def parse(text: str) -> Block:
    """The whole file as a block without a type."""
    reader, root = _Reader(text), Block("", ())
    reader.body(root, "")
    return root


_NAMES = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}


def policy_of(data: Block) -> dict[str, Any]:
    """The policy that the data source `aws_iam_policy_document` makes, each list as a list."""
    assert (data.type, data.labels[0]) == ("data", "aws_iam_policy_document")
    assert not data.attributes
    made = []
    for block in data.all("statement"):
        written = dict(block.attributes)
        statement: dict[str, Any] = {"Sid": written.pop("sid"), "Effect": written.pop("effect")}
        names = {
            "actions": "Action",
            "not_actions": "NotAction",
            "resources": "Resource",
            "not_resources": "NotResource",
        }
        for name, value in written.items():
            statement[names[name]] = value
        for each in block.all("condition"):
            assert set(each.attributes) == {"test", "variable", "values"}
            keys = statement.setdefault("Condition", {}).setdefault(each.attributes["test"], {})
            keys[each.attributes["variable"]] = each.attributes["values"]
        made.append(statement)
    return {"Version": "2012-10-17", "Statement": made}
