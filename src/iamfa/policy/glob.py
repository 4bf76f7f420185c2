"""Patterns with `*` and `?`, matched in linear time and never by a regular expression.

AWS's pages: reference_policies_elements_resource (wildcards), reference_policies_elements_action and
reference_policies_elements_condition_operators (String and ARN operators) of the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Wild(Enum):
    """The two wildcards of the policy language."""

    STAR = "*"
    """Any run of characters, none included."""
    ANY = "?"
    """Exactly one character (one code point)."""


Token = str | Wild
"""A piece of a pattern: literal text, or a wildcard."""

Matcher = Callable[[str], bool]
"""Says whether a value fits the pattern that it was made from."""

_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def normalised(tokens: Iterable[Token]) -> tuple[Token, ...]:
    """The one spelling of a pattern: texts merged, none empty, in a run of wildcards every `?` before one `*`.

    Two patterns without wildcards that differ are different, and `a**?` and `a?*` are the same.
    """
    result: list[Token] = []
    texts: list[str] = []
    anys = 0
    star = False
    for token in tokens:
        if isinstance(token, str):
            if not token:
                continue
            if anys or star:
                result.extend([Wild.ANY] * anys)
                if star:
                    result.append(Wild.STAR)
                anys, star = 0, False
            texts.append(token)
            continue
        if texts:
            result.append("".join(texts))
            texts.clear()
        if token is Wild.STAR:
            star = True
        else:
            anys += 1
    if texts:
        result.append("".join(texts))
    result.extend([Wild.ANY] * anys)
    if star:
        result.append(Wild.STAR)
    return tuple(result)


def tokens_of(text: str) -> tuple[Token, ...]:
    """The pattern that a text spells when `*` and `?` are wildcards and nothing else is special."""
    if "*" not in text and "?" not in text:
        return (text,) if text else ()
    return normalised(_scan(text))


def _scan(text: str) -> Iterable[Token]:
    start = 0
    for position, character in enumerate(text):
        if character == "*" or character == "?":
            yield text[start:position]
            yield Wild.STAR if character == "*" else Wild.ANY
            start = position + 1
    yield text[start:]


def ascii_lower(text: str) -> str:
    """The text with A-Z in lower case and every other character as it is.

    Names of actions are ASCII; a full `str.lower` would let `K` (KELVIN SIGN) pass for `k`.
    """
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def lowered(tokens: Iterable[Token]) -> tuple[Token, ...]:
    """The pattern for values that went through `ascii_lower`."""
    return normalised(ascii_lower(token) if isinstance(token, str) else token for token in tokens)


def split_at_colons(tokens: Iterable[Token], count: int) -> tuple[tuple[Token, ...], ...]:
    """The pattern cut at its first `count - 1` literal colons; fewer pieces come back where it has fewer colons.

    A wildcard stays in the piece where it stands, so that matching piece by piece never crosses a colon.
    """
    pieces: list[list[Token]] = [[]]
    for token in tokens:
        if isinstance(token, Wild):
            pieces[-1].append(token)
            continue
        first, *rest = token.split(":", count - len(pieces))
        pieces[-1].append(first)
        pieces.extend([text] for text in rest)
    return tuple(normalised(piece) for piece in pieces)


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern as a value: equal globs match the same texts."""

    tokens: tuple[Token, ...]
    """Normalised: see `normalised`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", normalised(self.tokens))

    @classmethod
    def parse(cls, text: str) -> Glob:
        """The glob that a text spells; `${...}` is not looked at (`variables.Template` does that)."""
        return cls(tokens_of(text))

    @classmethod
    def literal(cls, text: str) -> Glob:
        """The glob that only the text itself fits, whatever characters it has."""
        return cls((text,))

    @property
    def is_literal(self) -> bool:
        """Whether exactly one text fits."""
        return all(isinstance(token, str) for token in self.tokens)

    def matches(self, value: str) -> bool:
        """Whether the value fits; whoever asks often takes `matcher(glob.tokens)` once."""
        return matcher(self.tokens)(value)

    def __str__(self) -> str:
        """As a policy of Version 2012-10-17 spells it: a literal `*` is `${*}`, `?` is `${?}`, `${` is `${$}{`."""
        return "".join(token.value if isinstance(token, Wild) else _escaped(token) for token in self.tokens)


def _escaped(text: str) -> str:
    """The literal text as a template spells it; `$` only needs the escape where it would begin a variable."""
    return "".join(
        f"${{{character}}}"
        if character in "*?" or (character == "$" and text[index + 1 : index + 2] in ("{", ""))
        else character
        for index, character in enumerate(text)
    )


def matcher(tokens: Iterable[Token]) -> Matcher:
    """A function that says whether a value fits the pattern, specialised to the pattern's shape.

    Leftmost search between the stars is exact, so nothing is ever tried twice: the cost is at most the length of
    the value times the length of the pattern, and with no `?` in it the plain search of `str`.
    """
    pattern = normalised(tokens)
    if not pattern:
        return lambda value: not value
    if len(pattern) == 1:
        only = pattern[0]
        if only is Wild.STAR:
            return lambda value: True
        if isinstance(only, str):
            return lambda value: value == only
    if Wild.ANY in pattern:
        return _with_any(pattern)
    return _with_stars(texts_around_stars(pattern))


def matcher_ignoring_case(tokens: Iterable[Token]) -> Matcher:
    """Like `matcher`, with A-Z equal to a-z on both sides (actions; other characters keep their case)."""
    inner = matcher(lowered(tokens))
    return lambda value: inner(ascii_lower(value))


def texts_around_stars(pattern: Iterable[Token]) -> list[str]:
    """The texts between the stars of a pattern without `?`: one more than there are stars, empty ones included."""
    texts = [""]
    for token in pattern:
        if isinstance(token, str):
            texts[-1] += token
        else:
            texts.append("")
    return texts


def fits_texts(value: str, texts: Sequence[str]) -> bool:
    """Whether the texts stand in the value in this order, the first at its start and the last at its end.

    This is a pattern with a star between each two texts, for callers that learn the texts with the request.
    """
    prefix = texts[0]
    if len(texts) == 1:
        return value == prefix
    suffix = texts[-1]
    position = len(prefix)
    end = len(value) - len(suffix)
    if end < position or not value.startswith(prefix) or not value.endswith(suffix):
        return False
    for text in texts[1:-1]:
        found = value.find(text, position, end)
        if found < 0:
            return False
        position = found + len(text)
    return True


def _with_stars(texts: list[str]) -> Matcher:
    """Texts with one star between each two."""
    prefix, *middle, suffix = texts
    least = sum(map(len, texts))
    if not middle:
        if not suffix:
            return lambda value: value.startswith(prefix)
        if not prefix:
            return lambda value: value.endswith(suffix)
        return lambda value: len(value) >= least and value.startswith(prefix) and value.endswith(suffix)
    if len(middle) == 1 and not prefix and not suffix:
        inner = middle[0]
        return lambda value: inner in value
    return lambda value: len(value) >= least and fits_texts(value, texts)


class _Piece(NamedTuple):
    """A stretch between two stars: a fixed number of characters, some of them given."""

    length: int
    texts: tuple[tuple[int, str], ...]
    """Each literal with its offset from the start of the piece."""

    def stands_at(self, value: str, position: int) -> bool:
        return all(value.startswith(text, position + offset) for offset, text in self.texts)

    def find(self, value: str, position: int, end: int) -> int:
        """The first place at or after `position` where the piece stands before `end`, or -1.

        INVARIANT: the piece begins with a literal; `normalised` moves every `?` that follows a star before it.
        """
        _, first = self.texts[0]
        last = end - self.length
        while position <= last:
            position = value.find(first, position, last + len(first))
            if position < 0:
                return -1
            if self.stands_at(value, position):
                return position
            position += 1
        return -1


def _piece(tokens: list[Token]) -> _Piece:
    offset = 0
    texts: list[tuple[int, str]] = []
    for token in tokens:
        if isinstance(token, str):
            texts.append((offset, token))
            offset += len(token)
        else:
            offset += 1
    return _Piece(offset, tuple(texts))


def _with_any(pattern: tuple[Token, ...]) -> Matcher:
    """A pattern with at least one `?`."""
    groups: list[list[Token]] = [[]]
    for token in pattern:
        if token is Wild.STAR:
            groups.append([])
        else:
            groups[-1].append(token)
    first, *rest = map(_piece, groups)
    if not rest:
        return lambda value: len(value) == first.length and first.stands_at(value, 0)
    *middle, last = rest
    least = first.length + sum(piece.length for piece in rest)

    def matches(value: str) -> bool:
        if len(value) < least or not first.stands_at(value, 0):
            return False
        position = first.length
        end = len(value) - last.length
        if not last.stands_at(value, end):
            return False
        for piece in middle:
            found = piece.find(value, position, end)
            if found < 0:
                return False
            position = found + piece.length
        return True

    return matches
