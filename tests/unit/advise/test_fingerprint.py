"""A finding is known again after lines have moved, and is not mistaken for another one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.advise.judged import judge_text

from iamfa.advise.finding import Finding, Severity
from iamfa.advise.fingerprint import fingerprint
from iamfa.policy.document import Span

FINDING = Finding(
    "exempt-too-broad", Severity.WARNING, "words", {"actions": ["b", "a"], "granted": True, "size": 3, "action": None},
    Span(4, 9), "a reason", 2, "Own",
)  # fmt: skip
NAME = fingerprint(FINDING)

TEXT = """{
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "Create", "Effect": "Allow", "Action": "iam:CreateVirtualMFADevice",
    "Resource": "arn:aws:iam::*:mfa/${aws:username}"
  }]
}
"""


def test_a_fingerprint_is_32_hexadecimal_digits_and_never_changes() -> None:
    assert NAME == "81eb0ff2115595e748b58735643992a6"


@pytest.mark.parametrize(
    "same",
    [
        replace(FINDING, span=Span(400, 409)),
        replace(FINDING, span=None, reason=None, notes=("more",)),
        replace(FINDING, message="better words"),
        replace(FINDING, severity=Severity.ERROR),
        replace(FINDING, statement_index=7),
        replace(FINDING, params={"action": None, "size": 4.5, "actions": frozenset({"a", "b"}), "granted": True}),
        replace(FINDING, params={**FINDING.params, "close": ["iam:PassRole"]}),
    ],
    ids=[
        "moved",
        "without a place",
        "worded anew",
        "worse",
        "another index, the same Sid",
        "counted anew",
        "suggested",
    ],
)
def test_what_an_edit_elsewhere_changes_is_not_in_it(same: Finding) -> None:
    assert fingerprint(same) == NAME


@pytest.mark.parametrize(
    "other",
    [
        replace(FINDING, rule="exempt-takes-over"),
        replace(FINDING, statement_sid="Others"),
        replace(FINDING, statement_sid=None),
        replace(FINDING, params={**FINDING.params, "actions": ["a"]}),
        replace(FINDING, params={**FINDING.params, "granted": False}),
        replace(FINDING, params={**FINDING.params, "action": "iam:PassRole"}),
        replace(FINDING, params={**FINDING.params, "more": {"deep": object}}),
    ],
    ids=["rule", "Sid", "no Sid", "values", "a Boolean", "no longer null", "deeper"],
)
def test_another_matter_has_another_fingerprint(other: Finding) -> None:
    assert fingerprint(other) != NAME


def test_without_a_sid_the_index_tells_statements_apart() -> None:
    bare = replace(FINDING, statement_sid=None)
    assert fingerprint(bare) != fingerprint(replace(bare, statement_index=3))


def test_two_policies_of_one_dump_are_told_apart() -> None:
    assert fingerprint(FINDING, "user/alice/inline/x") not in (NAME, fingerprint(FINDING, "user/bob/inline/x"))


def test_findings_of_a_policy_keep_theirs_when_lines_move_and_layout_changes() -> None:
    def names(text: str) -> list[str]:
        return sorted(fingerprint(finding) for finding in judge_text(text, None).findings)

    assert names(TEXT)
    assert names("\n\n// a comment\n" + TEXT.replace("    ", "\t")) == names(TEXT)
    assert names(" ".join(TEXT.split())) == names(TEXT)
