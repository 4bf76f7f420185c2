"""The formula that a proof shows to have no solution, built anew from the documents: And, Or, and literals.

Every literal is about one variable: the action, the resource, or one context key. AWS answers some tests with neither
yes nor no; a literal that must hold is satisfied by yes and unknown, one that must not hold by no and unknown, so that
the proof covers the unknown as well. The order of evaluation is AWS's (pages
reference_policies_evaluation-logic_policy-eval-denyallow and _cross-account of the IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iamfa.arn import completed_pattern
from iamfa.evaluate.match import CompiledStatement
from iamfa.evaluate.principal import Named, Naming
from iamfa.policy.bundle import Bundle, PolicyLike, document_of
from iamfa.policy.document import Document, Element, Statement
from iamfa.policy.glob import Wild, ascii_lower
from iamfa.policy.grammar import RCP_SERVICES
from iamfa.policy.variables import Template, Variable
from iamfa.proof.checker_case import Case
from iamfa.proof.checker_principals import names_any_user
from iamfa.proof.checker_texts import Letter, Pattern, Piece

ACTION: Final = "action"
RESOURCE: Final = "resource"


@dataclass(frozen=True, slots=True)
class InPatterns:
    """About the action or the resource: it fits one of the patterns, or none."""

    variable: str
    patterns: tuple[Pattern, ...]
    holds: bool


@dataclass(frozen=True, slots=True)
class OnKey:
    """About a context key: a condition holds, or does not."""

    variable: str
    """`key` and the key's name in lower case."""
    key: str
    operator: str
    values: tuple[str, ...]
    variables: bool
    """Whether `${…}` is replaced in the values."""
    holds: bool


Literal = InPatterns | OnKey


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    all_of: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """One of these, each under its name."""

    label: str
    parts: tuple[tuple[str, Formula], ...] = ()


Formula = And | Or | InPatterns | OnKey

TRUE: Final = And()
FALSE: Final = Or("nothing")


def both(*parts: Formula) -> Formula:
    """All of these; false as soon as one is false by its build."""
    if FALSE in parts:
        return FALSE
    return And(tuple(part for part in parts if part != TRUE))


def one_of(label: str, parts: Iterable[tuple[str, Formula]]) -> Formula:
    """One of these, without those that are false by their build."""
    found = tuple((name, part) for name, part in parts if part != FALSE)
    return Or(label, found) if found else FALSE


def pattern_of(template: Template, case: Case) -> Pattern | None:
    """The pattern of a template in a case; None where a variable has neither a value nor a default."""
    pieces: list[str | Piece | Letter] = []
    for part in template.parts:
        if isinstance(part, Wild):
            pieces.append(Piece.STAR if part is Wild.STAR else Piece.ONE)
        elif isinstance(part, Variable):
            value = case.value_of(part)
            if value is None:
                return None
            pieces.extend(value if isinstance(value, str) else (value,))
        else:
            pieces.extend(part)
    return tuple(pieces)


def patterns_of_text(texts: Iterable[str]) -> tuple[Pattern, ...]:
    """Plain patterns in which `*` and `?` are wildcards and nothing else is special."""
    found = (pattern_of(Template.parse(text, variables=False), Case(None, None)) for text in texts)
    return tuple(pattern for pattern in found if pattern is not None)


def action_is(texts: Iterable[str], holds: bool) -> InPatterns:
    """The action fits one of the patterns, or none; actions differ in case freely."""
    return InPatterns(ACTION, patterns_of_text(map(ascii_lower, texts)), holds)


def resource_is(texts: Iterable[str], holds: bool) -> InPatterns:
    """The resource fits one of the patterns, or none."""
    return InPatterns(RESOURCE, patterns_of_text(texts), holds)


_ROLE_ACTIONS: Final = (
    "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:SetSourceIdentity",
    "sts:SetContext",
)  # fmt: skip
"""Only a role's trust policy opens the door to these (access_policies-cross-account-resource-access), and to
`sts:TagSession` where it is no federated user that is tagged (list_sts, GetFederationToken)."""

_FEDERATED_USERS: Final[Pattern] = (
    *"arn:", Piece.STAR_OF_PART, *":sts:", Piece.STAR_OF_PART, ":", Piece.STAR_OF_PART, *":federated-user/", Piece.STAR,
)  # fmt: skip

_RCP_REACHES_NOT: Final = one_of(
    "not-rcp",
    (
        ("service", action_is([f"{service}:*" for service in sorted(RCP_SERVICES)], holds=False)),
        ("retire", action_is(["kms:RetireGrant"], holds=True)),
    ),
)
"""Requests that resource control policies do not bear on (orgs_manage_policies_rcps)."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement under the name that proofs give it."""

    name: str
    statement: Statement
    document: Document

    @property
    def denies(self) -> bool:
        return self.statement.effect == "Deny"


def placed(label: str, policy: PolicyLike) -> tuple[Placed, ...]:
    """The statements of one policy: `identity[0]` has `identity[0][0]`, `identity[0][1]`, …"""
    document = document_of(policy)
    return tuple(Placed(f"{label}[{at}]", each, document) for at, each in enumerate(document.statements))


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns statements into formulas in one case."""

    case: Case
    boundary: bool = False
    """Whether the requester has a permissions boundary; a NotPrincipal then always denies him."""

    def fits(self, each: Placed) -> Formula:
        """The statement fits, or perhaps does."""
        if self.named(each).possibly is Naming.NOT:
            return FALSE
        return self.fits_apart_from_principal(each)

    def fits_apart_from_principal(self, each: Placed) -> Formula:
        """The statement fits whoever asks, or perhaps does."""
        return both(*(part for _, part in self._parts(each, holds=True)))

    def refused(self, each: Placed) -> Formula:
        """The statement does not fit, or perhaps does not."""
        found = list(self._parts(each, holds=False))
        if each.statement.principal is not None and self.named(each).surely is Naming.NOT:
            found.insert(0, ("principal", TRUE))
        return one_of(f"not {each.name}", found)

    def named(self, each: Placed) -> Named:
        """How closely the statement names the requester."""
        if each.statement.principal is None or self.case.principal is None:
            return Named(Naming.DIRECT, Naming.DIRECT)
        if self.case.any_user:
            return names_any_user(each.statement, boundary=self.boundary)
        compiled = CompiledStatement(each.name, each.statement, each.document)
        return compiled.names(self.case.principal, None, boundary=self.boundary)

    def _parts(self, each: Placed, *, holds: bool) -> Iterator[tuple[str, Formula]]:
        statement = each.statement
        negated = statement.action.negated
        yield "action", action_is((value.text for value in statement.action.values), holds is not negated)
        if statement.resource is not None:
            patterns = self._resources(statement.resource, each.document)
            yield "resource", InPatterns(RESOURCE, patterns, holds is not statement.resource.negated)
        for number, condition in enumerate(statement.conditions):
            key = condition.key.text.lower()
            yield (
                f"condition[{number}]",
                OnKey(
                    f"key {key}",
                    key,
                    condition.operator.text,
                    tuple(value.text for value in condition.values),
                    each.document.variables,
                    holds,
                ),
            )

    def _resources(self, element: Element, document: Document) -> tuple[Pattern, ...]:
        templates = (
            Template.of_resource(completed_pattern(value.text), variables=document.variables)
            for value in element.values
        )
        found = (pattern_of(template, self.case) for template in templates)
        return tuple(pattern for pattern in found if pattern is not None)

    def some_allow(self, label: str, statements: Iterable[Placed]) -> Formula:
        """One Allow of these fits."""
        return one_of(label, ((each.name, self.fits(each)) for each in statements if not each.denies))


def allowed_by(bundle: Bundle, case: Case) -> Formula:
    """The bundle allows, or perhaps does."""
    reader = Reader(case, bundle.boundary is not None)
    identity = [each for i, policy in enumerate(bundle.identity) for each in placed(f"identity[{i}]", policy)]
    boundary = placed("boundary", bundle.boundary) if bundle.boundary is not None else None
    session = (
        None
        if bundle.session is None
        else [each for i, policy in enumerate(bundle.session) for each in placed(f"session[{i}]", policy)]
    )
    resource = placed("resource", bundle.resource) if bundle.resource is not None else ()
    scps, rcps = (
        [
            [each for i, policy in enumerate(level) for each in placed(f"{kind}[{n}][{i}]", policy)]
            for n, level in enumerate(levels or ())
        ]
        for kind, levels in (("scp", bundle.scps), ("rcp", bundle.rcps))
    )
    own = [*identity, *(boundary or ()), *(session or ()), *resource, *(each for level in scps for each in level)]
    parts = [reader.refused(each) for each in own if each.denies]
    parts += [
        one_of(f"rcp not {each.name}", [("refused", reader.refused(each)), ("not-rcp", _RCP_REACHES_NOT)])
        for level in rcps
        for each in level
        if each.denies
    ]
    parts += [reader.some_allow(f"scp[{n}]", level) for n, level in enumerate(scps)]
    parts += [
        one_of(f"rcp[{n}]", [("granted", reader.some_allow(f"rcp[{n}] granted", level)), ("not-rcp", _RCP_REACHES_NOT)])
        for n, level in enumerate(rcps)
    ]
    within = []
    if boundary is not None:
        within.append(reader.some_allow("boundary", boundary))
    if session is not None:
        within.append(reader.some_allow("session", session))
    parts.append(_grant(reader, bundle, reader.some_allow("identity", identity), within, resource))
    return both(*parts)


def _grant(
    reader: Reader, bundle: Bundle, identity: Formula, within: Sequence[Formula], resource: Sequence[Placed]
) -> Formula:
    """Which policies together may grant."""
    named = {
        level: one_of(
            f"named-{level.name.lower()}",
            (
                (each.name, reader.fits_apart_from_principal(each))
                for each in resource
                if not each.denies and reader.named(each).possibly >= level
            ),
        )
        for level in (Naming.ACCOUNT, Naming.LIMITED, Naming.DIRECT)
    }
    who = reader.case.principal
    if who is not None and bundle.resource_account not in (None, who.account):
        form = resource_is(["arn:*:*"], holds=False)
        same = resource_is([f"arn:{who.partition}:*"], holds=True)
        partition = one_of("partition", [("form", form), ("same", same)])
        return both(named[Naming.ACCOUNT], identity, *within, partition)
    by_identity = both(identity, *within)
    no_key = one_of(
        "no-kms-key",
        [
            ("action", action_is(["kms:*"], holds=False)),
            ("resource", resource_is(["*:key/*", "key/*"], holds=False)),
        ],
    )
    no_role = one_of(
        "no-role-tagged",
        [
            ("action", action_is(["sts:TagSession"], holds=False)),
            ("resource", InPatterns(RESOURCE, (_FEDERATED_USERS,), True)),
        ],
    )
    needs_none = both(action_is(_ROLE_ACTIONS, holds=False), no_role, no_key)
    return one_of(
        "grant",
        [
            # A trust or key policy that is not among these may leave it to the account's own policies.
            ("identity", by_identity if bundle.resource is None else both(needs_none, by_identity)),
            ("account", both(named[Naming.ACCOUNT], by_identity)),
            ("limited", both(named[Naming.LIMITED], *within)),
            ("direct", named[Naming.DIRECT]),
        ],
    )


def permits_more(a: PolicyLike, b: PolicyLike, label: str, case: Case) -> Formula:
    """The document *a* permits, perhaps, what the document *b* perhaps does not."""
    reader = Reader(case)
    first, second = placed(f"a.{label}", a), placed(f"b.{label}", b)
    denied = one_of("b.deny", ((each.name, reader.fits(each)) for each in second if each.denies))
    ungranted = both(*(reader.refused(each) for each in second if not each.denies))
    return both(
        *(reader.refused(each) for each in first if each.denies),
        reader.some_allow("a.allow", first),
        one_of("b.not", [("denied", denied), ("ungranted", ungranted)]),
    )
