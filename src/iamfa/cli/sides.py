"""The two sides of a comparison: a policy, a bundle, or either of them as git has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamfa.cli.bundles import is_bundle, labelled, of_bundle_text
from iamfa.cli.inputs import STDIN, policy_of, text_of
from iamfa.cli.revisions import is_revision, text_at
from iamfa.errors import PolicyError
from iamfa.evaluate.batch import LineError, bundle_of
from iamfa.evaluate.explain import reasons_alone
from iamfa.evaluate.request import Request
from iamfa.policy.bundle import Bundle, document_of
from iamfa.policy.document import Document, Kind
from iamfa.policy.policy import Policy
from iamfa.proof.compare import Change
from iamfa.report.shown import Explained, ShownSide

KINDS: Mapping[str, Kind] = {"identity": Kind.IDENTITY, "resource": Kind.RESOURCE, "trust": Kind.TRUST}
_TRUST_ACTION = "sts:AssumeRole"


@dataclass(frozen=True, slots=True)
class Side:
    """One side."""

    name: str
    bundle: Bundle


def side_of(path: str, kind: str | None = None, *, bundle: bool = False) -> Side:
    """Read a side: a file, `-`, or a revision's file; a bundle where it looks like one or *bundle* says so.

    Raises PolicyError for whatever cannot be read.
    """
    text = text_at(path) if is_revision(path) else text_of(path)
    name = "<stdin>" if path == STDIN else path
    if bundle or is_bundle(text):
        return Side(name, of_bundle_text(text, path, _TRUST_ACTION if kind == "trust" else ""))
    policy = policy_of(text, path, KINDS[kind] if kind is not None else None)
    if policy.kind in (Kind.RESOURCE, Kind.TRUST):
        return Side(name, Bundle(resource=policy))
    return Side(name, Bundle([policy]))


def side_of_document(value: Any, kind: object) -> Bundle:
    """The side that a line of a batch holds: a document of this kind.

    Raises LineError for a kind that there is not, PolicyError for an invalid document.
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise LineError(f"`{kind}` is no kind of policy to compare", hint="`identity`, `resource` or `trust`")
    if value is None:
        raise LineError("the line needs the policies `a` and `b`")
    if kind == "identity":
        return bundle_of({"identity_policies": [value]})
    return bundle_of({"resource_policy": value, "request": {"action": _TRUST_ACTION if kind == "trust" else ""}})


def must_be_alike(a: Side, b: Side) -> None:
    """Raise PolicyError where an identity-based policy would be compared with a resource's own."""
    if (a.bundle.resource is None) != (b.bundle.resource is None):
        with_, without = (a, b) if a.bundle.resource is not None else (b, a)
        if without.bundle.identity or not with_.bundle.identity:
            raise PolicyError(
                f"`{with_.name}` is a policy with a Principal and `{without.name}` is one without: "
                "the two cannot be compared"
            )


def what_differs_aside(a: Bundle, b: Bundle) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds of policies beside those that are compared: those that stand on both sides alike, and the others."""
    of_resources = a.resource is not None or b.resource is not None
    alike: list[str] = []
    other: list[str] = []
    kinds = (*_LIMITS, *((("identity", "the identity-based policies"),) if of_resources else ()))
    for field, words in kinds:
        first, second = (_documents(getattr(side, field)) for side in (a, b))
        if first != second:
            other.append(words)
        elif first not in (None, ()):
            alike.append(words)
    return tuple(alike), tuple(other)


_LIMITS = (
    ("boundary", "the permissions boundary"),
    ("scps", "the service control policies"),
    ("rcps", "the resource control policies"),
    ("session", "the session policies"),
    ("resource_account", "the resource's account"),
)


def _documents(value: Any) -> Any:
    """The documents of a field of a bundle; equality is equality of meaning on paper."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Policy | Document):
        return document_of(value)
    return tuple(_documents(each) for each in value)


def shown_side(request: Request | None, more: Side, less: Side) -> ShownSide | None:
    """The request that only *more* permits, and why it does and *less* does not."""
    if request is None:
        return None
    return ShownSide(request, (explained(more, request, permitted=True), explained(less, request, permitted=False)))


def explained(side: Side, request: Request, *, permitted: bool) -> Explained:
    """Why a side by itself permits a request or does not."""
    policies = dict(_compared(side.bundle))
    documents = {label: policy.document for label, policy in policies.items()}
    return Explained(permitted, side.name, reasons_alone(documents, request), policies)


def _compared(bundle: Bundle) -> Iterator[tuple[str, Policy]]:
    layer = "resource" if bundle.resource is not None else "identity"
    return ((label, policy) for label, policy in labelled(bundle).items() if label.partition("[")[0] == layer)


def only_of(change: Change) -> tuple[Request | None, Request | None]:
    """A request that only a permits, and one that only b does: of either world."""
    return (change.only_a.only or change.closed_only_a.only, change.only_b.only or change.closed_only_b.only)
