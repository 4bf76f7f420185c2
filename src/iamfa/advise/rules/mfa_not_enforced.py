"""Without MFA some kind of credential passes a file that means to demand it.

A long-term key carries no `aws:MultiFactorAuthPresent` at all, a password-only console session carries "false": AWS's
page reference_policies_condition-keys, aws:MultiFactorAuthPresent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case, mfa_conditions_hold
from iamfa.advise.changes import edits_between
from iamfa.advise.enforcement import enforcement_of
from iamfa.advise.finding import Finding, Repair, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.advise.situation import MFA_KEYS, asks_for_mfa, takes_in
from iamfa.advise.wording import asked_with, exempt_in_words, granting_entry, kinds_in_words, place_of
from iamfa.evaluate.credential import WITHOUT_MFA
from iamfa.evaluate.match import action_matches
from iamfa.policy.document import Condition, Statement
from iamfa.policy.edit import Edit, apply, remove_condition, replace_operator
from iamfa.policy.operators import Family, parse_operator
from iamfa.policy.policy import Policy
from iamfa.proof.answer import Refuted

_AGE = "aws:multifactorauthage"


def _find(case: Case) -> Iterator[Finding]:
    if case.forces:
        if case.unforced_kinds:
            yield _passes(case, UNHEARD_OF, case.targets(UNHEARD_OF)[0].arn, case.unforced_kinds)
        yield from _shown_by_the_prover(case)
        yield from _outside_intended(case)
    else:
        yield from _sets(case.sets)


def _shown_by_the_prover(case: Case) -> Iterator[Finding]:
    """A request outside E that passes in the situation that is judged, though no action that was tried does."""
    found = enforcement_of(case)
    if found is None or not isinstance(found.answer, Refuted):
        return
    request, credential = found.answer.witness, found.answer.credential
    kinds = (credential,)
    yield RULE.found(
        Severity.ERROR,
        f"MFA is not enforced: {kinds_in_words(kinds)} passes for {request.action} on {request.resource}",
        params={"credentials": [credential], "action": request.action},
        statement=next((s for s in case.mfa_statements if s.effect == "Deny"), None),
        witness=Witness(request, credential),
        notes=("found by asking for every request, not only for the actions that the file names",),
    )


def _passes(case: Case, action: str, resource: str, kinds: tuple[str, ...]) -> Finding:
    culprit = _culprit(case, action, kinds)
    statement, condition = culprit or (None, None)
    place = granting_entry(case.policy.statements, action) if culprit is None else None
    statement = place[0] if place is not None and not asks_for_mfa(place[0]) else statement
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
        notes=() if statement is not None else ("a policy given besides grants it without MFA",),
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
        kinds = tuple(c for c in case.held_kinds if not case.stopped(action, exempt.shown.arn, c))
        place = place_of(case.policy.statements, exempt)
        yield RULE.found(
            Severity.ERROR,
            f"{exempt_in_words(exempt)} passes without MFA and is not among the actions that are meant to",
            params={"credentials": list(kinds or case.held_kinds), "action": action},
            statement=place[0] if place else None,
            span=place[1].span if place else None,
            reason="exempt here" if place else None,
            witness=Witness(case.request(action, exempt.shown.arn, case.held_kinds[0]), case.held_kinds[0]),
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
    for statement in case.toothless:
        condition = next(c for c in statement.conditions if c.key.text.lower() in MFA_KEYS)
        what = (
            f"no credential fulfils the conditions of `{statement.label}` as they are written"
            if statement.effect == "Deny"
            else f"the conditions of `{statement.label}` hold without MFA, too"
        )
        yield RULE.found(
            Severity.ERROR,
            f"MFA is not enforced: {what}",
            params={"credentials": list(WITHOUT_MFA), "action": statement.action.values[0].text},
            statement=statement,
            span=condition.span,
            reason=_reason(condition, WITHOUT_MFA) if statement.effect == "Deny" else "holds where the key is absent",
            repair=_repair(case, statement, condition),
        )


def _culprit(case: Case, action: str, kinds: tuple[str, ...]) -> tuple[Statement, Condition] | None:
    """The statement that should have stopped (or should not have granted) the kinds, and its MFA condition.

    One that bears on other kinds without MFA comes before one that is for stale sessions only.
    """
    held = {s.index: any(_all_hold(case, s, c) for c in WITHOUT_MFA) for s in case.mfa_statements}
    for statement in sorted(case.mfa_statements, key=lambda s: not held[s.index]):
        if not takes_in(statement, action):
            continue
        for condition in statement.conditions:
            if condition.key.text.lower() not in MFA_KEYS:
                continue
            holds = [_holds(case, condition, c) for c in kinds]
            if (statement.effect == "Deny" and not all(holds)) or (statement.effect == "Allow" and any(holds)):
                return statement, condition
    return None


def _holds(case: Case, condition: Condition, credential: str) -> bool:
    return _all_hold(case, replace(case.policy.statements[0], conditions=(condition,)), credential)


def _all_hold(case: Case, statement: Statement, credential: str) -> bool:
    return mfa_conditions_hold(statement, case.request(UNHEARD_OF, "*", credential))


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
    asked = [c for c in statement.conditions if c.key.text.lower() in MFA_KEYS]
    ages = [c for c in asked if c.key.text.lower() == _AGE]
    never = [c for c in ages if not parse_operator(c.operator.text).if_exists]
    if statement.effect == "Deny" and len(ages) < len(asked) and never:
        edits = _without_ages(case.policy, statement, never)
        return Repair("do not ask for the age in the statement that asks for presence", edits)
    operator = parse_operator(condition.operator.text)
    if condition in ages:
        if statement.effect == "Allow":
            plain = condition.operator.text.removesuffix("IfExists")
            edits = tuple(replace_operator(case.policy, statement, condition, plain)) if operator.if_exists else ()
            return Repair("grant only where the age is there: without IfExists", edits) if edits else None
        if operator.if_exists:
            return None
        edits = tuple(replace_operator(case.policy, statement, condition, f"{condition.operator.text}IfExists"))
        return Repair("let a missing age count as too old: IfExists", edits)
    if statement.effect == "Deny" and (operator.operator.family is Family.NULL or _asks_for_false(condition)):
        edits = tuple(asked_with(case.policy, statement, condition, "BoolIfExists", "false"))
        return Repair("deny where the key is absent and where it is false: BoolIfExists", edits)
    if statement.effect == "Allow" and (operator.operator.family is Family.NULL or _asks_for_true(condition)):
        edits = tuple(asked_with(case.policy, statement, condition, "Bool", "true"))
        return Repair("grant only where the key is there and true: Bool", edits)
    return None


def _without_ages(policy: Policy, statement: Statement, ages: list[Condition]) -> tuple[Edit, ...]:
    """Take the ages out one after another, and let what remains of presence take in the absent key."""
    before = policy.source.text
    for age in ages:
        age = next(c for c in statement.conditions if c == age)  # where it stands by now
        policy = policy.with_text(apply(policy.source.text, remove_condition(policy, statement, age)))
        statement = policy.statements[statement.index]
    present = next(c for c in statement.conditions if c.key.text.lower() in MFA_KEYS - {_AGE})
    if _asks_for_false(present) and present.operator.text != "BoolIfExists":
        edits = replace_operator(policy, statement, present, "BoolIfExists")
        policy = policy.with_text(apply(policy.source.text, edits))
    return edits_between(before, policy.source.text)


def _asks_for_false(condition: Condition) -> bool:
    operator = parse_operator(condition.operator.text).operator
    plain = operator.family in (Family.BOOL, Family.STRING) and not operator.negated
    return plain and all(v.text.lower() == "false" for v in condition.values)


def _asks_for_true(condition: Condition) -> bool:
    operator = parse_operator(condition.operator.text).operator
    value = "false" if operator.negated else "true"
    return operator.family in (Family.BOOL, Family.STRING) and all(v.text.lower() == value for v in condition.values)


RULE = Rule(
    "mfa-not-enforced",
    "error",
    "without MFA some kind of credential passes outside what the file exempts: which, with a request",
    _find,
)
