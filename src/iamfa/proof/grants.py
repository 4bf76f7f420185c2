"""A bundle as a formula: what must hold of a request so that all policies together allow it.

The order is that of `evaluate.decide`, and so AWS's (reference_policies_evaluation-logic_policy-eval-denyallow and
_cross-account). `possible` counts what AWS does not document as allowing: what is proved so holds either way. Labels
are those of a certificate (docs/formats.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from iamfa.evaluate.principal import Naming, PrincipalKind
from iamfa.policy.bundle import Bundle, PolicyLike, document_of
from iamfa.policy.glob import tokens_of
from iamfa.policy.grammar import RCP_SERVICES
from iamfa.proof.formula import ACTION, RESOURCE, Formula, all_of, one_of
from iamfa.proof.pattern import Pattern, within_colons
from iamfa.proof.situation import Situation
from iamfa.proof.statements import Clause, text_literal

Clauses = tuple[Clause, ...]
_WITH_IDENTITY_ONLY = frozenset({PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.SESSION})

TRUST_ACTIONS = (
    "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:setsourceidentity",
    "sts:setcontext",
)  # fmt: skip
"""What a role's trust policy must grant by itself, as `sts:TagSession` but on a federated user (docs/semantics.md,
section 11)."""


def _literal(*texts: str) -> tuple[Pattern, ...]:
    return tuple(Pattern((text,)) for text in texts)


def _globs(*texts: str) -> tuple[Pattern, ...]:
    return tuple(Pattern(tokens_of(text)) for text in texts)


@dataclass(frozen=True)
class Grants:
    """A bundle, its statements compiled once for all cases of a proof."""

    bundle: Bundle
    cross_colons: bool = True
    prefix: str = ""
    """What the names of statements begin with, where two bundles are compared: `a.` or `b.`."""

    @cached_property
    def identity(self) -> Clauses:
        """The statements of all identity-based policies."""
        return tuple(c for i, p in enumerate(self.bundle.identity) for c in self._clauses(f"identity[{i}]", p))

    @cached_property
    def boundary(self) -> Clauses | None:
        """The statements of the permissions boundary, None where none is set."""
        return self._clauses("boundary", self.bundle.boundary) if self.bundle.boundary is not None else None

    @cached_property
    def session(self) -> Clauses | None:
        """The statements of the session policies, None where none was passed."""
        if self.bundle.session is None:
            return None
        return tuple(c for i, p in enumerate(self.bundle.session) for c in self._clauses(f"session[{i}]", p))

    @cached_property
    def scps(self) -> tuple[Clauses, ...]:
        """The statements of the service control policies, level by level."""
        return self._levels("scp", self.bundle.scps)

    @cached_property
    def rcps(self) -> tuple[Clauses, ...]:
        """The statements of the resource control policies, level by level."""
        return self._levels("rcp", self.bundle.rcps)

    @cached_property
    def resource(self) -> Clauses:
        """The statements of the resource's own policy."""
        return self._clauses("resource", self.bundle.resource) if self.bundle.resource is not None else ()

    @cached_property
    def everything(self) -> Clauses:
        """All statements."""
        levels = (*self.scps, *self.rcps)
        named = (*self.identity, *(self.boundary or ()), *(self.session or ()), *self.resource)
        return (*named, *(clause for level in levels for clause in level))

    @property
    def variable_keys(self) -> frozenset[str]:
        """The keys that stand in policy variables."""
        return frozenset[str]().union(*(clause.variable_keys for clause in self.everything))

    def _clauses(self, layer: str, policy: PolicyLike) -> Clauses:
        document = document_of(policy)
        return tuple(
            Clause(self.prefix + layer, statement, document, cross_colons=self.cross_colons)
            for statement in document.statements
        )

    def _levels(self, kind: str, levels: Sequence[Sequence[PolicyLike]] | None) -> tuple[Clauses, ...]:
        return tuple(
            tuple(c for i, policy in enumerate(level) for c in self._clauses(f"{kind}[{n}][{i}]", policy))
            for n, level in enumerate(levels or ())
        )

    def allowed(self, situation: Situation, *, possible: bool) -> Formula:
        """The bundle allows the request of this requester, who is a user, a role or a session of one."""
        who = situation.principal
        assert who is not None and who.kind in _WITH_IDENTITY_ONLY
        bound_by_scps = self.scps if not who.service_linked else ()
        bound_by_rcps = self.rcps if not who.service_linked else ()

        parts: list[tuple[str, Formula]] = []
        denying = [*self.identity, *(self.boundary or ()), *(self.session or ()), *self.resource]
        for clause in (*denying, *(c for level in bound_by_scps for c in level)):
            if clause.denies:
                parts.append(("not " + clause.name, clause.refused(situation, possible=possible)))
        for n, level in enumerate(bound_by_scps):
            parts.append((f"scp[{n}]", _granting(f"scp[{n}]", level, situation, possible)))
        for n, level in enumerate(bound_by_rcps):
            for clause in level:
                if clause.denies:
                    refused = clause.refused(situation, possible=possible)
                    either = one_of(f"rcp not {clause.name}", [("refused", refused), _no_rcp()])
                    parts.append(("not " + clause.name, either))
            granted = _granting(f"rcp[{n}] granted", level, situation, possible)
            parts.append((f"rcp[{n}]", one_of(f"rcp[{n}]", [("granted", granted), _no_rcp()])))
        parts.append(("grant", self._granted(situation, possible)))
        return all_of("allowed", parts)

    def _granted(self, situation: Situation, possible: bool) -> Formula:
        who = situation.principal
        assert who is not None
        within: list[tuple[str, Formula]] = []
        if self.boundary is not None:
            within.append(("boundary", _granting("boundary", self.boundary, situation, possible)))
        if self.session is not None:
            within.append(("session", _granting("session", self.session, situation, possible)))
        by_identity = [("identity", _granting("identity", self.identity, situation, possible)), *within]
        if self.bundle.resource_account not in (None, who.account):
            named = self._named(Naming.ACCOUNT, situation, possible)
            return all_of("grant", [("account", named), *by_identity, ("partition", _same_partition(who.partition))])
        # A role's trust or a key's policy that was not read may leave the decision to the account's own policies.
        guarded = [] if possible and self.bundle.resource is None else [("needs-none", _needs_none())]
        ways = [
            ("identity", all_of("by identity", [*guarded, *by_identity])),
            (
                "account",
                all_of("by account", [("named", self._named(Naming.ACCOUNT, situation, possible)), *by_identity]),
            ),
            ("limited", all_of("by role", [("named", self._named(Naming.LIMITED, situation, possible)), *within])),
            ("direct", self._named(Naming.DIRECT, situation, possible)),
        ]
        return one_of("grant", ways)

    def _named(self, level: Naming, situation: Situation, possible: bool) -> Formula:
        """A statement of the resource's own policy grants to a naming at least so close."""
        named = []
        for clause in self.resource:
            surely, possibly = clause.names(situation)
            if not clause.denies and (possibly if possible else surely) >= level:
                named.append((clause.name, clause.fits_whoever_asks(situation)))
        return one_of(f"named-{level.name.lower()}", named)

    def permits(self, clauses: Clauses, situation: Situation, *, possible: bool) -> Formula:
        """These statements by themselves permit the request: an Allow fits and no Deny does."""
        parts = [("not " + c.name, c.refused(situation, possible=possible)) for c in clauses if c.denies]
        allows = [(c.name, c.fits(situation, possible=possible)) for c in clauses if not c.denies]
        return all_of("permits", [*parts, ("allow", one_of(self.prefix + "allow", allows))])

    def permits_not(self, clauses: Clauses, situation: Situation, *, possible: bool) -> Formula:
        """These statements by themselves do not permit the request: a Deny fits, or no Allow does."""
        denies = [(c.name, c.fits(situation, possible=possible)) for c in clauses if c.denies]
        ungranted = [("not " + c.name, c.refused(situation, possible=possible)) for c in clauses if not c.denies]
        return one_of(
            self.prefix + "not",
            [("denied", one_of(self.prefix + "deny", denies)), ("ungranted", all_of("ungranted", ungranted))],
        )


def _granting(label: str, clauses: Iterable[Clause], situation: Situation, possible: bool) -> Formula:
    return one_of(label, ((c.name, c.fits(situation, possible=possible)) for c in clauses if not c.denies))


def _no_rcp() -> tuple[str, Formula]:
    services = tuple(Pattern((service + ":", *tokens_of("*"))) for service in sorted(RCP_SERVICES))
    return "not-rcp", one_of(
        "not-rcp",
        [
            ("service", text_literal(ACTION, services, must=False)),
            ("retire", text_literal(ACTION, _literal("kms:retiregrant"), must=True)),
        ],
    )


_FEDERATED_USERS = within_colons(
    [("arn",), tokens_of("*"), ("sts",), tokens_of("*"), tokens_of("*"), tokens_of("federated-user/*")]
)


def _needs_none() -> Formula:
    """Neither a role's trust nor a key's policy has to grant."""
    no_key = one_of(
        "no-kms-key",
        [
            ("action", text_literal(ACTION, _globs("kms:*"), must=False)),
            ("resource", text_literal(RESOURCE, _globs("*:key/*", "key/*"), must=False)),
        ],
    )
    no_role = one_of(
        "no-role-tagged",
        [
            ("action", text_literal(ACTION, _literal("sts:tagsession"), must=False)),
            ("resource", text_literal(RESOURCE, (_FEDERATED_USERS,), must=True)),
        ],
    )
    trust = text_literal(ACTION, _literal(*TRUST_ACTIONS), must=False)
    return all_of("needs-none", [("trust", trust), ("no-role-tagged", no_role), ("no-kms-key", no_key)])


def _same_partition(partition: str) -> Formula:
    other_form = within_colons([("arn",), tokens_of("*"), tokens_of("*")])
    form = Pattern((*other_form.tokens[:-1], *tokens_of("*")))
    return one_of(
        "partition",
        [
            ("form", text_literal(RESOURCE, (form,), must=False)),
            ("same", text_literal(RESOURCE, _globs(f"arn:{partition}:*"), must=True)),
        ],
    )
