"""`explain --format json`, version 1: frozen. What is added later is added; nothing is renamed or taken away."""

from __future__ import annotations

from collections.abc import Iterable

from iamfa.advise.explained import MAIN_FLOWS, Explained, ExplainedStatement
from iamfa.advise.finding import Finding
from iamfa.advise.passing import Passing
from iamfa.policy.policy import Policy
from iamfa.report.explained_file import ExplainedFile, place_of
from iamfa.report.pieces_json import Json, fault_json, statement_json


def explain_json(files: Iterable[ExplainedFile]) -> Json:
    """All files, in the order in which they were explained."""
    return {"version": 1, "main_flows": list(MAIN_FLOWS), "files": [_file(each) for each in files]}


def _file(file: ExplainedFile) -> Json:
    explanation = file.explanation
    statements = explanation.statements if explanation is not None else ()
    return {
        "path": file.path,
        "document": file.name,
        "class": explanation.file_class if explanation is not None else None,
        "valid": explanation is not None or file.unjudged,
        "faults": [fault_json(fault) for fault in file.faults],
        "walked": explanation is not None and explanation.walked,
        "statements": [_statement(explanation.policy, each) for each in statements] if explanation else [],
    }


def _statement(policy: Policy, explained: ExplainedStatement) -> Json:
    statement = explained.whole.part.statement
    return {
        "statement": statement_json(statement.index, statement.sid),
        "effect": statement.effect,
        **_explained(policy, explained.whole),
        "entries": [_entry(policy, entry) for entry in explained.entries],
    }


def _entry(policy: Policy, explained: Explained) -> Json:
    element, value = explained.part.element, explained.part.value
    return {
        "element": element.name if element is not None else None,
        "value": value.text if value is not None else None,
        **_explained(policy, explained),
    }


def _explained(policy: Policy, explained: Explained) -> Json:
    line, column = policy.source.position(place_of(policy, explained).start)
    effects = explained.effects
    return {
        "line": line,
        "column": column,
        "judgement": explained.judgement,
        "severity": explained.severity.value if explained.severity is not None else None,
        "reason": explained.reason,
        "flows": [
            {
                "flow": change.before.flow,
                "credential": change.before.credential,
                "device": change.before.device,
                "with_path": change.with_path,
                "before": change.before.result,
                "after": change.after.result,
            }
            for change in (*effects.flows_lost, *effects.flows_won)
        ],
        "attacks": [
            {"attack": change.before.attack, "before": change.before.result, "after": change.after.result}
            for change in dict.fromkeys((*effects.attacks_opened, *effects.attacks_closed))
        ],
        "passes": [_passing(each) for each in effects.passes],
        "findings_gone": [_finding(gone.finding) for gone in effects.findings_gone],
        "findings_new": [_finding(finding) for finding in effects.findings_new],
        "needed_without": [
            {
                "statement": statement_json(twin.statement.index, twin.statement.sid),
                "element": twin.element.name if twin.element is not None else None,
                "value": twin.value.text if twin.value is not None else None,
            }
            for twin in explained.twins
        ],
        "changes_verdicts": explained.changes_verdicts,
    }


def _passing(passing: Passing) -> Json:
    return {
        "action": passing.action,
        "resource": passing.resource,
        "credential": passing.credential,
        "stale": passing.stale,
    }


def _finding(finding: Finding) -> Json:
    return {"rule": finding.rule, "severity": finding.severity.value, "message": finding.message}
