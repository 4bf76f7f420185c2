"""`sts:AssumeRole` without MFA is a way round unless every trust demands MFA: noted, never more in a single file."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import (
    EVERYTHING_WITH_MFA,
    WITH,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    replayed,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "exempt-assume-role"


@pytest.mark.parametrize("entry", ["sts:AssumeRole", "STS:assumerole", "sts:Assume*", "sts:*", "sts:AssumeRol?"])
def test_it_is_noted_under_any_spelling(entry: str) -> None:
    report = judge(forcing(entry, Sid="Block"), *grants())
    finding = the(report, RULE, "note")
    assert finding.message.startswith("sts:AssumeRole passes without MFA: a way round, unless the trust policy")
    assert underlined(report, finding) == f'"{entry}"'
    assert finding.statement_sid == "Block"
    assert finding.repair is None
    assert finding.witness is not None
    assert finding.witness.request.action == "sts:AssumeRole"
    assert replayed(report, finding, everything=True) == "implicit_deny", "the role's trust decides, and is not read"


def test_in_a_file_that_forces_by_grant_the_grant_is_underlined() -> None:
    report = judge(EVERYTHING_WITH_MFA, *grants(), allow("sts:AssumeRole", "arn:aws:iam::*:role/work", Sid="Roles"))
    finding = the(report, RULE, "note")
    assert finding.statement_sid == "Roles"


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP])
def test_it_is_noted_whatever_the_file_is_attached_as(kind: Kind) -> None:
    assert the(judge(allow("*"), forcing("sts:AssumeRole"), kind=kind), RULE, "note")


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(), forcing("sts:AssumeRoleWithSAML")],
        [*grants(), forcing("sts:AssumeRole"), deny("sts:AssumeRole")],
        [*grants(), allow("sts:AssumeRole")],
        [*grants(), EVERYTHING_WITH_MFA, allow("sts:AssumeRole", "*", WITH)],
        [allow("*")],
    ],
)
def test_it_is_silent_where_it_needs_mfa_or_nothing_is_forced(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)
