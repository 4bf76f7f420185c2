"""AssumeRole: whom a role trusts, the MFA that each side sees, tags, source identity, session policies, chains."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sandbox.direct import ADMINISTRATOR, NUMBER, START, Direct

from iamfa.account.entities import ROOT_USER, AccessKey, Device, User
from iamfa.account.organization import ControlPolicy, Member, Organization
from iamfa.otp import code_at
from iamfa.platform import Assumptions
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authorise import decide
from iamfa.sandbox.caller import Caller, Transport, caller_with_key, caller_with_session, context_of, mfa_context
from iamfa.sandbox.live import LiveAccount, Session, add_account
from iamfa.sandbox.work import Work
from iamfa.secret import Secret

OTHER = "999999999999"
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PHONE = f"arn:aws:iam::{NUMBER}:mfa/phone"
ALICE = f"arn:aws:iam::{NUMBER}:user/alice"
ROLE = f"arn:aws:iam::{NUMBER}:role/reader"
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
Statement = dict[str, Any]


def trusting(principal: str, *actions: str, effect: str = "Allow", **rest: Any) -> Statement:
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": list(actions or ("sts:AssumeRole",)), **rest}


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allowing(*actions: str, resource: str = "*", effect: str = "Allow", **rest: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Action": list(actions), "Resource": resource, **rest}],
    }


@pytest.fixture
def box() -> Direct:
    """A sandbox where `alice`, who has a device, may do nothing, and `bob` may assume every role."""
    found = Direct()
    found.user("alice")
    found.user("bob", allowing("sts:AssumeRole"))
    found.account.devices[PHONE] = Device(PHONE, "virtual", "alice", START, START, seed=Secret(SEED))
    return found


def role(box: Direct, *trust: Statement, name: str = "reader", **parameters: Any) -> str:
    made = box.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=document(*trust), **parameters)
    box.call("AttachRolePolicy", RoleName=name, PolicyArn=ADMINISTRATOR)
    arn: str = made["Role"]["Arn"]
    return arn


def assume(box: Direct, by: Any = "alice", arn: str = ROLE, **parameters: Any) -> Any:
    return box.call("AssumeRole", by=by, service="sts", **{"RoleArn": arn, "RoleSessionName": "work", **parameters})


def session(box: Direct, by: Any = "alice", arn: str = ROLE, **parameters: Any) -> Session:
    return box.state.sessions[assume(box, by, arn, **parameters)["Credentials"]["AccessKeyId"]]


def refusal(box: Direct, by: Any = "alice", arn: str = ROLE, **parameters: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        assume(box, by, arn, **parameters)
    return caught.value


def token(box: Direct, by: str = "alice", *, mfa: bool = False) -> Session:
    proof = code(box) if mfa else {}
    found = box.call("GetSessionToken", by=by, service="sts", **proof)
    return box.state.sessions[found["Credentials"]["AccessKeyId"]]


def code(box: Direct) -> dict[str, str]:
    box.state.clock.advance(30)
    return {"SerialNumber": PHONE, "TokenCode": code_at(Secret(SEED), box.state.clock.now())}


def denied(action: str, arn: str = ROLE, user: str = "alice", *, by: str = "role trust") -> str:
    who = f"User: arn:aws:iam::{NUMBER}:user/{user}"
    why = f"because no {by} policy allows the {action} action"
    return f"{who} is not authorized to perform: {action} on resource: {arn} {why}"


def context(box: Direct, found: Session) -> Mapping[str, Any]:
    return context_of(caller_with_session(box.state, found), Transport(), box.state, box.state.clock.now())


def may(box: Direct, found: Session, action: str, resource: str = "*") -> bool:
    work = Work(box.state, caller_with_session(box.state, found), Transport(), box.state.clock.now())
    return decide(work, action, resource, {})[0].allowed


def other_account(box: Direct) -> LiveAccount:
    return add_account(box.state, OTHER, "aws")


def stranger(box: Direct, *policies: dict[str, Any]) -> Caller:
    """The user `eve` of the other account."""
    account = box.state.accounts[OTHER]
    inline = {f"p{i}": json.dumps(policy) for i, policy in enumerate(policies)}
    account.users["eve"] = User("eve", "/", "AIDAEVE", f"arn:aws:iam::{OTHER}:user/eve", START, inline=inline)
    key = AccessKey("AKIAEVE0000000000000", "eve", "Active", START, Secret("s"))
    account.access_keys[key.id] = key
    return caller_with_key(box.state, account, key)


def test_a_user_whom_the_role_names_needs_no_permission_of_his_own(box: Direct) -> None:
    arn = role(box, trusting(ALICE), Path="/team/")
    found = assume(box, arn=arn)
    identifier = box.account.roles["reader"].id
    assert found["AssumedRoleUser"] == {
        "AssumedRoleId": f"{identifier}:work",
        "Arn": f"arn:aws:sts::{NUMBER}:assumed-role/reader/work",
    }
    assert (found["Credentials"]["Expiration"] - START).total_seconds() == 3600
    assert "PackedPolicySize" not in found
    assert found["SourceIdentity"] is None
    made = box.state.sessions[found["Credentials"]["AccessKeyId"]]
    assert box.call("GetCallerIdentity", by=made, service="sts")["UserId"] == f"{identifier}:work"


def test_a_role_that_trusts_the_account_leaves_it_to_the_users_policies(box: Direct) -> None:
    role(box, trusting(NUMBER))
    assert refusal(box).message == denied("sts:AssumeRole", by="identity-based")
    assert assume(box, "bob")


def test_a_role_that_trusts_somebody_else_trusts_nobody_else(box: Direct) -> None:
    role(box, trusting(ALICE))
    assert refusal(box, "bob").message == denied("sts:AssumeRole", user="bob")


def test_a_role_that_is_not_there_is_refused_like_one_that_trusts_nobody(box: Direct) -> None:
    role(box, trusting(ALICE), Path="/team/")
    role(box, trusting(NUMBER), name="root-only")
    box.call(
        "UpdateAssumeRolePolicy",
        RoleName="root-only",
        PolicyDocument=document({**trusting(NUMBER), "Principal": {"Service": "ec2.amazonaws.com"}}),
    )
    for arn in (
        f"arn:aws:iam::{NUMBER}:role/nowhere",
        f"arn:aws:iam::{NUMBER}:role/reader",
        f"arn:aws:iam::{OTHER}:role/nowhere",
        f"arn:aws:iam::{NUMBER}:role/root-only",
    ):
        for by in ("alice", "bob"):
            refused = refusal(box, by, arn)
            assert (refused.code, refused.status) == ("AccessDenied", 403)
            assert refused.message == denied("sts:AssumeRole", arn, by)


def test_what_is_no_arn_of_a_role_is_refused(box: Direct) -> None:
    for arn, message in (
        ("reader-of-all-things", "reader-of-all-things is invalid"),
        (f"arn:aws:iam::{NUMBER}:user/alice", "Request ARN is invalid"),
        (f"arn:aws:sts::{NUMBER}:assumed-role/reader/x", "Request ARN is invalid"),
    ):
        refused = refusal(box, arn=arn)
        assert (refused.code, refused.message) == ("ValidationError", message)
    lacking = f"arn:aws:iam:{NUMBER}:role/reader"
    assert refusal(box, arn=lacking).message == denied("sts:AssumeRole", lacking)


def test_a_deny_of_either_side_wins(box: Direct) -> None:
    role(box, trusting(ALICE))
    box.user("alice", allowing("sts:*", effect="Deny"))
    assert refusal(box).message.endswith("with an explicit deny in an identity-based policy")
    role(box, trusting(NUMBER), trusting(f"arn:aws:iam::{NUMBER}:user/bob", effect="Deny"), name="closed")
    refused = refusal(box, "bob", f"arn:aws:iam::{NUMBER}:role/closed")
    assert refused.message.endswith("with an explicit deny in the role trust policy")


def test_the_root_user_assumes_no_role(box: Direct) -> None:
    role(box, trusting(NUMBER))
    refused = refusal(box, ROOT_USER)
    assert (refused.code, refused.message) == ("AccessDenied", "Roles may not be assumed by root accounts.")


def test_a_role_that_asks_for_mfa_is_assumed_with_a_code_only(box: Direct) -> None:
    role(box, trusting(ALICE, Condition=WITH_MFA))
    assert refusal(box).message == denied("sts:AssumeRole")
    assert refusal(box, token(box)).message == denied("sts:AssumeRole")
    found = session(box, **code(box))
    assert (found.code_given, found.from_mfa_session) == (box.state.clock.now(), False)
    with_mfa = session(box, token(box, mfa=True))
    assert with_mfa.from_mfa_session


def test_the_age_of_a_code_counts_from_when_it_was_given(box: Direct) -> None:
    role(box, trusting(ALICE, Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}))
    old = token(box, mfa=True)
    assert assume(box, old)
    box.state.clock.advance(120)
    assert refusal(box, old).code == "AccessDenied"
    assert assume(box, old, **code(box)), "a fresh code is fresh whatever the session"


def test_a_trust_policy_that_denies_without_mfa_is_opened_by_a_code(box: Direct) -> None:
    without = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    role(box, trusting(ALICE), trusting("*", effect="Deny", Condition=without))
    assert refusal(box).message.endswith("with an explicit deny in the role trust policy")
    assert assume(box, **code(box))


def test_a_code_given_with_the_call_does_not_count_for_the_callers_own_policies(box: Direct) -> None:
    unless = allowing("sts:*", effect="Deny", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
    box.user("alice", unless, allowing("sts:AssumeRole", Condition=WITH_MFA))
    role(box, trusting(ALICE, Condition=WITH_MFA))
    role(box, trusting(NUMBER), name="plain")
    assert refusal(box, **code(box)).message.endswith("with an explicit deny in an identity-based policy")
    box.state.settings.assumptions = Assumptions({"assumerole-code-counts-for-caller": "yes"})
    assert assume(box, **code(box))
    assert assume(box, arn=f"arn:aws:iam::{NUMBER}:role/plain", **code(box))
    assert refusal(box).code == "AccessDenied"


def test_a_session_of_a_role_is_without_mfa_unless_chains_are_assumed_to_carry_it(box: Direct) -> None:
    role(box, trusting(ALICE))
    found = session(box, token(box, mfa=True))
    now = box.state.clock.now()
    assert mfa_context(caller_with_session(box.state, found), box.state, now) == {"aws:MultiFactorAuthPresent": "false"}
    box.state.settings.assumptions = Assumptions({"role-session-mfa": "true-when-chained"})
    chained = {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}
    assert mfa_context(caller_with_session(box.state, found), box.state, now) == chained
    by_code = session(box, **code(box))
    assert context(box, by_code)["aws:MultiFactorAuthPresent"] == "false"


def test_a_code_is_judged_before_the_policies_and_used_up(box: Direct) -> None:
    proof = code(box)
    wrong = {**proof, "TokenCode": f"{(int(proof['TokenCode']) + 1) % 1_000_000:06d}"}
    message = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
    assert refusal(box, **wrong).message == message
    assert refusal(box, **proof).message == denied("sts:AssumeRole")
    assert refusal(box, **proof).message == message
    half = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
    assert refusal(box, SerialNumber=PHONE).message == half


def test_a_role_has_no_device(box: Direct) -> None:
    role(box, trusting(ALICE))
    assert "unable to validate MFA code.  Please verify" in refusal(box, session(box), **code(box)).message


def test_an_external_id_and_a_session_name_can_be_demanded(box: Direct) -> None:
    role(
        box,
        trusting(
            ALICE,
            Condition={"StringEquals": {"sts:ExternalId": "secret-42", "sts:RoleSessionName": "${aws:username}"}},
        ),
    )
    assert refusal(box, RoleSessionName="alice").code == "AccessDenied"
    assert refusal(box, ExternalId="secret-42").code == "AccessDenied"
    assert assume(box, ExternalId="secret-42", RoleSessionName="alice")


def test_durations_end_where_the_role_says(box: Direct) -> None:
    role(box, trusting(ALICE), MaxSessionDuration=7200)
    found = session(box, DurationSeconds=7200)
    assert (found.expires - found.issued).total_seconds() == 7200
    refused = refusal(box, DurationSeconds=7201)
    assert (refused.code, refused.status) == ("ValidationError", 400)
    assert refused.message == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


def test_a_chained_session_lasts_an_hour_at_most(box: Direct) -> None:
    role(box, trusting(ALICE), trusting("*"), MaxSessionDuration=7200)
    message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    for by in (session(box), token(box)):
        refused = refusal(box, by, DurationSeconds=3601)
        assert (refused.code, refused.message) == ("ValidationError", message)
        assert assume(box, by, DurationSeconds=3600)


def test_tags_of_a_session_take_a_permission_of_their_own(box: Direct) -> None:
    tags = [{"Key": "team", "Value": "blue"}]
    role(box, trusting(ALICE))
    assert refusal(box, Tags=tags).message == denied("sts:TagSession")
    only_blue = {"StringEquals": {"aws:RequestTag/team": "blue"}, "ForAllValues:StringEquals": {"aws:TagKeys": "team"}}
    none_go_on = {"Null": {"sts:TransitiveTagKeys": "true"}}
    both = trusting(ALICE, "sts:TagSession", Condition={**only_blue, **none_go_on})
    box.call("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=document(trusting(ALICE), both))
    found = assume(box, Tags=tags)
    assert found["PackedPolicySize"] > 0
    made = box.state.sessions[found["Credentials"]["AccessKeyId"]]
    assert context(box, made)["aws:PrincipalTag/team"] == "blue"
    assert refusal(box, Tags=[{"Key": "team", "Value": "red"}]).code == "AccessDenied"
    assert refusal(box, Tags=tags, TransitiveTagKeys=["team"]).code == "AccessDenied"


def test_a_sessions_tags_stand_before_the_roles(box: Direct) -> None:
    role(
        box,
        trusting(ALICE, "sts:TagSession", "sts:AssumeRole"),
        Tags=[{"Key": "Team", "Value": "red"}, {"Key": "site", "Value": "Oslo"}],
    )
    keys = context(box, session(box, Tags=[{"Key": "team", "Value": "blue"}]))
    assert {key: value for key, value in keys.items() if key.startswith("aws:PrincipalTag")} == {
        "aws:PrincipalTag/site": "Oslo",
        "aws:PrincipalTag/team": "blue",
    }


def test_the_roles_tags_are_those_of_the_resource(box: Direct) -> None:
    role(box, trusting(NUMBER), Tags=[{"Key": "open", "Value": "yes"}])
    condition = {"StringEquals": {"aws:ResourceTag/open": "yes", "iam:ResourceTag/open": "yes"}}
    box.user("carol", allowing("sts:AssumeRole", Condition=condition))
    assert assume(box, "carol")
    box.call("TagRole", RoleName="reader", Tags=[{"Key": "open", "Value": "no"}])
    assert refusal(box, "carol").code == "AccessDenied"


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "aws:a", "Value": "1"}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "a", "Value": "1"}], "TransitiveTagKeys": ["b"]}, "ValidationError"),
        ({"TransitiveTagKeys": ["b"]}, "ValidationError"),
    ],
)
def test_tags_that_cannot_be_are_refused(box: Direct, parameters: dict[str, Any], error: str) -> None:
    role(box, trusting(ALICE, "sts:AssumeRole", "sts:TagSession"))
    assert refusal(box, **parameters).code == error


CHAIN = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


def chained(box: Direct, name: str = "second", *actions: str) -> str:
    """A role that sessions of `reader` may assume."""
    return role(box, trusting(ROLE, *(actions or CHAIN)), name=name)


def test_transitive_tags_go_on_and_others_end(box: Direct) -> None:
    role(box, trusting(ALICE, *CHAIN))
    second, third = chained(box), f"arn:aws:iam::{NUMBER}:role/third"
    role(box, trusting(second, *CHAIN), name="third")
    tags = [{"Key": "Star", "Value": "1"}, {"Key": "Heart", "Value": "1"}]
    first = session(box, Tags=tags, TransitiveTagKeys=["Star"])
    then = session(box, first, second)
    assert (then.tags, then.transitive) == ((("Star", "1"),), ("Star",))
    last = session(box, then, third, Tags=[{"Key": "Sun", "Value": "2"}])
    assert dict(last.tags) == {"Star": "1", "Sun": "2"}
    refused = refusal(box, then, third, Tags=[{"Key": "star", "Value": "2"}])
    assert refused.code == "InvalidParameterValue"


def test_transitive_tags_take_the_permission_again(box: Direct) -> None:
    role(box, trusting(ALICE, *CHAIN))
    second = chained(box, "second", "sts:AssumeRole")
    plain = session(box, Tags=[{"Key": "Star", "Value": "1"}])
    going_on = session(box, Tags=[{"Key": "Star", "Value": "1"}], TransitiveTagKeys=["Star"])
    assert assume(box, plain, second)
    assert "sts:TagSession on resource" in refusal(box, going_on, second).message


def test_a_source_identity_takes_a_permission_and_stays(box: Direct) -> None:
    role(box, trusting(ALICE))
    assert refusal(box, SourceIdentity="alice").message == denied("sts:SetSourceIdentity")
    is_alice = {"StringEquals": {"sts:SourceIdentity": "alice"}}
    trust = trusting(ALICE, "sts:AssumeRole", "sts:SetSourceIdentity", Condition=is_alice)
    box.call("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=document(trust))
    assert refusal(box, SourceIdentity="bob").code == "AccessDenied"
    first = session(box, SourceIdentity="alice")
    assert context(box, first)["aws:SourceIdentity"] == "alice"
    second = chained(box)
    found = assume(box, first, second)
    assert found["SourceIdentity"] == "alice"
    assert assume(box, first, second, SourceIdentity="alice")["SourceIdentity"] == "alice"
    assert refusal(box, first, second, SourceIdentity="eve").code == "AccessDenied"


def test_a_source_identity_goes_on_only_where_both_sides_say_so(box: Direct) -> None:
    role(box, trusting(ALICE, *CHAIN))
    second = chained(box)
    first = session(box, SourceIdentity="alice")
    box.call("DetachRolePolicy", RoleName="reader", PolicyArn=ADMINISTRATOR)
    without_identity = session(box)
    assert assume(box, without_identity, second), "in one account a role that is named needs no permission of its own"
    refused = refusal(box, first, second)
    assert "sts:SetSourceIdentity" in refused.message
    assert refused.message.endswith("because no identity-based policy allows the sts:SetSourceIdentity action")


def test_a_session_policy_narrows_the_session(box: Direct) -> None:
    role(box, trusting(ALICE))
    found = session(box, Policy=json.dumps(allowing("s3:*")))
    assert may(box, found, "s3:ListAllMyBuckets")
    assert not may(box, found, "ec2:DescribeRegions")
    managed = session(box, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/IAMFullAccess"}])
    assert may(box, managed, "iam:CreateUser", f"arn:aws:iam::{NUMBER}:user/x")
    assert not may(box, managed, "ec2:DescribeRegions")
    assert may(box, session(box), "iam:CreateUser", f"arn:aws:iam::{NUMBER}:user/x")


def test_across_accounts_both_must_allow(box: Direct) -> None:
    other_account(box)
    eve, shut_out = f"arn:aws:iam::{OTHER}:user/eve", stranger(box)
    role(box, trusting(eve))
    who = f"User: {eve} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    assert refusal(box, shut_out).message == (
        f"{who} because no identity-based policy allows the sts:AssumeRole action"
    )
    permitted = stranger(box, allowing("sts:AssumeRole", resource=ROLE))
    found = session(box, permitted)
    assert found.account == NUMBER
    assert box.account.roles["reader"].last_used == START
    box.call("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=document(trusting(ALICE)))
    assert refusal(box, permitted).message == f"{who} because no role trust policy allows the sts:AssumeRole action"


def test_resource_control_policies_bear_on_strangers(box: Direct) -> None:
    other_account(box)
    outside = stranger(box, allowing("sts:AssumeRole"))
    role(box, trusting(f"arn:aws:iam::{OTHER}:user/eve"))
    deny = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sts:AssumeRole",
                    "Resource": "*",
                    "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-here"}},
                }
            ],
        }
    )
    full = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
        }
    )
    policies = {
        "p-full": ControlPolicy("p-full", "RCPFullAWSAccess", "RESOURCE_CONTROL_POLICY", full, aws_managed=True),
        "p-shut": ControlPolicy("p-shut", "shut", "RESOURCE_CONTROL_POLICY", deny),
    }
    member = Member(NUMBER, "main", "a@example.com", "r-1", START)
    box.state.organization = Organization(
        "o-here",
        "111111111111",
        "r-1",
        {NUMBER: member},
        {},
        policies,
        {"r-1": ("p-full", "p-shut"), NUMBER: ("p-full",)},
        ("RESOURCE_CONTROL_POLICY",),
    )
    assert refusal(box, outside).message.endswith("with an explicit deny in a resource control policy")


def test_a_users_namesake_is_somebody_else(box: Direct) -> None:
    role(box, trusting(ALICE))
    assert assume(box)
    box.account.users["alice"] = replace(box.account.users["alice"], id="AIDAANOTHER")
    assert refusal(box).message == denied("sts:AssumeRole")


def test_a_role_notes_when_it_was_used(box: Direct) -> None:
    role(box, trusting(ALICE))
    assume(box)
    used = box.call("GetRole", RoleName="reader")["Role"]["RoleLastUsed"]
    assert used == {"LastUsedDate": START, "Region": "us-east-1"}


def test_a_session_ends_with_its_role(box: Direct) -> None:
    role(box, trusting(ALICE))
    found = session(box)
    box.call("DetachRolePolicy", RoleName="reader", PolicyArn=ADMINISTRATOR)
    box.call("DeleteRole", RoleName="reader")
    role(box, trusting(ALICE))
    with pytest.raises(ApiError) as caught:
        caller_with_session(box.state, found)
    assert caught.value.code == "InvalidClientTokenId"


def test_contexts_of_providers_are_not_there(box: Direct) -> None:
    role(box, trusting(ALICE))
    refused = refusal(
        box, ProvidedContexts=[{"ProviderArn": "arn:aws:iam::aws:contextProvider/X", "ContextAssertion": "abcd"}]
    )
    assert refused.status == 501


def test_a_role_whose_trust_policy_cannot_be_read_is_assumed_by_nobody(box: Direct) -> None:
    role(box, trusting(ALICE))
    box.account.roles["reader"] = replace(box.account.roles["reader"], trust="{}")
    assert refusal(box).code == "InternalFailure"
    role(box, trusting(ALICE), name="other")
    box.account.users["alice"] = replace(box.account.users["alice"], inline={"broken": "{}"})
    assert refusal(box, arn=f"arn:aws:iam::{NUMBER}:role/other").code == "InternalFailure"


def test_a_role_that_is_gone_is_assumed_for_as_long_as_it_is_seen(box: Direct) -> None:
    arn = box.call("CreateRole", RoleName="reader", AssumeRolePolicyDocument=document(trusting(ALICE)))["Role"]["Arn"]
    box.state.lag.seconds = 10
    box.call("DeleteRole", RoleName="reader")
    found = session(box, arn=arn)
    assert "reader" not in box.account.roles, "its use is noted nowhere"
    assert caller_with_session(box.state, found).kind == "role"
    box.state.clock.advance(11)
    assert refusal(box, arn=arn).code == "AccessDenied"
