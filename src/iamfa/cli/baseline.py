"""`--baseline FILE` and `--write-baseline`: what is known already is set apart before anybody shows anything."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from iamfa.advise.baseline import Known, baseline_text, read_baseline, settle
from iamfa.advise.finding import Finding
from iamfa.advise.fingerprint import fingerprint
from iamfa.advise.options import CheckOptions
from iamfa.cli.inputs import STDIN
from iamfa.errors import BaselineError, PolicyError
from iamfa.files import read_text, write_text
from iamfa.report.judged import Judged


@dataclass(slots=True)
class Baseline:
    """A file of known findings, in use: read and compared with, or written."""

    file: str
    entries: tuple[Known, ...] = ()
    writing: bool = False
    """Whether what is found now becomes what is known."""
    found: list[Known] = field(default_factory=list)
    """What was found, where it is to be written."""
    gone: list[Known] = field(default_factory=list)
    """Entries that answer for nothing any more; known at the end."""
    _left: dict[tuple[str, str | None], tuple[Known, ...]] = field(default_factory=dict)
    """Entries that have not answered for a finding yet, by file and document."""
    _new: set[tuple[str, str]] = field(default_factory=set)
    """File and fingerprint of what is new."""
    _settled: dict[tuple[object, ...], tuple[tuple[Finding, ...], tuple[Finding, ...]]] = field(default_factory=dict)
    """What came out for each policy, so that one that is named twice is judged alike."""

    def __post_init__(self) -> None:
        by_policy: dict[tuple[str, str | None], list[Known]] = {}
        for entry in self.entries:
            by_policy.setdefault((entry.path, entry.document), []).append(entry)
        self._left = {policy: tuple(entries) for policy, entries in by_policy.items()}

    @classmethod
    def at(cls, file: str, *, writing: bool) -> Baseline:
        """The baseline of a file.

        Raises BaselineError where it cannot be read, or holds something else: that is not written over either.
        """
        if writing and not os.path.exists(file):
            return cls(file, writing=True)
        try:
            return cls(file, read_baseline(read_text(file)), writing)
        except PolicyError as error:
            message = error.faults[0].message
            raise BaselineError(f"the baseline `{file}` cannot be read: {message}", hint=_HOW_TO_WRITE) from error
        except BaselineError as error:
            hint = error.hint or (_LEFT_ALONE if writing else f"take it away; {_HOW_TO_WRITE}")
            raise BaselineError(f"`{file}` is no baseline: {error.message}", hint=hint) from error

    def settled(self, judged: Judged) -> Judged:
        """*judged* with its known findings set apart. What is no valid policy has none, and stays as it is."""
        report = judged.report
        if report is None:
            return judged
        path = self._named(judged.path)
        policy = (path, judged.name, report.policy.root_span, report.policy.source.text)
        if policy not in self._settled:
            self._settled[policy] = self._compared(report.findings, path, judged.name)
        new, known = self._settled[policy]
        return replace(judged, report=replace(report, findings=new), known=known)

    def _compared(
        self, findings: tuple[Finding, ...], path: str, document: str | None
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """What is new and what is known of a policy; an entry that has answered for a finding is used up."""
        if self.writing:
            self.found += (Known.of(finding, path, document) for finding in findings)
            return (), findings
        settled = settle(findings, self._left.get((path, document), ()), document)
        self._left[path, document] = settled.left
        self._new |= {(path, fingerprint(finding, document)) for finding in settled.new}
        return settled.new, settled.known

    def finish(self, judged: Iterable[Judged], options: CheckOptions) -> None:
        """Write the file; or note which entries are gone, now that everything that was named has been judged.

        Of a file that was not judged, or not all of it, nothing is said unless it is away; nor of a rule that was not
        asked; nor of a finding that has become worse, which is reported.
        """
        if self.writing:
            write_text(self.file, baseline_text(self.found))
            return
        seen = {(self._named(each.path), each.report is not None) for each in judged}
        for entry in (entry for entries in self._left.values() for entry in entries):
            if (entry.path, False) in seen or not _is_asked(entry.rule, options):
                continue
            judged_whole = (entry.path, True) in seen and (entry.path, entry.fingerprint) not in self._new
            if judged_whole or ((entry.path, True) not in seen and self._is_away(entry.path)):
                self.gone.append(entry)

    def _is_away(self, path: str) -> bool:
        return path != STDIN and not os.path.lexists(os.path.join(self._folder, path))

    @property
    def _folder(self) -> str:
        return os.path.dirname(os.path.abspath(self.file))

    def _named(self, path: str) -> str:
        """A policy's file as the baseline names it: from the baseline's folder, wherever one stands."""
        if path == STDIN:
            return path
        try:
            return PurePath(os.path.relpath(path, self._folder)).as_posix()
        except ValueError:  # on another drive
            return PurePath(os.path.abspath(path)).as_posix()


_LEFT_ALONE = "name another file; this one is left as it is"
_HOW_TO_WRITE = "`--write-baseline` writes one"


def _is_asked(rule: str, options: CheckOptions) -> bool:
    """Whether the rule was looked for in this run; of the others nobody knows."""
    return (options.select is None or rule in options.select) and rule not in options.ignore
