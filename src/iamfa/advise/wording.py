"""How rules name things in their messages, and edits that several rules make."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from iamfa.evaluate.credential import CREDENTIALS
from iamfa.policy.document import Element, Statement, Value
from iamfa.policy.edit import Edit, add_value
from iamfa.policy.policy import Policy


def kinds_in_words(kinds: Iterable[str]) -> str:
    """`an access key alone, a console session without MFA`."""
    return ", ".join(CREDENTIALS[kind].words for kind in kinds)


def listed(names: Sequence[str], most: int = 4) -> str:
    """Names one after another, the rest counted."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def entry_of(element: Element, action: str) -> Value | None:
    """The first entry of an Action or NotAction that takes the action in."""
    from iamfa.evaluate.match import action_matches

    return next((v for v in element.values if action_matches(v.text, action)), None)


def exempting_entry(statements: Iterable[Statement], action: str) -> tuple[Statement, Value] | None:
    """Where a Deny with NotAction exempts the action."""
    for statement in statements:
        if statement.effect == "Deny" and statement.action.negated:
            value = entry_of(statement.action, action)
            if value is not None:
                return statement, value
    return None


def granting_entry(statements: Iterable[Statement], action: str) -> tuple[Statement, Value] | None:
    """Where an Allow names the action."""
    for statement in statements:
        if statement.effect == "Allow" and not statement.action.negated:
            value = entry_of(statement.action, action)
            if value is not None:
                return statement, value
    return None


def add_all(policy: Policy, element: Element, texts: Sequence[str]) -> tuple[Edit, ...]:
    """Append several values to an element."""
    if element.is_list or len(texts) == 1:
        return tuple(edit for text in texts for edit in add_value(policy, element, text))
    only = element.values[0]
    return (Edit(only.span.start, only.span.end, json.dumps([only.text, *texts])),)
