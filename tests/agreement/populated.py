"""A sandbox whose account holds something of everything that a call can be about, under paths, made by its own API.

The devices that no call makes come from `seeding`, as they come from a shop. Names tell what each thing is for: what is
`loose`, `bare` or `vacant` can be deleted, the others have something that hangs on them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from tests.agreement.signed_calls import Key, Wire
from tests.unit.sandbox.uploads import CERTIFICATE, PUBLIC_KEY

from iamfa import Sandbox
from iamfa.otp import code_of, step_of
from iamfa.sandbox.live import State
from iamfa.sandbox.seeding import add_fido_device, add_hardware_device
from iamfa.secret import Secret

ACCOUNT = "123456789012"
MEMBER = "210987654321"
CALLER = "arn:aws:iam::123456789012:user/staff/caller"
PHONE_SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/d/phone"
SPARE_SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/d/spare"
PASSWORD = "correct-Horse-7-battery"
HARDWARE = "GAHT12345678"
SPARE_TOKEN = "GAHT87654321"
ALLOW_ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
GIT = "codecommit.amazonaws.com"
OTHER_VERSION = ALLOW_ALL.replace('"Action": "*"', '"Action": "s3:*"')


def trust(*actions: str) -> str:
    """A trust policy that lets the account's own policies decide."""
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": list(actions)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def iam(kind: str, name_with_path: str) -> str:
    """The ARN of a thing of the account."""
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name_with_path}"


def administrator(box: Sandbox) -> Key:
    """The key of the user `administrator`."""
    return key_of(box, "administrator")


def key_of(box: Sandbox, user: str) -> Key:
    """A long-term key of a user."""
    found = box.environment_of(user)
    return Key(found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"])


def codes_of(box: Sandbox, serial: str) -> tuple[str, str]:
    """The two consecutive codes that enable or resync a device now."""

    def found(state: State) -> tuple[str, str]:
        seed, step = state.account.devices[serial].seed, step_of(state.clock.now())
        assert seed is not None
        return code_of(seed, step - 1), code_of(seed, step)

    return box.call(found)


def populate(box: Sandbox, wire: Wire) -> dict[str, str]:
    """Fill the account; what is found out on the way: ids and serials by names of their own."""
    root = administrator(box)

    def do(operation: str, **parameters: Any) -> Any:
        answer = wire.call("iam", operation, root, parameters)
        assert answer.status == 200, answer
        return answer

    tags = [{"Key": "team", "Value": "red"}]
    for name in ("shared", "loose"):
        do("CreatePolicy", PolicyName=name, Path="/p/", PolicyDocument=ALLOW_ALL, Tags=tags)
        do("CreatePolicyVersion", PolicyArn=iam("policy", f"p/{name}"), PolicyDocument=OTHER_VERSION)
    do("CreatePolicy", PolicyName="victim", Path="/p/", PolicyDocument=ALLOW_ALL)
    shared = iam("policy", "p/shared")
    for path, name in (("/staff/", "caller"), ("/team/", "bob"), ("/team/", "bare")):
        do("CreateUser", UserName=name, Path=path, Tags=tags)
    for name in ("devs", "bare"):
        do("CreateGroup", GroupName=name, Path="/g/")
    for name in ("app", "bare"):
        document = trust("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
        do("CreateRole", RoleName=name, Path="/r/", AssumeRolePolicyDocument=document, Tags=tags)
    for name in ("full", "vacant"):
        do("CreateInstanceProfile", InstanceProfileName=name, Path="/i/", Tags=tags)
    do("AddRoleToInstanceProfile", InstanceProfileName="full", RoleName="app")
    do("AddUserToGroup", GroupName="devs", UserName="bob")
    for kind, name in (("User", "bob"), ("Group", "devs"), ("Role", "app")):
        do(f"Put{kind}Policy", **{f"{kind}Name": name}, PolicyName="inline", PolicyDocument=ALLOW_ALL)
        do(f"Attach{kind}Policy", **{f"{kind}Name": name}, PolicyArn=shared)
    do("PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=shared)
    do("PutRolePermissionsBoundary", RoleName="app", PermissionsBoundary=shared)
    for name in ("bob", "caller"):
        do("CreateLoginProfile", UserName=name, Password=PASSWORD)
    found = {"bob's key": do("CreateAccessKey", UserName="bob").text("AccessKeyId")}
    do("CreateAccessKey", UserName="caller")
    uploaded = do("UploadSSHPublicKey", UserName="bob", SSHPublicKeyBody=PUBLIC_KEY)
    found["bob's public key"] = uploaded.text("SSHPublicKeyId")
    uploaded = do("UploadSigningCertificate", UserName="bob", CertificateBody=CERTIFICATE)
    found["bob's certificate"] = uploaded.text("CertificateId")
    for name in ("bob", "caller"):
        made = do("CreateServiceSpecificCredential", UserName=name, ServiceName=GIT)
        found[f"{name}'s git password"] = made.text("ServiceSpecificCredentialId")
    for name in ("phone", "spare"):
        do("CreateVirtualMFADevice", VirtualMFADeviceName=name, Path="/d/", Tags=tags)
    phone = iam("mfa", "d/phone")
    first, second = codes_of(box, phone)
    do("EnableMFADevice", UserName="bob", SerialNumber=phone, AuthenticationCode1=first, AuthenticationCode2=second)
    do("CreateAccountAlias", AccountAlias="a-company")
    do("UpdateAccountPasswordPolicy", MinimumPasswordLength=8)
    do("GenerateCredentialReport")

    def from_a_shop(state: State) -> str:
        account, now, seed = state.account, state.clock.now(), Secret(state.ids.seed())
        add_hardware_device(account, HARDWARE, seed, now, "bob")
        add_hardware_device(account, SPARE_TOKEN, seed, now)
        return add_fido_device(account, state.ids, "bob", "key", {"FIDO": "L1"}, now).serial

    found["passkey"] = box.call(from_a_shop)
    box.clock.advance(120)  # that no code which enabled a device is shown again
    return found


def organize(box: Sandbox, wire: Wire) -> dict[str, str]:
    """Make an organization with a unit, a member account in it and an attached policy; their ids by name."""
    root = administrator(box)

    def do(operation: str, **parameters: Any) -> Any:
        answer = wire.call("organizations", operation, root, parameters)
        assert answer.status == 200, answer
        return json.loads(answer.body or "{}")

    organization = do("CreateOrganization", FeatureSet="ALL")["Organization"]["Id"]
    top = do("ListRoots")["Roots"][0]["Id"]
    units = [
        do("CreateOrganizationalUnit", ParentId=top, Name=name)["OrganizationalUnit"]["Id"] for name in ("full", "bare")
    ]
    creation = do("CreateAccount", AccountName="member", Email="member@example.com")["CreateAccountStatus"]["Id"]
    member = do("DescribeCreateAccountStatus", CreateAccountRequestId=creation)["CreateAccountStatus"]["AccountId"]
    do("MoveAccount", AccountId=member, SourceParentId=top, DestinationParentId=units[0])
    policies = [
        do("CreatePolicy", Name=name, Description="", Type="SERVICE_CONTROL_POLICY", Content=ALLOW_ALL)
        for name in ("held", "loose")
    ]
    held, loose = (each["Policy"]["PolicySummary"]["Id"] for each in policies)
    do("AttachPolicy", PolicyId=held, TargetId=units[0])
    do("TagResource", ResourceId=units[0], Tags=[{"Key": "team", "Value": "red"}])
    return {
        "organization": organization, "root": top, "unit": units[0], "bare unit": units[1], "member": member,
        "creation": creation, "policy": held, "loose policy": loose,
    }  # fmt: skip


def give(box: Sandbox, statements: list[dict[str, Any]], user: str = "caller", account: str | None = None) -> None:
    """Let a user have these statements as his one and only policy; none: no policy at all."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})

    def put(state: State) -> None:
        users = state.accounts[account or state.main].users
        users[user] = replace(users[user], inline={"only": text} if statements else {}, attached=(), groups=())

    box.call(put)


def keep(state: State) -> Callable[[State], None]:
    """Remember everything; what is given back puts it back. Entities never change, so that the tables are enough."""
    accounts = [
        (account, {each.name: getattr(account, each.name) for each in fields(account)})
        for account in state.accounts.values()
    ]
    tables = [
        (held, held.copy()) for _, values in accounts for held in values.values() if isinstance(held, (dict, set))
    ]
    tables += [(held, held.copy()) for held in (state.sessions, state.accounts)]
    organization = state.organization

    def put_back(state: State) -> None:
        for account, values in accounts:
            for name, value in values.items():
                setattr(account, name, value)
        for held, copy in tables:
            held.clear()
            held.update(copy)
        state.organization = organization

    return put_back
