"""What a part of a policy lets pass or refuses: asked of the user, in every situation in which it might bear on him."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from iamfa.advise import actions as act
from iamfa.advise.case import Case
from iamfa.advise.options import ALLOW_ALL, bundle_of, trusted
from iamfa.advise.parts import Part
from iamfa.advise.situation import bearing_context
from iamfa.evaluate.credential import CREDENTIALS, WITH_MFA, WITHOUT_MFA, carried
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.lifecycle.asked import ASKED
from iamfa.lifecycle.moves import ASSUME_ROLE
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import FRESH_AGE
from iamfa.policy.document import Document, Element, Statement, Value

KINDS = (*WITHOUT_MFA, *WITH_MFA)
"""The kinds of credential of a user."""

_STALE_AGE = "1000000000"
"""Seconds since the code was given, more than any policy lets pass that asks for the age."""


@dataclass(frozen=True, slots=True)
class Passing:
    """A request that is refused with the part and passes without it, where something grants it."""

    action: str
    resource: str
    credential: str
    stale: bool = False
    """Whether it takes a session whose code was given long ago."""


def newly_passing(case: Case, part: Part, before: Document, after: Document) -> tuple[bool, tuple[Passing, ...]]:
    """Whether the part bears on anything that is asked, and what passes with *after* and not with *before*.

    Asked in the ordinary situation and in one that the statement's own conditions name. What nobody named stands for
    everything; where it passes nothing more is asked.
    """
    pairs = [tuple(_decider(case, document, case.others) for document in (before, after))]
    if part.statement.effect == "Deny":
        pairs.append(tuple(_decider(case, document, (*case.others, ALLOW_ALL)) for document in (before, after)))
    bears = _bearing(case, part)
    borne = False
    found: dict[Passing, None] = {}
    for context in _contexts(case, part):
        for action, resource in _touched(case, part):
            for passing, request in _requests(case.subject, context, action, resource):
                borne = borne or bears(request)
                if any(_passes(new, request) and not _passes(old, request) for old, new in pairs):
                    found[passing] = None
            if action == act.UNHEARD_OF and any(p.action == action for p in found):
                return True, tuple(found)
    return borne, tuple(found)


def _decider(case: Case, document: Document, others: tuple[Document, ...]) -> Decider:
    return Decider(bundle_of(case.kind, document, others, case.subject.account), assumptions=case.options.assumptions)


def _bearing(case: Case, part: Part) -> Callable[[Request], bool]:
    """Whether the part's statement says anything to a request: denies it, or grants it but for its Not-lists."""
    if part.statement.effect == "Deny":
        denies = _decider(case, Document((part.statement,), case.policy.document.version), (ALLOW_ALL,))
        return lambda request: denies.decide(request).decision == "explicit_deny"
    every = (Value("*"),)
    resource = Element("Resource", every) if part.statement.resource is not None else None
    bare = replace(part.statement, action=Element("Action", every), resource=resource)
    others = (ALLOW_ALL,) if case.limits_only else ()
    grants = _decider(case, Document((bare,), case.policy.document.version), others)
    return lambda request: grants.decide(request).decision == "allowed"


def _touched(case: Case, part: Part) -> Iterator[tuple[str, str]]:
    """Actions with resources on which verdicts may depend on the part, what nobody named first."""
    touched = [a for a in case.actions if part.touches(a)]
    for action in sorted(touched, key=lambda a: a != act.UNHEARD_OF):
        for target in (*case.targets(action), *(case.named_resources if action == act.UNHEARD_OF else ())):
            yield action, target.arn


def _contexts(case: Case, part: Part) -> Iterator[Mapping[str, str]]:
    """The ordinary situation, that of requests which carry what the file names, and that which the statement names."""
    contexts: list[Mapping[str, str]] = [case.context, case.sets.context]
    contexts.append(bearing_context(part.statement, variables=case.policy.document.variables))
    yield from (context for i, context in enumerate(contexts) if context not in contexts[:i])


def _requests(
    user: Subject, context: Mapping[str, str], action: str, resource: str
) -> Iterator[tuple[Passing, Request]]:
    """The request with every kind of credential; with MFA just shown, and shown long ago."""
    for credential in KINDS:
        for age in (FRESH_AGE, _STALE_AGE) if CREDENTIALS[credential].mfa_age else (None,):
            told = carried(context, credential)
            if age is not None:
                told["aws:multifactorauthage"] = age
            request = Request.by_user(user.user_arn, action, resource, credential=credential, context=told)
            yield Passing(action, resource, credential, age == _STALE_AGE), request


def _passes(decider: Decider, request: Request) -> bool:
    return decider.decide(request).decision in ("allowed", "unknown")


# Whom it is about ---------------------------------------------------------------------------------------------------


def is_about_the_walked(case: Case, part: Part) -> bool:
    """Whether a part without which no flow changes is about the user who was walked, or about nobody at all.

    What is granted to, or spared for, somebody else changes no flow of the user, and may be all that the other has.
    """
    if part.statement.effect == "Deny" and not _denies_something(case, part):
        return False
    statement = part.as_grant()
    if any(_grants(case, statement, user, own=True) for user in (case.subject, case.subject_with_path)):
        return True
    return not _grants(case, replace(statement, conditions=()), case.subject, own=False)


def _denies_something(case: Case, part: Part) -> bool:
    every = (Value("*"),)
    bare = replace(part.statement, action=Element("Action", every), resource=Element("Resource", every))
    decider = _decider(case, Document((bare,), case.policy.document.version), (ALLOW_ALL,))
    return any(
        decider.decide(request).decision == "explicit_deny"
        for context in _contexts(case, part)
        for _, request in _requests(case.subject, context, act.UNHEARD_OF, "*")
    )


def _grants(case: Case, statement: Statement, user: Subject, *, own: bool) -> bool:
    """Whether the statement alone grants something that flows call; on the user's *own* things, or on anybody's."""
    part = Part(statement)
    others = (ALLOW_ALL,) if case.limits_only else ()
    bundle = bundle_of(case.kind, Document((statement,), case.policy.document.version), others, case.subject.account)
    # A role's trust policy that was not read is taken to leave the decision to the statement.
    bundle = trusted(bundle, case.subject.account) if part.touches(ASSUME_ROLE) and bundle.resource is None else bundle
    decider = Decider(bundle, assumptions=case.options.assumptions)
    asked = (
        (action, resource)
        for action in ASKED
        if part.touches(action)
        for resource in (user.user_arn, *(t.arn for t in case.targets(action) if not own or ":user/" not in t.arn))
    )
    return any(
        _passes(decider, request)
        for action, resource in asked
        for context in _contexts(case, part)
        for _, request in _requests(user, context, action, resource)
    )
