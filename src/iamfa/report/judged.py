"""What was found out about one policy of one file: the judge's report, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from iamfa.advise.finding import Finding, Report, Severity
from iamfa.errors import Fault
from iamfa.policy.source import Source


@dataclass(frozen=True, slots=True)
class Judged:
    """One policy with its report; without one it is invalid, and `faults` say why."""

    path: str
    """The file as it was named; `-` is standard input."""
    source: Source
    """The text in which faults stand; empty where nothing could be read or it is not the file's own."""
    name: str | None = None
    """The document's name inside a dump."""
    report: Report | None = None
    faults: tuple[Fault, ...] = ()
    in_place: bool = True
    """Whether lines and columns are the file's: they are the document's own where it is embedded as text."""
    unjudged: bool = False
    """Whether the policy is valid and no verdict could be given; `faults` say why."""
    known: tuple[Finding, ...] = ()
    """Findings that a baseline records; they are not among the report's."""

    @property
    def remarks(self) -> tuple[Fault, ...]:
        """What is no fault of the policy: what was probably not meant, and comments that silence nothing."""
        if self.report is None:
            return ()
        return tuple(sorted((*self.report.policy.remarks, *self.report.faults), key=lambda f: (f.line, f.column)))


def inside(judged: Judged, line: int | None) -> str:
    """What goes before a message where a line of the file does not tell which policy is meant: `user/alice: `."""
    text = f"line {line} of its text" if line is not None and not judged.in_place else ""
    words = ", ".join(each for each in (judged.name, text) if each)
    return f"{words}: " if words else ""


def counted(findings: Iterable[Finding]) -> Mapping[Severity, int]:
    """How many findings there are of each severity."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts
