"""Whether one statement fits one request, element by element."""

from __future__ import annotations

from typing import Any

import pytest

from iamfa.evaluate.match import CompiledStatement, action_matches, resource_matches
from iamfa.evaluate.principal import Named, Naming, Principal
from iamfa.evaluate.request import Request
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
OBJECT = "arn:aws:s3:::bucket/key"


def statement(*, version: str = "2012-10-17", cross_colons: bool = True, **elements: Any) -> CompiledStatement:
    filled: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*", **elements}
    for name in ("Action", "Resource"):
        if f"Not{name}" in elements:
            del filled[name]
    kind = Kind.RESOURCE if {"Principal", "NotPrincipal"} & set(elements) else Kind.IDENTITY
    document = Policy.from_document({"Version": version, "Statement": [filled]}, kind=kind).document
    return CompiledStatement("identity[0]", document.statements[0], document, cross_colons=cross_colons)


def request(action: str = "s3:GetObject", resource: str = OBJECT, untold: str = "", **context: Any) -> Request:
    named = {name.replace("_", ":", 1): value for name, value in context.items()}
    return Request(action, resource, principal=USER, context=named, unspecified=frozenset(untold.split()))


# Actions


@pytest.mark.parametrize(
    ("pattern", "action", "fits"),
    [
        ("*", "s3:GetObject", True),
        ("s3:*", "S3:getobject", True),
        ("S3:GET*", "s3:GetObject", True),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:Get", "s3:GetObject", False),
        ("iam:*", "s3:GetObject", False),
    ],
)
def test_an_action_is_taken_in_whatever_the_case_of_its_letters(pattern: str, action: str, fits: bool) -> None:
    assert action_matches(pattern, action) is fits
    assert statement(Action=pattern).action_fits(action.lower()) is fits
    assert statement(NotAction=pattern).action_fits(action.lower()) is not fits


def test_a_list_of_actions_takes_in_what_one_of_them_does_and_not_action_what_none_does() -> None:
    assert statement(Action=["iam:*", "s3:*"]).action_fits("s3:getobject")
    assert not statement(NotAction=["iam:*", "s3:*"]).action_fits("s3:getobject")
    assert statement(NotAction=["iam:*", "s3:*"]).action_fits("ec2:runinstances")
    assert statement(Action=["s3:*", "iam:*", "*"]).action_items("s3:getobject") == (0, 2)


# Resources


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("*", True),
        ("arn:aws:s3:::bucket/*", True),
        ("arn:aws:s3:::Bucket/*", False),
        ("arn:aws:s3", True),
        ("arn:aws:s3:*", True),
        ("arn:*:s3:::bucket/key", True),
        ("arn:aws:s3:::${aws:username}/key", False),
        ("arn:aws:s3:::bucket/${s3:prefix}", True),
        ("arn:aws:s3:::bucket/${s3:none, 'key'}", True),
        ("arn:aws:s3:::bucket/${s3:none}", False),
        ("arn:aws:s3:::b${*}", False),
    ],
)
def test_an_entry_of_resource_is_a_pattern_with_variables(pattern: str, fits: bool) -> None:
    asked = request(aws_username="alice", s3_prefix="key")
    assert resource_matches(pattern, OBJECT, asked.keys) is fits
    assert statement(Resource=pattern).resource_fits(asked) is fits
    assert statement(NotResource=pattern).resource_fits(asked) is not fits


def test_under_the_old_version_a_variable_is_plain_text() -> None:
    asked = request(s3_prefix="key")
    assert not statement(Resource="arn:aws:s3:::bucket/${s3:prefix}", version="2008-10-17").resource_fits(asked)
    literal = request(resource="arn:aws:s3:::bucket/${s3:prefix}")
    assert statement(Resource="arn:aws:s3:::bucket/${s3:prefix}", version="2008-10-17").resource_fits(literal)


def test_a_value_of_a_variable_is_no_pattern() -> None:
    own = statement(Resource="arn:aws:s3:::bucket/${s3:prefix}")
    assert not own.resource_fits(request(s3_prefix="*"))
    assert own.resource_fits(request(resource="arn:aws:s3:::bucket/*", s3_prefix="*"))


def test_several_resources_fit_where_one_does_and_not_resource_where_none_does() -> None:
    both = ["arn:aws:s3:::other", "arn:aws:s3:::bucket/*"]
    assert statement(Resource=both).resource_fits(request())
    assert not statement(NotResource=both).resource_fits(request())
    assert statement(NotResource=both[0]).resource_fits(request())
    assert statement(Resource=[*both, "*"]).resource_items(request()) == (1, 2)


def test_an_action_without_resources_needs_the_star_alone() -> None:
    listing = request("s3:ListAllMyBuckets", "*")
    assert statement(Resource="*").resource_fits(listing)
    assert not statement(Resource="arn:aws:s3:::*").resource_fits(listing)
    assert statement(NotResource="arn:aws:s3:::*").resource_fits(listing)
    assert not statement(NotResource="*").resource_fits(listing)


def test_a_star_reaches_over_colons_unless_the_other_reading_is_assumed() -> None:
    deep = request(resource="arn:aws:s3:::bucket/a:b")
    wide = request(resource="arn:aws:logs:us-east-1:111122223333:group:stream")
    for pattern, asked, over, each in (
        ("arn:aws:s3:::bucket/*", deep, True, True),
        ("arn:aws:logs:us-east-1:*:stream", wide, True, False),
        ("arn:aws:logs:us-east-1:111122223333:group:*", wide, True, True),
        ("arn:aws:logs:us-east-1:*:group:${s3:none}", wide, False, False),
        ("*", wide, True, True),
        ("arn:aws:s3", wide, False, False),
    ):
        assert statement(Resource=pattern).resource_fits(asked) is over
        assert statement(Resource=pattern, cross_colons=False).resource_fits(asked) is each


def test_what_has_not_six_parts_fits_no_pattern_part_by_part() -> None:
    short = request(resource="arn:aws:s3")
    assert not statement(Resource="arn:aws:s3:::*", cross_colons=False).resource_fits(short)


def test_a_variable_whose_value_nobody_told_leaves_the_resource_open() -> None:
    own = "arn:aws:s3:::bucket/${s3:prefix}"
    untold = request(untold="s3:prefix")
    assert statement(Resource=own).resource_fits(untold) is None
    assert statement(NotResource=own).resource_fits(untold) is None
    assert statement(Resource=[own, "arn:aws:s3:::other"]).resource_fits(untold) is None
    assert statement(Resource=[own, "arn:aws:s3:::bucket/*"]).resource_fits(untold) is True
    assert statement(NotResource=[own, "arn:aws:s3:::bucket/*"]).resource_fits(untold) is False


def test_a_trust_policy_has_no_resource_and_fits_every_role() -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"}
    document = Policy.from_document({"Version": "2012-10-17", "Statement": [trust]}, kind=Kind.TRUST).document
    compiled = CompiledStatement("resource", document.statements[0], document)
    assert compiled.resource_fits(request("sts:AssumeRole", ROLE)) is True
    assert compiled.resource_items(request("sts:AssumeRole", ROLE)) == ()


# Conditions


def test_a_condition_on_a_value_that_nobody_told_is_open_but_its_presence_is_known() -> None:
    compiled = statement(
        Condition={
            "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
            "Null": {"aws:SourceIp": "false"},
            "StringEquals": {"aws:username": "${aws:userid}", "s3:prefix": "a"},
        }
    )
    asked = request(untold="aws:sourceip aws:userid", aws_username="alice", s3_prefix="a")
    assert [condition.holds(asked) for condition in compiled.conditions] == [None, True, None, True]
    told = request(aws_SourceIp="10.0.0.1", aws_userid="alice", aws_username="alice", s3_prefix="a")
    assert [condition.holds(told) for condition in compiled.conditions] == [True, True, True, True]


def test_under_the_old_version_a_condition_mentions_no_key() -> None:
    compiled = statement(Condition={"StringEquals": {"aws:username": "${aws:userid}"}}, version="2008-10-17")
    assert compiled.conditions[0].mentions == frozenset()
    assert compiled.conditions[0].holds(request(untold="aws:userid", aws_username="${aws:userid}")) is True


# Principals


def named(element: Any, requester: str | None = USER, *, boundary: bool = False, user_id: str | None = None) -> Named:
    return statement(Principal=element).names(Principal.parse(requester), user_id, boundary=boundary)


def exactly(naming: Naming) -> Named:
    return Named(naming, naming)


def test_a_statement_without_a_principal_means_whom_it_is_attached_to() -> None:
    assert statement().names(Principal.parse(USER), None, boundary=False) == exactly(Naming.DIRECT)


def test_of_several_entries_the_closest_counts() -> None:
    assert named({"AWS": ["444455556666", ACCOUNT, USER]}) == exactly(Naming.DIRECT)
    assert named({"AWS": ["444455556666", ACCOUNT]}) == exactly(Naming.ACCOUNT)
    assert named({"AWS": "444455556666"}) == exactly(Naming.NOT)
    assert named("*", None) == exactly(Naming.DIRECT)


def test_what_may_name_the_requester_more_closely_leaves_both_ends_open() -> None:
    assert named({"AWS": [ROLE, SESSION]}, ROLE) == Named(Naming.LIMITED, Naming.DIRECT)
    assert named({"AWS": [SESSION]}, ROLE) == Named(Naming.NOT, Naming.DIRECT)
    assert named({"AWS": ["*", SESSION]}, ROLE) == exactly(Naming.DIRECT)
    assert named({"AWS": "AIDAEXAMPLEEXAMPLE12"}, user_id="AIDAEXAMPLEEXAMPLE12") == exactly(Naming.DIRECT)


def spared(*entries: str, requester: str | None = USER, boundary: bool = False) -> bool | None:
    """Whether a Deny with NotPrincipal spares the requester; None where that is open."""
    deny = statement(Effect="Deny", NotPrincipal={"AWS": list(entries)})
    found = deny.names(Principal.parse(requester), None, boundary=boundary)
    return None if found.surely is not found.possibly else found.possibly is Naming.NOT


def test_not_principal_spares_who_is_listed_with_his_account() -> None:
    assert spared(USER, ROOT) is True
    assert spared(USER, ACCOUNT) is True
    assert spared(ROOT, "arn:aws:iam::111122223333:user/bob") is False
    assert spared("444455556666") is False
    assert spared(ROOT, requester=None) is False


def test_not_principal_without_the_account_leaves_open_whether_it_spares() -> None:
    assert spared(USER) is None
    assert spared(SESSION, requester=ROLE) is None


def test_not_principal_with_the_account_spares_its_root_user() -> None:
    assert spared(ROOT, requester=ROOT) is True
    assert spared(USER, requester=ROOT) is False


def test_not_principal_spares_a_service_by_its_name_alone() -> None:
    deny = statement(Effect="Deny", NotPrincipal={"Service": "ec2.amazonaws.com"})
    assert deny.names(Principal.parse("ec2.amazonaws.com"), None, boundary=False) == exactly(Naming.NOT)
    assert deny.names(Principal.parse("s3.amazonaws.com"), None, boundary=False) == exactly(Naming.DIRECT)


def test_not_principal_always_denies_who_has_a_boundary() -> None:
    assert spared(USER, ROOT, boundary=True) is False
    assert spared(SESSION, ROLE, ROOT, requester=SESSION, boundary=True) is False
    assert spared(ROOT, requester=ROOT, boundary=True) is True
