"""What repairing one file came to: the repairs of its policies, and the text that is or would be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iamfa.advise.repair import RepairResult
from iamfa.errors import Fault
from iamfa.policy.source import Source


@dataclass(frozen=True, slots=True)
class Fixed:
    """One file; without repairs and with faults it is invalid."""

    path: str
    source: Source
    """The text before."""
    text: str
    """The text after, without a byte-order mark."""
    repairs: tuple[tuple[str | None, RepairResult], ...] = ()
    """The repair of each policy, with its name inside a dump; a later one starts from what the earlier ones made."""
    faults: tuple[tuple[str | None, Fault], ...] = ()
    """What is wrong with those documents that are no policies, with their names."""
    embedded: tuple[str | None, ...] = ()
    """The names of policies that stand in the file as text, where no edit can be made in place."""
    written: bool = False
    unjudged: bool = False
    """Whether of some policy no verdict could be given; `faults` say why."""

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.text != self.source.text

    @property
    def faults_by_document(self) -> Mapping[str | None, tuple[Fault, ...]]:
        """The faults, gathered by document."""
        found: dict[str | None, tuple[Fault, ...]] = {}
        for name, fault in self.faults:
            found[name] = (*found.get(name, ()), fault)
        return found
