"""A service control policy that keeps IAM users from lifting the enforcement; roles keep working.

What undoes an attached policy: Service Authorization Reference, IAM; AWS's page access_policies_managed-versioning
(a new version, and an old one made the default).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.composing import Commented, ComposedDocument, deny_users
from iamfa.advise.wishes import Wishes
from iamfa.policy.document import Kind

CHANGES_THE_POLICY = (
    "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion",
)  # fmt: skip
DETACHES = ("iam:DetachGroupPolicy", "iam:DetachUserPolicy")
CHANGES_THE_GROUP = ("iam:DeleteGroup", "iam:RemoveUserFromGroup", "iam:UpdateGroup")
CHANGES_THE_GROUPS_POLICY = ("iam:DeleteGroupPolicy", "iam:PutGroupPolicy")
CHANGES_THE_USERS_POLICY = ("iam:DeleteUserPolicy", "iam:PutUserPolicy")
TAGS_USERS = ("iam:TagUser", "iam:UntagUser")


def guard_document(wishes: Wishes) -> ComposedDocument:
    """The guard of the policy that was wished for, for the accounts in which it is attached."""
    statements = []
    for index, (sid, actions, resource, tests, comment) in enumerate(_rows(wishes)):
        statements.append(Commented(deny_users(wishes, index, sid, actions, [resource], tests), comment))
    purpose = "No IAM user lifts the enforcement, with or without MFA; roles and the root user still can."
    return ComposedDocument(f"Guard{wishes.name}", Kind.SCP, tuple(statements), purpose)


_Row = tuple[str, tuple[str, ...], str, list[tuple[str, str, list[str]]], str]


def _rows(wishes: Wishes) -> Iterator[_Row]:
    def arn(resource: str) -> str:
        return f"arn:{wishes.arn_partition}:iam::*:{resource}"

    if wishes.attach == "managed":
        policy = arn(f"policy/{wishes.name}")
        yield (
            "DenyChangingThePolicy", CHANGES_THE_POLICY, policy, [],
            "No IAM user writes another version, makes an old one the default, or deletes the policy.",
        )  # fmt: skip
        yield (
            "DenyDetachingThePolicy", DETACHES, "*", [("ArnEquals", "iam:PolicyARN", [policy])],
            "No IAM user detaches it, from whomever.",
        )  # fmt: skip
    elif wishes.attach == "user":
        yield (
            "DenyChangingInlinePolicies", CHANGES_THE_USERS_POLICY, arn("user/*"), [],
            "AWS cannot tell one inline policy from another, so no IAM user changes any of a user.",
        )  # fmt: skip
    if wishes.group is not None:
        changes = CHANGES_THE_GROUP + (CHANGES_THE_GROUPS_POLICY if wishes.attach == "group" else ())
        yield (
            "DenyChangingTheGroup", tuple(sorted(changes)), arn(f"group/{wishes.group}"), [],
            "No IAM user takes anybody out of the group that carries it, or changes what it carries.",
        )  # fmt: skip
    if wishes.exempt_tag is not None:
        yield (
            "DenyExemptingByTag", TAGS_USERS, arn("user/*"),
            [("ForAnyValue:StringEqualsIgnoreCase", "aws:TagKeys", [wishes.exempt_tag[0]])],
            "No IAM user gives the tag that exempts to anybody.",
        )  # fmt: skip
    if wishes.exempt_path is not None:
        yield (
            "DenyExemptingByPath", ("iam:UpdateUser",), arn("user/*"), [],
            "No IAM user moves anybody below the path that is exempt.",
        )  # fmt: skip
