"""What a file itself exempts, as the claim that is to be proved of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iamfa.advise.actions import LIFTS, TAKES_OVER
from iamfa.advise.claims import exempt_of
from iamfa.errors import JudgementError
from iamfa.policy.policy import Policy

DATA = Path(__file__).parents[2] / "data" / "policies"
ALL = Policy.parse('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}')


def forcing(*exempt: str) -> Policy:
    """A policy that denies everything but these without MFA."""
    condition = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    statement = {"Effect": "Deny", "NotAction": list(exempt), "Resource": "*", "Condition": condition}
    return Policy.from_document({"Version": "2012-10-17", "Statement": [statement]})


def test_named_actions_are_exempt_as_check_finds_them() -> None:
    assert exempt_of([forcing("iam:ListMFADevices", "IAM:listusers")]) == ("iam:ListMFADevices", "iam:ListUsers")


def test_an_entry_with_a_wildcard_stands_for_all_that_it_takes_in() -> None:
    assert exempt_of([forcing("iam:List*", "iam:ListUsers", "sts:AssumeRole")]) == ("iam:List*", "sts:AssumeRole")


def test_an_entry_of_which_another_statement_denies_a_part_does_not() -> None:
    both = json.loads(forcing("iam:List*").text)
    both["Statement"].append(json.loads(forcing("iam:ListUsers", "iam:ListRoles").text)["Statement"][0])
    assert exempt_of([Policy.from_document(both)]) == ("iam:ListRoles", "iam:ListUsers")


def test_the_first_policy_that_forces_says_it_and_the_others_count() -> None:
    assert exempt_of([ALL, forcing("iam:ListUsers")]) == ("iam:ListUsers",)


def test_what_forces_nothing_exempts_nothing() -> None:
    assert exempt_of([ALL]) == ()
    assert exempt_of([]) == ()


def test_what_no_catalogue_holds_is_never_among_the_exempt() -> None:
    assert not [a for a in exempt_of([Policy.load(DATA / "aws-p5a.json")]) if a.startswith("unheard-of")]


def test_a_policy_too_large_to_be_looked_at_says_so() -> None:
    large = json.loads(forcing("iam:ListUsers").text)
    large["Statement"] *= 1500
    with pytest.raises(JudgementError):
        exempt_of([Policy.from_document(large)])


def test_what_lifts_the_enforcement_takes_over() -> None:
    assert set(LIFTS) <= set(TAKES_OVER)
