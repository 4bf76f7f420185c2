"""As a service control policy a Deny without MFA also stops every role and every federated session.

Service control policies bear on users and roles alike (AWS's page orgs_manage_policies_scps); a role's session carries
`aws:MultiFactorAuthPresent` "false", a federated one not at all. AWS's own policies name users by `aws:PrincipalArn`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.changes import edits_between
from iamfa.advise.finding import Finding, Repair, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.advise.sessions import Bearer, role_beside, roles_named_by, under_scp
from iamfa.advise.wording import listed
from iamfa.errors import EditError, PolicyError
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Decision
from iamfa.policy.document import Document, Element, Kind, Statement, Value
from iamfa.policy.edit import add_condition, apply
from iamfa.policy.policy import Policy
from iamfa.policy.size import QUOTAS, size

USERS = "arn:*:iam::*:user/*"
_KEY = "aws:PrincipalArn"
_OPERATORS = ("ArnLike", "StringLike", "ArnEquals")
_TAG = "aws:principaltag/"


def _find(case: Case) -> Iterator[Finding]:
    if case.kind is not Kind.SCP or not any(s.effect == "Deny" for s in case.mfa_statements):
        return
    roles = next((found for bearer in _bearers(case) if (found := _Roles(case, bearer)).stopped), None)
    if roles is None:
        return
    statements = roles.statements()
    named = roles.bearer != role_beside(case.subject)
    # A Deny that names roles is about them: confined to users it would be about nobody.
    repair, too_large = (None, False) if named else _repair(case, statements)
    (action, resource), present = next(iter(roles.stopped.items()))
    what = "everything outside the list" if action == UNHEARD_OF else listed(sorted({a for a, _ in roles.stopped}))
    who = "every session of a role and every federated session"
    if named:
        who = f"every session of {roles.bearer.words}"
    if roles.by_tag:
        who = f"{who} that does not bear the exempted tag"
    yield RULE.found(
        Severity.NOTE if roles.by_tag else Severity.WARNING,
        f"as a service control policy this also stops {who}: {what} is denied, for they never carry MFA",
        params={
            "kinds": [roles.bearer.credential(p) for p in present],
            "action": None if action == UNHEARD_OF else action,
        },
        statement=statements[0] if statements else None,
        span=statements[0].action.key_span if statements else None,
        reason="holds for roles as well as for users",
        witness=Witness(roles.request(action, resource, present[0]), roles.bearer.credential(present[0])),
        notes=(
            *(("confining it to users would make it larger than a service control policy may be",) * too_large),
            "the management account, its users too, stays unprotected: no service control policy bears on it",
        ),
        repair=repair,
    )


def _bearers(case: Case) -> tuple[Bearer, ...]:
    return (role_beside(case.subject), *roles_named_by(case.mfa_statements, case.subject))


class _Roles:
    """What a role of the account is denied for want of MFA, that it would not be denied with MFA."""

    def __init__(self, case: Case, bearer: Bearer) -> None:
        self._case = case
        self.bearer = bearer
        self._decider = under_scp(case.policy.document, case.options.assumptions)
        self._tags = frozenset(
            key
            for s in case.policy.statements
            for key in (c.key.text.lower() for c in s.conditions)
            if key.startswith(_TAG)
        )
        self._context = {k: v for k, v in case.sets.context.items() if k.lower() not in self._tags}
        self.by_tag = False
        self.stopped = self._found()

    def _found(self) -> dict[tuple[str, str], tuple[str | None, ...]]:
        """(action, resource) -> the MFA values with which it is denied; by the unheard-of action where that is."""
        everything = [(UNHEARD_OF, t.arn) for t in self._case.targets(UNHEARD_OF)]
        for asked in (everything, list(self._case.sets.protected)):
            found = {key: self._denied(*key, untold=True) for key in asked}
            found = {key: present for key, present in found.items() if present}
            if not found and self._tags:
                found = {key: self._denied(*key, untold=False) for key in asked}
                found = {key: present for key, present in found.items() if present}
                self.by_tag = bool(found)
            if found:
                return found
        return {}

    def _denied(self, action: str, resource: str, *, untold: bool) -> tuple[str | None, ...]:
        if self._asked(action, resource, "true", untold=False) != "allowed":
            return ()
        kinds = self.bearer.present
        return tuple(p for p in kinds if self._asked(action, resource, p, untold=untold) == "explicit_deny")

    def _asked(self, action: str, resource: str, present: str | None, *, untold: bool) -> Decision:
        return self._decider.decide(self.request(action, resource, present, untold=untold)).decision

    def request(self, action: str, resource: str, present: str | None, *, untold: bool = False) -> Request:
        """The role's request; with *untold* his tags may be any."""
        tags = self._tags if untold else frozenset[str]()
        return self.bearer.request(action, resource, present, self._context, unspecified=tags)

    def statements(self) -> list[Statement]:
        """The file's Denies that bear on the role for want of MFA, whatever it asks for."""
        return [s for s in self._case.mfa_statements if s.effect == "Deny" and self._bears(s)]

    def _bears(self, statement: Statement) -> bool:
        action, resource = (Element(name, (Value("*"),)) for name in ("Action", "Resource"))
        bare = replace(statement, action=action, resource=resource)
        version = self._case.policy.document.version
        decider = under_scp(Document((bare,), version), self._case.options.assumptions)
        arn = self._case.targets(UNHEARD_OF)[0].arn

        def denied(present: str | None) -> bool:
            return decider.decide(self.request(UNHEARD_OF, arn, present)).decision == "explicit_deny"

        return any(denied(present) for present in self.bearer.present) and not denied("true")


def _repair(case: Case, statements: Sequence[Statement]) -> tuple[Repair | None, bool]:
    """Confine the Denies to users, if then roles pass, users are stopped as before and the text is not too large."""
    after = _confined(case, statements)
    if after is None or _Roles(after, role_beside(case.subject)).stopped or not _as_before(case, after):
        return None, False
    if size(after.policy, Kind.SCP) > QUOTAS[Kind.SCP].characters:
        return None, True
    edits = edits_between(case.policy.source.text, after.policy.source.text)
    return Repair(f"confine it to users: ArnLike aws:PrincipalArn {USERS}", edits), False


def _confined(case: Case, statements: Sequence[Statement]) -> Case | None:
    policy: Policy = case.policy
    try:
        for index in [s.index for s in statements]:
            statement = policy.statements[index]
            taken = {c.operator.text for c in statement.conditions if c.key.text.lower() == _KEY.lower()}
            operator = next((o for o in _OPERATORS if o not in taken), None)
            if operator is None:
                return None
            edits = add_condition(policy, statement, operator, _KEY, [USERS])
            policy = policy.with_text(apply(policy.source.text, edits))
    except (EditError, PolicyError):
        return None
    return Case(policy, case.options)


def _as_before(case: Case, after: Case) -> bool:
    if case.is_deny_class:
        return after.forced_kinds == case.forced_kinds
    return dict(after.sets.protected) == dict(case.sets.protected)


RULE = Rule(
    "scp-stops-roles",
    "warning, note where a tag exempts",
    "as a service control policy the Deny also stops every role and federated session",
    _find,
)
