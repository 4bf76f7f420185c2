"""What was explained of one policy of one file: what its parts are there for, or what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from iamfa.advise.explained import JUDGEMENTS, Explained, Explanation
from iamfa.errors import Fault
from iamfa.policy.document import Span
from iamfa.policy.policy import Policy
from iamfa.policy.source import Source

WORDS: Mapping[str, str] = {
    "required": "required",
    "optional": "optional",
    "not_needed": "not needed",
    "harmful": "harmful",
    "not_decided": "not decided",
}
"""The judgements as people read them."""


@dataclass(frozen=True, slots=True)
class ExplainedFile:
    """One policy with its explanation; without one it is invalid or could not be judged, and `faults` say why."""

    path: str
    """The file as it was named; `-` is standard input."""
    source: Source
    """The text in which faults stand; empty where nothing could be read or it is not the file's own."""
    name: str | None = None
    """The document's name inside a dump."""
    explanation: Explanation | None = None
    faults: tuple[Fault, ...] = ()
    unjudged: bool = False
    """Whether the policy is valid and no verdict could be given."""


def place_of(policy: Policy, explained: Explained) -> Span:
    """Where a part stands in the file's own text."""
    part = explained.part
    statement = policy.statements[part.statement.index]
    if part.element is None:
        return statement.span
    element = statement.action if part.element.name == statement.action.name else statement.resource
    assert element is not None  # INVARIANT: the part was made from a statement that reads the same
    return element.values[part.position].span


def counted_words(explained: Iterable[Explained]) -> str:
    """`2 required, 1 optional`, in the order of the judgements."""
    counts = Counter(each.judgement for each in explained)
    return ", ".join(f"{counts[judgement]} {WORDS[judgement]}" for judgement in JUDGEMENTS if counts[judgement])
