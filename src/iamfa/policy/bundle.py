"""All policies that bear on a principal, by kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from iamfa.policy.document import Document, Element, Statement, Value


@runtime_checkable
class HoldsDocument(Protocol):
    """Anything that carries a valid document, `iamfa.Policy` above all."""

    @property
    def document(self) -> Document: ...


PolicyLike = HoldsDocument | Document


def document_of(policy: PolicyLike) -> Document:
    """The document of a policy, or the document itself."""
    return policy if isinstance(policy, Document) else policy.document


_ANYTHING = (Value("*"),)
EVERYTHING = Document(
    (Statement(0, "Allow", Element("Action", _ANYTHING), Element("Resource", _ANYTHING), sid="Everything"),),
    version="2012-10-17",
)
"""The most that another file can grant."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One policy of a bundle under the name by which reasons call it, e.g. `identity[0]` or `scp[1][0]`."""

    label: str
    document: Document


@dataclass(frozen=True)
class Bundle:
    """The policies that bear on one principal and one resource; lists may be any sequences.

    Which ones bear on a request: AWS's page reference_policies_evaluation-logic_policy-eval-denyallow.
    """

    identity: Sequence[PolicyLike] = ()
    """The principal's own, inline and attached, and those of a user's groups."""
    boundary: PolicyLike | None = None
    """The permissions boundary; None where none is set."""
    scps: Sequence[Sequence[PolicyLike]] | None = None
    """Service control policies above the principal's account, from the root down; None: not subject to any."""
    rcps: Sequence[Sequence[PolicyLike]] | None = None
    """Resource control policies above the resource's account, `RCPFullAWSAccess` written out; None: none."""
    session: Sequence[PolicyLike] | None = None
    """Session policies; None: none was passed."""
    resource: PolicyLike | None = None
    """The policy of the target: of a role its trust policy, of a KMS key its key policy."""
    resource_account: str | None = None
    """The 12 digits of the resource's account; None: the principal's own."""

    def __post_init__(self) -> None:
        for name in ("identity", "session"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, tuple(value))
        for name in ("scps", "rcps"):
            levels = getattr(self, name)
            if levels is not None:
                object.__setattr__(self, name, tuple(tuple(level) for level in levels))

    def layers(self) -> Iterator[Layer]:
        """Every policy with its label, in a fixed order."""
        for i, policy in enumerate(self.identity):
            yield Layer(f"identity[{i}]", document_of(policy))
        if self.boundary is not None:
            yield Layer("boundary", document_of(self.boundary))
        for kind, levels in (("scp", self.scps), ("rcp", self.rcps)):
            for level, policies in enumerate(levels or ()):
                for i, policy in enumerate(policies):
                    yield Layer(f"{kind}[{level}][{i}]", document_of(policy))
        for i, policy in enumerate(self.session or ()):
            yield Layer(f"session[{i}]", document_of(policy))
        if self.resource is not None:
            yield Layer("resource", document_of(self.resource))

    def plus(self, *identity: PolicyLike) -> Bundle:
        """The same bundle with more identity-based policies."""
        return Bundle(
            (*self.identity, *identity), self.boundary, self.scps, self.rcps, self.session, self.resource,
            self.resource_account,
        )  # fmt: skip
