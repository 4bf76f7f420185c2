"""Whom the policies mean."""

from __future__ import annotations

import pytest
from tests.unit.lifecycle.worlds import allow, deny, policy_of

from iamfa.arn import ArnError
from iamfa.lifecycle.subject import Subject, subject_for
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy


def test_a_policy_for_everybody_is_walked_with_a_neutral_user() -> None:
    subject = subject_for(policy_of(allow("iam:ListMFADevices", "arn:aws:iam::*:user/${aws:username}")))
    assert subject == Subject(
        "arn:aws:iam::123456789012:user/own-user",
        "123456789012",
        "aws",
        "own-user",
        "/",
        "arn:aws:iam::123456789012:user/neighbour",
        "arn:aws:iam::123456789012:user/own-userby",
    )
    assert subject.device_arn("phone") == "arn:aws:iam::123456789012:mfa/phone"


def test_a_policy_that_writes_its_user_out_is_walked_with_that_user() -> None:
    policy = policy_of(
        allow("iam:*", ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:mfa/alice"]),
        allow("iam:ListUsers"),
    )
    subject = subject_for(policy)
    assert subject.user_arn == "arn:aws:iam::111122223333:user/alice"
    spared = policy_of({"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::*:user/alice"})
    assert subject_for(spared).name == "alice"


def test_a_path_that_is_written_out_is_kept_unless_another_is_asked_for() -> None:
    policy = policy_of(allow("iam:*", "arn:aws:iam::*:user/division/Bob"))
    assert subject_for(policy).user_arn == "arn:aws:iam::123456789012:user/division/Bob"
    other = subject_for(policy, path="/team/")
    assert (other.user_arn, other.path) == ("arn:aws:iam::123456789012:user/team/Bob", "/team/")
    assert other.neighbour_arn == "arn:aws:iam::123456789012:user/team/neighbour"
    assert other.device_arn("phone") == "arn:aws:iam::123456789012:mfa/phone"


@pytest.mark.parametrize(
    "other", ["arn:aws:iam::*:user/*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/team/"]
)
def test_whoever_grants_to_others_besides_means_everybody(other: str) -> None:
    policy = policy_of(allow("iam:*", ["arn:aws:iam::*:user/alice", other]))
    assert subject_for(policy).name == "own-user"


def test_a_user_who_is_only_denied_is_not_the_one_who_is_meant() -> None:
    policy = policy_of(allow("iam:ListUsers"), deny("iam:*", "arn:aws:iam::*:user/break-glass"))
    assert subject_for(policy).name == "own-user"


def test_the_neutral_name_is_one_that_the_policies_do_not_know() -> None:
    policy = policy_of(
        allow("iam:*", "arn:aws:iam::*:user/${aws:username}"),
        deny("iam:*", ["arn:aws:iam::*:user/own-user", "arn:aws:iam::*:mfa/own-user-2"]),
    )
    assert subject_for(policy).name == "own-user-3"


def test_the_neighbour_has_another_name() -> None:
    assert Subject.of("neighbour").neighbour_arn.endswith("user/own-user")


def test_partition_and_account_are_those_that_are_written_out_for_users_first() -> None:
    policy = policy_of(
        allow("sqs:*", "arn:aws:sqs:us-east-1:999999999999:queue"),
        allow("iam:*", "arn:aws-cn:iam::111122223333:mfa/*"),
    )
    subject = subject_for(Bundle([policy]))
    assert (subject.partition, subject.account) == ("aws-cn", "111122223333")
    assert subject.device_prefix == "arn:aws-cn:iam::111122223333:mfa/"
    told = subject_for(policy, partition="aws-us-gov", account="222233334444")
    assert told.user_arn == "arn:aws-us-gov:iam::222233334444:user/own-user"
    assert subject_for(policy_of(allow("iam:*", "arn:*:iam::*:mfa/*"))).partition == "aws"


def test_an_account_may_stand_in_a_condition_or_a_principal() -> None:
    by_condition = policy_of(allow("iam:*", Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}}))
    trust = Policy.from_document(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": "222233334444"}, "Action": "sts:AssumeRole"}],
        },
        kind=Kind.TRUST,
    )
    assert subject_for([by_condition, trust]).account == "111122223333"
    assert subject_for(trust).account == "222233334444"


def test_a_path_begins_and_ends_with_a_slash() -> None:
    with pytest.raises(ArnError):
        Subject.of("alice", path="division")
