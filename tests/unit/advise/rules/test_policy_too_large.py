"""The policy is over the quota of where it goes."""

from __future__ import annotations

import json

import pytest
from tests.unit.advise.judged import (
    allow,
    deny,
    document,
    forcing,
    grants,
    judge,
    judge_text,
    options,
    policy,
    silent,
    the,
    underlined,
)

from iamfa.advise.check import check
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy
from iamfa.policy.size import QUOTAS, size

RULE = "policy-too-large"


def of_size(characters: int, kind: Kind, *, mfa: bool = True) -> Policy:
    """A policy that counts just so many characters as this kind."""

    def made(names: list[str]) -> Policy:
        resources = [f"arn:aws:s3:::{name}" for name in names]
        if kind is Kind.TRUST:
            statement = allow(
                "sts:AssumeRole", Principal={"AWS": [f"arn:aws:iam::123456789012:user/{n}" for n in names]}
            )
            statement.pop("Resource")
        elif kind is Kind.RCP:
            statement = deny("s3:ListBucket", resources, Principal="*")
        else:
            statement = deny("s3:ListBucket", resources) if mfa else allow("s3:ListBucket", resources)
        return Policy.parse(json.dumps(document(statement), separators=(",", ":")), kind=kind)

    names = ["a"]
    each = size(made(["a", "y" * 40, "y" * 40]), kind) - size(made(["a", "y" * 40]), kind)
    names += ["y" * 40] * max(0, (characters - size(made(names), kind)) // each - 4)
    while (missing := characters - size(made(names), kind)) > 0:
        one = len(made([*names, "x" * 3]).text) - len(made(names).text) - 3
        length = missing if missing < one + 60 else 40
        names = [*names[:-1], names[-1] + "x" * length] if missing < one + 60 else [*names, "y" * 40]
    assert size(made(names), kind) == characters
    return made(names)


@pytest.mark.parametrize("kind", sorted(QUOTAS, key=lambda kind: kind.value))
def test_one_character_over_the_quota_is_an_error_and_the_quota_itself_is_none(kind: Kind) -> None:
    quota = QUOTAS[kind].characters
    finding = the(check(of_size(quota + 1, kind), options=options(kind=kind)), RULE, "error")
    assert finding.params == {"kind": kind.value, "size": quota + 1, "quota": quota}
    assert finding.message.startswith("too large for ")
    assert finding.message.endswith(f": {quota + 1:,} characters, {quota:,} are allowed")
    assert finding.repair is None
    assert silent(check(of_size(quota, kind), options=options(kind=kind)), RULE)


def test_the_opening_brace_is_underlined() -> None:
    text = "// first\n" + of_size(2_049, Kind.USER).text
    report = judge_text(text, Kind.USER)
    finding = the(report, RULE, "error")
    assert finding.span is not None
    assert finding.span.start == text.index("{")
    assert underlined(report, finding) == "{"


@pytest.mark.parametrize(("characters", "smaller"), [(2_049, "a user's"), (5_120, "a user's"), (5_121, "a group's")])
def test_where_nobody_said_what_it_is_smaller_quotas_are_noted(characters: int, smaller: str) -> None:
    report = check(of_size(characters, Kind.IDENTITY), options=options())
    finding = the(report, RULE, "note")
    assert finding.message.startswith(f"fits a managed policy, not {smaller} inline policies: ")


def test_where_it_was_said_to_be_a_managed_policy_smaller_quotas_are_no_matter() -> None:
    assert silent(check(of_size(5_121, Kind.IDENTITY), options=options(kind=Kind.IDENTITY)), RULE)


def test_a_large_policy_that_has_nothing_to_do_with_mfa_may_be_one_of_aws_s_own() -> None:
    large = of_size(6_145, Kind.IDENTITY, mfa=False)
    assert the(check(large, options=options()), RULE, "note")
    assert the(check(large, options=options(kind=Kind.IDENTITY)), RULE, "error")
    assert the(check(of_size(6_145, Kind.IDENTITY), options=options()), RULE, "error")


def test_white_space_counts_for_organizations_and_not_for_iam() -> None:
    roomy = Policy.parse(policy(allow("s3:GetObject", "*")).text.replace("\n", "\n" + " " * 2_000), kind=Kind.SCP)
    assert the(check(roomy, options=options(kind=Kind.SCP)), RULE, "error")
    assert silent(check(roomy, options=options(kind=Kind.USER)), RULE)


def test_comments_count_nowhere() -> None:
    text = policy(*grants(), forcing()).text.replace('"Version"', "/*" + "x" * 12_000 + '*/ "Version"')
    assert silent(judge_text(text, Kind.SCP), RULE)


def test_resource_policies_have_quotas_of_each_service() -> None:
    many = [f"arn:aws:s3:::b/{number:060}" for number in range(200)]
    assert silent(judge(allow("s3:GetObject", many, Principal="*"), kind=Kind.RESOURCE), RULE)
