"""Amazon Resource Names: their six parts, the partitions of AWS, and the names of IAM's own resources.

AWS's pages: reference-arns, reference_identifiers and reference_policies_grammar (resource_string) of the IAM User
Guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from iamfa.errors import IamfaError


class ArnError(IamfaError):
    """A text is no ARN."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A group of Regions with accounts of its own; no ARN of one is ever valid in another."""

    id: str
    """As it stands in an ARN."""
    name: str
    region_prefixes: tuple[str, ...]
    """What the names of its Regions begin with; empty for the partition of all other Regions."""


PARTITIONS: Final = MappingProxyType(
    {
        partition.id: partition
        for partition in (
            Partition("aws", "AWS", ()),
            Partition("aws-cn", "China", ("cn-",)),
            Partition("aws-us-gov", "GovCloud (US)", ("us-gov-",)),
            Partition("aws-eusc", "European Sovereign Cloud", ("eusc-",)),
            Partition("aws-iso", "Top Secret", ("us-iso-",)),
            Partition("aws-iso-b", "Secret", ("us-isob-",)),
            Partition("aws-iso-e", "ISO Europe", ("eu-isoe-",)),
            Partition("aws-iso-f", "ISO South", ("us-isof-",)),
        )
    }
)
"""Every partition by its id."""

_ACCOUNT_DIGITS: Final = 12
_FIELDS: Final = 6


def partition_of_region(region: str) -> Partition:
    """The partition that a Region lies in, by the beginning of the Region's name."""
    for partition in PARTITIONS.values():
        if partition.region_prefixes and region.startswith(partition.region_prefixes):
            return partition
    return PARTITIONS["aws"]


def is_account_id(text: str) -> bool:
    """Whether a text is the number of an account: twelve digits."""
    return len(text) == _ACCOUNT_DIGITS and text.isascii() and text.isdigit()


@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN in its six parts; `str()` gives it back as it was."""

    partition: str
    service: str
    region: str
    """Empty for services without Regions, IAM among them."""
    account: str
    """Twelve digits; empty where the service has none; `aws` for what AWS owns."""
    resource: str
    """All that follows the fifth colon, further colons included."""

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Read `arn:partition:service:region:account:resource`; raises ArnError, wildcards are no error."""
        fields = text.split(":", _FIELDS - 1)
        if len(fields) != _FIELDS or fields[0] != "arn":
            raise ArnError(f"`{text}` is no ARN", hint="write `arn:partition:service:region:account:resource`")
        _, partition, service, region, account, resource = fields
        for name, field in (("partition", partition), ("service", service), ("resource", resource)):
            if not field:
                raise ArnError(f"the ARN `{text}` has no {name}")
        return cls(partition, service, region, account, resource)

    @property
    def kind(self) -> str:
        """What it names, as far as the ARN says: `user`, `role`, `mfa`, `root`; the resource up to its first slash."""
        return self.resource.partition("/")[0]

    @property
    def path(self) -> str:
        """The path of an IAM resource, `/` where it has none: `/division/` for `user/division/Bob`."""
        _, slash, rest = self.resource.partition("/")
        return f"/{rest[: rest.rfind('/') + 1]}" if slash else ""

    @property
    def name(self) -> str:
        """The name of an IAM resource without its path: `Bob` for `user/division/Bob`; empty for the root user."""
        _, slash, rest = self.resource.partition("/")
        return rest[rest.rfind("/") + 1 :] if slash else ""

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def iam_arn(kind: str, name: str, account: str, *, path: str = "/", partition: str = "aws") -> Arn:
    """The ARN of an IAM resource: `user`, `group`, `role`, `policy`, `mfa`, `instance-profile` and the like.

    Raises ArnError for a path that does not begin and end with a slash.
    """
    if not path.startswith("/") or not path.endswith("/"):
        raise ArnError(f"the path `{path}` must begin and end with a slash", hint="write `/`, or `/division/`")
    return Arn(partition, "iam", "", account, f"{kind}{path}{name}")


def user_arn(name: str, account: str, *, path: str = "/", partition: str = "aws") -> Arn:
    """The ARN of a user."""
    return iam_arn("user", name, account, path=path, partition=partition)


def role_arn(name: str, account: str, *, path: str = "/", partition: str = "aws") -> Arn:
    """The ARN of a role."""
    return iam_arn("role", name, account, path=path, partition=partition)


def mfa_arn(name: str, account: str, *, path: str = "/", partition: str = "aws") -> Arn:
    """The ARN of a virtual MFA device, which is its serial number as well."""
    return iam_arn("mfa", name, account, path=path, partition=partition)


def root_arn(account: str, *, partition: str = "aws") -> Arn:
    """The ARN of the account's root user, which names the whole account in a Principal element."""
    return Arn(partition, "iam", "", account, "root")


def assumed_role_arn(role: str, session: str, account: str, *, partition: str = "aws") -> Arn:
    """The ARN of a session of a role; it never carries the role's path."""
    return Arn(partition, "sts", "", account, f"assumed-role/{role}/{session}")


def pattern_fields(text: str) -> tuple[str, ...]:
    """A pattern for ARNs cut at its first five colons, those inside `${...}` not counted; fewer where it has fewer."""
    if "${" not in text:
        return tuple(text.split(":", _FIELDS - 1))
    fields: list[str] = []
    start = position = 0
    while position < len(text) and len(fields) < _FIELDS - 1:
        if text.startswith("${", position):
            end = text.find("}", position)
            if end >= 0:
                position = end + 1
                continue
        if text[position] == ":":
            fields.append(text[start:position])
            start = position + 1
        position += 1
    fields.append(text[start:])
    return tuple(fields)


def completed_pattern(text: str) -> str:
    """A Resource entry of an identity-based policy with `*` for each field that it lacks, as AWS completes it.

    `arn:aws:sqs` is `arn:aws:sqs:*:*:*` (reference_policies_grammar). What does not begin with `arn:` stays as it is.
    """
    if not text.startswith("arn:"):
        return text
    missing = _FIELDS - len(pattern_fields(text))
    return text + ":*" * missing
