"""The policy is over the quota of where it goes.

Where nobody said what the file is, and it has nothing to do with MFA, this is a note: AWS's own managed policies are
larger than the quota of customers'.

AWS's pages reference_iam-quotas (IAM) and orgs_reference_limits (Organizations).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.rule import Rule
from iamfa.policy.document import Kind, Span
from iamfa.policy.size import QUOTAS, size

_SMALLER = (Kind.GROUP, Kind.USER)
_WORDS = {
    Kind.IDENTITY: "a managed policy",
    Kind.BOUNDARY: "a permissions boundary",
    Kind.USER: "a user's inline policies",
    Kind.GROUP: "a group's inline policies",
    Kind.ROLE: "a role's inline policies",
    Kind.TRUST: "a role's trust policy",
    Kind.SESSION: "session policies",
    Kind.SCP: "a service control policy",
    Kind.RCP: "a resource control policy",
}


def _find(case: Case) -> Iterator[Finding]:
    quota = QUOTAS.get(case.kind)
    if quota is None:
        return
    counted = size(case.policy, case.kind)
    if counted > quota.characters:
        told = case.options.as_kind is not None or case.file_class != "other"
        yield _finding(case, case.kind, counted, Severity.ERROR if told else Severity.NOTE)
    elif case.options.as_kind is None and case.kind is Kind.IDENTITY:
        smaller = next((k for k in _SMALLER if counted > QUOTAS[k].characters), None)
        if smaller is not None:
            yield _finding(case, smaller, counted, Severity.NOTE)


def _finding(case: Case, kind: Kind, counted: int, severity: Severity) -> Finding:
    quota = QUOTAS[kind].characters
    start = case.policy.root_span.start
    fits = kind is not case.kind
    what = "fits a managed policy, not" if fits else "too large for"
    return RULE.found(
        severity,
        f"{what} {_WORDS[kind]}: {counted:,} characters, {quota:,} are allowed",
        params={"kind": kind.value, "size": counted, "quota": quota},
        span=Span(start, start + 1),
    )


RULE = Rule("policy-too-large", "error, note for smaller quotas", "over the quota of where the policy goes", _find)
