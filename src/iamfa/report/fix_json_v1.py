"""`fix --format json`, version 1: frozen."""

from __future__ import annotations

from collections.abc import Iterable

from iamfa.advise.finding import Finding
from iamfa.advise.repair import RepairResult
from iamfa.advise.repair_proof import RepairProof
from iamfa.report.check_json_v1 import finding_json
from iamfa.report.fix_text import diff_text
from iamfa.report.fixed import Fixed
from iamfa.report.pieces_json import Json, fault_json


def fix_json(fixed: Iterable[Fixed]) -> Json:
    """All files, in the order in which they were repaired."""
    return {"version": 1, "files": [_file(each) for each in fixed]}


def _file(fixed: Fixed) -> Json:
    return {
        "path": fixed.path,
        "valid": not fixed.faults,
        "faults": [{**fault_json(fault), "document": name} for name, fault in fixed.faults],
        "changes": fixed.changes,
        "written": fixed.written,
        "repaired_text": fixed.text if fixed.changes else None,
        "diff": diff_text(fixed),
        "documents": [_document(name, result) for name, result in fixed.repairs],
        "not_in_place": list(fixed.embedded),
    }


def _document(name: str | None, result: RepairResult) -> Json:
    source = result.policy.source
    return {
        "document": name,
        "edits": [{"start": edit.start, "end": edit.end, "text": edit.text} for edit in result.edits],
        "applied": [finding_json(finding, source) for finding in result.applied],
        "newly_permits": list(result.newly_permits),
        "newly_refuses": list(result.newly_refuses),
        "introduced": [_in_short(finding) for finding in result.introduced],
        "remaining": [_in_short(finding) for finding in result.remaining],
        "refused": result.refused,
        "proof": None if result.proof is None else _proof(result.proof),
        "dropped": [
            {"statement": d.statement, "action": d.action, "whole_statement": d.whole, "why": d.why}
            for d in result.dropped or ()
        ],
    }


def _proof(proof: RepairProof) -> Json:
    """Over all requests; null for a way of which nothing is claimed."""
    return {
        "newly_permits_only": None if proof.permits is None else list(proof.permits),
        "newly_refuses_only": None if proof.refuses is None else list(proof.refuses),
        "holds": proof.holds,
    }


def _in_short(finding: Finding) -> Json:
    """A finding of the text after the repair, whose places are not those of the file."""
    return {"rule": finding.rule, "severity": finding.severity.value, "message": finding.message}
