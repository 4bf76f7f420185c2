"""Without MFA more is allowed than with it: an effect, an element or a condition stands for its opposite."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CREATE, ENABLE, ENROLMENT_NEEDS, UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.advise.situation import MFA_KEYS
from iamfa.advise.wording import asked_with
from iamfa.evaluate.credential import WITH_MFA, WITHOUT_MFA
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Condition, Statement
from iamfa.policy.edit import rename_element, replace_operator, set_effect
from iamfa.policy.operators import Family, parse_operator


def _find(case: Case) -> Iterator[Finding]:
    if not case.mfa_statements:
        return
    found = _more_without(case) or _nothing_with(case) or _list_turned(case)
    if found is not None:
        yield found


def _more_without(case: Case) -> Finding | None:
    """Something that is allowed without MFA and not with it."""
    for bundle in (case.everything, case.alone):
        for action in filter(case.asks_about, case.actions):
            for target in case.targets(action):
                without = next((c for c in WITHOUT_MFA if _allows(case, bundle, action, target.arn, c)), None)
                if without is None or any(_allows(case, bundle, action, target.arn, c) for c in WITH_MFA):
                    continue
                statement = _cause(case, bundle, action, target.arn, without)
                if statement is None:
                    continue
                shown = "everything outside the list" if action == UNHEARD_OF else action
                return RULE.found(
                    Severity.ERROR,
                    f"turned round: {shown} is allowed without MFA and denied with it",
                    params={"action": None if action == UNHEARD_OF else action},
                    statement=statement,
                    span=_condition(statement).span,
                    reason="holds for whoever did not show MFA"
                    if statement.effect == "Allow"
                    else "holds for whoever showed MFA",
                    witness=Witness(case.request(action, target.arn, without), without),
                    repair=_repair(case, statement),
                )
    return None


def _nothing_with(case: Case) -> Finding | None:
    """A forcing Deny with an MFA condition that a session with MFA fulfils as well."""
    if not case.forced_kinds or any(_allows_unheard(case, c) for c in WITH_MFA):
        return None
    resource = case.targets(UNHEARD_OF)[0].arn
    deciding = case.verdict(case.everything, UNHEARD_OF, resource, WITH_MFA[0]).deciding
    statements = [r.statement for r in deciding if r.statement in case.mfa_statements]
    if not statements or len(statements) != len(deciding):
        return None
    statement = statements[0]
    return RULE.found(
        Severity.ERROR,
        "turned round: a session with MFA is denied everything outside the list, too",
        params={"action": None},
        statement=statement,
        span=_condition(statement).span,
        reason="holds with MFA as well",
        witness=Witness(case.request(UNHEARD_OF, resource, WITH_MFA[0]), WITH_MFA[0]),
        repair=_repair(case, statement),
    )


def _list_turned(case: Case) -> Finding | None:
    """A Deny without MFA of just what an enrolment needs: `Action` stands where `NotAction` was meant."""
    if case.forces:
        return None
    needed = {a.lower() for a in ENROLMENT_NEEDS}
    for statement in case.mfa_statements:
        names = {v.text.lower() for v in statement.action.values}
        if (
            statement.effect == "Deny"
            and not statement.action.negated
            and names <= needed
            and {CREATE.lower(), ENABLE.lower()} & names
            and len(names) > 2
            and any(case.verdict(case.everything, ENABLE, case.subject.user_arn, c).decision == "explicit_deny"
                    for c in WITHOUT_MFA)
        ):  # fmt: skip
            return RULE.found(
                Severity.ERROR,
                "turned round: without MFA just what an enrolment needs is denied, and everything else passes",
                params={"action": ENABLE},
                statement=statement,
                span=statement.action.key_span,
                reason="`NotAction` was meant: deny everything but these",
                witness=Witness(case.request(ENABLE, case.subject.user_arn, "long-term-key"), "long-term-key"),
                repair=Repair(
                    "deny everything but these: NotAction", tuple(rename_element(statement.action, "NotAction"))
                ),
            )
    return None


def _allows(case: Case, bundle: Bundle, action: str, resource: str, credential: str) -> bool:
    return case.verdict(bundle, action, resource, credential).decision == "allowed"


def _allows_unheard(case: Case, credential: str) -> bool:
    return any(_allows(case, case.everything, UNHEARD_OF, t.arn, credential) for t in case.targets(UNHEARD_OF))


def _cause(case: Case, bundle: Bundle, action: str, resource: str, without: str) -> Statement | None:
    """The file's statement that denies with MFA, or that grants without, and that names an MFA key."""
    for credential in (*WITH_MFA, without):
        effect = "Deny" if credential in WITH_MFA else "Allow"
        for reason in case.verdict(bundle, action, resource, credential).reasons:
            if reason.matched and reason.effect == effect and reason.statement in case.mfa_statements:
                return reason.statement
    return None


def _condition(statement: Statement) -> Condition:
    return next(c for c in statement.conditions if c.key.text.lower() in MFA_KEYS)


def _repair(case: Case, statement: Statement) -> Repair | None:
    condition = _condition(statement)
    operator = parse_operator(condition.operator.text).operator
    deny = statement.effect == "Deny"
    if not deny and statement.action.negated:
        return Repair("deny instead of allowing", tuple(set_effect(statement, "Deny")))
    values = {v.text.lower() for v in condition.values}
    present = condition.key.text.lower() == "aws:multifactorauthpresent"
    if operator.family is Family.NULL and not present and len(condition.values) == 1:
        other = "false" if values == {"true"} else "true"
        edits = tuple(asked_with(case.policy, statement, condition, condition.operator.text, other))
        return Repair(f'ask for "{other}"', edits)
    if operator.family in (Family.BOOL, Family.STRING, Family.NULL) and present and values <= {"true", "false"}:
        name, value = ("BoolIfExists", "false") if deny else ("Bool", "true")
        edits = tuple(asked_with(case.policy, statement, condition, name, value))
        return Repair(f'ask for "{value}" with {name}', edits)
    if operator.family is Family.NUMERIC:
        name = "NumericGreaterThanIfExists" if deny else "NumericLessThan"
        edits = tuple(replace_operator(case.policy, statement, condition, name))
        return Repair(f"compare the other way round: {name}", edits)
    return None


RULE = Rule(
    "mfa-turned-round",
    "error",
    "without MFA more is allowed than with it, or a session with MFA is denied everything",
    _find,
)
