"""The parts of a policy that can be left out: a statement, or one entry of an element; and the policy without one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from iamfa.advise.situation import takes_in
from iamfa.evaluate.match import action_matches
from iamfa.policy.document import Document, Element, Statement, Value
from iamfa.policy.edit import Edits, apply, remove_statement, remove_value, rename_element, replace_value
from iamfa.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Part:
    """A statement, or with *element* one entry of its Action, NotAction, Resource or NotResource."""

    statement: Statement
    element: Element | None = None
    position: int = 0
    """Which entry of the element, from 0."""

    @property
    def value(self) -> Value | None:
        """The entry; None for a whole statement."""
        return None if self.element is None else self.element.values[self.position]

    @property
    def of_allow(self) -> bool:
        """Whether its statement grants."""
        return self.statement.effect == "Allow"

    @property
    def widens(self) -> bool:
        """Whether the policy without it can only let more pass; otherwise it can only let less pass."""
        negated = self.element is not None and self.element.negated
        return (self.statement.effect == "Deny") is not negated

    @property
    def stands_for_statement(self) -> bool:
        """Whether an element cannot be without it, so that leaving it out is to leave the statement out."""
        return self.element is not None and not self.element.negated and len(self.element.values) == 1

    def as_grant(self) -> Statement:
        """An Allow of just what the part takes in; what a Deny spares is spared whatever its conditions are."""
        statement = self.statement
        every = (Value("*"),)
        value = (self.value,) if self.value is not None else ()
        if not self.of_allow:
            resource = value if self.element is statement.resource else every
            return Statement(0, "Allow", Element("Action", every), Element("Resource", resource))
        if self.element is statement.action:
            return replace(statement, action=Element("Action", value))
        return statement if self.element is None else replace(statement, resource=Element("Resource", value))

    def touches(self, action: str) -> bool:
        """Whether verdicts on the action can depend on it: where not, they are the same without it."""
        value = self.value
        if value is None or self.element is self.statement.resource:
            return takes_in(self.statement, action)
        return action_matches(value.text, action)


def statement_parts(policy: Policy) -> Iterator[Part]:
    """The statements of a policy."""
    return (Part(statement) for statement in policy.statements)


def entry_parts(statement: Statement) -> Iterator[Part]:
    """The entries of a statement: each of its actions, and its resources where one can go and another stays."""
    for element in (statement.action, statement.resource):
        if element is None or (element is statement.resource and not element.negated and len(element.values) == 1):
            continue
        for position in range(len(element.values)):
            yield Part(statement, element, position)


def without(policy: Policy, part: Part) -> Policy:
    """The policy without the part; every other byte of its text stays.

    Without the last entry of a negated element nothing is spared any more: it becomes `Action` or `Resource` with `*`.
    Without its only statement a policy has none, which no text can spell: then the text stays, too.
    """
    whole = part.element is None or part.stands_for_statement
    if whole and len(policy.statements) == 1:
        return replace(policy, document=replace(policy.document, statements=()))
    return policy.with_text(apply(policy.source.text, _edits(policy, part)))


def _edits(policy: Policy, part: Part) -> Edits:
    element, value = part.element, part.value
    if element is None or value is None or part.stands_for_statement:
        return remove_statement(policy, part.statement)
    if len(element.values) == 1:
        return (*rename_element(element, element.name.removeprefix("Not")), *replace_value(value, "*"))
    return remove_value(policy, value)


def document_without(document: Document, parts: Collection[Part]) -> Document:
    """The document without several parts at once, for questions that need no text."""
    gone = {p.statement.index for p in parts if p.element is None or p.stands_for_statement}
    dropped = {(p.statement.index, p.element.name, p.position) for p in parts if p.element is not None}
    kept = (s for s in document.statements if s.index not in gone)
    found = (_with_entries_left(s, dropped) for s in kept)
    return replace(document, statements=tuple(s for s in found if s is not None))


def _with_entries_left(statement: Statement, dropped: set[tuple[int, str, int]]) -> Statement | None:
    """The statement with the entries that stay; None where an element that is not negated has none left."""
    left: list[Element | None] = []
    for element in (statement.action, statement.resource):
        if element is None:
            left.append(None)
            continue
        values = tuple(v for i, v in enumerate(element.values) if (statement.index, element.name, i) not in dropped)
        if not values and not element.negated:
            return None
        left.append(
            replace(element, values=values) if values else Element(element.name.removeprefix("Not"), (Value("*"),))
        )
    action, resource = left
    assert action is not None  # INVARIANT: every statement has an Action or NotAction
    return replace(statement, action=action, resource=resource)
