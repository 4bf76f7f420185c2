"""What the tests of collections share: a sandbox that is collected from, and what AWS's API cannot tell of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from iamfa import clock
from iamfa.account.entities import ROOT_USER
from iamfa.gateway.aws import Aws
from iamfa.gateway.collect import collect
from iamfa.gateway.collect_assembled import Collected
from iamfa.gateway.collect_calls import Progress
from iamfa.gateway.collect_people import kind_of_serial
from iamfa.gateway.ports import Caller, Credentials
from iamfa.sandbox.embedded import ADMINISTRATOR, Sandbox
from iamfa.secret import Secret


class Time:
    """The time, and what was waited for on top of it without waiting; the SDK signs with the time alone."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def now(self) -> datetime:
        return clock.now() + timedelta(seconds=sum(self.waited))

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)


def caller_of(box: Sandbox, user: str = ADMINISTRATOR) -> Caller:
    """The calls of a user of the sandbox."""
    found = box.environment_of(user)
    credentials = Credentials(found["AWS_ACCESS_KEY_ID"], Secret(found["AWS_SECRET_ACCESS_KEY"]))
    return Aws(credentials, region=box.region, endpoint_url=box.endpoint_url, attempts=1, texts_of_policies=True)


def collected(
    box: Sandbox,
    time: Time | None = None,
    *,
    user: str = ADMINISTRATOR,
    state: Path | None = None,
    every_key: bool = False,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Collected:
    """The account of a sandbox, collected by one of its users."""
    held, time = caller_of(box, user), time or Time()
    return collect(lambda service: held, now=time.now, wait=time.wait, tell=tell, state=state, every_key=every_key)


class Scripted:
    """A caller with an answer, or an error, for each call of an operation; the last one for all that follow."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = {name: list(given) for name, given in answers.items()}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        self.calls.append((operation, parameters))
        given = self.answers[operation]
        answer = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(answer, BaseException):
            raise answer
        found: Mapping[str, Any] = answer
        return found


def as_told(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What AWS's API tells of an account whose snapshot a sandbox wrote, and in which form; of both, to compare them.

    Not told: the tags and the making of devices, FIDO certifications, the tags of policies and their last version's
    number, whose ids a trust policy was kept with, when a password was first set and whether it must be changed, empty
    instance profiles, devices and keys of the root user that only he can list, and hardware tokens of nobody.
    """
    found: dict[str, Any] = _in_seconds(snapshot)
    for part in (
        "version", "sandbox", "taken_at", "credential_report", "credential_report_at", "account_summary", "not_read",
        "organization",
    ):  # fmt: skip
        found.pop(part, None)
    details = found["authorization_details"]
    details["UserDetailList"] = [each for each in details["UserDetailList"] if each["UserName"] != ADMINISTRATOR]
    for policy in details["Policies"]:
        policy |= {"Tags": [], "NewestVersion": max(int(each["VersionId"][1:]) for each in policy["PolicyVersionList"])}
    for role in details["RoleDetailList"]:
        role.pop("TrustedPrincipals", None)
    found["instance_profiles"] = [each for each in found["instance_profiles"] if each["Roles"]]
    found["mfa_devices"] = [
        {
            "serial": each["SerialNumber"],
            "user": each["UserName"],
            "kind": "virtual" if each["kind"] == "virtual" else kind_of_serial(each["SerialNumber"]),
            "enabled": each["EnableDate"],
        }
        for each in found["mfa_devices"]
        if each["kind"] == "virtual" or each["UserName"] not in (None, ROOT_USER)
    ]
    found["access_keys"] = [
        {**each, "AccessKeyLastUsed": each["AccessKeyLastUsed"].get("LastUsedDate")}
        for each in found["access_keys"]
        if each["UserName"] not in (ROOT_USER, ADMINISTRATOR)
    ]
    found["login_profiles"] = [
        (each["UserName"], each["PasswordLastChanged"] or each["CreateDate"]) for each in found["login_profiles"]
    ]
    return found


def _in_seconds(value: Any) -> Any:
    """The value with its times cut to seconds, as AWS gives them."""
    if isinstance(value, dict):
        return {key: _in_seconds(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_in_seconds(each) for each in value]
    if isinstance(value, str) and len(value) == len("2026-03-01T12:00:00.000000Z") and value.endswith("Z"):
        return value[:-8] + "Z"
    return value
