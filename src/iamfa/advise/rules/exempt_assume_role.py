"""`sts:AssumeRole` passes without MFA: fine where every role's trust demands MFA, otherwise a way round."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import ASSUME_ROLE
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.advise.wording import exempting_entry, granting_entry


def _find(case: Case) -> Iterator[Finding]:
    exempt = case.exempt.get(ASSUME_ROLE)
    if exempt is None:
        return
    place = exempting_entry(case.policy.statements, ASSUME_ROLE) or granting_entry(case.policy.statements, ASSUME_ROLE)
    yield RULE.found(
        Severity.NOTE,
        "sts:AssumeRole passes without MFA: a way round, unless the trust policy of every role demands MFA",
        params={"action": ASSUME_ROLE},
        statement=place[0] if place else None,
        span=place[1].span if place else None,
        reason="exempt from MFA",
        witness=Witness(case.request(ASSUME_ROLE, exempt.targets[0].arn, case.held_kinds[0]), case.held_kinds[0]),
    )


RULE = Rule("exempt-assume-role", "note", "sts:AssumeRole passes without MFA: every trust must demand it", _find)
