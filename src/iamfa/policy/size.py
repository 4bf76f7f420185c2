"""How large a policy is as AWS counts it, and how large it may be, by what it is attached as."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from iamfa.policy.document import Document, Kind
from iamfa.policy.policy import Policy
from iamfa.policy.reader import Array, Node, Object, Scalar, read
from iamfa.policy.render import render, render_minimal
from iamfa.policy.source import Source


@dataclass(frozen=True, slots=True)
class Quota:
    """How many characters a kind of policy may have."""

    characters: int
    counts_white_space: bool
    """Whether white space between the values counts; inside strings it always does."""
    together: bool
    """Whether all policies of the kind that one entity has share the quota (inline policies do)."""
    source: str
    """AWS's page."""


_IAM: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_ORGANIZATIONS: Final = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"
_STS: Final = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"

QUOTAS: Final = MappingProxyType(
    {
        Kind.IDENTITY: Quota(6_144, False, False, _IAM),
        Kind.BOUNDARY: Quota(6_144, False, False, _IAM),
        Kind.USER: Quota(2_048, False, True, _IAM),
        Kind.GROUP: Quota(5_120, False, True, _IAM),
        Kind.ROLE: Quota(10_240, False, True, _IAM),
        Kind.TRUST: Quota(2_048, False, False, _IAM),
        Kind.SESSION: Quota(2_048, True, True, _STS),
        Kind.SCP: Quota(10_240, True, False, _ORGANIZATIONS),
        Kind.RCP: Quota(5_120, True, False, _ORGANIZATIONS),
    }
)
"""A managed policy is meant by `IDENTITY`. A trust policy's quota can be raised to 8,192. Resource policies are not
here: their quota is each service's own."""


def size(policy: Policy | Document | str, kind: Kind) -> int:
    """How many characters AWS counts when this is saved as such a policy.

    Comments and trailing commas never count, for what is sent to AWS is JSON. A document without a text counts as
    `render` writes it where white space counts. Raises `PolicyError` for a text that is not JSON with comments.
    """
    quota = QUOTAS.get(kind)
    counts_white_space = quota is not None and quota.counts_white_space
    if isinstance(policy, Document):
        return len(render(policy) if counts_white_space else render_minimal(policy))
    text = policy.text if isinstance(policy, Policy) else policy
    source = Source(text)
    reading = read(source)
    if not counts_white_space:
        return _characters(reading.root)
    comments = sum(comment.end - comment.start for comment in reading.comments)
    return len(source.text) - comments - len(reading.trailing_commas)


def _characters(node: Node) -> int:
    """Characters of a value without white space; the depth of the tree is bounded by the reader."""
    if isinstance(node, Scalar):
        return node.end - node.start
    if isinstance(node, Array):
        inner = sum(_characters(item) for item in node.items)
        return 2 + inner + max(0, len(node.items) - 1)
    return 2 + _members(node) + max(0, len(node.members) - 1)


def _members(node: Object) -> int:
    return sum(_characters(member.key) + 1 + _characters(member.value) for member in node.members)
