"""Where customers' policies sit in an account, whom each reaches, and the account as it is once one is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from iamfa.account.entities import Account, Group, ManagedPolicy, PolicyVersion, Tags, User
from iamfa.audit.plan_values import Spot, StepKind
from iamfa.policy.document import Kind
from iamfa.policy.size import QUOTAS, size

MOST_VERSIONS = 5
"""Of a managed policy; AWS's page reference_iam-quotas, as the quotas below."""
MOST_ATTACHED = 10
"""Managed policies of one user or group, unless AWS has raised it."""
MOST_POLICIES = 1_500
"""Customer-managed policies of one account, unless AWS has raised it."""
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy in its place, and whom it reaches."""

    spot: Spot
    text: str
    kind: Kind
    """What it is judged as."""
    users: tuple[str, ...]
    roles: tuple[str, ...] = ()
    boundary_of: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """The groups that have it."""
    attached: bool = True
    """Whether somebody has it otherwise than as a boundary."""
    tags: Tags = ()
    description: str | None = None
    managed: ManagedPolicy | None = None

    @property
    def in_both_ways(self) -> bool:
        """Whether it grants to some and bounds others."""
        return bool(self.boundary_of) and self.attached


def candidates(account: Account) -> Iterator[Candidate]:
    """Every customer-managed policy and every inline policy of users and groups, by their names."""
    for arn in sorted(account.policies):
        if not account.policies[arn].is_awss:
            yield _managed(account, account.policies[arn])
    for group in sorted(account.groups.values(), key=lambda each: each.name):
        members = tuple(sorted(user.name for user in account.users.values() if group.name in user.groups))
        for name in sorted(group.inline):
            spot = Spot("group-inline", name, group.arn, group.name)
            yield Candidate(spot, group.inline[name], Kind.GROUP, members, groups=(group.name,))
    for user in sorted(account.users.values(), key=lambda each: each.name):
        for name in sorted(user.inline):
            spot = Spot("user-inline", name, user.arn, user.name)
            yield Candidate(spot, user.inline[name], Kind.USER, (user.name,), tags=user.tags)


def awss_in_use(account: Account) -> Iterator[Candidate]:
    """AWS's own policies that somebody has."""
    for arn in sorted(account.policies):
        if account.policies[arn].is_awss:
            found = _managed(account, account.policies[arn])
            if found.users or found.roles:
                yield found


def _managed(account: Account, policy: ManagedPolicy) -> Candidate:
    groups = {group.name for group in account.groups.values() if policy.arn in group.attached}
    users, bounded = set(), []
    attached = bool(groups)
    for user in account.users.values():
        if policy.arn in user.attached or groups.intersection(user.groups):
            users.add(user.name)
            attached = True
        if user.boundary == policy.arn:
            users.add(user.name)
            bounded.append(f"user/{user.name}")
    roles = set()
    for role in account.roles.values():
        if policy.arn in role.attached:
            roles.add(role.name)
            attached = True
        if role.boundary == policy.arn:
            roles.add(role.name)
            bounded.append(f"role/{role.name}")
    return Candidate(
        Spot("managed", policy.name, policy.arn),
        policy.text,
        Kind.BOUNDARY if bounded and not attached else Kind.IDENTITY,
        tuple(sorted(users)),
        tuple(sorted(roles)),
        tuple(sorted(bounded)),
        tuple(sorted(groups)),
        attached,
        policy.tags,
        policy.description,
        policy,
    )


def changed(account: Account, spot: Spot, text: str, deletes: PolicyVersion | None = None) -> Account:
    """The account once the policy in this place says something else."""
    tables: dict[str, Any] = {}
    if spot.becomes is not None:
        return _moved(account, spot, spot.becomes, text)
    if spot.kind == "managed":
        policy = account.policies[spot.arn]
        number = policy.newest + 1
        kept = tuple(version for version in policy.versions if deletes is None or version.id != deletes.id)
        made = PolicyVersion(f"v{number}", text, policy.updated)
        new = replace(policy, versions=(*kept, made), default=made.id, newest=number)
        tables["policies"] = {**account.policies, spot.arn: new}
    elif spot.kind == "user-inline":
        tables["users"] = _with_inline(account.users, spot, text)
    else:
        tables["groups"] = _with_inline(account.groups, spot, text)
    return replace(account, **tables)


def _with_inline(table: Mapping[str, Any], spot: Spot, text: str) -> dict[str, Any]:
    assert spot.holder is not None
    holder: User | Group = table[spot.holder]
    return {**table, spot.holder: replace(holder, inline={**holder.inline, spot.policy: text})}


def _moved(account: Account, spot: Spot, arn: str, text: str) -> Account:
    """The account once the inline policy is gone and its holder has the managed one."""
    name = arn.rpartition("/")[2]
    moment = account.created or datetime.min.replace(tzinfo=UTC)
    made = ManagedPolicy(arn, name, "/", "", moment, moment, (PolicyVersion("v1", text, moment),), "v1")
    table: Mapping[str, User | Group] = account.users if spot.word == "User" else account.groups
    holder = table[str(spot.holder)]
    holder = replace(
        holder,
        inline={name: text for name, text in holder.inline.items() if name != spot.policy},
        attached=(*(each for each in holder.attached if each != arn), arn),
    )
    tables: dict[str, Any] = {
        "policies": {**account.policies, arn: made},
        "users" if spot.word == "User" else "groups": {**table, holder.name: holder},
    }
    return replace(account, **tables)


def while_undone(account: Account, spot: Spot, text: str, deletes: PolicyVersion | None = None) -> tuple[Account, ...]:
    """The account as it is once the step is made, and as it is while the step is halfway taken back.

    Halfway, the holder has the inline policy and the managed one. What then is denied is what either of them denies,
    so that it permits nothing which is not permitted before or after.
    """
    after = changed(account, spot, text, deletes)
    if spot.becomes is None:
        return (after,)
    table: Mapping[str, User | Group] = account.users if spot.word == "User" else account.groups
    former = table[str(spot.holder)].inline[spot.policy]
    return after, changed(after, spot.source, former)


def to_managed(account: Account, spot: Spot, text: str) -> tuple[Spot, str | None]:
    """The same place, where an inline policy with this text becomes a managed one; or why it cannot."""
    table: Mapping[str, User | Group] = account.users if spot.kind == "user-inline" else account.groups
    names = {policy.name.lower() for policy in account.policies.values() if not policy.is_awss}
    ends = ("", *(f"-{number}" for number in range(2, MOST_POLICIES + 2)))
    # IAM does not tell names apart by case.
    tried = (f"{spot.policy[: _LONGEST_NAME - len(end)]}{end}" for end in ends)
    name = next((each for each in tried if each.lower() not in names), None)
    kind: StepKind = "user-inline-to-managed" if spot.kind == "user-inline" else "group-inline-to-managed"
    moved = Spot(
        kind, spot.policy, spot.arn, spot.holder, f"arn:{account.partition}:iam::{account.number}:policy/{name}"
    )
    counted, quota = size(text, Kind.IDENTITY), QUOTAS[Kind.IDENTITY].characters
    if counted > quota:
        return moved, f"as a managed policy it would have {counted:,} characters, and may have {quota:,}"
    if len(table[str(spot.holder)].attached) >= MOST_ATTACHED:
        return moved, f"`{spot.held_by}` has {MOST_ATTACHED} managed policies already, to which it would be added"
    if len(names) >= MOST_POLICIES or name is None:
        return moved, f"the account has {MOST_POLICIES:,} managed policies already, to which it would be added"
    return moved, None


def tagged(account: Account, arn: str, tags: Tags) -> Account:
    """The account where a managed policy has these tags, of which GetAccountAuthorizationDetails tells nothing."""
    policy = replace(account.policies[arn], tags=tags)
    return replace(account, policies={**account.policies, arn: policy})


def too_long(account: Account, spot: Spot, text: str) -> str | None:
    """Why the text does not fit where it goes: inline policies of one holder share a quota."""
    if spot.kind == "managed":
        counted, quota = size(text, Kind.IDENTITY), QUOTAS[Kind.IDENTITY].characters
        if counted <= quota:
            return None
        return f"it would have {counted:,} characters, and a managed policy may have {quota:,}"
    kind = Kind.USER if spot.kind == "user-inline" else Kind.GROUP
    table: Mapping[str, User | Group] = account.users if kind is Kind.USER else account.groups
    inline = {**table[str(spot.holder)].inline, spot.policy: text}
    counted, quota = sum(size(each, kind) for each in inline.values()), QUOTAS[kind].characters
    if counted <= quota:
        return None
    return f"the inline policies of `{spot.held_by}` would have {counted:,} characters, and may have {quota:,} together"


_TERRAFORM_NAME = re.compile(r"-\d{26}|^terraform-\d{26}")
"""What `name_prefix` adds: a time and a counter, 26 digits."""
_STACK_NAME = re.compile(r".+-.+-[A-Z0-9]{12,13}")
"""STACK-RESOURCE-RANDOM, as CloudFormation calls what nobody named."""
_TOOLS = (("terraform", "Terraform"), ("opentofu", "Terraform"), ("cloudformation", "CloudFormation"))


def kept_elsewhere(candidate: Candidate) -> tuple[str, str] | None:
    """The tool that seems to keep the policy, and by what that shows; it would write its own text again."""
    inline = candidate.spot.holder is not None
    for key, value in () if inline else candidate.tags:
        if key.startswith("aws:cloudformation:"):
            return "CloudFormation", f"the tag `{key}`"
        for word, tool in _TOOLS:
            if word in key.lower() or (word in value.lower() and len(value) < 100):
                return tool, f"the tag `{key}` = `{value}`"
    for word, tool in _TOOLS:
        if word in (candidate.description or "").lower():
            return tool, f"its description, `{candidate.description}`"
    if _TERRAFORM_NAME.search(candidate.spot.policy):
        return "Terraform", "its name, which ends as `name_prefix` makes it"
    if _STACK_NAME.fullmatch(candidate.spot.policy):
        return "CloudFormation", "its name, which ends as CloudFormation makes it"
    return None
