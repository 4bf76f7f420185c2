"""Annotations for GitHub's workflows: `::error file=…,line=…,col=…,title=…::message`.

GitHub's page "Workflow commands for GitHub Actions"; what must be escaped is what its toolkit escapes. Files are named
from the root of the repository, which is where a workflow stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iamfa.errors import Fault
from iamfa.report.judged import Judged, inside
from iamfa.report.paper import printable
from iamfa.report.place import place_from

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def annotation_lines(judged: Iterable[Judged], folder: str = "") -> Iterator[str]:
    """One line for each fault, finding and remark; files are named from *folder*."""
    for each in judged:
        for fault in each.faults:
            yield _of_fault("error", each, folder, fault, "no verdict" if each.unjudged else "invalid policy")
        if each.report is not None:
            for finding in each.report.findings:
                source = each.report.policy.source
                position = source.position(finding.span.start) if finding.span else (1, 1)
                message = "\n".join((finding.message, *finding.notes))
                yield _annotation(_LEVELS[finding.severity.value], each, folder, position, finding.rule, message)
        for remark in each.remarks:
            yield _of_fault("notice", each, folder, remark, "remark")


def _of_fault(level: str, judged: Judged, folder: str, fault: Fault, title: str) -> str:
    message = f"{fault.message}\n{fault.hint}" if fault.hint else fault.message
    return _annotation(level, judged, folder, (fault.line, fault.column), title, message)


def _annotation(level: str, judged: Judged, folder: str, position: tuple[int, int], title: str, message: str) -> str:
    """One command. What is in no file (standard input, text inside a file) has no place there."""
    message = inside(judged, position[0]) + message
    properties = []
    if judged.path != "-":
        properties.append(f"file={_property(place_from(folder, judged.path))}")
        if judged.in_place:
            properties.append(f"line={position[0]},col={position[1]}")
    return f"::{level} {','.join((*properties, f'title={_property(title)}'))}::{_data(message)}"


def _data(text: str) -> str:
    lines = (printable(line) for line in text.split("\n"))
    return "\n".join(lines).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
