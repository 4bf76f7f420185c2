"""What a caller gives a simulation, read and judged: policies, context entries, ARNs, exclusions.

AWS's pages API_SimulateCustomPolicy, API_SimulatePrincipalPolicy, API_ContextEntry and API_PolicyIdentifier. Of AWS's
texts for InvalidInput those on resource names, entity ARNs and resource owners were seen; the others are ours.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from iamfa.account.bearing import Source
from iamfa.arn import Arn, ArnError, is_account_id
from iamfa.errors import PolicyError
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.evaluate.request import is_action
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.work import Parameters


def invalid_input(message: str, hint: str | None = None) -> ApiError:
    """For parameters that are well formed and make no simulation."""
    return ApiError("InvalidInput", message, 400, hint=hint)


def policies_in(parameters: Parameters, name: str, kind: Kind) -> list[tuple[str, Policy]]:
    """The policies of a list, each called by its place: `PolicyInputList.1`."""
    found = enumerate(parameters.get(name) or (), 1)
    return [(f"{name}.{number}", policy_in(text, kind, f"{name}.{number}")) for number, text in found]


def policy_in(text: str, kind: Kind, place: str) -> Policy:
    """One policy. Raises InvalidInput where it is none of this kind; AWS takes JSON only, no comments."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid_input(f"Invalid policy in {place}: Syntax errors in policy.") from error
    if not isinstance(document, dict) or "Statement" not in document:
        raise invalid_input(f"Invalid policy in {place}: Syntax errors in policy.")
    try:
        return Policy.parse(text, kind=kind)
    except PolicyError as error:
        raise invalid_input(f"Invalid policy in {place}: {error.message}", error.hint) from error


def boundary_in(parameters: Parameters) -> Policy | None:
    """The permissions boundary that is given; one at the most."""
    found = policies_in(parameters, "PermissionsBoundaryPolicyInputList", Kind.BOUNDARY)
    if len(found) > 1:
        raise invalid_input("Only one permissions boundary policy can be simulated at a time.")
    return found[0][1] if found else None


def levels_in(parameters: Parameters) -> tuple[tuple[Policy, ...], ...] | None:
    """The service control policies of each level that are given, from the root down."""
    name = "OrderedOrganizationPolicyInputList"
    levels = parameters.get(name)
    if not levels:
        return None
    return tuple(
        tuple(
            policy_in(text, Kind.SCP, f"{name}.{number}.ServiceControlPolicyInputList.{index}")
            for index, text in enumerate(level.get("ServiceControlPolicyInputList") or (), 1)
        )
        for number, level in enumerate(levels, 1)
    )


def actions_in(parameters: Parameters) -> list[str]:
    """The actions, each with its service and without wildcards."""
    for action in parameters["ActionNames"]:
        if not is_action(action):
            raise invalid_input(f"Invalid action name: {action}. Write it as service:Name, without wildcards.")
    return list(parameters["ActionNames"])


def resources_in(parameters: Parameters) -> list[str]:
    """The resources, `*` where none is named; each an ARN, and all there that the kind of simulation takes."""
    found = list(parameters.get("ResourceArns") or ("*",))
    kinds = set()
    for resource in found:
        if resource == "*":
            continue
        try:
            kinds.add(Arn.parse(resource).kind)
        except ArnError as error:
            raise invalid_input(f"ResourceNames are not in a valid ARN format: {resource}.") from error
    option = parameters.get("ResourceHandlingOption")
    if option is not None:
        if option not in _SCENARIOS:
            raise invalid_input(f"Invalid ResourceHandlingOption: {option}. One of {', '.join(_SCENARIOS)}.")
        left = [kind for kind in _SCENARIOS[option] if kind not in kinds]
        if left:
            raise invalid_input(f"The scenario {option} needs resources of these types: {', '.join(left)}.")
    return found


_EC2: Final = ("instance", "image", "security-group", "network-interface")
_SCENARIOS: Final[Mapping[str, tuple[str, ...]]] = {
    "EC2-VPC-InstanceStore": _EC2,
    "EC2-VPC-InstanceStore-Subnet": (*_EC2, "subnet"),
    "EC2-VPC-EBS": (*_EC2, "volume"),
    "EC2-VPC-EBS-Subnet": (*_EC2, "subnet", "volume"),
}
"""The scenarios of ResourceHandlingOption, with the types of resource that each needs."""


def owner_in(parameters: Parameters) -> str | None:
    """The number of the account that owns the resources, from the ARN that stands for it."""
    owner = parameters.get("ResourceOwner")
    if owner is None:
        return None
    try:
        arn = Arn.parse(owner)
    except ArnError:
        arn = None
    if arn is None or arn.service != "iam" or arn.resource != "root" or not is_account_id(arn.account):
        raise invalid_input(f"'{owner}' is not a valid as a Resource Owner.", "write `arn:aws:iam::ACCOUNT:root`")
    return arn.account


def entity_arn(text: str) -> Arn:
    """The ARN of a user, group or role."""
    try:
        arn = Arn.parse(text)
    except ArnError as error:
        raise _no_entity(text) from error
    if arn.service != "iam" or not is_account_id(arn.account) or not _ENTITY.fullmatch(arn.resource):
        raise _no_entity(text)
    return arn


_ENTITY: Final = re.compile(r"(?:user|group|role)/(?:[!-)+-.0->@-~]*/)*[A-Za-z0-9_+=,.@-]+")
"""A kind, a path without spaces and wildcards, and a name."""


def _no_entity(text: str) -> ApiError:
    return invalid_input(f"Invalid Entity Arn: {text} does not clearly define entity type and name.")


def simulated_principal(arn: Arn | None, account: str, partition: str) -> Principal:
    """Who asks in the simulation; a group, or nobody, is played by a user whom no policy names."""
    if arn is None or arn.kind == "group":
        number = account if arn is None else arn.account
        return Principal(None, PrincipalKind.USER, number, partition)
    return Principal.parse(str(arn))


def context_in(parameters: Parameters) -> dict[str, str | list[str]]:
    """The context entries by key, each value held against its type."""
    found: dict[str, str | list[str]] = {}
    seen: set[str] = set()
    for number, entry in enumerate(parameters.get("ContextEntries") or (), 1):
        place = f"ContextEntries.{number}"
        key, type_, values = (entry.get(f"ContextKey{part}") for part in ("Name", "Type", "Values"))
        if not key or not type_ or values is None:
            raise invalid_input(f"{place} needs ContextKeyName, ContextKeyType and ContextKeyValues.")
        if key.lower() in seen:
            raise invalid_input(f"The context key {key} is given twice.")
        seen.add(key.lower())
        base = type_.removesuffix("List")
        for value in values:
            if not _is_of(base, value):
                raise invalid_input(f"The value {value} of the context key {key} is not of the type {base}.")
        if base != type_:
            found[key] = list(values)
        elif len(values) == 1:
            found[key] = values[0]
        else:
            raise invalid_input(f"The context key {key} of the type {type_} takes one value, not {len(values)}.")
    return found


def _number(value: str) -> object:
    if not Decimal(value).is_finite():
        raise ValueError(value)
    return value


def _date(value: str) -> object:
    return value.isdecimal() or datetime.fromisoformat(value)


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "string": str,
    "numeric": _number,
    "boolean": ("true", "false").index,
    "ip": lambda value: ipaddress.ip_network(value, strict=False),
    "binary": lambda value: base64.b64decode(value, validate=True),
    "date": _date,
}


def _is_of(type_: str, value: str) -> bool:
    try:
        _READERS[type_](value.lower() if type_ == "boolean" else value)
    except (ValueError, InvalidOperation, binascii.Error):
        return False
    return True


class Exclusions:
    """What PolicyExclusionList takes out of a simulation. Resource control policies are in none."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        self.types: set[str] = set()
        self._arns: list[re.Pattern[str]] = []
        self._inline: list[tuple[str, str, re.Pattern[str]]] = []
        for entry in entries:
            # A union: the service's model lets entries through that have exactly one member.
            ((member, value),) = entry.items()
            if member == "PolicyType":
                self.types.add(value)
            elif member == "PolicyArn":
                self._arns.append(_policy_pattern(value))
            else:
                name = _glob(value["AttachmentName"])
                self._inline.append((value["PolicyName"], value["AttachmentType"], name))

    def keeps(self, source: Source) -> bool:
        """Whether a policy of the entity or of its groups stays in the simulation."""
        if source.arn is None:
            kind, _, holder = source.holder.partition("/")
            return "inline" not in self.types and not any(
                (policy, type_) == (source.name, kind) and name.fullmatch(holder)
                for policy, type_, name in self._inline
            )
        type_ = "aws-managed" if source.arn.split(":")[4] == "aws" else "user-managed"
        return type_ not in self.types and not any(arn.fullmatch(source.arn) for arn in self._arns)


def _policy_pattern(text: str) -> re.Pattern[str]:
    """The ARNs that an identifier means: wildcards in the resource's name only, and one `*` at the most."""
    try:
        arn = Arn.parse(text)
    except ArnError as error:
        raise invalid_input(f"Invalid policy ARN: {text}") from error
    head = text[: len(text) - len(arn.resource)]
    kind = arn.resource.partition("/")[0]
    if arn.service != "iam" or kind != "policy" or set("*?") & set(head) or text.count("*") > 1:
        raise invalid_input(f"Invalid policy ARN: {text}")
    return _glob(text)


def _glob(text: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in text), re.DOTALL)
