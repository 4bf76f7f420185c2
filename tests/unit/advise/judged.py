"""Policies in a few lines, and what the judge says of them: shared by the tests of rules, repairs and suppressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from iamfa.advise.case import Case
from iamfa.advise.check import check, report_of
from iamfa.advise.finding import Finding, Report, Severity
from iamfa.advise.options import ALLOW_ALL, CheckOptions
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.decide import Decider
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.edit import apply
from iamfa.policy.policy import Policy

Doc = dict[str, Any]

PRESENT = "aws:MultiFactorAuthPresent"
AGE = "aws:MultiFactorAuthAge"
CREATE, ENABLE, LIST = "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices"
RESYNC, DEACTIVATE, DELETE = "iam:ResyncMFADevice", "iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice"
SESSION = "sts:GetSessionToken"

ANY_DEVICE = "arn:aws:iam::*:mfa/*"
OWN_DEVICE = "arn:aws:iam::*:mfa/${aws:username}"
OWN_USER = "arn:aws:iam::*:user/${aws:username}"

EXEMPT = (CREATE, ENABLE, LIST, RESYNC, SESSION)
WITHOUT: Mapping[str, Any] = {"BoolIfExists": {PRESENT: "false"}}
WITH: Mapping[str, Any] = {"Bool": {PRESENT: "true"}}
WITHOUT_MFA = ["long-term-key", "token", "console"]


def allow(action: Any, resource: Any = "*", condition: Mapping[str, Any] | None = None, **more: Any) -> Doc:
    return _statement("Allow", "Action", action, resource, condition, more)


def deny(action: Any, resource: Any = "*", condition: Mapping[str, Any] | None = WITHOUT, **more: Any) -> Doc:
    return _statement("Deny", "Action", action, resource, condition, more)


def forcing(*more: str, condition: Mapping[str, Any] = WITHOUT, but: Sequence[str] = (), **others: Any) -> Doc:
    """The Deny of everything but what an enrolment needs and *more*, *but* left out."""
    exempt = [action for action in (*EXEMPT, *more) if action not in but]
    return _statement("Deny", "NotAction", exempt, "*", condition, others)


def _statement(effect: str, element: str, action: Any, resource: Any, condition: Any, more: Doc) -> Doc:
    made: Doc = {"Effect": effect, element: action, "Resource": resource}
    if condition is not None:
        made["Condition"] = dict(condition)
    made.update(more)
    if "NotAction" in more:
        made.pop("Action", None)
    if "NotResource" in more:
        made.pop("Resource", None)
    return made


def grants(*, create: Any = ANY_DEVICE, user: Any = OWN_USER) -> list[Doc]:
    """The self-service of AWS's pages: create a device, enable and list the own ones."""
    return [
        allow(CREATE, create, Sid="CreateDevices"),
        allow([ENABLE, LIST, RESYNC], user, Sid="ManageOwn"),
    ]


EVERYTHING_WITH_MFA = allow("*", "*", WITH, Sid="EverythingWithMFA")


def document(*statements: Doc, version: str | None = "2012-10-17") -> Doc:
    return ({"Version": version} if version else {}) | {"Statement": list(statements)}


def policy(*statements: Doc, version: str | None = "2012-10-17", kind: Kind | None = None) -> Policy:
    return Policy.from_document(document(*statements, version=version), kind=kind)


def options(*, kind: Kind | None = None, beside: Sequence[Doc] = (), **more: Any) -> CheckOptions:
    """Options with a fresh catalogue; *beside* are the statements of one more policy that reaches the same user."""
    others = (policy(*beside),) if beside else ()
    return CheckOptions(**({"catalogue_age_days": 0, "as_kind": kind, "with_policies": others} | more))


def judge(*statements: Doc, version: str | None = "2012-10-17", kind: Kind | None = None, **more: Any) -> Report:
    """The report without flows and attacks, which most tests do not look at; `walked` has them."""
    return report_of(case_of(*statements, version=version, kind=kind, **more), walked=False)


def walked(*statements: Doc, **more: Any) -> Report:
    return check(policy(*statements), options=options(**more))


def judge_text(text: str, kind: Kind | None = None, **more: Any) -> Report:
    return report_of(Case(Policy.parse(text, kind=kind), options(kind=kind, **more)), walked=False)


def case_of(*statements: Doc, version: str | None = "2012-10-17", kind: Kind | None = None, **more: Any) -> Case:
    return Case(policy(*statements, version=version, kind=kind), options(kind=kind, **more))


def found(report: Report, rule: str) -> list[Finding]:
    return [f for f in report.findings if f.rule == rule]


def the(report: Report, rule: str, severity: str | None = None) -> Finding:
    """The one finding of a rule."""
    (finding,) = found(report, rule)
    assert severity is None or finding.severity.value == severity
    return finding


def silent(report: Report, rule: str) -> bool:
    return not found(report, rule)


def underlined(report: Report, finding: Finding) -> str:
    assert finding.span is not None
    return report.policy.source.text[finding.span.start : finding.span.end]


def replayed(report: Report, finding: Finding, *, everything: bool = False, beside: Sequence[Doc] = ()) -> str:
    """What a fresh decider says to the witness under the file, with everything else allowed where asked."""
    assert finding.witness is not None
    assert finding.witness.credential in CREDENTIALS
    others = [policy(*beside)] if beside else []
    bundle = Bundle([report.policy, *others, *([ALLOW_ALL] if everything else [])])
    return Decider(bundle).decide(finding.witness.request).decision


def mended(report: Report, finding: Finding, **more: Any) -> Report:
    """The report after the finding's repair, which adds no error and leaves everything outside its edits as it was."""
    assert finding.repair is not None
    before = report.policy.source.text
    after = apply(before, finding.repair.edits)
    assert after != before
    kept, place = [], 0
    for edit in sorted(finding.repair.edits, key=lambda e: (e.start, e.end)):
        kept.append(before[place : edit.start])
        place = edit.end
    rest = after
    for piece in (*kept, before[place:]):
        assert piece in rest
        rest = rest[rest.index(piece) + len(piece) :]
    again = check(report.policy.with_text(after), options=options(kind=report.policy.kind, **more))
    assert not [f for f in found(again, finding.rule) if f.severity is finding.severity]
    assert errors(again) <= errors(report)
    return again


def errors(report: Report) -> Counter[str]:
    return Counter(f.rule for f in report.findings if f.severity is Severity.ERROR)


def severities(report: Report) -> set[tuple[str, str]]:
    return {(f.severity.value, f.rule) for f in report.findings}
