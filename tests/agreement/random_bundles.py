"""Random policies in all the places where they bear on somebody, and random calls to try them with.

Statements are made for the calls that are tried, so that they often fit: their actions, their resources, and conditions
on what such calls carry. Operators at random come from `tests/properties/policies.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st
from tests.agreement.needed import APP, BARE_ROLE, IAM, SHARED, STS, Row
from tests.agreement.populated import ACCOUNT, CALLER
from tests.properties.policies import condition_element, conditions

Json = dict[str, Any]

KINDS = ("long-term-key", "token", "token-mfa", "console", "console-mfa", "role", "federated")
TRUSTS: tuple[Json, ...] = (
    {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
    {"Principal": {"AWS": CALLER}},
    {"Principal": {"AWS": APP}},
    {"Principal": {"AWS": "*"}, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
    {"Principal": {"AWS": ACCOUNT}, "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "900"}}},
    {"Principal": {"AWS": ACCOUNT}, "Condition": {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}},
    {"Principal": {"Service": "ec2.amazonaws.com"}},
)  # fmt: skip
"""What the role trusts that is assumed, apart from effect and actions."""

_CALLS = (*(row for row in IAM if row.operation != "CreateAccountAlias"), *STS)
S3_CALLS = (
    Row("s3", "GET /", {}, (("s3:ListAllMyBuckets", "*"),)),
    Row("s3", "HEAD /notes", {}, (("s3:ListBucket", "arn:aws:s3:::notes"),)),
    Row("s3", "PUT /notes", {}, (("s3:CreateBucket", "arn:aws:s3:::notes"),)),
    Row("s3", "DELETE /notes", {}, (("s3:DeleteBucket", "arn:aws:s3:::notes"),)),
    Row("s3", "GET /notes/caller/today", {}, (("s3:GetObject", "arn:aws:s3:::notes/caller/today"),)),
    Row("s3", "PUT /notes/caller/today", {}, (("s3:PutObject", "arn:aws:s3:::notes/caller/today"),)),
    Row("s3", "DELETE /notes/caller/today", {}, (("s3:DeleteObject", "arn:aws:s3:::notes/caller/today"),)),
)

_MFA = "aws:MultiFactorAuthPresent"
_CONDITIONS: tuple[Json, ...] = (
    {},
    {},
    {"Bool": {_MFA: "true"}},
    {"Bool": {_MFA: "false"}},
    {"BoolIfExists": {_MFA: "false"}},
    {"BoolIfExists": {_MFA: "true"}},
    {"Null": {_MFA: "true"}},
    {"Null": {_MFA: "false"}},
    {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
    {"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "60"}},
    {"Null": {"aws:MultiFactorAuthAge": "true"}},
    {"StringEquals": {"aws:PrincipalTag/team": "red"}},
    {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
    {"StringNotEquals": {"iam:ResourceTag/team": "red"}},
    {"StringLike": {"aws:RequestTag/cost": "?"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["cost", "team"]}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": "t*"}},
    {"Null": {"aws:TagKeys": "false"}},
    {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::*:policy/p/*"}},
    {"ArnEquals": {"iam:PermissionsBoundary": SHARED}},
    {"Null": {"iam:PermissionsBoundary": "true"}},
    {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    {"StringEquals": {"iam:ServiceSpecificCredentialServiceName": "codecommit.amazonaws.com"}},
    {"Null": {"iam:ServiceSpecificCredentialAgeDays": "true"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/staff/*"}},
    {"StringEquals": {"aws:PrincipalType": "AssumedRole"}},
    {"StringLike": {"aws:userid": "AROA*:one"}},
    {"StringEquals": {"aws:username": "caller"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid", "aws:ResourceAccount": ACCOUNT}},
    {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-exampleorgid/r-root/ou-root-people/*"}},
    {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}},
    {"StringNotLike": {"aws:UserAgent": "agreement*"}},
    {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
    {"Null": {"aws:TokenIssueTime": "true"}},
    {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    {"Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}},
    {"StringEquals": {"sts:RoleSessionName": "one"}},
    {"StringEquals": {"sts:SourceIdentity": "joe"}},
    {"StringEquals": {"s3:authType": "REST-HEADER"}},
)
_RESOURCES = (
    "*", "*", "arn:aws:iam::*:user/*", "arn:aws:iam::*:user/staff/${aws:username}",
    "arn:aws:iam::*:user/${aws:username}",
    f"arn:aws:iam::{ACCOUNT}:*", "arn:aws:iam::*:mfa/*", "arn:aws:iam::*:mfa/d/${aws:PrincipalTag/team}",
    "arn:aws:iam::*:policy/p/*", "arn:aws:iam::*:role/r/?pp", "arn:aws:s3:::notes/${aws:username}/*", "arn:aws:s3:::*",
    "arn:aws:sts::*:federated-user/*", BARE_ROLE,
)  # fmt: skip
_ACTIONS = ("*", "iam:*", "sts:*", "s3:*", "iam:Get*", "iam:*MFADevice*", "IAM:list*", "iam:Tag*", "sts:Assume?ole")


class Scene(NamedTuple):
    """Policies, somebody on whom they bear, and what he tries."""

    kind: str
    """His kind of credential."""
    identity: tuple[tuple[str, Json], ...]
    """Where each policy stands, and its document: `inline`, `managed`, `group inline`, `group managed`."""
    boundary: Json | None
    scps: tuple[tuple[Json, ...], ...] | None
    """At the root, at the unit and at the account."""
    session: tuple[Json, ...]
    trust: Json
    chained: bool
    """Whether the role was assumed from a session with MFA, and the assumption `role-session-mfa` reads it so."""
    calls: tuple[Row, ...]


def _statement(draw: st.DrawFn, calls: tuple[Row, ...], *, plain: bool) -> Json:
    needs = [need for row in calls for need in row.needs if "<" not in need[1]] or [("iam:GetUser", CALLER)]
    action, resource = draw(st.sampled_from(needs))
    actions = (action, action, action, action.upper(), *_ACTIONS)
    resources = (resource, resource, resource, *_RESOURCES)
    listed = draw(st.lists(st.sampled_from(actions), min_size=1, max_size=2))
    places = draw(st.lists(st.sampled_from(resources), min_size=1, max_size=2))
    if plain or draw(st.integers(0, 3)):
        condition = draw(st.sampled_from(_CONDITIONS))
    else:
        condition = condition_element(draw(st.lists(conditions(), min_size=1, max_size=2)))
    effect = draw(st.sampled_from(("Allow", "Allow", "Allow", "Deny")))
    few = effect == "Deny"  # a Deny of nearly everything leaves nothing to compare
    return {
        "Effect": effect,
        "NotAction" if draw(st.integers(0, 7)) == 7 and not few else "Action": listed,
        "NotResource" if draw(st.integers(0, 7)) == 7 and "*" not in places else "Resource": places,
        **({"Condition": condition} if condition else {}),
    }


def _document(draw: st.DrawFn, calls: tuple[Row, ...], *, plain: bool = False, open_: int = 0) -> Json:
    """A policy; one in *open_* begins with permission for everything."""
    found = [_statement(draw, calls, plain=plain) for _ in range(draw(st.integers(1, 2)))]
    if open_ and draw(st.integers(1, open_)) == open_:
        found.insert(0, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    return {"Version": "2012-10-17", "Statement": found}


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Everything at once, each part of it often missing."""
    kind = draw(st.sampled_from(KINDS))
    calls = tuple(draw(st.lists(st.sampled_from((*_CALLS, *S3_CALLS)), min_size=5, max_size=5)))
    places = ("inline", "managed", "group inline", "group managed")
    identity = [
        (draw(st.sampled_from(places[:2] if kind == "role" else places)), _document(draw, calls, open_=3))
        for _ in range(draw(st.integers(0, 3)))
    ]
    boundary = _document(draw, calls, open_=2) if draw(st.integers(0, 2)) == 2 else None
    scps = None
    if draw(st.booleans()):
        scps = tuple(
            tuple(
                _document(draw, calls, open_=1 if draw(st.integers(0, 3)) else 3)
                for _ in range(draw(st.integers(1, 2)))
            )
            for _ in range(3)
        )
    session: tuple[Json, ...] = ()
    if kind in ("role", "federated") and draw(st.integers(0, 2)):
        session = (_document(draw, calls, plain=True, open_=2),)
    trust = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], **draw(st.sampled_from(TRUSTS))}
    chained = kind == "role" and draw(st.booleans())
    return Scene(kind, tuple(identity), boundary, scps, session, trust, chained, calls)
