"""`${aws:username}` on somebody who has no user name is an error, where a value would change what a statement does."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    CREATE,
    ENABLE,
    LIST,
    OWN_USER,
    WITH,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    silent,
    the,
    underlined,
)

from iamfa.evaluate.decide import Decider
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind

RULE = "variable-without-value"
HOME = "arn:aws:s3:::home/${aws:username}/*"
ROLE = "arn:aws:iam::123456789012:role/app"
SAML = "arn:aws:iam::123456789012:saml-provider/okta"
ANYTHING = {"aws:ResourceTag/open": "yes"}


@pytest.mark.parametrize(
    ("statements", "label", "becomes"),
    [
        ([allow("s3:GetObject", HOME, Sid="A")], "A", "allows nothing"),
        ([allow(["s3:*"], [HOME, "arn:aws:s3:::x/${AWS:UserName}"], Sid="A")], "A", "allows nothing"),
        ([allow("*", "arn:aws:s3:::home/*/${aws:username}", Sid="A")], "A", "allows nothing"),
        ([allow(None, HOME, NotAction="s3:Put*", Sid="A")], "A", "allows nothing"),
        ([allow("made-up:*", HOME, Sid="A")], "A", "allows nothing"),
        ([allow("s3:GetObject", HOME, {"StringEquals": ANYTHING}, Sid="A")], "A", "allows nothing"),
        ([allow("s3:ListBucket", "*", {"StringLike": {"s3:prefix": "${aws:username}/*"}}, Sid="A")], "A",
         "allows nothing"),
        ([allow("s3:*", "*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::${aws:username}"}}, Sid="A")], "A", "nothing"),
        ([allow("s3:*", NotResource=HOME, Sid="A"), deny("s3:GetObject", HOME, None, Sid="D")], "D", "denies nothing"),
        ([allow("s3:*", NotResource=HOME, Sid="A")], "A", "allows all the same"),
        ([allow("s3:*"), deny("s3:*", None, None, NotResource=HOME, Sid="D")], "D", "denies all the same"),
        ([deny("s3:*", "*", {"StringNotEquals": {"aws:ResourceTag/owner": "${aws:username}"}}, Sid="D")], "D",
         "denies all the same"),
        ([allow("s3:*", "*", {"StringNotLike": {"aws:ResourceTag/owner": "${aws:username}"}}, Sid="A")], "A",
         "allows all the same"),
    ],
)  # fmt: skip
def test_on_a_role_it_is_said_what_becomes_of_the_statement(statements: list[Doc], label: str, becomes: str) -> None:
    report = judge(*statements, kind=Kind.ROLE)
    finding = the(report, RULE, "error")
    assert f"`{label}` " in finding.message
    assert finding.message.startswith("`${aws:username}` has no value for a session of a role: ")
    assert becomes in finding.message
    assert "username}" in underlined(report, finding).lower()
    assert finding.repair is None
    assert finding.witness is not None
    assert finding.witness.credential == "role"
    assert "aws:username" not in finding.witness.request.keys


def test_the_witness_of_an_allow_that_allows_nothing_is_denied() -> None:
    report = judge(allow("s3:GetObject", HOME), kind=Kind.ROLE)
    witness = the(report, RULE).witness
    assert witness is not None
    assert Decider(Bundle([report.policy])).decide(witness.request).decision == "implicit_deny"


def test_a_forcing_policy_on_a_role_is_one_finding_and_the_dead_role_is_told() -> None:
    finding = the(judge(*grants(user=[OWN_USER]), forcing(), kind=Kind.ROLE), RULE)
    assert finding.params["statements"] == [1]
    assert finding.notes == ("the Deny without MFA bears on every session of the role: it never carries MFA",)
    several = the(judge(allow(LIST, OWN_USER), allow(ENABLE, OWN_USER), kind=Kind.ROLE), RULE)
    assert several.message.endswith("`statement 1`, `statement 2` allows nothing")
    assert several.notes == ()


def test_a_session_policy_is_passed_for_roles_and_federated_users_only() -> None:
    assert the(judge(allow("s3:GetObject", HOME), kind=Kind.SESSION), RULE, "error")
    assert the(judge(allow("s3:*"), deny("s3:*", NotResource=HOME, condition=None), kind=Kind.SESSION), RULE)


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        ({"AWS": ROLE}, f"the role `{ROLE}`"),
        ({"AWS": ["arn:aws:iam::123456789012:user/alice", ROLE]}, f"the role `{ROLE}`"),
        ({"AWS": "arn:aws:sts::123456789012:assumed-role/app/one"}, "the session of a role `arn:aws:sts"),
        ({"AWS": "arn:aws:sts::123456789012:federated-user/bob"}, "the federated user `arn:aws:sts"),
        ({"AWS": "arn:aws:iam::210987654321:role/app"}, "the role `arn:aws:iam::2109"),
        ({"Service": "lambda.amazonaws.com"}, "the service `lambda.amazonaws.com`"),
    ],
)
def test_in_a_resource_policy_whoever_is_named_and_has_no_name_is_told(principal: Doc, words: str) -> None:
    report = judge(allow("s3:GetObject", HOME, Principal=principal), kind=Kind.RESOURCE)
    assert f"has no value for {words}" in the(report, RULE, "error").message


def test_in_a_resource_policy_a_deny_is_looked_at_too() -> None:
    statement = deny("s3:*", None, None, NotResource=HOME, Principal={"AWS": ROLE})
    assert "denies all the same" in the(judge(statement, kind=Kind.RESOURCE), RULE, "error").message


def test_in_a_trust_policy_a_condition_on_the_session_s_name_is_found_for_a_provider() -> None:
    condition = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    federated: Doc = {
        "Effect": "Allow", "Principal": {"Federated": SAML}, "Action": "sts:AssumeRoleWithSAML", "Condition": condition,
    }  # fmt: skip
    report = judge(federated, kind=Kind.TRUST)
    assert f"callers from the identity provider `{SAML}`" in the(report, RULE, "error").message
    users: Doc = {**federated, "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    assert silent(judge(users, kind=Kind.TRUST), RULE)


@pytest.mark.parametrize(
    "statements",
    [
        [allow("s3:GetObject", [HOME, "*"])],
        [allow("s3:GetObject", HOME), allow("s3:*")],
        [allow("s3:GetObject", [HOME, "arn:aws:s3:::home/*"])],
        [allow("s3:GetObject", "arn:aws:s3:::home/${aws:username, 'nobody'}/*")],
        [allow("s3:GetObject", "arn:aws:s3:::home/${aws:userid}/*")],
        [allow("s3:GetObject", "arn:aws:s3:::home/${aws:PrincipalTag/owner}/*")],
        [allow("s3:GetObject", "arn:aws:s3:::home/${*}/*")],
        [allow("s3:*", "*", {"StringEqualsIfExists": {"s3:prefix": ["${aws:username}", "x"]}}), allow("s3:*")],
        [allow("s3:*", "*", {"StringEquals": {"aws:username": "bob"}})],
        [allow([CREATE], "*", WITH)],
        [deny("s3:*", NotResource=[HOME, "*"], condition=None)],
        [allow(None, HOME, NotAction="*"), allow("ec2:Describe*")],
    ],
)
def test_it_is_silent_on_a_role_where_the_value_changes_nothing(statements: list[Doc]) -> None:
    assert silent(judge(*statements, kind=Kind.ROLE), RULE)


@pytest.mark.parametrize("kind", [None, Kind.IDENTITY, Kind.USER, Kind.GROUP, Kind.BOUNDARY, Kind.SCP])
def test_it_is_silent_where_users_are_meant(kind: Kind | None) -> None:
    assert silent(judge(*grants(), forcing(), kind=kind), RULE)


@pytest.mark.parametrize(
    "more",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": "123456789012"}},
        {"Principal": {"AWS": ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:user/bob"]}},
        {"Principal": {"AWS": "AIDAQXEXAMPLEUSERID01"}},
        {"Principal": {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}},
    ],
)
def test_it_is_silent_where_users_may_be_among_the_principals(more: dict[str, Any]) -> None:
    assert silent(judge(allow("s3:GetObject", HOME, **more), kind=Kind.RESOURCE), RULE)


def test_it_is_silent_of_whom_not_principal_spares_and_of_text_that_is_no_variable() -> None:
    spared = deny("s3:*", HOME, None, NotPrincipal={"AWS": [ROLE, "123456789012"]})
    assert silent(judge(spared, kind=Kind.RESOURCE), RULE)
    assert silent(judge(allow("s3:GetObject", HOME), kind=Kind.ROLE, version="2008-10-17"), RULE)
