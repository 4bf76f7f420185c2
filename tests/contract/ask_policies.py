"""Questions about how policies are read: a Deny of GetSessionToken, wildcards, empty tags, odd comparisons."""

from __future__ import annotations

from collections.abc import Mapping

from botocore.exceptions import ClientError
from tests.contract.context import Condition, answers, asking
from tests.contract.question import Found, Unsettled, require
from tests.contract.stage import Stage, attempt
from tests.contract.values import Person, Statement, allow, deny

_TAG = "iamfa-contract"
_HELD = f"aws:PrincipalTag/{_TAG}"


def denied_session_token(stage: Stage) -> Found:
    """GetSessionToken with a key whose user is denied it explicitly."""
    person = stage.user(deny("sts:GetSessionToken"))
    found = attempt(stage.client("sts", person).get_session_token)
    if found is None:
        return "ignored"
    require(found.code == "AccessDenied" and "explicit deny" in found.message, "the refusal is the policy's")
    return "honoured"


def star_across_colons(stage: Stage) -> Found:
    """The tags of a device are asked for whose serial has a colon in its name: nothing is there, but permission comes
    before that. Only a `*` that reaches past the colon that ends the part of the account fits. IAM takes a policy only
    where what follows the account begins with a kind of its own, here `mfa/`.
    """
    name = stage.name("device")
    serial = stage.arn("mfa", f"{name}:mfa/end")
    crossing = f"arn:{stage.partition}:iam::*:mfa/end"
    found = {}
    for what, resource in (("whole", serial), ("other", stage.arn("mfa", f"{name}:other")), ("crossing", crossing)):
        person = stage.user(allow("iam:ListMFADeviceTags", resource))
        refused = attempt(stage.client("iam", person).list_mfa_device_tags, SerialNumber=serial)
        found[what] = refused is None or refused.code != "AccessDenied"
    require(found["whole"], "the serial itself fits")
    require(not found["other"], "another serial does not fit")
    return "yes" if found["crossing"] else "no"


def partition_wildcard(stage: Stage) -> Found:
    """`arn:*:iam::…` in a Resource; the account's number as `*`, as AWS's own examples have it, is the control."""
    name = stage.name("user")
    person = stage.user(name=name)
    control = allow("iam:GetUser", f"arn:{stage.partition}:iam::*:user/{name}")
    require(_reads_himself(stage, person, control) == "fits", "a `*` for the account fits")
    return _reads_himself(stage, person, allow("iam:GetUser", f"arn:*:iam::{stage.account}:user/{name}"))


def _reads_himself(stage: Stage, person: Person, statement: Statement) -> str:
    try:
        stage.permit(person, statement)
    except ClientError as error:
        return f"not taken in a policy: {error.response['Error']['Code']}"
    found = attempt(stage.client("iam", person).get_user)
    if found is not None and found.code != "AccessDenied":
        raise Unsettled(f"refused by something else: {found.code}: {found.message}")
    return "fits" if found is None else "does not fit"


def empty_tag(stage: Stage) -> Found:
    """A user's tag whose value is empty, under several operators."""
    return _holding(
        stage,
        {
            "null-true": {"Null": {_HELD: "true"}},
            "null-false": {"Null": {_HELD: "false"}},
            "equals-empty": {"StringEquals": {_HELD: ""}},
            "like-star": {"StringLike": {_HELD: "*"}},
            "not-equals-other": {"StringNotEquals": {_HELD: "other"}},
        },
        tag="",
    )


def arn_operator_on_text(stage: Stage) -> Found:
    """Operators for ARNs on a value that is none."""
    arn = f"arn:{stage.partition}:iam::*:user/nobody"
    return _holding(
        stage,
        {
            "arn-like": {"ArnLike": {_HELD: arn}},
            "arn-not-like": {"ArnNotLike": {_HELD: arn}},
            "arn-not-equals": {"ArnNotEquals": {_HELD: arn}},
        },
        tag="no ARN",
    )


def _holding(stage: Stage, conditions: Mapping[str, Condition], *, tag: str) -> Found:
    """Under which conditions a user with this tag may assume a role."""
    role = stage.role()
    always: Mapping[str, Condition] = {"always": {"StringEquals": {_HELD + "-2": "control"}}}
    person = stage.user()
    tags = [{"Key": _TAG, "Value": tag}, {"Key": f"{_TAG}-2", "Value": "control"}]
    stage.iam.tag_user(UserName=person.name, Tags=tags)
    try:
        stage.permit(person, *asking(role, {**conditions, **always}))
    except ClientError as error:
        return f"not taken in a policy: {error.response['Error']['Code']}"
    found = answers(stage, person, role, {**conditions, **always})
    require("always" in found, "a tag with a value is seen")
    return {name: "holds" if name in found else "does not hold" for name in conditions}
