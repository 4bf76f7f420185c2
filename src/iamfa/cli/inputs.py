"""Files, folders and standard input become the policies that they hold, one after another."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from iamfa.errors import Fault, PolicyError
from iamfa.files import decode, find_policy_files, read_text
from iamfa.policy.document import Kind
from iamfa.policy.forms import FoundDocument, read_documents
from iamfa.policy.policy import Policy
from iamfa.policy.source import Source

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One file with the documents that were found in it."""

    path: str
    """As it was named, or as it was found below a folder."""
    source: Source
    """Its text; empty where it could not be read."""
    documents: tuple[FoundDocument, ...]


@dataclass(slots=True)
class Search:
    """What is looked through, and what of it was passed over for being no policy."""

    paths: Sequence[str]
    kind: Kind | None = None
    """What the policies are attached as, where somebody said."""
    passed_over: int = 0
    """Files below folders that hold no policy."""
    empty_folders: tuple[str, ...] = ()
    """Folders below which there is no policy."""

    def inputs(self) -> Iterator[Input]:
        """The files in the order in which they were named; below a folder in the order of their names.

        A file that was named and is no policy, or cannot be read, comes with its fault. Below a folder only what looks
        like a policy does.
        """
        for path in self.paths:
            if path != STDIN and os.path.isdir(path):
                found = 0
                for file in find_policy_files(path):
                    each = self._below(file)
                    if each is None:
                        self.passed_over += 1
                    else:
                        found += 1
                        yield each
                if not found:
                    self.empty_folders = (*self.empty_folders, path)
            else:
                yield named(path, self.kind)

    def _below(self, file: Path) -> Input | None:
        each = named(str(file), self.kind)
        if not each.source.text:
            return each if _names_statements(file) else None
        documents = tuple(d for d in each.documents if d.looks_like_policy and not _is_no_policy(d))
        return Input(each.path, each.source, documents) if documents else None


def named(path: str, kind: Kind | None = None) -> Input:
    """A file that somebody named; what cannot be read, or is no policy, is one document with its fault."""
    try:
        text = text_of(path)
    except PolicyError as error:
        return Input(path, Source("", path), (FoundDocument(None, None, None, error.faults),))
    source = Source(text, path)
    documents = tuple(read_documents(text, path, kind=kind))
    return Input(path, source, documents or (FoundDocument(None, None, None, (_NO_POLICY,)),))


def one_policy(path: str, kind: Kind | None = None) -> Policy:
    """The policy of a file that holds one. Raises PolicyError for an invalid one, and for a file that holds several."""
    return _the_one(named(path, kind).documents, path)


def policy_of(text: str, path: str, kind: Kind | None = None) -> Policy:
    """The policy of a text that holds one. Raises PolicyError as `one_policy` does."""
    return _the_one(
        tuple(read_documents(text, path, kind=kind)) or (FoundDocument(None, None, None, (_NO_POLICY,)),), path
    )


def _the_one(documents: Sequence[FoundDocument], path: str) -> Policy:
    if len(documents) > 1:
        fault = Fault(
            1, 1, f"the file holds {len(documents)} policies", "give the one that is meant in a file of its own"
        )
        raise PolicyError(f"`{path}`: {fault.message}", (fault,), path=path)
    policy, faults = documents[0].policy, documents[0].faults
    if policy is None:
        more = f" (and {len(faults) - 1} more faults; `iamfa check` shows them)" if len(faults) > 1 else ""
        raise PolicyError(f"`{path}`:{faults[0]}{more}", faults, path=path)
    return policy


_NO_POLICY = Fault(1, 1, "this is no policy", 'a policy is an object with "Statement"')


def _is_no_policy(document: FoundDocument) -> bool:
    return document.faults == (_NO_POLICY,)


def text_of(path: str) -> str:
    """The text of a file, or of standard input. Raises PolicyError where it cannot be read."""
    if path != STDIN:
        return read_text(path)
    if sys.stdin is None:
        fault = Fault(1, 1, "there is no standard input")
        raise PolicyError(str(fault), (fault,), path=path)
    return decode(sys.stdin.buffer.read(), path)


def _names_statements(file: Path) -> bool:
    """Whether the bytes of a file that is no UTF-8 text look like a policy all the same, e.g. one in UTF-16."""
    try:
        data = file.read_bytes()
    except OSError:
        return True
    return b'"Statement"' in data.replace(b"\0", b"")
