"""The statements that bear on a user, without what tells them apart for nobody: their place, their Sid, their policy.

What is asked of a user is asked of these. Equal layers give equal answers, so that one answer serves all who have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Document, Statement, Version


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement with the version of its policy, which says whether `${…}` in it is a variable."""

    statement: Statement
    """With index 0 and no Sid."""
    version: Version

    @classmethod
    def of(cls, statement: Statement, document: Document) -> Piece:
        """A statement of a document."""
        return cls(replace(statement, index=0, sid=None), document.version)

    @property
    def document(self) -> Document:
        """The statement alone as a document."""
        return Document((self.statement,), self.version)

    @property
    def variables(self) -> bool:
        """Whether `${…}` is a variable in it."""
        return self.version == "2012-10-17"


Level = tuple[Piece, ...]
Filled = tuple[tuple[str, str | None], ...]
"""Values of keys that belong to the user, in lower case; None: absent."""


@dataclass(frozen=True)
class Layers:
    """All that bears on a user, statement by statement."""

    identity: Level
    boundary: Level | None = None
    scps: tuple[Level, ...] | None = None
    rcps: tuple[Level, ...] | None = None
    filled: Filled = ()
    """Values of the user's own keys, such as his tags, that statements still hang on."""

    def __hash__(self) -> int:
        """Computed once: layers are looked up often, and are deep."""
        kept: int | None = self.__dict__.get("_hash")
        if kept is None:
            kept = hash((self.identity, self.boundary, self.scps, self.rcps, self.filled))
            object.__setattr__(self, "_hash", kept)
        return kept

    def bundle(self) -> Bundle:
        """The statements as policies, each a document by itself, the boundary apart."""
        boundary = None
        if self.boundary is not None:
            version = self.boundary[0].version if self.boundary else "2012-10-17"
            boundary = Document(tuple(replace(p.statement, index=i) for i, p in enumerate(self.boundary)), version)
        return Bundle(
            [piece.document for piece in self.identity],
            boundary,
            None if self.scps is None else [[piece.document for piece in level] for level in self.scps],
            None if self.rcps is None else [[piece.document for piece in level] for level in self.rcps],
        )

    def at(self, label: str, index: int) -> Piece | None:
        """The statement that reasons of the bundle call by this label and index."""
        kind, _, rest = label.partition("[")
        places = [int(each.rstrip("]")) for each in rest.split("[")] if rest else []
        if kind == "identity":
            return self.identity[places[0]]
        if kind == "boundary" and self.boundary is not None:
            return self.boundary[index] if index < len(self.boundary) else None
        levels = {"scp": self.scps, "rcp": self.rcps}.get(kind)
        return levels[places[0]][places[1]] if levels is not None and len(places) == 2 else None

    def where(self, keeps: Callable[[Piece], bool]) -> Layers:
        """The same with only some of the statements; a layer without any stays, and allows nothing."""

        def kept(level: Level) -> Level:
            return tuple(piece for piece in level if keeps(piece))

        return Layers(
            kept(self.identity),
            None if self.boundary is None else kept(self.boundary),
            None if self.scps is None else tuple(kept(level) for level in self.scps),
            None if self.rcps is None else tuple(kept(level) for level in self.rcps),
            self.filled,
        )

    def pieces(self) -> Iterator[Piece]:
        """Every statement."""
        yield from self.identity
        yield from self.boundary or ()
        for levels in (self.scps, self.rcps):
            for level in levels or ():
                yield from level


def in_order(pieces: set[Piece]) -> Level:
    """Pieces in an order that does not hang on where they came from."""
    return tuple(sorted(pieces, key=repr))
