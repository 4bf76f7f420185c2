"""How a text is laid out, and how an item goes into a list or object or comes out of it without disturbing the rest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from iamfa.errors import EditError
from iamfa.policy.document import Span
from iamfa.policy.reader import Array, Member, Node, Object, next_token, read
from iamfa.policy.source import Source

_INDENT = re.compile(r"[ \t]*")
# The group is atomic: a comment ends at its first `*/`, even where what follows it is then no comment.
_REST_OF_LINE = re.compile(r"[ \t]*(?>/\*[^\r\n]*?\*/[ \t]*)*(?://[^\r\n]*)?(?=\r|\n|\Z)")
_LINE_END = re.compile(r"\r\n|\n|\r|\Z")
WIDTH: Final = 100
"""What would make a line longer than this is broken into lines."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace what stands from `start` up to `end`, in code points of a `Source.text`, by another text."""

    start: int
    end: int
    text: str


Edits: TypeAlias = tuple[Edit, ...]
Container: TypeAlias = Array | Object
Place: TypeAlias = tuple[Container, int]
"""A list or object, and the index of one of its items or members."""


class Layout:
    """The tree of a text, and the habits of whoever wrote it."""

    def __init__(self, source: Source, unit_from: Span) -> None:
        """`unit_from` is an object whose members show by how much the text indents one level."""
        self.text = source.text
        self.newline = source.newline
        self.root = read(source).root
        self.unit = self._indent_unit(self.node(unit_from))

    def _indent_unit(self, node: Container) -> str:
        spans = spans_of(node)
        outer = self.indent_at(node.start)
        inner = self.indent_at(spans[0].start) if spans else outer
        return inner[len(outer) :] if inner.startswith(outer) and len(inner) > len(outer) else "  "

    # Finding -----------------------------------------------------------------------------------------------------

    def item(self, span: Span) -> Place | None:
        """The list or object of which exactly this span is an item or member; None for the root and for values."""
        places = self.places(span)
        return places[-1] if places and _span_at(places[-1]) == span else None

    def node(self, span: Span) -> Container:
        """The object or list that is exactly this span. Raises `EditError` where there is none."""
        places = self.places(span)
        node = child(*places[-1]) if places else self.root
        if isinstance(node, Array | Object) and (node.start, node.end) == span:
            return node
        raise EditError(f"no object stands from {span.start} to {span.end}")

    def member(self, span: Span) -> Member:
        """The member that is exactly this span. Raises `EditError` where there is none."""
        place = self.item(span)
        if place is None or not isinstance(place[0], Object):
            raise EditError(f"no element stands from {span.start} to {span.end}")
        return place[0].members[place[1]]

    def places(self, span: Span) -> list[Place]:
        """The items and members around a span, from the outermost to the one that is this span or has it as value."""
        node: Node = self.root
        found: list[Place] = []
        while isinstance(node, Array | Object) and (node.start, node.end) != span:
            spans = spans_of(node)
            index = next((i for i, each in enumerate(spans) if each.start <= span.start < each.end), None)
            if index is None:
                return []
            found.append((node, index))
            if spans[index] == span:
                return found
            node = child(node, index)
        return found if (node.start, node.end) == span else []

    # Lines -------------------------------------------------------------------------------------------------------

    def line_start(self, at: int) -> int:
        """Where the line of an offset begins."""
        return max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1

    def indent_at(self, at: int) -> str:
        """The white space with which the line of an offset begins."""
        found = _INDENT.match(self.text, self.line_start(at))
        return found[0] if found else ""

    def begins_line(self, at: int) -> bool:
        """Whether nothing but white space stands before an offset in its line."""
        return self.text[self.line_start(at) : at].strip(" \t") == ""

    def comment_end(self, at: int) -> int | None:
        """The end of the line, where nothing but comments stands from here on; None where more follows."""
        rest = _REST_OF_LINE.match(self.text, at)
        return rest.end() if rest else None

    def comma_after(self, end: int, container: Container) -> int | None:
        """Where the comma stands that follows an item; None where the item is the last and has none."""
        at = next_token(self.text, end)
        return at if at < container.end and self.text[at] == "," else None

    # Writing -----------------------------------------------------------------------------------------------------

    def written(self, value: object, indent: str, *, lines: bool | None = None, before: int = 0) -> str:
        """A JSON value in the text's own manner: on one line where it fits behind what is before it, or as told."""
        line = json.dumps(value, ensure_ascii=False)
        if lines is None:
            lines = len(indent) + before + len(line) > WIDTH
        if not lines:
            return line
        return json.dumps(value, ensure_ascii=False, indent=self.unit).replace("\n", self.newline + indent)

    def written_item(self, container: Container, value: object, indent: str) -> str:
        """An item of a list, or the members of an object that a dict spells."""
        if isinstance(container, Array) or not isinstance(value, dict):
            return self.written(value, indent, lines=self._spreads(container))
        members = []
        for key, inner in value.items():
            head = f"{json.dumps(key, ensure_ascii=False)}: "
            members.append(head + self.written(inner, indent, before=len(head)))
        return ", ".join(members)

    def _spreads(self, container: Container) -> bool | None:
        """Whether the objects of a list stand on several lines each."""
        if not isinstance(container, Array) or not container.items or not isinstance(container.items[0], Object):
            return None
        first = container.items[0]
        return "\n" in self.text[first.start : first.end] or "\r" in self.text[first.start : first.end]

    def insert(self, container: Container, index: int, value: object) -> Edits:
        """Put an item before the one with this index, or behind the last; a member comes as a dict of one."""
        spans = spans_of(container)
        if not spans:
            text = self.written_item(container, value, self.indent_at(container.start))
            return (Edit(container.start + 1, container.start + 1, text),)
        first = spans[0].start
        if not self.begins_line(first):
            return self._insert_in_line(container, index, self.written_item(container, value, self.indent_at(first)))
        indent = self.indent_at(first)
        text = self.written_item(container, value, indent)
        if index == 0:
            after_bracket = container.start + 1
            return (Edit(after_bracket, after_bracket, f"{self.newline}{indent}{text},"),)
        end = spans[min(index, len(spans)) - 1].end
        comma = self.comma_after(end, container)
        if comma is not None:
            at = self.comment_end(comma + 1) or comma + 1
            return (Edit(at, at, f"{self.newline}{indent}{text},"),)
        at = self.comment_end(end) or end
        if at == end:
            return (Edit(end, end, f",{self.newline}{indent}{text}"),)
        return (Edit(end, end, ","), Edit(at, at, f"{self.newline}{indent}{text}"))

    def _insert_in_line(self, container: Container, index: int, text: str) -> Edits:
        spans = spans_of(container)
        if index == 0:
            return (Edit(spans[0].start, spans[0].start, f"{text}, "),)
        end = spans[min(index, len(spans)) - 1].end
        return (Edit(end, end, f", {text}"),)

    def remove(self, container: Container, index: int) -> Edits:
        """Take one of several items out with its comma, and its line and comment where it has the line for itself."""
        spans = spans_of(container)
        start, end = spans[index]
        comma = self.comma_after(end, container)
        tail = end if comma is None else comma + 1
        line_rest = self.comment_end(tail)
        own_line = self.begins_line(start) and line_rest is not None
        if own_line and line_rest is not None:
            start, tail = self.line_start(start), self._past_line_end(line_rest)
        elif comma is not None:
            found = _INDENT.match(self.text, tail)
            tail = found.end() if found else tail
        if comma is not None:
            return (Edit(start, tail, ""),)
        # The text has been read, so a comma separates the last item from the one before it.
        before = next_token(self.text, spans[index - 1].end)
        if not own_line and self.text[before + 1 : start].strip(" \t") == "":
            return (Edit(before, tail, ""),)
        return (Edit(before, before + 1, ""), Edit(start, tail, ""))

    def _past_line_end(self, at: int) -> int:
        found = _LINE_END.match(self.text, at)
        return found.end() if found else at


def spans_of(container: Container) -> tuple[Span, ...]:
    """Where the items of a list or the members of an object stand, a member from its key to the end of its value."""
    if isinstance(container, Array):
        return tuple(Span(item.start, item.end) for item in container.items)
    return tuple(Span(member.key.start, member.value.end) for member in container.members)


def _span_at(place: Place) -> Span:
    return spans_of(place[0])[place[1]]


def child(container: Container, index: int) -> Node:
    """An item of a list, or the value of a member."""
    return container.items[index] if isinstance(container, Array) else container.members[index].value
