"""The resources on which an action is tried: one's own, other people's, those that a policy names, and any."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import CREATE, ENABLE, Doc, allow, deny, policy

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.targets import Exempt, Target, actions_in, named_by, targets_of
from iamfa.lifecycle.subject import Subject
from iamfa.policy.document import Kind

SUBJECT = Subject.of("alice")
ROOT = "arn:aws:iam::123456789012:"


def tried(action: str, *statements: Doc, unheard: bool = False) -> dict[str, str]:
    documents = (policy(*statements).document,) if statements else ()
    return {t.arn: t.what for t in targets_of(action, SUBJECT, documents, unheard=unheard)}


def test_an_action_on_users_is_tried_on_oneself_a_neighbour_and_one_with_a_longer_name() -> None:
    assert tried(ENABLE) == {
        f"{ROOT}user/alice": "own-user",
        f"{ROOT}user/neighbour": "other-user",
        f"{ROOT}user/aliceby": "longer-name",
    }


def test_an_action_on_devices_is_tried_on_the_own_name_and_a_free_one() -> None:
    assert tried(CREATE) == {f"{ROOT}mfa/alice": "own-device", f"{ROOT}mfa/googleAuthentication": "free-device"}


@pytest.mark.parametrize("action", ["sts:GetSessionToken", "iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices"])
def test_an_action_without_resources_is_tried_on_the_star(action: str) -> None:
    assert tried(action) == {"*": "*"}


def test_an_action_whose_resources_are_optional_is_tried_on_the_star_too() -> None:
    assert tried("iam:ListMFADevices")["*"] == "*"


def test_another_service_s_action_is_tried_on_an_example_of_each_form() -> None:
    found = tried("sqs:SendMessage")
    assert found == {"arn:aws:sqs:us-east-1:123456789012:one": "any"}


def test_what_the_documents_name_is_tried_where_it_has_the_form() -> None:
    found = tried(
        "sqs:SendMessage",
        allow("sqs:*", ["arn:aws:sqs:*:111122223333:work-*", "*", "arn:aws:s3:::bucket"]),
        deny("sqs:*", "*", NotResource="arn:aws:sqs:eu-west-1:111122223333:${aws:username}"),
    )
    assert found == {
        "arn:aws:sqs:us-east-1:123456789012:one": "any",
        "arn:aws:sqs:x:111122223333:work-x": "named",
        "arn:aws:sqs:eu-west-1:111122223333:alice": "named",
    }


def test_the_star_of_an_account_becomes_the_subject_s() -> None:
    found = tried(ENABLE, allow(ENABLE, ["arn:aws:iam::*:user/division/*", "arn:aws:iam::*:user/${aws:username}"]))
    assert f"{ROOT}user/division/x" in found
    assert found[f"{ROOT}user/alice"] == "own-user"


def test_an_action_that_no_catalogue_holds_is_tried_on_its_service_s_resources() -> None:
    found = tried("madeup:Do", allow("madeup:*", ["arn:aws:madeup:::thing/a", "arn:aws:s3:::bucket"]))
    assert found == {"arn:aws:madeup:us-east-1:123456789012:thing/one": "any", "arn:aws:madeup:::thing/a": "named"}


def test_the_unheard_action_is_tried_on_what_nothing_names() -> None:
    assert tried(UNHEARD_OF, allow("*", "arn:aws:s3:::b"), unheard=True) == {
        "arn:aws:unheard-of:us-east-1:123456789012:thing/one": "any"
    }


def test_partition_and_account_are_the_subject_s() -> None:
    subject = Subject.of("li", account="111122223333", partition="aws-cn", path="/x/")
    found = [t.arn for t in targets_of(ENABLE, subject, (), unheard=False)]
    assert found[0] == "arn:aws-cn:iam::111122223333:user/x/li"


def test_named_resources_are_said_once_without_the_star_and_unfilled_variables() -> None:
    statements = policy(
        allow("s3:*", ["*", "arn:aws:s3:::a/*", "arn:aws:s3:::a/?", "arn:aws:s3:::${aws:PrincipalTag/none}"]),
        allow("s3:*", "arn:aws:s3:::${aws:PrincipalAccount}/${aws:username}"),
    ).statements
    assert named_by(statements, SUBJECT, variables=True) == (
        Target("arn:aws:s3:::a/x", "named"),
        Target("arn:aws:s3:::123456789012/alice", "named"),
    )
    assert Target("arn:aws:s3:::${aws:PrincipalTag/none}", "named") in named_by(statements, SUBJECT, variables=False)


def test_a_statement_without_resources_names_none() -> None:
    trust: Doc = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    assert named_by(policy(trust, kind=Kind.TRUST).statements, SUBJECT, variables=True) == ()


@pytest.mark.parametrize(
    ("pattern", "some", "none"),
    [
        ("iam:GetUser", {"iam:GetUser"}, {"iam:GetRole"}),
        ("IAM:getuser", {"iam:GetUser"}, {"IAM:getuser"}),
        ("iam:Get*", {"iam:GetUser", "iam:GetRole"}, {"iam:ListUsers"}),
        ("iam:?etUser", {"iam:GetUser"}, {"iam:GetRole"}),
        ("made:Up", {"made:Up"}, set()),
        ("made:*", set(), {"made:Up"}),
        ("*", set(), {"iam:GetUser"}),
        ("iam:*", {"iam:GetUser", "iam:CreateUser"}, {"sts:AssumeRole"}),
    ],
)
def test_the_actions_that_an_entry_takes_in(pattern: str, some: set[str], none: set[str]) -> None:
    found = set(actions_in(pattern))
    assert some <= found
    assert not none & found


def test_an_exemption_knows_on_what_it_passes_and_where_it_is_granted() -> None:
    own, other = Target("a", "own-user"), Target("b", "other-user")
    exempt = Exempt(ENABLE, (own, other), (own,))
    assert exempt.on("own-user")
    assert exempt.on("other-user")
    assert exempt.granted_on("own-user")
    assert not exempt.granted_on("other-user")
    assert not exempt.on("longer-name")
