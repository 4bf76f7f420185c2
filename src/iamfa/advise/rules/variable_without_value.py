"""`${aws:username}` on a role or a federated principal: it has no value there, so what names it matches nothing.

AWS's page reference_policies_variables, "Policy variables with no value" and "Where you can use policy variables": the
key is absent for assumed roles and federated users. A session policy is passed for those only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.options import ALLOW_ALL
from iamfa.advise.rule import Rule
from iamfa.advise.sessions import USER_NAME, Bearer, bearers_in, role_beside
from iamfa.advise.situation import takes_in
from iamfa.advise.targets import actions_in, named_by
from iamfa.advise.wording import listed
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Decision
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Condition, Document, Kind, Statement, Value
from iamfa.policy.glob import Wild
from iamfa.policy.operators import parse_operator
from iamfa.policy.variables import Template, Variable

_MOST_ACTIONS = 6
_ROLES_ONLY = (Kind.ROLE, Kind.SESSION)
_BY_PRINCIPAL = (Kind.RESOURCE, Kind.TRUST)


@dataclass(frozen=True, slots=True)
class _Place:
    """A statement that names the variable, what becomes of it without a value, and a request that shows it."""

    statement: Statement
    value: Value
    bearer: Bearer
    effect: str
    request: Request


def _find(case: Case) -> Iterator[Finding]:
    document = case.policy.document
    if not document.variables or case.kind not in (*_ROLES_ONLY, *_BY_PRINCIPAL):
        return
    places = [place for s in document.statements for place in _places(case, s)]
    if places:
        yield _finding(case, places)


def _finding(case: Case, places: Sequence[_Place]) -> Finding:
    first = places[0]
    effects = {place.effect: [p.statement.label for p in places if p.effect == place.effect] for place in places}
    becomes = "; ".join(f"{listed([f'`{name}`' for name in names])} {effect}" for effect, names in effects.items())
    who = "a session of a role" if case.kind in _ROLES_ONLY else first.bearer.words
    dead = case.kind is Kind.ROLE and _denied_everything(case)
    return RULE.found(
        Severity.ERROR,
        f"`${{aws:username}}` has no value for {who}: {becomes}",
        params={"statements": [p.statement.index for p in places], "principal": first.bearer.principal.text},
        statement=first.statement,
        span=first.value.span,
        reason="only an IAM user has a user name",
        witness=Witness(first.request, first.bearer.credential(first.bearer.present[0])),
        notes=("the Deny without MFA bears on every session of the role: it never carries MFA",) if dead else (),
    )


def _denied_everything(case: Case) -> bool:
    """Whether the role is denied what nobody names, for want of MFA."""
    decider = Decider(Bundle((case.policy.document, ALLOW_ALL)), assumptions=case.options.assumptions)
    bearer, resource = role_beside(case.subject), case.targets(UNHEARD_OF)[0].arn
    answers = [
        decider.decide(bearer.request(UNHEARD_OF, resource, present, case.context)).decision
        for present in ("false", "true")
    ]
    return answers == ["explicit_deny", "allowed"]


def _places(case: Case, statement: Statement) -> Iterator[_Place]:
    """The statement, if for somebody who has no user name a value of the variable would change what it does."""
    values = list(_with_the_variable(statement))
    if not values:
        return
    for bearer in _bearers(case, statement):
        for changed, request, effect in _differences(case, statement, bearer):
            if changed:
                yield _Place(statement, values[0], bearer, effect, request)
                return


def _bearers(case: Case, statement: Statement) -> tuple[Bearer, ...]:
    if case.kind in _ROLES_ONLY:
        return (role_beside(case.subject),)
    element = statement.principal
    if element is None or element.negated:
        return ()
    return bearers_in([(entry.type, entry.value.text) for entry in element.values])


def _with_the_variable(statement: Statement) -> Iterator[Value]:
    if statement.resource is not None:
        yield from (v for v in statement.resource.values if _needs_name(Template.of_resource(v.text, variables=True)))
    for condition in statement.conditions:
        yield from (v for v in condition.values if _names_user(condition, v))


def _names_user(condition: Condition, value: Value) -> bool:
    operator = parse_operator(condition.operator.text).operator
    return operator.variables and _needs_name(Template.parse(value.text, variables=True))


def _needs_name(template: Template) -> bool:
    return any(isinstance(p, Variable) and p.key == USER_NAME and p.default is None for p in template.parts)


def _differences(case: Case, statement: Statement, bearer: Bearer) -> Iterator[tuple[bool, Request, str]]:
    """What the file says to requests that the statement would fit if the variable had a value, and with none."""
    hanging = tuple(c for c in statement.conditions if any(_names_user(c, v) for v in c.values))
    # The statement's other conditions are taken as fulfilled: it is about what the variable makes of it.
    document = _with(case.policy.document, replace(statement, conditions=hanging))
    decider = Decider(_bundle(case, document, statement, bearer), assumptions=case.options.assumptions)
    context = dict(case.context)
    for condition in hanging:
        filled = next((t for v in condition.values if (t := _filled(v, case.subject.name)) is not None), None)
        if filled is not None:
            context[condition.key.text.lower()] = filled
    for action in _some_actions(statement):
        for resource in _resources(case, statement):
            without = bearer.request(action, resource, bearer.present[0], context)
            named = Request(
                action, resource, principal=bearer.principal, context={**without.context, USER_NAME: case.subject.name}
            )
            before, after = decider.decide(named).decision, decider.decide(without).decision
            yield before != after, without, _effect(statement, after)


def _effect(statement: Statement, decision: Decision) -> str:
    if statement.effect == "Allow":
        return "allows all the same" if decision == "allowed" else "allows nothing"
    return "denies all the same" if decision == "explicit_deny" else "denies nothing"


def _with(document: Document, statement: Statement) -> Document:
    return replace(
        document, statements=tuple(statement if s.index == statement.index else s for s in document.statements)
    )


def _bundle(case: Case, document: Document, statement: Statement, bearer: Bearer) -> Bundle:
    more = (ALLOW_ALL,) if statement.effect == "Deny" else ()
    if case.kind is Kind.ROLE:
        return Bundle((document, *case.others, *more))
    if case.kind is Kind.SESSION:
        return Bundle((*case.others, ALLOW_ALL), session=[document, *more])
    return Bundle((*case.others, *more), resource=document, resource_account=bearer.principal.account)


def _filled(value: Value, name: str) -> str | None:
    lookup: Mapping[str, str] = {USER_NAME: name}
    tokens = Template.parse(value.text, variables=True).resolve(lambda key: lookup.get(key, "x"))
    return None if tokens is None else "".join("x" if isinstance(t, Wild) else t for t in tokens)


def _resources(case: Case, statement: Statement) -> tuple[str, ...]:
    """Examples of the entries that name the variable; one of any entry where only a condition does."""
    element = statement.resource
    if element is None:
        return (f"arn:{case.subject.partition}:iam::{case.subject.account}:role/trusting",)
    named = [v for v in element.values if _needs_name(Template.of_resource(v.text, variables=True))]
    shown = replace(statement, resource=replace(element, values=tuple(named or element.values)))
    found = tuple(t.arn for t in named_by([shown], case.subject, variables=True))
    return found or tuple(t.arn for t in case.targets(UNHEARD_OF))


def _some_actions(statement: Statement) -> tuple[str, ...]:
    if statement.action.negated:
        return (UNHEARD_OF,) if takes_in(statement, UNHEARD_OF) else ()
    found: list[str] = []
    for value in statement.action.values[:_MOST_ACTIONS]:
        found += (UNHEARD_OF,) if value.text == "*" else actions_in(value.text)[:1] or (value.text.replace("*", "x"),)
    return tuple(action for action in found if takes_in(statement, action))


RULE = Rule(
    "variable-without-value",
    "error",
    "on a role or a federated principal ${aws:username} has no value: allows nothing, denies on",
    _find,
)
