"""MFA is demanded by grants alone: it holds while nothing else grants.

An Allow elsewhere adds to what this file grants, and nothing here denies (AWS's page
reference_policies_evaluation-logic_policy-eval-denyallow: only an explicit Deny overrides every Allow, and a resource's
policy that names the user grants by itself, also past a permissions boundary that merely fails to allow).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CREATE, ENABLE, LIST_DEVICES, LIST_VIRTUAL, RESYNC, SESSION_TOKEN, UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.advise.situation import MFA_KEYS, asks_for_mfa
from iamfa.errors import EditError, PolicyError
from iamfa.policy.document import Condition, Element, Statement, Value
from iamfa.policy.edit import apply, insert_statement

_SID = "DenyAllExceptListedIfNoMFA"
_ENROLMENT = (CREATE, ENABLE, LIST_DEVICES, LIST_VIRTUAL, RESYNC, SESSION_TOKEN)


def _find(case: Case) -> Iterator[Finding]:
    if case.file_class != "forces-by-grant" or not case.held_kinds:
        return
    # What another file denies whatever else is attached is no matter of grants any more.
    open_kinds = [c for c in case.held_kinds if c not in case.forced_kinds]
    if not open_kinds:
        return
    statement = next((s for s in case.mfa_statements if s.effect == "Allow"), None)
    asked = statement.conditions if statement is not None else ()
    condition = next((c for c in asked if c.key.text.lower() in MFA_KEYS), None)
    resource = case.targets(UNHEARD_OF)[0].arn
    yield RULE.found(
        Severity.NOTE,
        "MFA is demanded by grants only: it holds while nothing else grants the same without MFA",
        params={"credentials": open_kinds},
        statement=statement,
        span=condition.span if condition is not None else None,
        reason="grants with MFA, and denies nothing without",
        witness=Witness(case.request(UNHEARD_OF, resource, open_kinds[0]), open_kinds[0]),
        notes=_undone_by(case),
        repair=_repair(case) if case.is_identity else None,
    )


def _undone_by(case: Case) -> tuple[str, ...]:
    resource = "a policy of a resource in the same account that names the user, such as a bucket's, undoes it"
    if case.limits_only:
        return (f"{resource}, for it grants past what merely fails to allow",)
    return (
        "any other policy of the user or of one of his groups that allows without asking for MFA undoes it",
        f"{resource}, too",
        "an explicit Deny without MFA holds whatever else is attached",
    )


def _repair(case: Case) -> Repair | None:
    """Append a Deny of everything but what the file grants without MFA and what an enrolment needs."""
    exempt = _granted_without(case)
    if exempt is None:
        return None
    listed = dict.fromkeys((*_ENROLMENT, *exempt))
    present = Condition(Value("BoolIfExists"), Value("aws:MultiFactorAuthPresent"), (Value("false"),))
    deny = Statement(
        len(case.policy.statements),
        "Deny",
        Element("NotAction", tuple(Value(action) for action in sorted(listed))),
        Element("Resource", (Value("*"),)),
        conditions=(present,),
        sid=_SID if all(s.sid != _SID for s in case.policy.statements) else None,
    )
    try:
        edits = insert_statement(case.policy, len(case.policy.statements), deny)
        after = Case(case.policy.with_text(apply(case.policy.source.text, edits)), case.options)
    except (EditError, PolicyError):
        return None
    holds = set(case.held_kinds) <= set(after.forced_kinds) and after.file_class == "forces-by-deny"
    return Repair("deny everything else without MFA", edits) if holds and _keeps(case, after) else None


def _granted_without(case: Case) -> list[str] | None:
    """The entries by which Allows grant that do not ask for MFA; None where one of them leaves the actions open."""
    found: list[str] = []
    for statement in case.policy.statements:
        if statement.effect == "Allow" and not asks_for_mfa(statement):
            if statement.action.negated or any(v.text == "*" for v in statement.action.values):
                return None
            found += [v.text for v in statement.action.values]
    return found


def _keeps(case: Case, after: Case) -> bool:
    """Whether everything that passed without MFA by this file still passes."""
    return all(
        after.allowed(action, target.arn, credential)
        for action, exempt in case.exempt.items()
        for target in exempt.targets
        for credential in case.held_kinds
        if case.allowed(action, target.arn, credential)
    )


RULE = Rule(
    "forced-by-grant-only",
    "note",
    "only grants demand MFA, which holds while nothing else grants: what would undo it",
    _find,
)
