"""Random bundles of small policies, and random requests that they could meet, for the tests of proofs."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from iamfa.evaluate.credential import CREDENTIALS

Json = dict[str, Any]

ACTIONS = (
    "s3:GetObject", "iam:CreateUser", "iam:ListUsers", "kms:Decrypt", "kms:RetireGrant", "sts:AssumeRole",
    "sts:GetSessionToken", "ec2:RunInstances", "x:y",
)  # fmt: skip
ACTION_PATTERNS = ("*", "*", "iam:*", "s3:*", "kms:*", "iam:Create*", "sts:*", "kms:RetireGrant", "iam:?istUsers")
RESOURCES = (
    "*", "arn:aws:s3:::b/bob", "arn:aws:s3:::b/red", "arn:aws:s3:::b/x", "arn:aws:iam::123456789012:user/bob",
    "arn:aws:iam::123456789012:mfa/bob", "arn:aws:iam::123456789012:mfa/red", "arn:aws:kms:eu:123456789012:key/1",
    "key/1", "arn:aws-cn:s3:::b", "arn:aws:iam::123456789012:user/mfa/bob", "bob", "",
)  # fmt: skip
RESOURCE_PATTERNS = (
    "*", "*", "*", "arn:aws:s3:::b/*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*",
    "arn:aws:iam::*:mfa/${aws:username}", "arn:aws:iam::*:mfa/*", "arn:aws:s3:::b/${aws:PrincipalTag/team, 'x'}",
    "arn:aws:s3:::b/${aws:PrincipalTag/team}", "arn:aws:kms:*:*:key/*", "arn:aws:s3:::b/?",
    "arn:aws:iam::${aws:PrincipalTag/team}:mfa/*", "arn:aws:iam::*:user/*${aws:username}",
)  # fmt: skip
SHORT = ("arn:aws:s3",)
"""Completed in identity-based policies, and refused in all others."""
CONDITIONS = (
    ("Bool", "aws:MultiFactorAuthPresent", ["true"]),
    ("Bool", "aws:MultiFactorAuthPresent", ["false"]),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", ["false"]),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", ["false"]),
    ("Null", "aws:MultiFactorAuthPresent", ["true"]),
    ("Null", "aws:MultiFactorAuthAge", ["true"]),
    ("NumericGreaterThanIfExists", "aws:MultiFactorAuthAge", ["3600"]),
    ("NumericLessThan", "aws:MultiFactorAuthAge", ["3600"]),
    ("StringNotEquals", "aws:MultiFactorAuthPresent", ["true"]),
    ("ForAllValues:Bool", "aws:MultiFactorAuthPresent", ["false"]),
    ("StringEquals", "aws:PrincipalTag/team", ["red", "blue"]),
    ("StringNotEquals", "aws:PrincipalTag/team", ["red"]),
    ("StringLike", "aws:PrincipalTag/team", ["r*", "${aws:username}"]),
    ("StringNotEqualsIgnoreCase", "aws:PrincipalTag/team", ["RED"]),
    ("StringEquals", "aws:ResourceTag/owner", ["${aws:username}"]),
    ("StringNotEquals", "aws:ResourceTag/owner", ["${aws:username}", "x"]),
    ("StringLike", "aws:ResourceTag/owner", ["*${aws:PrincipalTag/team, 'x'}"]),
    ("Null", "aws:ResourceTag/owner", ["false"]),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["a", "b"]),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ["a"]),
    ("ForAnyValue:StringNotLike", "aws:TagKeys", ["a*"]),
    ("ForAllValues:StringNotEquals", "aws:TagKeys", ["a"]),
    ("StringEquals", "aws:TagKeys", ["a"]),
    ("Null", "aws:TagKeys", ["false"]),
    ("IpAddress", "aws:SourceIp", ["10.0.0.0/8"]),
    ("NotIpAddress", "aws:SourceIp", ["10.0.0.0/16"]),
    ("NotIpAddressIfExists", "aws:SourceIp", ["10.0.0.0/8"]),
    ("DateLessThan", "aws:CurrentTime", ["2020-01-01"]),
    ("DateGreaterThanEquals", "aws:CurrentTime", ["2020-01-01T00:00:00Z"]),
    ("ArnLike", "aws:PrincipalArn", ["arn:*:iam::*:user/*"]),
    ("ArnNotLike", "aws:PrincipalArn", ["arn:aws:iam::*:user/${aws:username}"]),
    ("ArnEquals", "aws:PrincipalArn", ["arn:aws:iam::123456789012:user/bob"]),
    ("ArnLike", "aws:SourceArn", ["arn:aws:s3:::*"]),
    ("ArnNotLikeIfExists", "aws:SourceArn", ["arn:aws:*:::b*"]),
    ("StringEquals", "aws:username", ["bob"]),
    ("StringNotLike", "aws:username", ["b*"]),
    ("StringEquals", "aws:PrincipalType", ["User"]),
    ("Bool", "aws:SecureTransport", ["false"]),
    ("Null", "aws:TokenIssueTime", ["true"]),
)
VALUES: dict[str, Sequence[Any]] = {
    "aws:PrincipalTag/team": ("red", "blue", "bob", "", "RED", "green", "x"),
    "aws:ResourceTag/owner": ("bob", "x", "", "red", "green"),
    "aws:TagKeys": ("a", "b", "c", ["a"], ["a", "b"], ["c"], ["a", "c"], [""], ["", "a"]),
    "aws:SourceIp": ("10.0.0.1", "10.9.0.1", "192.0.2.1", "::1", "text"),
    "aws:CurrentTime": ("2019-05-05", "2020-01-01T00:00:00Z", "2031-01-01", "text"),
    "aws:SourceArn": ("arn:aws:s3:::b", "arn:aws:s3:::c:d", "arn:aws:sqs:::b", "text"),
    "aws:MultiFactorAuthAge": ("0", "3600", "3601"),
    "aws:TokenIssueTime": ("2020-01-01T00:00:00Z",),
}
PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": "arn:aws:iam::123456789012:user/bob"},
    {"AWS": "arn:aws:iam::123456789012:root"},
    {"AWS": ["123456789012", "arn:aws:iam::123456789012:role/r"]},
    {"Service": "ec2.amazonaws.com"},
    {"AWS": "AIDAABCDEFGHIJKLMNOP"},
)
USERS = (
    "arn:aws:iam::123456789012:user/bob",
    "arn:aws:iam::123456789012:user/red",
    "arn:aws:iam::123456789012:user/some-user",
    "arn:aws:iam::123456789012:user/b",
    "arn:aws-cn:iam::210987654321:user/bob",
)


def random_statement(
    random: Random, *, principal: bool = False, effect: str | None = None, whole: bool = False
) -> Json:
    """A statement; with a Principal or NotPrincipal if asked."""
    effect = effect or random.choice(("Allow", "Deny"))
    made: Json = {"Effect": effect}
    if principal:
        negated = effect == "Deny" and random.random() < 0.3
        made["NotPrincipal" if negated else "Principal"] = random.choice(PRINCIPALS)
    some = random.sample(ACTION_PATTERNS, random.choice((1, 1, 2)))
    made[random.choice(("Action", "Action", "NotAction"))] = some
    resources = random.sample(RESOURCE_PATTERNS if whole else RESOURCE_PATTERNS + SHORT, random.choice((1, 1, 2)))
    made[random.choice(("Resource", "Resource", "NotResource"))] = resources
    conditions: Json = {}
    for operator, key, values in random.sample(CONDITIONS, random.choice((0, 1, 1, 2))):
        conditions.setdefault(operator, {})[key] = values
    if conditions:
        made["Condition"] = conditions
    return made


def random_policy(random: Random, *, principal: bool = False, whole: bool = True, most: int = 3) -> Json:
    """A document of a few statements."""
    statements = [random_statement(random, principal=principal, whole=whole) for _ in range(random.randint(1, most))]
    versions = ("2012-10-17",) if whole else ("2012-10-17",) * 5 + ("2008-10-17",)
    return {"Version": random.choice(versions), "Statement": statements}


def forcing(random: Random) -> Json:
    """A Deny that has a chance to hold: about everything, or nearly."""
    deny = random_statement(random, effect="Deny")
    deny.pop("Action", None), deny.pop("NotResource", None)
    deny["NotAction"] = ["iam:ListUsers"]
    deny["Resource"] = "*"
    operator, key, values = random.choice(CONDITIONS[:10])
    deny["Condition"] = {operator: {key: values}}
    return deny


def random_bundle(random: Random, *, resource_account: bool = False) -> Json:
    """The fields of a bundle; most have only some."""
    made: Json = {"identity_policies": [random_policy(random, whole=False) for _ in range(random.randint(1, 2))]}
    if random.random() < 0.6:
        made["identity_policies"].append({"Version": "2012-10-17", "Statement": [forcing(random)]})
    if random.random() < 0.25:
        made["boundary"] = random_policy(random)
    if random.random() < 0.2:
        made["session_policies"] = [random_policy(random)]
    if random.random() < 0.25:
        made["scps"] = [[random_policy(random, most=2)] for _ in range(random.randint(1, 2))]
    if random.random() < 0.2:
        made["rcps"] = [[_rcp(random)]]
    if random.random() < 0.35:
        made["resource_policy"] = random_policy(random, principal=True, most=2)
        if resource_account:
            made["resource_account"] = random.choice(("123456789012", "210987654321"))
    return made


def _rcp(random: Random) -> Json:
    statements = []
    for _ in range(2):
        made = random_statement(random, whole=True)
        made.pop("NotAction", None)
        made["Action"] = random.choice(("s3:*", "kms:*", "sts:AssumeRole")) if made["Effect"] == "Deny" else "*"
        if made["Effect"] == "Allow":
            made.pop("Condition", None), made.pop("NotResource", None)
            made["Resource"] = "*"
        made["Principal"] = "*"
        statements.append(made)
    return {"Version": "2012-10-17", "Statement": statements}


def random_request(random: Random, kind: str, user: str) -> Json:
    """A request that AWS could make of what a user with this kind of credential sends."""
    row = CREDENTIALS[kind]
    path = user.partition("user/")[2]
    context: Json = {
        "aws:username": path.rpartition("/")[2],
        "aws:PrincipalArn": user,
        "aws:PrincipalAccount": user.split(":")[4],
        "aws:PrincipalType": "User",
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:SecureTransport": "true",
        "aws:userid": random.choice(("AIDAABCDEFGHIJKLMNOP", "AIDAABCDEFGHIJKLMNOQ")),
    }
    for key, values in VALUES.items():
        if random.random() < 0.7:
            context[key] = random.choice(values)
    for key, there in (("aws:MultiFactorAuthAge", row.mfa_age), ("aws:TokenIssueTime", row.temporary)):
        context.pop(key, None)
        if there:
            context[key] = random.choice(VALUES[key])
    if row.mfa_present is not None:
        context["aws:MultiFactorAuthPresent"] = row.mfa_present
    return {
        "principal": user,
        "action": random.choice(ACTIONS),
        "resource": random.choice(RESOURCES) or "arn:aws:s3:::" + random.choice(("b", "b/green", "c")),
        "context": context,
    }
