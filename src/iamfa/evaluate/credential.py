"""The kinds of credential and the context that AWS puts into a request made with each.

Sources: AWS's page reference_policies_condition-keys of the IAM User Guide (`aws:MultiFactorAuthPresent`,
`aws:MultiFactorAuthAge`, `aws:TokenIssueTime`, `aws:username`, `aws:PrincipalType`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from iamfa.errors import RequestError
from iamfa.evaluate.principal import Principal, PrincipalKind

CredentialKind = Literal[
    "long-term-key", "token", "token-mfa", "console", "console-mfa", "role", "federated", "service"
]


@dataclass(frozen=True, slots=True)
class Credential:
    """What one kind of credential carries into every request."""

    kind: CredentialKind
    mfa_present: str | None
    """`aws:MultiFactorAuthPresent`: None where the key is absent."""
    mfa_age: bool
    """Whether `aws:MultiFactorAuthAge` is there."""
    temporary: bool
    """Whether `aws:TokenIssueTime` is there."""
    principal_type: str | None
    """`aws:PrincipalType`."""
    by_user: bool
    """Whether the requester is an IAM user, so that `aws:username` has a value."""
    words: str
    """How messages name it."""


CREDENTIALS: Mapping[str, Credential] = {
    row.kind: row
    for row in (
        Credential("long-term-key", None, False, False, "User", True, "an access key alone"),
        Credential("token", "false", False, True, "User", True, "a session token obtained without MFA"),
        Credential("token-mfa", "true", True, True, "User", True, "a session token obtained with MFA"),
        Credential("console", "false", False, True, "User", True, "a console session without MFA"),
        Credential("console-mfa", "true", True, True, "User", True, "a console session with MFA"),
        Credential("role", "false", False, True, "AssumedRole", False, "a session of a role"),
        Credential("federated", None, False, True, "FederatedUser", False, "a federated session"),
        Credential("service", None, False, False, None, False, "an AWS service"),
    )
}
"""The table; a role's MFA value is the assumption `role-session-mfa`, false by AWS's page
id_credentials_mfa_configure-api-require ("credentials … do not include MFA information")."""

WITHOUT_MFA: tuple[CredentialKind, ...] = ("long-term-key", "token", "console")
"""What a user can hold without ever having shown a device."""

WITH_MFA: tuple[CredentialKind, ...] = ("token-mfa", "console-mfa")


@dataclass(frozen=True, slots=True)
class MadeContext:
    """The context of one request as AWS would make it, and what of it is not known here."""

    values: Mapping[str, str]
    unspecified: frozenset[str]


_AGE = "aws:multifactorauthage"


def carried(context: Mapping[str, str | Sequence[str]], credential: str) -> dict[str, str | Sequence[str]]:
    """The keys of *context* that this kind of credential can carry; its own MFA keys are never taken from there.

    A long-term key has no time of issue, and only a session with MFA has an age.
    """
    row = CREDENTIALS[credential]
    never = {"aws:multifactorauthpresent"}
    if not row.mfa_age:
        never.add(_AGE)
    if not row.temporary:
        never.add("aws:tokenissuetime")
    return {key: value for key, value in context.items() if key.lower() not in never}


_ALWAYS_THERE = frozenset(
    {"aws:SourceIp", "aws:CurrentTime", "aws:EpochTime", "aws:UserAgent", "aws:userid", "aws:RequestedRegion"}
)


def context_of(principal: Principal, credential: str, *, mfa_age: str = "300") -> MadeContext:
    """Make the context of a direct request by the IAM user *principal* with this kind of credential.

    *mfa_age* is the time in seconds since the code was given, for kinds that carry it. Raises RequestError where the
    kind is unknown or is not one that an IAM user holds.
    """
    row = CREDENTIALS.get(credential)
    if row is None:
        raise RequestError(f"`{credential}` is no kind of credential", hint="one of " + ", ".join(sorted(CREDENTIALS)))
    if principal.kind is not PrincipalKind.USER or not row.by_user or principal.account is None:
        raise RequestError(
            f"no IAM user holds `{credential}` as `{principal.text}`",
            hint="give the ARN of an IAM user and one of his kinds of credential",
        )
    values = {
        "aws:username": str(principal.name),
        "aws:PrincipalArn": str(principal.text),
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": str(row.principal_type),
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:SecureTransport": "true",
    }
    unspecified = set(_ALWAYS_THERE)
    if row.mfa_present is not None:
        values["aws:MultiFactorAuthPresent"] = row.mfa_present
    if row.mfa_age:
        values["aws:MultiFactorAuthAge"] = mfa_age
    if row.temporary:
        unspecified.add("aws:TokenIssueTime")
    return MadeContext(values, frozenset(unspecified))
