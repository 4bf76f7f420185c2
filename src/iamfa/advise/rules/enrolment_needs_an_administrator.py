"""Creating or enabling a device without MFA is denied whatever else is attached.

AWS's page id_credentials_mfa_sync does so on purpose: its policy lists and resyncs only.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CREATE, ENABLE
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.narrowed import let_enrol
from iamfa.advise.rule import Rule
from iamfa.evaluate.credential import WITHOUT_MFA
from iamfa.policy.document import Kind


def _find(case: Case) -> Iterator[Finding]:
    case = let_enrol(case)
    if case.file_class != "forces-by-deny":
        return
    if not case.limits_only and any(_granted(case, a) for a in (CREATE, ENABLE)):
        return
    if _for_security_keys(case):
        return
    user = case.subject.user_arn
    created = (case.subject.device_arn(case.subject.name), case.subject.device_arn("phone"))
    enabling = _denied(case, ENABLE, user)
    creating = all(_denied(case, CREATE, arn) for arn in created)
    if not enabling and not creating:
        return
    action, resource = (CREATE, created[1]) if creating else (ENABLE, user)
    kind = _KINDS[0]
    reasons = case.verdict(case.everything, action, resource, kind).deciding
    own = next((s for r in reasons for s in case.policy.statements if s == r.statement), None)
    what = "enrol a first device" if enabling else "create a virtual device"
    yield RULE.found(
        Severity.ERROR if case.kind is Kind.SCP else Severity.NOTE,
        f"no user can {what} himself: {action} is denied without MFA whatever else is attached",
        params={"action": action},
        statement=own,
        span=own.action.key_span if own is not None else None,
        reason=f"does not exempt {action}",
        witness=Witness(case.request(action, resource, kind), kind),
    )


_KINDS = tuple(c for c in WITHOUT_MFA if c != "token")
"""What a user without a device can call IAM with."""


def _for_security_keys(case: Case) -> bool:
    """Whether the file is for FIDO devices alone on purpose, and these can be enrolled."""
    asks = any(
        c.key.text.lower() == "iam:registersecuritykey"
        for effect in ("Allow", "Deny")
        for s in case.statements_taking_in(ENABLE, effect)
        for c in s.conditions
    )
    flows = (f for f in case.flows if f.flow == "enrol-first-device" and f.device == "fido") if asks else ()
    return any(f.result == "works" for f in flows)


def _denied(case: Case, action: str, resource: str) -> bool:
    """Whether it is denied with each of these, whatever else is attached."""
    return all(case.verdict(case.everything, action, resource, c).decision == "explicit_deny" for c in _KINDS)


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
