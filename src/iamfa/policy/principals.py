"""From the tree of a Principal or NotPrincipal element to its typed entries, and the forms that these may have.

AWS's pages: reference_policies_elements_principal and reference_policies_elements_notprincipal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from iamfa.policy import grammar
from iamfa.policy.complaints import KIND_NAMES, Complaints, described, items_of, span_of
from iamfa.policy.document import Element, Kind, PrincipalElement, PrincipalValue, Span, Value
from iamfa.policy.grammar import Objection, shown
from iamfa.policy.reader import Member, Object, Scalar

_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+")


def principal_of(member: Member, effect: str | None, complaints: Complaints) -> PrincipalElement:
    """The element, in a kind of policy that has one."""
    name, kind = member.key.text, complaints.kind
    if name == "NotPrincipal":
        if kind is not Kind.RESOURCE:
            complaints.fault(member.key, f"{KIND_NAMES[kind]} has no NotPrincipal", "use Principal and a condition")
        elif effect == "Allow":
            complaints.fault(member.key, "NotPrincipal stands with Allow", "NotPrincipal is supported with Deny only")
    values = tuple(_values(member, complaints))
    if kind is Kind.RCP and any(value.value.text != "*" for value in values):
        complaints.fault(member.value, "the Principal of a resource control policy is `*`", "use a condition instead")
    return PrincipalElement(name, values, Span(member.key.start, member.value.end))


def _values(member: Member, complaints: Complaints) -> Iterator[PrincipalValue]:
    node = member.value
    if isinstance(node, Scalar) and node.type == "string" and node.text == "*":
        if complaints.kind is Kind.TRUST:
            complaints.fault(node, '`"Principal": "*"` is not supported in a trust policy', 'write `{"AWS": "*"}`')
        yield PrincipalValue("*", Value("*", span_of(node)))
        return
    if not isinstance(node, Object):
        complaints.fault(
            node,
            f'{member.key.text} is `"*"` or an object, not {described(node)}',
            'write e.g. `{"AWS": "arn:aws:iam::123456789012:root"}`',
        )
        return
    if not node.members:
        complaints.fault(node, f"{member.key.text} is empty", "name at least one principal")
    for type_, entry in complaints.members(node, grammar.PRINCIPAL_TYPES, "a Principal").items():
        items = items_of(entry.value)
        if not items:
            complaints.fault(entry.value, f"the list of `{type_}` principals is empty", "name at least one principal")
        for item in items:
            value = complaints.text(item, f"a principal of type {type_}")
            if value is not None:
                complaints.object_to(item, principal_objection(type_, value.text, complaints.kind))
                yield PrincipalValue(type_, value)


def principal_objection(type_: str, text: str, kind: Kind) -> Objection | None:
    """One entry of a Principal: who it may name depends on its type; a wildcard stands for everyone or nothing."""
    if "${" in text:
        return Objection(
            f"a policy variable stands in the principal `{shown(text)}`",
            "variables stand in Resource and Condition only",
        )
    if type_ == "AWS":
        return _aws_principal_objection(text)
    if grammar.WILDCARD.search(text):
        return Objection(f"a wildcard stands in the principal `{shown(text)}` of type `{type_}`", "name it in full")
    if type_ == "Service":
        if _DOMAIN.fullmatch(text):
            return None
        return Objection(f"`{shown(text)}` is no service principal", "write e.g. `ec2.amazonaws.com`")
    if type_ == "Federated":
        if kind is Kind.RESOURCE:
            return Objection("only trust policies take a federated principal")
        return _federated_objection(text)
    if kind is Kind.TRUST:
        return Objection("a trust policy takes no canonical user", "write `AWS` and the account's number")
    return None if text else Objection("the canonical user is empty")


def _aws_principal_objection(text: str) -> Objection | None:
    if text == "*" or grammar.ACCOUNT.fullmatch(text) or _UNIQUE_ID.fullmatch(text):
        return None
    if text.isdigit():
        return Objection(f"the account `{shown(text)}` has not 12 digits")
    if not text.startswith("arn:"):
        hint = (
            "write it under `Service`"
            if text.endswith((".amazonaws.com", ".amazonaws.com.cn"))
            else "write an account's 12 digits, an ARN of IAM or STS, or `*`"
        )
        return Objection(f"`{shown(text)}` is no AWS principal", hint)
    if grammar.WILDCARD.search(text):
        return Objection(
            f"a wildcard stands in the principal `{shown(text)}`",
            "write `*` for everyone and name them with a condition on `aws:PrincipalArn`",
        )
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[1] not in grammar.PARTITIONS or parts[2] not in ("iam", "sts") or parts[3]:
        return Objection(
            f"`{shown(text)}` is no ARN of a principal", "write e.g. `arn:aws:iam::123456789012:user/alice`"
        )
    if not grammar.ACCOUNT.fullmatch(parts[4]) and not (parts[4] == "cloudfront" and parts[5].startswith("user/")):
        return Objection(f"the account `{shown(parts[4])}` in `{shown(text)}` has not 12 digits")
    if _is_principal_path(parts[2], parts[5]):
        return None
    if parts[5].startswith("group/"):
        return Objection("a group is no principal", "name its users, or use a condition")
    return Objection(
        f"`{shown(text)}` names no principal",
        "principals are the account's root, users, roles, assumed-role and federated-user sessions",
    )


def unfit_objection(action: Element, principal: PrincipalElement) -> Objection | None:
    """A statement of a trust policy none of whose principals can make any of its calls: it opens nothing.

    IAM stores it; Access Analyzer calls it an error (MISMATCHED_ACTION_FOR_PRINCIPAL): SAML providers go with
    AssumeRoleWithSAML, OIDC providers with AssumeRoleWithWebIdentity, everybody else with AssumeRole. Wildcards, and
    actions that only go along with these, are not judged.
    """
    calls = [value.text for value in action.values if value.text.lower() not in _GO_ALONG]
    fitting = {_CALLERS.get(call.lower(), "anybody") for call in calls}
    callers = {_caller(entry) for entry in principal.values}
    if action.negated or not calls or "anybody" in fitting | callers or fitting & callers:
        return None
    named = "`, `".join(shown(call) for call in calls)
    return Objection(
        f"none of the principals can call `{named}`",
        "a SAML provider calls AssumeRoleWithSAML, an OIDC provider AssumeRoleWithWebIdentity, others AssumeRole",
    )


_CALLERS: Final = {
    "sts:assumerole": "others",
    "sts:assumerolewithsaml": "saml",
    "sts:assumerolewithwebidentity": "oidc",
}
"""Who makes which call of a trust policy, by the action in small letters."""
_GO_ALONG: Final = ("sts:tagsession", "sts:setsourceidentity", "sts:setcontext")


def _caller(entry: PrincipalValue) -> str:
    if entry.value.text == "*":
        return "anybody"
    if entry.type != "Federated":
        return "others"
    return "saml" if ":saml-provider/" in entry.value.text else "oidc"


def _is_principal_path(service: str, path: str) -> bool:
    kind, _, name = path.partition("/")
    if service == "iam":
        return path == "root" or (kind in ("user", "role") and bool(name) and not name.endswith("/"))
    if kind == "assumed-role":
        role, _, session = name.partition("/")
        return bool(role and session)
    return kind == "federated-user" and bool(name)


def _federated_objection(text: str) -> Objection | None:
    parts = text.split(":", 5)
    if parts[0] == "arn":
        right = (
            len(parts) == 6
            and parts[1] in grammar.PARTITIONS
            and parts[2] == "iam"
            and not parts[3]
            and grammar.ACCOUNT.fullmatch(parts[4])
            and re.fullmatch(r"(?:saml|oidc)-provider/.+", parts[5])
        )
        return (
            None
            if right
            else Objection(
                f"`{shown(text)}` is no ARN of an identity provider",
                "write e.g. `arn:aws:iam::123456789012:saml-provider/name`",
            )
        )
    if _DOMAIN.fullmatch(text):
        return None
    return Objection(f"`{shown(text)}` is no identity provider", "write its domain without `https://`, or its ARN")
