"""`check --format sarif`: a log in SARIF 2.1.0 (OASIS), as code scanning reads it; frozen like the JSON shapes.

GitHub's page "SARIF support for code scanning" says what is read there: every result needs a place with a line, a rule
and a message. So what is no finding is a result too (`invalid-policy`, `no-verdict`, `remark`): a policy of which
nothing could be said must not look clean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iamfa.advise.finding import Finding, Repair, Report, Severity
from iamfa.advise.fingerprint import fingerprint
from iamfa.advise.rule import Rule
from iamfa.errors import Fault
from iamfa.lifecycle.result import Call
from iamfa.policy.document import Kind, Span
from iamfa.policy.source import Source
from iamfa.report.calls_text import credential_words, refusal_words
from iamfa.report.judged import Judged, inside
from iamfa.report.paper import Paper, printable
from iamfa.report.pieces_json import Json, plain_json, statement_json
from iamfa.report.place import uri_from

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT: Final = "iamfaFinding/v1"
_LONGEST: Final = 1024
"""GitHub cuts descriptions there."""
_TAGS: Final = ("security", "aws", "iam", "mfa")
_STDIN: Final = "stdin"
START: Json = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}

_PSEUDO: Final = {
    "invalid-policy": ("error", "a fault of the grammar: AWS would refuse this policy, or it cannot be read"),
    "no-verdict": ("error", "the policy is valid, and no verdict could be given"),
    "remark": ("note", "no fault: something that was probably not meant, or a comment that silences nothing"),
}
"""What is told besides the findings of rules: id, level, and a line of words."""


@dataclass(frozen=True, slots=True)
class Run:
    """What the log says of the run as a whole; the command line knows it."""

    version: str
    """Of iamfa, as semantic versioning writes it."""
    rules: Sequence[tuple[Rule, str]]
    """Every rule with its page in Markdown, whether it found something or not."""
    folder: str
    """From where places are told: the root of the repository, where somebody stands there."""
    exit_code: int
    compared: bool = False
    """Whether there was a baseline, so that results are new or unchanged."""


def sarif_json(judged: Sequence[Judged], run: Run) -> Json:
    """The log with its one run: the rules, and a result for each fault, finding and remark in the order of judging."""
    numbers = {rule_id: i for i, rule_id in enumerate((*(rule.id for rule, _ in run.rules), *_PSEUDO))}
    results = [result for each in judged for result in _File(each, run, numbers).results()]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "iamfa",
                        "semanticVersion": run.version,
                        "rules": [*(rule_json(rule, page) for rule, page in run.rules), *map(_pseudo_rule, _PSEUDO)],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": not any(each.unjudged for each in judged),
                        "exitCode": run.exit_code,
                    }
                ],
                "columnKind": "unicodeCodePoints",
                "newlineSequences": ["\r\n", "\n", "\r"],
                "results": results,
            }
        ],
    }


# Rules ---------------------------------------------------------------------------------------------------------------


def rule_json(rule: Rule, page: str) -> Json:
    """One rule; its level is the worst with which it speaks."""
    level = next(each.value for each in Severity if each.value in rule.severity)
    return descriptor(rule.id, level, rule.summary, _meaning(page) or rule.summary, page)


def _pseudo_rule(rule_id: str) -> Json:
    level, words = _PSEUDO[rule_id]
    return descriptor(rule_id, level, words, words, words)


def descriptor(rule_id: str, level: str, short: str, full: str, page: str) -> Json:
    """What is told of a rule: in a line, in a paragraph, and as its page in Markdown; a line alone stands for all."""
    return {
        "id": rule_id,
        "shortDescription": {"text": short},
        "fullDescription": {"text": full},
        "help": {"text": f"{full}\n\n`iamfa rules {rule_id}` shows the whole page.", "markdown": page}
        if page != short
        else {"text": full},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": list(_TAGS)},
    }


def _meaning(page: str) -> str:
    """The first paragraph under "What it means", in one line."""
    _, _, behind = page.partition("\n## What it means\n")
    words = " ".join(behind.strip().split("\n\n")[0].split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


# Results -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    judged: Judged
    run: Run
    numbers: dict[str, int]

    def results(self) -> Iterator[Json]:
        judged = self.judged
        for fault in judged.faults:
            yield self._told("no-verdict" if judged.unjudged else "invalid-policy", fault)
        if judged.report is not None:
            for finding in judged.report.findings:
                yield self._finding(finding, judged.report, "new")
            for finding in judged.known:
                yield self._finding(finding, judged.report, "unchanged")
            for finding in judged.report.suppressed:
                suppression = {"kind": "inSource", "justification": printable(finding.silenced or "")}
                yield {**self._finding(finding, judged.report, "new"), "suppressions": [suppression]}
        for remark in judged.remarks:
            yield self._told("remark", remark)

    def _told(self, rule_id: str, fault: Fault) -> Json:
        """What is no finding. It has no fingerprint of ours: nothing silences it and no baseline records it."""
        words = (fault.message, fault.hint) if fault.hint else (fault.message,)
        region = _region_of_fault(fault, self.judged.source) if self.judged.in_place else START
        return self._result(rule_id, _PSEUDO[rule_id][0], words, fault.line, region, "new")

    def _finding(self, finding: Finding, report: Report, state: str) -> Json:
        source = report.policy.source
        words = (finding.message, *finding.notes)
        line = source.position(finding.span.start)[0] if finding.span is not None else None
        region = self._region(finding.span, source)
        result = self._result(finding.rule, finding.severity.value, words, line, region, state)
        result["partialFingerprints"] = {FINGERPRINT: fingerprint(finding, self.judged.name)}
        if finding.trace:
            flow = [self._step(number, call, finding, report) for number, call in enumerate(finding.trace, 1)]
            result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
        if finding.repair is not None and self.judged.in_place and self.judged.path != "-":
            result["fixes"] = [self._fix(finding.repair, source)]
        result["properties"] = {
            "statement": statement_json(finding.statement_index, finding.statement_sid),
            "params": plain_json(finding.params),
            "assumption": finding.assumption,
        }
        return result

    def _result(
        self, rule_id: str, level: str, words: Iterable[str], line: int | None, region: Json, state: str
    ) -> Json:
        name = self.judged.name
        text = harmless(inside(self.judged, line)) + "\n".join(map(harmless, words))
        result: Json = {
            "ruleId": rule_id,
            "ruleIndex": self.numbers[rule_id],
            "level": level,
            "message": {"text": text},
            "locations": [self._location(region)],
        }
        if name:
            result["locations"][0]["logicalLocations"] = [{"fullyQualifiedName": printable(name)}]
        if self.run.compared:
            result["baselineState"] = state
        return result

    def _location(self, region: Json) -> Json:
        return {"physicalLocation": {"artifactLocation": self._artifact(), "region": region}}

    def _artifact(self) -> Json:
        path = self.judged.path
        return {"uri": _STDIN if path == "-" else uri_from(self.run.folder, path)}

    def _region(self, span: Span | None, source: Source) -> Json:
        """Where a finding stands; the beginning of the file, where it has no place in the file."""
        return _region(source, span.start, span.end) if span is not None and self.judged.in_place else START

    def _step(self, number: int, call: Call, finding: Finding, report: Report) -> Json:
        """One call of a trace, at the statement that refuses it, or else where the finding stands."""
        paper = Paper()
        ending = "ok" if call.outcome == "ok" else f"refused: {refusal_words(paper, call)}"
        signed = credential_words(paper, call.credential)
        text = harmless(f"{number}. {call.call} on {call.resource} with {signed}: {ending}")
        span = _refusing(call, report) or finding.span
        location = self._location(self._region(span, report.policy.source))
        return {"location": {**location, "message": {"text": text}}}

    def _fix(self, repair: Repair, source: Source) -> Json:
        replacements = [
            {"deletedRegion": _region(source, edit.start, edit.end), "insertedContent": {"text": edit.text}}
            for edit in sorted(repair.edits, key=lambda edit: (edit.start, edit.end))
        ]
        change = {"artifactLocation": self._artifact(), "replacements": replacements}
        return {"description": {"text": harmless(repair.title)}, "artifactChanges": [change]}


def _region(source: Source, start: int, end: int) -> Json:
    """Lines and columns from 1, in code points; the end is the first place behind."""
    line, column = source.position(start)
    last_line, last_column = source.position(max(start, end))
    return {"startLine": line, "startColumn": column, "endLine": last_line, "endColumn": last_column}


def _region_of_fault(fault: Fault, source: Source) -> Json:
    """A fault only knows where it begins: one character, or none where the line or the whole text has no more."""
    there = source.line_text(fault.line) if fault.line <= source.line_count else ""
    end = fault.column + (fault.column <= len(there))
    return {"startLine": fault.line, "startColumn": fault.column, "endLine": fault.line, "endColumn": end}


_LABELS: Final = {
    Kind.BOUNDARY: "boundary",
    Kind.SCP: "scp[0][0]",
    Kind.RCP: "rcp[0][0]",
    Kind.SESSION: "session[0]",
    Kind.RESOURCE: "resource",
    Kind.TRUST: "resource",
}
"""How traces name the policy that is judged; as one of the user's own it is the first of them."""


def _refusing(call: Call, report: Report) -> Span | None:
    """The statement of this very policy that refuses a call; None where another one does, or nobody who was read."""
    policy, by = report.policy, call.by
    if by is None or by.statement_index is None or by.policy != _LABELS.get(policy.kind, "identity[0]"):
        return None
    return next((each.span for each in policy.statements if each.index == by.statement_index), None)


def harmless(text: str) -> str:
    """Words that hold what somebody wrote in a policy: no control characters, and no link, which SARIF would make."""
    return printable(text).replace("](", "] (")
