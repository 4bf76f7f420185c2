"""From the tree of a text to a typed document, or to every fault that its grammar has, each with its place.

AWS's pages: reference_policies_grammar and reference_policies_elements_* of the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final, NamedTuple, cast

from iamfa.errors import Fault
from iamfa.policy import grammar
from iamfa.policy.complaints import KIND_NAMES, Complaints, TooManyFaults, described, items_of, span_of
from iamfa.policy.conditions import conditions_of
from iamfa.policy.document import Document, Effect, Element, Kind, PrincipalElement, Span, Statement, Value, Version
from iamfa.policy.grammar import Objection, shown
from iamfa.policy.principals import principal_of, unfit_objection
from iamfa.policy.reader import Array, Member, Node, Object, Scalar
from iamfa.policy.source import Source

_SERVICES_WITHOUT_RESOURCE: Final = ("ecr:",)
"""Services whose resource policies stand without Resource, as in Amazon ECR's page repository-policy-examples."""
_BARE_HINT: Final = "it is read as if Version were 2012-10-17"


class Parsed(NamedTuple):
    """What became of a text."""

    document: Document | None
    """The document; None when there are faults."""
    kind: Kind
    """As given, or guessed."""
    faults: tuple[Fault, ...]
    """Everything that is wrong, in the order of the text."""
    remarks: tuple[Fault, ...]
    """What is legal and probably not meant, in the order of the text."""


def parse_document(root: Node, source: Source, kind: Kind | None = None) -> Parsed:
    """Turn a policy, a bare statement or a list of bare statements into a document."""
    complaints = Complaints(source, kind or guess_kind(root))
    document: Document | None = None
    with suppress(TooManyFaults):
        document = _Parser(complaints).policy(root)
    faults = complaints.faults
    return Parsed(None if faults else document, complaints.kind, faults, complaints.remarks)


def guess_kind(root: Node) -> Kind:
    """What a document is attached as, where nobody says: a Principal makes it a resource or a trust policy."""
    members = [member for statement in _statement_objects(root) for member in statement.members]
    if not any(member.key.text in ("Principal", "NotPrincipal") for member in members):
        return Kind.IDENTITY
    actions = [
        item.text
        for member in members
        if member.key.text in ("Action", "NotAction")
        for item in items_of(member.value)
        if isinstance(item, Scalar)
    ]
    if actions and all(action.lower().startswith(grammar.TRUST_ACTIONS) for action in actions):
        return Kind.TRUST
    return Kind.RESOURCE


def is_policy_like(node: Node) -> bool:
    """Whether an object or list is meant as a policy or as statements, valid or not."""
    if isinstance(node, Array):
        return any(is_statement_like(item) for item in node.items)
    if not isinstance(node, Object):
        return False
    for member in node.members:
        if member.key.text.lower() == "statement" and isinstance(member.value, Array | Object):
            return True
        if member.key.text == "Version" and isinstance(member.value, Scalar) and member.value.text in grammar.VERSIONS:
            return True
    return is_statement_like(node)


def is_statement_like(node: Node) -> bool:
    """Whether an object is meant as a statement: it has an Effect or an action, and another element of one."""
    if not isinstance(node, Object):
        return False
    keys = {member.key.text for member in node.members}
    return bool(keys & {"Effect", "Action", "NotAction"}) and len(keys & set(grammar.STATEMENT_KEYS)) >= 2


class _Parser:
    """Walks the tree once; what is wrong is noted, and nothing stops the walk but its end."""

    def __init__(self, complaints: Complaints) -> None:
        self.complaints = complaints
        self.kind = complaints.kind
        self.fault = complaints.fault
        self.sids: dict[str, Node] = {}

    # The document ------------------------------------------------------------------------------------------------

    def policy(self, root: Node) -> Document | None:
        if isinstance(root, Array):
            self.complaints.remark(root, "this is a list of statements without a policy around it", _BARE_HINT)
            return self.bare(root)
        if not isinstance(root, Object):
            hint = 'write `{"Version": "2012-10-17", "Statement": […]}`'
            self.fault(root, f"a policy is an object, not {described(root)}", hint)
            return None
        if is_statement_like(root) and all(member.key.text != "Statement" for member in root.members):
            self.complaints.remark(root, "this is a statement without a policy around it", _BARE_HINT)
            return self.bare(root)
        elements = self.complaints.members(root, grammar.POLICY_KEYS, "a policy")
        written = elements.get("Version")
        version = self.version(root, written)
        policy_id = self.policy_id(elements.get("Id"))
        if "Statement" in elements:
            statements = self.statements(elements["Statement"].value)
        else:
            statements = ()
            self.fault(root, "the policy has no Statement", 'write `"Statement": [{"Effect": …, "Action": …}]`')
        version_span = Span(written.key.start, written.value.end) if written else None
        return Document(statements, version, written is not None, version_span, policy_id, span_of(root))

    def bare(self, root: Node) -> Document:
        """Statements as people keep them in files of their own; where they end up decides on their Version."""
        return Document(self.statements(root), "2012-10-17", span=span_of(root))

    def version(self, root: Object, member: Member | None) -> Version:
        in_organization = self.kind in grammar.ORGANIZATION_KINDS
        if member is None:
            self.complaints.variables = False
            if in_organization:
                self.fault(root, f"{KIND_NAMES[self.kind]} must have a Version", 'write `"Version": "2012-10-17"`')
            return "2008-10-17"
        value = self.complaints.text(member.value, "Version")
        if value is None:
            return "2012-10-17"
        if value.text not in grammar.VERSIONS:
            self.fault(member.value, f"`{shown(value.text)}` is no Version", "write `2012-10-17`")
        elif value.text == "2008-10-17" and in_organization:
            self.fault(member.value, f"{KIND_NAMES[self.kind]} must have Version 2012-10-17", "write `2012-10-17`")
        self.complaints.variables = value.text != "2008-10-17"
        return "2012-10-17" if self.complaints.variables else "2008-10-17"

    def policy_id(self, member: Member | None) -> str | None:
        if member is None:
            return None
        if self.kind not in (Kind.RESOURCE, Kind.TRUST):
            self.fault(member.key, f"{KIND_NAMES[self.kind]} has no Id", "remove it: only resource policies have one")
        value = self.complaints.text(member.value, "Id")
        return value.text if value else None

    def statements(self, node: Node) -> tuple[Statement, ...]:
        items = items_of(node)
        if not items:
            self.fault(node, "the list of statements is empty", "a policy has at least one statement")
        found = [self.statement(index, item) for index, item in enumerate(items)]
        return tuple(statement for statement in found if statement is not None)

    # A statement -------------------------------------------------------------------------------------------------

    def statement(self, index: int, node: Node) -> Statement | None:
        if not isinstance(node, Object):
            hint = 'write `{"Effect": …, "Action": …}`'
            self.fault(node, f"a statement is an object, not {described(node)}", hint)
            return None
        elements = self.complaints.members(node, grammar.STATEMENT_KEYS, "a statement")
        sid = self.sid(elements.get("Sid"))
        effect = self.effect(node, elements.get("Effect"))
        principal = self.principal(node, elements, effect)
        action = self.action(node, elements, effect)
        resource = self.resource(node, elements, action)
        conditions = conditions_of(elements.get("Condition"), self.complaints)
        if self.kind is Kind.RCP:
            self.only_denies(elements, effect, action, resource)
        if self.kind is Kind.TRUST and effect == "Allow" and action and principal and not principal.negated:
            unfit = unfit_objection(action, principal)
            if unfit is not None:
                self.complaints.remark(elements[action.name].value, unfit.message, unfit.hint)
        if effect is None or action is None:
            return None
        effect_span = span_of(elements["Effect"].value)
        return Statement(index, effect, action, resource, principal, conditions, sid, span_of(node), effect_span)

    def sid(self, member: Member | None) -> str | None:
        value = self.complaints.text(member.value, "Sid") if member else None
        if member is None or value is None:
            return None
        self.complaints.object_to(member.value, grammar.sid_objection(value.text, self.kind))
        first = self.sids.setdefault(value.text, member.value)
        if value.text and first is not member.value:
            self.complaints.repeated(member.value, f"the Sid `{shown(value.text)}` stands in this policy twice", first)
        return value.text

    def effect(self, node: Object, member: Member | None) -> Effect | None:
        if member is None:
            self.fault(node, "the statement has no Effect", 'write `"Effect": "Allow"` or `"Deny"`')
            return None
        value = self.complaints.text(member.value, "Effect")
        if value is None:
            return None
        if value.text not in grammar.EFFECTS:
            close = grammar.close_name(value.text, grammar.EFFECTS)
            hint = f"did you mean `{close}`?" if close else "write `Allow` or `Deny`"
            self.fault(member.value, f"`{shown(value.text)}` is no Effect", hint)
            return None
        return cast(Effect, value.text)

    def principal(self, node: Object, elements: dict[str, Member], effect: str | None) -> PrincipalElement | None:
        if self.kind not in grammar.PRINCIPAL_KINDS:
            hint = (
                "use a condition on `aws:PrincipalArn`"
                if self.kind is Kind.SCP
                else "it holds for whomever it is attached to; is this a resource or trust policy?"
            )
            self.refuse(elements, ("Principal", "NotPrincipal"), hint)
            return None
        member = self.one_of(elements, "Principal")
        if member is None:
            self.fault(node, "the statement has no Principal", 'write e.g. `"Principal": {"AWS": "123456789012"}`')
            return None
        return principal_of(member, effect, self.complaints)

    def action(self, node: Object, elements: dict[str, Member], effect: str | None) -> Element | None:
        member = self.one_of(elements, "Action")
        if member is None:
            self.fault(node, "the statement has no Action", "add an Action or NotAction")
            return None

        def objection(text: str) -> Objection | None:
            found = grammar.action_objection(text, self.kind, effect)
            return found or (grammar.trust_action_objection(text) if self.kind is Kind.TRUST else None)

        for item, value in self.entries(member):
            self.complaints.object_to(item, objection(value.text))
        return _element(member)

    def resource(self, node: Object, elements: dict[str, Member], action: Element | None) -> Element | None:
        if self.kind is Kind.TRUST:
            self.refuse(elements, ("Resource", "NotResource"), "remove it: the role itself is meant")
            return None
        member = self.one_of(elements, "Resource")
        if member is None:
            if not self.resource_may_be_missing(action):
                self.fault(node, "the statement has no Resource", "add a Resource or NotResource")
            return None
        for item, value in self.entries(member):
            objection = grammar.resource_objection(value.text, self.kind)
            if objection is None and self.complaints.variables:
                objection = grammar.variable_objection(value.text)
            self.complaints.object_to(item, objection)
            if objection is None and grammar.is_incomplete(value.text):
                hint = "AWS fills the missing parts with `*`"
                self.complaints.remark(item, f"the ARN `{shown(value.text)}` is incomplete", hint)
        return _element(member)

    def resource_may_be_missing(self, action: Element | None) -> bool:
        if self.kind is not Kind.RESOURCE or action is None or not action.values:
            return False
        return all(value.text.lower().startswith(_SERVICES_WITHOUT_RESOURCE) for value in action.values)

    def only_denies(
        self, elements: dict[str, Member], effect: str | None, action: Element | None, resource: Element | None
    ) -> None:
        """A resource control policy denies; the one that allows is AWS's own RCPFullAWSAccess."""
        self.refuse(elements, ("NotAction",), "list the actions")
        full = all(
            element is not None and not element.negated and [value.text for value in element.values] == ["*"]
            for element in (action, resource)
        )
        if effect == "Allow" and (not full or "Condition" in elements):
            hint = "AWS's RCPFullAWSAccess alone allows: all actions on all resources, without a condition"
            self.fault(elements["Effect"].value, "a resource control policy only denies", hint)

    # Elements ----------------------------------------------------------------------------------------------------

    def refuse(self, elements: dict[str, Member], names: tuple[str, ...], hint: str) -> None:
        """Note elements that this kind of policy does not have."""
        for name in names:
            if name in elements:
                self.fault(elements[name].key, f"{KIND_NAMES[self.kind]} has no {name}", hint)

    def one_of(self, elements: dict[str, Member], name: str) -> Member | None:
        """The element or its Not- form, of which a statement has one at most."""
        positive, negative = elements.get(name), elements.get(f"Not{name}")
        if positive and negative:
            later = max(positive, negative, key=lambda each: each.key.start)
            self.fault(later.key, f"{name} and Not{name} stand in one statement", "keep one of them")
        return positive or negative

    def entries(self, member: Member) -> Iterator[tuple[Node, Value]]:
        """The entries of Action, NotAction, Resource or NotResource that are texts; the others are faults."""
        items = items_of(member.value)
        name = member.key.text
        if not items:
            self.fault(member.value, f"{name} is empty", "list at least one entry, or remove the statement")
        for item in items:
            value = self.complaints.text(item, f"an entry of {name}" if isinstance(member.value, Array) else name)
            if value is not None:
                yield item, value


def _element(member: Member) -> Element:
    """The element with those of its entries that are texts; where others stand there is a fault, and no document."""
    node = member.value
    values = tuple(Value(item.text, span_of(item)) for item in items_of(node) if isinstance(item, Scalar))
    span = Span(member.key.start, node.end)
    return Element(member.key.text, values, span, span_of(member.key), isinstance(node, Array))


def _statement_objects(root: Node) -> Iterator[Object]:
    """The objects that stand where statements stand, of a document that may be faulty."""
    candidates = items_of(root)
    if isinstance(root, Object):
        found = [item for member in root.members if member.key.text == "Statement" for item in items_of(member.value)]
        candidates = tuple(found) or candidates
    return (node for node in candidates if isinstance(node, Object))
