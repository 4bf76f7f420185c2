"""`audit --format ocsf`: findings as Compliance Findings of the Open Cybersecurity Schema Framework, version 1.5.0.

Class 2003 of category 2, profile `cloud` (https://schema.ocsf.io/1.5.0/classes/compliance_finding). A finding that no
published control looks at is reported against the rules of this program itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from iamfa.advise.finding import Severity
from iamfa.audit.controls import controls_of
from iamfa.audit.fingerprint import audit_fingerprint
from iamfa.audit.values import AuditFinding
from iamfa.report.audited import Audited
from iamfa.report.paper import printable
from iamfa.report.pieces_json import Json

SCHEMA_VERSION: Final = "1.5.0"
_CLASS: Final = 2003
_CREATE: Final = 1
_AWS_ACCOUNT: Final = 10
_OWN_RULES: Final = "iamfa"

_SEVERITIES: Final[Mapping[Severity, tuple[int, str]]] = {
    Severity.ERROR: (4, "High"),
    Severity.WARNING: (3, "Medium"),
    Severity.NOTE: (1, "Informational"),
}
_UNDECIDED: Final = frozenset(
    {"not-read", "user-not-decided", "root-not-decided", "role-not-decided", "policy-not-read"}
)
"""Findings that say that there is no result, since something is missing."""


def audit_ocsf(audited: Iterable[Audited], version: str) -> list[Json]:
    """An event for each finding of each account; *version* is that of this program."""
    return [event for each in audited for event in _events(each, version)]


def _events(audited: Audited, version: str) -> Iterator[Json]:
    report = audited.report
    at = int(report.taken_at.timestamp() * 1000)
    arns = {user.name: user.arn for user in report.users}
    for finding in report.findings:
        severity_id, severity = _SEVERITIES[finding.severity]
        event: Json = {
            "activity_id": _CREATE,
            "activity_name": "Create",
            "category_uid": 2,
            "category_name": "Findings",
            "class_uid": _CLASS,
            "class_name": "Compliance Finding",
            "type_uid": _CLASS * 100 + _CREATE,
            "type_name": "Compliance Finding: Create",
            "time": at,
            "severity_id": severity_id,
            "severity": severity,
            "status_id": 1,
            "status": "New",
            "message": printable(finding.message),
            "metadata": {
                "version": SCHEMA_VERSION,
                "profiles": ["cloud"],
                "product": {"name": "iamfa", "vendor_name": "iamfa", "version": version},
                "event_code": finding.id,
            },
            "cloud": {
                "provider": "AWS",
                "account": {
                    "uid": report.account,
                    "name": report.account,
                    "type_id": _AWS_ACCOUNT,
                    "type": "AWS Account",
                },
            },
            "finding_info": {
                "uid": audit_fingerprint(finding, report.account),
                "title": finding.id,
                "desc": printable(finding.message),
                "created_time": at,
            },
            "compliance": _compliance(finding),
            "resources": [
                {"uid": arns.get(name, name), "name": name, "cloud_partition": report.partition}
                for name in finding.reaches
            ],
        }
        if finding.hint is not None:
            event["remediation"] = {"desc": printable(finding.hint)}
        yield event


def _compliance(finding: AuditFinding) -> Json:
    controls = controls_of(finding)
    status_id, status = (2, "Warning") if finding.id in _UNDECIDED else (3, "Fail")
    return {
        "standards": list(dict.fromkeys(each.standard for each in controls)) or [_OWN_RULES],
        "control": str(controls[0]) if controls else f"{_OWN_RULES} {finding.id}",
        "requirements": [str(each) for each in controls],
        "status_id": status_id,
        "status": status,
    }
