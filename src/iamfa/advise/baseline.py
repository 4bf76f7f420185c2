"""Findings that were known already: a file records them, and what it records is not reported again.

An entry stands for one finding. So a second finding like it is reported, and so is one that has become worse; and an
entry that no finding answers to is gone. Faults of the grammar are no findings: no file can record them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iamfa.advise.finding import Finding, Severity
from iamfa.advise.fingerprint import fingerprint
from iamfa.errors import BaselineError

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Known:
    """One finding as a baseline records it."""

    path: str
    """The policy's file, relative to the folder of the baseline, with forward slashes."""
    document: str | None
    """The policy's name inside a dump."""
    rule: str
    severity: Severity
    fingerprint: str
    message: str
    """For whoever reads the file; nothing is compared by it."""

    @classmethod
    def of(cls, finding: Finding, path: str, document: str | None) -> Known:
        """What is recorded of a finding."""
        name = fingerprint(finding, document)
        return cls(path, document, finding.rule, finding.severity, name, finding.message)


@dataclass(frozen=True, slots=True)
class Settled:
    """The findings of one policy beside what was recorded of it."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    left: tuple[Known, ...]
    """Entries that answer for no finding."""


def settle(findings: Sequence[Finding], recorded: Iterable[Known], document: str | None = None) -> Settled:
    """Tell new findings from known ones; *recorded* is what stands in the baseline for this policy of this file.

    An entry answers for one finding with its fingerprint that is as severe or milder. The worst finding chooses first,
    and takes the mildest entry that will do: so as many as possible are known, and never more than were recorded.
    """
    left: dict[str, list[Known]] = {}
    for entry in sorted(recorded, key=lambda entry: -entry.severity.rank):
        left.setdefault(entry.fingerprint, []).append(entry)
    known: set[int] = set()
    for place, finding in sorted(enumerate(findings), key=lambda each: each[1].severity.rank):
        name = fingerprint(finding, document)
        entries = left.get(name, [])
        answer = next((each for each in entries if each.severity.rank <= finding.severity.rank), None)
        if answer is not None:
            entries.remove(answer)
            known.add(place)
    return Settled(
        tuple(finding for place, finding in enumerate(findings) if place not in known),
        tuple(finding for place, finding in enumerate(findings) if place in known),
        tuple(entry for entries in left.values() for entry in entries),
    )


def baseline_text(entries: Iterable[Known]) -> str:
    """The file that records *entries*: JSON, one finding below the other, always in the same order."""
    ordered = sorted(entries, key=lambda e: (e.path, e.document or "", e.rule, e.severity.rank, e.fingerprint))
    findings = [
        {
            "path": entry.path,
            "document": entry.document,
            "rule": entry.rule,
            "severity": entry.severity.value,
            "fingerprint": entry.fingerprint,
            "message": entry.message,
        }
        for entry in ordered
    ]
    return json.dumps({"version": _VERSION, "findings": findings}, indent=2) + "\n"


def read_baseline(text: str) -> tuple[Known, ...]:
    """The entries of a baseline. Raises BaselineError for a text that is none, or is of another version."""
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise BaselineError("it is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise BaselineError(f"line {error.lineno}, column {error.colno}: {error.msg.lower()}") from error
    except ValueError as error:
        raise BaselineError(f"it is no JSON: {error}") from error
    if not isinstance(value, dict) or "version" not in value:
        raise BaselineError('it is no object with "version"')
    version, findings = value["version"], value.get("findings")
    if type(version) is not int or version != _VERSION:
        raise BaselineError(
            f"version {json.dumps(version)} is not known", hint="a newer iamfa wrote it; this one reads 1"
        )
    if not isinstance(findings, list):
        raise BaselineError('"findings" is no list')
    return tuple(_entry(number, each) for number, each in enumerate(findings, 1))


def _entry(number: int, value: object) -> Known:
    if not isinstance(value, dict):
        raise BaselineError(f"finding {number} is no object")
    document = value.get("document")
    texts = [value.get(name) for name in ("path", "rule", "severity", "fingerprint", "message")]
    if document is not None and not isinstance(document, str):
        raise BaselineError(f'the "document" of finding {number} is no text')
    if not all(isinstance(each, str) for each in texts):
        raise BaselineError(f"finding {number} wants path, rule, severity, fingerprint and message, each a text")
    path, rule, severity, name, message = map(str, texts)
    if severity not in {each.value for each in Severity}:
        raise BaselineError(f"`{severity}` of finding {number} is no severity")
    return Known(path, document, rule, Severity(severity), name, message)
