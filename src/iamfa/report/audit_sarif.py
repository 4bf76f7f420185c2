"""`audit --format sarif`: findings of accounts as a log in SARIF 2.1.0; people, roles and policies by their ARNs.

Code scanning wants a file and a line: that of the snapshot, at its beginning; for an account that was read from AWS
there is none, and `account-NUMBER` stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from iamfa.audit.controls import controls_of
from iamfa.audit.fingerprint import audit_fingerprint
from iamfa.audit.hangs_on import weakening
from iamfa.audit.rules import AUDIT_RULES
from iamfa.audit.values import AuditFinding
from iamfa.lifecycle.result import Call
from iamfa.report.audited import Audited, shown_trace
from iamfa.report.calls_text import credential_words, refusal_words
from iamfa.report.paper import Paper, printable
from iamfa.report.pieces_json import Json, plain_json
from iamfa.report.place import uri_from
from iamfa.report.sarif_v1 import SCHEMA, START, Run, descriptor, harmless, rule_json

AUDIT_FINGERPRINT: Final = "iamfaAuditFinding/v1"
_MOST_NAMED: Final = 100
"""So many of those whom a finding reaches are logical locations; the property `reaches` has all."""


def audit_sarif(audited: Sequence[Audited], run: Run) -> Json:
    """The log with its one run, whatever the number of accounts: each result tells its own."""
    policy_rules = {rule.id: rule_json(rule, page) for rule, page in run.rules}
    own_rules = {name: descriptor(name, "warning", words, words, words) for name, words in AUDIT_RULES.items()}
    rules = {**own_rules, **policy_rules}
    numbers = {name: number for number, name in enumerate(rules)}
    complete = not any(weakening(each.report.not_read) for each in audited)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "iamfa", "semanticVersion": run.version, "rules": list(rules.values())},
                },
                "invocations": [{"executionSuccessful": complete, "exitCode": run.exit_code}],
                "columnKind": "unicodeCodePoints",
                "results": [result for each in audited for result in _results(each, run, numbers)],
            }
        ],
    }


def _results(audited: Audited, run: Run, numbers: dict[str, int]) -> Iterator[Json]:
    report = audited.report
    arns = {user.name: user.arn for user in report.users}
    uri = f"account-{report.account}" if audited.source is None else uri_from(run.folder, audited.source)
    file = {"artifactLocation": {"uri": uri}, "region": START}
    for finding in report.findings:
        location: Json = {"physicalLocation": file}
        named = _named(finding, arns)
        if named:
            location["logicalLocations"] = named
        result: Json = {
            "ruleId": finding.id,
            "ruleIndex": numbers[finding.id],
            "level": finding.severity.value,
            "message": {"text": "\n".join(map(harmless, _words(finding)))},
            "locations": [location],
            "partialFingerprints": {AUDIT_FINGERPRINT: audit_fingerprint(finding, report.account)},
            "properties": {
                "account": report.account,
                "reaches": list(finding.reaches),
                "params": plain_json(finding.params),
                "controls": [str(each) for each in controls_of(finding)],
                "not_read": list(finding.not_read),
            },
        }
        if finding.trace:
            steps = [_step(number, call, location) for number, call in enumerate(shown_trace(finding), 1)]
            result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
        yield result


def _words(finding: AuditFinding) -> Iterator[str]:
    yield finding.message
    if finding.witness is not None:
        request = finding.witness.request
        signed = credential_words(Paper(), finding.witness.credential)
        yield f"shown by: {request.action} on {request.resource} with {signed}"
    if finding.hint is not None:
        yield finding.hint


def _named(finding: AuditFinding, arns: dict[str, str]) -> list[Json]:
    """The policy and the people, each by what names it in full."""
    place = finding.place
    found: list[Json] = []
    if place is not None:
        name = place.arn or f"{place.holder}/{place.policy}"
        found.append({"fullyQualifiedName": printable(name), "kind": "resource"})
    for name in finding.reaches[:_MOST_NAMED]:
        found.append({"fullyQualifiedName": printable(arns.get(name, name)), "kind": "resource"})
    return found


def _step(number: int, call: Call, location: Json) -> Json:
    paper = Paper()
    ending = "ok" if call.outcome == "ok" else f"refused: {refusal_words(paper, call)}"
    text = harmless(
        f"{number}. {call.call} on {call.resource} with {credential_words(paper, call.credential)}: {ending}"
    )
    return {"location": {"physicalLocation": location["physicalLocation"], "message": {"text": text}}}
