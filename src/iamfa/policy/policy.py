"""A policy: the typed document together with the text it came from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from iamfa import files
from iamfa.errors import Fault, PolicyError
from iamfa.policy.document import Document, Kind, Span, Statement
from iamfa.policy.parse import parse_document
from iamfa.policy.reader import Node, Reading, node_at, read
from iamfa.policy.source import Source


@dataclass(frozen=True, slots=True)
class Policy:
    """A valid policy document and its text; every span of the document is a range of `source.text`."""

    document: Document
    source: Source = field(repr=False)
    """The text of the whole file, of which the policy may be a part (see `root_span`)."""
    kind: Kind
    """What it is attached as: given, or guessed (with a Principal a resource or trust policy, otherwise identity)."""
    root_span: Span
    """Where the policy's own object stands in the text."""
    remarks: tuple[Fault, ...] = ()
    """What is legal and probably not meant, e.g. Terraform's `&{aws:username}`; no fault."""
    comments: tuple[Span, ...] = field(default=(), repr=False)
    """The comments of the whole text, in order."""
    name: str | None = None
    """The document's name inside a dump of several, e.g. `user/alice/inline/ForceMFA`."""

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The document's statements."""
        return self.document.statements

    @property
    def path(self) -> str | None:
        """Where the text came from, for messages only."""
        return self.source.path

    @property
    def text(self) -> str:
        """The policy's own text, without what stands around it in a dump."""
        return self.source.text[self.root_span.start : self.root_span.end]

    @classmethod
    def parse(cls, text: str, *, kind: Kind | None = None, path: str | None = None, name: str | None = None) -> Self:
        """Read a policy, a bare statement or a list of statements, in JSON or JSON with comments.

        The grammar is that of AWS's page reference_policies_grammar; `kind` decides which elements are allowed.
        Raises `PolicyError` with the first syntax error, or with all faults of the grammar.
        """
        source = Source(text, path)
        return cls.of_reading(read(source), source, kind=kind, name=name)

    @classmethod
    def of_reading(
        cls,
        reading: Reading,
        source: Source,
        *,
        node: Node | None = None,
        kind: Kind | None = None,
        name: str | None = None,
    ) -> Self:
        """The policy that stands at `node` of a text that has been read; at its root where `node` is None.

        Raises `PolicyError` with every fault.
        """
        root = reading.root if node is None else node
        parsed = parse_document(root, source, kind)
        if parsed.document is None:
            raise PolicyError(_summary(parsed.faults), parsed.faults, path=source.path)
        span = Span(root.start, root.end)
        return cls(parsed.document, source, parsed.kind, span, parsed.remarks, reading.comments, name)

    @classmethod
    def load(cls, path: str | Path, *, kind: Kind | None = None) -> Self:
        """Read the policy in a file. Raises `PolicyError`, also when the file cannot be read."""
        return cls.parse(files.read_text(path), kind=kind, path=str(path))

    @classmethod
    def from_document(cls, document: object, *, kind: Kind | None = None, name: str | None = None) -> Self:
        """The policy that a JSON value (dicts, lists, strings, …) spells; its text is that value written out.

        Raises `PolicyError` as `parse` does; lines and columns are those of the value written with an indent of 2.
        """
        try:
            text = json.dumps(document, indent=2, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError) as error:
            fault = Fault(1, 1, f"this is no JSON value: {error}")
            raise PolicyError(str(fault), (fault,)) from error
        return cls.parse(text, kind=kind, name=name)

    def with_text(self, text: str) -> Policy:
        """The policy after its file's text was edited; for a policy inside a dump the text is that of the dump.

        Raises `PolicyError` when the new text is no valid policy any more.
        """
        source = Source(self.source.with_mark(text), self.path)
        reading = read(source)
        whole = self.source.text[: self.root_span.start].strip() == ""
        # Edits inside a policy do not move its beginning; around a policy of its own there are comments at most.
        node = reading.root if whole else node_at(reading.root, self.root_span.start)
        return self.of_reading(reading, source, node=node, kind=self.kind, name=self.name)


def _summary(faults: tuple[Fault, ...]) -> str:
    more = len(faults) - 1
    return str(faults[0]) + (f" (and {more} more)" if more else "")
