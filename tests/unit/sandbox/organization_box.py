"""A sandbox with an organization: a management account and a member in a unit, called directly."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.sandbox.direct import ADMINISTRATOR, NUMBER, START, Direct

from iamfa.account.entities import AccessKey, User
from iamfa.sandbox.caller import Caller, caller_with_key
from iamfa.sandbox.live import LiveAccount
from iamfa.secret import Secret

NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
DENY_WITHOUT_MFA = {"Effect": "Deny", "NotAction": "iam:ListMFADevices", "Resource": "*", "Condition": NO_MFA}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class OrganizationBox(Direct):
    """A Direct whose account is the management account of an organization."""

    def __init__(self) -> None:
        super().__init__()
        self.ask("CreateOrganization", FeatureSet="ALL")
        self.root = self.state.organization.root if self.state.organization else ""

    def ask(self, operation: str, *, by: str | Caller = "administrator", **parameters: Any) -> Any:
        return self.call(operation, by=by, service="organizations", **parameters)

    def unit(self, name: str = "people", parent: str | None = None) -> str:
        created = self.ask("CreateOrganizationalUnit", ParentId=parent or self.root, Name=name)
        return str(created["OrganizationalUnit"]["Id"])

    def member(self, name: str = "member", **parameters: Any) -> str:
        status = self.ask("CreateAccount", AccountName=name, Email=f"{name}@example.com", **parameters)
        identifier = status["CreateAccountStatus"]["Id"]
        found = self.ask("DescribeCreateAccountStatus", CreateAccountRequestId=identifier)["CreateAccountStatus"]
        assert found["State"] == "SUCCEEDED"
        return str(found["AccountId"])

    def policy(self, text: str, *, kind: str = "SERVICE_CONTROL_POLICY", name: str = "guard") -> str:
        created = self.ask("CreatePolicy", Content=text, Description="", Name=name, Type=kind)
        return str(created["Policy"]["PolicySummary"]["Id"])

    def caller_in(self, number: str, name: str = "alice", *statements: dict[str, Any]) -> Caller:
        """A user of a member account, an administrator unless statements say what he may."""
        account: LiveAccount = self.state.accounts[number]
        ids = self.state.ids
        if name not in account.users:
            arn = f"arn:aws:iam::{number}:user/{name}"
            attached = () if statements else (ADMINISTRATOR,)
            inline = {"p": document(*statements)} if statements else {}
            account.users[name] = User(name, "/", ids.unique("AIDA"), arn, START, inline=inline, attached=attached)
        key = AccessKey(ids.access_key(), name, "Active", START, Secret(ids.secret_key()))
        account.access_keys[key.id] = key
        return caller_with_key(self.state, account, key)


__all__ = ["DENY_WITHOUT_MFA", "NO_MFA", "NUMBER", "OrganizationBox", "document"]
