"""What a repair changes, proved for all requests: nothing but the actions that are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.same_verdicts import pairs
from iamfa.evaluate.request import Request
from iamfa.policy.catalogue import find_action
from iamfa.policy.document import Document
from iamfa.proof.compare import permits_more


@dataclass(frozen=True, slots=True)
class RepairProof:
    """For each way whether the change lies within the actions that are told of it."""

    permits: tuple[str, ...] | None
    """The only actions of which the file newly permits a request; None where no such list is claimed."""
    refuses: tuple[str, ...] | None
    """The only actions of which the file newly refuses a request; None where no such list is claimed."""
    beyond: Request | None = None
    """A request that changes although its action is not told: the proof fails."""
    unknown: str | None = None
    """Why a part of it could not be decided."""

    @property
    def holds(self) -> bool:
        """Whether what is claimed was proved."""
        return self.beyond is None and self.unknown is None


def prove_change(before: Document, after: Document, permits: Sequence[str], refuses: Sequence[str]) -> RepairProof:
    """Prove that a repair newly permits nothing outside *permits* and newly refuses nothing outside *refuses*.

    Each is a list of actions; one that holds the unheard-of action makes no claim. Actions of the catalogue are asked
    about on resources of the types on which AWS authorises them. Asked twice: of the file by itself,
    and of the file where everything is granted elsewhere, so that a lost or a new Deny is seen as well.
    """
    claims = tuple(None if UNHEARD_OF in told else tuple(told) for told in (permits, refuses))
    unknown: str | None = None
    for (more, less), told in zip(((after, before), (before, after)), claims, strict=True):
        if told is None:
            continue
        named = _named_actions(more, less)
        for first, second in pairs(more, less):
            found = permits_more(first, second, outside=told, by_type=named)
            if found.only is not None:
                return RepairProof(claims[0], claims[1], beyond=found.only)
            unknown = unknown or found.reason
    return RepairProof(claims[0], claims[1], unknown=unknown)


def _named_actions(*documents: Document) -> tuple[str, ...]:
    """The actions of the catalogue that the policies name without a wildcard."""
    named = dict.fromkeys(v.text for d in documents for s in d.statements for v in s.action.values)
    return tuple(text for text in named if "*" not in text and "?" not in text and find_action(text) is not None)
