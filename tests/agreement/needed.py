"""What each operation needs permission for, written from AWS's pages and from nothing of the sandbox.

Actions and types of resources: the Service Authorization Reference (list_iam, list_sts and list_organizations, their
tables "API operations defined by" and "Actions defined by"). Which thing of a call is meant: the API References' pages
of the operations; that a new name is asked for as well: API_UpdateUser, API_UpdateGroup; tags of what is made in an
organization: add-tag. `<name>` stands for what is found out when the account is filled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.agreement.populated import (
    ACCOUNT,
    ALLOW_ALL,
    CALLER,
    GIT,
    HARDWARE,
    PASSWORD,
    SPARE_TOKEN,
    iam,
    trust,
)
from tests.unit.sandbox.uploads import PUBLIC_KEY, another_certificate

Needs = tuple[tuple[str, str], ...]


class Row(NamedTuple):
    """One call, and everything that it takes."""

    service: str
    operation: str
    parameters: dict[str, Any]
    needs: Needs
    """Pairs of action and resource."""
    then: str | None = None
    """The error, not one about permission, with which the call ends where it cannot work here."""


def _row(operation: str, resource: str, **parameters: Any) -> Row:
    return Row("iam", operation, parameters, ((f"iam:{operation}", resource),))


def _rows(resource: str, names: str, **parameters: Any) -> tuple[Row, ...]:
    """Operations that take the same parameters and ask for the same thing."""
    return tuple(_row(name, resource, **parameters) for name in names.split())


BOB, BARE_USER = iam("user", "team/bob"), iam("user", "team/bare")
DEVS, BARE_GROUP = iam("group", "g/devs"), iam("group", "g/bare")
APP, BARE_ROLE = iam("role", "r/app"), iam("role", "r/bare")
FULL, VACANT = iam("instance-profile", "i/full"), iam("instance-profile", "i/vacant")
SHARED, LOOSE = iam("policy", "p/shared"), iam("policy", "p/loose")
AWSS_OWN = "arn:aws:iam::aws:policy/SecurityAudit"
VICTIM = iam("policy", "p/victim")
PHONE, SPARE = iam("mfa", "d/phone"), iam("mfa", "d/spare")
NOBODY = iam("user", "nobody")
OTHER_CERTIFICATE = another_certificate(0)
EVERY_USER = iam("user", "*")
"""A list for all users needs some user's ARN (list_iam: user is required); which one AWS does not say."""
BOBS_PUBLIC_KEY, BOBS_CERTIFICATE = {"SSHPublicKeyId": "<bob's public key>"}, {"CertificateId": "<bob's certificate>"}
BOBS_GIT_PASSWORD = {"ServiceSpecificCredentialId": "<bob's git password>"}
CALLERS_GIT_PASSWORD = {"ServiceSpecificCredentialId": "<caller's git password>"}
TAGS = [{"Key": "cost", "Value": "7"}]
SPARE_CODES = {"AuthenticationCode1": "<spare 1>", "AuthenticationCode2": "<spare 2>"}
PHONE_CODES = {"AuthenticationCode1": "<phone 1>", "AuthenticationCode2": "<phone 2>"}
TOKEN_CODES = {"AuthenticationCode1": "<token 1>", "AuthenticationCode2": "<token 2>"}


def _tagged(operation: str, tagging: str, resource: str, **parameters: Any) -> Row:
    """A thing that is made with tags: "the IAM actions that an operation authorizes" are two then."""
    needs = ((f"iam:{operation}", resource), (f"iam:{tagging}", resource))
    return Row("iam", operation, {**parameters, "Tags": TAGS}, needs)


IAM: tuple[Row, ...] = (
    # users
    _row("CreateUser", iam("user", "new/joe"), UserName="joe", Path="/new/"),
    _tagged("CreateUser", "TagUser", iam("user", "joe"), UserName="joe"),
    _row("GetUser", BOB, UserName="bob"),
    _row("GetUser", CALLER),
    _row("ListUsers", "*"),
    _row("UpdateUser", BOB, UserName="bob"),
    Row(
        "iam", "UpdateUser", {"UserName": "bob", "NewUserName": "rob", "NewPath": "/new/"},
        (("iam:UpdateUser", BOB), ("iam:UpdateUser", iam("user", "new/rob"))),
    ),
    _row("DeleteUser", BARE_USER, UserName="bare"),
    _row("TagUser", BOB, UserName="bob", Tags=TAGS),
    _row("UntagUser", BOB, UserName="bob", TagKeys=["team"]),
    _row("ListUserTags", BOB, UserName="bob"),
    _row("PutUserPermissionsBoundary", BARE_USER, UserName="bare", PermissionsBoundary=SHARED),
    _row("DeleteUserPermissionsBoundary", BOB, UserName="bob"),
    # keys
    *_rows(BOB, "CreateAccessKey ListAccessKeys", UserName="bob"),
    *_rows(CALLER, "CreateAccessKey ListAccessKeys"),
    _row("UpdateAccessKey", BOB, UserName="bob", AccessKeyId="<bob's key>", Status="Inactive"),
    _row("DeleteAccessKey", BOB, UserName="bob", AccessKeyId="<bob's key>"),
    _row("GetAccessKeyLastUsed", BOB, AccessKeyId="<bob's key>"),
    # public keys, certificates, passwords for one service
    _row("UploadSSHPublicKey", BARE_USER, UserName="bare", SSHPublicKeyBody=PUBLIC_KEY),
    _row("GetSSHPublicKey", BOB, UserName="bob", Encoding="PEM", **BOBS_PUBLIC_KEY),
    _row("UpdateSSHPublicKey", BOB, UserName="bob", Status="Inactive", **BOBS_PUBLIC_KEY),
    _row("DeleteSSHPublicKey", BOB, UserName="bob", **BOBS_PUBLIC_KEY),
    _row("UploadSigningCertificate", BARE_USER, UserName="bare", CertificateBody=OTHER_CERTIFICATE),
    _row("UploadSigningCertificate", CALLER, CertificateBody=OTHER_CERTIFICATE),
    _row("UpdateSigningCertificate", BOB, UserName="bob", Status="Inactive", **BOBS_CERTIFICATE),
    _row("DeleteSigningCertificate", BOB, UserName="bob", **BOBS_CERTIFICATE),
    _row("CreateServiceSpecificCredential", BARE_USER, UserName="bare", ServiceName=GIT),
    _row("UpdateServiceSpecificCredential", BOB, UserName="bob", Status="Inactive", **BOBS_GIT_PASSWORD),
    *_rows(BOB, "ResetServiceSpecificCredential DeleteServiceSpecificCredential", UserName="bob", **BOBS_GIT_PASSWORD),
    *_rows(CALLER, "ResetServiceSpecificCredential DeleteServiceSpecificCredential", **CALLERS_GIT_PASSWORD),
    *_rows(BOB, "ListSSHPublicKeys ListSigningCertificates ListServiceSpecificCredentials", UserName="bob"),
    *_rows(CALLER, "ListSSHPublicKeys ListSigningCertificates ListServiceSpecificCredentials"),
    _row("ListServiceSpecificCredentials", EVERY_USER, AllUsers=True, ServiceName=GIT),
    # passwords
    _row("CreateLoginProfile", BARE_USER, UserName="bare", Password=PASSWORD),
    *_rows(BOB, "GetLoginProfile DeleteLoginProfile", UserName="bob"),
    *_rows(CALLER, "GetLoginProfile DeleteLoginProfile"),
    _row("UpdateLoginProfile", BOB, UserName="bob", PasswordResetRequired=True),
    _row("ChangePassword", CALLER, OldPassword=PASSWORD, NewPassword=PASSWORD + "-2"),
    *_rows("*", "UpdateAccountPasswordPolicy GetAccountPasswordPolicy DeleteAccountPasswordPolicy"),
    # devices
    _row("CreateVirtualMFADevice", iam("mfa", "new/tablet"), VirtualMFADeviceName="tablet", Path="/new/"),
    _tagged("CreateVirtualMFADevice", "TagMFADevice", iam("mfa", "tablet"), VirtualMFADeviceName="tablet"),
    _row("DeleteVirtualMFADevice", SPARE, SerialNumber=SPARE),
    _row("EnableMFADevice", BOB, UserName="bob", SerialNumber=SPARE, **SPARE_CODES),
    _row("EnableMFADevice", CALLER, UserName="caller", SerialNumber=SPARE, **SPARE_CODES),
    _row("EnableMFADevice", BARE_USER, UserName="bare", SerialNumber=SPARE_TOKEN, **TOKEN_CODES),
    _row("DeactivateMFADevice", BOB, UserName="bob", SerialNumber=PHONE),
    _row("DeactivateMFADevice", BOB, UserName="bob", SerialNumber=HARDWARE),
    _row("DeactivateMFADevice", BOB, UserName="bob", SerialNumber="<passkey>"),
    _row("ResyncMFADevice", BOB, UserName="bob", SerialNumber=PHONE, **PHONE_CODES),
    _row("ListMFADevices", BOB, UserName="bob"),
    _row("ListMFADevices", CALLER),
    _row("GetMFADevice", BOB, UserName="bob", SerialNumber="<passkey>"),
    _row("ListVirtualMFADevices", "*"),
    _row("TagMFADevice", PHONE, SerialNumber=PHONE, Tags=TAGS),
    _row("UntagMFADevice", PHONE, SerialNumber=PHONE, TagKeys=["team"]),
    _row("ListMFADeviceTags", PHONE, SerialNumber=PHONE),
    # groups
    _row("CreateGroup", iam("group", "new/ops"), GroupName="ops", Path="/new/"),
    _row("GetGroup", DEVS, GroupName="devs"),
    _row("ListGroups", "*"),
    _row("ListGroupsForUser", BOB, UserName="bob"),
    _row("UpdateGroup", DEVS, GroupName="devs"),
    Row(
        "iam", "UpdateGroup", {"GroupName": "devs", "NewGroupName": "ops"},
        (("iam:UpdateGroup", DEVS), ("iam:UpdateGroup", iam("group", "g/ops"))),
    ),
    _row("DeleteGroup", BARE_GROUP, GroupName="bare"),
    _row("AddUserToGroup", BARE_GROUP, GroupName="bare", UserName="bob"),
    _row("RemoveUserFromGroup", DEVS, GroupName="devs", UserName="bob"),
    # managed policies
    _row("CreatePolicy", iam("policy", "new/mine"), PolicyName="mine", Path="/new/", PolicyDocument=ALLOW_ALL),
    _tagged("CreatePolicy", "TagPolicy", iam("policy", "mine"), PolicyName="mine", PolicyDocument=ALLOW_ALL),
    *_rows(SHARED, "GetPolicy ListPolicyVersions ListPolicyTags ListEntitiesForPolicy", PolicyArn=SHARED),
    _row("GetPolicy", AWSS_OWN, PolicyArn=AWSS_OWN),
    _row("ListPolicies", "*"),
    _row("DeletePolicy", VICTIM, PolicyArn=VICTIM),
    _row("CreatePolicyVersion", SHARED, PolicyArn=SHARED, PolicyDocument=ALLOW_ALL),
    *_rows(SHARED, "GetPolicyVersion SetDefaultPolicyVersion DeletePolicyVersion", PolicyArn=SHARED, VersionId="v2"),
    _row("TagPolicy", SHARED, PolicyArn=SHARED, Tags=TAGS),
    _row("UntagPolicy", SHARED, PolicyArn=SHARED, TagKeys=["team"]),
    # inline and attached policies
    *_rows(BOB, "ListUserPolicies ListAttachedUserPolicies", UserName="bob"),
    *_rows(BOB, "GetUserPolicy DeleteUserPolicy", UserName="bob", PolicyName="inline"),
    _row("PutUserPolicy", BOB, UserName="bob", PolicyName="more", PolicyDocument=ALLOW_ALL),
    _row("AttachUserPolicy", BOB, UserName="bob", PolicyArn=LOOSE),
    _row("DetachUserPolicy", BOB, UserName="bob", PolicyArn=SHARED),
    *_rows(DEVS, "ListGroupPolicies ListAttachedGroupPolicies", GroupName="devs"),
    *_rows(DEVS, "GetGroupPolicy DeleteGroupPolicy", GroupName="devs", PolicyName="inline"),
    _row("PutGroupPolicy", DEVS, GroupName="devs", PolicyName="more", PolicyDocument=ALLOW_ALL),
    _row("AttachGroupPolicy", DEVS, GroupName="devs", PolicyArn=LOOSE),
    _row("DetachGroupPolicy", DEVS, GroupName="devs", PolicyArn=SHARED),
    *_rows(APP, "ListRolePolicies ListAttachedRolePolicies", RoleName="app"),
    *_rows(APP, "GetRolePolicy DeleteRolePolicy", RoleName="app", PolicyName="inline"),
    _row("PutRolePolicy", APP, RoleName="app", PolicyName="more", PolicyDocument=ALLOW_ALL),
    _row("AttachRolePolicy", APP, RoleName="app", PolicyArn=LOOSE),
    _row("DetachRolePolicy", APP, RoleName="app", PolicyArn=SHARED),
    # roles
    _row(
        "CreateRole", iam("role", "new/job"),
        RoleName="job", Path="/new/", AssumeRolePolicyDocument=trust("sts:AssumeRole"),
    ),
    _tagged(
        "CreateRole", "TagRole", iam("role", "job"), RoleName="job", AssumeRolePolicyDocument=trust("sts:AssumeRole")
    ),
    *_rows(APP, "GetRole ListRoleTags DeleteRolePermissionsBoundary", RoleName="app"),
    _row("ListRoles", "*"),
    _row("UpdateRole", APP, RoleName="app", MaxSessionDuration=7200),
    _row("UpdateRoleDescription", APP, RoleName="app", Description="an app"),
    _row("DeleteRole", BARE_ROLE, RoleName="bare"),
    _row("UpdateAssumeRolePolicy", APP, RoleName="app", PolicyDocument=trust("sts:AssumeRole")),
    _row("PutRolePermissionsBoundary", BARE_ROLE, RoleName="bare", PermissionsBoundary=SHARED),
    _row("TagRole", APP, RoleName="app", Tags=TAGS),
    _row("UntagRole", APP, RoleName="app", TagKeys=["team"]),
    # instance profiles
    _row("CreateInstanceProfile", iam("instance-profile", "new/vm"), InstanceProfileName="vm", Path="/new/"),
    _tagged(
        "CreateInstanceProfile", "TagInstanceProfile", iam("instance-profile", "vm"), InstanceProfileName="vm"
    ),
    *_rows(FULL, "GetInstanceProfile ListInstanceProfileTags", InstanceProfileName="full"),
    _row("ListInstanceProfiles", "*"),
    _row("ListInstanceProfilesForRole", APP, RoleName="app"),
    _row("DeleteInstanceProfile", VACANT, InstanceProfileName="vacant"),
    Row(
        "iam", "AddRoleToInstanceProfile", {"InstanceProfileName": "vacant", "RoleName": "bare"},
        (("iam:AddRoleToInstanceProfile", VACANT), ("iam:PassRole", BARE_ROLE)),
    ),
    _row("RemoveRoleFromInstanceProfile", FULL, InstanceProfileName="full", RoleName="app"),
    _row("TagInstanceProfile", FULL, InstanceProfileName="full", Tags=TAGS),
    _row("UntagInstanceProfile", FULL, InstanceProfileName="full", TagKeys=["team"]),
    # the account
    _row("CreateAccountAlias", "*", AccountAlias="another-company"),
    _row("DeleteAccountAlias", "*", AccountAlias="a-company"),
    *_rows("*", "ListAccountAliases GetAccountAuthorizationDetails GetAccountSummary"),
    *_rows("*", "GenerateCredentialReport GetCredentialReport"),
    *_rows("*", "ListOpenIDConnectProviders ListSAMLProviders ListServerCertificates"),
    _row("SimulateCustomPolicy", "*", PolicyInputList=[ALLOW_ALL], ActionNames=["s3:GetObject"]),
    _row("GetContextKeysForCustomPolicy", "*", PolicyInputList=[ALLOW_ALL]),
    *(
        row
        for source in (BOB, DEVS, APP)
        for row in (
            _row("SimulatePrincipalPolicy", source, PolicySourceArn=source, ActionNames=["s3:GetObject"]),
            _row("GetContextKeysForPrincipalPolicy", source, PolicySourceArn=source),
        )
    ),
    # what is not there is asked for under the name that the call gives it
    *(
        row._replace(then="NoSuchEntity")
        for row in (
            *_rows(NOBODY, "GetUser DeleteUser ListMFADevices CreateAccessKey", UserName="nobody"),
            _row("EnableMFADevice", NOBODY, UserName="nobody", SerialNumber=SPARE, **SPARE_CODES),
            _row("DeleteVirtualMFADevice", iam("mfa", "none"), SerialNumber=iam("mfa", "none")),
            _row("GetGroup", iam("group", "none"), GroupName="none"),
            _row("GetRole", iam("role", "none"), RoleName="none"),
            _row("GetPolicy", iam("policy", "none"), PolicyArn=iam("policy", "none")),
            _row("GetInstanceProfile", iam("instance-profile", "none"), InstanceProfileName="none"),
        )
    ),
)  # fmt: skip

_ASSUME = {"RoleArn": APP, "RoleSessionName": "one"}
_FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
STS: tuple[Row, ...] = (
    Row("sts", "GetCallerIdentity", {}, ()),
    Row("sts", "GetSessionToken", {}, ()),
    Row("sts", "GetAccessKeyInfo", {"AccessKeyId": "<bob's key>"}, (("sts:GetAccessKeyInfo", "*"),)),
    Row(
        "sts", "DecodeAuthorizationMessage", {"EncodedMessage": "bm9uZQ"}, (("sts:DecodeAuthorizationMessage", "*"),),
        "InvalidAuthorizationMessageException",
    ),
    Row("sts", "GetFederationToken", {"Name": "guest"}, (("sts:GetFederationToken", _FEDERATED),)),
    # On which resource the tags of a federated user are asked for no page says.
    Row(
        "sts", "GetFederationToken", {"Name": "guest", "Tags": TAGS},
        (("sts:GetFederationToken", _FEDERATED), ("sts:TagSession", _FEDERATED)),
    ),
    Row("sts", "AssumeRole", _ASSUME, (("sts:AssumeRole", APP),)),
    Row("sts", "AssumeRole", {**_ASSUME, "Tags": TAGS}, (("sts:AssumeRole", APP), ("sts:TagSession", APP))),
    Row(
        "sts", "AssumeRole", {**_ASSUME, "SourceIdentity": "joe"},
        (("sts:AssumeRole", APP), ("sts:SetSourceIdentity", APP)),
    ),
)  # fmt: skip


def _organizations(kind: str, name: str) -> str:
    return f"arn:aws:organizations::{ACCOUNT}:{kind}/<organization>/{name}"


ROOT, UNIT, BARE_UNIT = (
    _organizations("root", "<root>"), _organizations("ou", "<unit>"), _organizations("ou", "<bare unit>"),
)  # fmt: skip
MEMBER = _organizations("account", "<member>")
POLICY, LOOSE_POLICY = (
    _organizations("policy", f"service_control_policy/{name}") for name in ("<policy>", "<loose policy>")
)
NEW_POLICY = _organizations("policy", "service_control_policy/*")
"""AWS does not say which id stands in the ARN of what has none yet."""
_SCP = "SERVICE_CONTROL_POLICY"


def _org(operation: str, *resources: str, **parameters: Any) -> Row:
    needs = tuple((f"organizations:{operation}", resource) for resource in resources)
    return Row("organizations", operation, parameters, needs)


_LINKED = "aws-service-role/organizations.amazonaws.com/AWSServiceRoleForOrganizations"
CREATE_ORGANIZATION = Row(
    "organizations", "CreateOrganization", {"FeatureSet": "ALL"},
    (("organizations:CreateOrganization", "*"), ("iam:CreateServiceLinkedRole", iam("role", _LINKED))),
)  # fmt: skip
"""Called where there is no organization yet; of the role tells orgs_manage_org_create."""

ORGANIZATIONS: tuple[Row, ...] = (
    _org("DescribeOrganization", "*"),
    _org("DeleteOrganization", "*")._replace(then="OrganizationNotEmptyException"),
    _org("ListAWSServiceAccessForOrganization", "*"),
    _org("ListRoots", "*"),
    _org("CreateOrganizationalUnit", ROOT, ParentId="<root>", Name="new"),
    _org("CreateOrganizationalUnit", UNIT, ParentId="<unit>", Name="new"),
    *(
        Row(
            "organizations", operation, {**parameters, "Tags": TAGS},
            ((f"organizations:{operation}", asked), ("organizations:TagResource", made)),
        )
        for operation, asked, made, parameters in (
            ("CreateOrganizationalUnit", ROOT, _organizations("ou", "*"), {"ParentId": "<root>", "Name": "new"}),
            ("CreateAccount", "*", _organizations("account", "*"), {"AccountName": "n", "Email": "new@example.com"}),
            (
                "CreatePolicy", NEW_POLICY, NEW_POLICY,
                {"Name": "new", "Description": "", "Type": _SCP, "Content": ALLOW_ALL},
            ),
        )
    ),
    _org("DescribeOrganizationalUnit", UNIT, OrganizationalUnitId="<unit>"),
    _org("UpdateOrganizationalUnit", UNIT, OrganizationalUnitId="<unit>", Name="renamed"),
    _org("DeleteOrganizationalUnit", BARE_UNIT, OrganizationalUnitId="<bare unit>"),
    _org("ListOrganizationalUnitsForParent", ROOT, ParentId="<root>"),
    _org("CreateAccount", "*", AccountName="new", Email="new@example.com"),
    _org("DescribeCreateAccountStatus", "*", CreateAccountRequestId="<creation>"),
    _org("DescribeAccount", MEMBER, AccountId="<member>"),
    _org("ListAccounts", "*"),
    _org("ListAccountsForParent", UNIT, ParentId="<unit>"),
    _org(
        "MoveAccount", MEMBER, UNIT, ROOT,
        AccountId="<member>", SourceParentId="<unit>", DestinationParentId="<root>",
    ),
    _org("ListParents", MEMBER, ChildId="<member>"),
    _org("ListParents", UNIT, ChildId="<unit>"),
    _org("ListChildren", ROOT, ParentId="<root>", ChildType="ORGANIZATIONAL_UNIT"),
    *(
        row
        for resource, identifier in ((ROOT, "<root>"), (UNIT, "<unit>"), (MEMBER, "<member>"), (POLICY, "<policy>"))
        for row in (
            _org("TagResource", resource, ResourceId=identifier, Tags=TAGS),
            _org("UntagResource", resource, ResourceId=identifier, TagKeys=["team"]),
            _org("ListTagsForResource", resource, ResourceId=identifier),
        )
    ),
    _org("EnablePolicyType", ROOT, RootId="<root>", PolicyType="RESOURCE_CONTROL_POLICY"),
    _org("DisablePolicyType", ROOT, RootId="<root>", PolicyType=_SCP),
    _org("CreatePolicy", NEW_POLICY, Name="new", Description="", Type=_SCP, Content=ALLOW_ALL),
    _org("DescribePolicy", POLICY, PolicyId="<policy>"),
    _org("UpdatePolicy", POLICY, PolicyId="<policy>", Name="renamed"),
    _org("DeletePolicy", LOOSE_POLICY, PolicyId="<loose policy>"),
    _org("ListPolicies", "*", Filter=_SCP),
    _org("AttachPolicy", LOOSE_POLICY, ROOT, PolicyId="<loose policy>", TargetId="<root>"),
    _org("AttachPolicy", LOOSE_POLICY, MEMBER, PolicyId="<loose policy>", TargetId="<member>"),
    _org("DetachPolicy", POLICY, UNIT, PolicyId="<policy>", TargetId="<unit>"),
    _org("ListPoliciesForTarget", UNIT, TargetId="<unit>", Filter=_SCP),
    _org("ListTargetsForPolicy", POLICY, PolicyId="<policy>"),
)  # fmt: skip
