"""The control policies above an account, from Organizations: only the management account and delegates may read them.

AWS's pages: the API_… pages of the Organizations API Reference of the operations that are called. Only the way from the
root to the account is read, so that the number of calls does not grow with the organization.
"""

from __future__ import annotations

from typing import Any, Final

from iamfa.gateway.collect_calls import Reading
from iamfa.gateway.collect_kept import Json
from iamfa.gateway.faults import AwsError

_NOT_IN_USE: Final = "AWSOrganizationsNotInUseException"
_KINDS: Final = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
_STATES: Final = ("ACTIVE", "SUSPENDED", "PENDING_CLOSURE")
"""Those in which an account can be read; AWS knows others before and after."""
_DEEPEST: Final = 10
"""Units lie at most five deep."""


def read_organization(read: Reading, account: str) -> None:
    """Read them, or note why they could not be read: control policies that nobody read are not none."""
    with read.reading("organization"):
        try:
            told = read.calls.call("organizations", "DescribeOrganization")["Organization"]
        except AwsError as error:
            if error.code != _NOT_IN_USE:
                raise
            read.value["organization"] = None
            return
        try:
            read.value["organization"] = _Organization(read, told, account).found()
        except AwsError as error:
            where = f"its management account {told['MasterAccountId']} and delegated administrators can read it"
            read.note("organization", f"{error.message} (the account is in the organization {told['Id']}; {where})")


class _Organization:
    """The organization on its way into a snapshot."""

    def __init__(self, read: Reading, told: Json, account: str) -> None:
        self._calls = read.calls
        self._told = told
        self._account = account
        self._units: dict[str, Json] = {}
        self._parents: dict[str, Json] = {}

    def found(self) -> Json:
        """The part of the organization that bears on the account. Raises `AwsError` where any of it is refused."""
        root = self._one("ListRoots", "Roots")
        enabled = [
            each["Type"]
            for each in root.get("PolicyTypes") or ()
            if each.get("Status") == "ENABLED" and each["Type"] in _KINDS
        ]
        way = self._way_up(self._account)
        management = self._told["MasterAccountId"]
        if management != self._account:
            self._way_up(management)
        attachments: dict[str, list[str]] = {}
        for target in (root["Id"], *way, self._account):
            attachments[target] = [
                policy["Id"]
                for kind in enabled
                for policy in self._listed("ListPoliciesForTarget", "Policies", TargetId=target, Filter=kind)
            ]
        attached = sorted({policy for policies in attachments.values() for policy in policies})
        return {
            "Id": self._told["Id"],
            "MasterAccountId": management,
            "RootId": root["Id"],
            "EnabledPolicyTypes": enabled,
            "Accounts": [self._member(number) for number in sorted({self._account, management})],
            "OrganizationalUnits": list(self._units.values()),
            "Policies": [self._policy(policy) for policy in attached],
            "Attachments": {target: policies for target, policies in attachments.items() if policies},
        }

    def _way_up(self, account: str) -> list[str]:
        """The units above an account, from the lowest to the highest; each is noted with its name."""
        way: list[str] = []
        parent = self._parent(account)
        while parent["Type"] != "ROOT" and len(way) < _DEEPEST:
            identifier = parent["Id"]
            way.append(identifier)
            above = self._parent(identifier)
            if identifier not in self._units:
                unit = self._calls.call("organizations", "DescribeOrganizationalUnit", OrganizationalUnitId=identifier)[
                    "OrganizationalUnit"
                ]
                self._units[identifier] = {"Id": identifier, "Name": unit["Name"], "ParentId": above["Id"]}
            parent = above
        return way

    def _parent(self, child: str) -> Json:
        """AWS's page API_ListParents: an account or unit has one parent."""
        if child not in self._parents:
            self._parents[child] = self._one("ListParents", "Parents", ChildId=child)
        return self._parents[child]

    def _member(self, number: str) -> Json:
        told = self._calls.call("organizations", "DescribeAccount", AccountId=number)["Account"]
        return {
            "Id": number,
            "Name": told.get("Name", ""),
            "Email": told.get("Email", ""),
            "ParentId": self._parent(number)["Id"],
            "JoinedTimestamp": told["JoinedTimestamp"],
            "Status": state if (state := told.get("State") or told.get("Status")) in _STATES else None,
            "JoinedMethod": told.get("JoinedMethod"),
        }

    def _policy(self, identifier: str) -> Json:
        told = self._calls.call("organizations", "DescribePolicy", PolicyId=identifier)["Policy"]
        summary = told["PolicySummary"]
        return {
            "Id": identifier,
            "Name": summary["Name"],
            "Type": summary["Type"],
            "Description": summary.get("Description"),
            "AwsManaged": summary.get("AwsManaged"),
            "Content": told["Content"],
        }

    def _one(self, operation: str, member: str, **parameters: Any) -> Json:
        found = self._listed(operation, member, **parameters)
        if len(found) != 1:
            raise AwsError("", f"{len(found)} came where there is one", operation=f"organizations:{operation}")
        return found[0]

    def _listed(self, operation: str, member: str, **parameters: Any) -> list[Json]:
        pages = self._calls.pages("organizations", operation, **parameters)
        return [each for page in pages for each in page[member]]
