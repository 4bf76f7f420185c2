"""`audit --format json`, version 1: frozen. A change of shape gets a new file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from iamfa.audit.controls import controls_of
from iamfa.audit.fingerprint import audit_fingerprint
from iamfa.audit.since import Since
from iamfa.audit.values import (
    AuditFinding,
    Enforced,
    Enrolled,
    Exemption,
    Lifted,
    Place,
    PolicyReach,
    RootAudit,
    UserAudit,
    Witnessed,
)
from iamfa.errors import IamfaError
from iamfa.report.audit_words import means
from iamfa.report.audited import Audited, danger
from iamfa.report.pieces_json import Json, plain_json, request_json, statement_json, trace_json

VERSION: Final = 1


def audit_json(audited: Iterable[Audited], faults: Sequence[IamfaError] = ()) -> Json:
    """The accounts in the order in which they were judged, and what kept others from being judged."""
    return {
        "version": VERSION,
        "accounts": [account_json(each) for each in audited],
        "faults": [{"message": each.message, "hint": each.hint} for each in faults],
    }


def account_json(audited: Audited) -> Json:
    """One account."""
    report = audited.report
    found: Json = {
        "account": report.account,
        "partition": report.partition,
        "taken_at": _time(report.taken_at),
        "source": audited.source,
        "users": [_user(user) for user in report.users],
        "findings": [finding_json(finding, report.account) for finding in report.findings],
        "policies": [_policy(policy) for policy in report.policies],
        "root": _root(report.root),
        "not_read": [
            {"part": each.part or None, "about": each.about or None, "reason": each.reason, "means": means(each.part)}
            for each in audited.not_read
        ],
    }
    if audited.since is not None:
        found["since"] = since_json(audited.since, report.account)
    return found


def finding_json(finding: AuditFinding, account: str) -> Json:
    """A finding."""
    return {
        "rule": finding.id,
        "severity": finding.severity.value,
        "message": finding.message,
        "reaches": list(finding.reaches),
        "params": plain_json(finding.params),
        "place": _place(finding.place),
        "witness": _witness(finding.witness),
        "trace": trace_json(finding.trace),
        "hint": finding.hint,
        "not_read": list(finding.not_read),
        "controls": [{"standard": each.standard, "id": each.id} for each in controls_of(finding)],
        "fingerprint": audit_fingerprint(finding, account),
    }


def _user(user: UserAudit) -> Json:
    return {
        "name": user.name,
        "arn": user.arn,
        "danger": danger(user),
        "enforced": _enforced(user.enforced),
        "enrolled": _enrolled(user.enrolled),
        "lifted": _lifted(user.lifted),
        "policies": user.policies,
        "has_key": user.has_key,
        "has_password": user.has_password,
    }


def _enforced(answer: Enforced) -> Json:
    return {
        "answer": answer.answer,
        "kinds": list(answer.kinds),
        "exempt": list(answer.exempt),
        "witness": _witness(answer.witness),
        "spared_by": [
            {"key": each.key, "operator": each.operator, "values": list(each.values), "place": _place(each.place)}
            for each in answer.spared_by
        ],
        "declared": _exemption(answer.declared),
        "by": [_place(each) for each in answer.by],
        "reason": answer.reason,
        "not_read": list(answer.not_read),
    }


def _enrolled(answer: Enrolled) -> Json:
    refusal = answer.refusal
    return {
        "answer": answer.answer,
        "devices": list(answer.devices),
        "refusal": None if refusal is None else {"call": trace_json([refusal.call])[0], "place": _place(refusal.place)},
        "trace": trace_json(answer.trace),
        "leaked": answer.leaked,
        "reaches": list(answer.reaches),
        "reason": answer.reason,
        "not_read": list(answer.not_read),
    }


def _lifted(answer: Lifted) -> Json:
    return {
        "answer": answer.answer,
        "principals": [
            {"user": each.user, "calls": list(each.calls), "certain": each.certain} for each in answer.principals
        ],
        "count": answer.count,
        "reason": answer.reason,
        "not_read": list(answer.not_read),
    }


def _exemption(entry: Exemption | None) -> Json | None:
    if entry is None:
        return None
    return {
        "principal": entry.principal,
        "reason": entry.reason,
        "owner": entry.owner,
        "expires": None if entry.expires is None else _day(entry.expires),
        "compensating_control": entry.compensating_control,
        "break_glass": entry.break_glass,
    }


def _policy(policy: PolicyReach) -> Json:
    return {
        "name": policy.name,
        "holder": policy.holder,
        "arn": policy.arn,
        "users": list(policy.users),
        "attached_to": list(policy.attached_to),
        "class": policy.file_class,
        "reason": policy.reason,
    }


def _root(root: RootAudit) -> Json:
    return {
        "devices": list(root.devices),
        "has_device": root.has_device,
        "has_keys": root.has_keys,
        "has_password": root.has_password,
        "last_used": None if root.last_used is None else _time(root.last_used),
    }


def since_json(since: Since, account: str) -> Json:
    """What has changed since an earlier audit of the account."""
    return {
        "taken_at": _time(since.taken_at),
        "changes": [
            {
                "user": each.user,
                "question": each.question,
                "before": each.before,
                "after": each.after,
                "direction": each.direction,
            }
            for each in since.changes
        ],
        "came": list(since.came),
        "left": list(since.left),
        "new": [finding_json(each, account) for each in since.new],
        "gone": [finding_json(each, account) for each in since.gone],
    }


def _place(place: Place | None) -> Json | None:
    if place is None:
        return None
    return {
        "policy": place.policy,
        "holder": place.holder,
        "arn": place.arn,
        "statement": statement_json(place.statement_index, place.statement_sid),
    }


def _witness(witness: Witnessed | None) -> Json | None:
    if witness is None:
        return None
    return {
        "request": request_json(witness.request),
        "credential": witness.credential,
        "can_be_sent": witness.can_be_sent,
    }


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _day(day: date) -> str:
    return day.isoformat()
