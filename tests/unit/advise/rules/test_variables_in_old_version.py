"""`${…}` is literal text under Version 2008-10-17 or without a Version."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    ANY_DEVICE,
    LIST,
    OWN_DEVICE,
    OWN_USER,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    judge_text,
    mended,
    options,
    silent,
    the,
    underlined,
)

from iamfa.advise.check import check
from iamfa.policy.document import Kind
from iamfa.policy.edit import apply
from iamfa.policy.policy import Policy

RULE = "variables-in-old-version"


@pytest.mark.parametrize("version", ["2008-10-17", None])
@pytest.mark.parametrize(
    ("statements", "value", "count"),
    [
        ([*grants(), forcing()], OWN_USER, 1),
        ([forcing(), *grants(create=OWN_DEVICE)], OWN_DEVICE, 2),
        ([allow(LIST, ["*", OWN_USER, OWN_DEVICE])], OWN_USER, 2),
        ([deny(LIST, "*", NotResource=OWN_USER)], OWN_USER, 1),
        (
            [allow("s3:*", "*", {"StringEquals": {"s3:prefix": "${aws:PrincipalTag/team, 'none'}"}})],
            "${aws:PrincipalTag/team, 'none'}",
            1,
        ),
    ],
)
def test_it_is_an_error_at_the_first_value_and_mended(
    statements: list[Doc], value: str, count: int, version: str | None
) -> None:
    report = judge(*statements, version=version)
    finding = the(report, RULE, "error")
    where = "under Version 2008-10-17" if version else "without a Version"
    assert finding.message == f"`{value}` is literal text {where}: variables are filled in only under 2012-10-17"
    assert finding.params == {"count": count}
    assert underlined(report, finding) == f'"{value}"'
    mended_version(report.policy)


def mended_version(policy: Policy) -> None:
    """The Version is written and nothing else changes; what that brings to light may be an error of its own."""
    finding = the(check(policy, options=options()), RULE)
    assert finding.repair is not None
    after = policy.with_text(apply(policy.source.text, finding.repair.edits))
    assert after.document.version == "2012-10-17"
    assert after.statements == policy.statements
    assert silent(check(after, options=options()), RULE)


def test_with_the_right_version_nothing_new_is_wrong_and_comments_stay() -> None:
    text = """{ // who
  "Version": "2008-10-17", // old
  "Statement": [{"Effect": "Allow", "Action": "iam:ListMFADevices", "Resource": "arn:aws:iam::*:user/${aws:username}"}]
}"""
    report = judge_text(text)
    assert mended(report, the(report, RULE)).policy.source.text == text.replace("2008", "2012")
    without = text.replace('  "Version": "2008-10-17", // old\n', "")
    report = judge_text(without)
    after = mended(report, the(report, RULE)).policy.source.text
    assert "// who" in after
    assert after.endswith(without[without.index('"Statement"') :])


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SESSION, Kind.GROUP])
def test_it_is_found_whatever_the_file_is_attached_as(kind: Kind) -> None:
    assert the(judge(*grants(), version=None, kind=kind), RULE, "error")


def test_a_statement_without_a_policy_around_it_is_read_as_one_of_today() -> None:
    text = '{"Effect": "Allow", "Action": "iam:ListMFADevices", "Resource": "arn:aws:iam::*:user/${aws:username}"}'
    assert silent(judge_text(text), RULE)


@pytest.mark.parametrize(
    ("statements", "version"),
    [
        ([*grants(), forcing()], "2012-10-17"),
        ([allow(LIST, "arn:aws:iam::*:user/*")], "2008-10-17"),
        ([allow("s3:GetObject", "arn:aws:s3:::b/${*}")], None),
        ([allow("s3:GetObject", "arn:aws:s3:::b/$x{y}")], None),
        ([allow("*", ANY_DEVICE)], None),
    ],
)
def test_it_is_silent_where_nothing_is_a_variable_or_variables_are_filled_in(
    statements: list[Doc], version: Any
) -> None:
    assert silent(judge(*statements, version=version), RULE)
