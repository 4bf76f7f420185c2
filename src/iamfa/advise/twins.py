"""Parts that do the same: either can go, but not both."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case
from iamfa.advise.options import bundle_of
from iamfa.advise.parts import Part, document_without, entry_parts
from iamfa.advise.passing import newly_passing
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.moves import ASKED
from iamfa.lifecycle.result import FlowResult
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
    pairs = zip(_flows(case, bare), _flows(case, barer), strict=True)
    return twins if any(before.result not in ("blocked", after.result) for before, after in pairs) else ()


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


def _flows(case: Case, document: Document) -> tuple[FlowResult, ...]:
    bundle = bundle_of(case.kind, document, case.others, case.subject.account)
    return walk_flows(World(bundle, case.subject, case.options.assumptions, case.context))
