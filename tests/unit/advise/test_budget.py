"""A file that asks for more than can be looked at gets no verdict, and says why."""

from __future__ import annotations

import json
from typing import Any

import pytest

import iamfa
from iamfa.advise.budget import CHARACTERS
from iamfa.advise.check import check
from iamfa.advise.repair import repair
from iamfa.errors import JudgementError
from iamfa.policy.policy import Policy

FORCING: dict[str, Any] = {
    "Effect": "Deny",
    "NotAction": ["iam:EnableMFADevice", "iam:CreateVirtualMFADevice"],
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}


def policy(*statements: dict[str, Any]) -> Policy:
    return Policy.parse(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def test_a_policy_larger_than_any_that_aws_stores_is_not_judged() -> None:
    large = policy(*({"Effect": "Allow", "Action": "*", "Resource": "*"} for _ in range(3000)))
    assert len(large.text) > CHARACTERS
    with pytest.raises(JudgementError, match="characters") as caught:
        check(large)
    assert caught.value.hint


def test_too_many_actions_and_resources_to_tell_apart_are_not_judged() -> None:
    buckets = [f"arn:aws:s3:::b{n}/*" for n in range(2000)]
    with pytest.raises(iamfa.IamfaError, match="more than can be looked at"):
        check(policy(FORCING, {"Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": buckets}))


def test_an_entry_longer_than_any_arn_is_not_judged() -> None:
    resource = "arn:aws:iam::*:mfa/" + "*a" * 20_000 + "?" * 10_000
    with pytest.raises(JudgementError, match="entry of Action or Resource"):
        check(policy(FORCING, {"Effect": "Allow", "Action": "iam:*", "Resource": resource}))


def test_a_list_that_names_whole_services_a_thousand_times_is_not_judged() -> None:
    exempt = ["s3:*", "ec2:*", "iam:*", "rds:*", "lambda:*"] * 1000
    with pytest.raises(JudgementError, match="actions apart by 5,001 entries"):
        check(policy({**FORCING, "NotAction": exempt}))


def test_hundreds_of_condition_keys_count_as_well() -> None:
    tagged = [
        {
            "Effect": "Allow",
            "Action": "iam:*",
            "Resource": "*",
            "Condition": {"Null": {f"aws:PrincipalTag/t{n}": "true"}},
        }
        for n in range(700)
    ]
    with pytest.raises(JudgementError, match="with 701 condition keys"):
        check(policy(FORCING, *tagged))


def test_a_list_with_more_needless_entries_than_a_repair_takes_out_is_judged_without_one() -> None:
    report = check(policy({**FORCING, "NotAction": [*FORCING["NotAction"], *["s3:GetObject", "s3:PutObject"] * 40]}))
    (finding,) = [f for f in report.findings if f.rule == "exempt-too-broad"]
    assert finding.repair is None


def test_the_same_resources_are_no_matter_where_nothing_asks_for_mfa() -> None:
    buckets = [f"arn:aws:s3:::b{n}/*" for n in range(2000)]
    assert check(policy({"Effect": "Allow", "Action": ["s3:*"], "Resource": buckets})).file_class == "other"


def test_what_is_not_judged_is_not_repaired() -> None:
    with pytest.raises(JudgementError):
        repair(policy(*({**FORCING, "Sid": f"S{n}"} for n in range(3000))))


@pytest.mark.broad
def test_many_statements_that_name_the_user_are_judged_and_left_to_their_author_to_mend() -> None:
    grant = {"Effect": "Allow", "Action": "iam:ListMFADevices", "Resource": "arn:aws:iam::*:user/${aws:username}"}
    report = check(policy(FORCING, *(grant for _ in range(31))))
    (finding,) = [f for f in report.findings if f.rule == "user-path-not-matched"]
    assert finding.repair is None
