"""Without MFA some kind of credential passes a file that means to demand it.

A long-term key carries no `aws:MultiFactorAuthPresent` at all, a password-only console session carries "false": AWS's
page reference_policies_condition-keys, aws:MultiFactorAuthPresent.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case, mfa_conditions_hold
from iamfa.advise.finding import Finding, Repair, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.advise.situation import MFA_KEYS
from iamfa.advise.wording import exempting_entry, kinds_in_words
from iamfa.evaluate.credential import WITH_MFA, WITHOUT_MFA
from iamfa.evaluate.match import action_matches
from iamfa.policy.document import Condition, Statement
from iamfa.policy.edit import Edit, remove_condition, replace_operator
from iamfa.policy.operators import Family, parse_operator


def _find(case: Case) -> Iterator[Finding]:
    if case.forces:
        if case.unforced_kinds:
            yield _passes(case, UNHEARD_OF, case.targets(UNHEARD_OF)[0].arn, case.unforced_kinds)
        yield from _outside_intended(case)
    else:
        yield from _sets(case)


def _passes(case: Case, action: str, resource: str, kinds: tuple[str, ...]) -> Finding:
    culprit = _culprit(case, action, kinds)
    statement, condition = culprit or (None, None)
    seen = "everything outside the list" if action == UNHEARD_OF else f"{action}"
    repair = _repair(case, statement, condition) if statement is not None and condition is not None else None
    return RULE.found(
        Severity.ERROR,
        f"MFA is not enforced: {kinds_in_words(kinds)} passes for {seen}",
        params={"credentials": list(kinds), "action": None if action == UNHEARD_OF else action},
        statement=statement,
        span=condition.span if condition is not None else None,
        reason=_reason(condition, kinds) if condition is not None else None,
        witness=Witness(case.request(action, resource, kinds[0]), kinds[0]),
        repair=repair,
    )


def _outside_intended(case: Case) -> Iterator[Finding]:
    """With I told: what passes although it was not meant to."""
    intended = case.options.expect_exempt
    if intended is None:
        return
    for action, exempt in case.exempt.items():
        if any(action_matches(pattern, action) for pattern in intended):
            continue
        kinds = tuple(c for c in case.held_kinds if not case.stopped(action, exempt.targets[0].arn, c))
        place = exempting_entry(case.policy.statements, action)
        yield RULE.found(
            Severity.ERROR,
            f"{action} passes without MFA and is not among the actions that are meant to",
            params={"credentials": list(kinds or case.held_kinds), "action": action},
            statement=place[0] if place else None,
            span=place[1].span if place else None,
            reason="exempt here" if place else None,
            witness=Witness(case.request(action, exempt.targets[0].arn, case.held_kinds[0]), case.held_kinds[0]),
        )


def _sets(case: Case) -> Iterator[Finding]:
    """A file that protects a named set: which kinds pass where others are stopped."""
    said: set[tuple[int | None, tuple[str, ...]]] = set()
    for (action, resource), stopped in case.protected.items():
        kinds = tuple(c for c in WITHOUT_MFA if c not in stopped)
        if kinds:
            finding = _passes(case, action, resource, kinds)
            if (finding.statement_index, kinds) not in said:
                said.add((finding.statement_index, kinds))
                yield finding
    for statement in case.mfa_statements:
        if statement.effect == "Deny" and not any(
            mfa_conditions_hold(statement, case.request(UNHEARD_OF, "*", c)) for c in (*WITHOUT_MFA, *WITH_MFA)
        ):
            names = [v.text for v in statement.action.values]
            held = {a.lower() for (a, _), stopped in case.protected.items() if len(stopped) == len(WITHOUT_MFA)}
            if all(name.lower() in held for name in names):
                continue
            condition = next(c for c in statement.conditions if c.key.text.lower() in MFA_KEYS)
            yield RULE.found(
                Severity.ERROR,
                f"MFA is not enforced: no credential fulfils the conditions of `{statement.label}` as they are written",
                params={"credentials": list(WITHOUT_MFA), "action": names[0]},
                statement=statement,
                span=condition.span,
                reason=_reason(condition, WITHOUT_MFA),
                repair=_repair(case, statement, condition),
            )


def _culprit(case: Case, action: str, kinds: tuple[str, ...]) -> tuple[Statement, Condition] | None:
    """The statement that should have stopped (or should not have granted) the kinds, and its MFA condition."""
    for statement in case.mfa_statements:
        if not _takes_in(statement, action):
            continue
        for condition in statement.conditions:
            if condition.key.text.lower() not in MFA_KEYS:
                continue
            holds = [_holds(case, condition, c) for c in kinds]
            if (statement.effect == "Deny" and not all(holds)) or (statement.effect == "Allow" and any(holds)):
                return statement, condition
    return None


def _takes_in(statement: Statement, action: str) -> bool:
    return any(action_matches(v.text, action) for v in statement.action.values) is not statement.action.negated


def _holds(case: Case, condition: Condition, credential: str) -> bool:
    single = Statement(0, "Deny", case.policy.statements[0].action, conditions=(condition,))
    return mfa_conditions_hold(single, case.request(UNHEARD_OF, "*", credential))


def _reason(condition: Condition, kinds: tuple[str, ...]) -> str:
    key = condition.key.text
    absent = "the key is absent with " + kinds_in_words(kinds[:1])
    if key.lower() == "aws:multifactorauthage":
        return "the age is absent without MFA, so this never holds there: ask with IfExists, or in its own statement"
    if parse_operator(condition.operator.text).operator.family is Family.NULL:
        return 'a password-only session carries the key as "false", so it is not absent there'
    if "long-term-key" in kinds:
        return f"{absent}, so `{condition.operator.text}` " + (
            "holds all the same" if condition.operator.text.endswith("IfExists") else "does not hold"
        )
    return f"does not hold for {kinds_in_words(kinds)}"


def _repair(case: Case, statement: Statement, condition: Condition) -> Repair | None:
    others = [c for c in statement.conditions if c.key.text.lower() in MFA_KEYS and c is not condition]
    present = condition.key.text.lower() == "aws:multifactorauthpresent"
    operator = parse_operator(condition.operator.text)
    edits: tuple[Edit, ...]
    if statement.effect == "Deny" and others and not present:
        edits = tuple(remove_condition(case.policy, statement, condition))
        return Repair("do not ask for the age in the statement that asks for presence", edits)
    if statement.effect == "Deny" and not present and not operator.if_exists:
        edits = tuple(replace_operator(case.policy, statement, condition, f"{condition.operator.text}IfExists"))
        return Repair("let a missing age count as too old: IfExists", edits)
    if not present:
        return None
    values = [v.text.lower() for v in condition.values]
    if operator.operator.family is Family.NULL:
        value = "false" if statement.effect == "Deny" else "true"
        name = "BoolIfExists" if statement.effect == "Deny" else "Bool"
        edits = (
            *replace_operator(case.policy, statement, condition, name),
            Edit(condition.values[0].span.start, condition.values[0].span.end, f'"{value}"'),
        )
        return Repair(f"ask for the value: {name}", edits) if len(values) == 1 else None
    if operator.operator.family is Family.BOOL and statement.effect == "Deny" and values == ["false"]:
        edits = tuple(replace_operator(case.policy, statement, condition, "BoolIfExists"))
        return Repair("deny where the key is absent, too: BoolIfExists", edits)
    if operator.operator.family is Family.BOOL and statement.effect == "Allow" and values == ["true"]:
        edits = tuple(replace_operator(case.policy, statement, condition, "Bool"))
        return Repair("grant only where the key is there: Bool", edits)
    return None


RULE = Rule(
    "mfa-not-enforced",
    "error",
    "without MFA some kind of credential passes outside what the file exempts: which, with a request",
    _find,
)
