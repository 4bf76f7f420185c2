"""The policies that bear on a principal of an account, and where each of them comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from iamfa.account.entities import Account, Group, Role, User
from iamfa.account.organization import ControlKind, Organization
from iamfa.errors import IamfaError
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy


class MissingPolicyError(IamfaError):
    """A policy that is attached to somebody is not in the account, so that nobody can say what he may."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a policy of a bundle comes from."""

    name: str
    """The policy's name."""
    holder: str
    """Who holds it, e.g. `user/alice`, `group/developers`, `ou-ab12-cdef`."""
    arn: str | None = None
    """The ARN of a managed policy; an inline policy has none."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of the policies of a bundle: equal texts make the same verdicts, so that one can be kept by them."""

    identity: tuple[str, ...]
    boundary: str | None = None
    scps: tuple[tuple[str, ...], ...] | None = None
    rcps: tuple[tuple[str, ...], ...] | None = None
    session: tuple[str, ...] | None = None

    def bundle(self) -> Bundle:
        """The bundle. Raises `PolicyError` for a text that is no policy."""
        return Bundle(
            [parsed(text) for text in self.identity],
            None if self.boundary is None else parsed(self.boundary),
            _levels(self.scps, Kind.SCP),
            _levels(self.rcps, Kind.RCP),
            None if self.session is None else [parsed(text) for text in self.session],
        )


@dataclass(frozen=True, slots=True)
class Bearing:
    """The policies that bear on a principal, with the source of each by the label that reasons call it by."""

    texts: Texts
    sources: Mapping[str, Source]
    """By label, e.g. `identity[0]`."""


@lru_cache(maxsize=4096)
def parsed(text: str, kind: Kind | None = None) -> Policy:
    """The policy of a text, its kind guessed where none is given. Raises `PolicyError` where it is none."""
    return Policy.parse(text, kind=kind)


def bearing_on(
    account: Account,
    holder: User | Role,
    organization: Organization | None = None,
    *,
    session: tuple[str, ...] | None = None,
    resource_account: str | None = None,
) -> Bearing:
    """All policies that bear on a user or on the sessions of a role; *session* are texts of session policies.

    Resource control policies are those above the account of the resource: the principal's own, or *resource_account*.
    Raises `MissingPolicyError` for a policy that is attached and not there.
    """
    found = list(identity_policies(account, holder))
    sources = {f"identity[{i}]": source for i, (source, _) in enumerate(found)}
    boundary = None
    if holder.boundary is not None:
        sources["boundary"], boundary = managed(account, holder.boundary, _label(holder))
    scps = _controls(account, account.number, organization, "SERVICE_CONTROL_POLICY", sources)
    rcps = _controls(account, resource_account or account.number, organization, "RESOURCE_CONTROL_POLICY", sources)
    for i in range(len(session or ())):
        sources[f"session[{i}]"] = Source(f"session policy {i + 1}", "session")
    return Bearing(Texts(tuple(text for _, text in found), boundary, scps, rcps, session), sources)


def bundle_for(account: Account, holder: User | Role, organization: Organization | None = None) -> Bundle:
    """The policies that bear on a user or role.

    Raises `MissingPolicyError` for a policy that is attached and not there, and `PolicyError` for one that is none.
    """
    return bearing_on(account, holder, organization).texts.bundle()


def identity_policies(account: Account, holder: User | Role | Group) -> Iterator[tuple[Source, str]]:
    """The identity-based policies with their texts: a user's own and those of his groups, a role's, or a group's."""
    yield from _of_one(account, holder)
    if isinstance(holder, User):
        for name in holder.groups:
            yield from _of_one(account, account.groups[name])


def managed(account: Account, arn: str, holder: str) -> tuple[Source, str]:
    """A managed policy with the text of the version in force."""
    policy = account.policies.get(arn)
    if policy is None:
        raise MissingPolicyError(f"the policy `{arn}` of `{holder}` is not there", hint="add it to what was read")
    return Source(policy.name, holder, arn), policy.text


def _controls(
    account: Account,
    number: str,
    organization: Organization | None,
    kind: ControlKind,
    sources: dict[str, Source],
) -> tuple[tuple[str, ...], ...] | None:
    """The levels of control policies above the account with this number, their sources noted."""
    levels = organization.levels(number, kind) if organization is not None else None
    if levels is None or organization is None:
        return None
    name = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}[kind]
    for n, (target, level) in enumerate(zip(organization.way_to(number), levels, strict=True)):
        for i, policy in enumerate(level):
            arn = organization.policy_arn(policy, account.partition)
            sources[f"{name}[{n}][{i}]"] = Source(policy.name, target, arn)
    return tuple(tuple(policy.text for policy in level) for level in levels)


def _levels(texts: tuple[tuple[str, ...], ...] | None, kind: Kind) -> list[list[Policy]] | None:
    """Levels of control policies; by what stands in it, a resource control policy might be taken for a trust policy."""
    return None if texts is None else [[parsed(text, kind) for text in level] for level in texts]


def _of_one(account: Account, holder: User | Role | Group) -> Iterator[tuple[Source, str]]:
    label = _label(holder)
    for name, text in holder.inline.items():
        yield Source(name, label), text
    for arn in holder.attached:
        yield managed(account, arn, label)


def _label(holder: User | Role | Group) -> str:
    return f"{type(holder).__name__.lower()}/{holder.name}"
