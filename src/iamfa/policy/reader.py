"""JSON, and JSON with comments and trailing commas, read into a tree in which everything knows its place.

The reader is our own because a policy's faults must be shown exactly where they stand: it keeps duplicate keys, the
text of numbers and the comments, and gives the first syntax error with line, column and hint. It keeps its own stack
and looks at every character a fixed number of times, so that no input can make it recurse or crawl.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, NoReturn, TypeAlias

from iamfa.errors import Fault, PolicyError
from iamfa.policy.document import Span
from iamfa.policy.source import Source

LIMIT: Final = 1_000_000
"""Characters beyond which a text is refused: the largest policy that AWS takes has 20,480."""
DEPTH: Final = 200
"""Brackets that may be open at once; a policy needs seven."""

VALUES: Final = 100_000
"""Values that a text may hold; the densest text below the limit would have five times as many."""

ScalarType: TypeAlias = Literal["string", "number", "boolean", "null"]


class Scalar(NamedTuple):
    """A string, number, boolean or null with its span, quotes included."""

    type: ScalarType
    text: str
    """A string with its escapes resolved, and everything else as written: numbers are never computed with."""
    start: int
    end: int


class Array(NamedTuple):
    """A JSON array."""

    items: tuple[Node, ...]
    start: int
    end: int


class Member(NamedTuple):
    """One `key: value` of an object; duplicates are kept, in the order of the text."""

    key: Scalar
    value: Node


class Object(NamedTuple):
    """A JSON object."""

    members: tuple[Member, ...]
    start: int
    end: int


Node: TypeAlias = Scalar | Array | Object


class Reading(NamedTuple):
    """What a text holds: its one value, and its comments."""

    root: Node
    comments: tuple[Span, ...]
    trailing_commas: tuple[int, ...]
    """Where commas stand before a closing bracket."""


_SPACES: Final = " \t\n\r"
_SPACE = re.compile(r"[ \t\n\r]*")
_COMMENT = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_PLAIN_STRING = re.compile(r'"([^"\\\x00-\x1f\ud800-\udfff]*)"')
_STRING_PIECE = re.compile(r'[^"\\\x00-\x1f\ud800-\udfff]*')
_BETWEEN = re.compile(r"(?:[ \t\n\r]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_AFTER_NUMBER: Final = ",]} \t\n\r"
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBER_LIKE = re.compile(r"[-+.0-9][-+.0-9A-Za-z_]*")
_WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_FOUR_HEX = re.compile(r"[0-9A-Fa-f]{4}")
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS: Final[dict[str, ScalarType]] = {"true": "boolean", "false": "boolean", "null": "null"}
_MISSPELT: Final = {"True": "true", "False": "false", "None": "null", "TRUE": "true", "FALSE": "false", "NULL": "null"}
_OTHER_QUOTES: Final = "'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
_OTHER_SPACE: Final = "\u00a0\u2007\u202f\u3000\ufeff\u200b\u2028\u2029\x0b\x0c"
_CLOSING: Final = {"{": "}", "[": "]"}


def read(source: Source) -> Reading:
    """Read one JSON value, comments and trailing commas allowed.

    Raises `PolicyError` with exactly one fault, at the first character that cannot be read.
    """
    if len(source.text) > LIMIT:
        raise _error(source, too_large(source))
    return _Reader(source).read()


def too_large(source: Source) -> Fault:
    """The fault of a text beyond the limit, at the first character beyond it."""
    message = f"the text has {len(source.text):,} characters, and is read up to {LIMIT:,}"
    return source.fault(LIMIT, message, "no AWS policy is that large")


def next_token(text: str, at: int) -> int:
    """The next offset that holds neither white space nor a comment, in a text that has been read."""
    return _end(_BETWEEN, text, at)


def node_at(root: Node, start: int) -> Node:
    """The outermost value that begins at this offset.

    Raises `LookupError` where none does.
    """
    node = root
    while node.start != start:
        inner = (
            [member.value for member in node.members]
            if isinstance(node, Object)
            else list(node.items)
            if isinstance(node, Array)
            else []
        )
        around = [each for each in inner if each.start <= start < each.end]
        if not around:
            raise LookupError(f"no value begins at offset {start}")
        node = around[0]
    return node


class _Frame:
    """A bracket that is still open, and what was read in it so far."""

    __slots__ = ("bracket", "closing", "items", "key", "members", "start")

    def __init__(self, bracket: str, start: int) -> None:
        self.bracket = bracket
        self.closing = _CLOSING[bracket]
        self.start = start
        self.items: list[Node] = []
        self.members: list[Member] = []
        self.key: Scalar | None = None

    def take(self, node: Node) -> None:
        if self.key is None:
            self.items.append(node)
        else:
            self.members.append(Member(self.key, node))

    def close(self, end: int) -> Node:
        if self.bracket == "{":
            return Object(tuple(self.members), self.start, end)
        return Array(tuple(self.items), self.start, end)


class _Reader:
    """One pass over one text; `open` holds the brackets that are still open."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.comments: list[Span] = []
        self.trailing_commas: list[int] = []
        self.open: list[_Frame] = []
        self.values = 0

    def read(self) -> Reading:
        at = self.skip(0)
        if at == len(self.text):
            what = "there is nothing but white space and comments" if self.text else "the text is empty"
            self.fail(at, what, "a policy begins with `{`")
        while True:
            node, at = self.value(at)
            while node is not None:
                if not self.open:
                    return self.finish(node)
                node, at = self.after(node)

    def value(self, at: int) -> tuple[Node | None, int]:
        """Read the value that begins here, or open its bracket: the completed node, or None, and where to go on."""
        text = self.text
        char = text[at : at + 1]
        self.values += 1
        if self.values > VALUES:
            self.fail(at, f"the text holds more than {VALUES:,} values", "no AWS policy is that large")
        if char == '"':
            string = self.string(at)
            return string, string.end
        if char == "{" or char == "[":
            if len(self.open) == DEPTH:
                self.fail(at, f"nested too deeply: {DEPTH} brackets are open already", "a policy needs seven")
            frame = _Frame(char, at)
            self.open.append(frame)
            at = self.skip(at + 1)
            if text[at : at + 1] == frame.closing:
                self.open.pop()
                return frame.close(at + 1), at + 1
            return None, self.begin_item(frame, at)
        scalar = self.bare(at)
        return scalar, scalar.end

    def after(self, node: Node) -> tuple[Node | None, int]:
        """Put a completed value into its bracket and read on: the bracket, if that closes it, or None and where."""
        frame = self.open[-1]
        frame.take(node)
        at = self.skip(node.end)
        char = self.text[at : at + 1]
        if char == ",":
            comma, at = at, self.skip(at + 1)
            char = self.text[at : at + 1]
            if char != frame.closing:
                return None, self.begin_item(frame, at)
            self.trailing_commas.append(comma)
        elif char != frame.closing:
            self.not_separated(frame, at, char)
        self.open.pop()
        return frame.close(at + 1), at + 1

    def begin_item(self, frame: _Frame, at: int) -> int:
        """Where the next value begins; in an object its key and the colon are read first."""
        char = self.text[at : at + 1]
        if not char:
            self.not_closed(frame)
        if char == ",":
            self.fail(at, "a comma stands where a value should be", "remove it")
        if frame.bracket == "[":
            return at
        if char != '"':
            self.no_key(at, char)
        frame.key = self.string(at)
        at = self.skip(frame.key.end)
        if self.text[at : at + 1] != ":":
            self.fail(at, f"`:` is missing after the key `{_shown(frame.key.text)}`", 'write `"key": value`')
        at = self.skip(at + 1)
        if self.text[at : at + 1] in ("", ",", "}"):
            self.fail(at, f"the key `{_shown(frame.key.text)}` has no value", 'write `"key": value`')
        return at

    def finish(self, root: Node) -> Reading:
        at = self.skip(root.end)
        if at < len(self.text):
            more = self.text[at] in "{["
            hint = "a file holds one policy: put the statements into one `Statement` list" if more else "remove it"
            self.fail(at, f"`{_shown(self.text[at])}` stands after the end of the policy", hint)
        return Reading(root, tuple(self.comments), tuple(self.trailing_commas))

    def skip(self, at: int) -> int:
        """The next offset that holds neither white space nor a comment."""
        text = self.text
        while True:
            char = text[at : at + 1]
            if char and char in _SPACES:
                at = _end(_SPACE, text, at)
                char = text[at : at + 1]
            if char != "/":
                return at
            comment = _COMMENT.match(text, at)
            if comment is None:
                if text.startswith("/*", at):
                    self.fail(at, "the comment is not closed", "end it with `*/`")
                self.fail(at, "`/` begins no value", "a comment begins with `//` or `/*`")
            self.comments.append(Span(at, comment.end()))
            at = comment.end()

    def string(self, at: int) -> Scalar:
        plain = _PLAIN_STRING.match(self.text, at)
        if plain is not None:
            return Scalar("string", plain[1], at, plain.end())
        text, start, pieces = self.text, at, []
        at += 1
        while True:
            end = _end(_STRING_PIECE, text, at)
            pieces.append(text[at:end])
            char = text[end : end + 1]
            if char == '"':
                return Scalar("string", "".join(pieces), start, end + 1)
            if char != "\\":
                self.bad_in_string(start, end, char)
            piece, at = self.escape(end)
            pieces.append(piece)

    def escape(self, at: int) -> tuple[str, int]:
        """Resolve the escape whose backslash stands here; a surrogate pair is one character."""
        char = self.text[at + 1 : at + 2]
        if char in _ESCAPES:
            return _ESCAPES[char], at + 2
        if char != "u":
            self.fail(
                at, f"`{_shown(self.text[at : at + 2])}` is no escape of JSON", "write a backslash itself as `\\\\`"
            )
        code = self.hexadecimal(at)
        if 0xD800 <= code <= 0xDBFF and self.text.startswith("\\u", at + 6):
            low = self.hexadecimal(at + 6)
            if 0xDC00 <= low <= 0xDFFF:
                return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)), at + 12
        if 0xD800 <= code <= 0xDFFF:
            self.fail(
                at,
                f"`{self.text[at : at + 6]}` is half of a surrogate pair and no character",
                "write the character itself",
            )
        return chr(code), at + 6

    def hexadecimal(self, at: int) -> int:
        digits = _FOUR_HEX.match(self.text, at + 2)
        if digits is None:
            self.fail(
                at, f"`{_shown(self.text[at : at + 6])}` is no escape of JSON", "`\\u` takes four hexadecimal digits"
            )
        return int(digits[0], 16)

    def bare(self, at: int) -> Scalar:
        """A number, true, false or null."""
        text = self.text
        number = _NUMBER.match(text, at)
        if number is not None:
            end = number.end()
            if text[end : end + 1] not in _AFTER_NUMBER:
                end = _end(_NUMBER_LIKE, text, at)
                if end > number.end():
                    self.fail(at, f"`{_shown(text[at:end])}` is no number", "put text into quotation marks")
            return Scalar("number", number[0], at, number.end())
        word = _WORD.match(text, at)
        if word is not None and word[0] in _LITERALS:
            return Scalar(_LITERALS[word[0]], word[0], at, word.end())
        self.no_value(at, word[0] if word else text[at : at + 1])

    # What is wrong, exactly ---------------------------------------------------------------------------------------

    def no_value(self, at: int, found: str) -> NoReturn:
        if found in _MISSPELT:
            self.fail(at, f"`{found}` is no value of JSON", f"write `{_MISSPELT[found]}`")
        if found in ("NaN", "Infinity"):
            self.fail(at, f"`{found}` is no number of JSON")
        if found == "-" or found == "+" or found == ".":
            rest = _end(_NUMBER_LIKE, self.text, at)
            self.fail(at, f"`{_shown(self.text[at:rest])}` is no number of JSON", "put text into quotation marks")
        if found == "#":
            self.fail(at, "`#` begins no value", "a comment begins with `//`")
        self.fail(at, f"`{_shown(found)}` is no value", self.quote_hint(found) or "put text into quotation marks")

    def no_key(self, at: int, found: str) -> NoReturn:
        if found == "#":
            self.fail(at, "`#` begins no key", "a comment begins with `//`")
        word = _WORD.match(self.text, at)
        shown = word[0] if word else found
        self.fail(
            at,
            f"`{_shown(shown)}` stands where a key should be",
            self.quote_hint(found) or f'a key stands in quotation marks: `"{_shown(shown)}"`'
            if word
            else self.quote_hint(found) or 'write `"key": value`',
        )

    def not_separated(self, frame: _Frame, at: int, found: str) -> NoReturn:
        if not found:
            self.not_closed(frame)
        if found in "}]":
            line, column = self.source.position(frame.start)
            self.fail(
                at,
                f"`{found}` closes nothing: `{frame.bracket}` is open since line {line}, column {column}",
                f"write `{frame.closing}` first",
            )
        if found == ":":
            self.fail(at, "`:` stands after a value", "keys stand in `{ }` only, one colon after each")
        if found == "#":
            self.fail(at, "`#` begins no comment", "a comment begins with `//`")
        self.fail(
            at,
            f"a comma is missing before `{_shown(self.word_at(at))}`",
            self.quote_hint(found) or f"put `,` between the values or close with `{frame.closing}`",
        )

    def not_closed(self, frame: _Frame) -> NoReturn:
        line, column = self.source.position(frame.start)
        self.fail(
            len(self.text),
            f"the text ends while `{frame.bracket}` of line {line}, column {column} is open",
            f"close it with `{frame.closing}`",
        )

    def bad_in_string(self, start: int, at: int, found: str) -> NoReturn:
        line, column = self.source.position(start)
        if not found:
            self.fail(
                at, f"the text ends inside the string that begins at line {line}, column {column}", 'close it with `"`'
            )
        if found in "\r\n":
            self.fail(at, f"the line ends inside the string that begins at column {column}", 'close it with `"`')
        if "\ud800" <= found <= "\udfff":
            self.fail(at, "half of a surrogate pair stands in a string: the text is damaged")
        self.fail(
            at,
            f"the control character U+{ord(found):04X} stands in a string",
            "write `\\t`" if found == "\t" else f"write `\\u{ord(found):04x}`",
        )

    def word_at(self, at: int) -> str:
        word = _WORD.match(self.text, at)
        return word[0] if word else self.text[at]

    @staticmethod
    def quote_hint(found: str) -> str | None:
        if found[0] in _OTHER_QUOTES:
            return "JSON's quotation mark is `\"`"
        if found[0] in _OTHER_SPACE:
            return f"U+{ord(found[0]):04X} is no white space of JSON: replace it by a space"
        return None

    def fail(self, at: int, message: str, hint: str | None = None) -> NoReturn:
        raise _error(self.source, self.source.fault(at, message, hint))


def _error(source: Source, fault: Fault) -> PolicyError:
    return PolicyError(str(fault), (fault,), path=source.path)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a pattern that matches everywhere, if only nothing, stops matching."""
    found = pattern.match(text, at)
    return found.end() if found else at


def _shown(text: str) -> str:
    """Input as it may stand in a message: short, and without characters that would disturb a terminal."""
    clean = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:60])
    return clean + ("…" if len(text) > 60 else "")
