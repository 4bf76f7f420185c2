"""Whose credentials these are: only an IAM user has MFA devices that he looks after by himself at the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iamfa.arn import Arn, ArnError
from iamfa.errors import InputError
from iamfa.gateway.ports import Identity, Sts


class NotAUserError(InputError):
    """The credentials are those of the root user, of a role or of a federated user."""


@dataclass(frozen=True, slots=True)
class OwnUser:
    """The IAM user whose devices are looked after: the caller himself."""

    partition: str
    account: str
    name: str
    """Without path, as ListMFADevices takes it."""
    arn: str
    """With its path."""

    def __str__(self) -> str:
        return f"`{self.name}` of the account {self.account}"


_INSTEAD: Final = {
    "root": (
        "the root user",
        "its devices are added and removed in the console only: sign in as root and open Security credentials",
    ),
    "assumed-role": (
        "a session of a role",
        "roles have no MFA devices: use the access key of an IAM user (`--profile`); people of IAM Identity Center "
        "look after their devices in its access portal",
    ),
    "federated-user": (
        "a federated user",
        "federated users have no MFA devices: use the access key of the IAM user himself (`--profile`)",
    ),
}
"""By the kind of ARN that GetCallerIdentity gives: who it is, and what to do instead."""


def own_user(sts: Sts) -> OwnUser:
    """The user that the credentials belong to. Raises `NotAUserError` for anybody else, and `AwsError`."""
    return user_of(sts.get_caller_identity())


def user_of(identity: Identity) -> OwnUser:
    """The user of an identity that is known already. Raises `NotAUserError` where it is no user's."""
    try:
        arn = Arn.parse(identity.arn)
    except ArnError as error:
        raise NotAUserError(f"AWS says that these credentials are `{identity.arn}`, which is no ARN") from error
    if (arn.service, arn.kind) == ("iam", "user") and arn.name:
        return OwnUser(arn.partition, arn.account, arn.name, identity.arn)
    who, instead = _INSTEAD.get(arn.kind, ("no IAM user", "use the access key of an IAM user (`--profile`)"))
    raise NotAUserError(f"these credentials are those of {who}: `{identity.arn}`", hint=instead)
