"""IAM's two operations that tell of a whole account at once.

AWS's pages API_GetAccountAuthorizationDetails and API_GetAccountSummary; the quotas are those of reference_iam-quotas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from iamfa.account import details
from iamfa.account.credential_report import root_has_password
from iamfa.account.entities import ROOT_USER, Account
from iamfa.sandbox.paging import page
from iamfa.sandbox.targets import anything
from iamfa.sandbox.trust import shown_trust
from iamfa.sandbox.work import Parameters, Result, Row, Work

_LISTS: Final = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
"""The members of the answer, in the order in which pages go through them. AWS does not tell its own order."""


class _Item:
    """One entity on its way into a page: it is written out only where the page holds it."""

    __slots__ = ("list", "name", "write")

    def __init__(self, number: int, name: str, write: Callable[[], dict[str, Any]]) -> None:
        self.list = _LISTS[number]
        self.name = f"{number}:{name}"
        self.write = write


def _authorization_details(work: Work, parameters: Parameters) -> Result:
    """One marker leads through all kinds of entity; a list that the page has nothing of is empty."""
    items = _items(_shown(work), frozenset(parameters.get("Filter") or ()))
    found, rest = page(items, parameters, lambda item: item.name)
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in _LISTS}
    for item in found:
        lists[item.list].append(item.write())
    return {**lists, **rest}


def _shown(work: Work) -> Account:
    """The account with its trust policies as AWS shows them."""
    seen = work.seen
    roles = {name: replace(role, trust=shown_trust(work.state, role)) for name, role in seen.roles.items()}
    values: dict[str, Any] = {each.name: getattr(seen, each.name) for each in fields(Account)}
    return Account(**{**values, "roles": roles})


def _items(account: Account, wanted: frozenset[str]) -> Iterator[_Item]:
    """What the filter asks for; without one everything.

    Of AWS's own policies those that somebody has: the page does not say so, its sample answer shows such ones only.
    """
    if not wanted or "User" in wanted:
        for user in account.users.values():
            yield _Item(0, user.name, partial(details.user_details, user, account, encoded))
    if not wanted or "Group" in wanted:
        for group in account.groups.values():
            yield _Item(1, group.name, partial(details.group_details, group, account, encoded))
    if not wanted or "Role" in wanted:
        for role in account.roles.values():
            yield _Item(2, role.name, partial(details.role_details, role, account, encoded))
    used = details.used_policies(account)
    for policy in account.policies.values():
        kind = "AWSManagedPolicy" if policy.is_awss else "LocalManagedPolicy"
        if (not wanted or kind in wanted) and (not policy.is_awss or policy.arn in used):
            yield _Item(3, f"{kind}:{policy.name}", partial(details.policy_details, policy, account, encoded))


def encoded(text: str) -> str:
    """The text of a policy as AWS's answers hold it: encoded after RFC 3986."""
    return quote(text, safe="")


_QUOTAS: Final[Mapping[str, int]] = {
    "UsersQuota": 5000,
    "GroupsQuota": 300,
    "ServerCertificatesQuota": 20,
    "UserPolicySizeQuota": 2048,
    "GroupPolicySizeQuota": 5120,
    "GroupsPerUserQuota": 10,
    "SigningCertificatesPerUserQuota": 2,
    "AccessKeysPerUserQuota": 2,
    "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 20,
    "AttachedPoliciesPerUserQuota": 10,
    "PoliciesQuota": 1500,
    "PolicySizeQuota": 6144,
    "PolicyVersionsInUseQuota": 10000,
    "VersionsPerPolicyQuota": 5,
    "AssumeRolePolicySizeQuota": 2048,
    "InstanceProfilesQuota": 1000,
    "RolePolicySizeQuota": 10240,
    "RolesQuota": 1000,
}

_NONE_HERE: Final = ("ServerCertificates", "AccountSigningCertificatesPresent", "Providers")
"""What no account in the sandbox has: there are no operations for them, or none that the root user may call."""


def _summary(work: Work, parameters: Parameters) -> Result:
    """Counts and quotas.

    Not documented, and read so here: MFADevices counts every device, the root user's and unassigned ones too, and
    MFADevicesInUse those that are somebody's; PolicyVersionsInUse counts the versions of customers' policies and one
    for each of AWS's that somebody has.
    """
    account = work.seen
    own = [policy for policy in account.policies.values() if not policy.is_awss]
    used = details.used_policies(account)
    awss = sum(policy.is_awss and policy.arn in used for policy in account.policies.values())
    organization = work.state.organization_of(account.number)
    devices = account.devices.values()
    found = {
        **_QUOTAS,
        **dict.fromkeys(_NONE_HERE, 0),
        "Users": len(account.users),
        "Groups": len(account.groups),
        "Roles": len(account.roles),
        "InstanceProfiles": len(account.instance_profiles),
        "Policies": len(own),
        "PolicyVersionsInUse": sum(len(policy.versions) for policy in own) + awss,
        "MFADevices": len(devices),
        "MFADevicesInUse": sum(device.user is not None for device in devices),
        "AccountMFAEnabled": int(any(device.user == ROOT_USER for device in devices)),
        "AccountAccessKeysPresent": int(any(key.user == ROOT_USER for key in account.access_keys.values())),
        "AccountPasswordPresent": int(root_has_password(account, organization)),
        "GlobalEndpointTokenVersion": 1,
    }
    return {"SummaryMap": found}


OPERATIONS = (
    Row("GetAccountAuthorizationDetails", _authorization_details, anything),
    Row("GetAccountSummary", _summary, anything),
)
