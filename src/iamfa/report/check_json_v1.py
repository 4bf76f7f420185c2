"""`check --format json`, version 1: frozen. What is added later is added; nothing is renamed or taken away."""

from __future__ import annotations

from collections.abc import Iterable

from iamfa.advise.baseline import Known
from iamfa.advise.finding import Finding
from iamfa.lifecycle.result import AttackResult, FlowResult
from iamfa.policy.source import Source
from iamfa.report.judged import Judged
from iamfa.report.pieces_json import Json, fault_json, plain_json, request_json, statement_json, trace_json


def check_json(judged: Iterable[Judged], gone: Iterable[Known] | None = None) -> Json:
    """All files, in the order in which they were judged.

    *gone* is what a baseline records and nobody found; None where there is no baseline.
    """
    shape: Json = {"version": 1, "files": [_file(each) for each in judged]}
    return shape if gone is None else shape | {"gone": [_known(each) for each in gone]}


def _known(entry: Known) -> Json:
    return {
        "path": entry.path,
        "document": entry.document,
        "rule": entry.rule,
        "severity": entry.severity.value,
        "message": entry.message,
        "fingerprint": entry.fingerprint,
    }


def _file(judged: Judged) -> Json:
    report = judged.report
    shape: Json = {
        "path": judged.path,
        "document": judged.name,
        "class": report.file_class if report else None,
        "valid": report is not None or judged.unjudged,
        "faults": [fault_json(fault) for fault in judged.faults],
        "findings": [],
        "flows": [],
        "attacks": [],
        "exempt": [],
        "suppressed": [],
        "baseline": [],
        "remarks": [fault_json(fault) for fault in judged.remarks],
    }
    if report is not None:
        source = report.policy.source
        shape["findings"] = [finding_json(finding, source) for finding in report.findings]
        shape["flows"] = [_flow(flow) for flow in report.flows]
        shape["attacks"] = [_attack(attack) for attack in report.attacks]
        shape["exempt"] = list(report.exempt)
        shape["suppressed"] = [finding_json(finding, source) for finding in report.suppressed]
        shape["baseline"] = [finding_json(finding, source) for finding in judged.known]
    return shape


def finding_json(finding: Finding, source: Source) -> Json:
    """One finding; *source* is the text in which it stands."""
    line, column = source.position(finding.span.start) if finding.span else (None, None)
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "params": plain_json(finding.params),
        "line": line,
        "column": column,
        "statement": statement_json(finding.statement_index, finding.statement_sid),
        "witness": finding.witness
        and {"request": request_json(finding.witness.request), "credential": finding.witness.credential},
        "trace": trace_json(finding.trace),
        "assumption": finding.assumption,
        "repair": finding.repair
        and {
            "title": finding.repair.title,
            "edits": [{"start": edit.start, "end": edit.end, "text": edit.text} for edit in finding.repair.edits],
        },
        "notes": list(finding.notes),
    }


def _flow(flow: FlowResult) -> Json:
    return {
        "flow": flow.flow,
        "credential": flow.credential,
        "device": flow.device,
        "result": flow.result,
        "assumption": flow.assumption,
        "trace": trace_json(flow.trace),
        "detail": flow.detail,
    }


def _attack(attack: AttackResult) -> Json:
    return {
        "attack": attack.attack,
        "result": attack.result,
        "assumption": attack.assumption,
        "trace": trace_json(attack.trace),
        "variants": [
            {"device": variant.device, "result": variant.result, "trace": trace_json(variant.trace)}
            for variant in attack.variants
        ],
        "detail": attack.detail,
    }
