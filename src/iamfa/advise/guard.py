"""The repair of an exemption that should not be: take the entry out of the list, so that it needs MFA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from iamfa.advise.case import Case
from iamfa.advise.changes import edits_between
from iamfa.advise.finding import Repair
from iamfa.advise.situation import asks_for_mfa
from iamfa.errors import EditError
from iamfa.policy.document import Value
from iamfa.policy.edit import Edit, apply, remove_value
from iamfa.policy.policy import Policy

_MOST: Final = 64
"""Entries that a repair takes out of lists; whoever has more exempt by name should write another list."""


def guard(case: Case, action: str) -> Repair | None:
    """Take *action* out of the lists; None where it stands there only by a wildcard, or nowhere."""
    edits = without_entries(case, (action,))
    return Repair(f"demand MFA for {action}", edits) if edits else None


def without_entries(case: Case, texts: Iterable[str]) -> tuple[Edit, ...]:
    """Take entries out of the NotAction or NotResource of every Deny that asks for MFA.

    Several such Denies may stand for one, each for other credentials. No edits where an entry stands alone somewhere: a
    list cannot be empty. Nor where there are more than `_MOST` of them: each costs a new look at the whole text.
    """
    names = {text.lower() for text in texts}
    policy = case.policy
    if sum(1 for _ in _exempting(policy, names)) > _MOST:
        return ()
    while (value := next(_exempting(policy, names), None)) is not None:
        try:
            policy = policy.with_text(apply(policy.source.text, remove_value(policy, value)))
        except EditError:
            return ()
    return edits_between(case.policy.source.text, policy.source.text)


def _exempting(policy: Policy, names: set[str]) -> Iterator[Value]:
    for statement in policy.statements:
        if statement.effect == "Deny" and asks_for_mfa(statement):
            for element in (statement.action, statement.resource):
                if element is not None and element.negated:
                    yield from (v for v in element.values if v.text.lower() in names)
