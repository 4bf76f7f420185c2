"""The actions that MFA policies are about, as tables: what flows need, what helps to look around, what takes over.

Sources: Service Authorization Reference, IAM and STS pages; AWS's example policies of the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Mapping

CREATE = "iam:CreateVirtualMFADevice"
DELETE = "iam:DeleteVirtualMFADevice"
ENABLE = "iam:EnableMFADevice"
DEACTIVATE = "iam:DeactivateMFADevice"
RESYNC = "iam:ResyncMFADevice"
GET_DEVICE = "iam:GetMFADevice"
LIST_DEVICES = "iam:ListMFADevices"
LIST_VIRTUAL = "iam:ListVirtualMFADevices"
LIST_USERS = "iam:ListUsers"
CHANGE_PASSWORD = "iam:ChangePassword"
CREATE_LOGIN = "iam:CreateLoginProfile"
UPDATE_LOGIN = "iam:UpdateLoginProfile"
CREATE_KEY = "iam:CreateAccessKey"
ASSUME_ROLE = "sts:AssumeRole"
SESSION_TOKEN = "sts:GetSessionToken"
FEDERATION_TOKEN = "sts:GetFederationToken"
PASS_ROLE = "iam:PassRole"

DEVICE_CHANGES = (CREATE, DELETE, ENABLE, DEACTIVATE, RESYNC)
"""Actions that change devices."""

ON_USER = (ENABLE, DEACTIVATE, RESYNC)
"""Device actions that AWS authorises on the user's ARN only, never on the device's."""

FLOW_ACTIONS = frozenset({CREATE, DELETE, ENABLE, DEACTIVATE, RESYNC, LIST_DEVICES, CHANGE_PASSWORD, SESSION_TOKEN})
"""What the flows call; whether an exemption of one of them is wise is the matter of rules of its own."""

COMFORT = frozenset(
    {"iam:GetUser", LIST_USERS, LIST_VIRTUAL, GET_DEVICE, "iam:GetAccountPasswordPolicy", SESSION_TOKEN}
)
"""Never called too broad: the console's page of one's own credentials reads them."""

ENROLMENT_NEEDS = FLOW_ACTIONS | COMFORT | {"iam:ListMFADeviceTags", "iam:TagMFADevice", "iam:ListAccountAliases"}
"""Whoever demands MFA for these alone has turned a list round."""

OWN_CREDENTIALS = frozenset(
    {
        CREATE_KEY, "iam:UpdateAccessKey", CREATE_LOGIN, UPDATE_LOGIN, "iam:UploadSSHPublicKey",
        "iam:UpdateSSHPublicKey", "iam:UploadSigningCertificate", "iam:UpdateSigningCertificate",
        "iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential",
        "iam:UpdateServiceSpecificCredential", ENABLE, DEACTIVATE, RESYNC, "iam:ChangePassword",
    }
)  # fmt: skip
"""What issues, revives or changes a credential or device of one user: harmless at most on oneself."""

TAKES_OVER: Mapping[str, str] = {
    "iam:CreateUser": "a new user is outside every policy attached to the present ones",
    "iam:UpdateUser": "renaming a user, or moving him to another path, leaves policies that name him behind",
    "iam:AttachUserPolicy": "any managed policy can be attached",
    "iam:AttachGroupPolicy": "any managed policy can be attached to the own group",
    "iam:AttachRolePolicy": "any managed policy can be attached to a role",
    "iam:PutUserPolicy": "any inline policy can be written, the forcing one overwritten",
    "iam:PutGroupPolicy": "any inline policy can be written, the forcing one overwritten",
    "iam:PutRolePolicy": "any inline policy can be written for a role",
    "iam:DetachUserPolicy": "the forcing policy can be detached",
    "iam:DetachGroupPolicy": "the forcing policy can be detached from the group",
    "iam:DeleteUserPolicy": "the forcing policy can be deleted",
    "iam:DeleteGroupPolicy": "the forcing policy can be deleted from the group",
    "iam:CreatePolicyVersion": "the forcing policy can be replaced by another version",
    "iam:SetDefaultPolicyVersion": "an older version of the forcing policy can be made the valid one",
    "iam:DeletePolicy": "the forcing policy can be deleted",
    "iam:AddUserToGroup": "the user can join a group with more permissions",
    "iam:RemoveUserFromGroup": "the user can leave the group that carries the forcing policy",
    "iam:PutUserPermissionsBoundary": "the boundary can be replaced",
    "iam:DeleteUserPermissionsBoundary": "the boundary can be taken away",
    "iam:PutRolePermissionsBoundary": "the boundary of a role can be replaced",
    "iam:DeleteRolePermissionsBoundary": "the boundary of a role can be taken away",
    "iam:CreateRole": "a role that trusts the thief can be created",
    "iam:UpdateAssumeRolePolicy": "any role can be made to trust the thief",
    "iam:CreateSAMLProvider": "an identity provider of the thief's can be added",
    "iam:UpdateSAMLProvider": "an identity provider can be replaced by the thief's",
    "iam:CreateOpenIDConnectProvider": "an identity provider of the thief's can be added",
    "iam:AddClientIDToOpenIDConnectProvider": "an identity provider can be opened to the thief's clients",
    "iam:UpdateOpenIDConnectProviderThumbprint": "an identity provider can be made to trust the thief's certificate",
}
"""Actions that change what anybody may do; one of them without MFA is as good as all, with what it gives."""

LIFTS = (
    "iam:DetachUserPolicy", "iam:DetachGroupPolicy", "iam:DeleteUserPolicy", "iam:DeleteGroupPolicy",
    "iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion",
    "iam:DeletePolicy", "iam:RemoveUserFromGroup", "iam:UpdateUser", "iam:PutUserPermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
)  # fmt: skip
"""Of these, what takes a policy that forces away from a user, or puts another in its place."""

USES_A_ROLE: Mapping[str, str] = {
    "lambda:CreateFunction": "a function runs with the role that is passed",
    "ec2:RunInstances": "an instance runs with the role that is passed",
    "cloudformation:CreateStack": "a stack is made with the role that is passed",
    "glue:CreateDevEndpoint": "an endpoint runs with the role that is passed",
    "glue:CreateJob": "a job runs with the role that is passed",
    "ecs:RegisterTaskDefinition": "a task runs with the role that is passed",
    "sagemaker:CreateNotebookInstance": "a notebook runs with the role that is passed",
    "datapipeline:CreatePipeline": "a pipeline runs with the role that is passed",
    "codebuild:CreateProject": "a build runs with the role that is passed",
    "states:CreateStateMachine": "a state machine runs with the role that is passed",
}
"""Actions that use a passed role; with `iam:PassRole` they give what the role may."""

UNHEARD_OF = "unheard-of:NoCatalogueHoldsThisAction"
"""An action that no catalogue holds: it stands for every action that a policy does not name."""
