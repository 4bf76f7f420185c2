"""Questions about all requests, asked and checked: no proof is shown that the checker has not accepted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from iamfa.cli.bundles import labelled
from iamfa.cli.sides import Side, explained, must_be_alike, what_differs_aside
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Why
from iamfa.platform import Assumptions
from iamfa.policy.bundle import EVERYTHING, Bundle
from iamfa.policy.document import Document, PrincipalElement, PrincipalValue, Statement, Value
from iamfa.policy.policy import Policy
from iamfa.policy.render import as_json, render
from iamfa.proof.answer import Answer, Proved, Refuted, prove
from iamfa.proof.certificate import Certificate
from iamfa.proof.checker import verify
from iamfa.proof.checker_claim import CertificateError
from iamfa.proof.compare import Difference, compare
from iamfa.proof.question import APART_FROM, Question
from iamfa.report.shown import Explained, ShownAnswer

_ELSE = "whatever else is attached"
_TRUST = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession",
          "sts:SetSourceIdentity", "sts:SetContext", "kms:*")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asking:
    """A question about the requests of users, and what was read to answer it."""

    question: Question
    bundle: Bundle
    assumptions: Assumptions
    outside_from_file: bool = False

    def answer(self) -> ShownAnswer:
        """The answer, checked."""
        found = prove(self.question, self.bundle, assumptions=self.assumptions)
        shown = ShownAnswer(
            "unknown",
            self.question.words,
            apart_from=APART_FROM,
            outside=self.question.outside if self.question.id == "without-mfa" else None,
            outside_from_file=self.outside_from_file,
            read=_read(self.bundle),
            not_read=_not_read(found, self.question),
        )
        if isinstance(found, Proved):
            return _checked(shown, found.certificate)
        if isinstance(found, Refuted):
            return replace(
                shown,
                answer="refuted",
                witness=found.witness,
                credential=found.credential,
                of_the_catalogue=found.of_the_catalogue,
                explained=(self._why(found.witness),),
            )
        return replace(shown, reason=self._reason(found.reason))

    def _why(self, witness: Request) -> Explained:
        """The statements that let the request pass."""
        bundle, policies = self.bundle, labelled(self.bundle)
        if self.question.plus_everything:
            other = Policy.parse(render(EVERYTHING), path=_ELSE)
            bundle = bundle.plus(other)
            policies = labelled(bundle)
        verdict = Decider(bundle, assumptions=self.assumptions).decide(witness)
        spared = (r for r in verdict.reasons if r.effect == "Deny" and r.why is Why.CONDITION_NOT_FULFILLED)
        return Explained(True, "the policies together", (*verdict.deciding, *spared), policies)

    def _reason(self, reason: str) -> str:
        """Why nothing was shown; where it is what a role's trust or a key's policy says, that is said."""
        question = self.question
        if question.id != "without-mfa" or self.bundle.resource is not None:
            return reason
        narrower = replace(question, outside=(*question.outside, *_TRUST))
        if not isinstance(prove(narrower, self.bundle, assumptions=self.assumptions), Proved):
            return reason
        return (
            "roles that may be assumed and KMS keys: their own policies, which were not read, may leave it to the "
            "account's policies, and these do not deny it without MFA"
        )


def implied(a: Side, b: Side) -> ShownAnswer:
    """Whether b permits all that a permits, each by itself."""
    must_be_alike(a, b)
    shown = ShownAnswer("unknown", f"what `{a.name}` permits, `{b.name}` permits too", read=(a.name, b.name))
    _, other = what_differs_aside(a.bundle, b.bundle)
    if other:
        return replace(shown, reason=f"{' and '.join(other)} differ, and are not compared")
    change = compare(a.bundle, b.bundle)
    return _of_difference(shown, change.only_a, change.closed_only_a, a, b)


def dead(policy: Policy, statement: Statement, name: str) -> ShownAnswer:
    """Whether leaving a statement out changes no verdict.

    An Allow is dead where what it permits is permitted by the others, or denied; a Deny where all that it denies is
    denied by the others, whatever else is attached: beside a policy that allows everything.
    """
    denies = statement.effect == "Deny"
    left = tuple(s for s in policy.statements if s is not statement)
    words = f"the statement `{statement.label}` of `{name}` is dead: leaving it out changes no verdict"
    shown = ShownAnswer("unknown", words + (f", {_ELSE}" if denies else ""), read=(name,))
    whole = _side(name, policy, policy.statements, beside_everything=denies)
    rest = _side(f"{name} without `{statement.label}`", policy, left, beside_everything=denies)
    change = compare(whole.bundle, rest.bundle)
    # Without an Allow a policy cannot permit more, and without a Deny it cannot permit less.
    if denies:
        return _of_difference(shown, change.only_b, change.closed_only_b, rest, whole)
    return _of_difference(shown, change.only_a, change.closed_only_a, whole, rest)


def _side(name: str, policy: Policy, statements: tuple[Statement, ...], *, beside_everything: bool) -> Side:
    """A policy with these statements only, by itself or joined with an Allow of everything."""
    principal = next((s.principal for s in policy.statements if s.principal is not None), None)
    if beside_everything:
        everybody = None if principal is None else _EVERYBODY
        statements = (*statements, replace(EVERYTHING.statements[0], principal=everybody, span=policy.root_span))
    elif not statements:
        return Side(name, Bundle())
    numbered = tuple(replace(s, index=i) for i, s in enumerate(statements))
    joined = replace(policy, document=replace(policy.document, statements=numbered))
    return Side(name, Bundle([joined]) if principal is None else Bundle(resource=joined))


_EVERYBODY = PrincipalElement("Principal", (PrincipalValue("*", Value("*")),))


def _of_difference(shown: ShownAnswer, found: Difference, closed: Difference, more: Side, less: Side) -> ShownAnswer:
    request = found.only or closed.only
    if request is not None:
        why = (_without_everything(explained(more, request, permitted=True)), explained(less, request, permitted=False))
        in_catalogue = True if closed.only is not None else False if closed.excluded else None
        witness = closed.only or request
        return replace(shown, answer="refuted", witness=witness, of_the_catalogue=in_catalogue, explained=why)
    if found.certificate is None:
        return replace(shown, reason=found.reason or "no proof was written")
    return _checked(shown, found.certificate)


def _without_everything(found: Explained) -> Explained:
    """Without what was only joined to the policy, and stands nowhere in its text."""
    kept = tuple(
        r
        for r in found.reasons
        if r.statement.action != EVERYTHING.statements[0].action or r.statement.sid != "Everything"
    )
    return replace(found, reasons=kept)


def _checked(shown: ShownAnswer, certificate: Certificate) -> ShownAnswer:
    """The proof, if the checker accepts it as it will be written."""
    written: dict[str, Any] = json.loads(json.dumps(certificate.as_json()))
    try:
        verify(written)
    except CertificateError as error:
        return replace(shown, reason=f"a proof was found, and the checker does not accept it: {error.message}")
    return replace(shown, answer="proved", certificate=written, of_the_catalogue=False)


def _read(bundle: Bundle) -> tuple[str, ...]:
    return tuple(
        f"{policy.path or policy.name} ({label})" if policy.path or policy.name else label
        for label, policy in labelled(bundle).items()
    )


def _not_read(found: Answer, question: Question) -> str | None:
    if isinstance(found, Refuted):
        return "other policies, a boundary or a service control policy, which may refuse it all the same"
    if question.plus_everything:
        return None
    return (
        "other policies of the user or his groups, and of resources, which may grant more "
        "(--plus-everything assumes all that they can)"
    )


def digests(bundle: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The policies of a bundle's JSON by their labels, each with the SHA-256 of its document."""
    found: list[tuple[str, str]] = []
    for field, label, depth in _FIELDS:
        for place, document in _documents(bundle.get(field), depth):
            found.append((label + place, digest_of_json(document)))
    return tuple(found)


_FIELDS = (
    ("identity_policies", "identity", 1), ("boundary", "boundary", 0), ("scps", "scp", 2), ("rcps", "rcp", 2),
    ("session_policies", "session", 1), ("resource_policy", "resource", 0),
)  # fmt: skip
"""The fields of a bundle, the labels of their policies, and how deep they lie in lists."""


def _documents(value: Any, depth: int, place: str = "") -> list[tuple[str, Any]]:
    if value is None:
        return []
    if not depth:
        return [(place, value)]
    return [leaf for i, each in enumerate(value) for leaf in _documents(each, depth - 1, f"{place}[{i}]")]


def digest(document: Document) -> str:
    """The SHA-256 of a document as a certificate holds it, whatever its comments and its layout."""
    return digest_of_json(json.loads(json.dumps(as_json(document))))


def digest_of_json(document: Any) -> str:
    """The SHA-256 of a document's JSON in its shortest form, in ASCII, the members in order of their names."""
    return sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()
