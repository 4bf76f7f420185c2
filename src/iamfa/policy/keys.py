"""The condition keys that AWS documents for every service, and those of IAM and STS: one table.

AWS's pages: reference_policies_condition-keys and reference_policies_iam-condition-keys of the IAM User Guide (as of
2026-09); STS and IAM keys also after the Service Authorization Reference. Keys of other services are in `catalogue`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from iamfa.policy.operators import Family, Operator


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What is known of a condition key."""

    name: str
    """In AWS's spelling; names are compared without regard to case. `${TagKey}` and the like stand for any text."""
    types: tuple[Family, ...]
    """What its values are; more than one where AWS lists more."""
    multivalued: bool = False
    """Whether a request may carry several values, so that a condition on it needs a set operator."""
    source: str = ""
    """Where it comes from: `principal`, `session`, `network`, `resource`, `request`, or the service that defines it."""

    @property
    def tagged(self) -> bool:
        """Whether part of the name is chosen by the customer, as in `aws:PrincipalTag/team`."""
        return "${" in self.name

    def suits(self, operator: Operator) -> bool:
        """Whether an operator makes sense of the key's values.

        Null does for every key. The String operators do for Boolean values, ARNs and addresses too, since those have
        one way of being written (AWS's pages use them so); numbers and dates have several. The ARN operators do for
        texts, since a text may be an ARN and the reference often does not say so.
        """
        if operator.family is Family.NULL or operator.family in self.types:
            return True
        if operator.family is Family.ARN and Family.STRING in self.types:
            return True
        return operator.family is Family.STRING and any(kind in _WRITTEN_ONE_WAY for kind in self.types)


_WRITTEN_ONE_WAY: Final = frozenset((Family.BOOL, Family.ARN, Family.IP, Family.BINARY))

_STRING: Final = (Family.STRING,)
_ARN: Final = (Family.ARN,)
_BOOL: Final = (Family.BOOL,)
_NUMERIC: Final = (Family.NUMERIC,)
_DATE: Final = (Family.DATE,)
_IP: Final = (Family.IP,)

_ROWS: Final[tuple[tuple[str, tuple[Family, ...], tuple[str, ...], tuple[str, ...]], ...]] = (
    # source, types, single-valued keys, multivalued keys
    (
        "principal",
        _STRING,
        (
            "aws:PrincipalAccount",
            "aws:PrincipalOrgID",
            "aws:PrincipalTag/${TagKey}",
            "aws:PrincipalServiceName",
            "aws:PrincipalType",
            "aws:userid",
            "aws:username",
        ),
        ("aws:PrincipalOrgPaths", "aws:PrincipalServiceNamesList"),
    ),
    ("principal", _ARN, ("aws:PrincipalArn",), ()),
    ("principal", _BOOL, ("aws:PrincipalIsAWSService",), ()),
    ("session", _BOOL, ("aws:AssumedRoot", "aws:MultiFactorAuthPresent"), ()),
    ("session", (Family.STRING, Family.ARN), ("aws:FederatedProvider",), ()),
    ("session", _DATE, ("aws:TokenIssueTime",), ()),
    ("session", _NUMERIC, ("aws:MultiFactorAuthAge", "ec2:RoleDelivery"), ()),
    (
        "session",
        _ARN,
        (
            "aws:SignInSessionArn",
            "aws:ChatbotSourceArn",
            "ec2:SourceInstanceArn",
            "codebuild:BuildArn",
            "codebuild:ProjectArn",
            "lambda:SourceFunctionArn",
            "ssm:SourceInstanceArn",
        ),
        (),
    ),
    (
        "session",
        _STRING,
        (
            "aws:Ec2InstanceSourceVpc",
            "aws:SourceIdentity",
            "aws:ViaCustomerDomain",
            "glue:RoleAssumedBy",
            "glue:CredentialIssuingService",
            "identitystore:UserId",
        ),
        (),
    ),
    ("session", _IP, ("aws:Ec2InstanceSourcePrivateIPv4",), ()),
    ("network", _IP, ("aws:SourceIp", "aws:VpcSourceIp"), ()),
    ("network", _ARN, ("aws:SourceVpcArn",), ()),
    (
        "network",
        _STRING,
        ("aws:SourceVpc", "aws:SourceVpce", "aws:VpceAccount", "aws:VpceOrgID"),
        ("aws:VpceOrgPaths",),
    ),
    (
        "resource",
        _STRING,
        ("aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceTag/${TagKey}"),
        ("aws:ResourceOrgPaths",),
    ),
    (
        "request",
        _STRING,
        (
            "aws:CalledViaFirst",
            "aws:CalledViaLast",
            "aws:CalledViaAWSMCP",
            "aws:referer",
            "aws:RequestedRegion",
            "aws:RequestTag/${TagKey}",
            "aws:SourceAccount",
            "aws:SourceOrgID",
            "aws:UserAgent",
        ),
        ("aws:CalledVia", "aws:TagKeys", "aws:SourceOrgPaths"),
    ),
    (
        "request",
        _BOOL,
        ("aws:ViaAWSService", "aws:ViaAWSMCPService", "aws:SecureTransport", "aws:IsMcpServiceAction"),
        (),
    ),
    ("request", _DATE, ("aws:CurrentTime",), ()),
    ("request", (Family.DATE, Family.NUMERIC), ("aws:EpochTime",), ()),
    ("request", _ARN, ("aws:SourceArn",), ()),
    (
        "iam",
        _STRING,
        (
            "iam:AWSServiceName",
            "iam:DelegationDuration",
            "iam:FIDO-FIPS-140-2-certification",
            "iam:FIDO-FIPS-140-3-certification",
            "iam:FIDO-certification",
            "iam:NotificationChannel",
            "iam:OrganizationsPolicyId",
            "iam:PassedToService",
            "iam:RegisterSecurityKey",
            "iam:ResourceTag/${TagKey}",
            "iam:ServiceSpecificCredentialServiceName",
        ),
        ("iam:AccountPropertyNamespaces",),
    ),
    (
        "iam",
        _ARN,
        (
            "iam:AssociatedResourceArn",
            "iam:DelegationRequestOwner",
            "iam:PermissionsBoundary",
            "iam:PolicyARN",
            "iam:RoleTemplateARN",
            "iam:TemplateArn",
        ),
        (),
    ),
    ("iam", _NUMERIC, ("iam:ServiceSpecificCredentialAgeDays",), ()),
    (
        "sts",
        _STRING,
        (
            "sts:AWSServiceName",
            "sts:ExternalId",
            "sts:RequestContext/${ContextKey}",
            "sts:RoleSessionName",
            "sts:SigningAlgorithm",
            "sts:SourceIdentity",
        ),
        ("sts:IdentityTokenAudience", "sts:TransitiveTagKeys"),
    ),
    ("sts", _NUMERIC, ("sts:DurationSeconds",), ()),
    ("sts", _BOOL, ("sts:RoleAuthorizedByIdp",), ()),
    ("sts", _ARN, ("sts:TaskPolicyArn",), ("sts:RequestContextProviders",)),
)

KEYS: Final = MappingProxyType(
    {
        name.lower(): KeyInfo(name, types, multivalued, source)
        for source, types, single, multi in _ROWS
        for names, multivalued in ((single, False), (multi, True))
        for name in names
    }
)
"""Every key of the table by its name in lower case."""

_TAGGED: Final = tuple((key[: key.index("${")], info) for key, info in KEYS.items() if info.tagged)


def find_key(name: str) -> KeyInfo | None:
    """The row of a key, in any case of letters; `aws:PrincipalTag/team` finds `aws:PrincipalTag/${TagKey}`."""
    lower = name.lower()
    found = KEYS.get(lower)
    if found is not None:
        return found
    for prefix, info in _TAGGED:
        if lower.startswith(prefix) and len(lower) > len(prefix):
            return info
    return None


def is_global(name: str) -> bool:
    """Whether a key claims to be one of AWS's global ones, which are all in this table."""
    return name[:4].lower() == "aws:"


def names_identity_provider(name: str) -> bool:
    """Whether a key belongs to an OIDC provider, named by its domain: `token.actions.githubusercontent.com:sub`.

    Any domain may be a provider, so that no table can hold these keys.
    """
    provider, colon, claim = name.rpartition(":")
    return bool(colon and claim) and "." in provider.partition("/")[0]


def close_keys(name: str) -> tuple[str, ...]:
    """Keys of the table that were probably meant, the nearest first, at most three."""
    from difflib import get_close_matches  # only where something is wrong

    found = get_close_matches(name.lower(), list(KEYS), n=3, cutoff=0.75)
    return tuple(KEYS[key].name for key in found)
