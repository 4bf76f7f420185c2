"""The policy simulator's evaluation: the analyser's own engine, asked as AWS's simulator asks.

AWS's page access_policies_testing-policies. What it does otherwise than enforcement (`authorise`):

* the context holds what the caller of the simulation gives, and a few keys of the principal and the organization;
  nothing else, `aws:MultiFactorAuthPresent` least of all: a key that is not given is absent, and reported as missing;
* resource control policies are not asked, nor session policies, nor a resource's own policy that is not given: a role
  or a KMS key is treated as if its policy left the decision to the account's own policies;
* sts:GetCallerIdentity is allowed whatever the policies say, as in enforcement; what AWS's simulator says is not known;
* statements and missing keys of service control policies and permissions boundaries are never shown.

AWS does not document which missing keys are reported; here those of the statements that take in the action.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from iamfa.account.bearing import Source, parsed
from iamfa.errors import IamfaError
from iamfa.evaluate.decide import Decider, permits
from iamfa.evaluate.explain import reasons_alone
from iamfa.evaluate.match import CompiledStatement
from iamfa.evaluate.principal import Principal
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Reason
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Statement, Value
from iamfa.policy.policy import Policy
from iamfa.policy.variables import Template, Variable
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.work import Context

Detail = dict[str, Any]

ALLOWED, EXPLICIT, IMPLICIT = "allowed", "explicitDeny", "implicitDeny"
_STRICTEST: Final = (EXPLICIT, IMPLICIT, ALLOWED)
_WORDS: Final = {"allowed": ALLOWED, "explicit_deny": EXPLICIT, "implicit_deny": IMPLICIT}
_SOURCES: Final = {"identity": "IAM Policy", "resource": "Resource Policy"}
"""SourcePolicyType as in the answers that API_SimulatePrincipalPolicy shows; its table of values has other ones."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """The policies of a simulation, each with the name by which answers call it."""

    identity: tuple[tuple[str, Policy], ...]
    boundary: Policy | None
    scps: tuple[tuple[Policy, ...], ...] | None
    resource: Policy | None
    owner: str | None
    """The number of the account that owns the resources and their policy; None where that is the caller's."""

    @property
    def documents(self) -> Iterator[Policy]:
        """The policies whose context keys are told: identity-based ones, and the resource's."""
        yield from (policy for _, policy in self.identity)
        if self.resource is not None:
            yield self.resource


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the simulation of one action on one resource says."""

    resource: str
    decision: str
    matched: tuple[Detail, ...]
    missing: tuple[str, ...]
    by_kind: Mapping[str, str] | None
    """What each kind of policy says, for cross-account simulations that the organization does not end."""
    boundary: bool | None
    """Whether the permissions boundary allows; None where there is none."""
    organization: bool | None


class Simulation:
    """Policies and a caller, asked about many actions and resources."""

    def __init__(
        self, policies: Simulated, caller: Principal, context: Context, assumptions: Assumptions, *, account: str
    ) -> None:
        self.policies = policies
        self.caller = caller
        self.context = context
        self.cross = policies.resource is not None and policies.owner not in (None, caller.account)
        resource = policies.resource if policies.resource is not None else _left_to(account)
        owner = policies.owner if policies.resource is not None else None
        bundle = Bundle(
            [policy for _, policy in policies.identity], policies.boundary, policies.scps, None, None, resource, owner
        )
        self._decider = Decider(bundle, assumptions=assumptions)

    def ask(self, action: str, resource: str) -> Outcome:
        """One action on one resource. Raises AWS's PolicyEvaluation where nobody can know the decision."""
        request = Request(action, resource, principal=self.caller, context=self.context)
        verdict = self._decider.decide(request)
        decision = _WORDS.get(verdict.decision)
        if decision is None:
            reason = f" ({verdict.deciding[0]})" if verdict.deciding else ""
            raise ApiError(
                "PolicyEvaluation", f"What {action} on {resource} is answered cannot be evaluated{reason}", 500
            )
        scps = self.policies.scps
        organization = None if scps is None else all(permits(_documents(level), request) for level in scps)
        boundary = self.policies.boundary
        by_kind = None
        if self.cross and organization is not False:
            by_kind = dict(self._by_kind(request))
        return Outcome(
            resource,
            decision,
            tuple(self._matched(verdict.deciding)),
            tuple(self._missing(request)),
            by_kind,
            None if boundary is None else bool(permits([boundary.document], request)),
            organization,
        )

    def resource_policy_fits(self, action: str, resource: str) -> bool:
        """Whether the resource's policy says anything about the resource."""
        policy = self.policies.resource
        request = Request(action, resource, principal=self.caller, context=self.context)
        return policy is None or any(
            CompiledStatement("resource", statement, policy.document).resource_fits(request) is not False
            for statement in policy.statements
        )

    def _by_kind(self, request: Request) -> Iterator[tuple[str, str]]:
        policies = self.policies
        yield "IAM Policy", _alone([policy for _, policy in policies.identity], request)
        if policies.resource is not None:
            yield "Resource Policy", _alone([policies.resource], request)
        if policies.boundary is not None:
            yield "Permissions Boundary Policy", _alone([policies.boundary], request)

    def _matched(self, reasons: Iterable[Reason]) -> Iterator[Detail]:
        """The statements that decided, as far as AWS shows them; the one that stands for no policy is none."""
        for reason in reasons:
            kind, _, rest = reason.policy.partition("[")
            if kind == "identity":
                name, policy = self.policies.identity[int(rest.removesuffix("]"))]
                yield _place(name, kind, policy, reason.statement)
            elif kind == "resource" and self.policies.resource is not None:
                yield _place("ResourcePolicy", kind, self.policies.resource, reason.statement)

    def _missing(self, request: Request) -> Iterator[str]:
        """Keys that the statements on this action name and the context has not, each once."""
        seen = set(request.keys)
        for policy in self.policies.documents:
            for statement in policy.statements:
                compiled = CompiledStatement("", statement, policy.document)
                if not compiled.action_fits(request.action_key):
                    continue
                for key, needed in _named_keys(statement, variables=policy.document.variables):
                    if needed and key.lower() not in seen:
                        seen.add(key.lower())
                        yield key


def context_keys(policy: Policy) -> list[str]:
    """The keys that a policy names in conditions and variables, as it writes them, each once."""
    found: dict[str, str] = {}
    for statement in policy.statements:
        for key, _ in _named_keys(statement, variables=policy.document.variables):
            found.setdefault(key.lower(), key)
    return list(found.values())


def strictest(decisions: Iterable[str]) -> str:
    """The most restrictive of several decisions."""
    return min(decisions, key=_STRICTEST.index)


def named_policies(found: Iterable[tuple[Source, str]]) -> Iterator[tuple[str, Policy]]:
    """An entity's policies with the names that AWS's answers have: `AmazonS3ReadOnlyAccess`, `user_bob_inline`."""
    for source, text in found:
        yield source.name if source.arn is not None else f"{source.holder.replace('/', '_')}_{source.name}", _read(text)


def _read(text: str) -> Policy:
    try:
        return parsed(text)
    except IamfaError as error:
        raise ApiError("PolicyEvaluation", f"A policy cannot be read: {error.message}", 500, hint=error.hint) from error


def _left_to(account: str) -> Policy:
    """What stands for a resource's own policy that nobody gave: it leaves the decision to the account's policies."""
    return Policy.from_document(
        {"Statement": {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", "Resource": "*"}}
    )


def _documents(policies: Iterable[Policy]) -> list[Any]:
    return [policy.document for policy in policies]


def _alone(policies: list[Policy], request: Request) -> str:
    """What these policies by themselves say."""
    reasons = reasons_alone({f"{i}": policy.document for i, policy in enumerate(policies)}, request)
    matched = {reason.effect for reason in reasons if reason.matched}
    return EXPLICIT if "Deny" in matched else ALLOWED if "Allow" in matched else IMPLICIT


def _place(name: str, kind: str, policy: Policy, statement: Statement) -> Detail:
    """A statement as AWS points at it: from behind its opening bracket to behind its closing one (its samples)."""
    start = policy.source.position(statement.span.start + 1)
    end = policy.source.position(statement.span.end)
    return {
        "SourcePolicyId": name,
        "SourcePolicyType": _SOURCES[kind],
        "StartPosition": {"Line": start[0], "Column": start[1]},
        "EndPosition": {"Line": end[0], "Column": end[1]},
    }


def _named_keys(statement: Statement, *, variables: bool) -> Iterator[tuple[str, bool]]:
    """The keys that a statement names, and whether something is missing without the key."""
    resources = statement.resource.values if statement.resource is not None else ()
    for value in resources:
        yield from _variables(value, Template.of_resource(value.text, variables=variables))
    for condition in statement.conditions:
        yield condition.key.text, True
        for value in condition.values:
            yield from _variables(value, Template.parse(value.text, variables=variables))


def _variables(value: Value, template: Template) -> Iterator[tuple[str, bool]]:
    """The keys of a value's variables, spelt as the value has them."""
    lower = value.text.lower()
    for part in template.parts:
        if isinstance(part, Variable):
            at = lower.find(part.key)
            yield value.text[at : at + len(part.key)] if at >= 0 else part.key, part.default is None
