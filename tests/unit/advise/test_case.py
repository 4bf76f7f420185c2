"""The case: what a file is for, whom it is judged for, what it exempts; decided by evaluation."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    AGE,
    ANY_DEVICE,
    CREATE,
    DEACTIVATE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    EXEMPT,
    LIST,
    OWN_USER,
    PRESENT,
    RESYNC,
    SESSION,
    WITH,
    WITHOUT,
    WITHOUT_MFA,
    Doc,
    allow,
    case_of,
    deny,
    document,
    forcing,
    grants,
    options,
    policy,
)

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.options import SELF_SERVICE
from iamfa.lifecycle.subject import Subject
from iamfa.platform import Assumptions
from iamfa.policy.document import Kind

BROKEN = {"BoolIfExists": {PRESENT: "false"}, "NumericGreaterThan": {AGE: "3600"}}
STOP = "ec2:TerminateInstances"


# The class ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "file_class"),
    [
        ([forcing()], "forces-by-deny"),
        ([*grants(), forcing()], "forces-by-deny"),
        ([deny("*")], "forces-by-deny"),
        ([deny(["*"], ["*", "arn:aws:s3:::b"])], "forces-by-deny"),
        ([forcing(condition={"Bool": {PRESENT: "false"}})], "forces-by-deny"),
        ([forcing(condition={"Null": {PRESENT: "true"}})], "forces-by-deny"),
        ([forcing(condition=BROKEN)], "forces-by-deny"),
        ([forcing(condition={"NumericGreaterThan": {AGE: "3600"}})], "forces-by-deny"),
        ([forcing(NotResource="arn:aws:s3:::public/*")], "forces-by-deny"),
        ([EVERYTHING_WITH_MFA, forcing()], "forces-by-deny"),
        ([deny("x:y", NotAction=["iam:*", "sts:*"]), deny("iam:CreateUser")], "forces-by-deny"),
        ([EVERYTHING_WITH_MFA], "forces-by-grant"),
        ([*grants(), EVERYTHING_WITH_MFA], "forces-by-grant"),
        ([allow("x:y", "*", WITH, NotAction="iam:*")], "forces-by-grant"),
        ([allow("*", "*", {"BoolIfExists": {PRESENT: "true"}})], "forces-by-grant"),
        ([allow("*", "*", {"NumericLessThan": {AGE: "3600"}})], "forces-by-grant"),
        ([deny(STOP)], "protects-a-set"),
        ([allow("*"), deny(STOP)], "protects-a-set"),
        ([deny(STOP, condition=BROKEN)], "protects-a-set"),
        ([allow("*", "*", {"NumericLessThanIfExists": {AGE: "3600"}})], "protects-a-set"),
        ([deny(STOP, condition={**WITHOUT, "StringEquals": {"ec2:ResourceTag/env": "prod"}})], "protects-a-set"),
        ([deny("*", "arn:aws:s3:::secret/*")], "protects-a-set"),
        ([allow("ec2:StopInstances", "*", WITH)], "protects-a-set"),
        ([*grants(), allow("ec2:StopInstances", "*", WITH)], "protects-a-set"),
        (grants(), "self-service"),
        ([allow(DEACTIVATE, OWN_USER, WITH)], "self-service"),
        ([*grants(), deny([CREATE, ENABLE])], "self-service"),
        ([allow("*")], "other"),
        ([allow("iam:*")], "other"),
        ([allow("iam:*MFADevice*", OWN_USER)], "other"),
        ([allow("x:y", NotAction="iam:*")], "other"),
        ([allow(LIST, OWN_USER)], "other"),
        ([deny("x:y", "*", None, NotAction="iam:*")], "other"),
        ([allow("*", "*", {"StringEquals": {"aws:PrincipalTag/a": "b"}})], "other"),
        ([EVERYTHING_WITH_MFA, allow("*")], "other"),
    ],
)
def test_a_file_is_of_the_first_class_that_fits(statements: list[Doc], file_class: str) -> None:
    assert case_of(*statements).file_class == file_class


@pytest.mark.parametrize("kind", [Kind.IDENTITY, Kind.USER, Kind.GROUP, Kind.BOUNDARY, Kind.SCP, Kind.SESSION])
def test_a_forcing_deny_is_one_whatever_the_file_is_attached_as(kind: Kind) -> None:
    assert case_of(allow("*"), forcing(), kind=kind).file_class == "forces-by-deny"
    assert case_of(allow("*"), deny(STOP), kind=kind).file_class == "protects-a-set"


def test_what_only_lets_through_with_mfa_is_as_weak_as_a_grant() -> None:
    for kind in (Kind.BOUNDARY, Kind.SESSION):
        assert case_of(EVERYTHING_WITH_MFA, kind=kind).file_class == "forces-by-grant"
    assert case_of(EVERYTHING_WITH_MFA, kind=Kind.SCP).file_class == "other", "beside FullAWSAccess it limits nothing"


def test_the_deny_of_another_policy_does_not_make_the_class() -> None:
    assert case_of(*grants(), beside=[forcing()]).file_class == "self-service"
    assert case_of(allow("s3:GetObject"), beside=[forcing()]).file_class == "other"


def test_a_resource_policy_that_denies_everything_protects_its_resource_alone() -> None:
    statement = deny("*", "*", WITHOUT, Principal="*")
    assert case_of(statement, kind=Kind.RESOURCE).file_class == "protects-a-set"
    assert case_of(allow("*", "*", WITH, Principal="*"), kind=Kind.RESOURCE).file_class == "protects-a-set"


def test_a_stricter_condition_that_the_ordinary_user_does_not_meet_still_makes_the_class() -> None:
    tagged = forcing(condition={**WITHOUT, "StringEquals": {"aws:PrincipalTag/human": "yes"}})
    assert case_of(tagged).file_class == "forces-by-deny"
    assert case_of(tagged).context["aws:principaltag/human"] == "yes"


def test_the_tag_of_a_resource_makes_a_set_and_never_a_file_that_forces() -> None:
    tagged = forcing(condition={**WITHOUT, "StringEquals": {"aws:ResourceTag/env": "prod"}})
    assert case_of(tagged).file_class == "protects-a-set"


# Which credentials ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "unforced"),
    [
        ([forcing()], []),
        ([forcing(condition={"Bool": {PRESENT: "false"}})], ["long-term-key"]),
        ([forcing(condition={"Null": {PRESENT: "true"}})], ["token", "console"]),
        ([forcing(condition=BROKEN)], WITHOUT_MFA),
        ([forcing(condition={"Bool": {PRESENT: "false"}}), forcing(condition={"Null": {PRESENT: "true"}})], []),
        ([EVERYTHING_WITH_MFA], []),
        ([allow("*", "*", {"BoolIfExists": {PRESENT: "true"}})], ["long-term-key"]),
        ([allow("*", "*", {"Null": {PRESENT: "false"}})], ["token", "console"]),
    ],
)
def test_held_and_unforced_kinds_are_all_kinds_without_mfa(statements: list[Doc], unforced: list[str]) -> None:
    case = case_of(*statements)
    assert list(case.unforced_kinds) == unforced
    assert [c for c in WITHOUT_MFA if c not in case.held_kinds] == unforced


def test_a_grant_is_undone_by_what_another_policy_grants() -> None:
    assert case_of(EVERYTHING_WITH_MFA, beside=[allow("*")]).unforced_kinds == tuple(WITHOUT_MFA)
    assert case_of(EVERYTHING_WITH_MFA, beside=[allow("s3:*")]).unforced_kinds == ()


# E --------------------------------------------------------------------------------------------------------------------


def test_what_a_deny_exempts_is_e_with_where_it_is_granted() -> None:
    case = case_of(*grants(), forcing(DEACTIVATE, "s3:GetObject"))
    assert set(case.exempt) == {*EXEMPT, DEACTIVATE, "s3:GetObject"}
    assert case.exempt[ENABLE].granted_on("own-user")
    assert not case.exempt[ENABLE].granted_on("other-user")
    assert case.exempt[ENABLE].on("other-user")
    assert case.exempt[CREATE].granted_on("free-device")
    assert case.exempt[DEACTIVATE].on("own-user")
    assert case.exempt[DEACTIVATE].granted == ()
    assert case.exempt["s3:GetObject"].granted == ()


def test_what_a_second_deny_confines_is_no_more_in_e_for_others() -> None:
    confined = deny([ENABLE, RESYNC], condition=WITHOUT, NotResource=OWN_USER)
    case = case_of(*grants(), forcing(), confined)
    assert case.exempt[ENABLE].on("own-user")
    assert not case.exempt[ENABLE].on("other-user")


@pytest.mark.parametrize(
    ("further", "gone"),
    [
        (deny("s3:GetObject"), True),
        (deny("s3:*", condition=None), True),
        (deny("s3:GetObject", "arn:aws:s3:::other/*"), False),
        (deny("s3:GetObject", condition={"Bool": {PRESENT: "false"}}), False),
        (deny("s3:GetObject", condition=WITH), False),
    ],
)
def test_e_is_what_no_deny_stops(further: Doc, gone: bool) -> None:
    assert ("s3:GetObject" not in case_of(forcing("s3:GetObject"), further).exempt) is gone


def test_a_pattern_in_the_list_is_every_action_of_the_catalogue_that_it_takes_in() -> None:
    exempt = case_of(forcing("iam:*LoginProfile")).exempt
    assert {"iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:DeleteLoginProfile"} <= set(exempt)
    assert "iam:CreateUser" not in exempt


def test_a_resource_that_the_deny_spares_is_in_e_with_all_that_takes_over() -> None:
    exempt = case_of(forcing(NotResource=["arn:aws:s3:::public/*", OWN_USER])).exempt
    assert [t.arn for t in exempt[UNHEARD_OF].targets] == ["arn:aws:s3:::public/x", Subject.of("own-user").user_arn]
    assert exempt["iam:AttachUserPolicy"].on("own-user")
    assert not exempt["iam:AttachUserPolicy"].on("other-user")
    assert UNHEARD_OF not in case_of(forcing()).exempt


def test_of_a_grant_e_is_what_is_granted_without_mfa() -> None:
    case = case_of(*grants(), EVERYTHING_WITH_MFA, allow("s3:GetObject"), allow("sqs:SendMessage", "*", WITH))
    assert set(case.exempt) == {CREATE, ENABLE, LIST, RESYNC, "s3:GetObject"}
    case = case_of(EVERYTHING_WITH_MFA, beside=[allow("s3:GetObject")])
    assert set(case.exempt) == {"s3:GetObject"}


def test_of_a_grant_a_role_that_only_its_trust_guards_is_in_e() -> None:
    assert "sts:AssumeRole" in case_of(EVERYTHING_WITH_MFA, allow("sts:AssumeRole")).exempt
    assert "sts:AssumeRole" not in case_of(EVERYTHING_WITH_MFA, allow("sts:AssumeRole", "*", WITH)).exempt
    assert "sts:AssumeRole" not in case_of(EVERYTHING_WITH_MFA, allow("sts:TagSession")).exempt


def test_of_a_grant_on_all_actions_of_one_resource_everything_there_is_in_e() -> None:
    for grant in (allow("*", "arn:aws:s3:::b/*"), allow("x:y", "arn:aws:s3:::b/*", NotAction="iam:*")):
        case = case_of(EVERYTHING_WITH_MFA, grant)
        assert [t.arn for t in case.exempt[UNHEARD_OF].targets] == ["arn:aws:s3:::b/x"]


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        ({"StringEquals": {"sqs:prefix": "x"}}, True),
        ({"StringEquals": {"aws:ResourceTag/env": "dev"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/admin": "yes"}}, True),
        ({"StringEquals": {"aws:ResourceTag/env": "dev"}, **WITH}, False),
        ({"StringEquals": {"aws:username": "somebody-else"}}, False),
    ],
)
def test_of_a_grant_what_a_further_condition_lets_through_without_mfa_is_in_e(
    condition: dict[str, Any], passes: bool
) -> None:
    for beside in (False, True):
        grant = allow("sqs:SendMessage", "*", condition)
        case = case_of(EVERYTHING_WITH_MFA, beside=[grant]) if beside else case_of(EVERYTHING_WITH_MFA, grant)
        assert case.file_class == "forces-by-grant"
        assert ("sqs:SendMessage" in case.exempt) is passes
        assert not passes or case.exempt["sqs:SendMessage"].granted


def test_of_a_grant_everything_that_a_condition_lets_through_is_in_e() -> None:
    case = case_of(EVERYTHING_WITH_MFA, allow("*", "*", {"StringEquals": {"aws:ResourceTag/env": "dev"}}))
    assert case.file_class == "forces-by-grant"
    assert case.exempt[UNHEARD_OF].shown.what == "any"


def test_a_file_that_does_not_force_exempts_nothing() -> None:
    for statements in (grants(), [deny(STOP)], [allow("*")]):
        assert case_of(*statements).exempt == {}


def test_e_is_empty_where_nothing_is_held() -> None:
    assert case_of(forcing(condition=BROKEN)).exempt == {}


# Sets -----------------------------------------------------------------------------------------------------------------


def test_a_set_tells_which_kinds_are_stopped_on_what() -> None:
    case = case_of(deny(STOP, condition={"Bool": {PRESENT: "false"}}))
    assert {action for action, _ in case.protected} == {STOP}
    assert set(case.protected.values()) == {("token", "console")}


def test_what_an_enrolment_needs_is_no_set() -> None:
    assert case_of(*grants(), deny([DEACTIVATE, CREATE])).protected == case_of(deny(DEACTIVATE)).protected
    assert case_of(deny([CREATE, ENABLE, LIST, SESSION])).protected == {}


@pytest.mark.parametrize(
    ("statements", "count"),
    [
        ([deny(STOP, condition=BROKEN)], 1),
        ([deny(STOP, condition={"NumericGreaterThan": {AGE: "60"}})], 1),
        ([deny(STOP), deny(STOP, condition={"NumericGreaterThan": {AGE: "60"}})], 0),
        ([deny(STOP), deny([STOP, "s3:DeleteBucket"], condition={"NumericGreaterThan": {AGE: "60"}})], 1),
        ([deny("s3:DeleteObject", "arn:aws:s3:::a/*"), deny("s3:DeleteObject", "arn:aws:s3:::a/*", BROKEN)], 0),
        ([deny("s3:DeleteObject", "arn:aws:s3:::a/*"), deny("s3:DeleteObject", "arn:aws:s3:::b/*", BROKEN)], 1),
        ([deny(STOP, condition={"Bool": {PRESENT: "true"}})], 0),
        ([deny(STOP)], 0),
        ([allow(STOP, condition={"NumericLessThanIfExists": {AGE: "60"}})], 1),
        ([allow(STOP, condition={"BoolIfExists": {PRESENT: ["true", "false"]}})], 1),
        ([allow("*", "*", {"NumericLessThanIfExists": {AGE: "60"}}), deny(STOP)], 1),
        ([allow(STOP, condition={"NumericLessThanIfExists": {AGE: "60"}}), deny(STOP)], 0),
        ([allow(STOP, condition={"NumericLessThan": {AGE: "60"}})], 0),
        ([allow(STOP, condition={"BoolIfExists": {PRESENT: "true"}})], 0),
        ([deny(DEACTIVATE), deny(DEACTIVATE, condition={"NumericGreaterThan": {AGE: "60"}})], 0),
    ],
)
def test_what_asks_for_mfa_and_never_gets_it_is_a_hole_unless_others_demand_it(
    statements: list[Doc], count: int
) -> None:
    assert len(case_of(*statements).toothless) == count


def test_keys_of_single_requests_are_given_values_only_for_sets() -> None:
    case = case_of(deny(STOP, condition={**WITHOUT, "StringEquals": {"ec2:ResourceTag/env": ["prod", "live"]}}))
    assert "ec2:resourcetag/env" not in case.context
    assert case.sets.context["ec2:resourcetag/env"] == "prod"
    assert case.protected == {}
    assert case.sets.protected
    plain = case_of(deny(STOP))
    assert plain.sets is plain


# Bundles --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP, Kind.SESSION, Kind.RCP])
def test_beside_what_can_only_limit_a_self_service_grant_is_assumed(kind: Kind) -> None:
    statement = allow("*") if kind is not Kind.RCP else deny("s3:GetObject", condition=WITHOUT, Principal="*")
    case = case_of(statement, kind=kind)
    assert case.limits_only
    assert not case.is_identity
    assert case.alone.identity == (SELF_SERVICE,)
    assert case.allowed(ENABLE, case.subject.user_arn, "long-term-key")
    assert case_of(statement, kind=kind, beside=[allow(LIST)]).alone.identity != (SELF_SERVICE,)


def test_a_resource_policy_is_judged_in_its_account_and_from_another() -> None:
    bucket = deny("s3:GetObject", "arn:aws:s3:::b/*", WITHOUT, Principal="*")
    case = case_of(bucket, kind=Kind.RESOURCE)
    assert not case.limits_only
    assert case.alone.resource_account == case.subject.account
    assert case.abroad.resource_account not in (None, case.subject.account)
    assert case.file_class == "protects-a-set"


def test_the_kind_is_what_was_told_or_guessed() -> None:
    assert case_of(allow("*")).kind is Kind.IDENTITY
    assert case_of(allow("*"), kind=Kind.GROUP).kind is Kind.GROUP
    assert Case(policy(allow("s3:GetObject", Principal="*"))).kind is Kind.RESOURCE


def test_stopped_means_whatever_else_is_attached() -> None:
    case = case_of(*grants(), forcing("sts:AssumeRole"))
    assert case.stopped("s3:GetObject", "arn:aws:s3:::b/x", "long-term-key")
    assert not case.stopped("s3:GetObject", "arn:aws:s3:::b/x", "token-mfa")
    assert not case.stopped("sts:AssumeRole", "arn:aws:iam::123456789012:role/r", "long-term-key"), (
        "its trust may allow"
    )
    boundary = case_of(allow(LIST), kind=Kind.BOUNDARY)
    assert boundary.stopped("s3:GetObject", "arn:aws:s3:::b/x", "token-mfa")


def test_an_unknown_verdict_counts_as_passing_where_no_mfa_is_shown() -> None:
    unreadable = {"NumericNotEquals": {"aws:EpochTime": "soon"}}
    case = case_of(*grants(), allow("s3:GetObject", "*", unreadable), forcing(condition={**WITHOUT, **unreadable}))
    asked = ("s3:GetObject", "arn:aws:s3:::b/x")
    assert case.verdict(case.alone, *asked, "long-term-key").decision == "unknown"
    assert case.verdict(case.alone, *asked, "token-mfa").decision == "unknown"
    assert case.allowed(*asked, "long-term-key")
    assert not case.allowed(*asked, "token-mfa")
    assert not case.stopped(*asked, "long-term-key")
    assert case.file_class != "forces-by-deny"


def test_assumptions_reach_the_verdicts() -> None:
    statement = allow("sqs:SendMessage", "arn:aws:sqs:us*:*:q")
    asked = ("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:more:q", "token-mfa")
    yes = case_of(statement, assumptions=Assumptions({"resource-star-crosses-colons": "yes"}))
    no = case_of(statement, assumptions=Assumptions({"resource-star-crosses-colons": "no"}))
    assert yes.allowed(*asked)
    assert not no.allowed(*asked)


# Whom -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("further", "user"),
    [
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/bob"}}, "user/bob"),
        (
            {"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/r", "arn:aws:iam::*:user/staff/*"]}},
            "user/staff/own-user",
        ),
        ({"StringEquals": {"aws:username": ["alice", "bob"]}}, "user/alice"),
        ({"StringLike": {"aws:username": "human-*"}}, "user/human-x"),
        ({"StringNotEquals": {"aws:username": ["alice", "bob"]}}, "user/own-user"),
        ({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/robots/*"}}, "user/own-user"),
        ({"StringEquals": {"aws:PrincipalTag/a": "b"}}, "user/own-user"),
        ({}, "user/own-user"),
    ],
)
def test_the_subject_is_one_on_whom_the_demand_bears(further: dict[str, Any], user: str) -> None:
    case = case_of(*grants(), forcing(condition={**WITHOUT, **further}))
    assert case.subject.user_arn.split(":", 5)[5] == user
    assert case.file_class == "forces-by-deny"


def test_a_grant_with_mfa_for_everybody_does_not_hide_whom_the_deny_is_for() -> None:
    people = {**WITHOUT, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/people/*"}}
    case = case_of(allow("iam:DeactivateMFADevice", "*", WITH), forcing(condition=people))
    assert case.subject.path == "/people/"
    assert case.file_class == "forces-by-deny"


def test_the_subject_of_a_resource_policy_is_one_whom_it_names() -> None:
    statement = allow(
        "s3:GetObject", "arn:aws:s3:::b/*", WITH, Principal={"AWS": "arn:aws-cn:iam::111122223333:user/x/bob"}
    )
    case = case_of(statement, kind=Kind.RESOURCE)
    assert case.subject.user_arn == "arn:aws-cn:iam::111122223333:user/x/bob"
    assert case.subject.account == "111122223333"


def test_partition_and_account_are_those_that_the_file_writes_out() -> None:
    case = case_of(*grants(create="arn:aws-cn:iam::111122223333:mfa/*", user="arn:aws-cn:iam::111122223333:user/*"))
    assert case.subject.user_arn == "arn:aws-cn:iam::111122223333:user/own-user"
    assert case_of(forcing(), partition="aws-us-gov").subject.user_arn.startswith("arn:aws-us-gov:iam::")


def test_the_subject_with_a_path_is_the_same_otherwise() -> None:
    assert case_of(forcing()).subject_with_path.user_arn.endswith(":user/division/own-user")
    staff = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/staff/*"}}
    assert case_of(forcing(condition={**WITHOUT, **staff})).subject_with_path.path == "/staff/"


# What is tried --------------------------------------------------------------------------------------------------------


def test_actions_are_those_named_those_taken_in_and_one_unheard_of() -> None:
    case = case_of(allow(["s3:GetObject", "S3:getobject", "iam:*LoginProfile", "made:Up", "*"]))
    assert {"s3:GetObject", "iam:CreateLoginProfile", "made:Up", UNHEARD_OF, CREATE, DEACTIVATE} <= set(case.actions)
    assert "S3:getobject" not in case.actions
    assert len({a.lower() for a in case.actions}) == len(case.actions)


def test_flows_and_attacks_are_walked_where_devices_are_concerned() -> None:
    for statements, walked in (([forcing()], True), (grants(), True), ([allow("*")], False), ([deny(STOP)], False)):
        case = case_of(*statements)
        assert bool(case.flows) is walked
        assert bool(case.attacks) is walked
    assert not case_of(deny("s3:*", "arn:aws:s3:::b", Principal="*"), kind=Kind.RESOURCE).flows


def test_a_verdict_is_asked_once() -> None:
    case = case_of(*grants(), forcing())
    asked = (case.alone, ENABLE, case.subject.user_arn, "long-term-key")
    assert case.verdict(*asked) is case.verdict(*asked)
    assert case.verdict(*asked, user=case.subject.neighbour_arn) is not case.verdict(*asked)


def test_a_case_needs_no_options() -> None:
    made = Case(policy(*grants()))
    assert made.options == type(made.options)()
    assert made.file_class == "self-service"
    assert options().catalogue_age_days == 0
    assert document()["Version"] == "2012-10-17"
    assert ANY_DEVICE.endswith("*")
