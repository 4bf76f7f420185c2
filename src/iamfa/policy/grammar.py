"""What AWS accepts inside a policy: the elements by kind, and the form of each kind of string.

Each check takes one text and says what is wrong with it, or nothing. They follow AWS's pages
reference_policies_grammar, reference_policies_elements_* and access-analyzer-reference-policy-checks of the IAM User
Guide, orgs_manage_policies_scps_syntax and orgs_manage_policies_rcps_syntax of the Organizations User Guide. What AWS
merely warns of is no fault; what only a catalogue of actions and keys could tell is for rules, not for grammar.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from iamfa.policy.document import Kind
from iamfa.policy.variables import Template


class Objection(NamedTuple):
    """What is wrong with a text, and what to write instead where that is known."""

    message: str
    hint: str | None = None


IDENTITY_KINDS: Final = frozenset({Kind.IDENTITY, Kind.USER, Kind.GROUP, Kind.ROLE, Kind.SESSION, Kind.BOUNDARY})
"""Kinds whose principal is whoever they are attached to: no Principal, no Id."""
PRINCIPAL_KINDS: Final = frozenset({Kind.RESOURCE, Kind.TRUST, Kind.RCP})
"""Kinds in which every statement names a principal."""
ORGANIZATION_KINDS: Final = frozenset({Kind.SCP, Kind.RCP})

POLICY_KEYS: Final = ("Version", "Id", "Statement")
STATEMENT_KEYS: Final = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
PRINCIPAL_TYPES: Final = ("AWS", "Service", "Federated", "CanonicalUser")
VERSIONS: Final = ("2012-10-17", "2008-10-17")
EFFECTS: Final = ("Allow", "Deny")

TRUST_ACTIONS: Final = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext")
"""How the actions of a trust policy begin, in small letters."""

PARTITIONS: Final = frozenset(
    {"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"}
)

RCP_SERVICES: Final = frozenset(
    [
        "appconfig",
        "appstream",
        "aoss",
        "autoscaling",
        "autoscaling-plans",
        "budgets",
        "clouddirectory",
        "cloudfront",
        "cloudsearch",
        "cloudtrail-data",
        "codeartifact",
        "codebuild",
        "codecommit",
        "codepipeline",
        "cognito-identity",
        "cognito-idp",
        "comprehend",
        "comprehendmedical",
        "compute-optimizer",
        "cost-optimization-hub",
        "dax",
        "dsql",
        "dynamodb",
        "ecr",
        "ecr-public",
        "es",
        "events",
        "firehose",
        "fis",
        "fms",
        "gamelift",
        "health",
        "inspector-scan",
        "kendra",
        "kinesisvideo",
        "kms",
        "logs",
        "memorydb",
        "networkmonitor",
        "notifications",
        "opensearch",
        "pca-connector-ad",
        "personalize",
        "polly",
        "pricing",
        "resource-groups",
        "rolesanywhere",
        "s3",
        "secretsmanager",
        "servicediscovery",
        "signin",
        "sqs",
        "sts",
        "support",
        "swf",
        "textract",
        "timestream-influxdb",
        "transcribe",
        "transfer",
        "translate",
        "wafv2",
        "workspaces",
        "xray",
    ]
)
"""Prefixes that AWS's page orgs_manage_policies_rcps lists in 2026, and `es`, which OpenSearch's actions have."""

WILDCARD: Final = re.compile(r"[*?]")
_SID = re.compile(r"[A-Za-z0-9]*")
_SERVICE = re.compile(r"[A-Za-z0-9-]+")
_ACTION_NAME = re.compile(r"[A-Za-z0-9*?_./-]+")
ACCOUNT: Final = re.compile(r"[0-9]{12}")
_OUTSIDE = re.compile(r"[^\t\n\r\x20-\xff]")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_TAGS = re.compile(r"(?:aws:(?:resource|request|principal)tag|(?:ec2|iam):resourcetag)/?", re.IGNORECASE)
"""Condition keys that are complete with the key of a tag only."""
_TERRAFORM = re.compile(r"&\{[A-Za-z0-9]+:[^}]*\}|\$\$\{")

_IAM_PATHS: Final = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
    "assumed-role/",
    "u2f/",
    "delegation-request/",
    "role-template/",
)
"""How the resource part of an IAM ARN begins: AWS's refusal `IAM resource path must either be "*" or start with …`
lists all but the last four, which its other pages and its own managed policies use."""
_S3_IN_REGIONS: Final = ("accesspoint", "job/", "storage-lens", "async-request/", "access-grants")
"""S3 resources whose ARN names a Region or account; buckets and objects have neither."""


def sid_objection(text: str, kind: Kind) -> Objection | None:
    """A Sid of IAM and Organizations holds letters and digits only; services with resource policies allow more."""
    if kind is Kind.RESOURCE or _SID.fullmatch(text):
        return None
    fitting = "".join(character for character in text if _SID.fullmatch(character))
    return Objection(
        f"the Sid `{shown(text)}` holds other characters than letters and digits",
        f"write `{shown(fitting)}`" if fitting else None,
    )


def action_objection(text: str, kind: Kind, effect: str | None = None) -> Objection | None:
    """An action is `*` or `service:Name`, with wildcards in the name only."""
    if text == "*":
        if kind is Kind.RCP and effect == "Deny":
            return Objection("a resource control policy cannot deny `*`", "name the service, e.g. `s3:*`")
        return None
    service, colon, name = text.partition(":")
    if not colon:
        return Objection(
            f"the action `{shown(text)}` names no service", "write `service:Name`, e.g. `iam:GetUser`, or `*`"
        )
    if ":" in name:
        return Objection(f"the action `{shown(text)}` holds more than one colon", "write `service:Name`")
    if WILDCARD.search(service):
        return Objection(
            f"a wildcard stands in the service part of the action `{shown(text)}`",
            "write `*` alone, or one entry for each service",
        )
    if not _SERVICE.fullmatch(service):
        return Objection(f"`{shown(service)}` is no service prefix", "write `service:Name`, e.g. `iam:GetUser`")
    if not name:
        return Objection(f"the action `{shown(text)}` has no name", f"write `{shown(service)}:*` for every action")
    if not _ACTION_NAME.fullmatch(name):
        trimmed = text.strip()
        return Objection(
            f"`{shown(name)}` is no name of an action",
            f"write `{shown(trimmed)}`" if trimmed != text and action_objection(trimmed, kind) is None else None,
        )
    if kind is Kind.RCP and service.lower() not in RCP_SERVICES:
        return Objection(
            f"resource control policies do not reach the service `{shown(service)}`",
            "AWS lists those that they reach on the page orgs_manage_policies_rcps",
        )
    return None


def trust_action_objection(text: str) -> Objection | None:
    """AWS refuses others: `AssumeRole policy may only specify STS AssumeRole actions`."""
    action = text.lower()
    if action.startswith(TRUST_ACTIONS) or (action.startswith(("sts:", "*")) and WILDCARD.search(action)):
        return None
    return Objection(f"a trust policy cannot grant `{shown(text)}`", "it grants `sts:AssumeRole` and its like")


def resource_objection(text: str, kind: Kind) -> Objection | None:
    """A resource is `*` or an ARN; AWS completes an ARN of fewer than six parts, except in some kinds."""
    if text == "*" or (kind is Kind.RESOURCE and text.startswith("execute-api:/")):
        return None
    if not text.startswith("arn:"):
        return Objection(
            f"the resource `{shown(text)}` is neither an ARN nor `*`",
            "an ARN begins with `arn:`" if text.strip() else "write an ARN or `*`",
        )
    parts = arn_parts(text)
    wrong = _partition_objection(parts[1], text) or _service_objection(parts)
    if wrong is not None:
        return wrong
    if len(parts) < 6:
        if is_incomplete_allowed(kind):
            return None
        return Objection(
            f"the ARN `{shown(text)}` has {len(parts)} of its six parts",
            "write `arn:partition:service:region:account:resource`",
        )
    account = parts[4]
    if account.isdigit() and not ACCOUNT.fullmatch(account):
        return Objection(f"the account `{shown(account)}` in `{shown(text)}` has not 12 digits")
    return _place_objection(parts, text)


def is_incomplete_allowed(kind: Kind) -> bool:
    """Whether AWS fills up an ARN of fewer than six parts with `*` (reference_policies_grammar, resource_string)."""
    return kind is Kind.SCP or (kind in IDENTITY_KINDS and kind is not Kind.SESSION)


def is_incomplete(text: str) -> bool:
    """Whether this is an ARN that AWS would complete."""
    return text.startswith("arn:") and len(arn_parts(text)) < 6


def arn_parts(text: str) -> list[str]:
    """The colon parts of an ARN, at most six; colons inside `${…}` do not count, and variables show as `$`."""
    return _VARIABLE.sub("$", text).split(":", 5)


def _partition_objection(partition: str, text: str) -> Objection | None:
    if partition in PARTITIONS or WILDCARD.search(partition):
        return None
    return Objection(
        f"`{shown(partition)}` in `{shown(text)}` is no partition"
        if partition
        else f"the ARN `{shown(text)}` names no partition",
        "write `aws`, `aws-cn` or `aws-us-gov`, or `*` for all",
    )


def _service_objection(parts: list[str]) -> Objection | None:
    service = parts[2] if len(parts) > 2 else ""
    text = ":".join(parts)
    if not service:
        return Objection(
            f"the ARN `{shown(text)}` names no service", "write `arn:partition:service:region:account:resource`"
        )
    if "*" in service or "?" in service or "$" in service:
        return Objection(
            f"the service part of the ARN `{shown(text)}` holds a wildcard or variable", "name the service"
        )
    if service != service.lower():
        return Objection(
            f"the service `{shown(service)}` of the ARN is not in small letters", f"write `{shown(service.lower())}`"
        )
    if not _SERVICE.fullmatch(service):
        return Objection(f"`{shown(service)}` in the ARN `{shown(text)}` is no service")
    return None


def _place_objection(parts: list[str], text: str) -> Objection | None:
    """IAM's ARNs have no Region, and those of S3 buckets and objects neither Region nor account."""
    service, region, account, resource = parts[2:6]
    if service == "iam":
        if region and not WILDCARD.search(region):
            return Objection(
                f"the IAM resource `{shown(text)}` names a Region", "IAM is global: leave the Region empty"
            )
        return _iam_path_objection(resource)
    if service == "s3" and not _open_ended(resource) and not resource.startswith(_S3_IN_REGIONS):
        for what, found in (("Region", region), ("account", account)):
            if found and not _open_ended(found):
                return Objection(
                    f"the S3 resource `{shown(text)}` names {'a' if what == 'Region' else 'an'} {what}",
                    "a bucket's ARN is `arn:aws:s3:::bucket`",
                )
    return None


def _iam_path_objection(resource: str) -> Objection | None:
    if not resource or resource.startswith("$"):
        return None
    literal = re.split(r"[*?$]", resource, maxsplit=1)[0]
    known = resource in ("*", "root") or any(
        literal.startswith(path) or (literal != resource and path.startswith(literal) and literal)
        for path in _IAM_PATHS
    )
    if known:
        return None
    return Objection(
        f"`{shown(resource)}` is no IAM resource", "write `*`, or begin with `user/`, `mfa/`, `role/` or the like"
    )


def _open_ended(part: str) -> bool:
    return part[:1] in ("*", "?", "$")


def condition_key_objection(text: str) -> Objection | None:
    """A key is `service:name`; what follows the first colon may hold more of them."""
    service, colon, name = text.partition(":")
    if _TAGS.fullmatch(text):
        tag = text.rstrip("/")
        return Objection(f"the condition key `{shown(text)}` names no tag", f"write e.g. `{shown(tag)}/owner`")
    if colon and service.strip() and name.strip():
        return None
    return Objection(f"the condition key `{shown(text)}` has not the form `service:name`", "write e.g. `aws:username`")


def variable_objection(text: str) -> Objection | None:
    """A `${` must begin a whole variable, where variables are substituted at all."""
    if "${" not in text:
        return None
    malformed = Template.parse(text, variables=True).malformed
    if not malformed:
        return None
    return Objection(f"in `{shown(text)}`: {malformed[0]}", "write `${aws:username}`, or `${$}` for a dollar sign")


def character_objection(text: str) -> Objection | None:
    """IAM takes the characters U+0009, U+000A, U+000D and U+0020 to U+00FF in a policy."""
    found = _OUTSIDE.search(text)
    if found is None:
        return None
    code = f"U+{ord(found[0]):04X}"
    return Objection(
        f"the character {code} in `{shown(text)}` may not stand in a policy",
        "AWS takes U+0020 to U+00FF, tab and line ends",
    )


def terraform_form(text: str) -> str | None:
    """`&{aws:username}` or `$${aws:username}`, which Terraform turns into variables and AWS takes literally."""
    found = _TERRAFORM.search(text)
    return found[0] if found else None


def close_name(text: str, names: tuple[str, ...]) -> str | None:
    """The name that was probably meant: the same in other letters' case first, then the closest."""
    for name in names:
        if name.lower() == text.lower():
            return name
    from difflib import get_close_matches

    close = get_close_matches(text.lower(), [name.lower() for name in names], n=1)
    return next((name for name in names if close and name.lower() == close[0]), None)


def shown(text: str) -> str:
    """Input as it may stand in a message: short, and without characters that would disturb a terminal."""
    clean = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:80])
    return clean + ("…" if len(text) > 80 else "")
