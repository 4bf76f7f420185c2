"""Whether two documents say the same to every request, whatever else is attached: asked of the prover."""

from __future__ import annotations

from dataclasses import replace

from iamfa.policy.bundle import EVERYTHING, Bundle
from iamfa.policy.document import Document, PrincipalElement, PrincipalValue, Value
from iamfa.proof.compare import permits_more


def pairs(one: Document, other: Document) -> tuple[tuple[Bundle, Bundle], ...]:
    """The two as bundles: by themselves, and where everything is granted elsewhere, so that a Deny is seen as well."""
    if any(s.principal is not None for d in (one, other) for s in d.statements):
        return (
            (Bundle(resource=one), Bundle(resource=other)),
            (Bundle(resource=_open_to_all(one)), Bundle(resource=_open_to_all(other))),
        )
    return (
        (Bundle([one]), Bundle([other])),
        (Bundle([one, EVERYTHING]), Bundle([other, EVERYTHING])),
    )


def _open_to_all(document: Document) -> Document:
    """A resource's own policy that grants everything to everybody besides."""
    everybody = PrincipalElement("Principal", (PrincipalValue("*", Value("*")),))
    index = max((s.index for s in document.statements), default=-1) + 1
    return replace(
        document,
        statements=(*document.statements, replace(EVERYTHING.statements[0], index=index, principal=everybody)),
    )


def verdicts_change(before: Document, after: Document) -> bool | None:
    """Whether some request is permitted by one and not by the other; None where that was not decided."""
    unknown = False
    for one, other in pairs(before, after):
        for first, second in ((one, other), (other, one)):
            found = permits_more(first, second)
            if found.only is not None:
                return True
            unknown = unknown or not found.excluded
    return None if unknown else False


def is_dead(document: Document, index: int) -> bool | None:
    """Whether leaving the statement out changes no verdict; None where that was not decided.

    An Allow is dead where every request that it permits is permitted by the others, or denied by them anyway; a Deny
    where the others deny all that it denies.
    """
    left = tuple(s for s in document.statements if s.index != index)
    if not left:
        return False
    without = replace(document, statements=left)
    found = next(s for s in document.statements if s.index == index)
    alone, beside_everything = pairs(document, without)[0], pairs(document, without)[-1]
    one, other = alone if found.effect == "Allow" else (beside_everything[1], beside_everything[0])
    answer = permits_more(one, other)
    return None if answer.reason is not None else answer.excluded
