"""What each user holds: devices, keys, a password; None where that was not read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from iamfa.account.entities import ROOT_USER, AccessKey, Account, Device
from iamfa.audit.unread import Unread

Row = Mapping[str, str]


@dataclass
class Holdings:
    """By user; the credential report stands in for what was not read otherwise."""

    account: Account
    unread: Unread
    report: Mapping[str, Row]
    devices: dict[str, list[Device]] = field(default_factory=dict)
    keys: dict[str, list[AccessKey]] = field(default_factory=dict)

    @classmethod
    def of(cls, account: Account, unread: Unread, report: Iterable[Row]) -> Holdings:
        """From the account and the rows of its credential report, if there are any."""
        usable = () if unread.lacks("credential_report") else report
        found = cls(account, unread, {row.get("user", ""): row for row in usable})
        for device in account.devices.values():
            if device.user is not None:
                found.devices.setdefault(device.user, []).append(device)
        for key in account.access_keys.values():
            found.keys.setdefault(key.user, []).append(key)
        return found

    def has_device(self, user: str) -> bool | None:
        """Whether the user has a device of any kind."""
        if self.devices.get(user):
            return True
        told = self._flag(user, "mfa_active")
        if told:
            return True
        return told if self._lacks("mfa_devices", user) else False

    def has_key(self, user: str) -> bool | None:
        """Whether a key of the user is active."""
        if any(key.status == "Active" for key in self.keys.get(user, ())):
            return True
        told = [self._flag(user, f"access_key_{n}_active") for n in (1, 2)]
        if True in told:
            return True
        return (None if None in told else False) if self._lacks("access_keys", user) else False

    def may_have_key(self, user: str) -> bool | None:
        """Whether the user has a key that is active, or that may be made active again."""
        if any(key.status != "Expired" for key in self.keys.get(user, ())):
            return True
        if self._lacks("access_keys", user) or self._lacks("inactive_access_keys", user):
            return self.has_key(user) or None
        return self.has_key(user)

    def has_password(self, user: str) -> bool | None:
        """Whether the user can sign in to the console."""
        if user in self.account.login_profiles:
            return True
        told = self._flag(user, "password_enabled")
        if told and user != ROOT_USER:
            return True
        return told if self._lacks("login_profiles", user) or user == ROOT_USER else False

    def may_act(self, user: str) -> bool:
        """Whether the user may hold any credential at all."""
        return self.may_have_key(user) is not False or self.has_password(user) is not False

    def _lacks(self, part: str, user: str) -> bool:
        return bool(self.unread.lacks(part, of=("root" if user == ROOT_USER else f"user/{user}",)))

    def _flag(self, user: str, column: str) -> bool | None:
        return {"true": True, "false": False}.get(self.report.get(user, {}).get(column, ""))
