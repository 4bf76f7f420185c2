"""Files become the bundle of policies that bear on somebody: policies one by one, or a bundle file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iamfa.cli.inputs import one_policy, text_of
from iamfa.cli.lines import LineUnreadableError, parse_line
from iamfa.errors import Fault, PolicyError
from iamfa.evaluate.batch import LineError, bundle_of
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

BUNDLE_FIELDS = frozenset(
    {
        "identity_policies", "boundary", "scps", "rcps", "session_policies", "resource_policy", "resource_account",
    }
)  # fmt: skip


def of_files(paths: Iterable[str]) -> Bundle:
    """The policies of files that hold one each; one with a Principal is the resource's own.

    Raises PolicyError for an invalid one, and for a second one with a Principal.
    """
    identity: list[Policy] = []
    resource: Policy | None = None
    for path in paths:
        policy = one_policy(path)
        if policy.kind not in (Kind.RESOURCE, Kind.TRUST):
            identity.append(policy)
        elif resource is None:
            resource = policy
        else:
            fault = Fault(1, 1, "a second policy with a Principal", "a resource has one policy")
            raise PolicyError(f"`{path}`: {fault.message}", (fault,), path=path)
    return Bundle(identity, resource=resource)


def of_bundle_file(path: str, action: str = "") -> Bundle:
    """The bundle of a bundle file; an *action* of STS makes the resource's policy a trust policy.

    Raises PolicyError for a file that is none, or that holds an invalid policy.
    """
    return of_bundle_text(text_of(path), path, action)


def of_bundle_text(text: str, path: str, action: str = "") -> Bundle:
    """The same for a text that has been read."""
    try:
        data = parse_line(text.encode("utf-8", "surrogatepass"))
        if not isinstance(data, dict):
            raise LineError("a bundle is an object")
        if "Statement" in data:
            raise LineError("this is a policy, and no bundle of them")
        return bundle_of({**data, "request": {"action": action}})
    except (LineUnreadableError, LineError) as error:
        fault = Fault(1, 1, error.message, error.hint)
        raise PolicyError(f"`{path}`: {error.message}", (fault,), path=path) from error


def is_bundle(text: str) -> bool:
    """Whether a text is a bundle file rather than a policy: it has a bundle's fields and no statements."""
    if not any(f'"{name}"' in text for name in BUNDLE_FIELDS):
        return False
    try:
        data = parse_line(text.encode("utf-8", "surrogatepass"))
    except (LineUnreadableError, RecursionError):
        return False
    return isinstance(data, dict) and bool(BUNDLE_FIELDS & set(data)) and "Statement" not in data


def labelled(bundle: Bundle) -> dict[str, Policy]:
    """The policies of a bundle under the labels by which reasons name them."""
    labels = [layer.label for layer in bundle.layers()]
    held: list[Any] = [
        *bundle.identity,
        *([bundle.boundary] if bundle.boundary is not None else []),
        *(policy for levels in (bundle.scps, bundle.rcps) for level in levels or () for policy in level),
        *(bundle.session or ()),
        *([bundle.resource] if bundle.resource is not None else []),
    ]
    return {label: policy for label, policy in zip(labels, held, strict=True) if isinstance(policy, Policy)}
