"""A policy as frozen, typed values that remember where in the text they stand.

Nothing above this room sees a dict. Grammar: AWS's page reference_policies_grammar of the IAM User Guide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, NamedTuple

Effect = Literal["Allow", "Deny"]
Version = Literal["2008-10-17", "2012-10-17"]


class Span(NamedTuple):
    """A half-open range of code points of the source text, a byte-order mark not counted."""

    start: int
    end: int


class Kind(Enum):
    """What a document is attached as; it decides which elements are allowed and how its size is counted."""

    IDENTITY = "identity"
    USER = "user"
    GROUP = "group"
    ROLE = "role"
    RESOURCE = "resource"
    TRUST = "trust"
    SCP = "scp"
    RCP = "rcp"
    SESSION = "session"
    BOUNDARY = "boundary"


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar of the document as text (unquoted numbers and booleans as AWS reads them), with its place."""

    text: str
    """The value, escapes resolved."""
    span: Span = field(default=Span(0, 0), compare=False)
    """Where it stands, quotes included."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a statement that lists values: Action, NotAction, Resource or NotResource."""

    name: str
    """The element's name as AWS spells it, e.g. `NotAction`."""
    values: tuple[Value, ...]
    span: Span = field(default=Span(0, 0), compare=False)
    """The whole member, from the key's opening quote to the end of the value."""
    key_span: Span = field(default=Span(0, 0), compare=False)
    """The key alone."""
    is_list: bool = field(default=True, compare=False)
    """Whether the values stand in brackets."""

    @property
    def negated(self) -> bool:
        """Whether this is the Not- form."""
        return self.name.startswith("Not")


@dataclass(frozen=True, slots=True)
class PrincipalValue:
    """One entry of a Principal element: its type (`AWS`, `Service`, `Federated`, `CanonicalUser`) and value."""

    type: str
    value: Value


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """A Principal or NotPrincipal; `"*"` alone is kept as one entry of type `*`."""

    name: str
    values: tuple[PrincipalValue, ...]
    span: Span = field(default=Span(0, 0), compare=False)

    @property
    def negated(self) -> bool:
        """Whether this is NotPrincipal."""
        return self.name.startswith("Not")


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator applied to one key: all conditions of a statement must hold together."""

    operator: Value
    """As written, e.g. `ForAllValues:StringLikeIfExists`."""
    key: Value
    """As written, e.g. `aws:MultiFactorAuthPresent`."""
    values: tuple[Value, ...]
    span: Span = field(default=Span(0, 0), compare=False)
    """The member `key: values` inside its operator's block."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `index` counts from 0 within its document."""

    index: int
    effect: Effect
    action: Element
    """Action or NotAction."""
    resource: Element | None = None
    """Resource or NotResource; None only where the kind of policy has none (trust policies)."""
    principal: PrincipalElement | None = None
    conditions: tuple[Condition, ...] = ()
    sid: str | None = None
    span: Span = field(default=Span(0, 0), compare=False)
    effect_span: Span = field(default=Span(0, 0), compare=False)

    @property
    def label(self) -> str:
        """How messages name the statement: its Sid, or its position counted from 1."""
        return self.sid if self.sid else f"statement {self.index + 1}"


@dataclass(frozen=True, slots=True)
class Document:
    """A valid policy document without its source text; equality is equality of meaning on paper."""

    statements: tuple[Statement, ...]
    version: Version = "2008-10-17"
    """`2008-10-17` also where the element is missing: then `${...}` is literal text."""
    version_written: bool = False
    """Whether a Version element stands in the text."""
    version_span: Span | None = field(default=None, compare=False)
    id: str | None = None
    span: Span = field(default=Span(0, 0), compare=False)

    @property
    def variables(self) -> bool:
        """Whether policy variables are substituted (Version 2012-10-17 only)."""
        return self.version == "2012-10-17"
