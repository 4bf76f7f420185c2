"""Who calls, and whether a Principal element means him (reference_policies_elements_principal)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tests.reference.documents import PrincipalEntry
from tests.reference.matching import Context, InvalidLine

BUILT_IN_PROVIDERS = ("cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com")
"""The four built-in identity providers (reference_policies_elements_principal, "OIDC federated principals")."""

Grant = Literal["direct", "limited", "account"]
"""How an entry means the caller: himself (or everybody); the role or the user behind his session, so that
boundary and session policies limit it; or only his account, which delegates."""


class Caller(NamedTuple):
    kind: Literal["anonymous", "root", "user", "role", "session", "federated", "service", "provider"]
    identifier: str
    """The ARN, or the bare name of a service or provider."""
    partition: str = ""
    account: str = ""
    name: str = ""
    """Of a user or role its last component; of a session its role's name; of a federated user his name."""

    @property
    def is_in_an_account(self) -> bool:
        return self.kind in ("root", "user", "role", "session", "federated")


class World(NamedTuple):
    """What a line does not tell and what a verdict may hang on; the first world is all defaults."""

    session: str | None = None
    """Of a caller given as a role: the ARN of his session."""
    federator: str | None = None
    """Of a federated user: the ARN of the user who federated him, where the name does not tell."""
    canonical_user: str | None = None
    """The caller's canonical user ID."""
    parents_are_validated: bool = False
    """Whether the service denies by NotPrincipal also where the caller's account (or role) is not listed."""


def read_caller(principal: object) -> Caller:
    if principal is None:
        return Caller("anonymous", "")
    if not isinstance(principal, str) or not principal or any(mark in principal for mark in "*? "):
        raise InvalidLine(f"invalid principal {principal!r}")
    if not principal.startswith("arn:"):
        if ":" in principal or "." not in principal:
            raise InvalidLine(f"invalid principal `{principal}`")
        is_service = principal.endswith((".amazonaws.com", ".amazonaws.com.cn", ".aws.internal"))
        is_provider = principal in BUILT_IN_PROVIDERS or not is_service
        return Caller("provider" if is_provider else "service", principal)
    fields = principal.split(":", 5)
    if len(fields) != 6 or fields[3] != "" or len(fields[4]) != 12 or not fields[4].isdecimal():
        raise InvalidLine(f"invalid principal `{principal}`")
    _, partition, service, _, account, resource = fields
    path = resource.split("/")
    name = path[-1]
    if service == "iam" and resource == "root":
        return Caller("root", principal, partition, account)
    if not name or len(path) < 2:
        raise InvalidLine(f"invalid principal `{principal}`")
    if service == "iam" and path[0] == "user":
        return Caller("user", principal, partition, account, name)
    if service == "iam" and path[0] == "role":
        return Caller("role", principal, partition, account, name)
    if service == "iam" and path[0] in ("saml-provider", "oidc-provider"):
        return Caller("provider", principal, partition, account)
    if service == "sts" and path[0] == "assumed-role" and len(path) == 3:
        return Caller("session", principal, partition, account, path[1])
    if service == "sts" and path[0] == "federated-user" and len(path) == 2:
        return Caller("federated", principal, partition, account, name)
    raise InvalidLine(f"invalid principal `{principal}`")


def is_service_linked(caller: Caller, context: Context) -> bool:
    """A role under the path /aws-service-role/. A session's ARN has no path: then aws:PrincipalArn, which is the
    role's, tells it."""
    role = context.get("aws:principalarn") if caller.kind == "session" else caller.identifier
    prefix = f"arn:{caller.partition}:iam::{caller.account}:role/aws-service-role/"
    if caller.kind not in ("role", "session") or not isinstance(role, str):
        return False
    return role.startswith(prefix) and role.split("/")[-1] == caller.name


def means_account(entry: PrincipalEntry, caller: Caller) -> bool:
    """`arn:aws:iam::123456789012:root` or `123456789012`: "the account ARN and the shortened account ID behave
    the same way"."""
    named = (("AWS", caller.account), ("AWS", f"arn:{caller.partition}:iam::{caller.account}:root"))
    return caller.is_in_an_account and entry in named


def means_role_of(entry: PrincipalEntry, caller: Caller) -> bool:
    """The role behind a session: a session's ARN has the role's name without its path, which is unique anyway."""
    prefix = f"arn:{caller.partition}:iam::{caller.account}:role/"
    is_role = entry[0] == "AWS" and entry[1].startswith(prefix)
    return caller.kind == "session" and is_role and entry[1].split("/")[-1] == caller.name


def means_federator_of(entry: PrincipalEntry, caller: Caller, world: World) -> bool:
    """The user who federated a federated user: the one of the same name, as "this session's ARN is based on the
    original identity that was federated", or who he is in this world."""
    prefix = f"arn:{caller.partition}:iam::{caller.account}:user/"
    is_user = entry[0] == "AWS" and entry[1].startswith(prefix)
    if caller.kind != "federated" or not is_user:
        return False
    return entry[1] == world.federator if world.federator else entry[1].split("/")[-1] == caller.name


def grant_of(entry: PrincipalEntry, caller: Caller, world: World) -> Grant | None:
    """How one entry of a Principal element means the caller, or None."""
    if entry == ("*", "*"):
        return "direct"
    if entry[0] == "CanonicalUser":
        return "account" if caller.is_in_an_account and entry[1] == world.canonical_user else None
    if entry[0] == "Service":
        return "direct" if caller.kind == "service" and entry[1] == caller.identifier else None
    if entry[0] == "Federated":
        return "direct" if caller.kind == "provider" and entry[1] == caller.identifier else None
    if means_account(entry, caller):
        return "direct" if caller.kind == "root" else "account"
    if entry[1] == caller.identifier and caller.is_in_an_account:
        return "limited" if caller.kind == "role" else "direct"
    if caller.kind == "role" and entry[1] == world.session:
        return "direct"
    if means_role_of(entry, caller) or means_federator_of(entry, caller, world):
        return "limited"
    return None


def is_excepted(entries: list[PrincipalEntry], caller: Caller, world: World) -> bool:
    """Whether a NotPrincipal element spares the caller (reference_policies_elements_notprincipal).

    He himself must be listed; listing his account, or the role of his session, is not enough. "You must also
    specify the account ARN of the not-denied principal. Otherwise, the policy might deny access": whether it
    does is the service's matter, and so a matter of the world.
    """
    if ("*", "*") in entries:
        return True
    if caller.kind == "anonymous":
        return False
    is_account_listed = any(means_account(entry, caller) for entry in entries)
    if caller.kind == "root":
        return is_account_listed
    identifiers = {caller.identifier, world.session} if caller.kind == "role" else {caller.identifier}
    is_listed = any(entry[1] in identifiers for entry in entries)
    if not caller.is_in_an_account or not world.parents_are_validated:
        return is_listed
    is_role_listed = caller.kind != "session" or any(means_role_of(entry, caller) for entry in entries)
    return is_listed and is_account_listed and is_role_listed


def worlds_of(entries: list[PrincipalEntry], caller: Caller) -> list[World]:
    """Every world that the entries of a resource policy can tell apart, the default one first."""
    named = [identifier for kind, identifier in entries if kind == "AWS" and identifier.startswith("arn:")]
    sessions: list[str | None] = [None]
    federators: list[str | None] = [None]
    if caller.kind == "role":
        prefix = f"arn:{caller.partition}:sts::{caller.account}:assumed-role/{caller.name}/"
        sessions += [arn for arn in named if arn.startswith(prefix)]
    if caller.kind == "federated":
        prefix = f"arn:{caller.partition}:iam::{caller.account}:user/"
        federators += [arn for arn in named if arn.startswith(prefix)]
    canonical: list[str | None] = [None, *(identifier for kind, identifier in entries if kind == "CanonicalUser")]
    return [
        World(session, federator, user, validated)
        for session in sessions
        for federator in federators
        for user in canonical
        for validated in (False, True)
    ]
