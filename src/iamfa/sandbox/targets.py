"""What a call of IAM needs permission for: the resource of each action, and the keys that come with it.

AWS's page list_iam of the Service Authorization Reference; its table of operations tells where a call takes more than
the action of its own name. A thing that exists is named with its path; one that does not, as the call names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from iamfa.account.entities import Role, Tags, User
from iamfa.arn import iam_arn
from iamfa.sandbox.work import Parameters, Target, Targets, Work

_ContextValues = dict[str, str | list[str]]

_TAGGING: Final[Mapping[str, str]] = {
    "user": "iam:TagUser",
    "role": "iam:TagRole",
    "policy": "iam:TagPolicy",
    "mfa": "iam:TagMFADevice",
    "instance-profile": "iam:TagInstanceProfile",
}
"""What a call that makes such a thing takes besides, where it gives it tags (list_iam, the table of operations)."""


def anything(work: Work, parameters: Parameters) -> Iterable[Target]:
    """An action without resource-level permissions."""
    return (Target("*"),)


def user_named(parameter: str = "UserName") -> Targets:
    """The user of a parameter; where it is left out, the caller himself."""

    def targets(work: Work, parameters: Parameters) -> Iterable[Target]:
        name = parameters.get(parameter)
        if name is None and work.caller.is_root:
            return (Target(work.caller.arn),)
        return (user_target(work, name if name is not None else own_name(work)),)

    return targets


def own_name(work: Work) -> str:
    """The name of the calling user. AWS takes it from the key that signs."""
    user = work.caller.user
    # A role has no user of its own: the name of its session stands in its place, and is found nowhere.
    return user.name if user is not None else (work.caller.principal.session_name or "")


def user_target(work: Work, name: str) -> Target:
    """A user by name."""
    user = work.seen.users.get(name)
    if user is None:
        return Target(_arn(work, "user", name))
    return Target(user.arn, held_tags(user))


def existing(kind: str, parameter: str) -> Targets:
    """The group, role or instance profile of a parameter."""

    def targets(work: Work, parameters: Parameters) -> Iterable[Target]:
        name = parameters[parameter]
        found: Any = {
            "group": work.seen.groups,
            "role": work.seen.roles,
            "instance-profile": work.seen.instance_profiles,
        }[kind].get(name)
        if found is None:
            return (Target(_arn(work, kind, name)),)
        # Groups have no tags, and those of instance profiles have AWS's general name only (list_iam).
        tags = held_tags(found) if kind == "role" else tag_keys(getattr(found, "tags", ()), "aws:ResourceTag")
        return (Target(found.arn, tags),)

    return targets


def new(kind: str, parameter: str) -> Targets:
    """A thing that the call makes, with the path and the tags that it is to have."""

    def targets(work: Work, parameters: Parameters) -> Iterable[Target]:
        arn, tags = _arn(work, kind, parameters[parameter], parameters.get("Path", "/")), asked_tags(parameters)
        yield Target(arn, {**tags, **asked_boundary(parameters)})
        if tags:
            yield Target(arn, tags, _TAGGING[kind])

    return targets


def with_boundary(targets: Targets) -> Targets:
    """The same with the permissions boundary that the user or role has (iam:PermissionsBoundary).

    Page reference_policies_iam-condition-keys: the key checks the boundary of the principal that the call works on.
    """

    def found(work: Work, parameters: Parameters) -> Iterable[Target]:
        for target in targets(work, parameters):
            boundary = asked_boundary(parameters) or _held_boundary(work, target.resource)
            yield Target(target.resource, {**target.context, **boundary}, target.action)

    return found


def with_policy(targets: Targets) -> Targets:
    """The same with the ARN of the policy that is attached or detached (iam:PolicyARN)."""

    def found(work: Work, parameters: Parameters) -> Iterable[Target]:
        for target in targets(work, parameters):
            context: _ContextValues = {**target.context, "iam:PolicyARN": parameters["PolicyArn"]}
            yield Target(target.resource, context, target.action)

    return found


def with_tags(targets: Targets) -> Targets:
    """The same with the tags or the keys of tags that the call names."""

    def found(work: Work, parameters: Parameters) -> Iterable[Target]:
        for target in targets(work, parameters):
            yield Target(target.resource, {**target.context, **asked_tags(parameters)}, target.action)

    return found


def policy_named(work: Work, parameters: Parameters) -> Iterable[Target]:
    """The managed policy of `PolicyArn`."""
    policy = work.seen.policies.get(parameters["PolicyArn"])
    return (Target(parameters["PolicyArn"], tag_keys(policy.tags, "aws:ResourceTag") if policy is not None else {}),)


def device_named(work: Work, parameters: Parameters) -> Iterable[Target]:
    """The virtual device of `SerialNumber`."""
    device = work.seen.devices.get(parameters["SerialNumber"])
    tags = tag_keys(device.tags, "aws:ResourceTag") if device is not None else {}
    return (Target(parameters["SerialNumber"], tags),)


def held_tags(entity: User | Role) -> _ContextValues:
    """The tags of a user or role, under both names that IAM knows them by."""
    return {**tag_keys(entity.tags, "aws:ResourceTag"), **tag_keys(entity.tags, "iam:ResourceTag")}


def tag_keys(tags: Tags, prefix: str) -> _ContextValues:
    """Tags as keys of the context: `aws:ResourceTag/team`."""
    return {f"{prefix}/{key}": value for key, value in tags}


def asked_tags(parameters: Parameters) -> _ContextValues:
    """The tags that a call names: `aws:RequestTag/…` and `aws:TagKeys`.

    Names of keys differ in case freely: of tags that are the same but for that, which no operation takes, the last.
    """
    tags = {tag["Key"].lower(): tag for tag in parameters.get("Tags") or ()}.values()
    keys = [tag["Key"] for tag in tags] or list(parameters.get("TagKeys") or ())
    if not keys:
        return {}
    return {**{f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}, "aws:TagKeys": keys}


def asked_boundary(parameters: Parameters) -> _ContextValues:
    """The permissions boundary that a call names."""
    arn = parameters.get("PermissionsBoundary")
    return {} if arn is None else {"iam:PermissionsBoundary": arn}


def _held_boundary(work: Work, arn: str) -> _ContextValues:
    holders: list[User | Role] = [*work.seen.users.values()] if ":user/" in arn else [*work.seen.roles.values()]
    held = next((each.boundary for each in holders if each.arn == arn), None)
    return {} if held is None else {"iam:PermissionsBoundary": held}


def _arn(work: Work, kind: str, name: str, path: str = "/") -> str:
    account = work.account
    return str(iam_arn(kind, name, account.number, path=path, partition=account.partition))
