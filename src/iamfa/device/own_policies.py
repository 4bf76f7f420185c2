"""The policies that bear on the caller, as far as he may read them himself.

Service control policies and what else stands above the account no user can read: nothing here claims more than what
the policies say that were read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from iamfa.device.denied import denied_of
from iamfa.device.own_user import OwnUser
from iamfa.errors import PolicyError
from iamfa.gateway.faults import AccessDeniedError, AwsError
from iamfa.gateway.ports import Caller
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """A policy, and who holds it."""

    name: str
    holder: str
    """`the user `alice``, `the group `developers``, `the permissions boundary`."""
    policy: Policy
    command: str
    """With which the AWS CLI writes its document out, for `iamfa check` and `iamfa fix`."""
    arn: str | None = None
    """None for inline policies."""

    def __str__(self) -> str:
        return f"the policy `{self.name}` of {self.holder}"


@dataclass(frozen=True, slots=True)
class OwnPolicies:
    """What was read."""

    identity: tuple[HeldPolicy, ...]
    """The user's own, inline and attached, and those of his groups."""
    boundary: HeldPolicy | None = None
    not_read: tuple[str, ...] = ()
    """Why the rest was not, a sentence for each call that did not answer."""

    @property
    def is_complete(self) -> bool:
        """Whether every policy of the account that bears on the user was read."""
        return not self.not_read

    @property
    def bundle(self) -> Bundle:
        """All of them together."""
        boundary = self.boundary.policy if self.boundary is not None else None
        return Bundle([each.policy for each in self.identity], boundary=boundary)

    def at(self, label: str) -> HeldPolicy | None:
        """The policy that reasons call by this label, e.g. `identity[0]`."""
        if label == "boundary":
            return self.boundary
        return self.identity[int(label[len("identity[") : -1])] if label.startswith("identity[") else None


def read_own_policies(caller: Caller, user: OwnUser) -> OwnPolicies:
    """Read what the user may read of his own policies; what is refused is told in `not_read`, and nothing raised."""
    return _Reading(caller, user).all()


class _Reading:
    def __init__(self, caller: Caller, user: OwnUser) -> None:
        self._caller, self._user = caller, user
        self._not_read: list[str] = []

    def all(self) -> OwnPolicies:
        name = self._user.name
        found = [*self._of("User", name)]
        for group in self._listed("ListGroupsForUser", "Groups", UserName=name):
            found += self._of("Group", str(group["GroupName"]))
        told = self._asked("GetUser", UserName=name)
        arn = told["User"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") if told is not None else None
        held = self._managed(str(arn), "the permissions boundary") if arn is not None else None
        return OwnPolicies(tuple(found), held, tuple(dict.fromkeys(self._not_read)))

    def _of(self, kind: str, name: str) -> Iterator[HeldPolicy]:
        """The policies of a user or a group, inline ones first."""
        whose = {f"{kind}Name": name}
        holder = f"the {kind.lower()} `{name}`"
        for inline in self._listed(f"List{kind}Policies", "PolicyNames", **whose):
            told = self._asked(f"Get{kind}Policy", PolicyName=inline, **whose)
            if told is not None:
                command = f"get-{kind.lower()}-policy --{kind.lower()}-name {quote(name)} --policy-name {quote(inline)}"
                yield from self._held(str(inline), holder, told["PolicyDocument"], f"{command} --query PolicyDocument")
        for attached in self._listed(f"ListAttached{kind}Policies", "AttachedPolicies", **whose):
            held = self._managed(str(attached["PolicyArn"]), holder)
            if held is not None:
                yield held

    def _managed(self, arn: str, holder: str) -> HeldPolicy | None:
        told = self._asked("GetPolicy", PolicyArn=arn)
        if told is None:
            return None
        policy = told["Policy"]
        version = str(policy["DefaultVersionId"])
        told = self._asked("GetPolicyVersion", PolicyArn=arn, VersionId=version)
        if told is None:
            return None
        command = f"get-policy-version --policy-arn {quote(arn)} --version-id {version} --query PolicyVersion.Document"
        document = told["PolicyVersion"]["Document"]
        return next(self._held(str(policy["PolicyName"]), holder, document, command, arn), None)

    def _held(
        self, name: str, holder: str, document: object, command: str, arn: str | None = None
    ) -> Iterator[HeldPolicy]:
        try:
            yield HeldPolicy(name, holder, Policy.from_document(document, name=name), f"aws iam {command}", arn)
        except PolicyError as error:
            self._not_read.append(f"`{name}` of {holder} cannot be read: {error.message}")

    def _listed(self, operation: str, member: str, **parameters: str) -> Iterator[Any]:
        marker: str | None = None
        while True:
            page = self._asked(operation, Marker=marker, **parameters)
            if page is None:
                return
            yield from page[member]
            marker = page.get("Marker") if page.get("IsTruncated") else None
            if marker is None:
                return

    def _asked(self, operation: str, **parameters: str | None) -> Mapping[str, Any] | None:
        try:
            return self._caller.call("iam", operation, **parameters)
        except AccessDeniedError as error:
            self._not_read.append(str(denied_of(error)))
        except AwsError as error:
            self._not_read.append(error.message)
        return None
