"""What is shown of a proof or of a difference: values that the renderers take, computed by whoever asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Reason
from iamfa.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Explained:
    """Why somebody permits a request or does not: the statements that decide."""

    permitted: bool
    by: str
    """Who: a file, or the policies read together."""
    reasons: tuple[Reason, ...]
    policies: Mapping[str, Policy]
    """The policies under the labels by which reasons name them."""


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """The answer to a question about all requests."""

    answer: Literal["proved", "refuted", "unknown"]
    statement: str
    """What was asked, as a claim in words."""
    witness: Request | None = None
    credential: str | None = None
    """The kind of credential with which the witness is made."""
    of_the_catalogue: bool | None = None
    """Whether today's actions do it too: True with such a witness, False where none was found; None: not known."""
    certificate: Mapping[str, Any] | None = None
    reason: str | None = None
    """Why neither was shown."""
    apart_from: tuple[str, ...] = ()
    """Actions of which the claim does not speak."""
    outside: tuple[str, ...] | None = None
    """Patterns of actions that the claim leaves out; None where the question has none."""
    outside_from_file: bool = False
    """Whether these were taken from the file."""
    explained: tuple[Explained, ...] = ()
    read: tuple[str, ...] = ()
    """The policies that were read, in words."""
    not_read: str | None = None
    """What may stand beside them and was not read, in words."""


@dataclass(frozen=True, slots=True)
class ShownSide:
    """A request that one side permits and the other does not."""

    request: Request
    explained: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class ShownChange:
    """How two policies or bundles relate."""

    name_a: str
    name_b: str
    relation: str
    closed_relation: str
    only_a: ShownSide | None
    only_b: ShownSide | None
    reasons: tuple[str, ...] = ()
    left_aside: tuple[str, ...] = ()
    """Kinds of policies that stand on both sides alike and were left aside, in words."""


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """A certificate that was checked."""

    path: str
    id: str
    words: str
    policies: tuple[tuple[str, str], ...]
    """Each policy's label and the SHA-256 of its document."""
    files: tuple[tuple[str, str, bool], ...]
    """Files that were named beside it: the path, the SHA-256, and whether the certificate is about it."""
    cases: int
    apart_from: tuple[str, ...]
