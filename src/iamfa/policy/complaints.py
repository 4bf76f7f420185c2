"""Gathers what is wrong with a document while its tree is walked, and reads the texts that it is made of."""

from __future__ import annotations

from typing import Final

from iamfa.errors import Fault
from iamfa.policy import grammar
from iamfa.policy.document import Kind, Span, Value
from iamfa.policy.grammar import Objection, shown
from iamfa.policy.reader import Array, Member, Node, Object, Scalar
from iamfa.policy.source import Source

_MOST: Final = 500
"""Faults that are listed; whoever has more has no policy."""

KIND_NAMES: Final = {
    Kind.IDENTITY: "an identity-based policy",
    Kind.USER: "a user's policy",
    Kind.GROUP: "a group's policy",
    Kind.ROLE: "a role's policy",
    Kind.SESSION: "a session policy",
    Kind.BOUNDARY: "a permissions boundary",
    Kind.RESOURCE: "a resource policy",
    Kind.TRUST: "a trust policy",
    Kind.SCP: "a service control policy",
    Kind.RCP: "a resource control policy",
}


class TooManyFaults(Exception):
    """The walk may end: so many faults were found that more would help nobody."""


class Complaints:
    """The faults and remarks about one document of one kind."""

    def __init__(self, source: Source, kind: Kind) -> None:
        self.source = source
        self.kind = kind
        self.variables = True
        """Whether the document's Version substitutes policy variables."""
        self._faults: list[tuple[int, Objection]] = []
        self._remarks: list[tuple[int, Objection]] = []

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What makes the document invalid, in the order of the text."""
        return self._placed(self._faults)

    @property
    def remarks(self) -> tuple[Fault, ...]:
        """What is legal and probably not meant, in the order of the text."""
        return self._placed(self._remarks[:_MOST])

    def _placed(self, found: list[tuple[int, Objection]]) -> tuple[Fault, ...]:
        in_order = sorted(found, key=lambda each: each[0])
        return tuple(self.source.fault(offset, message, hint) for offset, (message, hint) in in_order)

    def fault(self, at: Node, message: str, hint: str | None = None) -> None:
        """Note something for which AWS would refuse the document. Raises `TooManyFaults`."""
        if len(self._faults) == _MOST:
            self._faults.append((at.start, Objection("there are more faults than these", "is this a policy?")))
            raise TooManyFaults
        self._faults.append((at.start, Objection(message, hint)))

    def object_to(self, at: Node, objection: Objection | None) -> None:
        """Note an objection of the grammar, where there is one."""
        if objection is not None:
            self.fault(at, objection.message, objection.hint)

    def remark(self, at: Node, message: str, hint: str | None = None) -> None:
        """Note something that AWS accepts and that is probably not meant."""
        self._remarks.append((at.start, Objection(message, hint)))

    def line_of(self, node: Node) -> int:
        """The line in which a node begins."""
        return self.source.position(node.start)[0]

    def members(self, node: Object, known: tuple[str, ...], where: str) -> dict[str, Member]:
        """The members of an object by key; unknown and repeated keys are faults."""
        found: dict[str, Member] = {}
        for member in node.members:
            name = member.key.text
            if name in known:
                if name in found:
                    self.repeated(member.key, f"`{name}` stands here a second time", found[name].key)
                else:
                    found[name] = member
                continue
            close = grammar.close_name(name, known)
            hint = f"did you mean `{close}`?" if close and close not in found else f"it has {', '.join(known)}"
            self.fault(member.key, f"`{shown(name)}` is no element of {where}", hint)
            if close and close.lower() == name.lower():
                # Only the letters' case is wrong: what it holds is judged too, and it is not missing.
                found.setdefault(close, Member(member.key._replace(text=close), member.value))
        return found

    def repeated(self, again: Node, message: str, first: Node, more: str = "") -> None:
        """Note that something stands twice where it may stand once."""
        self.fault(again, message, f"the first is in line {self.line_of(first)}{more}")

    def text(self, node: Node, name: str) -> Value | None:
        """The string that must stand here, its characters checked; None, and a fault, where something else does."""
        if not isinstance(node, Scalar) or node.type != "string":
            quotable = isinstance(node, Scalar) and node.type != "null"
            self.fault(
                node, f"{name} is a text, not {described(node)}", "put it into quotation marks" if quotable else None
            )
            return None
        self.characters(node, node.text)
        return Value(node.text, span_of(node))

    def characters(self, node: Node, text: str) -> None:
        """What every text of a policy must keep to, and Terraform's forms, which AWS takes literally."""
        if self.kind is not Kind.RESOURCE:
            self.object_to(node, grammar.character_objection(text))
        form = grammar.terraform_form(text)
        if form is not None:
            what = "variable, and plain text for AWS" if form[0] == "&" else "escape, whose first `$` AWS keeps"
            self.remark(node, f"`{shown(form)}` is Terraform's {what}", "in a JSON policy write `${aws:username}`")


def items_of(node: Node) -> tuple[Node, ...]:
    """The entries of a list; a value where a list may stand is a list of one."""
    return node.items if isinstance(node, Array) else (node,)


def span_of(node: Node) -> Span:
    """Where a node stands."""
    return Span(node.start, node.end)


def described(node: Node) -> str:
    """What a node is, in words."""
    if isinstance(node, Array):
        return "a list"
    if isinstance(node, Object):
        return "an object"
    return {"string": "a text", "number": "a number", "boolean": "true or false", "null": "null"}[node.type]
