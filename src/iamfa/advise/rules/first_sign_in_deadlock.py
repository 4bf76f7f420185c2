"""Who must change the password at first sign-in can neither do that nor enrol.

AWS's page reference_policies_examples_aws_my-sec-creds-self-manage names the problem.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CHANGE_PASSWORD
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.policy.document import Kind


def _find(case: Case) -> Iterator[Finding]:
    if case.file_class != "forces-by-deny" or case.kind is Kind.SESSION:
        return
    user = case.subject.user_arn
    verdict = case.verdict(case.everything, CHANGE_PASSWORD, user, "console")
    with_mfa = case.verdict(case.everything, CHANGE_PASSWORD, user, "console-mfa")
    if verdict.decision != "explicit_deny" or with_mfa.decision == "explicit_deny":
        return
    statement = next((s for r in verdict.deciding for s in case.policy.statements if s == r.statement), None)
    yield RULE.found(
        Severity.NOTE,
        "a user who must change his password at first sign-in is stuck: changing it needs MFA, and MFA the sign-in",
        params={"action": CHANGE_PASSWORD},
        statement=statement,
        span=statement.action.key_span if statement is not None else None,
        reason=f"does not exempt {CHANGE_PASSWORD}",
        witness=Witness(case.request(CHANGE_PASSWORD, user, "console"), "console"),
        notes=("attach the policy after the first sign-in; AWS calls the exemption of this action a security risk",),
    )


RULE = Rule(
    "first-sign-in-deadlock",
    "note",
    "who must change the password at first sign-in can neither do that nor enrol",
    _find,
)
