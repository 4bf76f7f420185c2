"""A first enrolment is denied to every kind of device that the file grants, or granted where AWS never looks.

Enable, Deactivate and Resync are authorised on the user's ARN (Service Authorization Reference, IAM).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CREATE, ENABLE
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity
from iamfa.advise.narrowed import let_enrol
from iamfa.advise.rule import Rule
from iamfa.advise.wording import add_all
from iamfa.lifecycle.result import FlowResult
from iamfa.policy.document import Statement
from iamfa.policy.edit import add_value


def _find(case: Case) -> Iterator[Finding]:
    case = let_enrol(case)
    if case.file_class not in ("forces-by-deny", "forces-by-grant", "self-service"):
        return
    granted = {a: case.statements_taking_in(a, "Allow") for a in (CREATE, ENABLE)}
    if not any(granted.values()):
        return
    elsewhere = _granted_elsewhere_than_on_users(case)
    if elsewhere is not None:
        yield _never_authorised(case, elsewhere)
        return
    walked = [f for f in case.flows if f.flow == "enrol-first-device"]
    tried = [f for f in walked if f.device != "fido"]
    if not tried or any(f.result in ("works", "depends") for f in walked):
        return
    denied = [f for f in tried if _explicit(case, f) and _was_granted(f, granted)]
    if denied and all(f in denied or not _was_granted(f, granted) for f in tried):
        yield _denied(case, denied[0])


def _was_granted(flow: FlowResult, granted: dict[str, tuple[Statement, ...]]) -> bool:
    """Whether the file grants what this enrolment calls, so that it means it to work."""
    refused = flow.refused
    if flow.device == "hardware":
        return bool(granted[ENABLE])
    return bool(granted[CREATE] or granted[ENABLE]) and refused is not None


def _explicit(case: Case, flow: FlowResult) -> bool:
    refused = flow.refused
    if refused is None:
        return False
    return case.verdict(case.alone, refused.call, refused.resource, refused.credential).decision == "explicit_deny"


def _denied(case: Case, flow: FlowResult) -> Finding:
    refused = flow.refused
    assert refused is not None
    verdict = case.verdict(case.alone, refused.call, refused.resource, refused.credential)
    statement = verdict.deciding[0].statement
    own = next((s for s in case.policy.statements if s == statement), None)
    repair = None
    if own is not None and own.action.negated:
        missing = [a for a in (CREATE, ENABLE) if own in case.statements_taking_in(a, "Deny")]
        repair = Repair("exempt the calls of a first enrolment", add_all(case.policy, own.action, missing))
    return RULE.found(
        Severity.ERROR,
        f"nobody can enrol a first device: {refused.call} is denied without MFA, and MFA needs a device",
        params={"call": refused.call},
        statement=own,
        span=own.action.key_span if own is not None else None,
        reason=f"does not exempt {refused.call}" if own is not None and own.action.negated else "takes it in",
        trace=flow.trace,
        repair=repair,
    )


def _granted_elsewhere_than_on_users(case: Case) -> Statement | None:
    """A statement that names Enable and no resource on which AWS authorises it, where nothing else grants it."""
    named = [
        s
        for s in case.statements_taking_in(ENABLE, "Allow")
        if any(v.text.lower() == ENABLE.lower() for v in s.action.values)
    ]
    if not named or not all(_only_devices(s) for s in case.statements_taking_in(ENABLE, "Allow")):
        return None
    if any(case.allowed(ENABLE, case.subject.user_arn, c) for c in ("long-term-key", "token-mfa")):
        return None
    return named[0]


def _only_devices(statement: Statement) -> bool:
    element = statement.resource
    return (
        element is not None
        and not element.negated
        and all(":mfa/" in v.text or ":u2f/" in v.text or ":sms-mfa/" in v.text for v in element.values)
    )


def _never_authorised(case: Case, statement: Statement) -> Finding:
    assert statement.resource is not None
    first = statement.resource.values[0]
    user = first.text[: first.text.rindex(":")] + ":user/${aws:username}"
    return RULE.found(
        Severity.ERROR,
        f"nobody can enrol a device: {ENABLE} is granted only on devices, and AWS asks for it on the user",
        params={"call": ENABLE},
        statement=statement,
        span=first.span,
        reason="AWS authorises this call on `user/…` only",
        repair=Repair("grant it on the user himself", add_value(case.policy, statement.resource, user)),
    )


RULE = Rule(
    "cannot-enrol",
    "error",
    "a first enrolment is denied to every kind of device that the file grants, or granted where AWS never looks",
    _find,
)
