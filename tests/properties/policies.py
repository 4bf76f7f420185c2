"""Lines of `can --batch` at random: principals of all kinds, all layers of policies, all operators.

The pools are small and belong together, so that statements often fit. What is left out here on purpose, because AWS
leaves it open and the evaluators under test read it differently, is listed in `test_decider.py`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

Json = dict[str, Any]
Line = dict[str, Any]

OWN = "111122223333"
OTHER = "444455556666"
VERSIONS = ("2012-10-17", "2008-10-17")
SERVICE_LINKED = f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"


# Who asks


class Caller(NamedTuple):
    """A requester, and the entries of a Principal element that may mean him."""

    principal: str | None
    context: tuple[tuple[str, str], ...]
    """Keys that must go with this requester, and their values."""
    entries: tuple[tuple[str, str], ...]
    listed_together: tuple[tuple[str, str], ...] = ()
    """Entries that a NotPrincipal lists all or none of."""
    limited: bool = False
    """Whether a permissions boundary and session policies can bear on him."""
    in_account: bool = True


def _user(path: str) -> Caller:
    arn = f"arn:aws:iam::{OWN}:user{path}alice"
    return Caller(arn, (), (("AWS", arn), ("CanonicalUser", "79a59df900b949e5")), limited=True)


_ROLE = f"arn:aws:iam::{OWN}:role/app"
_SESSION = f"arn:aws:sts::{OWN}:assumed-role/app/one"
_FEDERATED = f"arn:aws:sts::{OWN}:federated-user/alice"
_SAML = f"arn:aws:iam::{OWN}:saml-provider/corp"

CALLERS = (
    _user("/"),
    _user("/team/"),
    Caller(_ROLE, (), (("AWS", _ROLE), ("AWS", _SESSION)), limited=True),
    Caller(_SESSION, (), (("AWS", _SESSION), ("AWS", _ROLE)), (("AWS", _SESSION), ("AWS", _ROLE)), limited=True),
    Caller(_SESSION, (), (("AWS", f"arn:aws:iam::{OWN}:role/path/app"), ("AWS", _SESSION + "s")), limited=True),
    Caller(_FEDERATED, (), (("AWS", _FEDERATED), ("AWS", f"arn:aws:iam::{OWN}:user/alice")), limited=True),
    Caller(_FEDERATED, (), (("AWS", f"arn:aws:iam::{OWN}:user/bob"),), limited=True),
    Caller(f"arn:aws:iam::{OWN}:root", (), ()),
    Caller("ec2.amazonaws.com", (), (("Service", "ec2.amazonaws.com"),), in_account=False),
    Caller(_SAML, (), (("Federated", _SAML),), in_account=False),
    Caller("accounts.google.com", (), (("Federated", "accounts.google.com"),), in_account=False),
    Caller(None, (), (), in_account=False),
    Caller(SERVICE_LINKED, (), (("AWS", SERVICE_LINKED),)),
    Caller(
        f"arn:aws:sts::{OWN}:assumed-role/AWSServiceRoleForX/one",
        (("aws:PrincipalArn", SERVICE_LINKED),),
        (("AWS", SERVICE_LINKED),),
        (("AWS", SERVICE_LINKED), ("AWS", f"arn:aws:sts::{OWN}:assumed-role/AWSServiceRoleForX/one")),
    ),
)  # fmt: skip

_EVERYBODY = ("*", "*")
_STRANGERS = (
    ("AWS", OWN),
    ("AWS", f"arn:aws:iam::{OWN}:root"),
    ("AWS", OTHER),
    ("AWS", f"arn:aws:iam::{OTHER}:user/alice"),
    ("AWS", "*"),
    ("Service", "lambda.amazonaws.com"),
)


# What is asked for


class Target(NamedTuple):
    """An action on a resource, and patterns some of which take it in."""

    action: str
    resource: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    account: str | None
    """The account in the resource's ARN, where it names one."""
    policy: str | None = "resource"
    """What kind of resource-based policy the resource may have."""
    foreign: bool = False
    """Whether the resource lies in another partition, and so in another account."""


_S3 = ("s3:GetObject", "s3:getobject", "S3:Get*", "s3:*", "*", "s3:Put*", "s3:?etObject", "iam:*")
_S3_ARNS = (
    "*", "arn:aws:s3:::bucket/alice/file", "arn:aws:s3:::bucket/*", "arn:aws:s3:::*", "arn:*:s3:::bucket/*",
    "arn:aws:s3:::bucket/${aws:username}/*", "arn:aws:s3:::bucket/${AWS:UserName}/fil?",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/site, 'alice'}/*", "arn:aws:s3:::bucket/${aws:TagKeys}/*",
    "arn:aws:s3:::bucket/${*}/*", "arn:aws:s3:::Bucket/*", "arn:aws:s3:::other", "arn:aws:s3:::b*t/${aws:username}/f*e",
    "arn:aws:s3:*", "arn:aws:s3:::bucket/*/${aws:PrincipalTag/team}", "arn:aws:s3:::*/${aws:username}/*",
)  # fmt: skip
_MFA = ("iam:CreateVirtualMFADevice", "iam:Create*", "iam:*", "*", "iam:createvirtualmfadevice", "iam:Delete*", "s3:*")
_MFA_ARNS = (
    "*", "arn:aws:iam::*:mfa/${aws:username}", "arn:aws:iam::*:mfa/*", f"arn:aws:iam::{OWN}:mfa/alice",
    "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::${aws:PrincipalAccount}:mfa/*", "arn:aws:iam::*",
    f"arn:aws:iam::{OTHER}:*", "arn:*:iam::*:mfa/?????", "arn:aws:iam::*:mfa/${aws:PrincipalTag/site, 'alice'}",
)  # fmt: skip
_KMS = ("kms:Decrypt", "kms:*", "*", "kms:De?rypt", "kms:Encrypt", "KMS:DECRYPT")
_EC2 = ("ec2:RunInstances", "ec2:*", "*", "ec2:Run*", "ec2:Stop*")
_TRUST = ("sts:AssumeRole", "sts:*", "*", "sts:Assume*", "STS:assumerole", "sts:TagSession")


def _key(account: str) -> Target:
    key = f"arn:aws:kms:us-east-1:{account}:key/1234"
    resources = ("*", key, f"arn:aws:kms:*:{account}:key/*", "arn:aws:kms:*:*:alias/*")
    return Target("kms:Decrypt", key, _KMS, resources, account)


def _role(account: str) -> Target:
    role = f"arn:aws:iam::{account}:role/target"
    resources = ("*", role, "arn:aws:iam::*:role/t*", "arn:aws:iam::*:role/other")
    return Target("sts:AssumeRole", role, _TRUST, resources, account, "trust")


TARGETS = (
    Target("s3:GetObject", "arn:aws:s3:::bucket/alice/file", _S3, _S3_ARNS, None),
    Target("S3:GETOBJECT", "arn:aws:s3:::bucket/alice/file", _S3, _S3_ARNS, None),
    Target("s3:GetObject", "arn:aws:s3:::bucket/*/file", _S3, _S3_ARNS, None),
    Target("s3:ListAllMyBuckets", "*", ("s3:List*", "s3:*", "*", "s3:Get*"), _S3_ARNS, None, None),
    Target("s3:GetObject", "arn:aws-cn:s3:::bucket/alice/file", _S3, _S3_ARNS, None, foreign=True),
    Target("iam:CreateVirtualMFADevice", f"arn:aws:iam::{OWN}:mfa/alice", _MFA, _MFA_ARNS, OWN, None),
    Target("iam:CreateVirtualMFADevice", f"arn:aws:iam::{OWN}:mfa/alice", _MFA, _MFA_ARNS, OWN, None),
    _key(OWN),
    _key(OTHER),
    Target("kms:RetireGrant", f"arn:aws:kms:us-east-1:{OWN}:key/1234", ("kms:*", "kms:Retire*"), ("*",), OWN),
    _role(OWN),
    _role(OTHER),
    Target("ec2:RunInstances", f"arn:aws:ec2:us-east-1:{OTHER}:instance/i-1", _EC2, ("*", "arn:aws:ec2:*"), OTHER),
    Target("ec2:RunInstances", f"arn:aws:ec2:us-east-1:{OWN}:instance/i-1", _EC2, ("*", "arn:aws:ec2:*"), OWN, None),
)
CALLER_IDENTITY = Target("sts:GetCallerIdentity", "*", ("sts:*", "*", "sts:Get*"), ("*",), None, None)


# Conditions

KEYS = {
    "aws:username": ("alice", "bob", "ALICE", "*"),
    "aws:PrincipalTag/team": ("red", "blue", "file"),
    "aws:PrincipalTag/site": ("alice", "north"),
    "aws:UserAgent": ("", "curl", "aws-cli/2"),
    "aws:TagKeys": ("a", "b", "c"),
    "aws:PrincipalAccount": (OWN, OTHER),
    "aws:MultiFactorAuthAge": ("5", "5.0", "300", "-1", "5abc", "0.5"),
    "aws:MultiFactorAuthPresent": ("true", "false", "TRUE", "yes"),
    "aws:CurrentTime": ("2020-05-17T10:00:00Z", "2020-05-17T12:00:00+02:00", "1589709600", "2020-05-17", "now"),
    "aws:SourceIp": ("10.0.0.1", "192.0.2.7", "2001:db8::1", "10.0.0.0/8", "nowhere"),
    "aws:PrincipalArn": (f"arn:aws:iam::{OWN}:user/alice", _ROLE, f"arn:aws:iam::{OTHER}:root"),
    "aws:SourceArn": ("arn:aws:s3:::bucket/a:b", "arn:aws:sns:us-east-1:111122223333:topic"),
    "app:Blob": ("YQ==", "QmluYXJ5", "not base64"),
}  # fmt: skip
"""Every key with values that a request may carry for it."""

ARN_KEYS = ("aws:PrincipalArn", "aws:SourceArn")
"""Keys whose values are always ARNs."""

_TEXTS = (
    "alice", "al*", "?lice", "ALICE", "red", "a", "b", "5", "true", "", "*", "${aws:username}", "${AWS:username}",
    "${aws:PrincipalTag/site, 'north'}", "${*}", "${aws:TagKeys}", "${aws:UserAgent}", "c${?}rl", "10.0.0.1", "cur*",
    f"arn:aws:iam::{OWN}:user/*", 5, True, 5.5,
)  # fmt: skip
_ARNS = (
    "arn:aws:iam::*:user/alice", f"arn:*:iam::{OWN}:*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:s3:::*",
    "arn:aws:iam::${aws:PrincipalAccount}:user/*", "arn:aws:s3:::bucket/a", "arn:*:*:*:*:*",
    "arn:aws:s?s:*:*:topic", "arn:aws:iam::*:role/*",
)  # fmt: skip
_NUMBERS = ("5", "5.0", "300", "-1", "0", 5, 0.5, 300, "00005.000")
_DATES = ("2020-05-17T10:00:00Z", "2020-05-17T10:00:00.000+00:00", "1589709600", "2020", "2020-05", "2021-01-01", 0)
_RANGES = ("10.0.0.0/8", "10.0.0.1", "192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0", "10.255.0.1/8", "2001:db8::1/128")

_RELATIONS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
FAMILIES: tuple[tuple[tuple[str, ...], tuple[Any, ...], tuple[str, ...]], ...] = (
    (
        ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
         "StringNotLike"),
        _TEXTS,
        ("aws:username", "aws:PrincipalTag/team", "aws:UserAgent", "aws:TagKeys", "aws:PrincipalArn"),
    ),
    (
        ("ArnEquals", "ArnLike"),
        (*_ARNS, "arn:aws:iam", "${aws:PrincipalArn}", "${aws:username}", "alice"),
        (*ARN_KEYS, "aws:username"),
    ),
    (("ArnNotEquals", "ArnNotLike"), _ARNS, ARN_KEYS),
    (tuple(f"Numeric{each}" for each in _RELATIONS), _NUMBERS, ("aws:MultiFactorAuthAge", "aws:username")),
    (tuple(f"Date{each}" for each in _RELATIONS), _DATES, ("aws:CurrentTime", "aws:username")),
    (("Bool",), ("true", "false", "True", True, False), ("aws:MultiFactorAuthPresent", "aws:username")),
    (("BinaryEquals",), ("YQ==", "QmluYXJ5"), ("app:Blob", "aws:username")),
    (("IpAddress", "NotIpAddress"), _RANGES, ("aws:SourceIp", "aws:username")),
    (("Null",), ("true", "false", True, False), tuple(key for key in KEYS if key != "aws:UserAgent")),
)  # fmt: skip
"""Operators, values that each can read, and keys to ask about; an operator is mostly put to keys of its kind."""

OPERATORS = tuple(operator for operators, _, _ in FAMILIES for operator in operators)


@cache
def _up_to_three(pool: tuple[Any, ...]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(pool), min_size=1, max_size=3)


_IF_EXISTS = st.sampled_from(("", "IfExists"))
_FIFTH = st.integers(0, 4)
_QUARTER = st.integers(0, 3)


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, Any]:
    """An operator, a key and its values, as they stand in a policy."""
    operators, values, keys = draw(st.sampled_from(FAMILIES))
    operator = draw(st.sampled_from(operators))
    key = draw(st.sampled_from(keys))
    if operator != "Null":
        qualifiers = ("", "ForAnyValue:") if key == "aws:UserAgent" else ("", "ForAnyValue:", "ForAllValues:")
        operator = draw(st.sampled_from(qualifiers)) + operator + draw(_IF_EXISTS)
    listed = draw(_up_to_three(values))
    return operator, draw(st.sampled_from((key, key.lower()))), listed[0] if len(listed) == 1 else listed


def condition_element(drawn: list[tuple[str, str, Any]]) -> Json:
    """A Condition element of these conditions; a later one on the same operator and key replaces the earlier."""
    element: dict[str, dict[str, Any]] = {}
    for operator, key, values in drawn:
        block = element.setdefault(operator, {})
        for written in [written for written in block if written.lower() == key.lower()]:
            del block[written]
        block[key] = values
    return element


_CONDITIONS = st.lists(conditions(), max_size=2).map(condition_element)


@cache
@st.composite
def contexts(draw: st.DrawFn, caller: Caller) -> Json:
    """What a request carries: each key absent, single-valued or multivalued."""
    context: Json = {}
    for key, values in KEYS.items():
        count = draw(st.sampled_from((0, 1, 1, 1, 1, 2)))
        value: Any = draw(st.sampled_from(values))
        if count == 2 and key != "aws:PrincipalTag/site":
            value = draw(st.lists(st.sampled_from(values), max_size=2))
        if count:
            context[draw(st.sampled_from((key, key.lower())))] = value
    for key, value in caller.context:
        context.pop(key.lower(), None)
        context[key] = value
    return context


# Policies


@cache
@st.composite
def principals(draw: st.DrawFn, caller: Caller, *, federated: bool) -> Any:
    """A Principal element that often means the requester."""
    own = [e for e in caller.entries if e[0] != "Federated" or federated]
    entries = draw(_up_to_three((*own, *own, _EVERYBODY, *_STRANGERS)))
    return "*" if _EVERYBODY in entries else _by_type(entries)


@cache
@st.composite
def exceptions(draw: st.DrawFn, caller: Caller) -> Any:
    """A NotPrincipal element."""
    named = [e for e in _STRANGERS if e != ("AWS", "*")]
    free = [e for e in caller.entries if e[0] != "Federated" and not e[1].startswith(f"arn:aws:iam::{OWN}:user/")]
    if caller.principal is not None and ":user/" in caller.principal:
        free = list(caller.entries)
    free = [e for e in free if ":role/path/" not in e[1] and e not in caller.listed_together]
    entries = draw(_up_to_three((*free, *named)))
    if caller.listed_together and draw(st.booleans()):
        entries += caller.listed_together
    return _by_type(entries)


def _by_type(entries: list[tuple[str, str]]) -> dict[str, Any]:
    element: dict[str, list[str]] = {}
    for type_, value in entries:
        element.setdefault(type_, []).append(value)
    return {type_: values[0] if len(values) == 1 else values for type_, values in element.items()}


@cache
def _some(pool: tuple[str, ...]) -> st.SearchStrategy[str | list[str]]:
    return st.one_of(st.sampled_from(pool), _up_to_three(pool))


@cache
@st.composite
def statements(draw: st.DrawFn, target: Target, caller: Caller, kind: str, effect: str | None = None) -> Json:
    """One statement; *kind* is `identity`, `session`, `scp`, `rcp`, `resource` or `trust`."""
    effect = effect or draw(st.sampled_from(("Allow", "Allow", "Deny")))
    statement: Json = {"Effect": effect}
    if kind == "rcp":
        statement |= {"Effect": "Deny", "Principal": "*"}
        statement["Action"] = draw(_some(("s3:*", "s3:GetObject", "kms:De*", "sts:AssumeRole", "sts:Get*", "kms:*")))
    else:
        negated = draw(_FIFTH) == 4
        # Everything but one thing is much; mostly nothing is left when the list is long.
        statement["NotAction" if negated else "Action"] = draw(_some(target.actions))
    if kind == "resource" and effect == "Deny" and draw(st.booleans()):
        statement["NotPrincipal"] = draw(exceptions(caller))
    elif kind in ("resource", "trust"):
        statement["Principal"] = draw(principals(caller, federated=kind == "trust"))
        if kind == "trust" and isinstance(statement["Principal"], dict):
            statement["Principal"].pop("CanonicalUser", None)
            statement["Principal"] = statement["Principal"] or "*"
    if kind != "trust":
        pool = target.resources
        if kind in ("session", "resource", "rcp"):
            pool = tuple(each for each in pool if each == "*" or each.count(":") - each.count("${aws:") >= 5)
        statement["NotResource" if draw(_FIFTH) == 4 else "Resource"] = draw(_some(pool))
    condition = draw(_CONDITIONS)
    if condition:
        statement["Condition"] = condition
    return statement


@cache
def _one_to_three(target: Target, caller: Caller, kind: str) -> st.SearchStrategy[list[Json]]:
    return st.lists(statements(target, caller, kind), min_size=1, max_size=3)


RCP_FULL_ACCESS: Json = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
FULL_ACCESS: Json = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@cache
@st.composite
def policies(draw: st.DrawFn, target: Target, caller: Caller, kind: str) -> Json:
    """A policy document."""
    found = draw(_one_to_three(target, caller, kind))
    if kind == "rcp":
        found = [RCP_FULL_ACCESS, *found] if draw(_FIFTH) else found
    version = "2012-10-17" if kind in ("scp", "rcp") else draw(st.sampled_from((VERSIONS[0], *VERSIONS)))
    return {"Version": version, "Statement": found}


@cache
def _up_to_two(target: Target, caller: Caller, kind: str) -> st.SearchStrategy[list[Json]]:
    return st.lists(policies(target, caller, kind), max_size=2)


@cache
def _levels(target: Target, caller: Caller, kind: str) -> st.SearchStrategy[list[list[Json]] | None]:
    level = _up_to_two(target, caller, kind)
    full = st.just([FULL_ACCESS]) if kind == "scp" else level
    return st.lists(st.one_of(full, level), max_size=2)


class Case(NamedTuple):
    """A line, and what it was made of."""

    line: Line
    caller: Caller
    target: Target


USERS = CALLERS[:2]


@cache
@st.composite
def cases(draw: st.DrawFn, callers: tuple[Caller, ...] = (*USERS, *CALLERS)) -> Case:
    """A whole line of `can --batch`."""
    caller = draw(st.sampled_from(callers))
    target = draw(st.sampled_from((*TARGETS, CALLER_IDENTITY) if caller.in_account else TARGETS))
    accounts = (target.account,) if target.account else (OTHER,) if target.foreign else (OWN, OTHER)
    account: str | None = draw(st.sampled_from(accounts))
    if account == OWN and draw(st.booleans()):
        account = None
    line: Line = {
        "id": "random",
        "request": {
            "principal": caller.principal,
            "action": target.action,
            "resource": target.resource,
            "context": draw(contexts(caller)),
        },
        "identity_policies": draw(_up_to_two(target, caller, "identity")),
        "boundary": None,
        "scps": None if draw(_QUARTER) else draw(_levels(target, caller, "scp")),
        "rcps": None if draw(_QUARTER) else draw(_levels(target, caller, "rcp")),
        "session_policies": None,
        "resource_policy": None,
        "resource_account": account,
    }
    if caller.limited:
        if not draw(_QUARTER):
            line["boundary"] = draw(policies(target, caller, "identity"))
        if not draw(_QUARTER):
            line["session_policies"] = draw(_up_to_two(target, caller, "session"))
    if target.policy and (not caller.in_account or account == OTHER or draw(st.booleans())):
        line["resource_policy"] = draw(policies(target, caller, target.policy))
    return Case(line, caller, target)


@st.composite
def cases_with_one_more(draw: st.DrawFn, effect: str) -> tuple[Line, Line]:
    """A line, and the same line with one statement more in one of its policies."""
    line, caller, target = draw(cases())
    places = [("identity", policy) for policy in line["identity_policies"]]
    places += [("identity", line["boundary"])] if line["boundary"] else []
    places += [("scp", policy) for level in line["scps"] or () for policy in level]
    places += [("session", policy) for policy in line["session_policies"] or ()]
    places += [(str(target.policy), line["resource_policy"])] if line["resource_policy"] else []
    new: Json = {"Version": "2012-10-17", "Statement": []}
    kind, policy = draw(st.sampled_from([*places, ("identity", new)]))
    statement = draw(statements(target, caller, kind, effect))
    if policy is new:
        return line, {**line, "identity_policies": [*line["identity_policies"], {**new, "Statement": [statement]}]}
    grown = {**policy, "Statement": [*policy["Statement"], statement]}
    return line, replaced(line, policy, grown)


def replaced(value: Any, old: Json, new: Json) -> Any:
    """The JSON value with one of its objects, found by identity, replaced by another."""
    if value is old:
        return new
    if isinstance(value, dict):
        return {key: replaced(each, old, new) for key, each in value.items()}
    return [replaced(each, old, new) for each in value] if isinstance(value, list) else value
