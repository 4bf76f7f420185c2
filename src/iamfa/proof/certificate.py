"""What a proof leaves behind: the claim, the policies and the closed branches, for a checker that shares no code.

The shape is frozen in docs/formats.md ("The certificate of a proof").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from iamfa.policy.bundle import EVERYTHING, Bundle, PolicyLike, document_of
from iamfa.policy.render import as_json
from iamfa.proof.question import Question
from iamfa.proof.search import Tree
from iamfa.proof.situation import Situation


@dataclass(frozen=True, slots=True)
class Certificate:
    """A proof that can be checked without the one who made it."""

    claim: Mapping[str, Any]
    a: Bundle
    cases: tuple[tuple[Situation, Tree], ...]
    b: Bundle | None = None

    def as_json(self) -> dict[str, Any]:
        """The certificate as a JSON value."""
        found: dict[str, Any] = {"version": 1, "claim": dict(self.claim), "a": bundle_json(self.a)}
        if self.b is not None:
            found["b"] = bundle_json(self.b)
        found["cases"] = [
            {
                "principal": situation.principal.text if situation.principal is not None else None,
                "credential": situation.credential,
                "valued": dict(situation.valued),
                "tree": tree,
            }
            for situation, tree in self.cases
        ]
        return found


def of_question(question: Question, bundle: Bundle, trees: Iterable[tuple[Situation, Tree]]) -> Certificate:
    """The certificate of a question about one bundle."""
    user = question.user.text if question.user is not None else None
    claim: dict[str, Any] = {"id": question.id, "user": user}
    if question.partition is not None or question.given:
        claim["of"] = {"partition": question.partition, "given": dict(question.given)}
    if question.id == "without-mfa":
        claim["outside"] = list(question.outside)
        claim["plus_everything"] = question.plus_everything
    else:
        bundle = bundle.plus(EVERYTHING) if question.plus_everything else bundle
        claim["actions"] = list(question.actions or ())
        claim["resources"] = list(question.resources) if question.resources is not None else None
        claim["credentials"] = list(question.credentials)
    return Certificate(claim, bundle, tuple(trees))


def bundle_json(bundle: Bundle) -> dict[str, Any]:
    """A bundle in the fields of a bundle file (docs/formats.md), its documents as JSON values."""

    def levels(found: Any) -> Any:
        return None if found is None else [[_policy(policy) for policy in level] for level in found]

    return {
        "identity_policies": [_policy(policy) for policy in bundle.identity],
        "boundary": None if bundle.boundary is None else _policy(bundle.boundary),
        "scps": levels(bundle.scps),
        "rcps": levels(bundle.rcps),
        "session_policies": None if bundle.session is None else [_policy(policy) for policy in bundle.session],
        "resource_policy": None if bundle.resource is None else _policy(bundle.resource),
        "resource_account": bundle.resource_account,
    }


def _policy(policy: PolicyLike) -> Any:
    return as_json(document_of(policy))
