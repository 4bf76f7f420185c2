"""Parts that do the same: either can go, but not both."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case
from iamfa.advise.options import bundle_of
from iamfa.advise.parts import Part, document_without, entry_parts
from iamfa.advise.passing import newly_passing
from iamfa.advise.walks import narrowed, touched_flows
from iamfa.lifecycle.asked import ASKED
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.world import World
from iamfa.policy.document import Document


def twins_of(case: Case, part: Part) -> tuple[Part, ...]:
    """The parts that do what *part* does, so that it matters only because they are there; none where it never does.

    Asked of a part whose omission changes nothing: would it change something if those were gone already?
    """
    twins = tuple(_alike(case, part))
    if not twins:
        return ()
    bare = document_without(case.policy.document, twins)
    barer = document_without(case.policy.document, (*twins, part))
    if part.widens:
        _, passes = newly_passing(case, part, bare, barer)
        return twins if passes else ()
    touched = touched_flows(part)
    there, here = _world(case, bare), _world(case, barer)
    rows = list(zip(walk_flows(there, only=touched), walk_flows(here, only=touched), strict=True))
    return twins if any(True for _ in narrowed(there, here, part, rows)) else ()


def _alike(case: Case, part: Part) -> Iterator[Part]:
    """Other statements with the same effect, and other entries of the same element, that touch what the part does."""
    touched = [a for a in (case.actions if part.widens else ASKED) if part.touches(a)]
    for statement in case.policy.statements:
        other = Part(statement)
        if statement.index == part.statement.index:
            for entry in entry_parts(statement) if part.element is not None else ():
                same = entry.element is part.element and entry.position != part.position
                if same and any(entry.touches(a) for a in touched):
                    yield entry
        elif statement.effect == part.statement.effect and any(other.touches(a) for a in touched):
            negated = part.element is not None and part.element.negated
            # An exemption is undone by every Deny that lacks it, so none stands in for it.
            if not negated:
                yield other


def _world(case: Case, document: Document) -> World:
    bundle = bundle_of(case.kind, document, case.others, case.subject.account)
    return World(bundle, case.subject, case.options.assumptions, case.context)
