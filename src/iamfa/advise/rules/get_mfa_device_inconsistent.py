"""`iam:GetMFADevice` is allowed and not exempt, or exempt and not allowed; it matters for FIDO devices only."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import GET_DEVICE
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.rule import Rule
from iamfa.advise.wording import exempting_entry, granting_entry


def _find(case: Case) -> Iterator[Finding]:
    if case.file_class != "forces-by-deny" or not case.grants_devices:
        return
    exempt = GET_DEVICE in case.exempt
    granted = case.allowed(GET_DEVICE, case.subject.user_arn, "token-mfa")
    if exempt == granted:
        return
    statements = case.policy.statements
    place = exempting_entry(statements, GET_DEVICE) if exempt else granting_entry(statements, GET_DEVICE)
    statement, value = place if place else (None, None)
    yield RULE.found(
        Severity.NOTE,
        "iam:GetMFADevice is exempt from MFA and nowhere allowed"
        if exempt
        else "iam:GetMFADevice is allowed and not exempt from MFA",
        params={"exempt": exempt, "granted": granted},
        statement=statement,
        span=value.span if value is not None else None,
        reason="both or none: the console reads details of FIDO devices with it",
    )


RULE = Rule("get-mfa-device-inconsistent", "note", "allowed and not exempt, or exempt and not allowed", _find)
