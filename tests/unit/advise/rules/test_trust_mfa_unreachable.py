"""A trust policy that demands MFA of whoever can never carry it is warned of, by what such callers carry."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import AGE, PRESENT, WITH, WITHOUT, Doc, judge, silent, the, underlined

from iamfa.evaluate.decide import Decider
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind

RULE = "trust-mfa-unreachable"
ACCOUNT = "123456789012"
ROLE, USER = f"arn:aws:iam::{ACCOUNT}:role/build", f"arn:aws:iam::{ACCOUNT}:user/alice"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/build/one"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"
GITHUB = "token.actions.githubusercontent.com"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"


def trust(principal: Any, condition: Any = WITH, action: Any = "sts:AssumeRole", effect: str = "Allow") -> Doc:
    made: Doc = {"Effect": effect, "Principal": principal, "Action": action}
    return made | ({"Condition": dict(condition)} if condition else {})


@pytest.mark.parametrize(
    ("statements", "who"),
    [
        ([trust({"AWS": ROLE})], f"the role `{ROLE}`"),
        ([trust({"AWS": [ROLE]}, {"BoolIfExists": {PRESENT: "true"}, **WITH})], f"the role `{ROLE}`"),
        ([trust({"AWS": ROLE}, {"StringEquals": {PRESENT: "true"}})], f"the role `{ROLE}`"),
        ([trust({"AWS": ROLE}, {"StringLike": {PRESENT: "t*"}})], f"the role `{ROLE}`"),
        ([trust({"AWS": ROLE}, {"NumericLessThan": {AGE: "3600"}})], f"the role `{ROLE}`"),
        ([trust({"AWS": ROLE}, {"Null": {AGE: "false"}})], f"the role `{ROLE}`"),
        ([trust({"AWS": ROLE}, {**WITH, "StringEquals": {"sts:ExternalId": "x"}})], f"the role `{ROLE}`"),
        ([trust({"AWS": ROLE}, action="sts:*")], f"the role `{ROLE}`"),
        ([trust({"AWS": [USER, ROLE]})], f"the role `{ROLE}`"),
        ([trust({"AWS": USER}), trust({"AWS": ROLE})], f"the role `{ROLE}`"),
        ([trust({"AWS": SESSION})], f"the session of a role `{SESSION}`"),
        ([trust({"AWS": "arn:aws:iam::210987654321:role/other"})], "the role `arn:aws:iam::210987654321:role/other`"),
        ([trust({"AWS": ROLE}, None), trust({"AWS": "*"}, WITHOUT, effect="Deny")], f"the role `{ROLE}`"),
        ([trust({"AWS": ROLE}, None), trust({"AWS": ROLE}, WITHOUT, "sts:AssumeRole*", "Deny")], f"the role `{ROLE}`"),
        ([trust({"Federated": SAML}, action="sts:AssumeRoleWithSAML")], f"callers from the identity provider `{SAML}`"),
        ([trust({"Federated": SAML}, {**WITH, "StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
                ["sts:AssumeRoleWithSAML", "sts:TagSession"])], f"callers from the identity provider `{SAML}`"),
        ([trust({"Federated": OIDC}, {**WITH, "StringLike": {f"{GITHUB}:sub": "repo:a/*"}},
                "sts:AssumeRoleWithWebIdentity")], f"callers from the identity provider `{OIDC}`"),
        ([trust({"Federated": "accounts.google.com"}, action="sts:AssumeRoleWithWebIdentity")],
         "callers from the identity provider `accounts.google.com`"),
        ([trust({"Service": "ec2.amazonaws.com"})], "the service `ec2.amazonaws.com`"),
        ([trust({"AWS": ACCOUNT}, {**WITH, "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/adm*"}})],
         f"the role `arn:aws:iam::{ACCOUNT}:role/admx`"),
        ([trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                {**WITH, "StringEquals": {"aws:PrincipalType": "AssumedRole"}})],
         f"the role `arn:aws:iam::{ACCOUNT}:role/own-role`"),
        ([trust({"AWS": "*"}, {**WITH, "ArnEquals": {"aws:PrincipalArn": ROLE}})], f"the role `{ROLE}`"),
    ],
)  # fmt: skip
def test_who_can_never_carry_it_is_named(statements: list[Doc], who: str) -> None:
    report = judge(*statements, kind=Kind.TRUST)
    finding = the(report, RULE, "warning")
    assert finding.message == (
        f"the trust policy demands MFA of {who}, which can never carry it and so cannot assume the role"
    )
    assert "aws:MultiFactorAuth" in underlined(report, finding)
    assert finding.repair is None
    assert (finding.assumption == "role-session-mfa") is ("role `" in who)
    assert finding.witness is not None
    request = finding.witness.request
    bundle = Bundle([_EVERYTHING], resource=report.policy, resource_account=request.principal.account)
    assert Decider(bundle).decide(request).decision in ("implicit_deny", "explicit_deny")


_EVERYTHING = judge({"Effect": "Allow", "Action": "*", "Resource": "*"}).policy


def test_several_principals_of_one_statement_are_one_finding() -> None:
    finding = the(judge(trust({"AWS": [ROLE, SESSION, USER]}), kind=Kind.TRUST), RULE)
    assert finding.params == {"principals": [ROLE, SESSION], "action": "sts:AssumeRole"}


def test_for_roles_it_depends_on_the_assumption_and_for_providers_it_does_not() -> None:
    role, saml = trust({"AWS": ROLE}), trust({"Federated": SAML}, action="sts:AssumeRoleWithSAML")
    assert the(judge(role, kind=Kind.TRUST), RULE).notes
    named = the(judge(role, kind=Kind.TRUST, assumptions=Assumptions({"role-session-mfa": "false"})), RULE)
    assert named.assumption is None
    chained = Assumptions({"role-session-mfa": "true-when-chained"})
    assert silent(judge(role, kind=Kind.TRUST, assumptions=chained), RULE)
    assert the(judge(saml, kind=Kind.TRUST, assumptions=chained), RULE).assumption is None


@pytest.mark.parametrize(
    "statements",
    [
        [trust({"AWS": ACCOUNT})],
        [trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})],
        [trust({"AWS": USER})],
        [trust({"AWS": "*"}, {**WITH, "StringEquals": {"aws:PrincipalOrgID": "o-abc"}})],
        [trust({"AWS": ACCOUNT}, {**WITH, "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/adm*"}})],
        [trust({"AWS": ACCOUNT}, {**WITH, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}})],
        [trust({"AWS": ACCOUNT}, {**WITH, "StringEquals": {"sts:RoleSessionName": "${aws:username}"}})],
        [trust({"AWS": ROLE}, None)],
        [trust({"AWS": ROLE}, None), trust({"AWS": USER})],
        [trust({"AWS": [ROLE, USER]}), trust({"AWS": ROLE}, {"StringEquals": {"sts:ExternalId": "x"}})],
        [trust({"Federated": SAML}, {"BoolIfExists": {PRESENT: "true"}}, "sts:AssumeRoleWithSAML")],
        [trust({"Federated": SAML}, {"StringEquals": {"SAML:aud": "x"}}, "sts:AssumeRoleWithSAML")],
        [trust({"AWS": ROLE}, None), trust({"AWS": USER}, WITHOUT, effect="Deny")],
        [trust({"AWS": ROLE}, None), trust({"AWS": "*"}, {**WITHOUT, "ArnLike": {"aws:PrincipalArn": "*:user/*"}},
                                          effect="Deny")],
        [trust({"AWS": ROLE}, None), trust({"AWS": ROLE}, WITHOUT, "sts:TagSession", "Deny")],
        [trust({"AWS": "AIDAQXEXAMPLEUSERID01"})],
        [trust({"AWS": ROLE}, {"Bool": {PRESENT: "false"}})],
    ],
)  # fmt: skip
def test_it_is_silent_where_it_can_be_carried_or_is_not_demanded(statements: list[Doc]) -> None:
    assert silent(judge(*statements, kind=Kind.TRUST), RULE)


def test_it_speaks_of_trust_policies_only() -> None:
    bucket = {**trust({"AWS": ROLE}, action="s3:GetObject"), "Resource": "*"}
    assert silent(judge(bucket, kind=Kind.RESOURCE), RULE)
