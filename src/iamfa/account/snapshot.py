"""The snapshot of an account, version 1: one form for files, for the sandbox and for audits.

Its parts have the shapes and names of AWS's own answers: GetAccountAuthorizationDetails, ListMFADevices,
GetCredentialReport, ListAccessKeys with GetAccessKeyLastUsed, GetLoginProfile, GetAccountPasswordPolicy, and the
answers of Organizations. Beyond these it holds what they leave out (a role's longest session, the tags of policies,
when a password was used) in fields of the same entities. Secrets never stand here; the sandbox puts its own into a
section of its own. Readers ignore fields that they do not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from iamfa.account import credential_report, details
from iamfa.account.details import Json, SnapshotError
from iamfa.account.documents import document_out, plain_times
from iamfa.account.entities import AccessKey, Account, Device, LoginProfile, ManagedPolicy, Role, User
from iamfa.account.organization import Organization
from iamfa.account.shape import plain
from iamfa.account.snapshot_read import account_in, organization_in
from iamfa.account.snapshot_shape import SNAPSHOT

VERSION: Final = 1


def write(
    account: Account,
    organization: Organization | None,
    taken_at: datetime,
    *,
    report: Iterable[Mapping[str, str]] | None = None,
    not_read: Sequence[str] = (),
) -> Json:
    """The snapshot as a JSON value, entities by their names; of AWS's own policies those that somebody has.

    *report* are the rows of the account's own credential report, made from the account where none was read; *not_read*
    says what of the account nobody could read, e.g. `mfa_devices: AccessDenied`.
    """
    rows = credential_report.rows(account, organization) if report is None else report
    found = {
        "version": VERSION,
        "account": account.number,
        "partition": account.partition,
        "taken_at": taken_at,
        "created": account.created,
        "alias": account.alias,
        "authorization_details": {
            "UserDetailList": [_user(user, account) for user in _sorted(account.users)],
            "GroupDetailList": [details.group_details(each, account, document_out) for each in _sorted(account.groups)],
            "RoleDetailList": [_role(role, account) for role in _sorted(account.roles)],
            "Policies": [_policy(policy, account) for policy in written_policies(account)],
        },
        "instance_profiles": [
            details.profile_details(each, account, document_out) for each in _sorted(account.instance_profiles)
        ],
        "mfa_devices": [_device(device) for device in _sorted(account.devices)],
        "credential_report": [dict(row) for row in rows],
        "access_keys": [_key(key) for key in _sorted(account.access_keys)],
        "login_profiles": [_login_profile(profile) for profile in _sorted(account.login_profiles)],
        "password_policy": None
        if account.password_policy is None
        else details.password_policy_out(account.password_policy),
        "organization": None if organization is None else _organization(organization),
        "not_read": list(not_read),
    }
    plained: Json = plain_times(found)
    return plained


def written_policies(account: Account) -> list[ManagedPolicy]:
    """The managed policies of a snapshot by ARN: the customer's, and of AWS's those that somebody has."""
    used = details.used_policies(account)
    found = (policy for policy in account.policies.values() if not policy.is_awss or policy.arn in used)
    return sorted(found, key=lambda policy: policy.arn)


def read(value: object) -> tuple[Account, Organization | None, list[str]]:
    """The account, its organization, and what of it was not read, from a JSON value.

    Raises `SnapshotError`, which names the place, for whatever is no snapshot of version 1 or contradicts itself.
    """
    found = checked(value)
    return account_in(found), organization_in(found.get("organization")), list(found.get("not_read") or ())


def checked(value: object) -> Json:
    """The value, where it has the shape of a snapshot. Raises `SnapshotError` otherwise."""
    plain(value)
    if not isinstance(value, dict):
        raise SnapshotError("`$` is no object, and a snapshot is one", hint=_HINT)
    version = value.get("version")
    if version != VERSION or isinstance(version, bool | float):
        named = "has no `version`" if version is None else "has another `version`"
        raise SnapshotError(f"`$` {named}, and snapshots are read in version {VERSION}", hint=_HINT)
    SNAPSHOT(value, "$")
    return value


_HINT: Final = "give a file that `iamfa sandbox --save` or `iamfa audit --save` wrote"


def _sorted(entities: Mapping[str, Any]) -> list[Any]:
    return [entities[key] for key in sorted(entities)]


def _user(user: User, account: Account) -> Json:
    found = details.user_details(user, account, document_out)
    if user.password_last_used is not None:
        found["PasswordLastUsed"] = user.password_last_used
    return found


def _role(role: Role, account: Account) -> Json:
    found = details.role_details(role, account, document_out)
    found["MaxSessionDuration"] = role.max_session
    if role.description is not None:
        found["Description"] = role.description
    if role.trusted:
        found["TrustedPrincipals"] = [{"Arn": arn, "Id": identifier} for arn, identifier in role.trusted]
    return found


def _policy(policy: ManagedPolicy, account: Account) -> Json:
    found = details.policy_details(policy, account, document_out)
    return {**found, "Tags": details.tags_out(policy.tags), "NewestVersion": policy.newest}


def _device(device: Device) -> Json:
    return {
        "SerialNumber": device.serial,
        "UserName": device.user,
        "kind": device.kind,
        "EnableDate": device.enabled,
        "CreateDate": device.created,
        "Tags": details.tags_out(device.tags),
        "Certifications": dict(device.certifications),
    }


def _key(key: AccessKey) -> Json:
    used = {"LastUsedDate": key.last_used, "Region": key.last_used_region, "ServiceName": key.last_used_service}
    return {
        "AccessKeyId": key.id,
        "UserName": key.user,
        "Status": key.status,
        "CreateDate": key.created,
        "AccessKeyLastUsed": {name: value for name, value in used.items() if value is not None},
    }


def _login_profile(profile: LoginProfile) -> Json:
    return {
        "UserName": profile.user,
        "CreateDate": profile.created,
        "PasswordResetRequired": profile.reset_required,
        "PasswordLastChanged": profile.changed,
        "MaxSigninSessionDuration": profile.max_session,
    }


def _organization(organization: Organization) -> Json:
    return {
        "Id": organization.id,
        "MasterAccountId": organization.management_account,
        "RootId": organization.root,
        "EnabledPolicyTypes": list(organization.enabled),
        "Accounts": [
            {
                "Id": member.id,
                "Name": member.name,
                "Email": member.email,
                "ParentId": member.parent,
                "Status": member.status,
                "JoinedMethod": "INVITED" if member.invited else "CREATED",
                "JoinedTimestamp": member.joined,
            }
            for member in _sorted(organization.members)
        ],
        "OrganizationalUnits": [
            {"Id": unit.id, "Name": unit.name, "ParentId": unit.parent} for unit in _sorted(organization.units)
        ],
        "Policies": [
            {
                "Id": policy.id,
                "Name": policy.name,
                "Type": policy.kind,
                "Description": policy.description,
                "AwsManaged": policy.aws_managed,
                "Content": document_out(policy.text),
            }
            for policy in _sorted(organization.policies)
        ],
        "Attachments": {target: list(organization.attached[target]) for target in sorted(organization.attached)},
        "Tags": {each: details.tags_out(organization.tags[each]) for each in sorted(organization.tags)},
        "CreateAccountStatuses": [
            {
                "Id": creation.id,
                "AccountName": creation.name,
                "RequestedTimestamp": creation.requested,
                "AccountId": creation.account,
                "FailureReason": creation.failure,
            }
            for creation in _sorted(organization.creations)
        ],
    }
