"""An account with a user for every kind of answer that an audit gives, made by API calls in a sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import Credentials
from iamfa.otp import code_of, step_of
from iamfa.sandbox.embedded import ADMINISTRATOR, Sandbox
from iamfa.secret import Secret

ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}"
EVERYBODY = Path(__file__).parents[2] / "data" / "accounts" / "everyone.json"
"""The account as it was collected once."""

_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
_ENROL = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"]
_FORCE = {"Sid": "DenyWithoutMfa", "Effect": "Deny", "NotAction": _ENROL, "Resource": "*", "Condition": _NO_MFA}
_FORCE_ALL = {"Sid": "DenyAllWithoutMfa", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": _NO_MFA}
_SPARING = {
    **_FORCE,
    "Sid": "DenyUnlessExempt",
    "Condition": {**_NO_MFA, "StringNotEquals": {"aws:PrincipalTag/mfa-exempt": "true"}},
}
_WITH_MFA = {
    "Sid": "OnlyWithMfa",
    "Effect": "Allow",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def calls_of(box: Sandbox, user: str = ADMINISTRATOR) -> Aws:
    found = box.environment_of(user)
    credentials = Credentials(found["AWS_ACCESS_KEY_ID"], Secret(found["AWS_SECRET_ACCESS_KEY"]))
    return Aws(credentials, region=box.region, endpoint_url=box.endpoint_url, attempts=1)


def furnish(box: Sandbox) -> None:
    """Put everybody into the account of a sandbox."""
    admin = calls_of(box)
    for name, statements in (
        ("ForceMfa", (_ALL, _FORCE)),
        ("ForceMfaWithoutEnrolment", (_ALL, _FORCE_ALL)),
        ("ForceMfaUnlessExempt", (_ALL, _SPARING)),
        ("OnlyWithMfa", (_WITH_MFA,)),
    ):
        admin.call("iam", "CreatePolicy", PolicyName=name, PolicyDocument=document(*statements))
    admin.call("iam", "CreateGroup", GroupName="developers")
    admin.call("iam", "AttachGroupPolicy", GroupName="developers", PolicyArn=f"{ARN}:policy/ForceMfa")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"{ARN}:root"}, "Action": "sts:AssumeRole"}
    admin.call("iam", "CreateRole", RoleName="deployer", AssumeRolePolicyDocument=document(trust))
    admin.call("iam", "PutRolePolicy", RoleName="deployer", PolicyName="own", PolicyDocument=document(_ALL))

    for name in ("alice", "bob", "carol", "dave"):
        _user(admin, name, group="developers", key=True)
        _device(box, admin, name)
    _user(admin, "erin", group="developers", key=True)
    _user(admin, "frank", inline=(_ALL,), key=True)
    _user(admin, "grace", inline=(_ALL,), password=True)
    _device(box, admin, "grace")
    _user(admin, "heidi", policy="ForceMfaWithoutEnrolment", password=True)
    for name in ("ivan", "judy"):
        _user(admin, name, policy="ForceMfaUnlessExempt", key=True, tags={"mfa-exempt": "true"})
        _device(box, admin, name)
    _user(admin, "ken", policy="OnlyWithMfa", key=True)
    _device(box, admin, "ken")
    _user(admin, "=leo", key=True)
    _user(admin, "mia", group="developers")
    _user(admin, "nina", inline=(_ALL,))
    admin.create_virtual_mfa_device("left-behind")


def _user(
    admin: Aws,
    name: str,
    *,
    group: str | None = None,
    policy: str | None = None,
    inline: tuple[dict[str, Any], ...] = (),
    key: bool = False,
    password: bool = False,
    tags: dict[str, str] | None = None,
) -> None:
    listed = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    admin.call("iam", "CreateUser", UserName=name, Tags=listed)
    if group is not None:
        admin.call("iam", "AddUserToGroup", UserName=name, GroupName=group)
    if policy is not None:
        admin.call("iam", "AttachUserPolicy", UserName=name, PolicyArn=f"{ARN}:policy/{policy}")
    if inline:
        admin.call("iam", "PutUserPolicy", UserName=name, PolicyName="own", PolicyDocument=document(*inline))
    if key:
        admin.call("iam", "CreateAccessKey", UserName=name)
    if password:
        admin.call("iam", "CreateLoginProfile", UserName=name, Password="Correct-Horse-9-Battery")


def _device(box: Sandbox, admin: Aws, name: str) -> None:
    device = admin.create_virtual_mfa_device(f"{name}-phone")
    step = step_of(box.clock.now())
    admin.enable_mfa_device(name, device.serial, code_of(device.seed, step), code_of(device.seed, step + 1))
