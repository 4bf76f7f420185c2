"""Which policies bear on a principal, at which level, and where each of them comes from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from iamfa.account.bearing import MissingPolicyError, Source, bearing_on, bundle_for, identity_policies
from iamfa.account.entities import Account, Group, ManagedPolicy, PolicyVersion, Role, User
from iamfa.account.organization import ControlPolicy, Member, Organization, Unit
from iamfa.errors import PolicyError
from iamfa.evaluate.decide import decide
from iamfa.evaluate.request import Request

MAIN, MEMBER = "111111111111", "222222222222"
MADE = datetime(2026, 3, 1, tzinfo=UTC)


def text(action: str, effect: str = "Allow") -> str:
    return f'{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", "Action": "{action}", "Resource": "*"}}}}'


def managed(name: str, *actions: str) -> ManagedPolicy:
    """A managed policy with a version for each action; the last is in force."""
    arn = f"arn:aws:iam::{MEMBER}:policy/{name}"
    versions = tuple(PolicyVersion(f"v{i}", text(action), MADE) for i, action in enumerate(actions, 1))
    return ManagedPolicy(arn, name, "/", f"ANPA{name}", MADE, MADE, versions, versions[-1].id)


FULL = text("*")[:-2] + ', "Principal": "*"}}'
READING, LIMIT = managed("reading", "s3:Put*", "s3:Get*"), managed("limit", "s3:*")
GROUP = Group("readers", "/", "AGPA1", f"arn:aws:iam::{MEMBER}:group/readers", MADE, {"list": text("s3:List*")})
ALICE = User(
    "alice", "/", "AIDA1", f"arn:aws:iam::{MEMBER}:user/alice", MADE,
    groups=("readers",), inline={"own": text("iam:Get*")}, attached=(READING.arn,), boundary=LIMIT.arn,
)  # fmt: skip
ROLE = Role("deploy", "/", "AROA1", f"arn:aws:iam::{MEMBER}:role/deploy", MADE, "{}", attached=(READING.arn,))
ACCOUNT = Account(
    MEMBER, users={"alice": ALICE}, groups={"readers": GROUP}, policies={each.arn: each for each in (READING, LIMIT)}
)
ORGANIZATION = Organization(
    "o-1", MAIN, "r-1",
    members={number: Member(number, "m", "m@example.com", "r-1", MADE) for number in (MAIN,)}
    | {MEMBER: Member(MEMBER, "n", "n@example.com", "ou-2", MADE)},
    units={"ou-1": Unit("ou-1", "outer", "r-1"), "ou-2": Unit("ou-2", "inner", "ou-1")},
    policies={
        "p-all": ControlPolicy("p-all", "FullAWSAccess", "SERVICE_CONTROL_POLICY", text("*"), aws_managed=True),
        "p-no": ControlPolicy("p-no", "NoGet", "SERVICE_CONTROL_POLICY", text("s3:GetObject", "Deny")),
        "p-rcp": ControlPolicy("p-rcp", "RCPFullAWSAccess", "RESOURCE_CONTROL_POLICY", FULL, aws_managed=True),
    },
    attached={
        "r-1": ("p-all", "p-rcp"), "ou-1": ("p-all", "p-rcp"), "ou-2": ("p-all", "p-no", "p-rcp"),
        MEMBER: ("p-all", "p-rcp"), MAIN: ("p-no",),
    },
    enabled=("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"),
)  # fmt: skip


def test_a_user_has_his_own_policies_and_those_of_his_groups_each_with_its_source() -> None:
    bearing = bearing_on(ACCOUNT, ALICE)
    assert bearing.texts.identity == (text("iam:Get*"), text("s3:Get*"), text("s3:List*"))
    assert bearing.sources == {
        "identity[0]": Source("own", "user/alice"),
        "identity[1]": Source("reading", "user/alice", READING.arn),
        "identity[2]": Source("list", "group/readers"),
        "boundary": Source("limit", "user/alice", LIMIT.arn),
    }
    assert (bearing.texts.boundary, bearing.texts.scps, bearing.texts.session) == (text("s3:*"), None, None)


def test_a_role_and_a_group_have_their_own_policies_only() -> None:
    assert [source.holder for source, _ in identity_policies(ACCOUNT, ROLE)] == ["role/deploy"]
    assert [source.name for source, _ in identity_policies(ACCOUNT, GROUP)] == ["list"]


def test_the_bundle_decides_as_all_of_them_together() -> None:
    bundle = bundle_for(ACCOUNT, ALICE, ORGANIZATION)
    decisions = {
        action: decide(Request.by_user(ALICE.arn, action, "arn:aws:s3:::b/k"), bundle).decision
        for action in ("s3:GetObjectAcl", "s3:GetObject", "s3:PutObject", "iam:GetUser")
    }
    assert decisions == {
        "s3:GetObjectAcl": "allowed",
        "s3:GetObject": "explicit_deny",  # the control policy of the inner unit
        "s3:PutObject": "implicit_deny",  # the first version is not in force
        "iam:GetUser": "implicit_deny",  # the boundary
    }


def test_control_policies_stand_level_by_level_with_the_unit_that_holds_them() -> None:
    bearing = bearing_on(ACCOUNT, ALICE, ORGANIZATION)
    assert bearing.texts.scps is not None
    assert [len(level) for level in bearing.texts.scps] == [1, 1, 2, 1]
    awss = "arn:aws:organizations::aws:policy/service_control_policy/p-all"
    own = f"arn:aws:organizations::{MAIN}:policy/o-1/service_control_policy/p-no"
    assert bearing.sources["scp[0][0]"] == Source("FullAWSAccess", "r-1", awss)
    assert bearing.sources["scp[2][1]"] == Source("NoGet", "ou-2", own)
    assert bearing.sources["rcp[3][0]"].holder == MEMBER


def test_no_control_policy_bears_on_the_management_account_and_none_of_a_kind_that_is_off() -> None:
    main = replace_number(ACCOUNT, MAIN)
    assert bearing_on(main, ALICE, ORGANIZATION).texts.scps is None
    assert bearing_on(ACCOUNT, ALICE, ORGANIZATION, resource_account=MAIN).texts.rcps is None
    off = replace(ORGANIZATION, enabled=("RESOURCE_CONTROL_POLICY",))
    texts = bearing_on(ACCOUNT, ALICE, off).texts
    assert (texts.scps, texts.rcps) == (None, ((FULL,),) * 4)
    assert ORGANIZATION.levels("333333333333", "SERVICE_CONTROL_POLICY") is None


def replace_number(account: Account, number: str) -> Account:
    return Account(number, users=account.users, groups=account.groups, policies=account.policies)


def test_session_policies_are_told_apart_from_none() -> None:
    passed = bearing_on(ACCOUNT, ROLE, session=(text("s3:GetObject"),))
    assert passed.sources["session[0]"] == Source("session policy 1", "session")
    bundle = passed.texts.bundle()
    asked = [
        Request(action, "arn:aws:s3:::b/k", principal=f"arn:aws:sts::{MEMBER}:assumed-role/deploy/ci")
        for action in ("s3:GetObject", "s3:GetObjectAcl")
    ]
    assert [decide(request, bundle).decision for request in asked] == ["allowed", "implicit_deny"]
    assert bearing_on(ACCOUNT, ROLE).texts.session is None


def test_a_policy_that_is_attached_and_not_there_is_an_error_that_names_both() -> None:
    with pytest.raises(MissingPolicyError, match="`arn:gone` of `user/alice` is not there"):
        bundle_for(ACCOUNT, replace(ALICE, attached=("arn:gone",)))
    with pytest.raises(MissingPolicyError, match="`arn:gone` of `role/deploy`"):
        bundle_for(ACCOUNT, replace(ROLE, boundary="arn:gone"))
    with pytest.raises(PolicyError):
        bundle_for(ACCOUNT, replace(ALICE, inline={"broken": "{"}))


def test_an_account_lies_on_its_way_down_from_the_root() -> None:
    assert ORGANIZATION.way_to(MEMBER) == ("r-1", "ou-1", "ou-2", MEMBER)
    assert ORGANIZATION.path_of(MEMBER) == "o-1/r-1/ou-1/ou-2/"
    assert ORGANIZATION.path_of(MAIN) == "o-1/r-1/"
    arn = ORGANIZATION.policy_arn(ORGANIZATION.policies["p-rcp"], "aws-cn")
    assert arn == "arn:aws-cn:organizations::aws:policy/resource_control_policy/p-rcp"


def test_a_managed_policy_says_whose_it_is_and_an_account_who_its_root_user_is() -> None:
    assert not READING.is_awss
    assert replace(READING, arn="arn:aws:iam::aws:policy/ReadOnlyAccess").is_awss
    assert Account(MEMBER, "aws-cn").root_arn == f"arn:aws-cn:iam::{MEMBER}:root"
