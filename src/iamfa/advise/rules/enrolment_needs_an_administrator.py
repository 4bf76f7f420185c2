"""Creating or enabling a device without MFA is denied whatever else is attached.

AWS's page id_credentials_mfa_sync does so on purpose: its policy lists and resyncs only.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CREATE, ENABLE
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.evaluate.credential import WITHOUT_MFA
from iamfa.policy.document import Kind


def _find(case: Case) -> Iterator[Finding]:
    if case.file_class != "forces-by-deny":
        return
    if not case.limits_only and any(_granted(case, a) for a in (CREATE, ENABLE)):
        return
    device = f"arn:{case.subject.partition}:iam::{case.subject.account}:mfa/phone"
    for action, resource in ((CREATE, device), (ENABLE, case.subject.user_arn)):
        kinds = [c for c in WITHOUT_MFA if c != "token"]
        denied = [c for c in kinds if case.verdict(case.everything, action, resource, c).decision == "explicit_deny"]
        if len(denied) == len(kinds):
            reasons = case.verdict(case.everything, action, resource, denied[0]).deciding
            own = next((s for r in reasons for s in case.policy.statements if s == r.statement), None)
            yield RULE.found(
                Severity.ERROR if case.kind is Kind.SCP else Severity.NOTE,
                f"no user can enrol a first device himself: {action} is denied without MFA whatever else is attached",
                params={"action": action},
                statement=own,
                span=own.action.key_span if own is not None else None,
                reason=f"does not exempt {action}",
                witness=Witness(case.request(action, resource, denied[0]), denied[0]),
            )
            return


def _granted(case: Case, action: str) -> bool:
    """Whether any policy that was read grants the action, on whatever resource and condition."""
    from iamfa.evaluate.match import action_matches

    documents = (case.policy.document, *case.others)
    return any(
        s.effect == "Allow" and any(action_matches(v.text, action) for v in s.action.values) is not s.action.negated
        for d in documents
        for s in d.statements
    )


RULE = Rule(
    "enrolment-needs-an-administrator",
    "note, error as a service control policy",
    "creating or enabling a device without MFA is denied whatever else is attached",
    _find,
)
