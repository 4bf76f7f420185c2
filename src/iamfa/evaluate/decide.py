"""The evaluation logic: all policies of a bundle and one request make one decision.

The order is AWS's (pages reference_policies_evaluation-logic_policy-eval-denyallow and _cross-account): any fitting
Deny decides; then resource control policies and service control policies must allow at every level; then a
resource-based policy may grant directly; otherwise identity-based policies must allow, within boundary and session
policies. Across accounts both sides must allow. What is not known stays unknown: it never turns into a grant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from iamfa.evaluate.explain import reason_of
from iamfa.evaluate.match import CompiledStatement
from iamfa.evaluate.principal import Naming, Principal, PrincipalKind
from iamfa.evaluate.program import Fits, Program, fits_of
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Decision, Explanation, LayerKind, Reason, Verdict, Why
from iamfa.platform import DEFAULTS, Assumptions
from iamfa.policy.bundle import Bundle, PolicyLike, document_of
from iamfa.policy.document import Document
from iamfa.policy.grammar import RCP_SERVICES

_STARS = "resource-star-crosses-colons"
_TRUST_ACTIONS = frozenset(
    {
        "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession",
        "sts:setsourceidentity", "sts:setcontext",
    }
)  # fmt: skip


def decide(request: Request, bundle: Bundle, *, assumptions: Assumptions = DEFAULTS) -> Verdict:
    """Decide one request; ask a `Decider` where there are many.

    Answers what the policies say, apart from `sts:GetCallerIdentity`, which no policy can deny. The decision is
    `allowed`, `explicit_deny`, `implicit_deny`, or `unknown` where AWS's behaviour is not known. Raises
    UnknownOperatorError for a condition operator that is not in the table.
    """
    return Decider(bundle, assumptions=assumptions).decide(request)


@dataclass(frozen=True, slots=True)
class _Outcome:
    decision: Decision
    missing: LayerKind | None = None
    platform: str | None = None


class Decider:
    """A bundle compiled once, asked many times; programs are kept per action, never per request."""

    def __init__(self, bundle: Bundle, *, assumptions: Assumptions = DEFAULTS) -> None:
        self.bundle = bundle
        self.assumptions = assumptions
        cross = assumptions[_STARS] == "yes"

        def compiled(label: str, policy: PolicyLike) -> tuple[CompiledStatement, ...]:
            document = document_of(policy)
            return tuple(CompiledStatement(label, s, document, cross_colons=cross) for s in document.statements)

        self._identity = tuple(s for i, p in enumerate(bundle.identity) for s in compiled(f"identity[{i}]", p))
        self._boundary = compiled("boundary", bundle.boundary) if bundle.boundary is not None else None
        self._scps, self._rcps = (
            None
            if levels is None
            else tuple(
                tuple(s for i, p in enumerate(level) for s in compiled(f"{kind}[{n}][{i}]", p))
                for n, level in enumerate(levels)
            )
            for kind, levels in (("scp", bundle.scps), ("rcp", bundle.rcps))
        )
        self._session = (
            None
            if bundle.session is None
            else tuple(s for i, p in enumerate(bundle.session) for s in compiled(f"session[{i}]", p))
        )
        self._resource = compiled("resource", bundle.resource) if bundle.resource is not None else None
        self._only_identity = (
            bundle.boundary is None
            and bundle.scps is None
            and bundle.rcps is None
            and bundle.session is None
            and bundle.resource is None
            and bundle.resource_account is None
        )
        self._programs: dict[str, Program | None] = {}
        self._other_reading: Decider | None = None

    def decide(self, request: Request) -> Verdict:
        """Decide one request."""
        try:
            program = self._programs[request.action_key]
        except KeyError:
            program = self._prepare(request.action_key)
        if program is None or not request.plain:
            return Verdict(self._evaluate(request).decision, request, self._explain)
        resource = request.resource
        keys = request.keys
        for fits in program.denies:
            found = fits(resource, keys)
            if found:
                return Verdict("explicit_deny", request, self._explain)
            if found is None:
                return Verdict(self._evaluate(request).decision, request, self._explain)
        for fits in program.allows:
            found = fits(resource, keys)
            if found:
                return Verdict("allowed", request, self._explain)
            if found is None:
                return Verdict(self._evaluate(request).decision, request, self._explain)
        return Verdict("implicit_deny", request, self._explain)

    def _prepare(self, action_key: str) -> Program | None:
        """The short way for one action: possible where nothing but identity-based policies bears on it."""
        program: Program | None = None
        if (
            self._only_identity
            and not _needs_resource_policy(action_key, "*")
            and action_key != _CALLER_IDENTITY
            and not action_key.startswith("kms:")
        ):
            denies: list[Fits] = []
            allows: list[Fits] = []
            for statement in self._identity:
                if statement.action_fits(action_key):
                    (denies if statement.statement.effect == "Deny" else allows).append(fits_of(statement))
            program = Program(tuple(denies), tuple(allows))
        if len(self._programs) >= _PROGRAM_LIMIT:
            self._programs.clear()
        self._programs[action_key] = program
        return program

    def _applicable(self, request: Request) -> tuple[tuple[LayerKind, tuple[tuple[CompiledStatement, ...], ...]], ...]:
        """The layers that bear on the request, each as its levels."""
        who = request.principal
        service = request.action_key.partition(":")[0]
        layers: list[tuple[LayerKind, tuple[tuple[CompiledStatement, ...], ...]]] = [("identity", (self._identity,))]
        if self._boundary is not None:
            layers.append(("boundary", (self._boundary,)))
        if self._scps is not None and who.has_identity_policies and not who.service_linked:
            layers.append(("scp", self._scps))
        if (
            self._rcps is not None
            and not who.service_linked
            and service in RCP_SERVICES
            and request.action_key != "kms:retiregrant"
        ):
            layers.append(("rcp", self._rcps))
        if self._session is not None:
            layers.append(("session", (self._session,)))
        if self._resource is not None:
            layers.append(("resource", (self._resource,)))
        return tuple(layers)

    def _evaluate(self, request: Request) -> _Outcome:
        who = request.principal
        if request.action_key == _CALLER_IDENTITY and who.has_identity_policies:
            return _Outcome("allowed", platform="get-caller-identity-always-allowed")
        layers = dict(self._applicable(request))
        denied = _any(
            self._fits(s, request) for levels in layers.values() for level in levels for s in level if _denies(s)
        )
        if denied:
            return _Outcome("explicit_deny")
        allowed, missing = self._granted(request, layers)
        if allowed is False:
            return _Outcome("implicit_deny", missing)
        if allowed is None or denied is None:
            return _Outcome("unknown")
        return _Outcome("allowed")

    def _granted(
        self, request: Request, layers: dict[LayerKind, tuple[tuple[CompiledStatement, ...], ...]]
    ) -> tuple[bool | None, LayerKind | None]:
        """Whether the layers together grant, and the first that fails to."""
        who = request.principal
        steps: list[tuple[LayerKind, bool | None]] = []
        guards: tuple[LayerKind, ...] = ("rcp", "scp")
        for guard in guards:
            if guard in layers:
                steps.append((guard, _all([self._allows(level, request) for level in layers[guard]])))
        named = self._named_by_resource(request, layers.get("resource", ((),))[0])
        same_account = self.bundle.resource_account in (None, who.account)
        if not who.has_identity_policies:
            steps.append(("resource", named[Naming.DIRECT]))
            return _first_missing(steps)
        within: list[tuple[LayerKind, bool | None]] = []
        if who.kind is not PrincipalKind.ROOT:
            if "boundary" in layers:
                within.append(("boundary", self._allows(layers["boundary"][0], request)))
            within.append(("session", self._session_allows(request)))
        by_identity: list[tuple[LayerKind, bool | None]] = [("identity", self._identity_allows(request)), *within]
        if not same_account:
            steps.append(("resource", named[Naming.ACCOUNT] if _same_partition(request) else False))
            return _first_missing([*steps, *by_identity])
        ways = [_all(ok for _, ok in by_identity)]
        needs = _needs_resource_policy(request.action_key, request.resource)
        if needs:
            ways = [_all([named[Naming.ACCOUNT], *ways])]
        ways += [_all([named[Naming.LIMITED], *(ok for _, ok in within)]), named[Naming.DIRECT]]
        granted = _any(ways)
        guarded, missing = _first_missing(steps)
        if guarded is False:
            return False, missing
        if granted is False:
            if needs and named[Naming.ACCOUNT] is False:
                return False, "resource"
            return False, _first_missing(by_identity)[1]
        return _all([guarded, granted]), None

    def _identity_allows(self, request: Request) -> bool | None:
        return True if request.principal.kind is PrincipalKind.ROOT else self._allows(self._identity, request)

    def _session_allows(self, request: Request) -> bool | None:
        if self._session is None:
            return request.principal.kind is not PrincipalKind.FEDERATED_USER
        return self._allows(self._session, request)

    def _allows(self, level: Iterable[CompiledStatement], request: Request) -> bool | None:
        return _any(self._fits(s, request) for s in level if not _denies(s))

    def _named_by_resource(
        self, request: Request, statements: tuple[CompiledStatement, ...]
    ) -> dict[Naming, bool | None]:
        """For each closeness whether the resource-based policy grants to a naming at least that close."""
        found: dict[Naming, list[bool | None]] = {Naming.ACCOUNT: [], Naming.LIMITED: [], Naming.DIRECT: []}
        for statement in statements:
            if _denies(statement):
                continue
            fits = _fits_apart_from_principal(statement, request)
            if fits is False:
                continue
            named = statement.names(request.principal, _user_id(request), boundary=self._boundary is not None)
            for level, answers in found.items():
                if named.surely >= level:
                    answers.append(fits)
                elif named.possibly >= level:
                    answers.append(None)
        return {level: _any(answers) for level, answers in found.items()}

    def _fits(self, statement: CompiledStatement, request: Request) -> bool | None:
        return _fits_requester(statement, request, boundary=self._boundary is not None)

    def _explain(self, request: Request) -> Explanation:
        outcome = self._evaluate(request)
        layers = dict(self._applicable(request))
        reasons: list[Reason] = []
        everything: tuple[tuple[LayerKind, tuple[tuple[CompiledStatement, ...], ...]], ...] = (
            ("identity", (self._identity,)),
            ("boundary", (self._boundary or (),)),
            ("scp", self._scps or ()),
            ("rcp", self._rcps or ()),
            ("session", (self._session or (),)),
            ("resource", (self._resource or (),)),
        )
        for kind, levels in everything:
            for statement in (s for level in levels for s in level):
                if kind not in layers:
                    reasons.append(Reason(statement.label, statement.statement, Why.LAYER_NOT_APPLICABLE))
                    continue
                reasons.append(reason_of(statement, request, boundary=self._boundary is not None))
        reasons.sort(key=lambda r: (r.matched is not True, r.effect != "Deny", r.matched is False))
        return Explanation(
            outcome.decision, tuple(reasons), outcome.missing, outcome.platform, self._hangs_on(request, outcome)
        )

    def _hangs_on(self, request: Request, outcome: _Outcome) -> str | None:
        """The assumption under whose other value the decision would be another."""
        if self._other_reading is None:
            other = "no" if self.assumptions[_STARS] == "yes" else "yes"
            self._other_reading = Decider(self.bundle, assumptions=self.assumptions.with_value(_STARS, other))
        differs = self._other_reading._evaluate(request).decision != outcome.decision
        return _STARS if differs else None


def permits(documents: Iterable[Document], request: Request) -> bool | None:
    """Whether these policies by themselves permit a request: an Allow fits and no Deny does; None: not known.

    No other policy and no rule of AWS's own is asked; who makes the request matters only to a Principal element.
    """
    statements = [CompiledStatement("policy", s, document) for document in documents for s in document.statements]
    denied = _any(_fits_requester(s, request, boundary=False) for s in statements if _denies(s))
    granted = _any(_fits_requester(s, request, boundary=False) for s in statements if not _denies(s))
    return _all([granted, None if denied is None else not denied])


def _fits_requester(statement: CompiledStatement, request: Request, *, boundary: bool) -> bool | None:
    rest = _fits_apart_from_principal(statement, request)
    if rest is False or statement.statement.principal is None:
        return rest
    named = statement.names(request.principal, _user_id(request), boundary=boundary)
    if named.possibly is Naming.NOT:
        return False
    return None if named.surely is Naming.NOT else rest


_PROGRAM_LIMIT = 50_000
_CALLER_IDENTITY = "sts:getcalleridentity"
_TAG_SESSION = "sts:tagsession"
_FEDERATED_USER = "federated-user/"


def _needs_resource_policy(action_key: str, resource: str) -> bool:
    """Whether nothing but the resource's own policy opens the door: roles' trust policies and KMS keys.

    GetFederationToken asks for `sts:TagSession` as well (list_sts); a federated user has no trust policy.
    """
    if action_key == _TAG_SESSION:
        parts = resource.split(":", 5)
        return not (len(parts) == 6 and parts[::2][:2] == ["arn", "sts"] and parts[5].startswith(_FEDERATED_USER))
    return action_key in _TRUST_ACTIONS or (
        action_key.startswith("kms:") and (":key/" in resource or resource.startswith("key/"))
    )


def _same_partition(request: Request) -> bool:
    """Whether requester and resource are of one partition; no policy grants across partitions."""
    parts = request.resource.split(":", 2)
    return parts[0] != "arn" or len(parts) < 3 or parts[1] == request.principal.partition


def _denies(statement: CompiledStatement) -> bool:
    return statement.statement.effect == "Deny"


def _user_id(request: Request) -> str | None:
    value = request.keys.get("aws:userid")
    return value if isinstance(value, str) else None


def _fits_apart_from_principal(statement: CompiledStatement, request: Request) -> bool | None:
    if not statement.action_fits(request.action_key):
        return False
    return _all([statement.resource_fits(request), *(c.holds(request) for c in statement.conditions)])


def _any(answers: Iterable[bool | None]) -> bool | None:
    """Whether one holds (three-valued): True beats unknown beats False."""
    unknown = False
    for answer in answers:
        if answer:
            return True
        unknown = unknown or answer is None
    return None if unknown else False


def _all(answers: Iterable[bool | None]) -> bool | None:
    """Whether all hold (three-valued): False beats unknown beats True."""
    unknown = False
    for answer in answers:
        if answer is False:
            return False
        unknown = unknown or answer is None
    return None if unknown else True


def _first_missing(steps: Iterable[tuple[LayerKind, bool | None]]) -> tuple[bool | None, LayerKind | None]:
    listed = list(steps)
    for kind, ok in listed:
        if ok is False:
            return False, kind
    return _all(ok for _, ok in listed), None


__all__ = ["Decider", "Principal", "decide"]
