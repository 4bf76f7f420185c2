"""Whether a policy is a valid document (reference_policies_grammar), and its values in one shape.

`statements_of` raises `InvalidLine` for whatever the grammar page, the page of the element or, where they say
that something is not supported, the pages on SCPs, RCPs and key policies exclude.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, NamedTuple

from tests.reference.matching import InvalidLine, parts_of
from tests.reference.operators import OperatorName, check_values, read_operator

Kind = Literal["identity", "boundary", "session", "scp", "rcp", "resource", "trust"]
IDENTITY_KINDS = ("identity", "boundary", "session")
WITH_PRINCIPAL = ("resource", "trust", "rcp")
LETTERS_AND_DIGITS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
PrincipalEntry = tuple[str, str]
"""The type and the identifier, as in ("AWS", "123456789012"); everybody is ("*", "*")."""


class Statement(NamedTuple):
    effect: str
    principals: list[PrincipalEntry] | None
    not_principals: list[PrincipalEntry] | None
    actions: list[str] | None
    not_actions: list[str] | None
    resources: list[str] | None
    not_resources: list[str] | None
    conditions: list[tuple[OperatorName, str, list[str]]]
    """(operator, key in lower case, values), all of which must hold."""
    variables: bool
    """Whether the document's Version knows policy variables."""


def need(condition: bool, message: str) -> None:
    if not condition:
        raise InvalidLine(message)


def strings(value: Any, what: str) -> list[str]:
    """A string or a list of strings, as a list."""
    items = value if isinstance(value, list) else [value]
    need(all(isinstance(item, str) for item in items), f"{what} must be a string or a list of strings")
    return items


def statements_of(document: Any, kind: Kind) -> list[Statement]:
    need(isinstance(document, dict), "a policy must be an object")
    need(set(document) <= {"Version", "Id", "Statement"}, "unknown policy element")
    version = document.get("Version", "2008-10-17")
    need(version in ("2008-10-17", "2012-10-17"), "invalid Version")
    if "Id" in document:
        need(isinstance(document["Id"], str), "Id must be a string")
        # "It must not be included in identity-based policies."
        need(kind in ("resource", "trust"), "Id is not allowed here")
    need("Statement" in document, "a policy must have a Statement")
    blocks = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    need(len(blocks) > 0, "a policy must have a statement")
    if kind in (*IDENTITY_KINDS, "trust"):
        check_characters(document)
        sids = [block["Sid"] for block in blocks if isinstance(block, dict) and "Sid" in block]
        # "For IAM policies, basic alphanumeric characters are the only allowed"; "must be unique within a JSON policy"
        need(all(isinstance(sid, str) and set(sid) <= LETTERS_AND_DIGITS for sid in sids), "invalid Sid")
        need(len(set(sids)) == len(sids), "a Sid occurs twice")
    return [statement_of(block, kind, version == "2012-10-17") for block in blocks]


def check_characters(value: Any) -> None:
    """U+0009, U+000A, U+000D and U+0020 to U+00FF (STS API_AssumeRole, Policy; IAM API_PutUserPolicy)."""
    if isinstance(value, dict):
        check_characters(list(value))
        check_characters(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            check_characters(item)
    elif isinstance(value, str):
        need(all(one in "\t\n\r" or "\x20" <= one <= "\xff" for one in value), "character out of range")


def statement_of(block: Any, kind: Kind, variables: bool) -> Statement:
    need(isinstance(block, dict), "a statement must be an object")
    elements = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"}
    need(set(block) <= elements | {"Condition"}, "unknown statement element")
    need(isinstance(block.get("Sid", ""), str), "Sid must be a string")
    effect = block.get("Effect")
    need(effect in ("Allow", "Deny"), "Effect must be Allow or Deny")
    for element in ("Principal", "Action", "Resource"):
        need(not (element in block and "Not" + element in block), f"both {element} and Not{element}")
    need("Action" in block or "NotAction" in block, "missing Action")
    need(not (kind == "rcp" and "NotAction" in block), "RCPs do not support NotAction")

    has_principal = "Principal" in block or "NotPrincipal" in block
    need(has_principal == (kind in WITH_PRINCIPAL), "Principal is required here, or not allowed here")
    if "NotPrincipal" in block:
        # reference_policies_elements_notprincipal: Deny only; not in a trust policy, an SCP or an RCP
        need(effect == "Deny", "NotPrincipal with Allow is not supported")
        need(kind == "resource", "NotPrincipal is not supported here")
    principals = principals_of(block["Principal"], kind) if "Principal" in block else None
    not_principals = principals_of(block["NotPrincipal"], kind) if "NotPrincipal" in block else None

    # "All policies except role trust policies must include a Resource or NotResource element."
    has_resource = "Resource" in block or "NotResource" in block
    need(has_resource == (kind != "trust"), "Resource is required here, or not allowed here")
    return Statement(
        effect=effect,
        principals=principals,
        not_principals=not_principals,
        actions=actions_of(block["Action"]) if "Action" in block else None,
        not_actions=actions_of(block["NotAction"]) if "NotAction" in block else None,
        resources=resources_of(block["Resource"], kind, variables) if "Resource" in block else None,
        not_resources=resources_of(block["NotResource"], kind, variables) if "NotResource" in block else None,
        conditions=conditions_of(block.get("Condition", {}), variables),
        variables=variables,
    )


def actions_of(value: Any) -> list[str]:
    """`*`, or a service without wildcards, a colon and a name (grammar, action_string)."""
    actions = strings(value, "Action")
    for action in actions:
        service, colon, name = action.partition(":")
        is_name = bool(service and colon and name) and not any(mark in service for mark in "*?${")
        need(action == "*" or (is_name and not any(mark in name for mark in ":${")), f"invalid action `{action}`")
    return actions


def resources_of(value: Any, kind: Kind, variables: bool) -> list[str]:
    resources = strings(value, "Resource")
    for resource in resources:
        need(resource == "*" or resource.startswith("arn:"), f"`{resource}` is neither an ARN nor `*`")
        parts = parts_of(resource) if variables else [resource]
        # session policies "do not support incomplete ARNs" (grammar, resource_string)
        colons = sum(part.count(":") for part in parts if isinstance(part, str))
        need(kind != "session" or resource == "*" or colons >= 5, f"incomplete ARN `{resource}`")
    return resources


def principals_of(value: Any, kind: Kind) -> list[PrincipalEntry]:
    """reference_policies_elements_principal; wildcards only as "everyone", never in part of a name."""
    if value == "*":
        return [("*", "*")]
    need(isinstance(value, dict), "Principal must be `*` or an object")
    entries: list[PrincipalEntry] = []
    for name, identifiers in value.items():
        need(name in ("AWS", "Federated", "Service", "CanonicalUser"), f"unknown principal key `{name}`")
        for identifier in strings(identifiers, "Principal"):
            if name == "AWS" and identifier == "*":
                entries.append(("*", "*"))  # "For anonymous users, the following elements are equivalent"
                continue
            need(identifier != "" and not any(mark in identifier for mark in "*?"), "wildcard in a principal")
            need(name != "AWS" or is_aws_principal(identifier), f"invalid principal `{identifier}`")
            entries.append((name, identifier))
    need(kind != "rcp" or set(entries) == {("*", "*")}, "an RCP can only name the principal `*`")
    return entries


def is_aws_principal(identifier: str) -> bool:
    """An account, an ARN of IAM or STS that is no group, or the identifier of a deleted user or role."""
    is_account = len(identifier) == 12 and all(one in "0123456789" for one in identifier)
    is_unique_id = identifier[:4] in ("AIDA", "AROA") and set(identifier) <= LETTERS_AND_DIGITS
    fields = identifier.split(":", 5)
    is_arn = len(fields) == 6 and fields[0] == "arn" and fields[2] in ("iam", "sts") and not fields[3]
    return is_account or is_unique_id or (is_arn and not fields[5].startswith("group/"))


def conditions_of(block: Any, variables: bool) -> list[tuple[OperatorName, str, list[str]]]:
    need(isinstance(block, dict), "Condition must be an object")
    conditions = []
    for operator_text, keys in block.items():
        name = read_operator(operator_text)
        need(isinstance(keys, dict), "an operator must have an object of keys")
        lowered = [key.lower() for key in keys]
        need(all(lowered), "empty condition key")
        # access-analyzer checks, "Duplicate keys with different case"
        need(len(set(lowered)) == len(lowered), "a condition key occurs twice")
        for key, value in keys.items():
            values = [condition_value(one) for one in (value if isinstance(value, list) else [value])]
            check_values(name, values, variables)
            conditions.append((name, key.lower(), values))
    return conditions


def condition_value(value: Any) -> str:
    """The text of a value: quotation marks are optional for numeric and Boolean values (grammar)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        need(value == value and abs(value) != float("inf"), "a condition value must be a number that JSON has")
        return format(Decimal(repr(value)), "f")
    need(isinstance(value, str | int), "a condition value must be a string, a number or a boolean")
    return str(value)
