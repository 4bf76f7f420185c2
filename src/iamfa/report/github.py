"""Annotations for GitHub's workflows: `::error file=…,line=…,col=…,title=…::message`.

GitHub's page "Workflow commands for GitHub Actions"; what must be escaped is what its toolkit escapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iamfa.report.judged import Judged
from iamfa.report.paper import printable

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def annotation_lines(judged: Iterable[Judged]) -> Iterator[str]:
    """One line for each fault, finding and remark."""
    for each in judged:
        for fault in each.faults:
            hint = f"\n{fault.hint}" if fault.hint else ""
            yield _annotation("error", each, fault.line, fault.column, "invalid policy", fault.message + hint)
        if each.report is not None:
            for finding in each.report.findings:
                source = each.report.policy.source
                line, column = source.position(finding.span.start) if finding.span else (1, 1)
                message = "\n".join((finding.message, *finding.notes))
                yield _annotation(_LEVELS[finding.severity.value], each, line, column, finding.rule, message)
        for remark in each.remarks:
            yield _annotation("notice", each, remark.line, remark.column, "remark", remark.message)


def _annotation(level: str, judged: Judged, line: int, column: int, title: str, message: str) -> str:
    if judged.name:
        message = f"{judged.name}: {message}"
    place = f",line={line},col={column}" if judged.in_place else ""
    return f"::{level} file={_property(judged.path)}{place},title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    lines = (printable(line) for line in text.split("\n"))
    return "\n".join(lines).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
