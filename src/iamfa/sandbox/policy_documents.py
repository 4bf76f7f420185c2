"""Whether IAM takes a text as a policy: its grammar, judged by `iamfa.policy`, and its size, in AWS's words.

Pages reference_policies_grammar and reference_iam-quotas of the IAM User Guide. AWS documents no texts for
`MalformedPolicyDocument`; those below were seen in public error reports. What none of them fits is `Syntax errors in
policy.`, the most general one, and the fault as `iamfa` words it stands in the error's hint. That the grammar is asked
before the size is ours: the size without white space is known only of what can be read. So are ARNs of partitions: IAM
knows those of the account's own (`Partition "aws" is not valid for resource …` was seen in the China Regions).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from iamfa.account.entities import Group, Role, User
from iamfa.arn import pattern_fields
from iamfa.errors import PolicyError
from iamfa.policy.document import Kind
from iamfa.policy.grammar import EFFECTS, resource_objection, trust_action_objection
from iamfa.policy.policy import Policy
from iamfa.policy.size import QUOTAS, size
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.refusals import limit_exceeded, malformed_policy

_INLINE: Final[Mapping[type, Kind]] = {User: Kind.USER, Group: Kind.GROUP, Role: Kind.ROLE}
_SYNTAX: Final = "Syntax errors in policy."
_SID: Final = re.compile("[0-9A-Za-z]*")
_RESOURCE: Final = 5
"""Where the resource stands among the parts of an ARN."""
_IAM_RESOURCES: Final = (
    "user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, "
    "saml-provider/, oidc-provider/, report/, access-report/"
)


def managed_document(text: str, partition: str) -> str:
    """The document of a managed policy's version. Raises MalformedPolicyDocument, or LimitExceeded over 6144.

    It must name its Version (seen), and the later one: an older message of AWS's says `2012-10-17 or greater`.
    """
    _require_valid(text, Kind.IDENTITY, partition)
    version = json.loads(text).get("Version")
    if version is None:
        raise malformed_policy("A managed policy must have a version string")
    if version != "2012-10-17":
        raise malformed_policy("Policy document must be version 2012-10-17 or greater.")
    most = QUOTAS[Kind.IDENTITY].characters
    if size(text, Kind.IDENTITY) > most:
        raise limit_exceeded("PolicySize", most)
    return text


def trust_document(text: str, partition: str) -> str:
    """A role's trust policy. Raises MalformedPolicyDocument, or LimitExceeded over 2048.

    Whether the principals that it names exist is not looked at here.
    """
    _require_valid(text, Kind.TRUST, partition)
    most = QUOTAS[Kind.TRUST].characters
    if size(text, Kind.TRUST) > most:
        raise limit_exceeded("ACLSizePerRole", most)
    return text


def inline_document(text: str, name: str, holder: User | Group | Role) -> str:
    """The document of the inline policy *name* of a user, group or role, new or in place of the one of that name.

    All inline policies of one entity share the quota (2048, 5120, 10240). Raises MalformedPolicyDocument or
    LimitExceeded.
    """
    kind = _INLINE[type(holder)]
    _require_valid(text, kind, holder.arn.split(":")[1])
    together = size(text, kind) + sum(size(other, kind) for key, other in holder.inline.items() if key != name)
    most = QUOTAS[kind].characters
    if together > most:
        message = f"Maximum policy size of {most} bytes exceeded for {kind.value} {holder.name}"
        raise ApiError("LimitExceeded", message, 409)
    return text


def session_document(text: str, partition: str) -> str:
    """A session policy. Raises MalformedPolicyDocument; its size is counted with all else that a session carries."""
    _require_valid(text, Kind.SESSION, partition)
    return text


def _require_valid(text: str, kind: Kind, partition: str) -> None:
    """Raise MalformedPolicyDocument for what is no JSON, or no policy of this kind.

    AWS takes JSON only: no comments, no trailing commas, no bare statements, no white space before the first bracket.
    """
    if text[:1].isspace():
        raise malformed_policy("JSON strings must not have leading spaces")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise malformed_policy(_SYNTAX) from error
    if not isinstance(document, dict) or "Statement" not in document:
        raise malformed_policy(_SYNTAX)
    try:
        policy = Policy.parse(text, kind=kind)
    except PolicyError as error:
        words = next(_wrong(document, kind, partition), _SYNTAX)
        raise ApiError("MalformedPolicyDocument", words, 400, hint=error.message) from error
    for statement in policy.statements:
        for resource in statement.resource.values if statement.resource is not None else ():
            if _is_elsewhere(resource.text, partition):
                raise malformed_policy(_elsewhere(resource.text))


def _is_elsewhere(resource: str, partition: str) -> bool:
    """Whether an ARN names another partition than this one."""
    parts = pattern_fields(resource)
    return len(parts) > 1 and not fnmatchcase(partition, parts[1])


def _elsewhere(resource: str) -> str:
    return f'Partition "{pattern_fields(resource)[1]}" is not valid for resource "{resource}".'


def _wrong(document: dict[str, Any], kind: Kind, partition: str) -> Iterator[str]:
    """What AWS says of an invalid document, as far as its words are known."""
    statements = [each for each in _listed(document["Statement"]) if isinstance(each, dict)]
    for statement in statements:
        if statement.get("Effect", "Allow") not in EFFECTS:
            yield "The policy failed legacy parsing"
        yield from _wrong_elements(statement, kind)
        yield from _wrong_actions(statement)
        yield from _wrong_resources(statement, partition)
    sids = [sid for statement in statements if isinstance(sid := statement.get("Sid"), str) and sid]
    if not all(_SID.fullmatch(sid) for sid in sids):
        expected = "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        yield f"Statement IDs (SID) must be alpha-numeric. {expected}"
    if len(set(sids)) < len(sids):
        yield "Statement IDs (SID) in a single policy must be unique."


def _wrong_elements(statement: dict[str, Any], kind: Kind) -> Iterator[str]:
    """Elements that such a policy must have and has not, or has and must not."""
    if kind is Kind.TRUST:
        yield from (f"Has prohibited field {name}" for name in ("Resource", "NotResource") if name in statement)
        if "Principal" not in statement:
            yield "Missing required field Principal"
        if any(trust_action_objection(action) for action in _texts(statement, "Action")):
            yield "AssumeRole policy may only specify STS AssumeRole actions."
        yield from _wrong_principals(statement)
        return
    if "Principal" in statement or "NotPrincipal" in statement:
        yield "Policy document should not specify a principal."
    if "Action" not in statement and "NotAction" not in statement:
        yield "Policy statement must contain actions."
    if "Resource" not in statement and "NotResource" not in statement:
        yield "Policy statement must contain resources."


def _wrong_principals(statement: dict[str, Any]) -> Iterator[str]:
    """Principals that cannot be, each judged in a statement of its own."""
    principals = statement.get("Principal")
    for type_, values in principals.items() if isinstance(principals, dict) else ():
        for value in _listed(values):
            alone = {"Effect": "Allow", "Principal": {type_: value}, "Action": "sts:AssumeRole"}
            try:
                Policy.parse(json.dumps({"Version": "2012-10-17", "Statement": alone}), kind=Kind.TRUST)
            except PolicyError:
                yield f"Invalid principal in policy: {json.dumps(type_)}:{json.dumps(value)}"


def _wrong_actions(statement: dict[str, Any]) -> Iterator[str]:
    for action in (*_texts(statement, "Action"), *_texts(statement, "NotAction")):
        if action != "*" and ":" not in action:
            yield "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


def _wrong_resources(statement: dict[str, Any], partition: str) -> Iterator[str]:
    for resource in (*_texts(statement, "Resource"), *_texts(statement, "NotResource")):
        if resource_objection(resource, Kind.IDENTITY) is None:
            continue
        parts = pattern_fields(resource)
        if parts[0] != "arn":
            yield f'Resource {resource} must be in ARN format or "*".'
        elif _is_elsewhere(resource, partition):
            yield _elsewhere(resource)
        elif len(parts) > _RESOURCE and parts[2] == "iam":
            if parts[3]:
                yield f"IAM resource {resource} cannot contain region information."
            yield f'IAM resource path must either be "*" or start with {_IAM_RESOURCES}.'


def _texts(statement: dict[str, Any], element: str) -> list[str]:
    return [item for item in _listed(statement.get(element)) if isinstance(item, str)]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
