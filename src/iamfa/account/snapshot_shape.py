"""What a snapshot must look like, as tables: AWS's names and types of the answers that it is made of."""

from __future__ import annotations

from typing import Final

from iamfa.account.shape import (
    Field,
    any_text,
    arn,
    document,
    flag,
    list_of,
    map_of,
    needed,
    number_of_account,
    one_of,
    optional,
    shape,
    text,
    time,
    whole,
)

_TAG: Final = shape({"Key": needed(text), "Value": needed(any_text)})
_TAGS: Final = optional(list_of(_TAG))
_INLINE: Final = optional(list_of(shape({"PolicyName": needed(text), "PolicyDocument": needed(document)})))
_ATTACHED: Final = optional(list_of(shape({"PolicyArn": needed(arn), "PolicyName": optional(text)})))
_BOUNDARY: Final = optional(shape({"PermissionsBoundaryArn": needed(arn)}))


def _entity(kind: str) -> dict[str, Field]:
    return {
        f"{kind}Name": needed(text),
        f"{kind}Id": optional(any_text),
        "Path": optional(text),
        "Arn": needed(arn),
        "CreateDate": needed(time),
    }


_USER: Final = shape(
    {
        **_entity("User"),
        "Tags": _TAGS,
        "GroupList": optional(list_of(text)),
        "UserPolicyList": _INLINE,
        "AttachedManagedPolicies": _ATTACHED,
        "PermissionsBoundary": _BOUNDARY,
        "PasswordLastUsed": optional(time),
    }
)
_GROUP: Final = shape({**_entity("Group"), "GroupPolicyList": _INLINE, "AttachedManagedPolicies": _ATTACHED})
_PROFILE: Final = shape(
    {**_entity("InstanceProfile"), "Tags": _TAGS, "Roles": optional(list_of(shape({"RoleName": needed(text)})))}
)
_ROLE: Final = shape(
    {
        **_entity("Role"),
        "AssumeRolePolicyDocument": needed(document),
        "Tags": _TAGS,
        "RolePolicyList": _INLINE,
        "AttachedManagedPolicies": _ATTACHED,
        "PermissionsBoundary": _BOUNDARY,
        "Description": optional(any_text),
        "MaxSessionDuration": optional(whole),
        "TrustedPrincipals": optional(list_of(shape({"Arn": needed(arn), "Id": needed(text)}))),
        "RoleLastUsed": optional(shape({"LastUsedDate": optional(time), "Region": optional(text)})),
        "InstanceProfileList": optional(list_of(_PROFILE)),
    }
)
_POLICY: Final = shape(
    {
        "Arn": needed(arn),
        "PolicyName": needed(text),
        "PolicyId": optional(any_text),
        "Path": optional(text),
        "CreateDate": needed(time),
        "UpdateDate": optional(time),
        "DefaultVersionId": needed(text),
        "Description": optional(any_text),
        "Tags": _TAGS,
        "NewestVersion": optional(whole),
        "PolicyVersionList": needed(
            list_of(shape({"VersionId": needed(text), "Document": needed(document), "CreateDate": needed(time)}))
        ),
    }
)
_DEVICE: Final = shape(
    {
        "SerialNumber": needed(text),
        "UserName": optional(text),
        "kind": needed(one_of("virtual", "hardware", "fido")),
        "EnableDate": optional(time),
        "CreateDate": optional(time),
        "Tags": _TAGS,
        "Certifications": optional(map_of(any_text)),
    }
)
_KEY: Final = shape(
    {
        "AccessKeyId": needed(text),
        "UserName": needed(text),
        "Status": needed(one_of("Active", "Inactive", "Expired")),
        "CreateDate": needed(time),
        "AccessKeyLastUsed": optional(
            shape({"LastUsedDate": optional(time), "Region": optional(text), "ServiceName": optional(text)})
        ),
    }
)
_LOGIN_PROFILE: Final = shape(
    {
        "UserName": needed(text),
        "CreateDate": needed(time),
        "PasswordResetRequired": optional(flag),
        "PasswordLastChanged": optional(time),
        "MaxSigninSessionDuration": optional(whole),
    }
)
_PASSWORD_POLICY: Final = shape(
    {
        "MinimumPasswordLength": optional(whole),
        "MaxPasswordAge": optional(whole),
        "PasswordReusePrevention": optional(whole),
        **dict.fromkeys(
            (
                "RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters", "RequireLowercaseCharacters",
                "AllowUsersToChangePassword", "HardExpiry",
            ),
            optional(flag),
        ),
    }
)  # fmt: skip
_KINDS: Final = one_of("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
_ORGANIZATION: Final = shape(
    {
        "Id": needed(text),
        "MasterAccountId": needed(number_of_account),
        "RootId": needed(text),
        "EnabledPolicyTypes": optional(list_of(_KINDS)),
        "Accounts": needed(
            list_of(
                shape(
                    {
                        "Id": needed(number_of_account),
                        "Name": needed(any_text),
                        "Email": needed(any_text),
                        "ParentId": needed(text),
                        "JoinedTimestamp": needed(time),
                        "Status": optional(one_of("ACTIVE", "SUSPENDED", "PENDING_CLOSURE")),
                        "JoinedMethod": optional(one_of("INVITED", "CREATED")),
                    }
                )
            )
        ),
        "OrganizationalUnits": optional(
            list_of(shape({"Id": needed(text), "Name": needed(any_text), "ParentId": needed(text)}))
        ),
        "Policies": optional(
            list_of(
                shape(
                    {
                        "Id": needed(text),
                        "Name": needed(any_text),
                        "Type": needed(_KINDS),
                        "Description": optional(any_text),
                        "AwsManaged": optional(flag),
                        "Content": needed(document),
                    }
                )
            )
        ),
        "Attachments": optional(map_of(list_of(text))),
        "Tags": optional(map_of(list_of(_TAG))),
        "CreateAccountStatuses": optional(
            list_of(
                shape(
                    {
                        "Id": needed(text),
                        "AccountName": needed(any_text),
                        "RequestedTimestamp": needed(time),
                        "AccountId": optional(number_of_account),
                        "FailureReason": optional(text),
                    }
                )
            )
        ),
    }
)

SNAPSHOT: Final = shape(
    {
        "account": needed(number_of_account),
        "partition": optional(text),
        "taken_at": optional(time),
        "created": optional(time),
        "alias": optional(text),
        "authorization_details": needed(
            shape(
                {
                    "UserDetailList": optional(list_of(_USER)),
                    "GroupDetailList": optional(list_of(_GROUP)),
                    "RoleDetailList": optional(list_of(_ROLE)),
                    "Policies": optional(list_of(_POLICY)),
                }
            )
        ),
        "instance_profiles": optional(list_of(_PROFILE)),
        "mfa_devices": optional(list_of(_DEVICE)),
        "access_keys": optional(list_of(_KEY)),
        "login_profiles": optional(list_of(_LOGIN_PROFILE)),
        "password_policy": optional(_PASSWORD_POLICY),
        "credential_report": optional(list_of(map_of(any_text))),
        "credential_report_at": optional(time),
        "account_summary": optional(map_of(whole)),
        "organization": optional(_ORGANIZATION),
        "not_read": optional(list_of(text)),
    }
)
"""A snapshot; what may be missing is then empty or unknown."""
